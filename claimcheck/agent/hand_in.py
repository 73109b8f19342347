"""Hand in: what is unread goes to the model as batches, where they are on, and their answers are waited for a while.

The first reading of a run is asked directly, unless the model answered something before: a wrong key, an unknown model or a
parameter that it refuses shows at once, and not in a day. Whatever verdicts need at once goes directly too: search phrases,
research questions, the search for a right citation, and second readings. An anchor whose abstract is silent is read in full in
the next batch. A batch is kept before its file is sent, and each step before the next request (`ports.BatchStep`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from langgraph.runtime import Runtime

from claimcheck.agent.collect import collected, end, gap, hold
from claimcheck.agent.read import read_pair
from claimcheck.agent.state import Batching, Context, Pair, Pending, State
from claimcheck.agent.unread import unread
from claimcheck.domain.evidence import Usage
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.errors import BudgetReached, Denied, JudgeUnavailable
from claimcheck.ports import (
    BatchRefused,
    BatchStep,
    OpenBatch,
    PreparedBatch,
    Unread,
)

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0  # seconds between two looks at a batch


async def hand_in(state: State, runtime: Runtime[Context]) -> State:
    """Hand in what is unread, wait for answers as long as the settings say, and tell what is then under way."""
    context = runtime.context
    batching = context.batching
    if batching is None:
        return {"pending": ()}
    until, pause = batching.now() + timedelta(seconds=batching.wait), _FIRST_PAUSE
    pending = state["pending"] + await _handed_in(context, state["pairs"])
    while pending and batching.now() < until:
        await batching.sleep(min(pause, max(0.0, (until - batching.now()).total_seconds())))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        left = await collected(context, pending)
        if len(left) < len(pending):
            left += await _handed_in(context, state["pairs"])
        pending = left
    return {"pending": pending, "gaps": [gap(one) for one in pending]}


async def _handed_in(context: Context, pairs: Sequence[Pair]) -> tuple[Pending, ...]:
    """Hand in what is unread; return the batches that were made, or may have been."""
    batching = context.batching
    assert batching is not None
    for key in [key for key, (_, kind) in batching.held.items() if kind is GapKind.BUDGET]:
        batching.held.pop(key)  # what was collected since may have cost less than was set aside for it
    wanted = await unread(context, pairs) if batching.on else []
    if wanted and not batching.desk.met:
        await _asked_directly(context, wanted.pop(0))
    before = await asyncio.to_thread(batching.ledger.unanswered) if wanted else {}
    todo = {one.key: replace(one, before=before.get(one.key)) for one in wanted}
    made: list[Pending] = []
    try:
        for prepared in batching.desk.prepare(list(todo.values())):
            sent = await _sent(context, prepared)
            made += [sent] if sent else []
            for line in prepared.batch.lines:
                todo.pop(line.key)
    except BudgetReached as wrong:
        batching.held.update({key: (str(wrong), GapKind.BUDGET) for key in todo})
    except JudgeUnavailable as wrong:
        batching.held.update({key: (str(wrong), GapKind.OUTAGE) for key in todo})
    return tuple(made)


async def _asked_directly(context: Context, one: Unread) -> None:
    outcome = await read_pair(context, Pair(one.claim, one.paper, one.key.attempt))
    if isinstance(outcome, Gap):
        assert context.batching is not None
        context.batching.held[one.key] = (outcome.why, outcome.kind)


async def _sent(context: Context, prepared: PreparedBatch) -> Pending | None:
    """Hand in one batch. Raise `JudgeUnavailable` when its file was not taken; nothing is made then."""
    batching, batch = context.batching, prepared.batch
    assert batching is not None
    await asyncio.to_thread(batching.ledger.keep_batch, context.run_id, context.today, batch, batching.now())
    opened = OpenBatch(batch, batching.now(), batching.now())
    try:
        file = await batching.desk.upload(prepared)
        await asyncio.to_thread(batching.ledger.note_step, batch.token, BatchStep.CREATING, batching.now(), file)
        opened = replace(opened, file=file, since=batching.now())
        remote = await _created(batching, opened)
    except BatchRefused as wrong:
        batching.held.update({line.key: (str(wrong), GapKind.JUDGE) for line in batch.lines})
        await end(context, opened, Usage())
        return None
    except Denied:
        await end(context, opened, Usage())
        raise
    except JudgeUnavailable as wrong:
        if opened.file is None:
            await end(context, opened, Usage())
            raise
        hold(batching, opened)
        return Pending(opened, str(wrong), own=True)
    await asyncio.to_thread(batching.ledger.note_step, batch.token, BatchStep.CREATED, batching.now(), remote)
    opened = replace(opened, remote=remote)
    hold(batching, opened)
    return Pending(opened, "is under way (handed in); run again to collect it", own=True)


async def _created(batching: Batching, opened: OpenBatch) -> str:
    """Have a batch made; where the answer got lost, see whether it was."""
    assert opened.file is not None
    try:
        return await batching.desk.create(opened.batch, opened.file)
    except JudgeUnavailable:
        remote = await batching.desk.find(opened.batch, opened.file)
        if remote is None:
            raise
        return remote
