"""`doctor`: each part is fine, or it says what to do; it writes nothing, shows no key, and "we could not look" is not "ok"."""

import json
import os
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from claimcheck.adapters.ledger import SqlLedger
from claimcheck.adapters.library import LocalLibrary
from claimcheck.adapters.run_lock import run_lock
from claimcheck.cli.app import app
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.ports import JudgeName, RunSummary
from tests.e2e.harness import PAIR
from tests.servers import Server

DAY = date(2026, 11, 22)
KEY = "sk-canary-0123456789"
HOOK = "json://127.0.0.1:9/canary-token"


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    with Server("arxiv") as arxiv, Server("model") as model:
        yield {
            "CLAIMCHECK_ARXIV_URL": f"{arxiv.url}/api/query",
            "CLAIMCHECK_ARXIV_PACE": "0",
            "OPENAI_BASE_URL": f"{model.url}/v1",
            "OPENAI_API_KEY": KEY,
            "CLAIMCHECK_NOTIFY": HOOK,
        }


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(("CLAIMCHECK_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PATH", str(tmp_path / "no-crontab"))
    folder = tmp_path / "place"
    folder.mkdir()
    (folder / "claims.yaml").write_text(PAIR, encoding="utf-8")
    return folder


def stores(home: Path) -> None:
    """A library and a ledger as a run leaves them."""
    with LocalLibrary.open(home / "library") as library:
        library.add([Paper("2505.14810", "On chains", "We study chains. They are long.", version=1)], DAY)
        library.search(Query(("chains",)), None, 1)
        library.note_asked("arxiv", "cat:cs.CL", Window(DAY, DAY), 1, ())
    with SqlLedger.open(None, home) as ledger:
        judge = JudgeName("openai", "local", "0000")
        ledger.finish_run(ledger.start_run(DAY, judge, "abcd"), RunSummary(DAY, judge, "abcd"), 1.0, 0)


def doctor(place: Path, *options: str, **env: str) -> tuple[int, dict[str, dict[str, Any]], str]:
    args = ["doctor", "--json", "--today", "2026-11-23", "--claims", str(place / "claims.yaml"), *options]
    done = CliRunner().invoke(app, args, env=env)
    told = json.loads(done.stdout)
    assert told["exit"] == done.exit_code
    return done.exit_code, {row["check"]: row for row in told["checks"]}, done.output


def states(checks: dict[str, dict[str, Any]], state: str) -> set[str]:
    return {name for name, row in checks.items() if row["state"] == state}


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes() if p.is_file() else b"") for p in sorted(folder.rglob("*"))}


def test_all_is_fine_and_nothing_is_written_or_shown(place: Path, servers: dict[str, str]) -> None:
    stores(place / ".claimcheck")
    before = everything(place)
    code, checks, said = doctor(place, **servers)
    assert code == 0
    assert states(checks, "problem") == states(checks, "unchecked") == set()
    assert states(checks, "warning") == {"schedule"}  # there is none yet
    assert checks["library"]["said"] == "1 papers, harvested up to 2026-11-22"
    assert checks["ledger"]["said"] == "0 retests, newest run of 2026-11-22 (exit 0)"
    assert everything(place) == before
    assert KEY not in said
    assert "canary-token" not in said


def test_before_the_first_run_all_is_fine_and_stays_empty(place: Path) -> None:
    code, checks, _ = doctor(place, "--offline")
    assert code == 0
    assert states(checks, "unchecked") == {"arxiv"}  # not asked is not ok
    assert [path.name for path in place.iterdir()] == ["claims.yaml"]


def test_each_problem_is_told_with_what_to_do_and_its_exit_code(place: Path, servers: dict[str, str]) -> None:
    gone = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "CLAIMCHECK_ARXIV_URL": "http://127.0.0.1:9/api/query"}
    cases: list[tuple[dict[str, str], int, set[str]]] = [
        ({**servers, "CLAIMCHECK_MODEL": "no-such-model"}, 9, {"model"}),
        ({"CLAIMCHECK_JUDGE": "openai"}, 9, {"key"}),
        ({**servers, **gone}, 5, {"model", "arxiv"}),
    ]
    for env, exit_code, expected in cases:
        code, checks, said = doctor(place, *([] if "OPENAI_BASE_URL" in env else ["--offline"]), **env)
        assert (code, states(checks, "problem")) == (exit_code, expected)
        assert all(checks[name]["todo"] for name in expected)
        assert KEY not in said


