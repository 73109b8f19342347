"""The parser's child: whatever becomes of it, the program goes on and says what it was."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from claimcheck.adapters.fulltext import child
from claimcheck.adapters.fulltext.parsed import Parsed, Unreadable
from claimcheck.domain.fulltext import Form, Found
from tests.pdf_maker import pdf, text

ROOT = Path(__file__).resolve().parents[2]
UNRULY = "tests.integration.unruly_parser"
PATIENT = child.Limits(200, 256)  # a busy machine may take long over little


@pytest.fixture(autouse=True)
def from_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def unruly(body: bytes, limits: child.Limits = PATIENT) -> Parsed:
    return child.parse(Form.PDF, body, limits, UNRULY)


def children() -> set[str]:
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return set(listed.read_text().split()) if listed.exists() else set()


def test_a_parsed_text_comes_back_as_it_was() -> None:
    assert unruly("ä \U0001f600 \x00\n".encode()) == Parsed((Found("title", "ä \U0001f600 \x00\n"),), frozenset({"a flag"}))


def test_the_real_parsers_run_in_it() -> None:
    assert child.parse(Form.PDF, pdf(text("Words that are seen.")), PATIENT).found == (Found("text", "Words that are seen."),)
    page = b'<html><body><article class="ltx_document"><p>Words.</p></article></body></html>'
    assert child.parse(Form.HTML, page, PATIENT).found == (Found("", "Words."),)
    with pytest.raises(Unreadable, match="no PDF"):
        child.parse(Form.PDF, b"", PATIENT)


@pytest.mark.parametrize("body", [b"sleep", b"spin", b"deaf"])
def test_a_parser_that_hangs_is_ended(body: bytes) -> None:
    before, began = children(), time.monotonic()
    with pytest.raises(Unreadable, match="more than 1 seconds"):
        unruly(body, child.Limits(1, 256))
    assert time.monotonic() - began < 60
    assert children() == before


@pytest.mark.parametrize("body", [b"eat", b"eat slowly"])
def test_a_parser_that_wants_too_much_memory_gets_none(body: bytes) -> None:
    with pytest.raises(Unreadable, match="more than 256 MB"):
        unruly(body)


FAILURES = {
    b"crash": "crashed on it .SIGSEGV",
    b"exit": "without a text",
    b"chatter": "without a text",
    b"bug": "without a text",
    b"recurse": "without a text",
    b"refuse": "not to its taste",
    b"long3000001": "more than 3,000,000",
}


@pytest.mark.parametrize(("body", "why"), FAILURES.items())
def test_a_parser_that_fails_leaves_a_reason(body: bytes, why: str) -> None:
    before = children()
    with pytest.raises(Unreadable, match=why):
        unruly(body)
    assert children() == before


def test_a_large_file_and_a_long_text_go_through() -> None:
    assert len(unruly(b"long2900000").found[0].text) == 2_900_000
    assert len(unruly(b"y" * 2_000_000).found[0].text) == 2_000_000


def test_a_parser_that_nobody_waits_for_any_more_ends_by_itself() -> None:
    command = [sys.executable, "-m", UNRULY, "pdf", "-4", "256"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as orphan:
        assert orphan.stdin
        orphan.stdin.write(b"sleep")
        orphan.stdin.close()
        assert orphan.wait(timeout=120) < 0


def test_a_stranger_in_the_working_folder_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    assert unruly(b"fine").found[0].text == "fine"
