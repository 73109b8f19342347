"""The table of faults, played one after the other against a refresh from start to finish.

    python -m tests.bench.fault_table [--only WORD ...] [--seconds 6]

Each row: the exit code and seconds under the fault, what was said last, and the exit code of a run without it on the same store,
which must end in the verdicts of an undisturbed one. Exits 1 when a promise was broken. Needs root for disks that are full or
read-only.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.fault_rows import FAULTS
from tests.faults import Player
from tests.servers import Server


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", nargs="*", default=(), help="rows that have one of these words in their name")
    options.add_argument("--seconds", type=float, default=6.0, help="what limited runs may take; more where loading takes long")
    given = options.parse_args()
    wanted = given.only
    rows = [
        replace(fault, limit=max(given.seconds, fault.limit)) if fault.limit else fault
        for fault in FAULTS
        if not wanted or any(word in fault.name for word in wanted)
    ]
    broken, over = 0, []
    with tempfile.TemporaryDirectory() as folder, Server("arxiv") as arxiv, Server("model") as model:
        player = Player(Path(folder), arxiv, model)
        for fault in rows:
            came = player.play(fault)
            broken += bool(came.wrong)
            over += [came.seconds - fault.limit] if fault.limit and came.code == 6 else []
            then = "" if came.then is None else f", then {came.then}"
            print(f"{fault.name:<58} {came.code}{then:<8} {came.seconds:6.1f} s  {came.said[:90]}", flush=True)
            for wrong in came.wrong:
                print(f"    BROKEN: {wrong}", flush=True)
    print(f"\n{len(rows)} rows, {broken} with a broken promise; limits overshot by {max(over, default=0):.1f} s at most")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
