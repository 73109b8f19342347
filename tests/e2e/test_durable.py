"""What a forgotten machine does to a run: signals, limits, other runs, odd environments, full and read-only disks."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claimcheck.adapters.run_lock import run_lock
from claimcheck.cli.options import today
from tests.e2e.harness import CLAIMCHECK, PAIR, TODAY, Workplace, heed_signals, workplace
from tests.servers import Server

FEW = {"CLAIMCHECK_CANDIDATES": "4"}


def begun(place: Workplace, *args: str, **more: str) -> "subprocess.Popen[str]":
    command = [str(CLAIMCHECK), "refresh", "--today", TODAY, *args]
    return subprocess.Popen(
        command, cwd=place.folder, env=place.environment(**more), stderr=subprocess.PIPE, text=True, preexec_fn=heed_signals
    )


def wait_for(done: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    while not done():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def kept_calls(place: Workplace) -> int:
    """How many calls the answers in the ledger took."""
    with closing(sqlite3.connect(place.folder / ".claimcheck" / "ledger.sqlite")) as connection:
        tables = ("judgement", "draft", "unusable")
        return sum(connection.execute(f"SELECT coalesce(sum(calls), 0) FROM {table}").fetchone()[0] for table in tables)


# Signals


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_lets_the_calls_under_way_be_kept_and_begins_none(
    place: Workplace, model: Server, number: signal.Signals, code: int
) -> None:
    model.latency = 0.5
    process = begun(place, CLAIMCHECK_CONCURRENCY="4", **FEW)
    wait_for(lambda: sum(row["kind"] == "reading" for row in model.log) >= 3, process)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said.strip().count("\n")) == (code, 0), said
    assert "run again to go on" in said
    assert kept_calls(place) == len(model.log), "what was paid for is kept"
    assert not (place.folder / "reports").exists()
    model.latency = 0
    assert place.refresh(**FEW).returncode == 0
    assert kept_calls(place) == len(model.log), "nothing was paid twice"


def test_a_server_that_does_not_answer_holds_up_a_signal_for_seconds_only_and_a_second_signal_not_at_all(
    place: Workplace, model: Server
) -> None:
    model.latency = 60
    for signals, most in ((1, 5.0), (2, 2.0)):
        before = len(model.log)
        process = begun(place)
        wait_for(lambda before=before: len(model.log) > before, process)  # type: ignore[misc]
        began = time.monotonic()
        for _ in range(signals):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
        process.communicate(timeout=30)
        assert process.returncode == 143
        assert time.monotonic() - began < most


def test_a_library_update_leaves_on_a_signal_with_one_line(place: Workplace, arxiv: Server) -> None:
    arxiv.faults = [("503", 1)]
    command = [str(CLAIMCHECK), "library", "update", "--today", TODAY]
    environment = place.environment()
    process = subprocess.Popen(command, cwd=place.folder, env=environment, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: len(arxiv.log) > 0, process)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=10)
    if process.returncode == 5:
        pytest.skip("it had given up before the signal came")
    assert process.returncode == 143
    assert said.splitlines()[-1].startswith("claimcheck: terminated")


# Limits


def test_a_run_ends_in_its_time_lists_what_it_did_not_do_and_the_next_goes_on(place: Workplace, model: Server) -> None:
    model.latency = 0.6
    began = time.monotonic()
    done = place.refresh("--max-minutes", "0.1", CLAIMCHECK_CONCURRENCY="1")
    assert done.returncode == 6, done.stderr
    assert time.monotonic() - began < 6 + 10  # a busy machine starts slowly; tests/bench/faults.py shows the real figure
    gaps = [gap["why"] for claim in place.twin()["claims"] for gap in claim["gaps"]]
    assert any("minutes allowed are over" in why for why in gaps)
    assert set(place.verdicts().values()) <= {"unknown", "contested"}
    model.latency = 0
    assert place.refresh().returncode == 0
    assert not place.twin()["gaps"]


def test_no_time_at_all_asks_nobody(place: Workplace, arxiv: Server, model: Server) -> None:
    assert place.refresh(CLAIMCHECK_MAX_MINUTES="0").returncode == 6
    assert (arxiv.log, model.log) == ([], [])


def test_a_killed_run_and_the_one_that_goes_on_with_it_spend_no_more_than_allowed(place: Workplace, model: Server) -> None:
    model.latency = 0.3
    process = begun(place, "--max-calls", "9", CLAIMCHECK_CONCURRENCY="3")
    wait_for(lambda: len(model.log) >= 6, process)
    process.kill()
    process.communicate()
    model.latency = 0
    assert place.refresh("--max-calls", "9").returncode == 6
    assert len(model.log) <= 9 + 1, "calls under way when it was killed count"
    before = len(model.log)
    assert place.refresh("--max-calls", "9").returncode == 6
    assert before < len(model.log) <= before + 9, "what came to an end is done with"


# Others


def test_nothing_else_fills_the_library_during_a_run(place: Workplace, arxiv: Server, tmp_path: Path) -> None:
    (tmp_path / "papers.jsonl").write_text("{}\n")
    with run_lock(place.folder / ".claimcheck", "refresh"):
        for command in (("library", "update"), ("library", "import", str(tmp_path / "papers.jsonl")), ("refresh",)):
            done = place.run(*command)
            assert done.returncode == 7, done.stderr
            assert f"claimcheck refresh, process {os.getpid()}, since 20" in done.stderr
            assert len(done.stderr.splitlines()) == 1
    assert arxiv.log == []


def test_claims_that_are_edited_during_a_run_are_those_of_its_beginning_and_it_says_so(place: Workplace, model: Server) -> None:
    model.latency = 0.3
    process = begun(place, "--quiet", **FEW)
    wait_for(lambda: len(model.log) > 0, process)
    (place.folder / "claims.yaml").write_text(PAIR.replace("lowers", "raises"), encoding="utf-8")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "was edited during the run" in said
    assert "lowers" in place.twin()["claims"][0]["text"]


def test_a_backup_is_made_at_the_command_line(tmp_path: Path) -> None:
    place = workplace(tmp_path / "w")
    assert place.run("backup").returncode == 2
    place.run("refresh", "--sample", "--quiet")
    done = place.run("backup", "copy.sqlite", "--sample", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"]["retest"] == 9
    again = place.run("backup", "copy.sqlite", "--sample")
    assert (again.returncode, len(again.stderr.splitlines())) == (2, 1)


# Odd environments


def sampled(place: Workplace, command: str, **environment: str | None) -> "subprocess.CompletedProcess[str]":
    """Run `refresh --sample` by a shell line, with some variables set otherwise or not at all."""
    env = {name: value for name, value in {**place.environment(), **environment}.items() if value is not None}
    line = command.format(f"{CLAIMCHECK} refresh --sample --only mathif-tradeoff")
    return subprocess.run(line, shell=True, cwd=place.folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": None, "LANG": "C", "HOME": None, "XDG_CACHE_HOME": None, "TERM": "dumb", "TZ": "Pacific/Kiritimati"},
    ],
)
def test_a_poor_environment_changes_nothing(tmp_path: Path, environment: dict[str, str | None]) -> None:
    place = workplace(tmp_path / "w")
    done = sampled(place, "{}", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    shown = sampled(place, f"{CLAIMCHECK} show mathif-tradeoff --sample; true {{}}", **environment)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "mathif-tradeoff" in shown.stdout


def test_a_machine_without_a_home_keeps_the_pace_with_its_passing_files(monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    from claimcheck import wiring

    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: Path("~/.cache") / name)
    assert wiring.pace_folder().is_absolute()


@pytest.mark.parametrize(("command", "code"), [("exec 2>&-; {}", 0), ("exec >&- 2>&-; {}", 0), ("{} > /dev/full", 8)])
def test_output_that_goes_nowhere_ends_no_run(tmp_path: Path, command: str, code: int) -> None:
    place = workplace(tmp_path / "w")
    done = sampled(place, command)
    assert done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) == (1 if code else 0)
    assert (place.folder / "reports" / "sample" / "latest.md").exists()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "America/New_York"])
def test_today_is_the_same_in_every_zone_and_through_every_change_of_the_clocks(
    monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert today(None) == datetime.now(UTC).date()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_clock_that_was_set_back_a_year_loses_nothing(place: Workplace) -> None:
    assert place.refresh(**FEW).returncode == 0
    before = place.run("history", "tradeoff").stdout
    done = place.run("refresh", "--today", "2025-11-22", CLAIMCHECK_CANDIDATES="4")
    assert done.returncode in (0, 4), done.stderr
    assert "Traceback" not in done.stderr
    assert before.strip() in place.run("history", "tradeoff").stdout
    assert place.refresh(**FEW).returncode == 0
    assert place.report()[1]


# Disks


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """A file system of its own on a folder; needs root."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here ({done.stderr.strip()})")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("kilobytes", [8, 300])
def test_a_full_disk_is_exit_8_in_one_line_and_more_room_lets_the_run_go_on(place: Workplace, kilobytes: int) -> None:
    home = place.folder / ".claimcheck"
    with mounted(home, "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs"):
        done = place.refresh(**FEW)
        assert (done.returncode, len(done.stderr.splitlines())) == (8, 1), done.stderr
        assert not (place.folder / "reports").exists()
        subprocess.run(["mount", "-o", "remount,size=64m", str(home)], check=True)
        done = place.refresh(**FEW)
        assert done.returncode == 0, done.stderr


