"""`claimcheck import` and `init` from the command line: what they write, and what they leave alone."""

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner, Result

from claimcheck.adapters.new_file import write_new
from claimcheck.cli.app import app
from claimcheck.config import load_settings
from claimcheck.errors import Refused, StoreUnusable, UsageError
from tests.integration.model_server import Model, completion

NOTES = "- Chains dilute context (2025-05, arXiv:2505.14810).\n- Nothing is cited in this item of findings\n"


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    return ("127.0.0.1", 0)


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "CLAIMCHECK_CLAIMS"):
        monkeypatch.delenv(name, raising=False)


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args))


def test_notes_become_a_file_that_passes_check_and_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(NOTES, encoding="utf-8")
    done = run("import", "notes.md", "--today", "2026-11-22")
    assert done.exit_code == 0, done.output
    assert "claims.yaml: 1 claims on 1 papers" in done.stderr
    assert run("check").exit_code == 0
    first = (tmp_path / "claims.yaml").read_text(encoding="utf-8")
    (tmp_path / "claims.yaml").write_text(first + "# mine\n", encoding="utf-8")
    assert isinstance(run("import", "notes.md").exception, UsageError)
    assert (tmp_path / "claims.yaml").read_text(encoding="utf-8").endswith("# mine\n")
    assert run("import", "notes.md", "--force", "--today", "2026-11-22").exit_code == 0
    assert (tmp_path / "claims.yaml").read_text(encoding="utf-8") == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["claims.yaml", "notes.md"]


def test_with_a_model_server_the_model_points_and_code_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    (tmp_path / "notes.md").write_text(f"{NOTES}- Something else it is not told of (arXiv:2305.11383)\n", encoding="utf-8")
    model = Model(
        httpserver, completion({"question": 0, "questions": [], "findings": [{"states": [1], "cites": []}]}), completion("no")
    )
    monkeypatch.setenv("OPENAI_BASE_URL", model.url)
    monkeypatch.setenv("CLAIMCHECK_MODEL", "asked-1")
    done = run("import", "notes.md", "--out", "-", "--today", "2026-11-22")
    assert done.exit_code == 0, done.output
    assert "sentences chosen by asked-1, copied by code" in done.stdout
    assert done.stdout.count("- id: 2505.14810") == 1
    assert "# check: named in the notes, and no claim rests on it: 2305.11383" in done.stdout
    by_rule = run("import", "notes.md", "--out", "-", "--today", "2026-11-22")
    assert by_rule.exit_code == 4
    assert "drafted by rule, without the model" in by_rule.stderr
    assert "- id: 2305.11383" in by_rule.stdout
    asked = len(model.asked)
    assert run("import", "notes.md", "--out", "-", "--judge", "embedded").exit_code == 0
    assert len(model.asked) == asked


def test_a_draft_can_be_printed(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(NOTES, encoding="utf-8")
    done = run("import", "notes.md", "--out", "-", "--today", "2026-11-22")
    assert done.stdout.startswith("# Drafted from notes")
    assert not (tmp_path / "claims.yaml").exists()


def test_notes_that_are_no_text_or_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.7\x00\xff")
    assert isinstance(run("import", "notes.pdf").exception, Refused)
    assert isinstance(run("import", "none.md").exception, Refused)
    assert not (tmp_path / "claims.yaml").exists()


def test_init_writes_files_that_pass_check_and_writes_over_none(tmp_path: Path) -> None:
    done = run("init", "new/project")
    assert done.exit_code == 0, done.output
    folder = tmp_path / "new" / "project"
    assert run("check", "--claims", str(folder / "claims.yaml")).exit_code == 0
    assert "arxiv_pace" in (folder / "claimcheck.toml").read_text(encoding="utf-8")
    (folder / "claims.yaml").unlink()
    assert isinstance(run("init", "new/project").exception, UsageError)
    assert not (folder / "claims.yaml").exists()


def test_every_setting_of_the_start_is_known_once_it_is_uncommented(tmp_path: Path) -> None:
    run("init", ".")
    text = (tmp_path / "claimcheck.toml").read_text(encoding="utf-8")
    numbers = [
        line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ") and line[-1:].isdigit() and " = " in line
    ]
    assert len(numbers) > 3
    (tmp_path / "claimcheck.toml").write_text("\n".join(numbers), encoding="utf-8")
    assert load_settings(tmp_path, {}, {}).concurrency == 32
    assert "api_key" not in text


def test_a_file_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreUnusable):
        write_new(tmp_path / "file" / "claims.yaml", "x")
    with pytest.raises(UsageError):
        write_new(tmp_path, "x")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError):
        write_new(tmp_path / "link", "x")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "link"]
