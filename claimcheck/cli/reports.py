"""`report`, `show`, `history` and `diff`: what the ledger remembers, without testing anything anew."""

import json
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimcheck.cli.options import ClaimsOption, JsonOption, SampleOption
from claimcheck.cli.output import say
from claimcheck.errors import UsageError

if TYPE_CHECKING:
    from claimcheck.config import Settings


class Format(StrEnum):
    """How a report is printed."""

    MD = "md"
    JSON = "json"
    HTML = "html"


class Told(StrEnum):
    """How changes are printed."""

    TEXT = "text"
    MD = "md"
    JSON = "json"


ToldOption = Annotated[Told, typer.Option("--format", help="Plain text, Markdown, or JSON.")]


def report(
    claims: ClaimsOption = None,
    sample: SampleOption = False,
    form: Annotated[
        Format,
        typer.Option("--format", help="What to print: Markdown, the JSON twin, or where the page for browsers was written."),
    ] = Format.MD,
) -> None:
    """Write the last report again, and the feed of verdict changes, from the ledger, and print it.

    Use it when report files were lost, or for the page for browsers. Example: `claimcheck report --format html`.

    With --format html a page for browsers is written beside it, with charts and with quotes shown inside their abstracts; its
    path is printed.
    """
    from datetime import date

    from claimcheck import wiring
    from claimcheck.refresh import publish
    from claimcheck.report import feed

    settings = wiring.settings(claims, {}, sample=sample)
    twin = _last(settings)
    with wiring.only_one_run(settings, "report"), wiring.open_ledger(settings) as ledger:
        page = wiring.html_report(settings, twin) if form is Format.HTML or settings.html else None
        files = wiring.report_files(settings)
        markdown = publish(files, twin, page)
        files.write_feed(feed.atom(ledger))
    page_file = files.page(date.fromisoformat(twin["generated"]))
    say(_dumped(twin) if form is Format.JSON else str(page_file) if form is Format.HTML else markdown)


def show(
    claim: Annotated[str, typer.Argument(metavar="ID", help="The claim's id.")],
    claims: ClaimsOption = None,
    sample: SampleOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one claim as the last report has it.

    Use it to look at one claim without opening the report. Example: `claimcheck show mathif-tradeoff --sample`.
    """
    from claimcheck import wiring
    from claimcheck.report import render

    twin = _last(wiring.settings(claims, {}, sample=sample))
    entries = {entry["id"]: entry for entry in twin["claims"]}
    if claim not in entries:
        raise UsageError(f"no claim {claim!r} in the last report; it has: {', '.join(entries)}")
    say(_dumped(entries[claim]) if as_json else render.claim_section(twin, claim))


def history(
    claim: Annotated[str, typer.Argument(metavar="ID", help="The claim's id.")],
    claims: ClaimsOption = None,
    sample: SampleOption = False,
    form: ToldOption = Told.TEXT,
    as_json: JsonOption = False,
) -> None:
    """Show a claim's verdicts over time and what moved them; a claim that claims.yaml no longer lists keeps its history.

    Use it to see since when a verdict is what it is, and why. Example: `claimcheck history mathif-tradeoff --sample`.
    """
    from claimcheck import wiring
    from claimcheck.report import change_words, render
    from claimcheck.report.diff import history as told

    with wiring.open_ledger(wiring.settings(claims, {}, sample=sample)) as ledger:
        kept = ledger.history(claim)
        known = ledger.claim_ids()
    if not kept:
        raise UsageError(f"no retest of {claim!r} is kept; there are: {', '.join(known) or 'none yet, run `claimcheck refresh`'}")
    rows = told(kept)
    _print(Told.JSON if as_json else form, rows, change_words.history_text, lambda rows: render.history_page(claim, rows))


def diff(
    earlier: Annotated[
        str | None, typer.Argument(metavar="[A]", help="A day (its report, or the last before it) or a JSON twin's file.")
    ] = None,
    later: Annotated[str | None, typer.Argument(metavar="[B]", help="The same; by default the last report.")] = None,
    claims: ClaimsOption = None,
    sample: SampleOption = False,
    form: ToldOption = Told.TEXT,
    as_json: JsonOption = False,
) -> None:
    """Show what changed between two reports, by default the last two, and what moved each verdict.

    Use it after a refresh, or to compare any two days. Example: `claimcheck diff 2026-11-15 2026-11-22 --format md`.
    """
    from claimcheck import wiring
    from claimcheck.report import change_words, render
    from claimcheck.report.diff import diff as compared

    first, second = wiring.two_reports(wiring.settings(claims, {}, sample=sample), earlier, later)
    _print(Told.JSON if as_json else form, compared(first, second), change_words.diff_text, render.diff_page)


def _print(form: Told, found: Any, text: Callable[[Any], str], page: Callable[[Any], str]) -> None:
    ways: dict[Told, Callable[[Any], str]] = {Told.TEXT: text, Told.MD: page, Told.JSON: _dumped}
    say(ways[form](found))


def _dumped(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


def _last(settings: "Settings") -> dict[str, Any]:
    from claimcheck import wiring
    from claimcheck.refresh import last_report

    with wiring.open_ledger(settings) as ledger:
        twin = last_report(ledger)
    if twin is None:
        raise UsageError("there is no report yet; run `claimcheck refresh`")
    return twin
