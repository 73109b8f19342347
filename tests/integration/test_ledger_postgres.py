"""The ledger on a server: nothing is changed, lost or kept twice, whatever becomes of a connection; one run at a time."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event
from sqlmodel import Session

from claimcheck.adapters.ledger import SqlLedger
from claimcheck.adapters.ledger import postgres_server as server
from claimcheck.adapters.ledger.copying import copy_ledger
from claimcheck.adapters.ledger.look import look
from claimcheck.adapters.ledger.postgres_look import holder
from claimcheck.adapters.ledger.postgres_store import PostgresStore, open_server
from claimcheck.adapters.ledger.tables import Row
from claimcheck.domain.evidence import Usage
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.errors import AlreadyRunning, StoreUnusable, UsageError
from claimcheck.ports import Batch, BatchLine, BatchStep, RunSummary
from tests.integration.test_ledger import DAY, JUDGE, judgement, key, retest
from tests.integration.test_ledger_migrations import next_history
from tests.postgres import Server, postgres


@pytest.fixture(scope="module")
def pg() -> Server:
    return postgres()


@pytest.fixture
def address(pg: Server) -> str:
    return pg.new()


@pytest.fixture
def ledger(address: str, tmp_path: Path) -> Iterator[SqlLedger]:
    with SqlLedger.open(address, tmp_path) as opened:
        yield opened


GAPS = (Gap("papers of cs.CL", "arXiv did not answer", GapKind.SOURCE, "c1", True),)


def name(address: str) -> str:
    return address.partition("?")[0].rpartition("/")[2]


def fill(ledger: SqlLedger) -> int:
    run = ledger.start_run(DAY, JUDGE, "abcd")
    for number in range(1, 6):
        ledger.keep_judgement(run, judgement(number))
    ledger.keep_call(run, DAY, Usage(1, 5, 5, 0.1, True))
    ledger.keep_unusable(run, key(9), "c1", DAY, "no JSON", Usage(1, 2, 3, 0.1 + 0.2), "well,")
    ledger.keep_retest(run, DAY, retest("A claim.", *GAPS), {"id": "c1", "\u00e9": 0.1})
    line = BatchLine("l1", key(7), "c1", ("w",), ("2505.00007",), 10, False)
    ledger.batches.keep_batch(run, DAY, Batch("token", "place", (line,)), datetime(2026, 11, 22, 1, 2, 3, 456, tzinfo=UTC))
    ledger.batches.note_step("token", BatchStep.CREATING, datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "file")
    ledger.finish_run(run, RunSummary(DAY, JUDGE, "abcd"), 1.5, 0)
    return run


def test_the_scripts_lead_to_what_the_tables_say_and_no_row_can_be_changed(ledger: SqlLedger, address: str, pg: Server) -> None:
    import psycopg

    fill(ledger)
    store = open_server(address, ledger.path.parent)
    found = store.read(lambda session: compare_metadata(MigrationContext.configure(session.connection()), Row.metadata))
    store.close()
    assert found == []
    for table in Row.metadata.tables:
        for change in (f"UPDATE {table} SET run_id = 1", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(psycopg.Error) as refused:
                pg.sql(change, name(address))
            assert "append-only" in str(refused.value) or "does not exist" in str(refused.value), change


def test_of_the_same_kept_twice_one_row_and_its_gaps_are_there(ledger: SqlLedger, address: str, pg: Server) -> None:
    run = fill(ledger)
    ledger.keep_retest(run, DAY, retest("A claim.", *GAPS), {"id": "c1", "\u00e9": 0.1})
    ledger.finish_run(run, RunSummary(DAY, JUDGE, "abcd", gaps=GAPS), 1.5, 0)
    for table in ("retest", "gap", "claim_text", "run_end"):
        assert pg.sql(f"SELECT count(*) FROM {table}", name(address)) == [(1,)], table


def test_a_newer_ledger_and_tables_of_another_program_are_refused(pg: Server, tmp_path: Path) -> None:
    newer, theirs = pg.new(), pg.new()
    SqlLedger.open(newer, tmp_path).close()
    with pytest.raises(Exception, match="keep_run_update"):  # this script is SQLite's, and rolls back whole
        open_server(newer, tmp_path, next_history(tmp_path))
    pg.sql("UPDATE alembic_version SET version_num = '9999'", name(newer))
    with pytest.raises(StoreUnusable, match=r"newer claimcheck .* update claimcheck"):
        SqlLedger.open(newer, tmp_path)
    pg.sql("CREATE TABLE run (id integer)", name(theirs))
    with pytest.raises(StoreUnusable, match="another program"):
        SqlLedger.open(theirs, tmp_path)


def test_several_programs_that_make_one_ledger_at_once_all_succeed(address: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        for opened in pool.map(lambda _: SqlLedger.open(address, tmp_path), range(4)):
            opened.close()
    found = look(address, tmp_path)
    assert found is not None
    assert (found.retests, found.newest, found.old) == (0, None, False)


def test_writers_meet_and_each_row_is_kept_once(ledger: SqlLedger) -> None:
    run = ledger.start_run(DAY, JUDGE, "")

    def keep(number: int) -> None:
        ledger.keep_judgement(run, judgement(number % 50))
        ledger.keep_unusable(run, key(number), "c1", DAY, "no JSON", Usage(1), "")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(200)))
    assert ledger.spent(DAY).calls == 250


def losing(ledger: SqlLedger, when: str) -> Callable[[], int]:
    """Have the connection die once, just before a commit or just after the server did it; return how often work was done."""
    store = ledger._store
    assert isinstance(store, PostgresStore)
    times = []

    def die(connection: object) -> None:
        times.append(1)
        if len(times) == 1:
            raw = connection.connection.driver_connection  # type: ignore[attr-defined]
            if when == "after":
                raw.commit()
            raw.pgconn.finish()

    event.listen(store._engine, "commit", die)
    return lambda: len(times)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_lost_at_the_commit_keeps_a_row_once(ledger: SqlLedger, when: str) -> None:
    run = ledger.start_run(DAY, JUDGE, "")
    losing(ledger, when)
    ledger.keep_call(run, DAY, Usage(1, 5, 5, 0.5, True))  # a plain row: twice would be counted twice
    assert ledger.unfinished() == Usage(1, 5, 5, 0.5, True)


def test_a_server_that_stays_away_ends_in_one_line_and_the_answer_is_taken_in_by_the_next(address: str, tmp_path: Path) -> None:
    own = postgres()
    store = open_server(address, tmp_path, patience_s=0.5)
    ledger = SqlLedger(store)
    run = ledger.start_run(DAY, JUDGE, "")
    own.stop()
    try:
        with pytest.raises(StoreUnusable, match=r"did not answer.* taken in by the next run") as refused:
            ledger.keep_judgement(run, judgement(1))
        assert "\n" not in str(refused.value)
        with pytest.raises(StoreUnusable):
            ledger.judgement(key(1))
    finally:
        own.start()
        ledger.close()
    with SqlLedger.open(address, tmp_path) as again:
        assert again.judgement(key(1)) == judgement(1)
    assert list(tmp_path.glob("*.spool.jsonl")) == []


def test_a_restart_in_the_middle_of_a_run_is_waited_for_and_the_lock_is_kept(ledger: SqlLedger, address: str, pg: Server) -> None:
    with ledger.alone("refresh"):
        run = ledger.start_run(DAY, JUDGE, "")
        pg.stop()
        starting = threading.Timer(0.7, pg.start)
        starting.start()
        ledger.keep_judgement(run, judgement(1))
        starting.join()
        assert ledger.judgement(key(1)) == judgement(1)
        assert f"process {os.getpid()}" in str(holder(address))
    assert holder(address) is None


def test_a_second_run_is_refused_at_once_and_names_the_first(ledger: SqlLedger, address: str, tmp_path: Path) -> None:
    with SqlLedger.open(address, tmp_path / "other") as other, ledger.alone("refresh"):
        began = time.monotonic()
        with (
            pytest.raises(AlreadyRunning, match=rf"claimcheck refresh, process {os.getpid()} on \S+, since 20"),
            other.alone("x"),
        ):
            pass
        assert time.monotonic() - began < 5, "it does not wait for the other"
    with other.alone("refresh"):
        pass


def test_a_run_whose_lock_another_took_stops_before_it_writes(
    ledger: SqlLedger, address: str, pg: Server, tmp_path: Path
) -> None:
    with SqlLedger.open(address, tmp_path / "other") as other, ledger.alone("refresh"):
        run = ledger.start_run(DAY, JUDGE, "")
        pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'claimcheck refresh %'")
        with other.alone("refresh"):
            time.sleep(1.1)  # so long what was found out about the lock is believed
            with pytest.raises(StoreUnusable, match="another run began meanwhile"):
                ledger.keep_judgement(run, judgement(1))
    assert ledger.judgement(key(1)) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("postgresql://nobody@/postgres?host={}", "no such user"),
        ("postgresql://postgres@/nowhere?host={}", "no such database"),
        ("postgresql://postgres:hush%zz@/postgres?host={}", "cannot be read"),
        ("postgresql://postgres:hush@/postgres?host={}&nonsense=1", "cannot be read"),
    ],
)
def test_what_does_not_pass_by_itself_is_said_at_once(pg: Server, tmp_path: Path, wrong: str, said: str) -> None:
    with pytest.raises(StoreUnusable, match=said) as refused:
        SqlLedger.open(wrong.format(pg.socket), tmp_path)
    assert "hush" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("said", "passing"),
    [
        ("connection failed: FATAL:  the database system is not yet accepting connections\nDETAIL:  Not yet consistent.", True),
        ("connection failed: FATAL:  the database system is starting up", True),
        ("connection failed: FATAL:  the database system is in recovery mode", True),
        ('connection failed: FATAL:  database "claims" does not exist', False),
        ('connection failed: FATAL:  role "ada" does not exist', False),
    ],
)
def test_a_server_that_recovers_is_waited_for_and_a_wrong_name_is_not(said: str, passing: bool) -> None:
    import psycopg

    assert server.passes(psycopg.OperationalError(said)) is passing


def test_without_psycopg_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(StoreUnusable, match=r"pip install 'claimcheck\[postgres\]'"):
        server.connect("postgresql://db/claims")


def test_a_ledger_is_copied_there_and_back_row_by_row(address: str, tmp_path: Path) -> None:
    with SqlLedger.open(None, tmp_path) as origin:
        fill(origin)
        expected = origin.batches.open_batches("place"), origin.history("c1"), origin.unfinished(), origin.spent(DAY)
    there = copy_ledger(str(origin.path), address, tmp_path)
    back = copy_ledger(address, str(tmp_path / "back.sqlite"), tmp_path)
    assert there == back
    assert (there["judgement"].rows, there["batch_line"].rows, there["run"].rows, there["gap"].rows) == (5, 1, 1, 1)
    for place in (address, str(tmp_path / "back.sqlite")):
        with SqlLedger.open(place, tmp_path) as copy:
            assert (copy.batches.open_batches("place"), copy.history("c1"), copy.unfinished(), copy.spent(DAY)) == expected
            assert copy.start_run(DAY, JUDGE, "") == 2, "new rows are numbered on"
    with pytest.raises(UsageError, match="holds rows already"):
        copy_ledger(str(origin.path), address, tmp_path)


def test_a_copy_that_differs_or_is_cut_off_leaves_nothing(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqlLedger.open(None, tmp_path) as origin:
        fill(origin)
    from claimcheck.adapters.ledger import copying

    real = copying._count_on

    def spoil(session: Session, table: object) -> None:
        real(session, table)  # type: ignore[arg-type]
        if str(table) == "retest":
            session.connection().exec_driver_sql("INSERT INTO run SELECT 77, day, started_at, '', '', '', '' FROM run")
            session.connection().exec_driver_sql(
                "INSERT INTO retest SELECT 9, 77, day, complete, claim_id, claim_fingerprint, verdict, computed, needs_review, "
                "entry, digest FROM retest"
            )

    monkeypatch.setattr(copying, "_count_on", spoil)
    with pytest.raises(StoreUnusable, match="not what was read"):
        copy_ledger(str(origin.path), address, tmp_path)
    with SqlLedger.open(address, tmp_path) as copy:
        assert copy.last_run() is None
        assert copy.claim_ids() == ()


@pytest.mark.parametrize("words", [("postgresql://me:hush@db/c", "x"), ("nowhere.sqlite", "x"), ("{0}", "sqlite:///{0}")])
def test_a_copy_that_cannot_be_meant_is_refused(tmp_path: Path, words: tuple[str, str]) -> None:
    SqlLedger.open(None, tmp_path).close()
    source, target = (word.format(tmp_path / "ledger.sqlite") for word in words)
    with pytest.raises(UsageError) as refused:
        copy_ledger(source, target, tmp_path)
    assert "hush" not in str(refused.value)


def test_a_backup_names_the_server_s_own_program(ledger: SqlLedger, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pg_dump"):
        ledger.backup(tmp_path / "b.sqlite")
