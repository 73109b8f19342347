"""A whole ledger from one store to another: in one transaction, into an empty one, and compared row by row."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select, text
from sqlmodel import Session

from claimcheck.adapters import database_address
from claimcheck.adapters.ledger.engine import Store, open_at, path_of
from claimcheck.adapters.ledger.look import look
from claimcheck.adapters.ledger.tables import Row
from claimcheck.errors import StoreUnusable, UsageError

_BATCH = 1000


@dataclass(frozen=True)
class Counted:
    """A table's rows: how many there are, and a digest of them all in their order."""

    rows: int
    digest: str


def copy_ledger(source: str, target: str, home: Path) -> Mapping[str, Counted]:
    """Copy a ledger to an address that holds no rows yet; return what each table holds.

    Raise `UsageError` when there is nothing to copy or the target holds something, `StoreUnusable` when either cannot be used or
    the copy is not the same. The source keeps its rows, and the target has all or none.
    """
    for address in (source, target):
        _refuse_password(address)
    if look(source, home) is None:
        raise UsageError(f"there is no ledger {_shown(source, home)!r} to copy; name the one that you have")
    if _shown(source, home) == _shown(target, home):
        raise UsageError("FROM and TO are the same ledger; name another one to copy to")
    origin = open_at(source, home)
    try:
        copy = open_at(target, home)
        try:
            return origin.read(lambda reading: _copy_all(reading, copy))
        finally:
            copy.close()
    finally:
        origin.close()


def _copy_all(reading: Session, copy: Store) -> dict[str, Counted]:
    def work(writing: Session) -> dict[str, Counted]:
        taken = [table.name for table in _tables() if writing.connection().execute(select(table).limit(1)).first()]
        if taken:
            raise UsageError(f"the ledger {copy.place!r} holds rows already ({', '.join(taken)}); copy to an empty one")
        return {table.name: _copy_table(reading, writing, table, copy.place) for table in _tables()}

    return copy.write(work)


def _copy_table(reading: Session, writing: Session, table: Table, place: str) -> Counted:
    """Copy a table and read it back."""
    sent = _Digest()
    for rows in _batches(reading, table):
        for row in rows:
            sent.add(row)
        writing.connection().execute(table.insert(), rows)
    _count_on(writing, table)
    found = _Digest()
    for rows in _batches(writing, table):
        for row in rows:
            found.add(row)
    if found.counted() != sent.counted():
        raise StoreUnusable(f"table {table.name} of the copy {place!r} is not what was read; nothing was copied, run again")
    return sent.counted()


class _Digest:
    """A digest of rows, the same for every database that gives the same values."""

    def __init__(self) -> None:
        self._rows, self._hash = 0, hashlib.sha256()

    def add(self, row: Mapping[str, Any]) -> None:
        self._rows += 1
        told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
        self._hash.update(json.dumps(told, sort_keys=True, default=str).encode())

    def counted(self) -> Counted:
        return Counted(self._rows, self._hash.hexdigest())


def _batches(session: Session, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Return a table's rows in the order of its key, a batch at a time, so that memory does not grow with the table."""
    (key,) = table.primary_key.columns
    last: Any = None
    while True:
        wanted = select(table).order_by(key).limit(_BATCH)
        wanted = wanted if last is None else wanted.where(key > last)
        rows: list[dict[str, Any]] = [dict(row) for row in session.connection().execute(wanted).mappings()]
        if not rows:
            return
        yield rows
        last = rows[-1][key.name]


def _count_on(session: Session, table: Table) -> None:
    """Have the server number new rows from where the copied ones end; SQLite does so by itself."""
    (key,) = table.primary_key.columns
    if session.get_bind().dialect.name == "postgresql" and key.name == "id":
        session.connection().execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name} HAVING max(id) > 0")  # noqa: S608
        )


def _tables() -> list[Table]:
    return list(Row.metadata.sorted_tables)


def _shown(address: str, home: Path) -> str:
    return database_address.shown(address) if database_address.is_postgres(address) else str(path_of(address, home).absolute())


def _refuse_password(address: str) -> None:
    if database_address.has_password(address):
        raise UsageError("a password in an argument is seen by every user of this machine; put it into PGPASSWORD or ~/.pgpass")
