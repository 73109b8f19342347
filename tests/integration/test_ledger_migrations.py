"""The ledger's schema: one way to it, whole or not at all, with a backup before, and never over what a newer program wrote."""

import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from datetime import date
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Engine

from claimcheck.adapters.ledger import SqlLedger
from claimcheck.adapters.ledger.migrations import HEAD, History
from claimcheck.adapters.ledger.sqlite_store import open_store
from claimcheck.adapters.ledger.tables import Row
from claimcheck.errors import StoreUnusable
from claimcheck.ports import JudgeName

DAY = date(2026, 11, 22)
JUDGE = JudgeName("openai", "a-model", "9f2c")
AHEAD = f"{int(HEAD) + 1:04}"
SPAWN = multiprocessing.get_context("spawn")

NEXT = '''
    """Add a column and a table, and rewrite a row."""
    import sqlalchemy as sa
    from alembic import op

    revision = "9999"
    down_revision = "HEAD"


    def upgrade() -> None:
        op.add_column("run", sa.Column("note", sa.Text(), nullable=False, server_default=""))
        op.create_table("more", sa.Column("id", sa.Integer(), primary_key=True))
        op.execute("DROP TRIGGER keep_run_update")
        op.execute("UPDATE run SET note = 'seen'")
        op.execute("INSERT INTO more VALUES (1)")
'''


def next_history(folder: Path, more: str = "") -> History:
    """The history of a program that is one revision ahead."""
    scripts = folder / "migrations 100%"
    if not scripts.exists():
        shutil.copytree(History().scripts, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_next.py").write_text(textwrap.dedent(NEXT).replace("HEAD", HEAD) + more)
    return History("9999", scripts)


def one_run(home: Path) -> Path:
    with SqlLedger.open(None, home) as ledger:
        ledger.start_run(DAY, JUDGE, "abcd")
        return ledger.path


def schema(path: Path) -> tuple[str | None, int, frozenset[str]]:
    """The revision, the number of runs, and all that is in the schema."""
    with closing(sqlite3.connect(path)) as connection:
        names = frozenset(name for (name,) in connection.execute("SELECT name FROM sqlite_master"))
        if not names:
            return None, 0, names
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ((revision,),) = connection.execute("SELECT version_num FROM alembic_version")
        ((runs,),) = connection.execute("SELECT count(*) FROM run")
        return revision, runs, names


def contents(folder: Path) -> dict[str, bytes]:
    """All content; readers may add an empty log and a scratch file (-shm), which hold none."""
    return {f.name: f.read_bytes() for f in folder.glob("*.sqlite*") if f.stat().st_size and not f.name.endswith("-shm")}


def test_the_scripts_lead_to_what_the_tables_say(tmp_path: Path) -> None:
    engine = create_engine(URL.create("sqlite", database=str(one_run(tmp_path))))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Row.metadata) == []
    engine.dispose()


