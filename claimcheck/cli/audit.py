"""`audit`: are the arXiv citations of a document right?"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimcheck.cli.options import ClaimsOption, JsonOption, QuietOption, TodayOption, today
from claimcheck.cli.output import say, say_json
from claimcheck.errors import UsageError

if TYPE_CHECKING:
    from claimcheck.domain.grounding import Grounding


class Format(StrEnum):
    """How an audit is printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def audit(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Markdown, LaTeX (with its .bib), BibTeX or plain text.")
    ],
    claims: ClaimsOption = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask only the library: what it lacks is unchecked, never not_found.")
    ] = False,
    judge: Annotated[str | None, typer.Option("--judge", metavar="KIND", help="openai, embedded, or recorded:FILE.")] = None,
    max_cost: Annotated[
        float | None, typer.Option("--max-cost", metavar="USD", help="Stop before spending more than this.")
    ] = None,
    max_calls: Annotated[
        int | None, typer.Option("--max-calls", metavar="N", help="Stop before more model calls than this.")
    ] = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="GROUNDINGS", help="Exit 10 when a citation has one, e.g. miscited,not_found.")
    ] = "",
    form: Annotated[Format, typer.Option("--format", help="Text, JSON, or SARIF 2.1.0 for code hosts.")] = Format.TEXT,
    everything: Annotated[bool, typer.Option("--all", help="Show the citations that stand, too.")] = False,
    now: TodayOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check every arXiv citation of documents: does the paper exist, is it the one described, is it still there, does it say so?

    Use it on a draft before you hand it in, or in CI.
    Example: `claimcheck audit paper.tex --fail-on miscited,not_found,malformed`.

    Exit codes: 0 done, 4 done with gaps, 5 arXiv or the model did not answer, 6 budget reached, 9 key or model, 10 --fail-on.
    """
    from claimcheck import wiring
    from claimcheck.audit import sarif, telling
    from claimcheck.cli.progress import Bars

    options = {"judge": judge, "max_cost": max_cost, "max_calls": max_calls}
    settings = wiring.settings(claims, options)
    wanted = wiring.Wanted(today(now), offline)
    shape = Format.JSON if as_json else form
    with Bars(quiet or shape is not Format.TEXT) as bars:
        done = wiring.audit(settings, files, wanted, bars, groundings(fail_on))
    if shape is Format.TEXT:
        say(telling.as_text(done, everything))
    else:
        found = sarif.as_sarif(done) if shape is Format.SARIF else telling.as_json(done)
        say_json(found)
    raise typer.Exit(int(done.exit))


def groundings(names: str) -> "frozenset[Grounding]":
    """Read the names of `--fail-on`."""
    from claimcheck.domain.grounding import Grounding

    try:
        return frozenset(Grounding(name.strip()) for name in names.split(",") if name.strip())
    except ValueError as wrong:
        raise UsageError(f"--fail-on: {wrong}; write some of {', '.join(Grounding)}, with commas between") from None
