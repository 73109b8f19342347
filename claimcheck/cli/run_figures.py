"""What a run came to in numbers, for its record: no text of papers is among them."""

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claimcheck.agent.state import Context
    from claimcheck.domain.evidence import Usage
    from claimcheck.refresh import Outcome


def figures(outcome: "Outcome", context: "Context", before: "Usage") -> dict[str, object]:
    """Return the report's counts, and what this run asked and paid; `before` is what the day had taken when it began."""
    after = context.ledger.spent(context.today)
    return {
        **_of_report(outcome.twin),
        "arxiv_requests": context.source.requests if context.source else 0,
        "citation_requests": sum(service.requests for service in context.citations),
        "model": {
            "calls": after.calls - before.calls,
            "prompt_tokens": after.prompt_tokens - before.prompt_tokens,
            "completion_tokens": after.completion_tokens - before.completion_tokens,
            "usd": round(after.usd - before.usd, 6),
        },
    }


def _of_report(twin: dict[str, Any]) -> dict[str, object]:
    claims = twin["claims"]
    return {
        "complete": twin["complete"],
        "verdicts": dict(sorted(Counter(claim["verdict"] for claim in claims).items())),
        "changes": len(twin["changes"]),
        "needs_review": sum(bool(claim["needs_review"]) for claim in claims),
        "ungrounded": len(twin["ungrounded"]),
        "gaps": dict(sorted(Counter(gap["kind"] for gap in twin["gaps"]).items())),
        "read": sum(claim["coverage"]["read"] for claim in claims if not claim["carried"]),
        "cached": twin["cost"]["cached"],
    }
