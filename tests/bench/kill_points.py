"""Kill a refresh at every commit, rename, node boundary and paid answer, and at random moments: is anything lost or paid twice?

    python -m tests.bench.kill_points [--every 1] [--random 500] [--seed 1] [--candidates 4] [--minutes N]

Each round starts from nothing, is killed with SIGKILL once, and is run again to its end. It must go on with exit 0; what the
stores acknowledged before must be there; ledger, library and reports must say what an undisturbed run's do (numbers of rows and
runs aside, which tell of how often it was run); and with one call under way at a time, at most one may be paid twice. Runs are
forked from one process that has everything loaded. Exits 1 when a promise was broken.
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.harness import PAIR, TODAY, Workplace, workplace
from tests.killing import Moments, arm

LEFT_OUT = {"id", "run_id", "retest_id", "started_at"}
LEDGER = ("judgement", "unusable", "draft", "anchor_check", "claim_text", "retest", "gap")
LIBRARY = {"paper": "id, version, title, abstract, withdrawal_asked", "asked": "*", "looked_up": "*", "missing": "*"}


@dataclass(frozen=True)
class End:
    """What a workplace holds when a run has come to its end."""

    reports: dict[str, bytes]
    ledger: str
    library: str


@contextmanager
def served(kind: str, *args: str) -> Iterator[str]:
    """A server in a process of its own, so that this one has no threads when it forks."""
    command = [sys.executable, "-m", "tests.servers", kind, *args]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parents[2])
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def calls(model: str) -> int:
    with urllib.request.urlopen(f"{model}/_log") as answer:
        return len(json.load(answer))


def load() -> None:
    """Import all that a run needs: forks then begin at once."""
    import langgraph.pregel
    import onnxruntime
    import tantivy

    import claimcheck.adapters.arxiv
    import claimcheck.adapters.embedded.judge
    import claimcheck.adapters.ledger.migrations
    import claimcheck.adapters.library
    import claimcheck.adapters.openai
    import claimcheck.agent.graph
    import claimcheck.cli.app
    import claimcheck.refresh

    loaded = (langgraph.pregel, onnxruntime, tantivy, claimcheck)
    assert all(loaded)


def forked(place: Workplace, candidates: int, kill_at: int | None, log: Path) -> int:
    """Begin a refresh in a child; return its process id."""
    child = os.fork()
    if child:
        return child
    os.chdir(place.folder)
    environment = place.environment(CLAIMCHECK_CONCURRENCY="1", CLAIMCHECK_CANDIDATES=str(candidates))
    os.environ.clear()
    os.environ.update(environment)
    out = os.open(log.with_suffix(".out"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.argv = ["claimcheck", "refresh", "--today", TODAY, "--quiet"]
    try:
        if kill_at is not None:
            arm(Moments(kill_at, log))
        from claimcheck.cli.entry import main

        main()
    finally:
        os._exit(70)


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def rows(file: Path, table: str, columns: str = "*") -> list[dict[str, Any]]:
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT {columns} FROM {table}")]


def dump(file: Path, tables: dict[str, str]) -> str:
    """What a database says, whatever the order and the numbers of its rows, each thing once."""
    told = {}
    for table, columns in tables.items():
        found = [{k: v for k, v in row.items() if k not in LEFT_OUT} for row in rows(file, table, columns)]
        told[table] = sorted({json.dumps(row, sort_keys=True) for row in found})
    return json.dumps(told)


def end_of(place: Workplace) -> End:
    home = place.folder / ".claimcheck"
    ledger = home / "ledger.sqlite"
    summary = max(rows(ledger, "run_end"), key=lambda row: row["run_id"])["summary"]
    said = dump(ledger, dict.fromkeys(LEDGER, "*"))
    reports = {file.name: file.read_bytes() for file in (place.folder / "reports").iterdir()}
    return End(reports, said + summary, dump(home / "library" / "library.sqlite", LIBRARY))


def lost(place: Workplace, log: Path) -> list[str]:
    """What was acknowledged, by the log, and is not there."""
    acknowledged: Counter[str] = Counter()
    home, wanted = place.folder / ".claimcheck", set()
    for line in log.read_text().splitlines():
        kind, *values = json.loads(line)
        acknowledged[kind] += 1
        if kind in ("keep_judgement", "keep_draft", "papers"):
            wanted |= {(kind, value) for value in values}
    sources = {
        "keep_judgement": (home / "ledger.sqlite", "judgement", "key"),
        "keep_draft": (home / "ledger.sqlite", "draft", "key"),
        "papers": (home / "library" / "library.sqlite", "paper", "id"),
    }
    missing = []
    for kind, (file, table, column) in sources.items():
        keys = {value for of, value in wanted if of == kind}
        if keys:
            missing += sorted(keys - {row[column] for row in rows(file, table, column)})
    for kind, table in (("keep_anchor_check", "anchor_check"), ("keep_retest", "retest"), ("keep_unusable", "unusable")):
        if acknowledged[kind] and acknowledged[kind] > len(rows(home / "ledger.sqlite", table)):
            missing.append(table)
    return missing


class Bench:
    """The undisturbed run, and what each kill came to."""

    def __init__(self, folder: Path, arxiv: str, model: str, candidates: int) -> None:
        self.folder, self.arxiv, self.model, self.candidates = folder, arxiv, model, candidates
        self.kills = self.broken = self.twice = self.most = 0
        place, log = self.place("undisturbed")
        before, began = calls(model), time.monotonic()
        if code := ended(forked(place, candidates, 0, log)):
            sys.exit(f"the undisturbed run failed with {code}: {log.with_suffix('.out').read_text()}")
        self.seconds, self.calls = time.monotonic() - began, calls(model) - before
        self.moments = [json.loads(line)[1] for line in log.read_text().splitlines() if line.startswith('["moment"')]
        self.end = end_of(place)

    def place(self, name: str) -> tuple[Workplace, Path]:
        return workplace(self.folder / name, self.arxiv, self.model, PAIR), self.folder / f"{name}.log"

    def kill_at(self, moment: int) -> None:
        place, log = self.place(f"at-{moment}")
        before = calls(self.model)
        code = ended(forked(place, self.candidates, moment, log))
        self.check(f"{moment:>4} {self.moments[moment - 1]}", place, log, before, code)

    def kill_after(self, number: int, seconds: float) -> None:
        place, log = self.place(f"random-{number}")
        before = calls(self.model)
        child = forked(place, self.candidates, 0, log)
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        self.check(f"{seconds:6.3f} s", place, log, before, ended(child))

    def check(self, when: str, place: Workplace, log: Path, before: int, killed: int) -> None:
        """Look what the killed run left, run it again, and compare."""
        gone = lost(place, log) if log.exists() else []
        again = ended(forked(place, self.candidates, None, log))
        twice = calls(self.model) - before - self.calls
        end = end_of(place) if again == 0 else None
        wrong = []
        if killed not in (-signal.SIGKILL, 0):
            wrong.append(f"left with {killed}")
        if again:
            wrong.append(f"did not go on ({again}): {log.with_suffix('.out').read_text()[-300:]}")
        if gone or (end and lost(place, log) if log.exists() else []):
            wrong.append(f"lost {gone[:3]}")
        if end:
            wrong += [name for name in ("reports", "ledger", "library") if getattr(end, name) != getattr(self.end, name)]
        if twice > 1:
            wrong.append(f"{twice} calls paid twice")
        self.kills += 1
        if self.kills % 20 == 0:
            print(f"  {self.kills} kills, {self.broken} broken so far", flush=True)
        self.twice, self.most = self.twice + max(0, twice), max(self.most, twice)
        self.broken += bool(wrong)
        if wrong:
            print(f"killed at {when}: {'; '.join(wrong)}", flush=True)

    def told(self, what: str) -> None:
        print(
            f"{what}: {self.kills} kills, {self.broken} with a broken promise; {self.twice} calls paid twice in all, "
            f"at most {self.most} a kill",
            flush=True,
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--every", type=int, default=1, help="kill at every n-th moment; 0 at none")
    options.add_argument("--random", type=int, default=500, help="kills at random moments")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--candidates", type=int, default=4, help="papers read for a claim")
    options.add_argument("--latency", type=float, default=0.01, help="seconds a model call takes")
    options.add_argument("--minutes", type=float, default=float("inf"), help="begin no kill after so many")
    given = options.parse_args()
    ends = time.monotonic() + given.minutes * 60
    load()
    broken = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        served("arxiv") as arxiv,
        served("model", "--latency", str(given.latency)) as model,
    ):
        bench = Bench(Path(folder), arxiv, model, given.candidates)
        kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(bench.moments).most_common())
        print(f"undisturbed: {bench.seconds:.1f} s, {bench.calls} calls, {len(bench.moments)} moments: {kinds}", flush=True)
        if given.every:
            for moment in range(1, len(bench.moments) + 1, given.every):
                if time.monotonic() < ends:
                    bench.kill_at(moment)
            bench.told(f"at every {given.every}. moment" if given.every > 1 else "at every moment")
            broken += bench.broken
        if given.random:
            bench.kills = bench.broken = bench.twice = bench.most = 0
            chance = random.Random(given.seed)
            for number in range(given.random):
                if time.monotonic() < ends:
                    bench.kill_after(number, chance.uniform(0.0, bench.seconds))
            bench.told("at random moments")
            broken += bench.broken
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
