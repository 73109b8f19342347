"""The ranking finds papers by all that is known of a claim, and is the same every time."""

from datetime import date

from claimcheck.agent.ranking import by_queries, ranked
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import PartialDate, Window
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query, plan
from tests.fakes import FakeLibrary

WINDOW = Window(date(2025, 1, 1), date(2026, 12, 31))


def paper(number: int, title: str, abstract: str = "") -> Paper:
    return Paper(f"2601.{number:05}", title, abstract or f"{title}.", 1, published=date(2026, 1, number))


def claim(text: str = "Reasoning lowers adherence.", **more: tuple[str, ...]) -> Claim:
    return Claim("c", "i", text, PartialDate.parse("2025"), (), **more)  # type: ignore[arg-type]


def test_an_anchors_title_finds_papers_that_the_claims_own_words_do_not() -> None:
    library = FakeLibrary([paper(1, "Scaling thinking and losing control"), paper(2, "Birds of the north")])
    anchor = paper(9, "Scaling thinking while losing control")
    assert ranked(library, claim(), plan(claim()), WINDOW, ()) == []
    assert ranked(library, claim(), plan(claim()), WINDOW, (anchor,)) == ["2601.00001"]


def test_papers_like_those_found_are_found_too() -> None:
    shared = "obedience of thinking machines under a budget"
    library = FakeLibrary(
        [*(paper(n, f"Reasoning, adherence, {shared}") for n in (1, 2, 3)), paper(4, shared), paper(5, "Birds")]
    )
    found = ranked(library, claim(), plan(claim()), WINDOW, ())
    assert found[-1] == "2601.00004"
    assert len(found) == 4


def test_an_anchor_is_no_model_for_what_to_look_for() -> None:
    anchor = paper(1, "Reasoning adherence and gadgets gadgets")
    library = FakeLibrary([anchor, paper(2, "gadgets")])
    assert "2601.00002" not in ranked(library, claim(), plan(claim()), WINDOW, ())


def test_phrases_of_a_person_weigh_more_than_the_claims_words() -> None:
    library = FakeLibrary([paper(1, "Reasoning lowers adherence"), paper(2, "constraint compliance")])
    wanted = claim(search=("constraint compliance",))
    assert by_queries(library, plan(wanted), WINDOW)[0] == "2601.00002"


def test_the_same_library_ranks_the_same_whatever_order_it_was_filled_in() -> None:
    papers = [paper(n, "Reasoning lowers adherence") for n in range(1, 9)]
    one, other = (ranked(FakeLibrary(ps), claim(), plan(claim()), WINDOW, ()) for ps in (papers, papers[::-1]))
    assert one == other


def test_no_query_no_papers() -> None:
    assert by_queries(FakeLibrary([paper(1, "x")]), [Query(("nothing",))], WINDOW) == []
