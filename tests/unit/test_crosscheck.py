"""A second judge says where it strongly disagrees, and changes nothing else."""

from dataclasses import replace

import pytest

from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Reading, Stance
from claimcheck.domain.paper import Paper
from claimcheck.domain.verdict import Verdict
from claimcheck.errors import JudgeUnavailable
from tests.fakes import FakeJudge, FakeSource
from tests.unit.test_graph import ANCHOR, NEWER, REFUTES, SUPPORTS, claim, only, run, says

FOUND = {"2505.00001": SUPPORTS, "2506.00001": SUPPORTS}


def second(stance: Stance, trusted: bool = True) -> FakeJudge:
    return FakeJudge(lambda *_: Reading(stance, sentences=(1,), confidence=0.93, trusted=trusted), kind="embedded")


@pytest.mark.parametrize("stance", [REFUTES, Stance.RELAXES, Stance.SUPERSEDES])
def test_a_trusted_reading_to_the_contrary_calls_for_a_person_and_moves_no_verdict(stance: Stance) -> None:
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=FakeJudge(says(FOUND)), second=second(stance))
    assert only(state).verdict is Verdict.HOLDS
    (reason,) = [r for r in only(state).needs_review if "embedded" in r]
    assert "2506.00001" in reason
    assert stance in reason


@pytest.mark.parametrize(
    "judge",
    [
        None,
        second(SUPPORTS),
        second(REFUTES, trusted=False),
        FakeJudge(lambda *_: JudgeUnavailable("gone"), kind="embedded"),
    ],
)
def test_agreement_a_mere_lean_or_silence_disputes_nothing(judge: FakeJudge | None) -> None:
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=FakeJudge(says(FOUND)), second=judge)
    assert not any("embedded" in r for r in only(state).needs_review)
    assert only(state).verdict is Verdict.HOLDS
    assert only(state).complete


@pytest.mark.parametrize(("bearing", "disputed"), [(0.05, True), (0.1, False), (0.6, False)])
def test_a_paper_that_hardly_bears_on_the_claim_by_the_second_judge_is_for_a_person(bearing: float, disputed: bool) -> None:
    reading = Reading(Stance.NOT_ENOUGH_INFO, confidence=0.9, trusted=False, bears=False, bearing=bearing)
    judge = FakeJudge(lambda *_: reading, kind="embedded")
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=FakeJudge(says(FOUND)), second=judge)
    assert any("hardly bears" in r for r in only(state).needs_review) is disputed
    assert only(state).verdict is Verdict.HOLDS


def test_only_what_the_verdict_rests_on_is_read_again() -> None:
    judge = second(SUPPORTS)
    stances = {**FOUND, "2507.00001": REFUTES}
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=FakeJudge(says(stances)), second=judge)
    assert only(state).verdict is Verdict.CONTESTED
    assert [paper for _, paper, _ in judge.asked] == ["2507.00001"]


def test_a_second_reading_is_remembered() -> None:
    judge = second(SUPPORTS)
    _, context = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=FakeJudge(says(FOUND)), second=judge)
    again = replace(context, judge=FakeJudge(says(FOUND)))
    run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=FakeJudge(says(FOUND)), second=judge, ledger=again.ledger)
    assert len(judge.asked) == 1


def test_the_second_judge_is_not_recorded() -> None:
    written: list[str] = []

    class Recorder:
        def write(self, claim: Claim, paper: Paper, attempt: int, answer: object) -> None:
            written.append(paper.id)

    run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=FakeJudge(says(FOUND)), second=second(REFUTES), recorder=Recorder())
    assert sorted(written) == sorted({ANCHOR.id, *(p.id for p in NEWER)})
