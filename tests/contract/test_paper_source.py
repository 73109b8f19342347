"""What every source of papers promises: the fake one, and arXiv's adapter on a local server that has the same papers."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from claimcheck.adapters.arxiv.source import Arxiv
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.query import Query
from claimcheck.errors import SourceUnavailable
from claimcheck.ports import PaperSource
from tests.arxiv_server import arxiv_of, http, serving
from tests.fakes import FakeSource

YEAR = Window(date(2025, 1, 1), date(2025, 12, 31))
GONE = Withdrawal(2, date(2025, 1, 3), "abstract page")


def paper(id: str, title: str, day: date, category: str = "cs.CL", withdrawal: Withdrawal | None = None) -> Paper:
    return Paper(
        id,
        title,
        "We look at it.",
        withdrawal.version if withdrawal else 1,
        ("A. Author",),
        (category,),
        day,
        day,
        withdrawal=withdrawal,
    )


PAPERS = (
    paper("2501.00001", "Reasoning and instruction", date(2025, 1, 1)),
    paper("2502.00002", "Reasoning fail", date(2025, 2, 2), "cs.LG"),
    paper("2503.00003", "Unrelated", date(2025, 3, 3), withdrawal=GONE),
    paper("2512.00004", "Reasoning again", date(2025, 12, 31)),
    paper("2601.00005", "Reasoning later", date(2026, 1, 1)),
)


@dataclass(frozen=True)
class Kind:
    """A way to make a source that has papers, and one that cannot be asked."""

    having: Callable[[Iterable[Paper]], PaperSource]
    down: Callable[[], PaperSource]


def fake(papers: Iterable[Paper]) -> PaperSource:
    return FakeSource(papers, withdrawn={p.id: p.withdrawal for p in papers if p.withdrawal})


def fake_down() -> PaperSource:
    source = FakeSource(PAPERS)
    source.out = True
    return source


@pytest.fixture(params=["fake", "arxiv"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kind]:
    if request.param == "fake":
        yield Kind(fake, fake_down)
        return
    with ExitStack() as stack:

        def at(url: str) -> PaperSource:
            return Arxiv(url, pace=0, pace_file=tmp_path / "pace", timeout=5, deadline=5, today=date(2026, 11, 22))

        yield Kind(
            lambda papers: at(stack.enter_context(serving(arxiv_of(papers))).url),
            lambda: at(stack.enter_context(serving(lambda _: http("", "503 X"))).url),
        )


def test_a_search_finds_what_has_any_of_the_words_in_the_window_and_nothing_else(kind: Kind) -> None:
    found = kind.having(PAPERS).search(Query(("reasoning", "instruction")), YEAR, 10)
    assert {p.id for p in found.papers} == {"2501.00001", "2502.00002", "2512.00004"}
    assert (found.total, found.unusable) == (3, ())


def test_a_search_for_every_word_finds_what_has_all_of_them(kind: Kind) -> None:
    found = kind.having(PAPERS).search(Query(("reasoning", "instruction"), every=True), YEAR, 10)
    assert [p.id for p in found.papers] == ["2501.00001"]


def test_a_search_with_cues_finds_what_has_one_of_them_too(kind: Kind) -> None:
    found = kind.having(PAPERS).search(Query(("reasoning",), ("contrary", "fail")), YEAR, 10)
    assert [p.id for p in found.papers] == ["2502.00002"]


def test_a_limit_cuts_the_papers_and_not_the_total(kind: Kind) -> None:
    found = kind.having(PAPERS).search(Query(("reasoning",)), YEAR, 2)
    assert (len(found.papers), found.total) == (2, 3)


def test_a_search_without_a_match_finds_none(kind: Kind) -> None:
    found = kind.having(PAPERS).search(Query(("nonsense",)), YEAR, 10)
    assert (found.papers, found.total, found.unusable) == ((), 0, ())


def test_a_look_up_returns_the_papers_that_exist(kind: Kind) -> None:
    found = kind.having(PAPERS).look_up(["2503.00003", "2501.09999", "2501.00001"])
    assert [p.id for p in found.papers] == ["2503.00003", "2501.00001"]
    assert (found.total, found.unusable) == (2, ())


def test_a_look_up_of_nothing_and_of_what_does_not_exist_finds_none(kind: Kind) -> None:
    source = kind.having(PAPERS)
    assert source.look_up([]).papers == ()
    assert source.look_up(["2501.09999"]).papers == ()


def test_a_paper_comes_with_what_is_known_of_it(kind: Kind) -> None:
    (found,) = kind.having(PAPERS).look_up(["2502.00002"]).papers
    assert (found.title, found.abstract, found.version) == ("Reasoning fail", "We look at it.", 1)
    assert (found.authors, found.categories, found.published) == (("A. Author",), ("cs.LG",), date(2025, 2, 2))


def test_new_papers_are_those_of_the_category_in_the_window_its_ends_included(kind: Kind) -> None:
    found = kind.having(PAPERS).new_in("cs.CL", YEAR)
    assert {p.id for p in found.papers} == {"2501.00001", "2503.00003", "2512.00004"}
    assert found.total == 3
    assert kind.having(PAPERS).new_in("cs.CV", YEAR).papers == ()


def test_a_withdrawal_is_told_and_its_absence_too(kind: Kind) -> None:
    source = kind.having(PAPERS)
    assert source.withdrawal("2503.00003") == GONE
    assert source.withdrawal("2501.00001") is None


def test_requests_are_counted(kind: Kind) -> None:
    source = kind.having(PAPERS)
    assert source.requests == 0
    source.look_up(["2501.00001"])
    source.new_in("cs.CL", YEAR)
    assert source.requests == 2


ASKING: dict[str, Callable[[PaperSource], object]] = {
    "search": lambda source: source.search(Query(("reasoning",)), YEAR, 10),
    "look up": lambda source: source.look_up(["2501.00001"]),
    "new": lambda source: source.new_in("cs.CL", YEAR),
    "withdrawal": lambda source: source.withdrawal("2501.00001"),
}


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING.keys())
def test_a_source_that_is_down_is_never_one_that_found_none(ask: Callable[[PaperSource], object], kind: Kind) -> None:
    source = kind.down()
    with pytest.raises(SourceUnavailable):
        ask(source)
    assert source.requests > 0


def test_a_source_has_a_name(kind: Kind) -> None:
    assert kind.having(()).name == "arxiv"
