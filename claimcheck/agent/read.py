"""Read: a judge reads one paper for one claim; code copies the sentences it points at.

Where full texts are read, a judge gets the abstract with the passages nearest to the claim in place of the abstract alone
(`domain/fulltext.py`). An anchor's text is fetched only when its abstract does not say the claim, and before the texts of
candidates. A text that cannot be had leaves a gap that blocks nothing: the abstract is read, as it would be without.
"""

import asyncio
from dataclasses import replace

from langgraph.runtime import Runtime

from claimcheck.agent.search import kind as kind_of
from claimcheck.agent.state import Branch, Context, Depth, NotAsked, Pair, Read, State
from claimcheck.domain.denial import tied
from claimcheck.domain.evidence import DENIES, SET_ASIDE, Evidence, QuoteGrounding, Stance
from claimcheck.domain.excerpt import excerpt
from claimcheck.domain.fulltext import Form, FullText
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.shield import shielded
from claimcheck.domain.verdict import RULES_VERSION
from claimcheck.errors import BudgetReached, JudgeUnavailable, SourceUnavailable
from claimcheck.ports import Judgement, JudgementKey, NotRecorded, UnusableAnswer


async def read(state: Branch, runtime: Runtime[Context]) -> State:
    """Read a branch's pairs side by side, as many at once as the context allows."""
    context = runtime.context
    context.progress.stage("read", len(state["pairs"]))

    async def one(pair: Pair) -> Read | Gap:
        outcome = await read_pair(context, pair)
        context.progress.step()
        return outcome

    anchors = [pair for pair in state["pairs"] if pair.depth is Depth.IF_SILENT]
    others = [pair for pair in state["pairs"] if pair.depth is not Depth.IF_SILENT]
    outcomes = [*await asyncio.gather(*map(one, anchors)), *await asyncio.gather(*map(one, others))]
    reads = [outcome for outcome in outcomes if isinstance(outcome, Read)]
    failed = [outcome for outcome in outcomes if isinstance(outcome, Gap)]
    return {"reads": reads, "gaps": failed + [gap for read in reads for gap in read.gaps] + _citation_gaps(outcomes)}


async def read_pair(context: Context, pair: Pair) -> Read | Gap:
    """Return the reading of a pair, remembered or new, or the gap that its failure leaves. Keeps it before it returns."""
    if pair.depth is Depth.IN_FULL:
        return await _in_full(context, pair, None)
    outcome = await _as_it_is(context, pair)
    if pair.depth is Depth.IF_SILENT and isinstance(outcome, Read) and is_silent(outcome.evidence):
        return await _in_full(context, pair, outcome)
    return outcome


def is_silent(found: Evidence) -> bool:
    """Tell whether a reading leaves open what the paper says of the claim."""
    if found.trusted or (found.stance is Stance.SUPPORTS and DENIES not in found.flags):
        return found.stance is Stance.NOT_ENOUGH_INFO
    return True


async def _in_full(context: Context, pair: Pair, by_abstract: Read | None) -> Read | Gap:
    """Read a paper by its abstract and passages; by the abstract alone, with a gap, where the text cannot be had.

    `by_abstract` is what the abstract alone said, where it was read: it stands when the passages cannot be judged.
    """
    full, gap = await _fetched(context, pair)
    if full is None or full.form is Form.ABSTRACT:
        outcome = by_abstract or await _as_it_is(context, pair)
        return replace(outcome, gaps=(*outcome.gaps, gap)) if isinstance(outcome, Read) and gap else outcome
    told = await asyncio.to_thread(excerpt, pair.paper, full, pair.claim, context.passage_tokens)
    outcome = await _as_it_is(context, replace(pair, paper=told))
    if isinstance(outcome, Gap) and by_abstract:
        return replace(by_abstract, gaps=(*by_abstract.gaps, replace(outcome, blocks=False)))
    return outcome


async def _fetched(context: Context, pair: Pair) -> tuple[FullText | None, Gap | None]:
    """Return a paper's full text, and the gap it leaves where it is not what was wanted."""
    assert context.full_texts is not None
    what, id = f"full text of {pair.paper.arxiv_id}", pair.claim.id
    try:
        async with context.fetching:
            full = await asyncio.to_thread(context.full_texts.fetch, pair.paper)
    except SourceUnavailable as wrong:
        return None, Gap(what, f"{wrong}; its abstract was read", kind_of(wrong), id, blocks=False)
    if full.form is Form.ABSTRACT:
        return full, Gap(what, f"its abstract alone was read: {'; '.join(full.notes)}", GapKind.PAPER, id, blocks=False)
    return full, None


async def _as_it_is(context: Context, pair: Pair) -> Read | Gap:
    """Read what the paper at hand says."""
    key = judgement_key(context, pair)
    try:
        async with context.under_way:
            judgement = await asyncio.to_thread(context.ledger.judgement, key) or await _judge(context, pair, key)
    except JudgeUnavailable as wrong:
        return _gap(pair, str(wrong), GapKind.OUTAGE if wrong.breaker else GapKind.JUDGE)
    except BudgetReached as wrong:
        return _gap(pair, str(wrong), GapKind.BUDGET)
    except NotAsked as wrong:
        return _gap(pair, str(wrong), wrong.kind)
    except NotRecorded:
        return _gap(pair, "the recording does not have this claim and paper version", GapKind.RECORDING)
    except UnusableAnswer as wrong:
        return _gap(pair, str(wrong), GapKind.JUDGE)
    if context.recorder:
        context.recorder.write(pair.claim, pair.paper, pair.attempt, judgement.answer)
    found = tied(pair.claim, pair.paper, judgement.answer.reading)
    return Read(pair.claim.id, pair.paper.id, found, cached=judgement.day < context.today)


async def _judge(context: Context, pair: Pair, key: JudgementKey) -> Judgement:
    """Have a pair read, and keep what came of it: between the two it must not be lost."""
    held = context.batching.held.get(key) if context.batching else None
    if held:
        raise NotAsked(*held)
    context.deadline.check()
    ledger, run, claim = context.ledger, context.run_id, pair.claim
    with context.deadline.item():
        try:
            answer = await context.judge.read(claim, shielded(pair.paper), pair.attempt)
        except UnusableAnswer as wrong:
            unusable = (run, key, claim.id, context.today, str(wrong), wrong.usage, wrong.raw)
            await asyncio.to_thread(ledger.keep_unusable, *unusable)
            raise
        judgement = Judgement(key, answer, claim.id, context.today)
        await asyncio.to_thread(ledger.keep_judgement, run, judgement)
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
    """Return a gap for each reading that shows nothing of its paper: what it says of the claim was not looked at."""
    shown = [(item, _shows_nothing(item.evidence)) for item in outcomes if isinstance(item, Read)]
    return [Gap(f"reading of {item.evidence.paper.arxiv_id}", why, GapKind.CITATION, item.claim_id) for item, why in shown if why]


def _shows_nothing(found: Evidence) -> str | None:
    if found.grounding is QuoteGrounding.QUARANTINED:
        return "the judge pointed at a sentence that is not in the paper; the reading is set aside"
    if found.grounding is QuoteGrounding.UNGROUNDED and SET_ASIDE in found.flags:
        return "the judge pointed only at sentences that give instructions to their reader; the reading is set aside"
    return None
