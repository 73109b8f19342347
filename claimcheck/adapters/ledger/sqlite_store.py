"""The ledger on SQLite: opening and migrating its file, and its transactions. What is SQLite's own: this and `sqlite_file`.

Writes begin with BEGIN IMMEDIATE, because a transaction that first reads and then writes fails at once when another writer was
quicker, whatever the busy timeout; for that the transactions are taken away from the driver. `synchronous=FULL` in WAL mode makes
a commit survive a power cut, and a schema changed inside one transaction makes a killed migration one that never was.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from claimcheck.adapters.ledger import backups, sqlite_file
from claimcheck.adapters.ledger.migrations import VERSION_QUERY, VERSION_TABLE, History
from claimcheck.adapters.ledger.schema import missing, refuse_newer
from claimcheck.adapters.ledger.sqlite_file import BUSY_S, patiently
from claimcheck.errors import StoreUnusable

logger = logging.getLogger(__name__)

T = TypeVar("T")

_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
_BEGIN = "claimcheck_begin"


class SqliteStore:
    """An open ledger file: reads side by side, writes one at a time, from any thread; see `engine.Store`."""

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

    @property
    def place(self) -> str:
        """The file, as messages name it."""
        return str(self.path)

    def alone(self, command: str) -> AbstractContextManager[None]:
        """Hold nothing: the lock of its home keeps other runs from a file."""
        return nullcontext()

    def backup(self, target: Path) -> None:
        """Copy the ledger to a new file while it is in use, and check the copy."""
        backups.backup(self.path, target)

    def close(self) -> None:
        """Close all connections; the last one folds the write-ahead log into the file."""
        self._reader.dispose()


def open_store(path: Path, history: History | None = None, busy_s: float = BUSY_S) -> SqliteStore:
    """Open a ledger's file, made or migrated where needed. A file that is of a newer program, or none of ours, is not touched."""
    history = history or History()
    sqlite_file.check_place(path)
    found = patiently(path, lambda: sqlite_file.look(path, busy_s))
    lacks = missing(found, history)
    if lacks:
        raise sqlite_file.damaged(path, lacks)
    refuse_newer(str(path), found, history)
    engine = _engine(path, busy_s)
    if found.revision != history.head:
        try:
            patiently(path, lambda: _unwrapped(lambda: _migrate(path, engine, history)))
        except BaseException:
            engine.dispose()
            raise
    return SqliteStore(path, engine, busy_s)


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
