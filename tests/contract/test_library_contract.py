"""What every library promises: the suite runs against the fake and against the real one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from claimcheck.domain.citing import Citations, Citing
from claimcheck.domain.dates import PartialDate, Window
from claimcheck.domain.match import Ladder, Match
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.query import Query
from claimcheck.ports import KeptCitations, Library

DAY = date(2026, 11, 22)
YEAR = Window(date(2025, 1, 1), date(2025, 12, 31))


def fake(_: Path) -> Library:
    if find_spec("tests.fakes") is None:
        pytest.skip("tests/fakes.py is not there")
    from tests.fakes import FakeLibrary

    return FakeLibrary()


def local(home: Path) -> Library:
    from claimcheck.adapters.library import LocalLibrary

    return LocalLibrary.open(home)


@pytest.fixture(params=[fake, local])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Library]:
    factory: Callable[[Path], Library] = request.param
    opened = factory(tmp_path / "library")
    yield opened
    getattr(opened, "close", lambda: None)()


def paper(id: str, title: str = "A title", abstract: str = "An abstract.", **more: object) -> Paper:
    return replace(Paper(id, title, abstract), **more)  # type: ignore[arg-type]


def found(library: Library, *terms: str, window: Window | None = None, limit: int = 10, **more: object) -> tuple[str, ...]:
    return library.search(replace(Query(terms), **more), window, limit)  # type: ignore[arg-type]


def test_an_unknown_paper_is_none_and_a_known_one_comes_back_whole(library: Library) -> None:
    whole = Paper(
        id="2505.14810",
        title="Scaling reasoning",
        abstract="It falls. It rises.",
        version=2,
        authors=("Ann Müller", "O'Neil, B."),
        categories=("cs.CL", "stat.ML"),
        published=date(2025, 5, 20),
        updated=date(2025, 6, 1),
        seen=date(2025, 5, 21),
        comment="9 pages",
        journal_ref="A journal 1 (2025)",
        doi="10.1/x",
        withdrawal=Withdrawal(2, None, "record"),
        withdrawal_asked=DAY,
        older_titles=("Scaling",),
        flags=frozenset({"invisible", "control"}),
    )
    assert library.get(whole.id) is None
    assert library.add([whole, paper("hep-th/9901001")], DAY) == 2
    assert library.get(whole.id) == whole
    assert library.get("hep-th/9901001") == paper("hep-th/9901001")


def test_many_are_returned_by_id_and_unknown_ids_are_left_out(library: Library) -> None:
    library.add([paper("2505.00001"), paper("2505.00002")], DAY)
    assert library.get_many(["2505.00002", "2505.09999", "2505.00001"]) == {
        "2505.00001": paper("2505.00001"),
        "2505.00002": paper("2505.00002"),
    }
    assert library.get_many([]) == {}


def test_the_same_papers_again_change_nothing(library: Library) -> None:
    papers = [paper("2505.00001", version=1), paper("2505.00002", doi="10.1/x")]
    assert library.add(papers, DAY) == 2
    assert library.add(papers, DAY + timedelta(days=1)) == 0


def test_a_newer_version_replaces_and_the_title_it_had_is_remembered(library: Library) -> None:
    library.add([paper("2505.00001", "The old title", "Old text.", version=1)], DAY)
    assert library.add([paper("2505.00001", "The new title", "New text.", version=2)], DAY) == 1
    kept = library.get("2505.00001")
    assert kept
    assert (kept.title, kept.abstract, kept.version, kept.older_titles) == (
        "The new title",
        "New text.",
        2,
        ("The old title",),
    )


def test_an_older_version_does_not_replace_the_newer_one(library: Library) -> None:
    library.add([paper("2505.00001", "The new title", version=2)], DAY)
    library.add([paper("2505.00001", "The old title", version=1)], DAY)
    kept = library.get("2505.00001")
    assert kept
    assert (kept.title, kept.version) == ("The new title", 2)


def test_what_is_not_known_never_overwrites_what_is(library: Library) -> None:
    known = paper(
        "2505.00001", version=1, published=date(2025, 5, 2), comment="c", doi="d", authors=("A",), categories=("cs.CL",)
    )
    library.add([known], DAY)
    library.add([paper("2505.00001", version=2)], DAY)
    assert library.get("2505.00001") == replace(known, version=2)


def test_search_finds_by_words_of_title_and_abstract_and_nothing_where_there_is_none(library: Library) -> None:
    library.add(
        [paper("2505.00001", "Zebra stripes"), paper("2505.00002", abstract="A giraffe stands."), paper("2505.00003")], DAY
    )
    assert found(library, "zebra") == ("2505.00001",)
    assert found(library, "giraffe") == ("2505.00002",)
    assert set(found(library, "giraffe", "zebra")) == {"2505.00001", "2505.00002"}
    assert found(library, "walrus") == ()


def test_an_empty_library_is_searched_without_complaint(library: Library) -> None:
    assert found(library, "zebra", window=YEAR) == ()
    assert library.reach() is None


def test_a_paper_with_more_of_the_words_comes_first_and_ties_go_by_id(library: Library) -> None:
    same = [paper(f"2505.0000{n}", "Zebra stripes") for n in (3, 1, 2)]
    library.add([*same, paper("2505.00009", "Zebra giraffe stripes")], DAY)
    assert found(library, "zebra", "giraffe") == ("2505.00009", "2505.00001", "2505.00002", "2505.00003")
    assert found(library, "zebra", "giraffe", limit=2) == ("2505.00009", "2505.00001")


def test_a_paper_outside_the_window_is_not_found_and_one_that_may_lie_inside_is(library: Library) -> None:
    days = {"2412.00001": date(2024, 12, 31), "2501.00001": date(2025, 1, 1), "2512.00001": date(2025, 12, 31)}
    papers = [paper(id, "Zebra", published=day) for id, day in days.items()]
    month_only = [paper("2506.00001", "Zebra"), paper("2411.00001", "Zebra"), paper("2601.00001", "Zebra")]
    library.add([*papers, *month_only, paper("2410.00001", "Zebra", seen=date(2025, 3, 1))], DAY)
    assert set(found(library, "zebra", window=YEAR)) == {"2501.00001", "2512.00001", "2506.00001", "2410.00001"}
    assert set(found(library, "zebra", window=Window(date(2025, 6, 30), date(2025, 7, 9)))) == {"2506.00001"}
    assert len(found(library, "zebra")) == 7


def test_a_date_learned_later_moves_the_paper_out_of_the_window(library: Library) -> None:
    early_june = Window(date(2025, 6, 1), date(2025, 6, 10))
    library.add([paper("2506.00001", "Zebra")], DAY)
    assert found(library, "zebra", window=early_june) == ("2506.00001",)
    library.add([paper("2506.00001", "Zebra", published=date(2025, 6, 20))], DAY)
    assert found(library, "zebra", window=early_june) == ()


def test_every_prefers_papers_with_all_terms(library: Library) -> None:
    library.add(
        [paper("2505.00001", "Zebra zebra zebra"), paper("2505.00002", "A zebra and a giraffe, side by side in a field")], DAY
    )
    assert found(library, "zebra", "giraffe", limit=1, every=True) == ("2505.00002",)


def test_cues_choose_among_the_papers_with_the_terms(library: Library) -> None:
    library.add([paper("2505.00001", "Zebra"), paper("2505.00002", "Zebra myth"), paper("2505.00003", "A myth")], DAY)
    assert found(library, "zebra", cues=("myth", "contrary")) == ("2505.00002",)


def test_reach_is_the_newest_date(library: Library) -> None:
    library.add([paper("2505.00001", published=date(2025, 5, 2)), paper("2406.00001", published=date(2024, 6, 1))], DAY)
    assert library.reach() == date(2025, 5, 2)


def test_a_withdrawal_is_kept_with_the_day_that_was_asked(library: Library) -> None:
    library.add([paper("2505.00001"), paper("2505.00002")], DAY)
    library.mark_withdrawal("2505.00001", Withdrawal(2, date(2025, 6, 6), "abs"), DAY)
    library.mark_withdrawal("2505.00002", None, DAY)
    withdrawn, fine = library.get("2505.00001"), library.get("2505.00002")
    assert withdrawn
    assert (withdrawn.withdrawal, withdrawn.withdrawal_asked) == (Withdrawal(2, date(2025, 6, 6), "abs"), DAY)
    assert fine
    assert (fine.withdrawal, fine.withdrawal_asked) == (None, DAY)


def test_never_asked_about_its_withdrawal_is_not_the_same_as_not_withdrawn(library: Library) -> None:
    library.add([paper("2505.00001")], DAY)
    kept = library.get("2505.00001")
    assert kept
    assert kept.withdrawal_asked is None


def test_a_later_record_does_not_undo_a_withdrawal(library: Library) -> None:
    library.add([paper("2505.00001", version=1)], DAY)
    library.mark_withdrawal("2505.00001", Withdrawal(2, None, "abs"), DAY)
    library.add([paper("2505.00001", version=1, comment="9 pages")], DAY)
    kept = library.get("2505.00001")
    assert kept
    assert kept.withdrawal == Withdrawal(2, None, "abs")
    assert kept.withdrawal_asked == DAY


def test_windows_answered_in_full_are_remembered_for_their_query_and_source_only(library: Library) -> None:
    assert library.asked("arxiv", "zebra") == []
    library.note_asked("arxiv", "zebra", YEAR, 3, ["2505.00001"])
    assert library.asked("arxiv", "zebra") == [YEAR]
    assert library.asked("arxiv", "giraffe") == []
    assert library.asked("elsewhere", "zebra") == []


def test_a_query_that_brought_nothing_was_asked_all_the_same(library: Library) -> None:
    library.note_asked("arxiv", "walrus", YEAR, 0, [])
    assert library.asked("arxiv", "walrus") == [YEAR]


def test_missing_ids_are_missing_on_their_day_only(library: Library) -> None:
    library.note_missing("arxiv", ["2505.99999"], DAY)
    library.note_missing("arxiv", ["2505.99999", "2505.99998"], DAY)
    assert library.missing("arxiv", DAY) == {"2505.99999", "2505.99998"}
    assert library.missing("arxiv", DAY + timedelta(days=1)) == frozenset()
    assert library.missing("elsewhere", DAY) == frozenset()


def test_only_the_last_day_of_a_look_up_is_kept(library: Library) -> None:
    library.note_looked_up("arxiv", ["2505.00001", "2505.00002"], DAY)
    library.note_looked_up("arxiv", ["2505.00001"], DAY + timedelta(days=7))
    assert library.looked_up("arxiv") == {"2505.00001": DAY + timedelta(days=7), "2505.00002": DAY}
    assert library.looked_up("elsewhere") == {}


def test_a_new_version_has_not_been_asked_about_its_withdrawal(library: Library) -> None:
    library.add([paper("2505.00001", version=1)], DAY)
    library.mark_withdrawal("2505.00001", None, DAY)
    library.add([paper("2505.00001", version=2, comment="new figures")], DAY)
    kept = library.get("2505.00001")
    assert kept
    assert (kept.version, kept.withdrawal_asked) == (2, None)


def test_behind_a_mark_lies_only_what_arrived_later_and_it_scores_as_among_all(library: Library) -> None:
    library.add([paper("2505.00001", "Zebra"), paper("2505.00002", "Giraffe")], DAY)
    mark = library.mark()
    assert library.scored(Query(("zebra",)), None, 10, mark) == ()
    library.add([paper("2505.00003", "Zebra zebra"), paper("2505.00001", "Zebra")], DAY)
    assert library.mark() > mark
    new = library.scored(Query(("zebra",)), None, 10, mark)
    assert [one.id for one in new] == ["2505.00003"]
    every = {one.id: one.score for one in library.scored(Query(("zebra",)), None, 10)}
    assert set(every) == {"2505.00001", "2505.00003"}
    assert every["2505.00003"] == pytest.approx(new[0].score)


def test_a_known_paper_with_a_new_text_lies_behind_the_mark(library: Library) -> None:
    library.add([paper("2505.00001", "Zebra", version=1)], DAY)
    mark = library.mark()
    library.mark_withdrawal("2505.00001", None, DAY)
    assert library.mark() == mark
    library.add([paper("2505.00001", "Zebra and giraffe", version=2)], DAY)
    assert [one.id for one in library.scored(Query(("giraffe",)), None, 10, mark)] == ["2505.00001"]


def test_a_later_match_takes_the_place_of_the_earlier(library: Library) -> None:
    ladder = Ladder(("zebra", "giraffe"), 1.0, (3.5, 2.25), 2)
    first, later = (
        Match(1, "q", ("2505.00001",), 1, 5, 4, (0.25,), (ladder,), (0,), ("2505.00001",)),
        Match(2, "q", ("2505.00001", "2506.00001"), 1, 6, 5, (0.25,), (ladder,), (0, 1)),
    )
    library.note_matches({"one": first, "other": first})
    library.note_matches({"one": later})
    assert library.matches(["one", "other", "third"]) == {"one": later, "other": first}


def test_a_paper_may_lie_in_each_window_that_its_date_touches() -> None:
    """The rule that the searches above are held to."""
    june = PartialDate.parse("2025-06")
    assert Window(date(2025, 6, 30), date(2025, 7, 1)).holds(june)
    assert not Window(date(2025, 7, 1), date(2025, 7, 2)).holds(june)


def test_who_cites_a_paper_is_kept_with_its_day_and_hints(library: Library) -> None:
    answer = Citations((Citing("2506.00001", ("We test it.", "Again."), ("result",), True), Citing("hep-th/9901001")), 3)
    assert library.citations("OpenAlex", "2505.14810") is None
    library.keep_citations("OpenAlex", "2505.14810", answer, DAY)
    assert library.citations("OpenAlex", "2505.14810") == KeptCitations(answer, DAY)
    assert library.citations("Semantic Scholar", "2505.14810") is None
    assert library.citations("OpenAlex", "2505.14811") is None


def test_a_newer_answer_takes_the_place_of_the_older(library: Library) -> None:
    library.keep_citations("OpenAlex", "2505.14810", Citations((Citing("2506.00001"),)), DAY)
    library.keep_citations("OpenAlex", "2505.14810", Citations(()), DAY + timedelta(days=1))
    assert library.citations("OpenAlex", "2505.14810") == KeptCitations(Citations(()), DAY + timedelta(days=1))