def test_the_head_that_is_looked_for_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(History().scripts))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_ledger_that_is_up_to_date_opens_without_alembic(tmp_path: Path) -> None:
    one_run(tmp_path)
    program = (
        "import sys; from pathlib import Path; from claimcheck.adapters.ledger import SqlLedger; "
        "SqlLedger.open(None, Path(sys.argv[1])).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=Path(__file__).parents[2]).returncode == 0


@pytest.mark.parametrize("closed", [True, False])
def test_a_newer_ledger_is_refused_and_keeps_its_bytes(tmp_path: Path, closed: bool) -> None:
    file = one_run(tmp_path / "theirs")
    store = open_store(file, next_history(tmp_path))
    if closed:
        store.close()
    shutil.copytree(file.parent, tmp_path / "ours")  # an unclosed one has its last commits in the log beside it
    store.close()
    assert ("ledger.sqlite-wal" in contents(tmp_path / "ours")) is not closed
    before = contents(tmp_path / "ours")
    with pytest.raises(StoreUnusable, match=r"newer claimcheck .* update claimcheck") as refused:
        SqlLedger.open(None, tmp_path / "ours")
    assert repr(str(tmp_path / "ours" / "ledger.sqlite")) in str(refused.value)
    assert contents(tmp_path / "ours") == before
    assert schema(tmp_path / "ours" / "ledger.sqlite")[0] == "9999"


def test_an_older_ledger_is_migrated_and_backed_up_first(tmp_path: Path) -> None:
    file = one_run(tmp_path)
    old = schema(file)
    store = open_store(file, next_history(tmp_path))
    store.close()
    new = schema(file)
    assert (new[0], new[1], "more" in new[2]) == ("9999", 1, True)
    (backup,) = (tmp_path / "backups").iterdir()
    assert backup.name.startswith(f"ledger-{HEAD}-20")
    assert backup.suffix == ".sqlite"
    assert schema(backup) == old


def test_backups_of_one_day_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for home in ("first", "second"):
        file = one_run(tmp_path / home)
        if home == "second":
            shutil.copytree(tmp_path / "first" / "backups", tmp_path / "second" / "backups")
        open_store(file, next_history(tmp_path)).close()
    assert len(list((tmp_path / "second" / "backups").iterdir())) == 2


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path: Path) -> None:
    file = one_run(tmp_path)
    old = schema(file)
    history = next_history(tmp_path, '    op.execute("INSERT INTO nowhere VALUES (1)")\n')
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        open_store(file, history)
    assert schema(file) == old
    with SqlLedger.open(None, tmp_path) as ledger:
        assert ledger.claim_ids() == ()


def test_no_backup_no_migration(tmp_path: Path) -> None:
    file = one_run(tmp_path)
    old = schema(file)
    (tmp_path / "backups").write_text("a file in the way")
    with pytest.raises(StoreUnusable, match="backup"):
        open_store(file, next_history(tmp_path))
    assert schema(file) == old


def _open_together(home: Path, start: Barrier) -> None:
    start.wait(60)
    one_run(home)


def test_processes_that_make_one_ledger_at_once_all_succeed(tmp_path: Path) -> None:
    start = SPAWN.Barrier(3)
    openers = [SPAWN.Process(target=_open_together, args=(tmp_path / "new", start)) for _ in range(3)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join(60)
    assert [opener.exitcode for opener in openers] == [0, 0, 0]
    assert schema(tmp_path / "new" / "ledger.sqlite")[:2] == (HEAD, 3)


def _kill_at_each_statement(home: Path, history: History, answers: Connection) -> None:
    """Open a copy of `home`, killed at the first statement, then at the second, and so on until opening comes to its end."""
    open_store(home.with_name("warm") / "l.sqlite").close()  # imports all that the forks need
    statement = 0
    while True:
        statement += 1
        copy = home.with_name(f"killed-{statement}")
        shutil.copytree(home, copy)
        child = os.fork()
        if child == 0:
            _kill_at(statement)
            open_store(copy / "ledger.sqlite", history)
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            break
        answers.send(copy)
    answers.send(None)


def _kill_at(statement: int) -> None:
    left = statement

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)


def killed_copies(home: Path, history: History) -> list[Path]:
    receiving, sending = SPAWN.Pipe(duplex=False)
    child = SPAWN.Process(target=_kill_at_each_statement, args=(home, history, sending))
    child.start()
    sending.close()
    copies = list(iter(receiving.recv, None))
    child.join()
    return copies


def new_ledger(home: Path) -> History:
    home.mkdir()
    return History()


def old_ledger(home: Path) -> History:
    one_run(home)
    return next_history(home.parent)


@pytest.mark.parametrize(("make", "least"), [(new_ledger, 30), (old_ledger, 8)])
def test_killed_at_any_statement_leaves_the_old_or_the_new_schema(
    tmp_path: Path, make: Callable[[Path], History], least: int
) -> None:
    history = make(tmp_path / "home")
    before = schema(tmp_path / "home" / "ledger.sqlite") if make is old_ledger else (None, 0, frozenset[str]())
    copies = killed_copies(tmp_path / "home", history)
    assert len(copies) >= least
    for copy in copies:
        file = copy / "ledger.sqlite"
        found = schema(file)
        assert found == before or (found[0], found[1]) == (history.head, before[1])
        open_store(file, history).close()
        assert schema(file)[:2] == (history.head, before[1])