def test_a_full_disk_under_the_reports_keeps_the_old_ones_and_all_readings(place: Workplace, model: Server) -> None:
    reports = place.folder / "reports"
    with mounted(reports, "-t", "tmpfs", "-o", "size=12k", "tmpfs"):
        (reports / "latest.json").write_text("old")
        done = place.refresh(**FEW)
        assert (done.returncode, len(done.stderr.splitlines())) == (8, 1), done.stderr
        assert [file.name for file in reports.iterdir()] == ["latest.json"]
        paid = len(model.log)
        subprocess.run(["mount", "-o", "remount,size=64m", str(reports)], check=True)
        assert place.run("report").returncode == 0
        assert len(model.log) == paid


@pytest.mark.parametrize("what", [".claimcheck", "reports"])
def test_a_read_only_folder_is_exit_8_in_one_line(place: Workplace, model: Server, what: str) -> None:
    assert place.refresh(**FEW).returncode == 0
    folder, paid = place.folder / what, len(model.log)
    files = {file: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    with mounted(folder, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        done = place.run("refresh", "--today", "2026-11-29", CLAIMCHECK_CANDIDATES="4")
        assert (done.returncode, len(done.stderr.splitlines())) == (8, 1), done.stderr
        if what == ".claimcheck":
            assert len(model.log) == paid, "refused before any paid call"
            assert {file: file.read_bytes() for file in files} == files
