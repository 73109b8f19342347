"""The graph on fakes: what is looked at, what becomes a gap, and what a gap never becomes."""

import asyncio
import gc
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from claimcheck.agent import graph
from claimcheck.agent.state import Context, State
from claimcheck.domain.claim import Anchor, Claim, Inquiry, Part
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Reading, Stance
from claimcheck.domain.gap import GapKind
from claimcheck.domain.grounding import Grounding
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.retest import Retest
from claimcheck.domain.verdict import Verdict
from claimcheck.errors import BudgetReached, Denied, JudgeUnavailable
from claimcheck.ports import KeptRetest, UnusableAnswer
from tests.fakes import FakeJudge, FakeLedger, FakeLibrary, FakeSource, Script, SilentProgress

TODAY = date(2026, 11, 22)
SUPPORTS, REFUTES = Stance.SUPPORTS, Stance.REFUTES


def paper(id: str, words: str = "reasoning training lowers instruction adherence", **more: Any) -> Paper:
    return Paper(id, f"On {words} {id}", f"We study {words} in setting {id}. It is measured.", version=1, **more)


def claim(id: str = "tradeoff", anchors: tuple[str, ...] = ("2505.00001",), **more: Any) -> Claim:
    text = "Reasoning training lowers instruction adherence."
    return Claim(id, "q", text, PartialDate.parse("2025-05"), tuple(Anchor(a) for a in anchors), **more)


def says(stances: dict[str, Stance], attempts: dict[tuple[str, int], Stance] | None = None) -> Script:
    """A judge that supports with anchors and has the given stance on other papers."""

    def script(_: Claim, paper: Paper, attempt: int) -> Reading:
        stance = (attempts or {}).get((paper.id, attempt)) or stances.get(paper.id, Stance.NOT_ENOUGH_INFO)
        bears = stance is not Stance.NOT_ENOUGH_INFO
        return Reading(stance, sentences=(1,) if bears else (), confidence=0.8, bears=bears)

    return script


def run(*claims: Claim, source: FakeSource | None, judge: FakeJudge | None = None, **more: Any) -> tuple[State, Context]:
    context = Context(
        library=more.pop("library", FakeLibrary()),
        judge=judge or FakeJudge(),
        ledger=more.pop("ledger", FakeLedger()),
        progress=SilentProgress(),
        today=more.pop("today", TODAY),
        run_id=1,
        source=source,
        **more,
    )
    state: State = {"inquiries": (Inquiry("q", "Does it?"),), "claims": claims, "reads": [], "gaps": [], "answered": 0}
    return asyncio.run(graph.run(state, context)), context


def only(state: State) -> Retest:
    (retest,) = state["retests"]
    return retest


ANCHOR = paper("2505.00001")
NEWER = [paper("2506.00001"), paper("2507.00001"), paper("2508.00001")]


def test_newer_papers_are_found_read_and_counted() -> None:
    judge = FakeJudge(says({"2505.00001": SUPPORTS, "2506.00001": SUPPORTS, "2507.00001": SUPPORTS}))
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=judge)
    retest = only(state)
    assert retest.verdict is Verdict.HOLDS
    assert retest.complete
    assert (retest.coverage.read, retest.coverage.counted) == (3, 2)
    assert retest.anchors[0].grounding is Grounding.GROUNDED
    assert "2505.00001" not in {e.paper.id for e in retest.evidence}, "an anchor is no evidence for its own claim"


def test_nothing_found_is_untested() -> None:
    state, _ = run(claim(), source=FakeSource([ANCHOR]), judge=FakeJudge(says({"2505.00001": SUPPORTS})))
    assert only(state).verdict is Verdict.UNTESTED
    assert state["gaps"] == []


@pytest.mark.parametrize("origin", ["claim", "refute", "relax"])
def test_source_down_for_one_query_is_unknown_not_untested(origin: str) -> None:
    state, _ = run(claim(), source=FakeSource([ANCHOR], down=[origin]), judge=FakeJudge(says({"2505.00001": SUPPORTS})))
    assert only(state).verdict is Verdict.UNKNOWN
    assert any(gap.blocks and origin in gap.what for gap in only(state).gaps)


def test_source_down_never_lets_a_claim_hold() -> None:
    judge = FakeJudge(says({"2505.00001": SUPPORTS, "2506.00001": SUPPORTS}))
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER], down=["refute"]), judge=judge)
    assert only(state).verdict is Verdict.UNKNOWN


class Broken(FakeLibrary):
    def scored(self, *_: Any) -> Any:
        assert not gc.isenabled()
        raise ValueError("broken")


