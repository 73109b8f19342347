"""What evidence is called that nobody may count, and which papers a person is told to read first."""

from datetime import date
from typing import Any

from claimcheck.domain.denial import why, withheld
from claimcheck.domain.evidence import Stance
from claimcheck.report import twin, words
from tests.unit.test_twin import a_claim, a_retest, piece

DAY = "2026-11-22"
DENYING = withheld(a_claim(), piece(Stance.SUPPORTS, abstract="We measure it. We do not find that gadgets lose their force."))
LEANING = piece(Stance.REFUTES, "2610.00002", date(2026, 10, 2), trusted=False)


def entry(*needs_review: str) -> dict[str, Any]:
    return twin.entry(a_retest(a_claim(), [DENYING, LEANING], needs_review=needs_review), None)


def test_a_support_that_denies_the_finding_is_shown_as_a_possible_conflict() -> None:
    shown = {shown["paper_id"]: shown for shown in entry()["evidence"]}["2609.00001"]
    assert words.stance(shown) == "possible conflict with the claim, please read"
    assert words.counting(shown) == "Not counted: it is read as support, and its sentences say that something was not found"
    assert words.flags(shown) == ""


def test_what_may_be_in_conflict_is_to_be_read_first() -> None:
    (_, first) = words.attention(entry("something else"), DAY)
    assert set(first.removeprefix("possible conflicts, to be read first: ").split(", ")) == {"2609.00001v1", "2610.00002v1"}


def test_a_paper_that_a_reason_names_already_is_not_named_again() -> None:
    assert words.attention(entry(why(DENYING)), DAY) == (why(DENYING), "possible conflicts, to be read first: 2610.00002v1")
