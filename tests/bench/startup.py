"""How long `claimcheck --help` takes, beside an interpreter that does nothing.

python -m tests.bench.startup [--runs 15]
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from tests.e2e.harness import CLAIMCHECK


def milliseconds(command: Sequence[str], runs: int) -> list[float]:
    times = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        times.append((time.perf_counter() - began) * 1000)
    return times[1:]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=15)
    runs = options.parse_args().runs
    for name, command in {
        "claimcheck --help": [str(CLAIMCHECK), "--help"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }.items():
        times = milliseconds(command, runs)
        spread = f"fastest {min(times):.0f}, slowest {max(times):.0f}, {runs} runs"
        print(f"{name:<20} median {statistics.median(times):6.0f} ms   ({spread})")


if __name__ == "__main__":
    main()