def test_refused_settings_and_claims_are_exit_3(place: Path) -> None:
    code, checks, _ = doctor(place, CLAIMCHECK_CONCURRENCY="many")
    assert (code, states(checks, "problem"), states(checks, "unchecked")) == (3, {"settings"}, {"the rest"})
    (place / "claims.yaml").write_text("version: 7\n", encoding="utf-8")
    code, checks, _ = doctor(place, "--offline")
    assert (code, states(checks, "problem")) == (3, {"claims"})


@pytest.mark.parametrize(
    ("file", "bytes", "name"),
    [
        ("ledger.sqlite", b"no database", "ledger"),
        ("ledger.sqlite", None, "ledger"),
        ("library/library.sqlite", b"x" * 9000, "library"),
    ],
)
def test_a_damaged_or_newer_store_is_exit_8_and_left_as_it_is(place: Path, file: str, bytes: bytes | None, name: str) -> None:
    stores(place / ".claimcheck")
    path = place / ".claimcheck" / file
    if bytes is None:
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
    else:
        path.write_bytes(bytes)
    before = everything(place)
    code, checks, _ = doctor(place, "--offline")
    assert code == 8
    assert name in states(checks, "problem")
    assert everything(place) == before


def test_an_index_that_does_not_fit_is_only_a_warning(place: Path) -> None:
    stores(place / ".claimcheck")
    for file in (place / ".claimcheck" / "library").glob("index-*/*.store"):
        file.unlink()
    code, checks, _ = doctor(place, "--offline")
    assert (code, checks["index"]["state"]) == (0, "warning")
    assert "builds it anew" in checks["index"]["todo"]


def test_a_run_under_way_is_named_and_no_problem(place: Path) -> None:
    home = place / ".claimcheck"
    with run_lock(home):
        code, checks, _ = doctor(place, "--offline")
        assert (code, checks["lock"]["said"][:28]) == (0, "a refresh is running (proces")
        assert str(os.getpid()) in checks["lock"]["said"]
    assert doctor(place, "--offline")[1]["lock"]["said"] == "free"


def test_a_schedule_whose_runs_do_not_come_is_a_warning(place: Path, tmp_path: Path) -> None:
    stores(place / ".claimcheck")
    programs = tmp_path / "no-crontab"
    programs.mkdir()
    (programs / "crontab").write_text("#!/bin/sh\n[ -e ${0}.text ] && exec /bin/cat ${0}.text\nexit 1\n", encoding="utf-8")
    (programs / "crontab").chmod(0o755)
    code, checks, _ = doctor(place, "--offline")
    assert (code, checks["schedule"]["state"]) == (0, "unchecked")  # a crontab that cannot be read
    shown = CliRunner().invoke(app, ["schedule", "--kind", "cron", "--claims", str(place / "claims.yaml")])
    (programs / "crontab.text").write_text(shown.stdout, encoding="utf-8")
    _, checks, _ = doctor(place, "--offline")
    assert (checks["schedule"]["state"], checks["schedule"]["said"]) == ("ok", "weekly by the crontab")
    _, checks, _ = doctor(place, "--offline", "--today", "2026-12-20")
    assert "but the newest run is of 2026-11-22" in checks["schedule"]["said"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_exit_8(place: Path) -> None:
    place.chmod(0o555)
    code, checks, _ = doctor(place, "--offline")
    place.chmod(0o755)
    assert (code, checks["disk"]["state"]) == (8, "problem")


def test_the_table_for_people_has_a_line_a_check(place: Path) -> None:
    done = CliRunner().invoke(app, ["doctor", "--offline", "--claims", str(place / "claims.yaml")])
    assert done.stdout.splitlines()[0].startswith("ok         settings  home is ")
    assert any(line.strip().startswith("-> `claimcheck schedule") for line in done.stdout.splitlines())
