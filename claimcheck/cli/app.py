"""The commands, one file a group."""

import logging
import os
from typing import Annotated

import typer

from claimcheck import __version__, secrets
from claimcheck.cli import (
    assistant,
    audit,
    backup,
    claims,
    doctor,
    drafting,
    ledger,
    library,
    notify,
    refresh,
    reports,
    review,
    schedule,
)
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
    for handler in logging.getLogger().handlers:
        handler.addFilter(secrets.Filter(secrets.of_environment(os.environ)))
    # Libraries log what they send, keys and paper texts among it: never more than their warnings.
    for name in ("openai", "httpx2", "httpcore2", "urllib3", "arxiv", "sqlalchemy", "alembic", "filelock"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # tells at first use that it looks for fonts
    # Each retry is a warning there; that something was asked again is news only for who wants to hear more.
    logging.getLogger("stamina").setLevel(logging.INFO if verbose else logging.ERROR)


app.command()(drafting.init)
app.command("import")(drafting.import_notes)
app.command()(notify.failures_told(refresh.refresh))
app.command()(claims.check)
app.command()(claims.schema)
app.command()(audit.audit)
app.command()(assistant.mcp)
app.command()(reports.report)
app.command()(reports.show)
app.command()(reports.history)
app.command()(reports.diff)
app.command()(notify.notify)
app.command()(schedule.schedule)
app.command()(doctor.doctor)
app.command()(backup.backup)
app.add_typer(review.app, name="review")
app.add_typer(library.app, name="library")
app.add_typer(ledger.app, name="ledger")
app.add_typer(evaluation.app, name="eval")
