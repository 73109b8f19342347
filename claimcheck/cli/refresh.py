"""`refresh`, the main job."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimcheck.cli.options import ClaimsOption, JsonOption, QuietOption, SampleOption, TodayOption, day, today
from claimcheck.errors import Exit, UsageError

if TYPE_CHECKING:
    from claimcheck.config import Settings
    from claimcheck.domain.verdict import Verdict
    from claimcheck.refresh import Outcome, Request
    from claimcheck.wiring import Wanted


def refresh(
    claims: ClaimsOption = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ID", help="Re-test only this claim; may be repeated.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Look only at papers from this day on.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask only the library, not arXiv.")] = False,
    sample: SampleOption = False,
    judge: Annotated[str | None, typer.Option("--judge", metavar="KIND", help="openai, embedded, or recorded:FILE.")] = None,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Write the readings to FILE, to be replayed.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option("--max-cost", metavar="USD", help="Stop before spending more than this.")
    ] = None,
    max_calls: Annotated[
        int | None, typer.Option("--max-calls", metavar="N", help="Stop before more model calls than this.")
    ] = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="VERDICTS", help="Exit 10 when a claim has one, e.g. contested.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be asked and cost; ask, pay and keep nothing.")
    ] = False,
    now: TodayOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Re-test every claim against newer papers and write the report.

    Exit codes: 0 done, 4 done with gaps, 5 arXiv or the model did not answer, 6 budget reached, 7 another refresh is running,
    8 the store cannot be used, 9 key, quota or model, 10 --fail-on met. After 5 and 6 run it again to go on.
    """
    from claimcheck import wiring

    _leave_on_signals()
    options = {"judge": judge, "max_cost": max_cost, "max_calls": max_calls}
    settings = wiring.settings(claims, {name: value for name, value in options.items() if value is not None}, sample=sample)
    wanted = wiring.Wanted(today(now), offline, sample, day(since, "--since"), record)
    request = _request(settings, wanted, tuple(only or ()), _verdicts(fail_on))
    if dry_run:
        _forecast(settings, wanted, request, as_json, quiet)
        return
    outcome = _run(settings, wanted, request, quiet or as_json)
    if as_json:
        typer.echo(json.dumps(outcome.twin, indent=1, ensure_ascii=False))
    elif not quiet:
        _summarise(outcome, settings.reports / f"{wanted.today}.md")
    raise typer.Exit(int(outcome.exit))


def _request(settings: "Settings", wanted: "Wanted", only: tuple[str, ...], fail_on: "frozenset[Verdict]") -> "Request":
    from claimcheck import wiring
    from claimcheck.refresh import Request

    file, digest = wiring.load_claims(settings.claims, wanted.today)
    for warning in file.warnings:
        typer.echo(f"claimcheck: warning: {warning}", err=True)
    return Request(file, digest, only, wiring.notes(settings, wanted), fail_on, settings.html)


def _run(settings: "Settings", wanted: "Wanted", request: "Request", quiet: bool) -> "Outcome":
    import asyncio

    from claimcheck import wiring
    from claimcheck.cli.progress import Bars
    from claimcheck.refresh import refresh as run

    reports = wiring.report_files(settings)
    with Bars(quiet) as bars, wiring.refreshing(settings, wanted, request.claims_hash, bars) as context:
        return asyncio.run(run(request, context, reports))


def _forecast(settings: "Settings", wanted: "Wanted", request: "Request", as_json: bool, quiet: bool) -> None:
    from claimcheck import wiring
    from claimcheck.agent.forecast import Prices, forecast
    from claimcheck.cli import dry_run
    from claimcheck.cli.progress import Bars
    from claimcheck.refresh import chosen

    claims = chosen(request.file.claims, request.only)
    with Bars(quiet or as_json) as bars, wiring.previewing(settings, wanted, bars) as context:
        found = forecast(context, claims, Prices(settings.price_prompt, settings.price_completion))
    told = json.dumps(dry_run.as_json(found, settings, wanted), indent=1) if as_json else dry_run.as_text(found, settings, wanted)
    typer.echo(told)


def _verdicts(names: str) -> "frozenset[Verdict]":
    from claimcheck.domain.verdict import Verdict

    wanted = [name.strip() for name in names.split(",") if name.strip()]
    try:
        return frozenset(Verdict(name) for name in wanted)
    except ValueError as wrong:
        raise UsageError(f"--fail-on: {wrong}; write some of {', '.join(Verdict)}, with commas between") from None


def _summarise(outcome: "Outcome", path: Path) -> None:
    twin: dict[str, Any] = outcome.twin
    for entry in twin["claims"]:
        before = entry["previous_verdict"]
        moved = f"  (was {before})" if before and before != entry["verdict"] else ""
        review = "  needs review" if entry["needs_review"] else ""
        typer.echo(f"{entry['verdict']:>10}  {entry['id']}{moved}{review}")
    gaps = f", {len(twin['gaps'])} gaps" if twin["gaps"] else ", nothing left unlooked at"
    typer.echo(f"\n{len(twin['claims'])} claims, {len(twin['ungrounded'])} citations not grounded{gaps}\nreport: {path}")


def _leave_on_signals() -> None:
    """Leave at once on SIGINT and SIGTERM: whatever is finished is committed already, and reports are written atomically."""

    def leave(number: int, _: object) -> None:
        name, code = ("interrupted", Exit.INTERRUPTED) if number == signal.SIGINT else ("terminated", Exit.TERMINATED)
        os.write(sys.stderr.fileno(), f"\nclaimcheck: {name}; all finished work is kept, run again to go on\n".encode())
        os._exit(int(code))

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
