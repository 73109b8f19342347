"""The one interface to every store of the ledger, and the helpers that speak each one's SQL.

`ledger`, `batches` and `spending` know only what is in here. What is a database's own lies in `sqlite_store` and
`postgres_store`.
"""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import CompileError, DBAPIError
from sqlmodel import Session

from claimcheck.adapters import database_address
from claimcheck.adapters.ledger.tables import Row
from claimcheck.errors import StoreUnusable

T = TypeVar("T")

FILE = "ledger.sqlite"
MISFIT = (sqlite3.IntegrityError, DBAPIError, CompileError)  # what adding a row raises that is none of the table's


class Store(Protocol):
    """An open database whose schema is up to date, for any thread. Raises `StoreUnusable` in plain words.

    A write is as if no other were under way, and happens once, however often its work is called.
    """

    path: Path  # the file; of a server, the place in home that files beside the ledger are named after

    @property
    def place(self) -> str:
        """Where it is, in words for people; no password."""

    def read(self, work: Callable[[Session], T]) -> T:
        """Do work that only reads, on one state of the ledger."""

    def write(self, work: Callable[[Session], T]) -> T:
        """Do work that writes; it is committed when this returns, and has left nothing behind when this raises."""

    def alone(self, command: str) -> AbstractContextManager[None]:
        """Keep other runs from the ledger, on any machine that reaches it; raise `AlreadyRunning`."""

    def damaged(self, how: str) -> StoreUnusable:
        """Say that the content is not what was written."""

    def backup(self, target: Path) -> None:
        """Copy the ledger to a new file while it is in use; raise `UsageError` where that is another program's job."""

    def close(self) -> None:
        """Close all connections."""


def open_at(address: str | None, home: Path) -> Store:
    """Open the store that an address names, by default a file in `home`, made or migrated where needed."""
    if address and database_address.is_postgres(address):
        from claimcheck.adapters.ledger.postgres_store import open_server

        return open_server(address, home)
    from claimcheck.adapters.ledger.sqlite_store import open_store

    return open_store(path_of(address, home))


def path_of(url: str | None, home: Path) -> Path:
    """Return the file that a ledger's address names: a path or a `sqlite:///` address; without one, the file in `home`."""
    if not url:
        return home / FILE
    scheme, address, rest = url.partition("://")
    if not address:
        return Path(url).expanduser()
    if scheme.partition("+")[0] != "sqlite":  # the rest of the address may hold a password
        raise StoreUnusable(f"a ledger is stored in SQLite or PostgreSQL, not in {scheme!r}; name a file or sqlite:///FILE")
    file = rest.removeprefix("/")
    if file in ("", ":memory:", rest) or "?" in file:
        raise StoreUnusable("the ledger's address does not name a file and nothing else; write sqlite:///FILE or just the file")
    return Path(file)


def add_once(session: Session, row: type[Row], **values: Any) -> bool:
    """Add a row unless one with the same unique values is there already; tell whether it was added."""
    # Without the option the count is lost where a server also returns the new row's number.
    statement = _insert_once(session, row).values(**values).execution_options(preserve_rowcount=True)
    return bool(session.connection().execute(statement).rowcount == 1)


def add_all_once(session: Session, row: type[Row], rows: list[dict[str, Any]]) -> None:
    """Add many rows in one statement; of those with the same unique values as one that is there already, none."""
    if rows:
        session.connection().execute(_insert_once(session, row), rows)


def _insert_once(session: Session, row: type[Row]) -> Any:
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(row).on_conflict_do_nothing()
    return sqlite.insert(row).on_conflict_do_nothing()
