"""`report`, `show` and `history`: what the ledger remembers, without testing anything anew."""

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimcheck.cli.options import ClaimsOption, JsonOption, SampleOption
from claimcheck.errors import UsageError

if TYPE_CHECKING:
    from claimcheck.config import Settings


class Format(StrEnum):
    """How a report is printed."""

    MD = "md"
    JSON = "json"


def report(
    claims: ClaimsOption = None,
    sample: SampleOption = False,
    form: Annotated[Format, typer.Option("--format", help="Markdown, or the JSON twin.")] = Format.MD,
) -> None:
    """Write the last report again, and the feed of verdict changes, from the ledger, and print it."""
    from datetime import date

    from claimcheck import wiring
    from claimcheck.report import feed, render

    settings = wiring.settings(claims, {}, sample=sample)
    twin = _last(settings)
    markdown = render.markdown(twin)
    with wiring.only_one_run(settings, "report"), wiring.open_ledger(settings) as ledger:
        files = wiring.report_files(settings)
        files.write(date.fromisoformat(str(twin["generated"])), twin, markdown)
        files.write_feed(feed.atom(ledger))
    typer.echo(markdown if form is Format.MD else json.dumps(twin, indent=1, ensure_ascii=False))


def show(
    claim: Annotated[str, typer.Argument(metavar="ID", help="The claim's id.")],
    claims: ClaimsOption = None,
    sample: SampleOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one claim as the last report has it."""
    from claimcheck import wiring
    from claimcheck.report import render

    twin = _last(wiring.settings(claims, {}, sample=sample))
    entries = {entry["id"]: entry for entry in twin["claims"]}
    if claim not in entries:
        raise UsageError(f"no claim {claim!r} in the last report; it has: {', '.join(entries)}")
    typer.echo(json.dumps(entries[claim], indent=1, ensure_ascii=False) if as_json else render.claim_section(twin, claim))


def history(
    claim: Annotated[str, typer.Argument(metavar="ID", help="The claim's id.")],
    claims: ClaimsOption = None,
    sample: SampleOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show a claim's verdicts over time; a claim that claims.yaml no longer lists keeps its history."""
    from claimcheck import wiring

    with wiring.open_ledger(wiring.settings(claims, {}, sample=sample)) as ledger:
        kept = ledger.history(claim)
        known = ledger.claim_ids()
    if not kept:
        raise UsageError(f"no retest of {claim!r} is kept; there are: {', '.join(known) or 'none yet, run `claimcheck refresh`'}")
    if as_json:
        rows = [
            {"day": k.day.isoformat(), "verdict": k.verdict, "complete": k.complete, "text": k.claim_fingerprint} for k in kept
        ]
        typer.echo(json.dumps(rows, indent=1))
        return
    before = None
    for k in kept:
        notes = [] if k.complete else ["with gaps"]
        notes += ["the claim's text was edited"] if before not in (None, k.claim_fingerprint) else []
        before = k.claim_fingerprint
        typer.echo(f"{k.day}  {k.verdict:<10}  {'; '.join(notes)}".rstrip())


def _last(settings: "Settings") -> dict[str, Any]:
    from claimcheck import wiring
    from claimcheck.refresh import last_report

    with wiring.open_ledger(settings) as ledger:
        twin = last_report(ledger)
    if twin is None:
        raise UsageError("there is no report yet; run `claimcheck refresh`")
    return twin
