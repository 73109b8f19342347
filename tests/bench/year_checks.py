"""What must hold after a simulated year, checked by code of its own on the files that claimcheck leaves and on the papers served.

Nothing of the package is used but its command line: the library and the ledger are read as the SQLite files that they are.
"""

import gzip
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.e2e.harness import Workplace

WATCHED = ("cs.AI", "cs.CL", "cs.LG")
AT_ONCE = 32  # model calls under way, so the most that a kill may lose
STEPS = ("identified", "screened", "read", "counted")
Json = Any


@dataclass
class Week:
    """What a week came to. `exits` are those of its runs, none where it was skipped; `killed` tells how many were killed."""

    day: date
    fate: str
    exits: list[int] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    new: int = 0
    seconds: float = 0
    killed: int = 0
    twin: Json = None

    @property
    def changes(self) -> int:
        """How many verdicts are not those of the last complete retest."""
        claims = self.twin["claims"] if self.twin else ()
        return sum(c["previous_verdict"] not in (None, c["verdict"]) for c in claims)


@dataclass(frozen=True)
class Harvest:
    """What was to be harvested: the papers of a file first submitted from `first` to `until`, the day of the last run `last`."""

    file: Path
    first: date
    until: date
    last: date

    def wanted(self) -> set[str]:
        """Return the ids of the watched papers that were served, each by the day that the server goes by."""
        found, opener = set(), gzip.open if self.file.suffix == ".gz" else open
        with opener(self.file, "rt", encoding="utf-8") as lines:
            for paper in map(json.loads, lines):
                month = f"20{paper['id'][:2]}-{paper['id'][2:4]}-01"
                day = date.fromisoformat((paper.get("published") or paper.get("seen") or month)[:10])
                if self.first <= day <= self.until and set(WATCHED) & set(paper.get("categories") or ()):
                    found.add(paper["id"])
        return found


def papers_kept(place: Workplace) -> int:
    """Return how many papers the library holds."""
    file = place.folder / ".claimcheck" / "library" / "library.sqlite"
    return _rows(file, "SELECT count(*) FROM paper")[0][0] if file.exists() else 0


def report(name: str, place: Workplace, weeks: list[Week], harvest: Harvest, calls: int) -> list[str]:
    """Check a year and print what was found; return what was broken."""
    ran = [week for week in weeks if week.exits]
    broken = [
        *_exits(ran),
        *_papers(name, place, harvest),
        *_windows(place, harvest),
        *_judgements(name, place, ran, calls),
        *_counts(name, ran),
        *_of_the_outage(name, weeks),
        *_histories(name, place, ran),
    ]
    return [f"{name} year: {what}" for what in broken]


def compare(disturbed: Workplace, steady: Workplace) -> list[str]:
    """Print how the two years ended; return what is not the same and must be: verdicts on the same evidence.

    Each run reads the best of what is new to it, so a year with fewer runs reads less, and may end in other verdicts.
    """
    one, other = disturbed.verdicts(), steady.verdicts()
    differ = sorted(id for id in one if one[id] != other[id])
    print(f"\nverdicts that differ at the end: {differ or 'none'}; of both: {dict(Counter(other.values()))}")
    for what, of in (("candidates", _candidates), ("judged pairs", _judged), ("counted evidence", _evidence)):
        left, right = of(disturbed), of(steady)
        shared = len(left & right)
        print(f"{what}: {shared} in both, {len(left - right)} only after disturbances, {len(right - left)} only without")
    apart = {claim for claim, *_ in _evidence(disturbed) ^ _evidence(steady)}
    said = "the verdict of {} is {} after disturbances and {} without, on the same evidence"
    return [said.format(id, one[id], other[id]) for id in differ if id not in apart]


def _exits(ran: Iterable[Week]) -> list[str]:
    wanted = {"503": (4, 5)}
    return [f"the run of {w.day} ended with {w.exits}" for w in ran if w.exits[-1] not in wanted.get(w.fate, (0,))]


def _papers(name: str, place: Workplace, harvest: Harvest) -> list[str]:
    file = place.folder / ".claimcheck" / "library" / "library.sqlite"
    kept = Counter(id for (id,) in _rows(file, "SELECT id FROM paper"))
    versions = Counter(id for (id,) in _rows(file, "SELECT paper FROM version"))
    wanted = harvest.wanted()
    missing = wanted - kept.keys()
    often = [id for id in kept if kept[id] != 1 or versions[id] != 1]
    print(f"\n{name}: {len(wanted)} papers to harvest, {len(wanted) - len(missing)} kept, {len(often)} of {len(kept)} kept twice")
    broken = [f"{len(missing)} papers are not in the library, such as {sorted(missing)[:3]}"] if missing else []
    return broken + ([f"papers are kept more than once: {sorted(often)[:3]}"] if often else [])


def _windows(place: Workplace, harvest: Harvest) -> list[str]:
    """Go through the harvested windows of each category in order, looking for a day in none of them."""
    broken, file = [], place.folder / ".claimcheck" / "library" / "library.sqlite"
    for category in WATCHED:
        next_day = harvest.first
        select = "SELECT first, last FROM asked WHERE source = 'arxiv' AND query = ? ORDER BY first, last"
        for first, last in _rows(file, select, f"cat:{category}"):
            if date.fromisoformat(first) > next_day:
                broken.append(f"{category} was not harvested from {next_day} to the day before {first}")
            next_day = max(next_day, date.fromisoformat(last) + timedelta(days=1))
        if next_day <= harvest.last:
            broken.append(f"{category} was not harvested from {next_day} on")
    return broken


