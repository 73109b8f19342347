"""Backups of a ledger's SQLite file, while it is in use or not: copied by SQLite's own means, checked, and only then named."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from claimcheck.adapters.ledger import sqlite_file
from claimcheck.errors import StoreUnusable, UsageError


@dataclass(frozen=True)
class Backup:
    """A backup that was checked: where it is, and how many rows each table has."""

    path: Path
    rows: Mapping[str, int]


def backup_ledger(path: Path, target: Path | None = None) -> Backup:
    """Copy a ledger, of this or another version, to a new file, by default under `backups` beside it.

    Raise `UsageError` when there is no ledger yet or the file is there already, `StoreUnusable` when the ledger is damaged or the
    copy cannot be written.
    """
    if not path.exists():
        raise UsageError(f"there is no ledger {str(path)!r} yet; run `claimcheck refresh`")
    if sqlite_file.patiently(path, lambda: sqlite_file.look(path, sqlite_file.BUSY_S)).revision is None:
        raise UsageError(f"the ledger {str(path)!r} is empty; run `claimcheck refresh`")
    named = target or backup_name(path)
    return Backup(named, backup(path, named))


def backup(path: Path, target: Path) -> dict[str, int]:
    """Copy a ledger that may be in use to a new file, and check the copy before it gets its name; return its rows by table."""
    if os.path.lexists(target):
        raise _taken(target)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        rows = _copy(path, part)
        _sync(part)
        _place(part, target)
        _sync(target.parent)
    except OSError as error:
        raise StoreUnusable(f"the backup {str(target)!r} cannot be written ({error.strerror}); nothing was changed") from error
    finally:
        for leftover in (part, part.with_name(f"{part.name}-journal")):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)
    return rows


def backup_name(path: Path, revision: str | None = None) -> Path:
    """Return the name of a new backup: of a ledger of this revision that is about to be migrated, or of one as it is."""
    stem = "-".join(part for part in (path.stem, revision, str(datetime.now(UTC).date())) if part)
    names = (path.parent / "backups" / f"{stem}{again}{path.suffix}" for again in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not os.path.lexists(name))


def _copy(path: Path, part: Path) -> dict[str, int]:
    """Copy one state of the ledger, whole and with as many rows as there are in it."""
    with _named(path), closing(sqlite_file.read_only(path, sqlite_file.BUSY_S)) as source, closing(sqlite3.connect(part)) as copy:
        source.execute("BEGIN")  # what others write meanwhile is neither copied nor counted
        wanted = _rows(source)
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # so that it can be read in a read-only place, too
        sqlite_file.check(path, copy)
        found = _rows(copy)
    if found != wanted:
        raise StoreUnusable(f"the copy of the ledger {str(path)!r} lacks rows; check the disk and run again. Nothing was changed")
    return found


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names}  # noqa: S608


def _place(part: Path, target: Path) -> None:
    """Give the copy its name, which nobody else has taken meanwhile, where the file system can tell."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise _taken(target) from None
    except OSError:  # no hard links there
        os.replace(part, target)


def _taken(target: Path) -> UsageError:
    return UsageError(f"{str(target)!r} exists already, and a backup never overwrites; name another file")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnusable(f"no backup of the ledger {str(path)!r} can be made ({error}); nothing was changed") from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
