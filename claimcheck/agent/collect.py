"""Collect: take what batches answered into the ledger, as ordinary judgements, before anything is asked.

A reading that is under way in a batch is not asked again, by whatever run, until the batch has ended. What is then without an
answer may be asked anew: failed and expired lines are not paid. Two doubts are left to time: whether a server took a batch
when the run was killed while asking it to, and whether one that it does not know, or whose answers cannot be read, is lost.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from langgraph.runtime import Runtime

from claimcheck.agent.state import Batching, Context, Pending, State
from claimcheck.domain.evidence import Usage
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.errors import JudgeUnavailable
from claimcheck.ports import BatchState, BatchStep, LineEnd, LineOutcome, OpenBatch

_SETTLES = timedelta(minutes=1)  # a server lists by then what it took
_LOST = timedelta(days=3)  # a batch ends within a day; two more for a person to notice
_AT_ONCE = 500  # answers that are kept in one transaction


async def collect(state: State, runtime: Runtime[Context]) -> State:
    """Collect from every batch that earlier runs handed in."""
    context = runtime.context
    batching = context.batching
    if batching is None:
        return {"pending": ()}
    opened = await asyncio.to_thread(batching.ledger.open_batches, batching.desk.place)
    for batch in opened:
        hold(batching, batch)
    return {"pending": await collected(context, [Pending(batch, "was not asked for") for batch in opened])}


async def collected(context: Context, pending: Sequence[Pending]) -> tuple[Pending, ...]:
    """Ask after each batch; return those that did not end."""
    found = [await _asked_after(context, one) for one in pending]
    return tuple(one for one in found if one)


def hold(batching: Batching, opened: OpenBatch) -> None:
    """Keep the readings of a batch from being asked while it is under way."""
    why = f"it is under way in the batch {named(opened)}; run again to collect it"
    for line in opened.batch.lines:
        before = batching.earlier.get(line.key)
        batching.held[line.key] = (f"{why} ({before})" if before else why, GapKind.BATCH)


def named(opened: OpenBatch) -> str:
    """Return the server's name for a batch, or ours where there is none."""
    return opened.remote or opened.batch.token


def gap(pending: Pending) -> Gap:
    """Return what a batch that did not end leaves. It blocks nothing itself: each of its readings leaves a gap of its own."""
    what = f"batch {named(pending.opened)} of {len(pending.opened.batch.lines)} readings"
    return Gap(what, pending.told, GapKind.BATCH, blocks=False)


async def end(context: Context, opened: OpenBatch, took: Usage) -> None:
    """Close a batch: of what has no answer by now, nothing will come."""
    batching = _batching(context)
    await asyncio.to_thread(batching.ledger.note_step, opened.batch.token, BatchStep.ENDED, batching.now())
    batching.desk.settle(opened.batch, took)


async def _asked_after(context: Context, pending: Pending) -> Pending | None:
    batching, opened = _batching(context), pending.opened
    try:
        if opened.remote is None:
            return await _looked_for(context, pending)
        state = await batching.desk.look(opened.remote)
    except JudgeUnavailable as wrong:
        return replace(pending, told=str(wrong))
    if state.ended:
        return await _taken(context, pending, state)
    if state.known:
        return replace(pending, told=f"is under way ({state.told}); run again to collect it")
    return await _unknown(context, pending)


async def _looked_for(context: Context, pending: Pending) -> Pending | None:
    """Find out whether the server took a batch that nobody heard of again."""
    batching, opened = _batching(context), pending.opened
    remote = await batching.desk.find(opened.batch, opened.file) if opened.file else None
    if remote:
        await asyncio.to_thread(batching.ledger.note_step, opened.batch.token, BatchStep.CREATED, batching.now(), remote)
        found = replace(opened, remote=remote)
        hold(batching, found)
        return await _asked_after(context, replace(pending, opened=found))
    if opened.file and batching.now() - opened.since < _SETTLES:
        return replace(pending, told="may have been taken by the server just now; run again in a minute, and it is known")
    await _closed(context, pending, "it was not taken by the server", Usage())
    return None


async def _unknown(context: Context, pending: Pending) -> Pending | None:
    """Give a batch up that the server does not know, but not before a wrong key had time to be noticed."""
    batching, until = _batching(context), pending.opened.kept + _LOST
    if batching.now() < until:
        told = (
            f"is not known to the model server at {batching.desk.place}; is OPENAI_API_KEY that of the same project? "
            f"From {until:%Y-%m-%d} on its readings are asked again"
        )
        return replace(pending, told=told)
    await _closed(context, pending, "the server lost it", Usage())
    return None


async def _taken(context: Context, pending: Pending, state: BatchState) -> Pending | None:
    """Keep the answers of a batch that ended. One whose answers cannot be read whole stays open for a while."""
    batching, batch = _batching(context), pending.opened.batch
    took, chunk, cut = Usage(), [], None
    try:
        async for answer in batching.desk.answers(batch, state):
            took += answer.usage
            chunk.append(answer)
            if len(chunk) == _AT_ONCE:
                await _keep(context, pending, chunk)
                chunk = []
    except JudgeUnavailable as wrong:
        cut = str(wrong)
    await _keep(context, pending, chunk)
    if cut and batching.now() < pending.opened.kept + _LOST:
        return replace(pending, told=f"has ended, but {cut}")
    await _closed(context, pending, f"the batch ended without an answer to it ({state.told})", took)
    return None


async def _keep(context: Context, pending: Pending, ends: Sequence[LineEnd]) -> None:
    batching = _batching(context)
    await asyncio.to_thread(batching.ledger.keep_ends, context.run_id, context.today, pending.opened.batch.token, ends)
    for one in ends:
        batching.held.pop(one.line.key, None)
        if one.outcome is not LineOutcome.JUDGED:
            _unanswered(batching, pending, one)


def _unanswered(batching: Batching, pending: Pending, one: LineEnd) -> None:
    """Leave a reading for another run if this one had handed it in, so that it is asked once a run; else for this one."""
    if pending.own:
        batching.held[one.line.key] = (one.why, GapKind.JUDGE)
    else:
        batching.earlier[one.line.key] = f"an earlier batch did not read it: {one.why}"


async def _closed(context: Context, pending: Pending, why: str, took: Usage) -> None:
    """End a batch and let go of the readings that it still holds."""
    batching = _batching(context)
    for line in pending.opened.batch.lines:
        if batching.held.get(line.key, ("", None))[1] is GapKind.BATCH:
            batching.held.pop(line.key)
            _unanswered(batching, pending, LineEnd(line, LineOutcome.FAILED, why=why))
    await end(context, pending.opened, took)


def _batching(context: Context) -> Batching:
    assert context.batching is not None
    return context.batching
