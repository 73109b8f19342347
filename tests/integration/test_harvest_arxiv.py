"""The harvest over arXiv's adapter and the local library, on a server's bad days."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from claimcheck.adapters.arxiv.source import Arxiv
from claimcheck.adapters.library import LocalLibrary
from claimcheck.agent.harvest import covered, harvest
from claimcheck.domain.dates import OVERLAP, Window
from tests.servers import Server

TODAY = date(2026, 6, 30)
SINCE = date(2026, 1, 1)
DAYS = [SINCE + timedelta(days=n) for n in range(0, 181, 2)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    papers = [
        {"id": f"{day:%y%m}.{n:05}", "title": f"Paper {n}", "abstract": "It is.", "categories": ["cs.AI"], "published": str(day)}
        for n, day in enumerate(DAYS, 1)
    ]
    data = tmp_path / "papers.jsonl"
    data.write_text("\n".join(map(json.dumps, papers)), encoding="utf-8")
    with Server("arxiv", data=data) as serving:
        yield serving


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LocalLibrary]:
    with LocalLibrary.open(tmp_path / "library") as opened:
        yield opened


def arxiv(server: Server, folder: Path) -> Arxiv:
    """A source as a new run has it: it has given nothing up yet."""
    url = f"{server.url}/api/query"
    return Arxiv(url, pace=0, pace_file=folder / "pace", tries=1, max_wait=0, today=TODAY)


@pytest.mark.parametrize("fault", ["503", "drop", "html", "truncated", "empty"])
def test_a_failure_in_the_middle_is_told_and_the_next_harvest_goes_on(
    server: Server, library: LocalLibrary, tmp_path: Path, fault: str
) -> None:
    server.faults = [(fault, 4)]
    stopped = harvest(library, arxiv(server, tmp_path), "cs.AI", TODAY, SINCE)
    assert stopped.problem
    (done,) = covered(library, "arxiv", "cs.AI")
    assert done.first == SINCE
    assert library.stats().papers == stopped.new == sum(day <= done.last for day in DAYS)
    server.faults = []
    asked = len(server.log)
    again = harvest(library, arxiv(server, tmp_path), "cs.AI", TODAY, SINCE)
    assert again.problem is None
    assert again.windows[0].first == done.last - OVERLAP
    assert len(server.log) - asked == len(again.windows) < 7
    assert library.stats().papers == len(DAYS)
    assert covered(library, "arxiv", "cs.AI") == (Window(SINCE, TODAY),)


def test_a_category_without_new_papers_was_harvested_all_the_same(server: Server, library: LocalLibrary, tmp_path: Path) -> None:
    got = harvest(library, arxiv(server, tmp_path), "math.AG", TODAY, SINCE)
    assert (got.new, got.problem) == (0, None)
    assert covered(library, "arxiv", "math.AG") == (Window(SINCE, TODAY),)


def test_a_source_that_cannot_be_reached_covers_nothing(library: LocalLibrary, tmp_path: Path) -> None:
    source = Arxiv("http://127.0.0.1:9/api/query", pace=0, pace_file=tmp_path / "pace", tries=1, max_wait=0, today=TODAY)
    got = harvest(library, source, "cs.AI", TODAY)
    assert got.problem
    assert covered(library, "arxiv", "cs.AI") == ()


def test_a_paper_that_comes_twice_is_kept_once(server: Server, library: LocalLibrary, tmp_path: Path) -> None:
    source = arxiv(server, tmp_path)
    first = harvest(library, source, "cs.AI", TODAY - timedelta(days=14), SINCE)
    second = harvest(library, source, "cs.AI", TODAY)
    assert first.new + second.new == library.stats().papers == len(DAYS)
