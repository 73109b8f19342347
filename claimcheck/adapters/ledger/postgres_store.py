"""The ledger on a PostgreSQL server: opening and migrating its schema, and its transactions.

Reads see one state of the ledger. Writes are SERIALIZABLE, so that each is as if it were alone, as on SQLite; one that met
another is done again. A connection that is lost leaves open whether the commit before it was done: its number is noted
before, and the server is asked what became of it, so that nothing is kept twice. The schema is migrated under a lock of its own.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from claimcheck.adapters import database_address
from claimcheck.adapters.ledger import postgres_server as server
from claimcheck.adapters.ledger.migrations import VERSION_TABLE, History
from claimcheck.adapters.ledger.migrations.keeping import protect
from claimcheck.adapters.ledger.postgres_lock import RunLock
from claimcheck.adapters.ledger.schema import Look, missing, refuse_newer
from claimcheck.errors import StoreUnusable

logger = logging.getLogger(__name__)

T = TypeVar("T")

_POOL, _MORE = 4, 12  # connections kept, and more when many threads read at once
_SCHEMA_LOCK = 0x0C1A_0001
_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"


class PostgresStore:
    """An open ledger on a server: reads and writes side by side, from any thread; see `engine.Store`."""

    def __init__(self, address: str, home: Path, patience_s: float = server.PATIENCE_S) -> None:
        """Name the server; `open_server` is the usual way, for the schema must be up to date."""
        self.address, self.place = address, database_address.shown(address)
        self.path = home / f"ledger-{hashlib.sha256(self.place.encode()).hexdigest()[:12]}"
        self.patience_s = patience_s
        self._engine = engine_of(address)
        self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writer = self._engine.execution_options(isolation_level="SERIALIZABLE")
        self._lock: RunLock | None = None

    def read(self, work: Callable[[Session], T]) -> T:
        """Do work that only reads, on one state of the ledger."""

        def once() -> T:
            with Session(self._reader) as session, session.begin():
                return work(session)

        return server.patiently(self.place, once, self.patience_s)

    def write(self, work: Callable[[Session], T]) -> T:
        """Do work that writes; it is committed once when this returns, and has left nothing behind when this raises."""
        write = _Write(self._writer, work)

        def once() -> T:
            if self._lock:
                self._lock.hold()
            return write.attempt()

        return server.patiently(self.place, once, self.patience_s, self._doubt)

    def _doubt(self) -> None:
        if self._lock:
            self._lock.doubt()

    @contextmanager
    def alone(self, command: str) -> Iterator[None]:
        """Keep other runs from the ledger, on any machine: the lock is the server's and goes with its connection."""
        lock = RunLock(self.address, self.place, command)
        server.patiently(self.place, lock.take, server.OPENING_S)
        self._lock = lock
        try:
            yield
        finally:
            self._lock = None
            lock.release()

    def damaged(self, how: str) -> StoreUnusable:
        """Say that the content is not what was written."""
        return server.damaged(self.place, how)

    def backup(self, target: Path) -> None:
        """Refuse: a server's own program makes its backups."""
        raise database_address.backed_up_elsewhere(self.address)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def prepare(self, history: History) -> None:
        """Bring the schema up to date; one that is of a newer program, or none of ours, is not touched."""
        with self._reader.begin() as connection:
            found = look(connection, self.place)
        lacks = missing(found, history)
        if lacks:
            raise server.damaged(self.place, lacks)
        refuse_newer(self.place, found, history)
        if found.revision != history.head:
            with self._engine.begin() as connection:
                _migrate(connection, self.place, history)


class _Write(Generic[T]):
    """One write, however many attempts it takes."""

    def __init__(self, engine: Engine, work: Callable[[Session], T]) -> None:
        self._engine, self._work = engine, work
        self._begun: tuple[str, T] | None = None

    def attempt(self) -> T:
        """Do the work and commit; after a commit that was not answered, only if it was not done."""
        if self._begun and self._is_committed(self._begun[0]):
            return self._begun[1]
        self._begun = None
        with Session(self._engine) as session:
            done = self._work(session)
            session.flush()
            number = session.connection().exec_driver_sql("SELECT pg_current_xact_id_if_assigned()::text").scalar_one()
            if number:
                self._begun = (number, done)
            session.commit()
            return done

    def _is_committed(self, number: str) -> bool:
        with self._engine.connect() as connection:
            try:
                said = connection.exec_driver_sql("SELECT pg_xact_status(%s::xid8)", (number,)).scalar_one()
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) == "22023":  # a server that took over and never heard of it
                    return False
                raise
        if said == "in progress":
            raise server.StillOpen("what was sent last is still under way")
        return bool(said == "committed")


def open_server(address: str, home: Path, history: History | None = None, patience_s: float = server.PATIENCE_S) -> PostgresStore:
    """Open a ledger on a server, its schema made or migrated where needed."""
    try:
        store = PostgresStore(database_address.checked(address), home, patience_s)
    except ValueError as wrong:
        raise StoreUnusable(f"the ledger's address is not one of PostgreSQL; {wrong}") from None
    try:
        server.patiently(store.place, lambda: store.prepare(history or History()), min(patience_s, server.OPENING_S))
    except BaseException:
        store.close()
        raise
    return store


def look(connection: Connection, place: str) -> Look:
    """Return what the schema holds. Raise `StoreUnusable` when the server is too old or another program has our names there."""
    old = server.too_old(place, connection.connection.driver_connection.info.server_version)  # type: ignore[union-attr]
    if old:
        raise old
    columns = frozenset((str(table), str(column)) for table, column in connection.exec_driver_sql(_COLUMNS))
    tables = {table for table, _ in columns}
    if VERSION_TABLE not in tables and not {"run", "judgement"} & tables:
        return Look()
    if not {VERSION_TABLE, "run", "judgement"} <= tables:
        raise StoreUnusable(f"{place!r} holds tables of another program; choose another database or schema for the ledger")
    revisions = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalars()  # noqa: S608
    return Look(",".join(revisions), columns)


def _migrate(connection: Connection, place: str, history: History) -> None:
    """Migrate in one transaction, under a lock, so that of several programs one does it and the others find it done."""
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", (_SCHEMA_LOCK,))
    found = look(connection, place)
    refuse_newer(place, found, history)
    if found.revision == history.head:
        return
    if connection.exec_driver_sql("SELECT current_schema()").scalar_one() is None:
        raise StoreUnusable(f"the ledger {place!r} has no schema to make tables in; create one, or correct its search_path")
    history.upgrade(connection)
    protect(connection)
    if found.revision:
        logger.info("the ledger %s was migrated from schema %s to %s", place, found.revision, history.head)


def engine_of(address: str) -> Engine:
    """Return the connections to a server."""
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: server.connect(address),
        pool_size=_POOL,
        max_overflow=_MORE,
        pool_use_lifo=True,
        hide_parameters=True,
    )
