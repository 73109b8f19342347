"""Plan: which words each claim is searched by."""

import asyncio
from dataclasses import replace

from langgraph.runtime import Runtime

from claimcheck.agent.draft import Row, drafted
from claimcheck.agent.state import Context, State
from claimcheck.domain import query
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Usage
from claimcheck.domain.gap import Gap


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


def told_for_phrases(claim: Claim) -> list[str]:
    """Return what a judge's phrases for a claim depend on."""
    return [claim.fingerprint, *claim.search]


async def _phrases(context: Context, claim: Claim) -> tuple[tuple[str, ...], Gap | None]:
    """Return the judge's own phrases. The claim's own queries are complete without them: a failure blocks no verdict."""

    async def ask() -> tuple[tuple[Row, ...], Usage]:
        phrases, usage = await context.judge.phrases(claim)
        return tuple({"text": phrase} for phrase in phrases), usage

    rows, gap = await drafted(context, "phrases", told_for_phrases(claim), ask)
    return tuple(str(row["text"]) for row in rows), replace(gap, claim_id=claim.id) if gap else None
