"""The SQLite file under the library: opening it, its schema, and one way in for readers and one for writers."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import RLock

from claimcheck.errors import StoreUnusable

SCHEMA_VERSION = 2
_APPLICATION = 0x636C6962  # "clib": tells our files from other people's SQLite files
_BUSY_SECONDS = 10.0
_PAGE = 16_384  # bytes; an abstract is large beside the default page, and would leave a fifth of it empty
_SCHEMA = """
CREATE TABLE paper (
    id TEXT PRIMARY KEY,
    version INTEGER,
    when_first INTEGER NOT NULL,      -- Paper.when as YYYYMMDD
    when_last INTEGER NOT NULL,
    records BLOB NOT NULL,            -- 8-byte digests of all records that went into this row, one after another
    withdrawn INTEGER NOT NULL,       -- whether Paper.known_withdrawal is known
    published TEXT, updated TEXT, seen TEXT,
    withdrawal_version INTEGER, withdrawal_day TEXT, withdrawal_by TEXT, withdrawal_asked TEXT,
    flags TEXT NOT NULL, categories TEXT NOT NULL, authors TEXT NOT NULL,
    comment TEXT, journal_ref TEXT, doi TEXT,
    title TEXT NOT NULL, abstract TEXT NOT NULL
);
CREATE INDEX paper_when ON paper (when_first);
CREATE TABLE version (
    paper TEXT NOT NULL REFERENCES paper (id),
    version INTEGER,                  -- NULL where it is not known
    fingerprint TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    title TEXT, abstract TEXT         -- NULL where they are the newest's
);
CREATE UNIQUE INDEX version_of ON version (paper, fingerprint, ifnull(version, 0));
CREATE TABLE asked (
    source TEXT NOT NULL, query TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL,
    total INTEGER NOT NULL, ids TEXT NOT NULL,
    PRIMARY KEY (source, query, first, last)
);
CREATE TABLE missing (source TEXT NOT NULL, day TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (source, day, id)) WITHOUT ROWID;
CREATE TABLE unindexed (seq INTEGER PRIMARY KEY AUTOINCREMENT, paper TEXT NOT NULL UNIQUE);
CREATE TABLE text_index (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    folder TEXT NOT NULL, format TEXT NOT NULL, seal TEXT NOT NULL, docs INTEGER NOT NULL, replaced INTEGER NOT NULL
);
"""
# What brings a file of a version to the next, so that files of any earlier version, and new ones, go the same way. Adding a
# column does not rewrite the papers. `arrived` grows with each time that the text or the dates of papers are new; what was there
# before there were matches arrived at 0. `match` is JSON: for a claim as it was searched, its candidates and where they stand.
_STEPS = {
    0: _SCHEMA,
    1: """
ALTER TABLE paper ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0;
CREATE INDEX paper_arrived ON paper (arrived);
CREATE TABLE looked_up (source TEXT NOT NULL, id TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE TABLE matched (claim TEXT PRIMARY KEY, mark INTEGER NOT NULL, match TEXT NOT NULL) WITHOUT ROWID;
""",
}
_ANEW = "move it away, then import or update the library again"
_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full; make room and run again, what was kept before is still there",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written; check it for room and faults, then run again",
    sqlite3.SQLITE_READONLY: "it is read-only; make the file and its folder writable",
    sqlite3.SQLITE_PERM: "access is denied; make the file and its folder readable and writable",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; make the file and its folder readable and writable",
    sqlite3.SQLITE_BUSY: "another process has been writing to it for too long; wait until it is done and run again",
    sqlite3.SQLITE_LOCKED: "another process has been writing to it for too long; wait until it is done and run again",
    sqlite3.SQLITE_CORRUPT: f"it is damaged; {_ANEW}",
    sqlite3.SQLITE_NOTADB: f"it is not a SQLite database; {_ANEW}",
}


class Database:
    """One connection, shared by the threads of a process under a lock; other processes take their turns through SQLite."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = RLock()

    @classmethod
    def open(cls, path: Path) -> "Database":
        """Open or create the file; raise `StoreUnusable` for one that is newer, foreign or damaged, and leave it as it is."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            there = path.exists() and path.stat().st_size > 0
        except OSError as error:
            raise StoreUnusable(
                f"library folder {str(path.parent)!r} cannot be used ({error.strerror}); make it writable or name another"
            ) from error
        with _explained(path):
            if there:
                _refuse_strange(path)
            connection = _connect(path)
            try:
                _prepare(connection)
            except BaseException:
                connection.close()
                raise
        return cls(path, connection)

    def close(self) -> None:
        """Close the connection; what was committed stays."""
        with self._lock, _explained(self.path):
            self._connection.close()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection for reading; fetch everything before leaving."""
        with self._lock, _explained(self.path):
            yield self._connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection inside a write transaction, committed on leaving and undone on any error."""
        with self._lock, _explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection of its own that sees one moment, for long reads that must not hold up the others."""
        with _explained(self.path), closing(_connect(self.path)) as connection:
            connection.execute("BEGIN")
            yield connection


@contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that only reads, to a file that is left as it is; raise `StoreUnusable` as `Database.open` does."""
    with _explained(path):
        _refuse_strange(path)
        with closing(_read_only(path)) as connection:
            yield connection


def _read_only(path: Path) -> sqlite3.Connection:
    log = path.with_name(f"{path.name}-wal")
    mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=_BUSY_SECONDS)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _refuse_strange(path: Path) -> None:
    """Look at the file through a read-only connection, so that refusing it changes not a byte, and leaves no file beside it."""
    with closing(_read_only(path)) as connection:
        application, version = _marks(connection)
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != _APPLICATION and (application or version or tables):
        raise StoreUnusable(f"library {str(path)!r} is not one of claimcheck's: another program's database; {_ANEW}")
    if version > SCHEMA_VERSION:
        raise StoreUnusable(
            f"library {str(path)!r} was written by a newer claimcheck (its version {version}, this one knows {SCHEMA_VERSION}); "
            "upgrade claimcheck, or use another CLAIMCHECK_HOME"
        )


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA page_size = {_PAGE}")  # counts only for a new file
    if _journal(connection) != "wal":
        raise StoreUnusable("the library's folder does not allow SQLite's write-ahead log; use a folder on a local disk")
    if _marks(connection) == (_APPLICATION, SCHEMA_VERSION):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for version in range(_marks(connection)[1], SCHEMA_VERSION):  # none where another process was quicker
            for statement in _STEPS[version].split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _journal(connection: sqlite3.Connection) -> str:
    """Ask for the write-ahead log; return the mode that is in force.

    SQLite answers "locked" to this at once, without waiting, while another process opens the same new file.
    """
    patience = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            mode: str = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(0.02)
        else:
            return mode


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return application, version


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the file into one line for a person; mistakes in our statements stay bugs."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        advice = _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if advice is None:
            raise
        raise StoreUnusable(f"library {str(path)!r} cannot be used ({error}): {advice}") from error
