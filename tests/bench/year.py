"""A year of weekly refreshes over real papers, with weeks skipped, runs killed and a week of 503s, beside a year without any.

    python -m tests.bench.year TOOLS FILE [--weeks 52] [--calm N] [--keep FOLDER]

TOOLS is a folder with `arxiv_stand_in.py` and `openai_stand_in.py`, FILE the papers that the former serves. Each week the arXiv
server is started anew with a later `--until`, one to four days before the day of the refresh, as papers are announced days after
they were submitted. Both years are of the repository's own claims and end with the same undisturbed week. A row of the table is a
week: requests are counted by the arXiv server (ids / categories / queries / pages), calls by the model server. What must hold is
checked by code of its own (`year_checks.py`). Exits 1 when a promise was broken.

The model server takes stances by chance, so every claim is soon contested; with `--calm N` one reading in N takes a stance, which
moves verdicts now and then.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from tests.bench import year_checks as checks
from tests.bench.faults import running
from tests.e2e.harness import CLAIMCHECK, Workplace, workplace
from tests.servers import Server

LAST = date(2026, 8, 20)  # the data ends a day later
KINDS = ("ids", "categories", "queries", "pages")


@dataclass
class Year:
    """A home in which the weeks pass, and what each of them came to."""

    place: Workplace
    calls: Callable[[], int]  # that the model server has had so far
    fates: list[str]
    chance: random.Random
    weeks: list[checks.Week] = field(default_factory=list)


def main() -> None:
    given = _options()
    chance = random.Random(given.seed)
    fates = _fates(given.weeks, chance)
    first = LAST - timedelta(weeks=given.weeks - 1)
    lags = [chance.randint(1, 4) for _ in fates]
    with ExitStack() as stack:
        at_once = stack.enter_context(ThreadPoolExecutor(2))
        folder = Path(given.keep).absolute() if given.keep else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        names = {"disturbed": fates, "steady": ["run"] * given.weeks}
        years = {name: _year(stack, folder / name, given, of, random.Random(given.seed)) for name, of in names.items()}
        print(
            "| week | day | what | exit | requests | calls | new | changes | s | steady: requests | calls | new | changes | s |"
        )
        print("|---" * 14 + "|")
        for number, lag in enumerate(lags):
            day = first + timedelta(weeks=number)
            passed = [at_once.submit(_week, given, year, number, day, day - timedelta(days=lag)) for year in years.values()]
            for year, week in zip(years.values(), passed, strict=True):
                year.weeks.append(week.result())
            print(_row(number, fates[number], *(year.weeks[-1] for year in years.values())), flush=True)
        until = LAST - timedelta(days=lags[-1])
        harvested = checks.Harvest(Path(given.file), first - timedelta(days=7), until, LAST)
        broken = []
        for name, year in years.items():
            broken += checks.report(name, year.place, year.weeks, harvested, year.calls())
        broken += checks.compare(years["disturbed"].place, years["steady"].place)
    print("\n".join(f"BROKEN: {what}" for what in broken) or "\nall promises kept")
    sys.exit(bool(broken))


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("tools", type=Path)
    options.add_argument("file")
    options.add_argument("--weeks", type=int, default=52)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--calm", type=int, default=0, metavar="N", help="one reading in N takes a stance")
    options.add_argument("--keep", metavar="FOLDER", help="leave both homes there, to look at")
    return options.parse_args()


def _fates(weeks: int, chance: random.Random) -> list[str]:
    """Draw what happens to each week: the first is killed, the last is not touched, and five in a row are skipped."""
    fates = ["kill", *["run"] * (weeks - 1)]
    for week in range(weeks // 3, weeks // 3 + max(1, min(5, weeks // 6))):
        fates[week] = "skip"
    whats = ["503", "skip", *["skip"] * (weeks // 13), *["kill"] * (weeks // 5)]
    free = [week for week in range(1, weeks - 1) if fates[week] == "run"]
    for week, what in zip(chance.sample(free, min(len(free), len(whats))), whats, strict=False):
        fates[week] = what
    return fates


def _year(stack: ExitStack, folder: Path, given: argparse.Namespace, fates: list[str], chance: random.Random) -> Year:
    if given.calm:
        server = stack.enter_context(Server("model", calm=given.calm))
        return Year(workplace(folder, model=server.url), lambda: len(server.log), fates, chance)
    url = stack.enter_context(running(given.tools / "openai_stand_in.py"))
    return Year(workplace(folder, model=url), lambda: len(_log(url)["requests"]), fates, chance)


def _week(given: argparse.Namespace, year: Year, number: int, day: date, until: date) -> checks.Week:
    """Let a week pass in a home."""
    fate, before, calls = year.fates[number], checks.papers_kept(year.place), year.calls()
    if fate == "skip":
        return checks.Week(day, fate)
    with _arxiv(given, until, "503" if fate == "503" else None) as (url, asked):
        year.place.arxiv = url
        began = time.monotonic()
        exits, killed = [], 0
        if fate == "kill":
            # As long as the runs of late took, so that a kill may fall at any stage.
            exits.append(_killed(year, day, year.chance.uniform(0.5, _usual(year.weeks))))
            killed = int(exits[-1] < 0)
        exits.append(_refresh(year, day).wait())
        seconds = time.monotonic() - began
        requests = asked()
    twin = year.place.twin()
    paid = year.calls() - calls
    return checks.Week(day, fate, exits, requests, paid, checks.papers_kept(year.place) - before, seconds, killed, twin)


def _usual(weeks: list[checks.Week]) -> float:
    lasted = [week.seconds for week in weeks if week.fate == "run"][-4:]
    return max(lasted, default=40.0)


def _refresh(year: Year, day: date) -> "subprocess.Popen[bytes]":
    args = [str(CLAIMCHECK), "refresh", "--today", day.isoformat(), "--quiet"]
    said = (year.place.folder / "stderr.txt").open("ab")
    return subprocess.Popen(args, cwd=year.place.folder, env=year.place.environment(), stdout=said, stderr=said)


def _killed(year: Year, day: date, after: float) -> int:
    process = _refresh(year, day)
    try:
        return process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        return process.wait()


@contextmanager
def _arxiv(given: argparse.Namespace, until: date, fault: str | None) -> Iterator[tuple[str, Callable[[], Counter[str]]]]:
    """Run the arXiv server as of a day; yield its address, and how many requests of each kind it has had."""
    args = ["--data", given.file, "--until", until.isoformat(), *(["--fault", f"{fault}:1"] if fault else [])]
    with running(given.tools / "arxiv_stand_in.py", *args) as url:
        yield url, lambda: Counter(_kind(row["path"]) for row in _log(url))


def _kind(path: str) -> str:
    parts = urlsplit(path)
    args = parse_qs(parts.query)
    if parts.path.startswith("/abs/"):
        return "pages"
    if args.get("id_list"):
        return "ids"
    return "categories" if args.get("search_query", [""])[0].startswith("cat:") else "queries"


def _log(url: str) -> "checks.Json":
    with urlopen(f"{url}/_log") as answer:
        return json.load(answer)


def _row(number: int, fate: str, disturbed: checks.Week, steady: checks.Week) -> str:
    exits = " ".join(map(str, disturbed.exits)) or "-"
    cells = [
        str(number + 1),
        disturbed.day.isoformat(),
        "" if fate == "run" else fate,
        exits,
        *_cells(disturbed),
        *_cells(steady),
    ]
    return f"| {' | '.join(cells)} |"


def _cells(week: checks.Week) -> list[str]:
    if not week.exits:
        return ["-"] * 5
    kinds = " / ".join(str(week.requests[kind]) for kind in KINDS)
    return [kinds, str(week.calls), str(week.new), str(week.changes), f"{week.seconds:.0f}"]


if __name__ == "__main__":
    main()