def test_the_collector_is_on_again_after_matching_also_where_that_fails() -> None:
    with pytest.raises(ValueError, match="broken"):
        run(claim(), source=FakeSource([ANCHOR, *NEWER]), library=Broken())
    assert gc.isenabled()


def test_older_papers_and_anchors_are_no_candidates() -> None:
    source = FakeSource([ANCHOR, paper("2404.00001"), paper("2506.00001")])
    state, context = run(claim(), source=source)
    assert isinstance(context.judge, FakeJudge)
    assert {e.paper.id for e in only(state).evidence} == {"2506.00001"}


def test_copy_of_the_anchor_is_no_evidence() -> None:
    copy = replace(ANCHOR, id="2506.00009")
    state, _ = run(claim(), source=FakeSource([ANCHOR, copy]))
    assert only(state).coverage.read == 0


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (JudgeUnavailable("no answer"), GapKind.JUDGE),
        (JudgeUnavailable("given up", breaker=True), GapKind.OUTAGE),
        (UnusableAnswer("not JSON"), GapKind.JUDGE),
        (BudgetReached("spent"), GapKind.BUDGET),
    ],
)
def test_paper_that_was_not_read_is_a_gap_and_never_a_verdict(error: Exception, kind: GapKind) -> None:
    def script(_: Claim, paper: Paper, __: int) -> Reading | Exception:
        return error if paper.id == "2507.00001" else Reading(SUPPORTS, sentences=(1,), confidence=0.9)

    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=FakeJudge(script))
    assert only(state).verdict is Verdict.UNKNOWN
    assert [gap.kind for gap in only(state).gaps] == [kind]


def test_refused_credentials_end_the_run() -> None:
    with pytest.raises(Denied):
        run(claim(), source=FakeSource([ANCHOR]), judge=FakeJudge(lambda *_: Denied("wrong key")))


def test_sentence_that_is_not_there_is_a_gap() -> None:
    judge = FakeJudge(lambda *_: Reading(SUPPORTS, sentences=(99,), confidence=0.9))
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=judge)
    assert only(state).verdict is Verdict.UNKNOWN
    assert {gap.kind for gap in only(state).gaps} == {GapKind.CITATION}


def test_second_run_asks_nobody_again() -> None:
    source, judge, library, ledger = FakeSource([ANCHOR, *NEWER]), FakeJudge(), FakeLibrary(), FakeLedger()
    first, _ = run(claim(), source=source, judge=judge, library=library, ledger=ledger)
    calls, requests = len(judge.asked), source.requests
    second, _ = run(claim(), source=source, judge=judge, library=library, ledger=ledger)
    assert (len(judge.asked), source.requests) == (calls, requests)
    assert first["retests"] == second["retests"]
    assert first["answered"] == second["answered"]


def test_a_source_that_answers_nothing_in_this_run_is_silent_whatever_it_answered_before() -> None:
    library, ledger, week = FakeLibrary(), FakeLedger(), timedelta(days=7)
    first, _ = run(claim(), source=FakeSource([ANCHOR]), library=library, ledger=ledger)
    source = FakeSource([ANCHOR])
    source.out = True
    down, _ = run(claim(), source=source, library=library, ledger=ledger, today=TODAY + week)
    again, _ = run(claim(), source=FakeSource([ANCHOR]), library=library, ledger=ledger)
    assert (first["silent"], down["silent"], again["silent"]) == (False, True, False), "who was not asked is not silent"


def test_edited_claim_is_read_again() -> None:
    judge, library, ledger = FakeJudge(), FakeLibrary(), FakeLedger()
    for text in ("Reasoning training lowers instruction adherence.", "Reasoning training raises instruction adherence."):
        run(replace(claim(), text=text), source=FakeSource([ANCHOR, *NEWER]), judge=judge, library=library, ledger=ledger)
    assert len(judge.asked) == 2 * (1 + len(NEWER))


def test_unknown_id_is_not_found_and_the_right_paper_suggested() -> None:
    right = paper("2409.00001")
    judge = FakeJudge(says({"2409.00001": SUPPORTS}))
    state, _ = run(claim(anchors=("2505.77777",)), source=FakeSource([]), judge=judge, library=FakeLibrary([right]))
    check = only(state).anchors[0]
    assert check.grounding is Grounding.NOT_FOUND
    assert check.suggestion is not None
    assert check.suggestion.paper.id == "2409.00001"
    assert check.suggestion.quote is not None


