"""Options that several commands share, and today's date."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from claimcheck.errors import UsageError

ClaimsOption = Annotated[
    Path | None, typer.Option("--claims", help="The claims file; settings and store lie beside it. Default: claims.yaml here.")
]
SampleOption = Annotated[bool, typer.Option("--sample", help="Use the bundled sample: its claims, its library, its own store.")]
TodayOption = Annotated[str | None, typer.Option("--today", metavar="DATE", help="Take this as today (YYYY-MM-DD).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
QuietOption = Annotated[bool, typer.Option("-q", "--quiet", help="Show no progress and no summary.")]


def day(text: str | None, option: str) -> date | None:
    """Read a date option; raise `UsageError` when it is none."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is not a date; write YYYY-MM-DD") from None


def today(text: str | None) -> date:
    """Return the day that `--today` names, or today in UTC: arXiv's days, the same on every machine."""
    return day(text, "--today") or datetime.now(UTC).date()
