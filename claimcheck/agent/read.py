"""Read: a judge reads one paper for one claim; code copies the sentences it points at."""

import asyncio

from langgraph.runtime import Runtime

from claimcheck.agent.state import Branch, Context, Pair, Read, State
from claimcheck.domain.evidence import QuoteGrounding, evidence
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.verdict import RULES_VERSION
from claimcheck.errors import BudgetReached, JudgeUnavailable
from claimcheck.ports import Judgement, JudgementKey, NotRecorded, UnusableAnswer


async def read(state: Branch, runtime: Runtime[Context]) -> State:
    """Read a branch's pairs side by side, as many at once as the context allows."""
    context = runtime.context
    context.progress.stage("read", len(state["pairs"]))

    async def one(pair: Pair) -> Read | Gap:
        outcome = await read_pair(context, pair)
        context.progress.step()
        return outcome

    outcomes = await asyncio.gather(*map(one, state["pairs"]))
    return {
        "reads": [outcome for outcome in outcomes if isinstance(outcome, Read)],
        "gaps": [outcome for outcome in outcomes if isinstance(outcome, Gap)] + _citation_gaps(outcomes),
    }


async def read_pair(context: Context, pair: Pair) -> Read | Gap:
    """Return the reading of a pair, remembered or new, or the gap that its failure leaves. Keeps it before it returns."""
    key = judgement_key(context, pair)
    try:
        async with context.under_way:
            judgement = await asyncio.to_thread(context.ledger.judgement, key) or await _judge(context, pair, key)
    except JudgeUnavailable as wrong:
        return _gap(pair, str(wrong), GapKind.OUTAGE if wrong.breaker else GapKind.JUDGE)
    except BudgetReached as wrong:
        return _gap(pair, str(wrong), GapKind.BUDGET)
    except NotRecorded:
        return _gap(pair, "the recording does not have this claim and paper version", GapKind.RECORDING)
    except UnusableAnswer as wrong:
        await asyncio.to_thread(
            context.ledger.keep_unusable, context.run_id, key, pair.claim.id, context.today, str(wrong), wrong.usage, wrong.raw
        )
        return _gap(pair, str(wrong), GapKind.JUDGE)
    if context.recorder:
        context.recorder.write(pair.claim, pair.paper, pair.attempt, judgement.answer)
    tied = evidence(pair.paper, judgement.answer.reading)
    return Read(pair.claim.id, pair.paper.id, tied, cached=judgement.day < context.today)


async def _judge(context: Context, pair: Pair, key: JudgementKey) -> Judgement:
    answer = await context.judge.read(pair.claim, pair.paper, pair.attempt)
    judgement = Judgement(key, answer, pair.claim.id, context.today)
    await asyncio.to_thread(context.ledger.keep_judgement, context.run_id, judgement)
    return judgement


def judgement_key(context: Context, pair: Pair) -> JudgementKey:
    """Return under what the judgement of a pair is remembered."""
    paper = pair.paper
    return JudgementKey(
        claim=pair.claim.fingerprint,
        paper_id=paper.id,
        version=paper.version,
        paper=paper.fingerprint,
        judge=context.judge.name,
        attempt=pair.attempt,
        rules=RULES_VERSION,
    )


def _gap(pair: Pair, why: str, kind: GapKind) -> Gap:
    """A second opinion that is not to be had blocks nothing: the verdict then stays, marked for review."""
    return Gap(f"reading of {pair.paper.arxiv_id}", why, kind, pair.claim.id, blocks=pair.attempt == 1)


def _citation_gaps(outcomes: "list[Read | Gap]") -> list[Gap]:
    gaps = []
    for item in outcomes:
        if isinstance(item, Read) and item.evidence.grounding is QuoteGrounding.QUARANTINED:
            why = "the judge pointed at a sentence that is not in the paper; the reading is set aside"
            gaps.append(Gap(f"reading of {item.evidence.paper.arxiv_id}", why, GapKind.CITATION, item.claim_id))
    return gaps
