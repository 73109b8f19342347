"""The quick way to search, by the terms alone and the window afterwards, finds what scoring every paper of the window finds."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from claimcheck.adapters.library import LocalLibrary, search
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query

TODAY = date(2026, 1, 1)
WORDS = "reasoning training adherence instruction model budget long chain sparse attention memory noise".split()
START = date(2024, 1, 1)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalLibrary]:
    chance = random.Random(3)
    papers = []
    for number in range(1, 1500):
        text = " ".join(chance.choices(WORDS, weights=range(1, len(WORDS) + 1), k=chance.randint(3, 30)))
        day = START + timedelta(days=chance.randrange(700))
        papers.append(Paper(f"2501.{number:05}", text[:20], text, published=day))
    folder: Path = tmp_path_factory.mktemp("library")
    with LocalLibrary.open(folder) as library:
        for some in (papers[:700], papers[700:1300], papers[1300:]):  # several segments
            library.add(some, TODAY)
            library.search(Query(("noise",)), None, 1)
        yield library


@pytest.mark.parametrize("days", [(0, 699), (0, 350), (300, 420), (640, 650), (5, 5), (900, 901)])
@pytest.mark.parametrize("limit", [1, 20, 200, 5000])
def test_both_ways_find_the_same(
    library: LocalLibrary, monkeypatch: pytest.MonkeyPatch, days: tuple[int, int], limit: int
) -> None:
    window = Window(START + timedelta(days=days[0]), START + timedelta(days=days[1]))
    queries = [Query(tuple(WORDS[at : at + 3])) for at in range(9)]
    quick = [library.scored(query, window, limit) for query in queries]
    monkeypatch.setattr(search, "_MOST_FETCHED", -1)
    assert quick == [library.scored(query, window, limit) for query in queries]


def test_an_id_that_arxiv_would_not_give_is_found_by_its_name(tmp_path: Path) -> None:
    with LocalLibrary.open(tmp_path) as library:
        library.add([Paper("note-1", "A zebra", "On zebras.", published=START)], TODAY)
        assert library.search(Query(("zebra",)), None, 5) == ("note-1",)
