"""Backups: whole, checked, never over another file, of any version of the ledger, in use or not."""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from claimcheck.adapters.ledger import SqlLedger, backups
from claimcheck.adapters.ledger.backups import backup_ledger
from claimcheck.errors import StoreUnusable, UsageError
from claimcheck.ports import JudgeName

DAY = date(2026, 11, 22)
JUDGE = JudgeName("openai", "a-model", "9f2c")


def filled(home: Path, runs: int = 3) -> Path:
    with SqlLedger.open(None, home) as ledger:
        for _ in range(runs):
            ledger.start_run(DAY, JUDGE, "abcd")
        return ledger.path


def count(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        found: int = connection.execute("SELECT count(*) FROM run").fetchone()[0]
    return found


def test_a_backup_is_named_by_its_day_beside_the_ledger_and_tells_its_rows(tmp_path: Path) -> None:
    made = [backup_ledger(filled(tmp_path)) for _ in range(2)]
    day = datetime.now(UTC).date()
    assert [b.path.name for b in made] == [f"ledger-{day}.sqlite", f"ledger-{day}-2.sqlite"]
    assert [b.rows["run"] for b in made] == [3, 6]
    assert [count(b.path) for b in made] == [3, 6]


def test_a_backup_put_in_the_ledgers_place_is_the_ledger(tmp_path: Path) -> None:
    made = backup_ledger(filled(tmp_path), tmp_path / "safe.sqlite")
    filled(tmp_path)
    for file in tmp_path.glob("ledger.sqlite*"):
        file.unlink()
    made.path.rename(tmp_path / "ledger.sqlite")
    filled(tmp_path, 1)
    assert count(tmp_path / "ledger.sqlite") == 4


def test_a_backup_made_while_others_write_is_one_state_of_the_ledger(tmp_path: Path) -> None:
    file, over = filled(tmp_path), threading.Event()

    def write() -> None:
        with SqlLedger.open(None, tmp_path) as ledger:
            while not over.is_set():
                ledger.start_run(DAY, JUDGE, "x" * 3000)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [backup_ledger(file, tmp_path / f"{number}.sqlite") for number in range(8)]
    finally:
        over.set()
        writer.join()
    assert [count(b.path) for b in made] == [b.rows["run"] for b in made]


def test_nothing_is_overwritten_also_when_it_appears_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, target = filled(tmp_path), tmp_path / "taken.sqlite"
    sync = backups._sync

    def another_is_quicker(path: Path) -> None:
        target.write_text("mine")
        sync(path)

    monkeypatch.setattr(backups, "_sync", another_is_quicker)
    with pytest.raises(UsageError, match="never overwrites"):
        backup_ledger(file, target)
    assert target.read_text() == "mine"
    assert [f.name for f in tmp_path.iterdir() if f.name.startswith(".")] == []
    monkeypatch.undo()
    with pytest.raises(UsageError, match="never overwrites"):
        backup_ledger(file, target)


def test_a_ledger_of_a_newer_program_is_backed_up_as_it_is(tmp_path: Path) -> None:
    file = filled(tmp_path)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert backup_ledger(file, tmp_path / "copy.sqlite").rows["run"] == 3


def test_no_ledger_is_wrong_usage_and_no_file_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no ledger"):
        backup_ledger(tmp_path / "ledger.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"not a database" * 500, None])
def test_what_is_damaged_or_no_ledger_is_not_backed_up(tmp_path: Path, content: bytes | None) -> None:
    file = filled(tmp_path)
    file.write_bytes(content or file.read_bytes()[:9000])
    before = file.read_bytes()
    with pytest.raises(StoreUnusable):
        backup_ledger(file, tmp_path / "copy.sqlite")
    assert not (tmp_path / "copy.sqlite").exists()
    assert file.read_bytes() == before


def test_a_copy_that_lacks_rows_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, counts = filled(tmp_path), iter([{"run": 3}, {"run": 2}])
    monkeypatch.setattr(backups, "_rows", lambda connection: next(counts))
    with pytest.raises(StoreUnusable, match="lacks rows"):
        backup_ledger(file, tmp_path / "copy.sqlite")
    assert not (tmp_path / "copy.sqlite").exists()
