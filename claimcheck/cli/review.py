"""`review`: the local page, and reviews as a file for change requests."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimcheck.cli.options import ClaimsOption, JsonOption, SampleOption, TodayOption, today
from claimcheck.errors import UsageError

if TYPE_CHECKING:
    from claimcheck.domain.agreement import Agreement

app = typer.Typer(no_args_is_help=False)  # its help is the docstring of `review`

ReviewerOption = Annotated[
    str | None,
    typer.Option("--reviewer", metavar="NAME", help="Your name; default: git's user.name, or the login."),
]


@app.callback(invoke_without_command=True)
def review(
    context: typer.Context,
    claims: ClaimsOption = None,
    sample: SampleOption = False,
    reviewer: ReviewerOption = None,
    host: Annotated[str, typer.Option("--host", help="A loopback address; no other is served.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 for any that is free.")] = 8765,
    agreement: Annotated[bool, typer.Option("--agreement", help="Print how far judge and reviewers agree, and leave.")] = False,
    now: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the local review page: print a link that works once, and serve until Ctrl-C.

    Use it after a refresh, to accept, reject or correct evidence and anchors; the next one goes by what you decide.
    Example: `claimcheck review --sample`.
    """
    if context.invoked_subcommand:
        return
    from claimcheck import wiring

    settings = wiring.settings(claims, {"reviewer": reviewer}, sample=sample)
    if agreement:
        from claimcheck.domain.agreement import agreement as compared
        from claimcheck.domain.review import newest

        with wiring.open_ledger(settings) as ledger:
            found = compared(newest(ledger.reviews_after()[1], today(now)).values())
        typer.echo(_as_json(found) if as_json else _as_text(found))
        return
    try:
        from claimcheck.review.serve import serve
    except ModuleNotFoundError as missing:
        raise UsageError(f"the review page needs {missing.name!r}; install it with: pip install 'claimcheck[review]'") from None

    with wiring.reviewing(settings, today(now), editable=not (sample and claims is None)) as desk:
        serve(desk, host, port, lambda link: _say(link, desk.reviewer))
    typer.echo("claimcheck: stopped; all reviews are kept", err=True)


@app.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Where to; default: standard output.")] = None,
    claims: ClaimsOption = None,
    sample: SampleOption = False,
) -> None:
    """Write all reviews as YAML, for review by change request."""
    from claimcheck import wiring

    settings = wiring.settings(claims, {}, sample=sample)
    with wiring.open_ledger(settings) as ledger:
        reviews = ledger.reviews_after()[1]
    text = wiring.reviews_as_yaml(reviews)
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as wrong:
        raise UsageError(f"{str(file)!r} cannot be written: {wrong.strerror or wrong}; name another file") from None
    typer.echo(f"{len(reviews)} reviews written to {file}", err=True)


@app.command("import")
def import_reviews(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `claimcheck review export` wrote, with reviews added.")],
    claims: ClaimsOption = None,
    sample: SampleOption = False,
) -> None:
    """Keep the reviews of a file that are not there yet; all of them, or none when the file is refused."""
    from claimcheck import wiring

    settings = wiring.settings(claims, {}, sample=sample)
    reviews = wiring.reviews_from_yaml(file)
    with wiring.open_ledger(settings) as ledger:
        new = ledger.import_reviews(reviews)
    typer.echo(f"{new} new reviews kept, {len(reviews) - new} were there already")


def _say(link: str, reviewer: str) -> None:
    typer.echo(f"Reviewing as {reviewer}. Open this link; it works once:\n\n  {link}\n\nCtrl-C stops the page.")


def _as_json(found: "Agreement") -> str:
    pairs = [{"judge": judge, "reviewer": person, "count": n} for (judge, person), n in found.pairs.items()]
    shares = {"accept_rate": found.accept_rate, "same_stance": found.same_stance, "kappa": found.kappa}
    counts = {"accepted": found.accepted, "corrected": found.corrected, "rejected": found.rejected}
    return json.dumps({"reviews": found.reviews, **counts, **shares, "pairs": pairs}, indent=1)


def _as_text(found: "Agreement") -> str:
    if not found.reviews:
        return "no evidence was reviewed yet; open `claimcheck review`"
    kappa = "not defined" if found.kappa is None else f"{found.kappa:.2f}"
    counts = f"{found.accepted} accepted, {found.corrected} corrected, {found.rejected} rejected"
    rows = [f"  {judge:<16} {person:<16} {n:>5}" for (judge, person), n in found.pairs.items()]
    head = f"{found.reviews} pieces of evidence reviewed: {counts}\nsame stance {found.same_stance or 0:.0%}, kappa {kappa}"
    return "\n".join(
        [head, "", f"  {'judge':<16} {'reviewer':<16} count", *rows, "", "People review what is in doubt: no sample of all."]
    )
