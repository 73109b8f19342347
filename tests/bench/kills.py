"""Kill a refresh at random moments and take it up again: is anything lost, or paid twice?

    python -m tests.bench.kills [--kills 50] [--seed 1] [--concurrency 8] [--latency 0.05]

Each round starts from nothing, kills the first run with SIGKILL at a random moment, runs it again to the end and compares both
reports with an undisturbed run's, byte for byte. Model calls are counted by the server. Exits 1 when a promise was broken.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.harness import CLAIMCHECK, PAIR, TODAY, Workplace, workplace
from tests.servers import Server


def start(place: Workplace, at_once: int) -> "subprocess.Popen[bytes]":
    env = place.environment(CLAIMCHECK_CONCURRENCY=str(at_once))
    args = [str(CLAIMCHECK), "refresh", "--today", TODAY, "--quiet"]
    return subprocess.Popen(args, cwd=place.folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def undisturbed(folder: Path, arxiv: Server, at_once: int, latency: float) -> tuple[tuple[bytes, bytes], int, float]:
    with Server("model", latency=latency) as model:
        place = workplace(folder, arxiv.url, model.url, PAIR)
        began = time.monotonic()
        process = start(place, at_once)
        _, said = process.communicate()
        if process.returncode:
            sys.exit(f"the undisturbed run failed: {said.decode()}")
        return place.report(), len(model.log), time.monotonic() - began


def killed(folder: Path, arxiv: Server, at_once: int, latency: float, after: float) -> tuple[tuple[bytes, bytes], int, int]:
    """Return the reports after taking the run up again, the calls paid in all, and the exit code of the second run."""
    with Server("model", latency=latency) as model:
        place = workplace(folder, arxiv.url, model.url, PAIR)
        process = start(place, at_once)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        again = start(place, at_once)
        again.communicate()
        return place.report(), len(model.log), again.returncode


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--concurrency", type=int, default=8)
    options.add_argument("--latency", type=float, default=0.05, help="seconds a model call takes")
    given = options.parse_args()
    chance, at_once = random.Random(given.seed), given.concurrency
    same = resumed = 0
    twice: list[int] = []
    with tempfile.TemporaryDirectory() as folder, Server("arxiv") as arxiv:
        report, calls, seconds = undisturbed(Path(folder) / "undisturbed", arxiv, at_once, given.latency)
        print(f"undisturbed: {seconds:.1f} s, {calls} model calls, {at_once} at once")
        for number in range(given.kills):
            after = chance.uniform(0.1, seconds)
            ended, paid, code = killed(Path(folder) / str(number), arxiv, at_once, given.latency, after)
            same += ended == report
            resumed += code == 0
            twice.append(paid - calls)
            state = "same" if ended == report else "DIFFERS"
            print(f"kill {number + 1:>3} after {after:5.2f} s: report {state}, {paid - calls} calls paid twice", flush=True)
    average = sum(twice) / len(twice)
    print(f"\n{given.kills} kills: {resumed} resumed with exit 0, {same} with the same bytes")
    print(f"calls paid twice a kill: at most {max(twice)} (bound: the {at_once} under way), {average:.1f} on average")
    sys.exit(0 if same == resumed == given.kills and max(twice) <= at_once else 1)


if __name__ == "__main__":
    main()
