"""Refreshes week by week, against a local server over which the weeks pass: what each asks, finds and remembers."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.harness import PAIR, Workplace, workplace
from tests.servers import SAMPLE, Server, read_papers

BEGIN = date(2026, 11, 1)
WORDS = "Reasoning training and the instruction adherence of language models"


def day(week: int) -> str:
    return (BEGIN + timedelta(weeks=week)).isoformat()


def of_week(week: int, number: int) -> dict[str, object]:
    """A paper submitted two days before a week's refresh."""
    published = BEGIN + timedelta(weeks=week, days=-2)
    return {
        "id": f"{published:%y%m}.9{week}{number:03}",
        "version": 1,
        "title": f"{WORDS}, {number} of week {week}",
        "abstract": f"We ask whether reasoning lowers adherence in setting {number} of week {week}. It does not.",
        "categories": ["cs.AI"],
        "published": published.isoformat(),
    }


@pytest.fixture
def arxiv(tmp_path: Path) -> Iterator[Server]:
    papers = [*read_papers(SAMPLE), *(of_week(week, number) for week in range(1, 5) for number in (1, 2))]
    data = tmp_path / "papers.jsonl"
    data.write_text("\n".join(map(json.dumps, papers)), encoding="utf-8")
    with Server("arxiv", data=data) as server:
        yield server


def refresh(place: Workplace, arxiv: Server, week: int, *args: str) -> int:
    arxiv.until = day(week)
    return place.run("refresh", "--today", day(week), *args).returncode


def found(place: Workplace) -> set[str]:
    return {piece["paper_id"] for claim in place.twin()["claims"] for piece in claim["evidence"]}


def read(place: Workplace) -> int:
    return sum(claim["coverage"]["read"] for claim in place.twin()["claims"])


def test_the_second_week_sends_eight_requests_at_most_and_reads_what_is_new(
    place: Workplace, arxiv: Server, model: Server
) -> None:
    assert refresh(place, arxiv, 0) == 0
    arxiv.log.clear()
    before, calls = read(place), len(model.log)
    assert refresh(place, arxiv, 1) == 0
    assert 0 < len(arxiv.log) <= 8
    assert not any("all%3A" in row["path"] for row in arxiv.log), "a query was sent"
    readings = sum(row["kind"] == "reading" for row in model.log[calls:])
    assert 0 < read(place) - before <= readings + 2
    arxiv.log.clear()
    assert refresh(place, arxiv, 1) == 0
    assert arxiv.log == []


def test_skipped_and_failed_weeks_are_made_up_for(tmp_path: Path, place: Workplace, arxiv: Server, model: Server) -> None:
    other = workplace(tmp_path / "steady", arxiv.url, model.url, PAIR)
    for week in range(5):
        assert refresh(other, arxiv, week) == 0
    assert refresh(place, arxiv, 0) == 0
    arxiv.faults = [("503", 1)]
    assert refresh(place, arxiv, 1) in (4, 5)
    assert {claim["verdict"] for claim in place.twin()["claims"]} & {"untested", "holds"} == set()
    arxiv.faults = []
    assert refresh(place, arxiv, 4) == 0
    assert {id for id in found(place) if ".9" in id} == {id for id in found(other) if ".9" in id} != set()
    assert place.verdicts() == other.verdicts()


def test_library_update_leaves_nothing_for_the_refresh_to_harvest(place: Workplace, arxiv: Server) -> None:
    arxiv.until = day(1)
    done = place.run("library", "update", "--today", day(1), "--since", "2026-10-01")
    assert done.returncode == 0, done.stderr
    assert "cs.AI" in done.stdout
    assert done.stdout.count("\n") == 3
    asked = len(arxiv.log)
    again = place.run("library", "update", "--today", day(1), "--since", "2026-10-01")
    assert "nothing to ask" in again.stdout
    assert len(arxiv.log) == asked
    refresh(place, arxiv, 1)
    assert not any("cat%3A" in row["path"] for row in arxiv.log[asked:])


def test_library_update_that_was_not_answered_is_exit_5(tmp_path: Path) -> None:
    place = workplace(tmp_path / "w", "http://127.0.0.1:9", claims=PAIR)
    done = place.run("library", "update", "--today", day(1))
    assert done.returncode == 5
    assert "new papers in cs.AI" in done.stderr


def test_a_dry_run_asks_nothing_and_writes_nothing(place: Workplace, arxiv: Server, model: Server) -> None:
    done = place.run("refresh", "--dry-run", "--today", day(0), CLAIMCHECK_PRICE_PROMPT="1", CLAIMCHECK_PRICE_COMPLETION="2")
    assert done.returncode == 0, done.stderr
    assert "nothing was asked, paid or kept" in done.stdout
    assert "USD" in done.stdout
    assert (arxiv.log, model.log) == ([], [])
    assert [p.name for p in place.folder.iterdir()] == ["claims.yaml"]


def test_a_dry_run_tells_programs_what_the_refresh_then_asks(place: Workplace, arxiv: Server, model: Server) -> None:
    told = json.loads(place.run("refresh", "--dry-run", "--json", "--today", day(0)).stdout)
    assert told["model"]["at_most"]["usd"] is None
    assert refresh(place, arxiv, 0) == 0
    assert len(arxiv.log) == told["arxiv"]["requests_at_least"]
    assert sum(row["kind"] == "reading" for row in model.log) <= told["readings"]["at_most"] + 20
    reports = sorted(p.name for p in (place.folder / "reports").iterdir())
    told = json.loads(place.run("refresh", "--dry-run", "--json", "--today", day(1)).stdout)
    assert told["arxiv"]["queries"] == 0
    assert told["readings"]["in_library"] == 0
    assert sorted(p.name for p in (place.folder / "reports").iterdir()) == reports


def test_papers_announced_late_are_there_once_after_weeks_without_a_run_and_history_tells_each_retest(
    place: Workplace, arxiv: Server
) -> None:
    arxiv.papers += [of_week(week, number) for week in range(5, 9) for number in (1, 2)]

    def announced(week: int) -> int:
        arxiv.until = (BEGIN + timedelta(weeks=week, days=-3)).isoformat()  # a week's own papers are a day younger
        return place.run("refresh", "--today", day(week)).returncode

    assert announced(0) == 0
    arxiv.faults = [("503", 1)]
    assert announced(1) in (4, 5)
    arxiv.faults = []
    assert announced(7) == 0
    assert announced(8) == 0
    with closing(sqlite3.connect(place.folder / ".claimcheck" / "library" / "library.sqlite")) as library:
        late = library.execute("SELECT paper, count(*) FROM version WHERE paper LIKE '%.9%' GROUP BY paper").fetchall()
        windows = library.execute("SELECT first, last FROM asked WHERE query = 'cat:cs.AI' ORDER BY first").fetchall()
    assert dict(late) == {of_week(week, number)["id"]: 1 for week in range(1, 8) for number in (1, 2)}
    assert len(windows) == 4, "42 days and a week are two windows"
    assert all(date.fromisoformat(after[0]) <= date.fromisoformat(one[1]) + timedelta(days=1) for one, after in pairwise(windows))
    told = [line for line in place.run("history", "tradeoff").stdout.splitlines() if line[:1].isdigit()]
    assert [line.split()[0] for line in told] == [day(0), day(1), day(7), day(8)]
    assert [line.endswith("with gaps") for line in told] == [False, True, False, False]
