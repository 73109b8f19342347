"""The ledger's file: nothing acknowledged is lost, nothing is ever changed, and what cannot be used is refused in one line."""

import multiprocessing
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from claimcheck.adapters.ledger import SqlLedger
from claimcheck.adapters.ledger.sqlite_store import open_store
from claimcheck.domain.claim import Anchor, Claim, Part
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Reading, Stance, Usage
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.retest import Coverage, Retest
from claimcheck.domain.verdict import Decision, Tally, Verdict
from claimcheck.errors import StoreUnusable, UsageError
from claimcheck.ports import Answer, Judgement, JudgementKey, JudgeName, RunSummary

DAY = date(2026, 11, 22)
JUDGE = JudgeName("openai", "a-model", "9f2c")
TABLES = ("run", "run_end", "model_call", "judgement", "unusable", "draft", "anchor_check", "claim_text", "retest", "gap")
SPAWN = multiprocessing.get_context("spawn")


def key(number: int) -> JudgementKey:
    return JudgementKey("claim-print", f"2505.{number:05}", 1, "paper-print", JUDGE, 1, "1")


def judgement(number: int, reason: str = "", raw: str = "") -> Judgement:
    return Judgement(key(number), Answer(Reading(Stance.SUPPORTS, reason=reason), Usage(1, 10, 1), "m", raw), "c1", DAY)


def retest(text: str = "A claim.", *gaps: Gap) -> Retest:
    claim = Claim("c1", "i1", text, PartialDate.parse("2025-05"), (Anchor("2505.14810"),), durable="D.")
    computed = Decision(Verdict.CONTESTED, Tally(refutes=1), 0.4)
    return Retest(claim, Verdict.HOLDS, {Part.WHOLE: computed}, ("a single reading",), (), (), Coverage(), gaps)


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(sql).fetchall()


def keep_many(ledger: SqlLedger, run: int, numbers: Iterable[int]) -> None:
    for number in numbers:
        ledger.keep_judgement(run, judgement(number, raw="x" * 900))


def filled(home: Path) -> Path:
    """A closed ledger with a row in every table but two, and its file."""
    with SqlLedger.open(None, home) as ledger:
        run = ledger.start_run(DAY, JUDGE, "abcd")
        keep_many(ledger, run, range(1, 30))
        ledger.keep_unusable(run, key(1), "c1", DAY, "no JSON", Usage(1), "well,")
        ledger.keep_retest(run, DAY, retest("A claim.", Gap("a query", "no answer")), {"id": "c1"})
        ledger.finish_run(run, RunSummary(DAY, JUDGE, "abcd"), 1.0, 0)
        return ledger.path


def refusal(home: Path, url: str | None = None) -> str:
    with pytest.raises(StoreUnusable) as refused:
        SqlLedger.open(url, home)
    message = str(refused.value)
    assert "\n" not in message
    return message


# Opening


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    with SqlLedger.open(None, tmp_path / "new" / "home") as ledger:
        assert ledger.path == tmp_path / "new" / "home" / "ledger.sqlite"
        assert ledger.path.is_file()


@pytest.mark.parametrize("address", ["{}", "sqlite:///{}"])
def test_an_address_names_another_file(tmp_path: Path, address: str) -> None:
    file = tmp_path / "a %20?b" / "mine.db" if "://" not in address else tmp_path / "mine.db"
    with SqlLedger.open(address.format(file), tmp_path / "home") as ledger:
        assert ledger.path == file
    assert file.is_file()
    assert not (tmp_path / "home").exists()


def test_another_database_is_refused_without_showing_its_password(tmp_path: Path) -> None:
    message = refusal(tmp_path, "mysql://me:hush@db.example/claims")
    assert "not in 'mysql'" in message
    assert "hush" not in message
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "address", ["sqlite://", "sqlite:///", "sqlite://host/a.db", "sqlite:///:memory:", "sqlite:///a.db?mode=ro"]
)
def test_an_address_without_a_file_is_refused(tmp_path: Path, address: str) -> None:
    assert "does not name a file and nothing else" in refusal(tmp_path, address)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    assert repr(str(tmp_path / "home")) in refusal(tmp_path / "home")
    assert repr(str(tmp_path / "home" / "deeper")) in refusal(tmp_path / "home" / "deeper")


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()
    assert "is not a file" in refusal(tmp_path)


def test_a_file_that_is_no_database_is_refused_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    file.write_text("claims, judgements and so on\n" * 200)
    before = file.read_bytes()
    assert "is not a SQLite database; move it away" in refusal(tmp_path)
    assert file.read_bytes() == before


def test_the_database_of_another_program_is_refused_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    query(file, "CREATE TABLE theirs (id INTEGER)")
    before = file.read_bytes()
    assert "of another program" in refusal(tmp_path)
    assert file.read_bytes() == before


