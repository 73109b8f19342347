"""Reviews in a refresh: the next verdict rests on them, and nobody is asked again what a person has answered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from claimcheck.domain.claim import Part
from claimcheck.domain.evidence import Stance
from claimcheck.domain.grounding import Grounding
from claimcheck.domain.paper import Paper
from claimcheck.domain.retest import Retest
from claimcheck.domain.review import Action, Review, Target, subject
from claimcheck.domain.verdict import Verdict
from claimcheck.ports import KeptRetest
from claimcheck.report import twin
from tests.fakes import FakeJudge, FakeLedger, FakeSource
from tests.unit.test_graph import ANCHOR, NEWER, REFUTES, SUPPORTS, TODAY, claim, only, run, says

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE, TWO, THREE = NEWER
STANCES = {"2505.00001": SUPPORTS, "2506.00001": REFUTES, "2507.00001": SUPPORTS}


def review(action: Action, of: Paper, target: Target = Target.EVIDENCE, **more: object) -> Review:
    about = subject(claim(), target, of)
    return Review(about, action, "Ada", NOON, "as I read it", judged="refutes", **more)  # type: ignore[arg-type]


def ledger_with(*reviews: Review, before: Verdict | None = None) -> FakeLedger:
    ledger = FakeLedger()
    ledger.import_reviews(reviews)
    if before:
        day = TODAY - timedelta(days=7)
        ledger.kept.append(KeptRetest(9, day, "tradeoff", claim().fingerprint, before, True, {"evidence": [], "anchors": []}))
    return ledger


def refresh(ledger: FakeLedger, judge: FakeJudge | None = None) -> tuple[Retest, FakeJudge]:
    judge = judge or FakeJudge(says(STANCES))
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=judge, ledger=ledger)
    return only(state), judge


def test_a_rejected_piece_moves_the_verdict_at_once() -> None:
    retest, judge = refresh(ledger_with(review(Action.REJECT, ONE), before=Verdict.CONTESTED), FakeJudge(says(STANCES)))
    assert retest.verdict is Verdict.HOLDS
    assert all(attempt == 1 for _, _, attempt in judge.asked)


DENYING = replace(TWO, abstract="We do not find that reasoning training lowers instruction adherence. It is measured.")


def test_a_persons_word_moves_the_verdict_though_a_support_waits() -> None:
    ledger = ledger_with(review(Action.REJECT, ONE), before=Verdict.CONTESTED)
    state, _ = run(claim(), source=FakeSource([ANCHOR, ONE, DENYING]), judge=FakeJudge(says(STANCES)), ledger=ledger)
    assert only(state).verdict is Verdict.UNJUDGED
    assert any("something was not found" in why for why in only(state).needs_review)


@pytest.mark.parametrize(
    ("action", "more", "verdict"),
    [
        (Action.ACCEPT, {}, Verdict.HOLDS),
        (Action.REJECT, {}, Verdict.UNTESTED),
        (Action.CORRECT, {"stance": REFUTES, "part": Part.WHOLE, "sentences": (1,)}, Verdict.CONTESTED),
    ],
)
def test_a_person_settles_a_support_that_waits(action: Action, more: dict[str, Any], verdict: Verdict) -> None:
    denies = FakeJudge(says({DENYING.id: SUPPORTS}))
    ledger = ledger_with(review(action, DENYING, **more))
    state, _ = run(claim(), source=FakeSource([ANCHOR, DENYING]), judge=denies, ledger=ledger)
    assert only(state).verdict is verdict
    assert not any("something was not found" in why for why in only(state).needs_review)


def test_without_the_review_the_verdict_is_the_judges() -> None:
    retest, _ = refresh(ledger_with(before=Verdict.CONTESTED))
    assert retest.verdict is Verdict.CONTESTED


def test_an_accepted_piece_is_not_asked_again() -> None:
    asked_again = [("tradeoff", "2506.00001", 2)]
    _, judge = refresh(ledger_with(before=Verdict.HOLDS))
    assert [a for a in judge.asked if a[2] > 1] == asked_again
    retest, judge = refresh(ledger_with(review(Action.ACCEPT, ONE), before=Verdict.HOLDS))
    assert [a for a in judge.asked if a[2] > 1] == []
    assert retest.verdict is Verdict.CONTESTED


def test_an_overtaken_review_needs_a_person_again() -> None:
    old = review(Action.REJECT, replace(ONE, version=7))
    retest, _ = refresh(ledger_with(old))
    assert retest.verdict is Verdict.CONTESTED
    assert any("it is overtaken: the paper's text is another now" in why for why in retest.needs_review)


def test_a_confirmed_anchor_is_grounded() -> None:
    silent = FakeJudge(says({k: v for k, v in STANCES.items() if k != ANCHOR.id}))
    retest, _ = refresh(ledger_with(review(Action.ACCEPT, ANCHOR, Target.ANCHOR)), silent)
    (check,) = retest.anchors
    assert check.grounding is Grounding.GROUNDED
    retest, _ = refresh(ledger_with(), FakeJudge(says({})))
    assert retest.anchors[0].grounding is not Grounding.GROUNDED


def test_the_twin_tells_the_review_and_what_the_judge_had_said() -> None:
    fixed = review(Action.CORRECT, ONE, stance=Stance.RELAXES, part=Part.WHOLE, sentences=(2,))
    retest, _ = refresh(ledger_with(fixed))
    pieces = {piece["paper_id"]: piece for piece in twin.entry(retest, None)["evidence"]}
    found = pieces["2506.00001"]
    assert (found["stance"], found["quotes"][0]["text"], found["counted"]) == ("relaxes", "It is measured.", True)
    told = found["review"]
    assert (told["by"], told["action"], told["reason"], told["day"]) == ("Ada", "correct", "as I read it", "2026-11-21")
    assert told["judged"]["stance"] == "refutes"
    assert pieces["2507.00001"]["review"] is None
