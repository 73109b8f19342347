"""`claimcheck audit` from the command line, against local servers: what it finds, prints and ends with."""

import gzip
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from claimcheck.cli.app import app
from claimcheck.errors import Refused, UsageError
from tests.servers import Server

SHARED = Path(__file__).resolve().parents[3] / "shared"
SEED, STAND_IN, DATA = (
    SHARED / "seed" / "research-prompt.txt",
    SHARED / "tools" / "arxiv_stand_in.py",
    SHARED / "data" / "arxiv.jsonl.gz",
)
TODAY = ("--today", "2026-11-22")
PAPERS = [
    {
        "id": "2505.00001",
        "version": 1,
        "title": "Long chains dilute the instruction",
        "authors": ["A. Author"],
        "categories": ["cs.CL"],
        "published": "2025-05-02",
        "abstract": "Long chains of thought dilute the instruction. Adherence falls with their length.",
    },
    {
        "id": "2506.00002",
        "version": 2,
        "title": "A paper that is gone",
        "authors": ["B. Author"],
        "categories": ["cs.CL"],
        "published": "2025-06-02",
        "withdrawn": True,
        "abstract": "Chains imitate the form of reasoning.",
    },
]
NOTES = """\
Long chains of thought dilute the instruction (2025-05, arXiv:2505.00001).
Chains imitate the form of reasoning (arXiv:2506.00002). Nothing is known of this one (arXiv:2507.00003).
Its date is wrong (2024-01, arXiv:2505.00001), and this is no id: arXiv:2513.00001.
"""


@pytest.fixture
def arxiv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    data = tmp_path / "papers.jsonl"
    data.write_text("".join(json.dumps(paper) + "\n" for paper in PAPERS), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.md").write_text(NOTES, encoding="utf-8")
    with Server("arxiv", data=data) as server:
        at(monkeypatch, server.url, tmp_path)
        yield server


def at(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "CLAIMCHECK_CLAIMS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLAIMCHECK_ARXIV_URL", f"{url}/api/query")
    monkeypatch.setenv("CLAIMCHECK_ARXIV_PACE", "0")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["audit", *args, *TODAY])


def found(done: Result) -> list[tuple[int, int, str, str]]:
    return [(c["line"], c["column"], c["citation"], c["grounding"]) for c in json.loads(done.stdout)["citations"]]


def test_what_is_wrong_is_found_with_its_place_and_a_second_run_asks_nothing(arxiv: Server) -> None:
    done = run("notes.md", "--json")
    assert done.exit_code == 0, done.output
    assert found(done) == [
        (1, 57, "arXiv:2505.00001", "grounded"),
        (2, 39, "arXiv:2506.00002", "withdrawn"),
        (2, 88, "arXiv:2507.00003", "not_found"),
        (3, 29, "arXiv:2505.00001", "metadata_mismatch"),
        (3, 67, "arXiv:2513.00001", "malformed"),
    ]
    asked = len(arxiv.log)
    again = run("notes.md", "--fail-on", "withdrawn, not_found")
    assert again.exit_code == 10
    assert "notes.md:2:39: withdrawn: arXiv:2506.00002: version 2 was withdrawn" in again.stdout
    assert len(arxiv.log) == asked


def test_offline_asks_nobody_and_leaves_gaps(arxiv: Server) -> None:
    done = run("notes.md", "--offline", "--json")
    assert done.exit_code == 4
    assert {grounding for *_, grounding in found(done)} == {"unchecked", "malformed"}
    assert arxiv.log == []


def test_arxiv_that_does_not_answer_is_told_and_nothing_is_called_not_found(
    arxiv: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "one.md").write_text("Nothing is known of this (arXiv:2507.00003).\n", encoding="utf-8")
    arxiv.faults = [("html", 1)]
    done = run("one.md", "--json")
    assert done.exit_code == 5
    assert [g for *_, g in found(done)] == ["unchecked"]


def test_sarif_is_printed_for_code_hosts(arxiv: Server) -> None:
    done = run("notes.md", "--format", "sarif")
    results = json.loads(done.stdout)["runs"][0]["results"]
    assert [r["ruleId"] for r in results] == ["withdrawn", "not_found", "metadata_mismatch", "malformed"]


def test_what_cannot_be_audited_is_refused_in_a_line(arxiv: Server) -> None:
    assert isinstance(run("none.md").exception, Refused)
    assert isinstance(run("notes.md", "--fail-on", "wrong").exception, UsageError)


@contextmanager
def stand_in(folder: Path, ids: set[str]) -> Iterator[str]:
    """Serve the real records of some papers as arXiv does."""
    kept = folder / "kept.jsonl"
    with gzip.open(DATA, "rt", encoding="utf-8") as lines, kept.open("w", encoding="utf-8") as out:
        out.writelines(line for line in lines if json.loads(line)["id"] in ids)
    command = [sys.executable, str(STAND_IN), "--data", str(kept), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"TMPDIR": str(folder)}) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[-1].removesuffix("/api/query")
        server.terminate()


@pytest.mark.slow
@pytest.mark.skipif(
    not (SEED.exists() and DATA.exists()), reason="the folder `shared` with the seed is not beside the repository"
)
def test_the_seed_is_told_what_is_wrong_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {"2505.14810", "2305.11383", "2502.12134", "2506.02878", "2508.01191", "2504.09858", "2305.05364", "2502.17848"}
    monkeypatch.chdir(tmp_path)
    with stand_in(tmp_path, ids) as url:
        at(monkeypatch, url, tmp_path)
        with urllib.request.urlopen(f"{url}/_log") as answer:
            assert json.load(answer) == []
        done = run(str(SEED), "--json")
    assert done.exit_code == 0, done.output
    by_place: dict[tuple[int, str], Any] = {(c["line"], c["id"]): c["grounding"] for c in json.loads(done.stdout)["citations"]}
    assert by_place[60, "2506.02878"] == by_place[67, "2506.02878"] == "withdrawn"
    # That these two say something else takes a judge of stances to tell; without one they are not passed as right.
    assert by_place[60, "2508.01191"] != "grounded"
    assert by_place[61, "2504.09858"] != "grounded"
    assert by_place[57, "2505.14810"] == by_place[58, "2305.11383"] == "grounded"
