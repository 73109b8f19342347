"""Anchors read by a judge that finds papers and may not tell stances: silence alone proves nothing."""

from datetime import date

import pytest

from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Evidence, Reading, Stance, evidence
from claimcheck.domain.grounding import AnchorFacts, Grounding, LookUp, Suggestion, ground, much_nearer
from claimcheck.domain.paper import Paper

TODAY = date(2026, 11, 22)
CLAIM = Claim("c", "i", "Longer reasoning chains lower adherence to formatting instructions.", PartialDate.parse("2025"), ())
NEAR = Paper("2501.00001", "Reasoning chains and adherence", "Longer chains lower adherence to formatting instructions.", 1)
FAR = Paper("2501.00002", "Birds of the north", "We count birds. They are many.", 1)
ON_TOPIC = Paper("2501.00003", "Reasoning chains", "We study longer reasoning chains and adherence to instructions.", 1)


def read(paper: Paper, bearing: float | None, stance: Stance = Stance.REFUTES, trusted: bool = False) -> Evidence:
    reading = Reading(stance, sentences=(1,), confidence=0.4, trusted=trusted, bears=(bearing or 1) > 0.2, bearing=bearing)
    return evidence(paper, reading)


@pytest.mark.parametrize(
    ("cited", "other", "nearer"),
    [
        (read(FAR, 0.1), read(NEAR, 0.9), True),
        (read(FAR, 0.49), read(NEAR, 0.99), True),
        (read(FAR, 0.1), read(NEAR, 0.79), False),  # the other is not sure enough
        (read(FAR, 0.1), read(FAR, 0.99), False),  # the other shares no words with the claim
        (read(ON_TOPIC, 0.1), read(NEAR, 0.9), False),  # the cited one speaks of the same
        (read(FAR, 0.5), read(NEAR, 0.99), False),  # the cited one rather bears on it
        (read(FAR, 0.45), read(NEAR, 0.85), False),  # not far enough behind
        (read(FAR, None), read(NEAR, 0.9), False),  # a judge that does not say
        (None, read(NEAR, 0.9), True),  # an id that leads nowhere
        (None, read(NEAR, 0.5), False),
    ],
)
def test_another_paper_is_much_nearer_only_when_all_speaks_for_it(cited: Evidence | None, other: Evidence, nearer: bool) -> None:
    assert much_nearer(CLAIM, cited, other) is nearer


def checked(found: Evidence, suggestion: Suggestion | None = None) -> tuple[Grounding, str]:
    facts = AnchorFacts(Anchor(found.paper.id), LookUp.FOUND, paper=found.paper, evidence=found, suggestion=suggestion)
    check = ground(CLAIM, facts)
    return check.grounding, check.reason


def test_silence_alone_is_unchecked_not_miscited() -> None:
    grounding, reason = checked(read(FAR, 0.05, Stance.NOT_ENOUGH_INFO))
    assert grounding is Grounding.UNCHECKED
    assert "full text" in reason


def test_a_lean_against_the_claim_is_unchecked_too() -> None:
    assert checked(read(NEAR, 0.9))[0] is Grounding.UNCHECKED


def test_a_lean_to_support_grounds_it_and_says_by_what() -> None:
    grounding, reason = checked(read(NEAR, 0.9, Stance.SUPPORTS))
    assert grounding is Grounding.GROUNDED
    assert reason != checked(read(NEAR, 0.9, Stance.SUPPORTS, trusted=True))[1]


def test_another_paper_that_comes_much_nearer_makes_it_miscited() -> None:
    grounding, reason = checked(read(FAR, 0.1), Suggestion(NEAR, None))
    assert grounding is Grounding.MISCITED
    assert "nearer" in reason
