"""`library`: fill, search and describe the local store of papers."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from claimcheck.cli import signals
from claimcheck.cli.options import ClaimsOption, JsonOption, QuietOption, SampleOption, TodayOption, day, today
from claimcheck.cli.output import say, say_json
from claimcheck.deadline import Deadline
from claimcheck.errors import Exit, worst

app = typer.Typer(help="Fill, search and describe the local library of papers.", no_args_is_help=True)


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSON Lines, or arXiv's public metadata snapshot; .gz is read as it is.")
    ],
    claims: ClaimsOption = None,
    now: TodayOption = None,
    quiet: QuietOption = False,
) -> None:
    """Take papers from a file into the library. An interrupted import is taken up again by running it again.

    Use it once to begin with many papers: a metadata snapshot spares arXiv thousands of questions.
    Example: `claimcheck library import arxiv.jsonl.gz`.
    """
    from claimcheck import wiring
    from claimcheck.cli.progress import Bars

    signals.watch(Deadline())
    settings = wiring.settings(claims, {})
    with wiring.only_one_run(settings, "library import"), wiring.open_library(settings) as library, Bars(quiet) as bars:
        bars.stage("import", 0)
        done = library.import_jsonl(file, today(now), lambda count: bars.reach("import", count))
    for problem in done.unusable:
        say(f"claimcheck: warning: {problem}", err=True)
    set_aside = f", {done.unusable_count} lines set aside" if done.unusable_count else ""
    say(f"{done.read} papers read: {done.added} new, {done.changed} changed{set_aside}")
    raise typer.Exit(int(Exit.GAPS if done.unusable_count else Exit.DONE))


@app.command()
def update(
    claims: ClaimsOption = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Harvest from this day on, where it was not done yet.")
    ] = None,
    now: TodayOption = None,
    quiet: QuietOption = False,
) -> None:
    """Harvest what is new in the categories that the claims watch. Run it again to go on after an interruption.

    A refresh does it by itself; use it to fill the library ahead, further back.
    Example: `claimcheck library update --since 2026-01-01`.

    Exit codes: 0 done, 4 some records could not be used, 5 arXiv did not answer, 6 the time allowed is over, 7 another run is
    going on.
    """
    from claimcheck import wiring
    from claimcheck.agent.harvest import categories

    work = Deadline()
    signals.watch(work)
    settings, day_ = wiring.settings(claims, {}), today(now)
    work.limit(settings.max_minutes)
    file, _ = wiring.load_claims(settings.claims, day_)
    codes = [Exit.DONE]
    with wiring.only_one_run(settings, "library update"):
        for done in wiring.update_library(settings, categories(file.claims), day_, day(since, "--since"), work):
            if not quiet:
                span = f"{done.windows[0].first} to {done.windows[-1].last}" if done.windows else "nothing to ask, up to date"
                say(f"{done.category:<16} {span}: {done.new} papers new or changed")
            if done.problem:
                say(f"claimcheck: warning: new papers in {done.category}: {done.problem}", err=True)
                codes.append(Exit.GAPS if done.unusable else done.problem.exit)
    raise typer.Exit(int(worst(codes)))


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    claims: ClaimsOption = None,
    sample: SampleOption = False,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Only papers from this day on.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Only papers up to this day.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many papers at most.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Search the library.

    Use it to try the words of a claim, or of its `search`.
    Example: `claimcheck library search "instruction following" --limit 5`.
    """
    from claimcheck import wiring

    settings = wiring.settings(claims, {}, sample=sample)
    found = wiring.search_library(settings, query, day(since, "--since"), day(until, "--until"), limit)
    if not found and wiring.library_is_empty(settings):
        say("claimcheck: the library is empty, so nothing was searched; run `claimcheck library import FILE`", err=True)
        raise typer.Exit(int(Exit.GAPS))
    if as_json:
        rows = [{"id": p.id, "version": p.version, "title": p.title, "published": str(p.when)} for p in found]
        say_json(rows)
    else:
        for paper in found:
            say(f"{paper.id:<12} {paper.when!s:<10}  {paper.title}")


@app.command()
def stats(claims: ClaimsOption = None, sample: SampleOption = False, as_json: JsonOption = False) -> None:
    """Say how many papers the library has, from when to when, and how large it is.

    Use it to see how far back the library reaches. Example: `claimcheck library stats`.
    """
    from claimcheck import wiring

    with wiring.open_library(wiring.settings(claims, {}, sample=sample)) as library:
        figures = {name: str(value) if hasattr(value, "isoformat") else value for name, value in asdict(library.stats()).items()}
    if as_json:
        say_json(figures)
    else:
        for name, value in figures.items():
            say(f"{name.replace('_', ' '):<20} {value}")
