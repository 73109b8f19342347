"""Which readings a judge is told of beforehand, and in which order pairs are read then."""

from dataclasses import replace

from claimcheck.agent.state import Depth
from tests.fakes import FakeFullTexts, FakeJudge, FakeLedger, FakeLibrary, FakeSource, FakeTogether
from tests.unit.test_graph import ANCHOR, NEWER, SUPPORTS, claim, run, says

CLAIMS = tuple(replace(claim(name), text=f"Reasoning training lowers instruction adherence {name}.") for name in ("a", "b", "c"))


def test_all_that_is_unread_is_expected_and_read_paper_by_paper() -> None:
    told, judge = FakeTogether(), FakeJudge(says({"2505.00001": SUPPORTS}))
    state, _ = run(*CLAIMS, source=FakeSource([ANCHOR, *NEWER]), judge=judge, together=told, concurrency=1)
    asked = [(one.claim.id, one.paper.id) for one in told.expected]
    assert sorted(asked) == sorted((c.id, p.id) for c in CLAIMS for p in (ANCHOR, *NEWER))
    papers = [pair.paper.id for pair in state["pairs"]]
    assert papers == [p for p in dict.fromkeys(papers) for _ in CLAIMS], "side by side"
    plain, _ = run(*CLAIMS, source=FakeSource([ANCHOR, *NEWER]), judge=FakeJudge(says({"2505.00001": SUPPORTS})))
    assert [(r.verdict, r.evidence) for r in state["retests"]] == [(r.verdict, r.evidence) for r in plain["retests"]]


def test_what_is_judged_is_not_expected_again() -> None:
    ledger, library, told = FakeLedger(), FakeLibrary(), FakeTogether()
    run(*CLAIMS[:2], source=FakeSource([ANCHOR, *NEWER]), ledger=ledger, library=library, together=told)
    assert len(told.expected) == 8
    run(*CLAIMS, source=FakeSource([ANCHOR, *NEWER]), ledger=ledger, library=library, together=told)
    assert {one.claim.id for one in told.expected} == {"c"}
    assert len(told.expected) == 4


def test_texts_that_are_read_in_full_are_not_expected() -> None:
    told = FakeTogether()
    source, texts = FakeSource([ANCHOR, *NEWER]), FakeFullTexts()
    state, _ = run(*CLAIMS, source=source, judge=FakeJudge(), together=told, full_texts=texts, full_text=1)
    in_full = {(pair.claim.id, pair.paper.id) for pair in state["pairs"] if pair.depth is not Depth.AS_IT_IS}
    assert len(in_full) == 2 * len(CLAIMS), "the anchor and the best candidate"
    assert len(told.expected) == 2 * len(CLAIMS)
    assert not in_full & {(one.claim.id, one.paper.id) for one in told.expected}
