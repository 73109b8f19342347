"""Library files of the first version: brought up to date in one go, or left as they were."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from claimcheck.adapters.library import LocalLibrary, database, rows
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query

DAY = date(2026, 11, 22)
YEAR = Window(date(2025, 1, 1), date(2025, 12, 31))
OLD = Paper("2505.00001", "Zebra", "An abstract.", version=1, published=date(2025, 5, 2))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a library as the first version wrote it, with one paper and one answered query."""
    with closing(sqlite3.connect(tmp_path / "library.sqlite", isolation_level=None)) as connection:
        for statement in database._STEPS[0].split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {database._APPLICATION}")
        connection.execute("PRAGMA user_version = 1")
        row = rows.to_row(OLD, rows.digest(OLD))
        connection.execute(f"INSERT INTO paper ({', '.join(rows.COLUMNS)}) VALUES ({', '.join('?' * len(row))})", row)
        connection.execute("INSERT INTO version VALUES (?, 1, ?, '2026-01-01', NULL, NULL)", (OLD.id, OLD.fingerprint))
        connection.execute("INSERT INTO unindexed (paper) VALUES (?)", (OLD.id,))
        connection.execute("INSERT INTO asked VALUES ('arxiv', 'zebra', ?, ?, 1, '[]')", (str(YEAR.first), str(YEAR.last)))
    return tmp_path


def version(home: Path) -> int:
    with closing(sqlite3.connect(home / "library.sqlite")) as connection:
        found: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return found


def test_what_the_first_version_kept_is_still_there(home: Path) -> None:
    with LocalLibrary.open(home) as library:
        assert library.get(OLD.id) == OLD
        assert library.asked("arxiv", "zebra") == [YEAR]
        assert library.search(Query(("zebra",)), None, 10) == (OLD.id,)
    assert version(home) == database.SCHEMA_VERSION


def test_what_was_there_lies_before_every_mark(home: Path) -> None:
    with LocalLibrary.open(home) as library:
        mark = library.mark()
        library.add([Paper("2505.00002", "Zebra", "Another.")], DAY)
        assert [one.id for one in library.scored(Query(("zebra",)), None, 10, mark)] == ["2505.00002"]


def test_an_update_that_fails_half_way_leaves_the_file_as_it_was(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = database._STEPS[1] + "CREATE TABLE paper (id TEXT);\n"
    with monkeypatch.context() as patched:
        patched.setitem(database._STEPS, 1, broken)
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            LocalLibrary.open(home)
    assert version(home) == 1
    with LocalLibrary.open(home) as library:
        assert library.get(OLD.id) == OLD
