"""A ledger's SQLite file: looked at before it is used, and what can be wrong with it in plain words.

It is looked at read-only, because SQLite may write to a file merely by opening it, and a file that is not ours stays as it is.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from claimcheck.adapters.ledger.migrations import VERSION_QUERY, VERSION_TABLE
from claimcheck.adapters.ledger.schema import Look
from claimcheck.errors import StoreUnusable

T = TypeVar("T")

BUSY_S = 10.0
TRIES = 3
_CHECKED_BYTES = 32 * 2**20  # up to this size, checking the whole file takes about 50 ms
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_DAMAGE = ("Could not decode to UTF-8", "unsupported file format")  # what is said of damage without an error code for it
_COLUMNS = "SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"


def patiently(path: Path, work: Callable[[], T]) -> T:
    """Do work on a ledger's file, again when it was locked all through SQLite's own wait. Raise `StoreUnusable` in plain words.

    Errors that say nothing about the file are bugs, and fly.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except sqlite3.Error as error:
            if _code(error) in _LOCKED and attempt < TRIES:
                continue
            refusal = explain(path, error)
            if refusal is None:
                raise
            raise refusal from error
        except UnicodeDecodeError as error:  # the driver fails so on a message of SQLite's that quotes a damaged schema
            raise damaged(path, "its schema cannot be read") from error
    raise AssertionError("the last attempt returns or raises")


def check_place(path: Path) -> None:
    """Make the ledger's folder; raise `StoreUnusable` when they cannot be written, or the ledger is no file or was emptied."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(
            f"the ledger's folder {str(path.parent)!r} cannot be made ({error.strerror}); make it yourself or choose another"
        ) from error
    for place, needed in ((path.parent, os.W_OK | os.X_OK), (path, os.R_OK | os.W_OK)):
        if place.exists() and not os.access(place, needed):
            raise StoreUnusable(f"the ledger {str(path)!r} cannot be written: {str(place)!r} is read-only; make it writable")
    if path.exists() and not path.is_file():
        raise StoreUnusable(f"the ledger {str(path)!r} is not a file; move it away, or choose another file for the ledger")
    if path.exists() and path.stat().st_size == 0 and newest_backup(path):
        raise StoreUnusable(f"the ledger {str(path)!r} is empty, though it was not always; {_remedy(path)}")


def look(path: Path, busy_s: float) -> Look:
    """Return what a file holds, without changing a byte of it. Raise `StoreUnusable` when it is no ledger or is damaged."""
    if not path.exists() or path.stat().st_size == 0:
        return Look()
    with closing(read_only(path, busy_s)) as connection:
        columns = frozenset(connection.execute(_COLUMNS).fetchall())
        if not columns:
            return Look()
        if not any(table == VERSION_TABLE for table, _ in columns):
            raise StoreUnusable(f"{str(path)!r} is a database of another program; choose another file for the ledger")
        if path.stat().st_size <= _CHECKED_BYTES:
            check(path, connection)
        revisions = connection.execute(VERSION_QUERY).fetchall()
        return Look(",".join(revision for (revision,) in revisions), columns)


def newest_backup(path: Path) -> Path | None:
    """Return the newest of the backups beside a ledger, or None."""
    found = (path.parent / "backups").glob(f"{path.stem}-*{path.suffix}")
    return max(found, key=lambda name: name.stat().st_mtime, default=None)


def explain(path: Path, error: sqlite3.Error) -> StoreUnusable | None:
    """Say in one line what an error means for the ledger and what to do, or return None when it says nothing about the file."""
    code, name = _code(error), repr(str(path))
    if code in _LOCKED:
        return locked(path)
    if code == sqlite3.SQLITE_FULL:
        return StoreUnusable(f"the disk is full: the ledger {name} cannot be written; free some space and run again")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return StoreUnusable(f"the ledger {name} cannot be written: it or its folder is read-only; make both writable")
    if code == sqlite3.SQLITE_CANTOPEN:
        return StoreUnusable(f"the ledger {name} cannot be opened; see that it is a file and that its folder can be written")
    if code == sqlite3.SQLITE_IOERR:
        return StoreUnusable(f"the ledger {name} cannot be read or written ({error}); see whether the disk is full or failing")
    if code == sqlite3.SQLITE_NOTADB:
        return StoreUnusable(f"the ledger {name} is not a SQLite database; {_remedy(path)}")
    if code == sqlite3.SQLITE_CORRUPT or str(error).startswith(_DAMAGE):
        return damaged(path, str(error))
    return None


def locked(path: Path) -> StoreUnusable:
    """Say that another program does not let go of a ledger."""
    return StoreUnusable(f"the ledger {str(path)!r} stays locked by another program; stop it or let it finish, then run again")


def damaged(path: Path, how: str) -> StoreUnusable:
    """Say that a ledger's content is not what was written."""
    line = " ".join("".join(c if c.isprintable() else " " for c in how).split())  # it may quote the damage
    return StoreUnusable(f"the ledger {str(path)!r} is damaged ({line[:160]}); {_remedy(path)}")


def _remedy(path: Path) -> str:
    away = "move it away, with the -wal and -shm files beside it"
    found = newest_backup(path)
    if found:
        return f"{away}, and put a copy of its backup {str(found)!r} in its place"
    return f"{away}, and put a backup of yours in its place, or run again to begin a new ledger"


def _code(error: sqlite3.Error) -> int:
    extended = getattr(error, "sqlite_errorcode", None)  # absent on errors that the driver itself raises
    return -1 if extended is None else extended & 0xFF


def read_only(path: Path, busy_s: float) -> sqlite3.Connection:
    """Open a file for reading only."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=busy_s, isolation_level=None)


def check(path: Path, connection: sqlite3.Connection) -> None:
    """Raise `StoreUnusable` when a ledger, or a copy of it, is damaged."""
    ((answer,),) = connection.execute("PRAGMA integrity_check(1)")
    if answer != "ok":
        raise damaged(path, str(answer))
