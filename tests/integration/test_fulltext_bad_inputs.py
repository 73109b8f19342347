"""Every damaged or hostile page, file and text of the shared bad inputs, through the readers as they run."""

import json
import resource
import time
from pathlib import Path
from typing import Any

import pytest

from claimcheck.adapters.fulltext import child, html
from claimcheck.adapters.fulltext.hidden import readable
from claimcheck.adapters.fulltext.lines import tidy
from claimcheck.adapters.fulltext.parsed import Parsed, Unreadable
from claimcheck.adapters.fulltext.pdf import Joiner
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.excerpt import excerpt
from claimcheck.domain.fulltext import Form, Found, full_text
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import sentences, words

BAD_INPUTS = Path(__file__).resolve().parents[3] / "shared" / "bad_inputs"
MANIFEST = BAD_INPUTS / "MANIFEST.jsonl"
REASON = "the folder `shared` with the bad files is not beside the repository"
TRICKS = ("mark", "supported", "127.0.0.1", "alert", "passwd")
PATIENT = child.Limits(seconds=200)  # processor time is what is limited here: the machine may be busy
PAPER = Paper("2501.00001", "Accuracy", "Accuracy rises.", version=1)
CLAIM = Claim("c", "i", "Accuracy rises by 3.2 points.", PartialDate.parse("2025"), ())


def cases(category: str) -> list[Any]:
    if not MANIFEST.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=REASON))]
    rows = [json.loads(line) for line in MANIFEST.read_text(encoding="utf-8").splitlines()]
    return [pytest.param(row, id=row["id"]) for row in rows if row["category"] == category and row.get("file")]


def body(row: dict[str, Any]) -> bytes:
    return Path(BAD_INPUTS / row["file"]).read_bytes()


def whole(parsed: Parsed) -> str:
    return " ".join(f"{one.title} {one.text}" for one in parsed.found).casefold()


@pytest.mark.parametrize("row", cases("html"))
def test_nothing_out_of_sight_of_a_page_is_text(row: dict[str, Any]) -> None:
    parsed = html.parse(body(row), any_page=True)
    assert not any(trick in whole(parsed) for trick in TRICKS)
    if row["id"] in ("html/m001_white", "html/m003_size01", "html/m005_vis", "html/m006_opac", "html/m007_off"):
        assert "hidden_text" in parsed.flags
    if row["id"] in ("html/m001_white", "html/m023_unclosed"):
        assert "accuracy" in whole(parsed)


@pytest.mark.parametrize("row", cases("html"))
def test_none_of_these_pages_is_taken_for_a_paper(row: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="not a paper"):
        child.parse(Form.HTML, body(row), PATIENT)


@pytest.mark.parametrize("row", cases("pdf"))
def test_a_pdf_is_read_without_what_is_hidden_or_set_aside(row: dict[str, Any]) -> None:
    began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    if row["expect"] == "quarantine":
        with pytest.raises(Unreadable):
            child.parse(Form.PDF, body(row), PATIENT)
    else:
        parsed = child.parse(Form.PDF, body(row), PATIENT)
        assert whole(parsed).strip() == "text we find that accuracy drops."
        assert parsed.flags == {"hidden_text"}
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - began < 2


FLAGGED = {
    "text/t001_tags": "invisible",
    "text/t002_vs": "invisible",
    "text/t003_zwbin": "invisible",
    "text/t004_zwsplit": "invisible",
    "text/t012_homo": "mixed_script",
    "text/t013_bidi": "invisible",
    "text/t014_iso": "invisible",
    "text/t016_zalgo": "combining_marks",
    "text/t018_c1": "control",
    "text/t019_nul": "control",
}
UNHARMED = {
    "text/t004_zwsplit": "Accuracy rises by 3.2 points",
    "text/t007_lig": "The first flow of efficient models",
    "text/t009_nbsp": "Accuracy rises by 3.2 points",
    "text/t011_sup": "10\u207b\u2074 vs 10-4",
    "text/t013_bidi": "Accuracy 3.2 rises",
}


@pytest.mark.parametrize("row", cases("text"))
def test_a_text_becomes_what_a_reader_sees(row: dict[str, Any]) -> None:
    began = time.process_time()
    visible, flags = readable(body(row).decode("utf-8"))
    full = full_text(PAPER, Form.HTML, [Found("Results", "\n".join(tidy(visible)))], flags=flags)
    told = excerpt(PAPER, full, CLAIM, 1000)
    assert time.process_time() - began < 1
    assert flags == ({FLAGGED[row["id"]]} if row["id"] in FLAGGED else set())
    assert visible == UNHARMED.get(row["id"], visible)
    assert all(char.isprintable() for char in visible)
    assert all(full.part(s.where)[s.start : s.end] == s.text for s in told.sentences)
    if row["expect"] == "accept" and row["id"] != "text/t011_sup":
        assert visible == body(row).decode("utf-8").strip()
    if row["id"] == "text/t023_empty":
        assert full.form is Form.ABSTRACT


@pytest.mark.skipif(not MANIFEST.exists(), reason=REASON)
def test_a_word_broken_at_a_lines_end_and_wide_letters_match_as_they_read() -> None:
    broken = (BAD_INPUTS / "text" / "t006_hyphen.txt").read_text(encoding="utf-8").strip().split("\n")
    assert Joiner(broken).text(broken) == "Accuracy rises by 3.2 points"
    wide = (BAD_INPUTS / "text" / "t015_fullw.txt").read_text(encoding="utf-8")
    assert words(readable(wide)[0]) == ("accuracy",)


@pytest.mark.parametrize(
    "text", ["." * 100_000, "!?" * 50_000, "e.g. A " * 15_000, "A. " * 30_000, "(" * 100_000, "\u0301" * 50_000]
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    visible, _ = readable(text)
    for line in tidy(visible):
        sentences(line)
    assert time.process_time() - began < 2