@pytest.mark.parametrize("keep", [0.9, 0.5, 0.02])
def test_a_cut_ledger_is_refused_and_its_backup_named(tmp_path: Path, keep: float) -> None:
    file = filled(tmp_path)
    with SqlLedger.open(None, tmp_path) as ledger:
        ledger.backup(tmp_path / "backups" / "ledger-0001-2026-11-15.sqlite")
    os.truncate(file, int(file.stat().st_size * keep))
    message = refusal(tmp_path)
    assert repr(str(file)) in message
    assert "move it away" in message
    assert repr(str(tmp_path / "backups" / "ledger-0001-2026-11-15.sqlite")) in message


def test_a_ledger_with_an_overwritten_page_is_refused(tmp_path: Path) -> None:
    file = filled(tmp_path)
    content = bytearray(file.read_bytes())
    content[8 * 4096 : 9 * 4096] = os.urandom(4096)
    file.write_bytes(content)
    assert "is damaged" in refusal(tmp_path)


def test_a_ledger_with_a_damaged_schema_is_refused_in_one_line(tmp_path: Path) -> None:
    file = filled(tmp_path)
    for wrong in (b"CREATE TABL\xff gap", b"CREATE TABLE\ngap("):
        content = file.read_bytes()
        assert b"CREATE TABLE gap" in content
        (tmp_path / "other").mkdir(exist_ok=True)
        (tmp_path / "other" / "ledger.sqlite").write_bytes(content.replace(b"CREATE TABLE gap", wrong, 1))
        assert "is damaged" in refusal(tmp_path / "other")


def test_an_emptied_ledger_is_refused_when_there_is_a_backup(tmp_path: Path) -> None:
    file = filled(tmp_path)
    with SqlLedger.open(None, tmp_path) as ledger:
        ledger.backup(tmp_path / "backups" / "ledger-0001-2026-11-15.sqlite")
    os.truncate(file, 0)
    assert "ledger-0001-2026-11-15.sqlite" in refusal(tmp_path)
    assert file.stat().st_size == 0


def test_an_empty_file_that_never_was_a_ledger_becomes_one(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").touch()
    with SqlLedger.open(None, tmp_path) as ledger:
        assert ledger.claim_ids() == ()


@pytest.mark.parametrize("change", ["DROP TABLE gap", "ALTER TABLE gap RENAME COLUMN why TO reason"])
def test_a_ledger_whose_schema_is_not_as_it_was_made_is_refused(tmp_path: Path, change: str) -> None:
    query(filled(tmp_path), change)
    assert "of table gap is missing" in refusal(tmp_path)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everywhere, so let an ordinary user try."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter; pytest's own is for its user alone."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)
        os.chmod(folder, 0o755)


@pytest.mark.parametrize(("what", "mode"), [("ledger.sqlite", 0o444), (".", 0o555)])
def test_a_read_only_ledger_or_folder_is_refused(open_folder: Path, what: str, mode: int) -> None:
    filled(open_folder)
    os.chmod(open_folder / "ledger.sqlite", 0o666)
    os.chmod(open_folder, 0o777)
    os.chmod(open_folder / what, mode)
    with as_nobody():
        message = refusal(open_folder)
    assert "is read-only; make it writable" in message
    assert repr(str(open_folder / "ledger.sqlite")) in message


# Keeping


def test_a_commit_survives_a_power_cut_and_rows_must_have_their_run(tmp_path: Path) -> None:
    store = open_store(tmp_path / "ledger.sqlite")
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = store.read(lambda s: [s.connection().exec_driver_sql(f"PRAGMA {name}").scalar() for name in names])
    store.close()
    assert found == ["wal", 2, 1, 10_000]


def test_no_row_can_be_changed_or_deleted(tmp_path: Path) -> None:
    file = filled(tmp_path)
    for table in TABLES:
        assert query(file, f"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'") == [(2,)]
        for change in (f"UPDATE {table} SET rowid = rowid", f"DELETE FROM {table}"):
            if query(file, f"SELECT 1 FROM {table} LIMIT 1"):
                with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                    query(file, change)


def test_a_judgement_carries_its_whole_provenance(tmp_path: Path) -> None:
    file = filled(tmp_path)
    columns = (
        "claim_fingerprint, paper_id, paper_version, paper_fingerprint, judge_kind, judge_model, judge_prompt, attempt, rules"
    )
    assert query(file, f"SELECT {columns}, claim_id, day, run_id, answered_by FROM judgement WHERE id = 3") == [
        ("claim-print", "2505.00003", 1, "paper-print", "openai", "a-model", "9f2c", 1, "1", "c1", "2026-11-22", 1, "m")
    ]
    assert query(file, "SELECT why, raw, key = (SELECT key FROM judgement WHERE id = 1) FROM unusable") == [
        ("no JSON", "well,", 1)
    ]


