"""The verdict rule: the table row by row, and the properties it promises whatever the evidence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimcheck.domain.claim import Part
from claimcheck.domain.evidence import Evidence, QuoteGrounding, Reading, Stance, evidence
from claimcheck.domain.paper import Paper
from claimcheck.domain.retest import settle
from claimcheck.domain.verdict import Tally, Verdict, decide, majority, pivots, tally, verdict

SUPPORTS, REFUTES, RELAXES, SUPERSEDES = Stance.SUPPORTS, Stance.REFUTES, Stance.RELAXES, Stance.SUPERSEDES


def piece(
    number: int, stance: Stance, part: Part = Part.WHOLE, asserted: bool = True, trusted: bool = True, confidence: float = 0.8
) -> Evidence:
    paper = Paper(f"2506.{number:05}", f"Paper {number}", "One sentence stands here. Another one follows.")
    return evidence(paper, Reading(stance, part, asserted, (1,), confidence, trusted=trusted))


def pieces(**counts: int) -> list[Evidence]:
    stances = [Stance(name) for name, count in counts.items() for _ in range(count)]
    return [piece(n, stance) for n, stance in enumerate(stances, 1)]


@pytest.mark.parametrize(
    ("counts", "complete", "expected"),
    [
        ({"refutes": 2}, True, Verdict.OVERTURNED),
        ({"refutes": 2}, False, Verdict.CONTESTED),
        ({"refutes": 1}, True, Verdict.CONTESTED),
        ({"refutes": 3, "supports": 1}, True, Verdict.CONTESTED),
        ({"refutes": 4, "supports": 1}, True, Verdict.OVERTURNED),
        ({"refutes": 1, "supports": 9}, True, Verdict.CONTESTED),
        ({"supersedes": 1, "relaxes": 2, "supports": 3}, True, Verdict.SUPERSEDED),
        ({"relaxes": 1, "supports": 3}, False, Verdict.RELAXED),
        ({"supports": 1}, True, Verdict.HOLDS),
        ({"supports": 5}, False, Verdict.UNKNOWN),
        ({"unjudged": 1}, True, Verdict.UNJUDGED),
        ({"unjudged": 1, "supports": 1}, True, Verdict.UNJUDGED),
        ({"unjudged": 1, "relaxes": 1, "supersedes": 1}, True, Verdict.UNJUDGED),
        ({"unjudged": 1, "refutes": 1}, True, Verdict.CONTESTED),
        ({"unjudged": 1, "refutes": 9}, True, Verdict.CONTESTED),
        ({"doubtful": 1}, True, Verdict.UNJUDGED),
        ({"doubtful": 1, "supports": 1}, True, Verdict.HOLDS),
        ({}, True, Verdict.UNTESTED),
        ({}, False, Verdict.UNKNOWN),
    ],
)
def test_table(counts: dict[str, int], complete: bool, expected: Verdict) -> None:
    assert verdict(Tally(**counts), complete) is expected


tallies = st.builds(Tally, *[st.integers(0, 12) for _ in range(6)])
items = st.lists(
    st.builds(
        piece,
        st.integers(1, 8),
        st.sampled_from(Stance),
        st.sampled_from(Part),
        st.booleans(),
        st.booleans(),
        st.floats(0, 1),
    ),
    max_size=12,
)


@given(tallies, st.integers(1, 5), st.booleans())
def test_more_support_never_moves_towards_overturned(counts: Tally, more: int, complete: bool) -> None:
    before = verdict(counts, complete)
    after = verdict(replace(counts, supports=counts.supports + more), complete)
    assert after is not Verdict.OVERTURNED or before is Verdict.OVERTURNED
    assert after is not Verdict.CONTESTED or before in (Verdict.CONTESTED, Verdict.OVERTURNED)


@given(tallies, st.integers(1, 5), st.booleans())
def test_more_refutation_never_moves_away_from_overturned(counts: Tally, more: int, complete: bool) -> None:
    before = verdict(counts, complete)
    after = verdict(replace(counts, refutes=counts.refutes + more), complete)
    assert after in (Verdict.CONTESTED, Verdict.OVERTURNED)
    assert before is not Verdict.OVERTURNED or after is Verdict.OVERTURNED


@given(tallies, st.booleans())
def test_no_verdict_says_that_nothing_refutes_while_a_paper_that_may_is_unjudged(counts: Tally, complete: bool) -> None:
    found = verdict(replace(counts, unjudged=counts.unjudged + 1), complete)
    assert found in (Verdict.CONTESTED, Verdict.UNJUDGED)


@given(tallies)
def test_incomplete_search_never_ends_in_a_verdict_that_rests_on_absence(counts: Tally) -> None:
    assert verdict(counts, complete=False) not in (Verdict.HOLDS, Verdict.UNTESTED, Verdict.OVERTURNED)


@given(items, st.booleans())
def test_one_paper_alone_never_overturns(evidence: list[Evidence], complete: bool) -> None:
    for item in evidence:
        assert decide([item] * 3, complete).verdict is not Verdict.OVERTURNED


@given(items, st.booleans(), st.randoms(), st.sampled_from(Part))
def test_order_never_matters(evidence: list[Evidence], complete: bool, random: object, part: Part) -> None:
    shuffled = list(evidence)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decide(evidence, complete, part) == decide(shuffled, complete, part)


@given(
    items, st.booleans(), st.integers(20, 30), st.sampled_from(Stance), st.sampled_from(["reported", "quarantined", "ungrounded"])
)
def test_evidence_that_may_not_be_counted_changes_nothing(
    evidence: list[Evidence], complete: bool, number: int, stance: Stance, why: str
) -> None:
    item = piece(number, stance, asserted=why != "reported")
    if why != "reported":
        item = replace(item, grounding=QuoteGrounding(why))
    assert decide([*evidence, item], complete) == decide(evidence, complete)


def test_withdrawn_paper_is_never_counted() -> None:
    paper = Paper("2506.00001", "T", "It refutes.", comment="This paper has been withdrawn by the authors due to an error")
    item = evidence(paper, Reading(REFUTES, sentences=(1,)))
    assert not item.counted
    assert "withdrawn" in item.flags


def test_refuted_perishable_part_relaxes_the_whole_and_overturns_the_part() -> None:
    both = [piece(1, REFUTES, Part.PERISHABLE), piece(2, REFUTES, Part.PERISHABLE)]
    assert decide(both, True).verdict is Verdict.RELAXED
    assert decide(both, True, Part.PERISHABLE).verdict is Verdict.OVERTURNED
    assert decide(both, True, Part.DURABLE).verdict is Verdict.UNTESTED


def test_evidence_on_the_whole_counts_for_each_part() -> None:
    for part in Part:
        assert decide([piece(1, SUPPORTS)], True, part).verdict is Verdict.HOLDS


def test_a_paper_counts_once() -> None:
    assert tally([piece(1, REFUTES), piece(1, REFUTES), piece(1, REFUTES)]) == Tally(refutes=1)


def test_sentence_outside_the_paper_quarantines_the_reading() -> None:
    item = evidence(Paper("2506.00001", "T", "Only one sentence."), Reading(REFUTES, sentences=(1, 7)))
    assert item.grounding is QuoteGrounding.QUARANTINED
    assert item.quotes == ()
    assert not item.counted


@given(items)
def test_quotes_are_verbatim(evidence: list[Evidence]) -> None:
    for item in evidence:
        for quote in item.quotes:
            assert item.paper.abstract[quote.start : quote.end] == quote.text


def test_pivots_are_what_the_verdict_hangs_on() -> None:
    alone, crowd = piece(1, REFUTES), [piece(n, SUPPORTS) for n in range(2, 5)]
    assert pivots([alone, *crowd], True) == (alone,)
    assert pivots(crowd, True) == ()


def test_confidence_grows_with_agreement_and_stays_below_one_half_for_one_paper() -> None:
    one = decide(pieces(supports=1), True).confidence
    five = decide(pieces(supports=5), True).confidence
    split = decide(pieces(supports=3, refutes=2), True).confidence
    assert one is not None
    assert five is not None
    assert split is not None
    assert one < 0.5 < five
    assert split < five
    assert decide([], True).confidence is None


@pytest.mark.parametrize(
    ("readings", "expected"),
    [([REFUTES], None), ([REFUTES, REFUTES], REFUTES), ([REFUTES, RELAXES], None), ([REFUTES, RELAXES, RELAXES], RELAXES)],
)
def test_two_of_three_readings_decide(readings: list[Stance], expected: Stance | None) -> None:
    assert majority(readings) is expected


def test_flip_on_an_unconfirmed_reading_stays_and_needs_review() -> None:
    assert settle(Verdict.CONTESTED, Verdict.HOLDS, confirmed=False) == (Verdict.HOLDS, True)
    assert settle(Verdict.CONTESTED, Verdict.HOLDS, confirmed=True) == (Verdict.CONTESTED, False)
    assert settle(Verdict.CONTESTED, None, confirmed=False) == (Verdict.CONTESTED, False)
