"""Draft: free text of a judge's own (search phrases, research questions), paid for once and never needed for a verdict."""

import hashlib
import json
from collections.abc import Awaitable, Callable

from claimcheck.agent.state import Context
from claimcheck.domain.evidence import Usage
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.errors import BudgetReached, JudgeUnavailable
from claimcheck.ports import Draft, UnusableAnswer

Row = dict[str, object]


async def drafted(
    context: Context, kind: str, told: object, ask: Callable[[], Awaitable[tuple[tuple[Row, ...], Usage]]]
) -> tuple[tuple[Row, ...], Gap | None]:
    """Return what the judge drafts when it is `told` this, remembered or new, or the gap that its failure leaves.

    The gap blocks no verdict. A judge without a language model drafts nothing, and nothing is kept of that.
    """
    kept = remembered(context, kind, told)
    if kept is None:
        try:
            with context.deadline.item():
                kept = await _asked(context, kind, told, ask)
        except (JudgeUnavailable, UnusableAnswer) as wrong:
            return (), Gap(f"{kind} by the model", str(wrong), GapKind.JUDGE, blocks=False)
        except BudgetReached as wrong:
            return (), Gap(f"{kind} by the model", str(wrong), GapKind.BUDGET, blocks=False)
    return (kept.texts if kept else ()), None


async def _asked(
    context: Context, kind: str, told: object, ask: Callable[[], Awaitable[tuple[tuple[Row, ...], Usage]]]
) -> Draft | None:
    rows, usage = await ask()
    if not usage.calls:
        return None
    draft = Draft(kind, _key(context, told), rows, usage, context.today)
    context.ledger.keep_draft(context.run_id, draft)
    return draft


def remembered(context: Context, kind: str, told: object) -> Draft | None:
    """Return what the judge drafted when it was told this, or None."""
    return context.ledger.draft(kind, _key(context, told))


def _key(context: Context, told: object) -> str:
    name = context.judge.name
    return hashlib.sha256(json.dumps([name.kind, name.model, name.prompt, told]).encode()).hexdigest()