def test_text_that_no_database_holds_does_not_break_a_write(tmp_path: Path) -> None:
    odd = "a\ud800b\x00c \U0001d538"
    with SqlLedger.open(None, tmp_path) as ledger:
        run = ledger.start_run(DAY, JUDGE, odd)
        ledger.keep_judgement(run, judgement(1, reason=odd, raw=odd))
        ledger.keep_retest(run, DAY, retest("A claim.", Gap(odd, odd)), {"note": odd, odd: [odd]})
        kept = ledger.judgement(key(1))
        assert kept is not None
        assert kept.answer.raw == "a\ufffdb\ufffdc \U0001d538"
        assert kept.answer.reading.reason == "a\ufffdb\x00c \U0001d538"
        assert ledger.retests(run)[0].entry["note"] == "a\ufffdb\x00c \U0001d538"


def test_a_long_answer_is_cut_between_characters(tmp_path: Path) -> None:
    with SqlLedger.open(None, tmp_path) as ledger:
        ledger.keep_judgement(ledger.start_run(DAY, JUDGE, ""), judgement(1, raw="\u20ac" * 10_000))
        kept = ledger.judgement(key(1))
        assert kept is not None
        assert kept.answer.raw == "\u20ac" * (20_000 // 3)


def test_a_retest_keeps_what_was_computed_and_its_gaps(tmp_path: Path) -> None:
    with SqlLedger.open(None, tmp_path) as ledger:
        run = ledger.start_run(DAY, JUDGE, "")
        of_claim = Gap("2505.00001", "unusable answer", GapKind.JUDGE, "c1", True)
        of_run = Gap("cs.CL", "no answer", GapKind.SOURCE, None, False)
        ledger.keep_retest(run, DAY, retest("A claim.", of_claim), {"id": "c1"})
        ledger.finish_run(run, RunSummary(DAY, JUDGE, "", gaps=(of_claim, of_run)), 2.5, 4)
        file = ledger.path
    assert query(file, "SELECT verdict, computed, needs_review, complete FROM retest") == [
        ("holds", "contested", '["a single reading"]', 0)
    ]
    assert query(file, "SELECT run_id, retest_id, claim_id, kind, what, why, blocks FROM gap") == [
        (1, 1, "c1", "judge", "2505.00001", "unusable answer", 1),
        (1, None, None, "source", "cs.CL", "no answer", 0),
    ]
    assert query(file, "SELECT seconds, exit_code FROM run_end") == [(2.5, 4)]


def test_every_wording_of_a_claim_is_kept_once(tmp_path: Path) -> None:
    with SqlLedger.open(None, tmp_path) as ledger:
        for text in ("A claim.", "A claim.", "The claim, edited."):
            ledger.keep_retest(ledger.start_run(DAY, JUDGE, ""), DAY, retest(text), {})
        assert query(ledger.path, "SELECT claim_id, text, durable, perishable FROM claim_text ORDER BY id") == [
            ("c1", "A claim.", "D.", None),
            ("c1", "The claim, edited.", "D.", None),
        ]


def test_the_same_retest_twice_in_one_run_is_kept_once_and_a_run_ends_once(tmp_path: Path) -> None:
    with SqlLedger.open(None, tmp_path) as ledger:
        run = ledger.start_run(DAY, JUDGE, "")
        for code in (0, 4):
            ledger.keep_retest(run, DAY, retest("A claim.", Gap("a", "b")), {})
            ledger.finish_run(run, RunSummary(DAY, JUDGE, "", gaps=(Gap("c", "d"),)), 1.0, code)
        assert len(ledger.retests(run)) == 1
        assert query(ledger.path, "SELECT exit_code, (SELECT count(*) FROM gap) FROM run_end") == [(0, 2)]


# What cannot be read or written later on


def test_a_value_that_cannot_be_read_is_damage_not_absence(tmp_path: Path) -> None:
    file = filled(tmp_path)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(
            "DROP TRIGGER keep_judgement_update; DROP TRIGGER keep_retest_update; "
            "UPDATE judgement SET reading = '{' WHERE id = 1; UPDATE judgement SET day = 'noday' WHERE id = 2; "
            "UPDATE judgement SET reading = '{}' WHERE id = 4; UPDATE retest SET verdict = 'perhaps'"
        )
    with SqlLedger.open(None, tmp_path) as ledger:
        for number in (1, 2, 4):
            with pytest.raises(StoreUnusable, match="is damaged"):
                ledger.judgement(key(number))
        with pytest.raises(StoreUnusable, match="is damaged"):
            ledger.history("c1")
        assert ledger.judgement(key(3)) == judgement(3, raw="x" * 900)


def test_a_full_disk_is_said_and_what_was_kept_stays(tmp_path: Path) -> None:
    file = filled(tmp_path)

    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # no page more than there are

    event.listen(Engine, "connect", limit)
    try:
        with SqlLedger.open(None, tmp_path) as ledger, pytest.raises(StoreUnusable, match="disk is full") as refused:
            keep_many(ledger, 1, range(100, 400))
    finally:
        event.remove(Engine, "connect", limit)
    assert repr(str(file)) in str(refused.value)
    with SqlLedger.open(None, tmp_path) as ledger:
        assert all(ledger.judgement(key(number)) for number in range(1, 30))


def test_a_short_lock_is_waited_for(tmp_path: Path) -> None:
    store = open_store(filled(tmp_path), busy_s=0.2)
    with closing(sqlite3.connect(store.path, check_same_thread=False, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.35, lambda: other.execute("COMMIT"))
        release.start()
        SqlLedger(store).keep_judgement(1, judgement(77))
        release.join()
    assert SqlLedger(store).judgement(key(77)) == judgement(77)
    store.close()


def test_a_long_lock_is_said(tmp_path: Path) -> None:
    store = open_store(filled(tmp_path), busy_s=0.05)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(StoreUnusable, match="locked by another program"):
            SqlLedger(store).keep_judgement(1, judgement(77))
        assert time.monotonic() - began >= 0.15
        assert SqlLedger(store).judgement(key(1)) is not None
    store.close()


def test_a_backup_taken_in_use_is_a_whole_ledger_in_one_file(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "copy.sqlite"
    with SqlLedger.open(None, tmp_path) as ledger:
        ledger.keep_judgement(ledger.start_run(DAY, JUDGE, ""), judgement(1))
        ledger.backup(target)
        assert [file.name for file in target.parent.iterdir()] == ["copy.sqlite"]
        assert query(target, "PRAGMA journal_mode") == [("delete",)]
    with SqlLedger.open(str(target), tmp_path) as copy:
        assert copy.judgement(key(1)) == judgement(1)


def test_a_backup_overwrites_nothing_and_says_when_it_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with SqlLedger.open(None, tmp_path) as ledger:
        with pytest.raises(UsageError, match="never overwrites"):
            ledger.backup(tmp_path / "taken")
        with pytest.raises(StoreUnusable, match="backup"):
            ledger.backup(tmp_path / "taken" / "below")
    assert (tmp_path / "taken").read_text() == "mine"


# Side by side


def test_threads_write_and_read_at_once(tmp_path: Path) -> None:
    with SqlLedger.open(None, tmp_path) as ledger, ThreadPoolExecutor(16) as pool:
        run = ledger.start_run(DAY, JUDGE, "")

        def keep_and_find(number: int) -> Judgement | None:
            ledger.keep_judgement(run, judgement(number % 100))
            return ledger.judgement(key(number % 100))

        assert list(pool.map(keep_and_find, range(200))) == [judgement(n % 100) for n in range(200)]
        assert ledger.spent(DAY).calls == 100


def _write(home: Path, start: Barrier, numbers: range) -> None:
    start.wait(60)
    with SqlLedger.open(None, home) as ledger:
        run = ledger.start_run(DAY, JUDGE, "")
        for number in numbers:
            ledger.keep_judgement(run, judgement(number))


def test_eight_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    start = SPAWN.Barrier(8)
    ranges = [range(at * 150, at * 150 + 200) for at in range(8)]  # every fourth row is written by two of them
    writers = [SPAWN.Process(target=_write, args=(tmp_path / "new", start, numbers)) for numbers in ranges]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * 8
    with SqlLedger.open(None, tmp_path / "new") as ledger:
        assert ledger.spent(DAY).calls == 1250


def _write_until_killed(home: Path, acknowledged: Connection) -> None:
    with SqlLedger.open(None, home) as ledger:
        run = ledger.start_run(DAY, JUDGE, "")
        for number in range(99_999):
            ledger.keep_judgement(run, judgement(number, raw="x" * 2000))
            acknowledged.send(number)


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    receiving, sending = SPAWN.Pipe(duplex=False)
    writer = SPAWN.Process(target=_write_until_killed, args=(tmp_path, sending))
    writer.start()
    sending.close()
    acknowledged = [receiving.recv() for _ in range(60)]
    writer.kill()
    try:
        while True:
            acknowledged.append(receiving.recv())
    except EOFError:
        writer.join()
    with SqlLedger.open(None, tmp_path) as ledger:
        lost = [n for n in acknowledged if ledger.judgement(key(n)) != judgement(n, raw="x" * 2000)]
        assert lost == []
        assert ledger.spent(DAY).calls - len(acknowledged) in (0, 1)
