"""The commands, one file a group."""

import logging
from typing import Annotated

import typer

from claimcheck import __version__
from claimcheck.cli import claims, library, refresh, reports, review
from claimcheck.cli import eval as evaluation

app = typer.Typer(
    name="claimcheck",
    help="Re-test dated literature claims against newer arXiv papers. Start with `claimcheck refresh --sample`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"claimcheck {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Say more on stderr; twice for all.")] = 0,
) -> None:
    """Re-test dated literature claims against newer arXiv papers."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    # Libraries log what they send, keys and paper texts among it: never more than their warnings.
    for name in ("openai", "httpx2", "httpcore2", "urllib3", "arxiv", "sqlalchemy", "alembic", "filelock"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Each retry is a warning there; that something was asked again is news only for who wants to hear more.
    logging.getLogger("stamina").setLevel(logging.INFO if verbose else logging.ERROR)


app.command()(refresh.refresh)
app.command()(claims.check)
app.command()(claims.schema)
app.command()(reports.report)
app.command()(reports.show)
app.command()(reports.history)
app.add_typer(review.app, name="review")
app.add_typer(library.app, name="library")
app.add_typer(evaluation.app, name="eval")