def _judgements(name: str, place: Workplace, ran: Iterable[Week], calls: int) -> list[str]:
    """Is any pair judged twice, and is every call of the model server's log in the ledger, but for those that a kill lost?"""
    file = place.folder / ".claimcheck" / "ledger.sqlite"
    where = "WHERE judge_kind = 'openai'"
    pairs = Counter(_rows(file, f"SELECT claim_fingerprint, paper_id, paper_version, attempt FROM judgement {where}"))
    again = sum(attempt > 1 for *_, attempt in pairs)
    twice = [pair for pair, count in pairs.items() if count > 1]
    paid = {
        table: _rows(file, f"SELECT coalesce(sum(calls), 0) FROM {table}")[0][0] for table in ("judgement", "draft", "unusable")
    }
    lost, killed = calls - sum(paid.values()), sum(week.killed for week in ran)
    print(
        f"{name}: {len(pairs)} judgements ({again} of them second and third readings), calls of the ledger {paid}, of the server "
        f"{calls}: {lost} lost in {killed} kills"
    )
    broken = [f"{len(twice)} pairs were judged twice, such as {twice[0]}"] if twice else []
    return broken + ([] if 0 <= lost <= killed * AT_ONCE else [f"{lost} calls are not in the ledger after {killed} kills"])


def _counts(name: str, ran: list[Week]) -> list[str]:
    """Print where a claim's counts went down from one report to the next; they must agree with the evidence that is shown."""
    broken, fell, before = [], Counter[str](), dict[str, Json]()
    for week in ran:
        for claim in week.twin["claims"]:
            coverage, shown = claim["coverage"], [item["paper_id"] for item in claim["evidence"]]
            if len(shown) != len(set(shown)):
                broken.append(f"{claim['id']} shows a paper twice on {week.day}")
            if coverage["counted"] != sum(item["counted"] for item in claim["evidence"]):
                broken.append(f"{claim['id']} counts other evidence than it shows on {week.day}")
            if not coverage["identified"] >= coverage["screened"] >= coverage["read"] >= coverage["counted"]:
                broken.append(f"{claim['id']} has counts out of order on {week.day}: {coverage}")
            earlier = before.get(claim["id"], coverage)
            fell.update(step for step in STEPS if coverage[step] < earlier[step])
            before[claim["id"]] = coverage
    print(f"{name}: counts that went down from one report of a claim to the next: {dict(fell) or 'none'}")
    return broken + [f"the number of papers read for a claim went down {fell['read']} times"] * (fell["read"] > 0)


def _of_the_outage(name: str, weeks: list[Week]) -> list[str]:
    """In the week of 503s no verdict moves but to `unknown` (overturned: to contested), each says why, and no paper comes."""
    broken = []
    for at, week in enumerate(weeks):
        if week.fate == "503":
            before = next(w for w in reversed(weeks[:at]) if w.exits)
            was = {claim["id"]: claim["verdict"] for claim in before.twin["claims"]}
            now = {claim["id"]: claim["verdict"] for claim in week.twin["claims"]}
            moved = {id: (was[id], now[id]) for id in was if was[id] != now[id]}
            print(f"{name}: in the week of 503s {len(week.twin['gaps'])} gaps, moved {moved or 'none'}, {week.new} new papers")
            wrong = {id for id, (old, new) in moved.items() if new != "unknown" and (old, new) != ("overturned", "contested")}
            broken += [f"{id} moved {moved[id]} while arXiv was down" for id in sorted(wrong)]
            broken += [
                f"{c['id']} has no gap of the outage" for c in week.twin["claims"] if not any(g["blocks"] for g in c["gaps"])
            ]
            broken += [f"{week.new} papers came from a server that was down"] * (week.new > 0)
    return broken


def _histories(name: str, place: Workplace, ran: list[Week]) -> list[str]:
    broken, lines, changes, days = [], 0, 0, [week.day.isoformat() for week in ran]
    for claim in place.twin()["claims"]:
        done = place.run("history", claim["id"])
        retests = [line.split() for line in done.stdout.splitlines() if line[:1].isdigit()]  # below each, what moved it
        told = [day for day, *_ in retests]
        if done.returncode or told != days:
            broken.append(f"`history {claim['id']}` has {len(told)} lines for {len(days)} retests, exit {done.returncode}")
        changes += sum(
            one != other for one, other in pairwise(next(word for word in rest if word.isalpha()) for _, *rest in retests)
        )
        lines += len(told)
    return broken


def _candidates(place: Workplace) -> set[tuple[str, ...]]:
    rows = _rows(place.folder / ".claimcheck" / "library" / "library.sqlite", "SELECT claim, match FROM matched")
    return {(claim.split()[0], id) for claim, match in rows for id in json.loads(match)["candidates"]}


def _judged(place: Workplace) -> set[tuple[str, ...]]:
    select = "SELECT claim_id, paper_id FROM judgement WHERE judge_kind = 'openai' AND attempt = 1"
    return set(_rows(place.folder / ".claimcheck" / "ledger.sqlite", select))


def _evidence(place: Workplace) -> set[tuple[str, ...]]:
    return {
        (c["id"], item["paper_id"], item["stance"]) for c in place.twin()["claims"] for item in c["evidence"] if item["counted"]
    }


def _rows(file: Path, select: str, *values: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute(select, values).fetchall()
