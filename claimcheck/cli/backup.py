"""`backup`: a safe copy of the ledger."""

from pathlib import Path
from typing import Annotated

import typer

from claimcheck.cli.options import ClaimsOption, JsonOption, SampleOption
from claimcheck.cli.output import say, say_json


def backup(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The new file; by default one with today's date, in backups in home.")
    ] = None,
    claims: ClaimsOption = None,
    sample: SampleOption = False,
    as_json: JsonOption = False,
) -> None:
    """Copy the ledger, also while it is in use, and check the copy. Nothing is overwritten.

    Use it before an upgrade or a move to another machine. Example: `claimcheck backup ledger-copy.sqlite`.
    """
    from claimcheck import wiring

    done = wiring.back_up(wiring.settings(claims, {}, sample=sample), file)
    if as_json:
        say_json({"file": str(done.path), "rows": dict(done.rows)})
    else:
        say(f"{done.path}: whole, {done.rows.get('judgement', 0)} judgements, {done.rows.get('retest', 0)} retests")
