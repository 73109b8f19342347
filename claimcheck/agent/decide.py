"""Decide: compute each claim's verdict by rule, and read again what a change of verdict hangs on.

A verdict that differs from the last complete one is reported only if it does not rest on a single judgement, or if two of three
independent readings agree on that judgement; otherwise the old one stays, marked for review. What a person has
reviewed is read no second time: the person's word stands, until it expires or is overtaken (see `domain/review.py`).
"""

from dataclasses import replace

from langgraph.runtime import Runtime

from claimcheck.agent.crosscheck import disputes
from claimcheck.agent.drift import drift
from claimcheck.agent.read import read_pair
from claimcheck.agent.state import Context, Pair, Read, State
from claimcheck.domain.claim import Claim, Part
from claimcheck.domain.denial import waits, why
from claimcheck.domain.evidence import Evidence
from claimcheck.domain.gap import Gap
from claimcheck.domain.grounding import missing_numbers
from claimcheck.domain.retest import Retest, settle
from claimcheck.domain.review import anchors_again, newest, with_reviews
from claimcheck.domain.verdict import Verdict, decide_claim, majority, pivots
from claimcheck.domain.verdict import decide as decide_on

_READINGS = 3


async def decide(state: State, runtime: Runtime[Context]) -> State:
    """Decide on every claim."""
    context = runtime.context
    context.progress.stage("decide", len(state["claims"]))
    retests = []
    for claim in state["claims"]:
        retests.append(await _retest(context, state, claim))
        context.progress.step()
    return {"retests": tuple(retests)}


async def _retest(context: Context, state: State, claim: Claim) -> Retest:
    gaps = [gap for gap in state["gaps"] if gap.claim_id == claim.id]
    complete = not any(gap.blocks for gap in gaps)
    anchors = {check.paper.id for check in state["checks"][claim.id] if check.paper}
    items = [r.evidence for r in state["reads"] if r.claim_id == claim.id and r.paper_id not in anchors]
    reviews = newest(context.ledger.reviews_of(claim.id), context.today)
    items, again = with_reviews(claim, items, reviews, context.today)
    again += anchors_again(claim, state["checks"][claim.id], reviews, context.today)
    kept = context.ledger.previous(claim.id, claim.fingerprint, context.today)
    previous = kept.verdict if kept else None
    decisions = decide_claim(claim, items, complete)
    computed, confirmed = decisions[Part.WHOLE].verdict, True
    # An incomplete retest is reported as what it is; but what is there must not count for more than it would in a complete one.
    moves = previous and decide_on(items, True).verdict is not previous
    if previous and moves and not _by_a_person(items, previous):
        items, confirmed, missed = await _ask_again(context, claim, items)
        gaps += missed
        decisions = decide_claim(claim, items, complete)
        computed = decisions[Part.WHOLE].verdict
    stays = previous if complete or previous is None else Verdict.UNKNOWN
    verdict, unsettled = settle(computed, stays, confirmed and not _by_denial(items, previous))
    disputed = await disputes(context, claim, items, computed)
    papers = [check.paper for check in state["checks"][claim.id] if check.paper]
    fragile = tuple(item for item in pivots(items, complete) if not item.review)
    return Retest(
        claim=claim,
        verdict=verdict,
        decisions=decisions,
        needs_review=(
            *drift(kept, state["checks"][claim.id]),
            *_reasons(context, claim, computed, previous, unsettled and not confirmed, fragile),
            *_waiting(items, complete),
            *disputed,
            *again,
        ),
        anchors=state["checks"][claim.id],
        evidence=tuple(sorted(items, key=lambda e: (e.paper.id, e.stance))),
        coverage=replace(state["coverage"][claim.id], counted=sum(e.counted for e in items)),
        gaps=tuple(sorted(set(gaps))),
        # An anchor that was not found leaves nothing to compare the claim's figures with.
        missing_numbers=missing_numbers(claim, papers) if papers else (),
        computed=computed,
    )


def _by_a_person(items: list[Evidence], previous: Verdict) -> bool:
    """Tell whether reviews made the change: without them the verdict would be what it was."""
    return any(item.review for item in items) and decide_on([item.judged or item for item in items], True).verdict is previous


def _by_denial(items: list[Evidence], previous: Verdict | None) -> bool:
    """Tell whether evidence that waits made the change: without it the verdict would be what it was."""
    return any(map(waits, items)) and decide_on(_without_waiting(items), True).verdict is previous


def _without_waiting(items: list[Evidence]) -> list[Evidence]:
    return [item for item in items if not waits(item)]


def _waiting(items: list[Evidence], complete: bool) -> tuple[str, ...]:
    """Say what a person must read: supports that deny the finding, and all of it where no judge may be trusted with a stance."""
    unread = decide_on(_without_waiting(items), complete).verdict is Verdict.UNJUDGED
    all_of_it = "newer papers bear on it or may, and no judge that may be trusted with a stance has read them"
    return (*(why(item) for item in items if waits(item)), *([all_of_it] if unread else []))


async def _ask_again(context: Context, claim: Claim, items: list[Evidence]) -> tuple[list[Evidence], bool, list[Gap]]:
    """Read what the verdict hangs on a second and, where these differ, a third time.

    Return the evidence as most readings have it, whether two of three agree on each piece, and what could not be read.
    """
    confirmed, gaps = True, []
    for pivot in (item for item in pivots(items, complete=True) if not item.review):
        readings = [pivot]
        for attempt in range(2, _READINGS + 1):
            if majority([r.stance for r in readings]) or not context.judge.can_reread:
                break
            outcome = await read_pair(context, Pair(claim, pivot.paper, attempt))
            if isinstance(outcome, Read):
                readings.append(outcome.evidence)
            else:
                gaps.append(outcome)
        agreed = majority([r.stance for r in readings])
        confirmed = confirmed and agreed is not None
        if agreed and agreed is not pivot.stance:
            items = [next(r for r in readings if r.stance is agreed) if item is pivot else item for item in items]
    return items, confirmed, gaps


def _reasons(
    context: Context, claim: Claim, computed: Verdict, previous: Verdict | None, unsettled: bool, fragile: tuple[Evidence, ...]
) -> tuple[str, ...]:
    reasons = []
    if unsettled:
        only = ", ".join(sorted(str(e.paper.arxiv_id) for e in fragile)) or "a single reading"
        reasons.append(f"would change from {previous} to {computed} on one reading that no second one confirmed: {only}")
    elif previous is None and computed is not Verdict.HOLDS and fragile:
        only = ", ".join(sorted(str(e.paper.arxiv_id) for e in fragile))
        reasons.append(f"first verdict, resting on single readings: {only}")
    if claim.review_by and claim.review_by <= context.today:
        reasons.append(f"its review_by date, {claim.review_by}, has come")
    return tuple(reasons)
