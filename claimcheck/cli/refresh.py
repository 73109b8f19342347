"""`refresh`, the main job."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimcheck.cli import signals
from claimcheck.cli.notify import tell
from claimcheck.cli.options import ClaimsOption, JsonOption, QuietOption, SampleOption, TodayOption, day, today
from claimcheck.cli.output import say, say_json
from claimcheck.deadline import Deadline
from claimcheck.errors import Exit, Stopped, UsageError

if TYPE_CHECKING:
    from claimcheck.config import Settings
    from claimcheck.domain.claim import ClaimsFile
    from claimcheck.domain.verdict import Verdict
    from claimcheck.refresh import Outcome, Request
    from claimcheck.wiring import Wanted

# The gaps that an exit code tells of.
_TELLING: dict[Exit, tuple[str, ...]] = {Exit.GAPS: (), Exit.UNAVAILABLE: ("outage", "source", "judge"), Exit.BUDGET: ("budget",)}


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
    batch: Annotated[
        bool | None,
        typer.Option("--batch/--no-batch", help="Hand readings in as a batch, at a lower price; run again to collect them."),
    ] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="Have a Dask cluster read: local:N or tcp://HOST:PORT.")
    ] = None,
    max_minutes: Annotated[
        float | None, typer.Option("--max-minutes", metavar="N", help="Begin nothing new after so many minutes.")
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

    The main job; run it every week. See first what it would ask and cost.
    Example: `claimcheck refresh --dry-run`, then `claimcheck refresh --max-cost 5`.

    Exit codes: 0 done, 4 done with gaps, 5 arXiv or the model did not answer, 6 budget or time reached, 7 another run is going
    on, 8 the store cannot be used, 9 key, quota or model, 10 --fail-on met. After 5 and 6 run it again to go on.
    """
    from claimcheck import wiring

    work = Deadline()
    signals.watch(work)
    options = {
        "judge": judge,
        "max_cost": max_cost,
        "max_calls": max_calls,
        "max_minutes": max_minutes,
        "batch": batch,
        "cluster": cluster,
    }
    settings = wiring.settings(claims, {name: value for name, value in options.items() if value is not None}, sample=sample)
    if cluster and settings.judge_kind.startswith("recorded"):
        raise UsageError("--cluster has nothing to do where recorded readings are replayed; leave it out")
    wanted = wiring.Wanted(today(now), offline, sample, day(since, "--since"), record, work)
    work.limit(settings.max_minutes)
    verdicts, read = _verdicts(fail_on), wiring.load_claims(settings.claims, wanted.today)
    if not dry_run:
        wiring.refuse_second_run(settings)  # at once, before all that takes long to load
    request = _request(settings, wanted, read, tuple(only or ()), verdicts)
    if dry_run:
        _forecast(settings, wanted, request, as_json, quiet)
        return
    outcome = _run(settings, wanted, request, quiet or as_json)
    _tell_of_edits(settings, request)
    if not sample:
        tell(settings, outcome, settings.reports / f"{wanted.today}.md")
    if as_json:
        say_json(outcome.twin)
    elif not quiet:
        _summarise(outcome, settings.reports / f"{wanted.today}.md")
    _tell_of_gaps(outcome)
    raise typer.Exit(int(outcome.exit))


def _request(
    settings: "Settings",
    wanted: "Wanted",
    read: "tuple[ClaimsFile, str]",
    only: tuple[str, ...],
    fail_on: "frozenset[Verdict]",
) -> "Request":
    from claimcheck import wiring
    from claimcheck.refresh import Request

    file, digest = read
    for warning in file.warnings:
        say(f"claimcheck: warning: {warning}", err=True)
    return Request(file, digest, only, wiring.notes(settings, wanted), fail_on, settings.html)


def _run(settings: "Settings", wanted: "Wanted", request: "Request", quiet: bool) -> "Outcome":
    import asyncio

    from claimcheck import wiring
    from claimcheck.cli.progress import Bars
    from claimcheck.cli.run_figures import figures
    from claimcheck.refresh import refresh as run

    reports = wiring.report_files(settings)
    try:
        with wiring.recording(settings, wanted, len(request.file.claims)) as log, Bars(quiet) as bars:
            with wiring.refreshing(settings, wanted, request.claims_hash, log.timed(bars)) as context:
                before = context.ledger.spent(wanted.today)
                outcome = asyncio.run(run(request, context, reports))
                took = figures(outcome, context, before)
            log.end(outcome.exit, **took)
    except Stopped:
        signals.leaving()
    return outcome


def _tell_of_edits(settings: "Settings", request: "Request") -> None:
    """Say when claims.yaml is no longer what this run was about: it went by what the file said when it began."""
    from claimcheck import wiring

    if wiring.digest_of(settings.claims) != request.claims_hash:
        say(
            f"claimcheck: note: {settings.claims} was edited during the run; the report is of the file as it was, and the next "
            "run takes up the rest",
            err=True,
        )


def _forecast(settings: "Settings", wanted: "Wanted", request: "Request", as_json: bool, quiet: bool) -> None:
    from claimcheck import wiring
    from claimcheck.agent.forecast import Prices, forecast
    from claimcheck.cli import dry_run
    from claimcheck.cli.progress import Bars
    from claimcheck.refresh import chosen

    claims = chosen(request.file.claims, request.only)
    with Bars(quiet or as_json) as bars, wiring.previewing(settings, wanted, bars) as context:
        part = settings.batch_price if settings.batch else 1.0
        found = forecast(context, claims, Prices(settings.price_prompt, settings.price_completion, part))
    told = json.dumps(dry_run.as_json(found, settings, wanted), indent=1) if as_json else dry_run.as_text(found, settings, wanted)
    say(told)


def _verdicts(names: str) -> "frozenset[Verdict]":
    from claimcheck.domain.verdict import Verdict

    wanted = [name.strip() for name in names.split(",") if name.strip()]
    try:
        return frozenset(Verdict(name) for name in wanted)
    except ValueError as wrong:
        raise UsageError(f"--fail-on: {wrong}; write some of {', '.join(Verdict)}, with commas between") from None


def _tell_of_gaps(outcome: "Outcome") -> None:
    """Say in one line why a run is not complete, for whoever sees only that; a batch that is under way has a line of its own."""
    batches = [gap for gap in outcome.twin["gaps"] if gap["kind"] == "batch" and gap["claim"] is None]
    for gap in batches:
        say(f"claimcheck: {gap['what']}: {gap['why']}", err=True)
    if outcome.exit in _TELLING and outcome.twin["gaps"] and not batches:
        kinds = _TELLING[outcome.exit]
        first, *rest = sorted(outcome.twin["gaps"], key=lambda gap: (gap["kind"] not in kinds, not gap["blocks"]))
        more = f" ({len(rest)} gaps more, see the report)" if rest else ""
        say(f"claimcheck: not looked at: {first['what']}: {first['why']}{more}", err=True)


def _summarise(outcome: "Outcome", path: Path) -> None:
    twin: dict[str, Any] = outcome.twin
    for entry in twin["claims"]:
        before = entry["previous_verdict"]
        moved = f"  (was {before})" if before and before != entry["verdict"] else ""
        review = "  needs review" if entry["needs_review"] else ""
        say(f"{entry['verdict']:>10}  {entry['id']}{moved}{review}")
    gaps = f", {len(twin['gaps'])} gaps" if twin["gaps"] else ", nothing left unlooked at"
    say(f"\n{len(twin['claims'])} claims, {len(twin['ungrounded'])} citations not grounded{gaps}\nreport: {path}")