def test_id_that_could_not_be_asked_is_unchecked_not_not_found() -> None:
    state, _ = run(claim(), source=FakeSource([ANCHOR], down=["2505.00001"]))
    assert only(state).anchors[0].grounding is Grounding.UNCHECKED
    assert any("2505.00001" in gap.what for gap in only(state).gaps)


def test_withdrawn_anchor_is_named() -> None:
    gone = Withdrawal(2, date(2025, 6, 6), "abstract page")
    state, _ = run(claim(), source=FakeSource([ANCHOR], withdrawn={"2505.00001": gone}))
    assert only(state).anchors[0].grounding is Grounding.WITHDRAWN
    assert "2025-06-06" in only(state).anchors[0].reason


def test_anchor_whose_withdrawal_could_not_be_asked_is_unchecked() -> None:
    judge = FakeJudge(says({"2505.00001": SUPPORTS}))
    state, _ = run(claim(), source=FakeSource([ANCHOR], down=["abs:2505.00001"]), judge=judge)
    assert only(state).anchors[0].grounding is Grounding.UNCHECKED


def test_offline_searches_as_far_as_the_library_reaches_and_says_so() -> None:
    judge = FakeJudge(says({"2505.00001": SUPPORTS}))
    state, _ = run(claim(), source=None, judge=judge, library=FakeLibrary([ANCHOR, *NEWER]))
    window = only(state).coverage.window
    assert window is not None
    assert window.last == date(2025, 8, 31)
    assert only(state).verdict is Verdict.UNTESTED


def test_offline_with_an_empty_library_is_unknown_not_untested() -> None:
    state, _ = run(claim(), source=None)
    assert only(state).verdict is Verdict.UNKNOWN
    assert only(state).anchors[0].grounding is Grounding.UNCHECKED


def flipped(ledger: FakeLedger, judge: FakeJudge, down: Iterable[str] = ()) -> Retest:
    before = claim()
    ledger.kept.append(KeptRetest(0, date(2026, 11, 15), before.id, before.fingerprint, Verdict.HOLDS, True, {}))
    state, _ = run(before, source=FakeSource([ANCHOR, *NEWER], down=down), judge=judge, ledger=ledger)
    return only(state)


STANCES = {"2505.00001": SUPPORTS, "2506.00001": SUPPORTS, "2507.00001": REFUTES}


@pytest.mark.parametrize(
    ("again", "verdict", "review"),
    [
        ({2: REFUTES}, Verdict.CONTESTED, False),
        ({2: SUPPORTS, 3: REFUTES}, Verdict.CONTESTED, False),
        ({2: SUPPORTS, 3: SUPPORTS}, Verdict.HOLDS, False),
        ({2: SUPPORTS, 3: Stance.RELAXES}, Verdict.HOLDS, True),
    ],
)
def test_flip_on_one_reading_needs_two_of_three(again: dict[int, Stance], verdict: Verdict, review: bool) -> None:
    judge = FakeJudge(says(STANCES, {("2507.00001", attempt): stance for attempt, stance in again.items()}))
    retest = flipped(FakeLedger(), judge)
    assert retest.verdict is verdict
    assert bool(retest.needs_review) is review
    assert max(attempt for *_, attempt in judge.asked) == max(again)


DENIAL = "We do not find that reasoning training lowers instruction adherence. It is measured."


@pytest.mark.parametrize(
    ("previous", "others", "verdict"),
    [
        (None, {}, Verdict.UNJUDGED),
        (None, {"2507.00001": SUPPORTS}, Verdict.UNJUDGED),
        (None, {"2507.00001": REFUTES}, Verdict.CONTESTED),
        (Verdict.HOLDS, {"2507.00001": SUPPORTS}, Verdict.HOLDS),
        (Verdict.UNTESTED, {}, Verdict.UNTESTED),
        (Verdict.CONTESTED, {"2507.00001": SUPPORTS}, Verdict.UNJUDGED),
    ],
)
def test_a_support_that_denies_the_finding_waits_for_a_person(
    previous: Verdict | None, others: dict[str, Stance], verdict: Verdict
) -> None:
    """It is never counted; by itself it moves no earlier verdict, and with it there none says that nothing refutes the claim."""
    ledger, asked = FakeLedger(), claim()
    if previous:
        ledger.kept.append(KeptRetest(0, date(2026, 11, 15), asked.id, asked.fingerprint, previous, True, {}))
    papers = [ANCHOR, replace(NEWER[0], abstract=DENIAL), *(paper for paper in NEWER if paper.id in others)]
    state, _ = run(asked, source=FakeSource(papers), judge=FakeJudge(says({NEWER[0].id: SUPPORTS, **others})), ledger=ledger)
    retest = only(state)
    assert retest.verdict is verdict
    assert retest.decisions[Part.WHOLE].tally.unjudged == 1
    assert [reason for reason in retest.needs_review if "something was not found" in reason]


