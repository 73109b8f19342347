"""What became of an anchor is told once, to a person, and a new version is read anew."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from claimcheck.domain.grounding import Grounding
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.retest import Retest
from claimcheck.report import twin
from tests.fakes import FakeJudge, FakeLedger, FakeLibrary, FakeSource
from tests.unit.test_graph import ANCHOR, SUPPORTS, TODAY, claim, only, run, says

WEEK = timedelta(days=7)


def a_week_later(changed: Paper, withdrawn: dict[str, Withdrawal] | None = None) -> tuple[Retest, Retest, Retest, FakeJudge]:
    """Refresh, let the anchor change, refresh a week later and once more after that."""
    source, judge = FakeSource([ANCHOR]), FakeJudge(says({"2505.00001": SUPPORTS}))
    kept: dict[str, Any] = {"source": source, "judge": judge, "library": FakeLibrary(), "ledger": FakeLedger()}
    retests = []
    for weeks in range(3):
        today = TODAY + weeks * WEEK
        state, context = run(claim(), today=today, **kept)
        retest = only(state)
        context.ledger.keep_retest(1, today, retest, twin.entry(retest, None))
        retests.append(retest)
        source.papers[changed.id] = changed
        source.withdrawn = withdrawn or {}
    return retests[0], retests[1], retests[2], judge


def test_a_new_version_is_told_once_and_read_anew() -> None:
    first, second, third, judge = a_week_later(replace(ANCHOR, version=2, abstract="We study it anew. It is measured."))
    assert first.needs_review == ()
    assert second.needs_review == (f"anchor 2505.00001 has a new version, v2 for v1, since {TODAY}",)
    assert third.needs_review == ()
    assert [asked[1] for asked in judge.asked].count("2505.00001") == 2


def test_a_new_title_is_told() -> None:
    _, second, _, _ = a_week_later(replace(ANCHOR, title="Another title"))
    assert second.needs_review == (f"anchor 2505.00001 has a new title, 'Another title' for {ANCHOR.title!r}, since {TODAY}",)


def test_a_withdrawal_is_told_and_the_anchor_is_grounded_anew() -> None:
    gone = {ANCHOR.id: Withdrawal(2, None, "abs")}
    first, second, third, _ = a_week_later(replace(ANCHOR, version=2), withdrawn=gone)
    assert first.anchors[0].grounding is Grounding.GROUNDED
    assert second.anchors[0].grounding is Grounding.WITHDRAWN
    assert f"anchor 2505.00001 was withdrawn since {TODAY}" in second.needs_review
    assert third.needs_review == ()


def test_an_anchor_that_stayed_as_it_was_is_not_told_of() -> None:
    _, second, _, judge = a_week_later(ANCHOR)
    assert second.needs_review == ()
    assert [asked[1] for asked in judge.asked] == ["2505.00001"]
