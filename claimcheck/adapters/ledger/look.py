"""A look at a ledger's file that changes nothing: whether it is whole, which schema it has, and how the newest run ended."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from claimcheck.adapters import database_address
from claimcheck.adapters.ledger.engine import path_of
from claimcheck.adapters.ledger.migrations import VERSION_QUERY, History
from claimcheck.adapters.ledger.schema import Look, refuse_newer
from claimcheck.adapters.ledger.sqlite_file import BUSY_S, damaged, explain
from claimcheck.errors import StoreUnusable

_NEWEST = "SELECT day, exit_code FROM run JOIN run_end ON run_end.run_id = run.id ORDER BY run.id DESC LIMIT 1"


@dataclass(frozen=True)
class LedgerLook:
    """Where it is, how many retests it has, the day and exit code of the newest run that ended, and if it is to be migrated."""

    place: str
    retests: int
    newest: tuple[date, int] | None
    old: bool


def look(url: str | None, home: Path) -> LedgerLook | None:
    """Return what a ledger holds, or None when there is none yet; raise `StoreUnusable`."""
    if url and database_address.is_postgres(url):
        from claimcheck.adapters.ledger import postgres_look

        return postgres_look.look(url)
    path = path_of(url, home)
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        with closing(_read_only(path)) as connection:
            return _look(path, connection)
    except sqlite3.Error as wrong:
        said = explain(path, wrong)
        raise said or damaged(path, str(wrong)) from wrong


def _look(path: Path, connection: sqlite3.Connection) -> LedgerLook:
    ((answer,),) = connection.execute("PRAGMA quick_check(1)")
    if answer != "ok":
        raise damaged(path, str(answer))
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        raise StoreUnusable(f"{str(path)!r} is a database of another program; choose another file for the ledger")
    ((revision,),) = connection.execute(VERSION_QUERY)
    history = History()
    refuse_newer(str(path), Look(revision), history)
    newest = connection.execute(_NEWEST).fetchone()
    retests = connection.execute("SELECT count(*) FROM retest").fetchone()[0]
    return LedgerLook(
        str(path), retests, (date.fromisoformat(newest[0]), newest[1]) if newest else None, revision != history.head
    )


def _read_only(path: Path) -> sqlite3.Connection:
    """Open the file so that SQLite makes none beside it; while it is in use, its log must be read, too."""
    log = path.with_name(f"{path.name}-wal")
    mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=BUSY_S)
