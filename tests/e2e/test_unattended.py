"""A run that nobody watches: who is told, what is recorded, and that no key and no address gets anywhere."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.e2e.harness import PAIR, Workplace, workplace
from tests.servers import Server

SECRET = "canary-token-123456"
KEY = "sk-canary-0123456789"


@pytest.fixture
def inbox(httpserver: HTTPServer) -> HTTPServer:
    httpserver.expect_request(f"/{SECRET}", method="POST").respond_with_data("ok")
    return httpserver


def messages(inbox: HTTPServer) -> list[dict[str, Any]]:
    return [json.loads(request.get_data()) for request, _ in inbox.log]


def records(place: Workplace) -> list[dict[str, Any]]:
    files = sorted((place.folder / ".claimcheck" / "runs").glob("*.jsonl"), key=lambda file: file.stat().st_mtime_ns)
    return [json.loads(file.read_text(encoding="utf-8").splitlines()[-1]) for file in files]


def leaks(folder: Path, *said: str) -> list[str]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    held = [str(file) for file in files if any(secret.encode() in file.read_bytes() for secret in (SECRET, KEY))]
    return held + [text for text in said if SECRET in text or KEY in text]


def test_people_are_told_once_and_no_secret_gets_anywhere(tmp_path: Path, inbox: HTTPServer) -> None:
    to: dict[str, Any] = {"CLAIMCHECK_NOTIFY": f"json://127.0.0.1:{inbox.port}/{SECRET}"}
    with Server("arxiv") as arxiv, Server("model") as model:
        place = workplace(tmp_path / "w", arxiv.url, model.url, PAIR)
        first = place.run("-vv", "refresh", "--today", "2026-11-22", **to)
        assert first.returncode == 0, first.stderr
        (told,) = messages(inbox)
        assert "not grounded" in told["title"]
        assert "ceiling: anchor 2506.02878: withdrawn" in told["message"]
        assert told["message"].endswith("reports/2026-11-22.md")
        second = place.refresh(**to)
        assert (second.returncode, len(messages(inbox))) == (0, 1)  # nothing new: silence
        end, again = records(place)
        assert (end["event"], end["exit"], again["model"]["calls"]) == ("end", 0, 0)
        assert end["model"]["calls"] == len(model.log)
        assert end["arxiv_requests"] == len(arxiv.log)
        assert set(end["stages"]) >= {"search", "read", "decide"}
    down = place.run("refresh", "--today", "2026-11-29", **to)  # the servers are gone
    assert down.returncode == 5
    assert "with new gaps" in messages(inbox)[1]["title"]
    assert (records(place)[-1]["exit"], set(records(place)[-1]["gaps"])) == (5, {"source"})
    (place.folder / "claims.yaml").write_text("version: 7\n", encoding="utf-8")
    refused = place.run("refresh", **to)
    assert refused.returncode == 3
    assert messages(inbox)[2]["title"] == "claimcheck: the run failed (exit 3)"
    assert leaks(place.folder, *(done.stdout + done.stderr for done in (first, second, down, refused))) == []


def test_crons_line_runs_with_nothing_but_crons_environment(tmp_path: Path) -> None:
    folder = tmp_path / "a b%c" / "it's $HOME"
    with Server("arxiv") as arxiv, Server("model") as model:
        place = workplace(folder, arxiv.url, model.url, PAIR)
        (folder / "keys.env").write_text(
            f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={model.url}/v1\nCLAIMCHECK_ARXIV_URL={arxiv.url}\nCLAIMCHECK_ARXIV_PACE=0\n",
            encoding="utf-8",
        )
        printed = place.run("schedule", "--kind", "cron", "--env-file", "keys.env")
        assert "OPENAI_API_KEY" in printed.stderr  # this shell's, which cron does not have
        command = printed.stdout.splitlines()[1].split(" ", 5)[5].replace("\\%", "%")  # as cron hands it on
        bare = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "me"}
        done = subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, env=bare, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert {claim["id"] for claim in place.twin()["claims"]} == {"tradeoff", "ceiling"}


def test_a_notifier_that_fails_is_one_line_and_changes_no_exit_code(tmp_path: Path, inbox: HTTPServer) -> None:
    to: dict[str, Any] = {"CLAIMCHECK_NOTIFY": f"json://127.0.0.1:{inbox.port}/wrong/{SECRET}"}
    with Server("arxiv") as arxiv, Server("model") as model:
        place = workplace(tmp_path / "w", arxiv.url, model.url, PAIR)
        done = place.refresh(**to)
        assert done.returncode == 0
        (line,) = done.stderr.splitlines()
        assert line.startswith("claimcheck: warning: not told: address 1 of 1 (json) did not take it; verdicts and report")
        place.refresh(CLAIMCHECK_NOTIFY=f"json://127.0.0.1:{inbox.port}/{SECRET}")
        assert "not grounded" in messages(inbox)[-1]["title"]  # what could not be told is told by the next run
    mistyped = place.run("refresh", CLAIMCHECK_NOTIFY=SECRET)
    assert mistyped.returncode == 3
    tried = place.run("notify", "--test", **to)
    assert (tried.returncode, len(tried.stderr.splitlines())) == (5, 1)
    assert place.run("notify").returncode == 2
    assert leaks(place.folder, done.stderr, tried.stderr, mistyped.stderr) == []
