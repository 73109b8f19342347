"""The record of a run: what it holds, what it never holds, and that it ends no run."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from claimcheck.adapters.run_log import KEPT, recorded
from claimcheck.errors import Denied, Exit
from claimcheck.secrets import of_environment
from tests.fakes import SilentProgress

CANARY = "sk-canary-0123456789"


def lines(folder: Path) -> list[dict[str, Any]]:
    (file,) = folder.glob("*.jsonl")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_run_is_told_stage_by_stage_and_how_it_ended(tmp_path: Path) -> None:
    with recorded(tmp_path / "runs", judge="embedded") as log:
        progress = log.timed(SilentProgress())
        progress.stage("search", 2)
        progress.step(2)
        progress.stage("read", 5)
        progress.stage("read", 3)  # a branch beside the first
        progress.step(8)
        log.end(Exit.GAPS, gaps={"source": 1})
    begin, search, read, end = lines(tmp_path / "runs")
    assert (begin["event"], begin["judge"], begin["pid"]) == ("begin", "embedded", os.getpid())
    assert [search["stage"], read["stage"]] == ["search", "read"]
    assert (end["exit"], end["gaps"]) == (4, {"source": 1})
    assert (end["stages"]["read"]["steps"], end["stages"]["read"]["total"]) == (8, 8)
    assert 0 <= end["stages"]["search"]["seconds"] <= end["seconds"]
    assert all(line["at"].endswith("Z") for line in (begin, end))


def test_an_error_of_ours_is_told_with_its_exit_code_and_goes_on(tmp_path: Path) -> None:
    with pytest.raises(Denied), recorded(tmp_path, [CANARY]):
        raise Denied(f"the server refuses {CANARY}; check it")
    end = lines(tmp_path)[-1]
    assert (end["exit"], end["error"]) == (9, "claimcheck.errors.Denied")
    assert end["said"] == "the server refuses [key]; check it"


def test_a_crash_tells_its_place_and_nothing_that_was_read(tmp_path: Path) -> None:
    def fail(paper: str) -> None:
        raise KeyError(paper)

    with pytest.raises(KeyError), recorded(tmp_path, [CANARY]):
        fail("We show that longer chains help.")
    end = lines(tmp_path)[-1]
    assert (end["exit"], end["error"]) == (1, "KeyError")
    assert end["trace"][-1].endswith(" fail")
    assert "longer chains" not in json.dumps(end)


def test_the_systems_own_words_are_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="space"), recorded(tmp_path):
        raise OSError(28, "No space left on device", "/some/file")
    assert lines(tmp_path)[-1]["said"] == "No space left on device"


def test_warnings_of_ours_are_in_it_without_secrets(tmp_path: Path) -> None:
    with recorded(tmp_path, [CANARY]):
        logging.getLogger("claimcheck.adapters.anything").warning("odd answer to %s", CANARY)
        logging.getLogger("claimcheck.adapters.anything").info("not worth a line")
        logging.getLogger("elsewhere").warning("not ours")
    (warned,) = [line for line in lines(tmp_path) if line["event"] == "log"]
    assert (warned["level"], warned["said"]) == ("WARNING", "odd answer to [key]")


def test_the_oldest_files_are_taken_away(tmp_path: Path) -> None:
    for number in range(KEPT + 5):
        (tmp_path / f"2020-01-01T00-00-{number:02}Z-1.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with recorded(tmp_path):
        pass
    kept = sorted(file.name for file in tmp_path.glob("*.jsonl"))
    assert len(kept) == KEPT
    assert kept[0].startswith("2020-01-01T00-00-06")
    assert (tmp_path / "notes.txt").exists()


def test_a_folder_that_cannot_be_made_is_one_warning_and_no_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with recorded(tmp_path / "file" / "runs") as log:
        log.timed(SilentProgress()).stage("search", 1)
        log.end(Exit.DONE)
    (warned,) = caplog.records
    assert "the run goes on without it" in warned.getMessage()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_one_warning_and_no_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full, recorded(tmp_path) as log:
        (handler,) = [h for h in logging.getLogger("claimcheck").handlers if isinstance(h, logging.FileHandler)]
        replaced = handler.setStream(full)
        assert replaced is not None
        replaced.close()
        for _ in range(3):
            log.note("stage")
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_no_handler_is_left_behind(tmp_path: Path) -> None:
    before = list(logging.getLogger("claimcheck").handlers)
    with recorded(tmp_path):
        pass
    assert logging.getLogger("claimcheck").handlers == before


def test_secrets_are_struck_out_however_they_are_written(tmp_path: Path) -> None:
    known = of_environment({"CLAIMCHECK_NOTIFY": 'slack://to"ken/b, mailto://me:pw@example.org', "OPENAI_API_KEY": CANARY})
    with recorded(tmp_path, known) as log:
        log.note("odd", one='slack://to"ken/b', two=f"key {CANARY}", three="postgresql://me:word@db/x")
        log.note("likely", one="asked with Bearer abc.def and sk-live-12345678", two="a task-force of sk-1")
    odd, likely = ({k: v for k, v in line.items() if k in ("one", "two", "three")} for line in lines(tmp_path)[1:3])
    assert odd == {"one": "[key]", "two": "key [key]", "three": "postgresql://[key]@db/x"}
    assert likely == {"one": "asked with [key] and [key]", "two": "a task-force of sk-1"}
