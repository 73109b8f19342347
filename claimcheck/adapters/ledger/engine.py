"""The ledger on SQLite: opening and migrating its file, and its transactions.

What is SQLite's own is in here and in `sqlite_file`; the rest of the package speaks portable SQL through a `Store`.

Writes begin with BEGIN IMMEDIATE, because a transaction that first reads and then writes fails at once when another writer was
quicker, whatever the busy timeout; for that the transactions are taken away from the driver. `synchronous=FULL` in WAL mode makes
a commit survive a power cut, and a schema changed inside one transaction makes a killed migration one that never was.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import URL
from sqlalchemy.exc import CompileError, DBAPIError
from sqlmodel import Session

from claimcheck.adapters.ledger import backups, sqlite_file
from claimcheck.adapters.ledger.migrations import VERSION_QUERY, VERSION_TABLE, History
from claimcheck.adapters.ledger.sqlite_file import BUSY_S, patiently
from claimcheck.adapters.ledger.tables import Row
from claimcheck.errors import StoreUnusable

logger = logging.getLogger(__name__)

T = TypeVar("T")

FILE = "ledger.sqlite"
MISFIT = (sqlite3.IntegrityError, DBAPIError, CompileError)  # what adding a row raises that is none of the table's
_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
_BEGIN = "claimcheck_begin"


class Store:
    """An open ledger file: reads side by side, writes one at a time, from any thread. Raises `StoreUnusable` in plain words."""

    def __init__(self, path: Path, engine: Engine, busy_s: float) -> None:
        """Take over an engine of a file whose schema is up to date (see `open_store`)."""
        self.path = path
        self._reader = engine
        self._writer = _writing(engine)
        self._turn = threading.Lock()  # threads of one process queue here instead of sleeping in SQLite's busy wait
        self._turn_s = busy_s * sqlite_file.TRIES

    def read(self, work: Callable[[Session], T]) -> T:
        """Do work that only reads, on one state of the ledger."""
        return patiently(self.path, lambda: _transact(self._reader, work))

    def write(self, work: Callable[[Session], T]) -> T:
        """Do work that writes; it is committed when this returns, and has left nothing behind when this raises."""
        if not self._turn.acquire(timeout=self._turn_s):
            raise sqlite_file.locked(self.path)
        try:
            return patiently(self.path, lambda: _transact(self._writer, work))
        finally:
            self._turn.release()

    def damaged(self, how: str) -> StoreUnusable:
        """Say that the content is not what was written."""
        return sqlite_file.damaged(self.path, how)

    def backup(self, target: Path) -> None:
        """Copy the ledger to a new file while it is in use, and check the copy."""
        backups.backup(self.path, target)

    def close(self) -> None:
        """Close all connections; the last one folds the write-ahead log into the file."""
        self._reader.dispose()


def add_once(session: Session, row: type[Row], **values: Any) -> bool:
    """Add a row unless one with the same unique values is there already; tell whether it was added."""
    return session.exec(insert(row).values(**values).on_conflict_do_nothing()).rowcount == 1


def add_all_once(session: Session, row: type[Row], rows: list[dict[str, Any]]) -> None:
    """Add many rows in one statement; of those with the same unique values as one that is there already, none."""
    if rows:
        session.connection().execute(insert(row).on_conflict_do_nothing(), rows)


def path_of(url: str | None, home: Path) -> Path:
    """Return the file that a ledger's address names: a path or a `sqlite:///` address; without one, the file in `home`."""
    if not url:
        return home / FILE
    scheme, address, rest = url.partition("://")
    if not address:
        return Path(url).expanduser()
    if scheme.partition("+")[0] != "sqlite":  # the rest of the address may hold a password
        raise StoreUnusable(f"this version stores the ledger in SQLite only, not in {scheme!r}; name a file or sqlite:///FILE")
    file = rest.removeprefix("/")
    if file in ("", ":memory:", rest) or "?" in file:
        raise StoreUnusable("the ledger's address does not name a file and nothing else; write sqlite:///FILE or just the file")
    return Path(file)


def open_store(path: Path, history: History | None = None, busy_s: float = BUSY_S) -> Store:
    """Open a ledger's file, made or migrated where needed. A file that is of a newer program, or none of ours, is not touched."""
    history = history or History()
    sqlite_file.check_place(path)
    found = patiently(path, lambda: sqlite_file.look(path, busy_s))
    if found.revision == history.head:
        wanted = {(table.name, column.name) for table in Row.metadata.sorted_tables for column in table.columns}
        missing = min(wanted - found.columns, default=None)
        if missing:
            raise sqlite_file.damaged(path, f"column {missing[1]} of table {missing[0]} is missing")
    elif found.revision is not None and not history.knows(found.revision):
        raise StoreUnusable(
            f"the ledger {str(path)!r} was written by a newer claimcheck (its schema is {found.revision}, this one knows "
            f"{history.head} at most); update claimcheck, or choose another ledger. Nothing was changed"
        )
    engine = _engine(path, busy_s)
    if found.revision != history.head:
        try:
            patiently(path, lambda: _unwrapped(lambda: _migrate(path, engine, history)))
        except BaseException:
            engine.dispose()
            raise
    return Store(path, engine, busy_s)


def _migrate(path: Path, engine: Engine, history: History) -> None:
    """Migrate under the write lock, so that of two processes one does it and no row is written between backup and migration."""
    with _writing(engine).begin() as connection:
        current = _revision(connection)
        if current == history.head:
            return
        if current is not None:
            kept = backups.backup_name(path, current)
            backups.backup(path, kept)
            logger.info("the ledger is migrated from schema %s to %s; a backup is in %s", current, history.head, kept)
        history.upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str = connection.exec_driver_sql(VERSION_QUERY).scalar_one()
    return found


def _transact(engine: Engine, work: Callable[[Session], T]) -> T:
    def transaction() -> T:
        with Session(engine) as session, session.begin():
            return work(session)

    return _unwrapped(transaction)


def _unwrapped(work: Callable[[], T]) -> T:
    """Let the driver's own errors through: they carry SQLite's code, and no values of the statement."""
    try:
        return work()
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise error.orig from None
        raise


def _writing(engine: Engine) -> Engine:
    return engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


def _engine(path: Path, busy_s: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_s, "isolation_level": None, "check_same_thread": False},
        max_overflow=-1,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))
