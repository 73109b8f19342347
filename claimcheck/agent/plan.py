"""Plan: which words each claim is searched by."""

import asyncio
import hashlib

from langgraph.runtime import Runtime

from claimcheck.agent.state import Context, State
from claimcheck.domain import query
from claimcheck.domain.claim import Claim
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.errors import BudgetReached, JudgeUnavailable
from claimcheck.ports import Draft, UnusableAnswer


async def plan(state: State, runtime: Runtime[Context]) -> State:
    """Derive the queries of every claim; a judge with a language model adds phrases of its own, paid for once."""
    context = runtime.context
    context.progress.stage("plan", len(state["claims"]))

    async def one(claim: Claim) -> tuple[tuple[str, ...], Gap | None]:
        async with context.under_way:
            outcome = await _phrases(context, claim)
        context.progress.step()
        return outcome

    outcomes = await asyncio.gather(*map(one, state["claims"]))
    queries = {claim.id: query.plan(claim, phrases) for claim, (phrases, _) in zip(state["claims"], outcomes, strict=True)}
    gaps = [gap for _, gap in outcomes if gap]
    windows = {claim.id: context.window(claim) for claim in state["claims"]}
    return {"queries": queries, "windows": windows, "gaps": gaps}


async def _phrases(context: Context, claim: Claim) -> tuple[tuple[str, ...], Gap | None]:
    name = context.judge.name
    key = hashlib.sha256("\x1f".join((name.kind, name.model, name.prompt, claim.fingerprint, *claim.search)).encode()).hexdigest()
    kept = context.ledger.draft("phrases", key)
    if kept is None:
        try:
            phrases, usage = await context.judge.phrases(claim)
        except (JudgeUnavailable, UnusableAnswer, BudgetReached) as wrong:
            # The claim's own queries are complete without the model's: this does not block a verdict.
            kind = GapKind.BUDGET if isinstance(wrong, BudgetReached) else GapKind.JUDGE
            return (), Gap("further search phrases", str(wrong), kind, claim.id, blocks=False)
        if not usage.calls:
            return (), None
        kept = Draft("phrases", key, tuple({"text": p} for p in phrases), usage, context.today)
        context.ledger.keep_draft(context.run_id, kept)
    return tuple(str(row["text"]) for row in kept.texts), None
