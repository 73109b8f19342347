"""`ledger`: moving the ledger from one store to another."""

import json
from typing import Annotated

import typer

from claimcheck.cli.options import ClaimsOption, JsonOption

app = typer.Typer(help="The ledger as a whole.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """The ledger as a whole."""


@app.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="A file, sqlite:///FILE or postgresql+psycopg://USER@HOST/DB.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The same; it must not hold anything yet.")],
    claims: ClaimsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a whole ledger, SQLite to PostgreSQL or back, in one transaction, and compare every row.

    Use it when a team is to share what one person kept, or to take a copy home. A password is taken from PGPASSWORD or ~/.pgpass.
    Example: `claimcheck ledger copy .claimcheck/ledger.sqlite postgresql+psycopg://ada@db.example.org/claims`.

    Exit codes: 0 done, 2 TO holds rows already, 8 a ledger cannot be used.
    """
    from claimcheck import wiring

    done = wiring.copy_ledger(wiring.settings(claims, {}), source, target)
    if as_json:
        tables = {name: {"rows": counted.rows, "sha256": counted.digest} for name, counted in done.items()}
        typer.echo(json.dumps({"tables": tables}, indent=1))
        return
    for name, counted in done.items():
        typer.echo(f"{counted.rows:>10,}  {name}")
    typer.echo("the same on both sides, row by row; set CLAIMCHECK_LEDGER to use the copy")