def test_an_anchor_that_says_it_by_nothing_but_denials_is_unchecked() -> None:
    state, _ = run(claim(), source=FakeSource([replace(ANCHOR, abstract=DENIAL)]), judge=FakeJudge(says({ANCHOR.id: SUPPORTS})))
    (check,) = only(state).anchors
    assert check.grounding is Grounding.UNCHECKED
    assert "something was not found" in check.reason


def test_flip_stays_for_review_when_the_judge_cannot_read_again() -> None:
    retest = flipped(FakeLedger(), FakeJudge(says(STANCES), can_reread=False))
    assert retest.verdict is Verdict.HOLDS
    assert retest.computed is Verdict.CONTESTED
    assert retest.needs_review


@pytest.mark.parametrize(
    ("again", "verdict", "review"),
    [
        ({2: REFUTES}, Verdict.CONTESTED, False),
        ({2: SUPPORTS, 3: SUPPORTS}, Verdict.UNKNOWN, False),
        ({2: SUPPORTS, 3: Stance.RELAXES}, Verdict.UNKNOWN, True),
    ],
)
def test_while_arxiv_is_down_a_reading_counts_for_no_more(again: dict[int, Stance], verdict: Verdict, review: bool) -> None:
    judge = FakeJudge(says(STANCES, {("2507.00001", attempt): stance for attempt, stance in again.items()}))
    retest = flipped(FakeLedger(), judge, down=["refute"])
    assert not retest.complete
    assert retest.verdict is verdict
    assert bool(retest.needs_review) is review


def test_bearing_papers_without_a_trusted_stance_are_unjudged() -> None:
    judge = FakeJudge(lambda *_: Reading(SUPPORTS, sentences=(1,), confidence=0.4, trusted=False), can_reread=False)
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=judge)
    assert only(state).verdict is Verdict.UNJUDGED
    assert only(state).coverage.counted == 0
    assert only(state).needs_review


def test_number_that_stands_in_no_anchor_is_named() -> None:
    state, _ = run(replace(claim(), text="Reasoning training lowers adherence by 37 %."), source=FakeSource([ANCHOR]))
    assert only(state).missing_numbers == ("37",)


def test_questions_are_tied_to_the_evidence_that_moved_a_claim() -> None:
    judge = FakeJudge(says({"2505.00001": SUPPORTS, "2506.00001": Stance.RELAXES}))
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=judge)
    (question,) = state["questions"]
    assert question.because == ("2506.00001",)
    assert question.drafted_by == "rule"


def test_many_pairs_are_fanned_out_and_bounded() -> None:
    papers = [paper(f"2506.{n:05}") for n in range(1, 61)]
    claims = [claim(f"c{n}") for n in range(12)]
    most = under_way = 0

    class Slow(FakeJudge):
        async def read(self, *args: Any, **more: Any) -> Any:
            nonlocal most, under_way
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1
            return await super().read(*args, **more)

    state, _ = run(*claims, source=FakeSource([ANCHOR, *papers]), judge=Slow(), candidates=30, concurrency=7)
    assert len(state["reads"]) == 12 * 31
    assert most <= 7


def test_order_of_the_claims_file_is_kept() -> None:
    names = ["zeta", "alpha", "mu"]
    make: Callable[[str], Claim] = claim
    state, _ = run(*(make(n) for n in names), source=FakeSource([ANCHOR]))
    assert [r.claim.id for r in state["retests"]] == names


def test_suggested_paper_is_quoted_where_it_states_the_figure() -> None:
    abstract = "Reasoning training and instruction adherence are measured. We find that it falls by 37 %."
    right = replace(paper("2409.00001"), abstract=abstract)
    judge = FakeJudge(lambda *_: Reading(SUPPORTS, sentences=(1, 2), confidence=0.9))
    lowered = replace(claim(anchors=("2505.77777",)), text="Reasoning training lowers instruction adherence by 37 %.")
    state, _ = run(lowered, source=FakeSource([]), judge=judge, library=FakeLibrary([right]))
    suggestion = only(state).anchors[0].suggestion
    assert suggestion is not None
    assert suggestion.quote is not None
    assert "37" in suggestion.quote.text
