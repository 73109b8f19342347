"""A power cut leaves a prefix of the write-ahead log: at every frame, what was acknowledged up to there can be read."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from claimcheck.adapters.ledger import SqlLedger
from tests.integration.test_ledger import DAY, JUDGE, judgement, key

ROWS = 12
HEADER, FRAME = 32, 24 + 4096  # bytes: of the log, and of a page in it


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """A ledger as it lay on the disk before its log was folded in, and how long the log was when each row was acknowledged."""
    folder = tmp_path_factory.mktemp("written")
    with SqlLedger.open(None, folder) as ledger:
        run, log = ledger.start_run(DAY, JUDGE, ""), folder / "ledger.sqlite-wal"
        acknowledged = []
        for number in range(ROWS):
            ledger.keep_judgement(run, judgement(number))
            acknowledged.append(log.stat().st_size)
        kept = folder / "cut"
        kept.mkdir()
        for name in ("ledger.sqlite", "ledger.sqlite-wal"):
            shutil.copy(folder / name, kept / name)
    assert acknowledged == sorted(acknowledged)
    return kept, acknowledged


def cut(written: Path, home: Path, length: int) -> Path:
    """Copy the ledger with so many bytes of its log."""
    shutil.copytree(written, home)
    with (home / "ledger.sqlite-wal").open("r+b") as log:
        log.truncate(length)
    return home / "ledger.sqlite"


def test_every_acknowledged_row_is_there_wherever_the_log_is_cut(tmp_path: Path, written: tuple[Path, list[int]]) -> None:
    kept, acknowledged = written
    whole = (kept / "ledger.sqlite-wal").stat().st_size
    frames = [length for length in range(HEADER, whole + 1, FRAME) if length >= acknowledged[0]]
    assert len(frames) > ROWS
    for length in (at for frame in frames for at in (frame, frame + 1000)):  # also in the middle of a frame
        file = cut(kept, tmp_path / str(length), length)
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            found = connection.execute("SELECT count(*) FROM judgement").fetchone()[0]
        assert found == sum(size <= length for size in acknowledged), f"the log was cut at byte {length}"


@pytest.mark.parametrize("rows", [1, ROWS // 2, ROWS])
def test_the_ledger_goes_on_from_a_log_that_was_cut(tmp_path: Path, written: tuple[Path, list[int]], rows: int) -> None:
    kept, acknowledged = written
    cut(kept, tmp_path / "home", acknowledged[rows - 1] + FRAME // 2)
    with SqlLedger.open(None, tmp_path / "home") as ledger:
        assert [ledger.judgement(key(number)) for number in range(rows)] == [judgement(number) for number in range(rows)]
        ledger.keep_judgement(ledger.start_run(DAY, JUDGE, ""), judgement(99))
