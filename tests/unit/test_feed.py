"""The Atom feed of verdict changes: valid, stable, inert, and short."""

from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimcheck.domain.verdict import Verdict
from claimcheck.ports import KeptRetest
from claimcheck.report.feed import MOST, atom
from tests.fakes import FakeLedger

ATOM = "{http://www.w3.org/2005/Atom}"
BEGIN = date(2026, 11, 1)
HOLDS, CONTESTED, UNKNOWN = Verdict.HOLDS, Verdict.CONTESTED, Verdict.UNKNOWN


def retest(
    week: int, verdict: Verdict, claim: str = "tradeoff", complete: bool = True, text: str = "t1", **more: Any
) -> KeptRetest:
    entry = {"text": "Longer chains follow fewer instructions.", "newly_counted": [], "evidence": [], **more}
    return KeptRetest(week + 1, BEGIN + timedelta(weeks=week), claim, text, verdict, complete, entry)


def ledger(*kept: KeptRetest) -> FakeLedger:
    made = FakeLedger()
    made.kept = list(kept)
    return made


def parsed(made: FakeLedger) -> Xml.Element:
    """Parse a feed, and check what RFC 4287 demands of every feed and entry."""
    text = atom(made)
    root = Xml.fromstring(text.encode())
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.findall(f"{ATOM}entry")):
        for needed in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{needed}")) == 1
        assert (element.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
        assert (element.findtext(f"{ATOM}updated") or "").endswith("T00:00:00Z")
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "claimcheck"
    ids = [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    return root


def titles(made: FakeLedger) -> list[str | None]:
    return [entry.findtext(f"{ATOM}title") for entry in parsed(made).findall(f"{ATOM}entry")]


def test_a_change_is_told_with_its_papers_and_links_its_report() -> None:
    piece = {"paper_id": "2511.00001", "version": 2, "stance": "refutes", "title": "On chains", "counted": True}
    changed = retest(1, CONTESTED, newly_counted=["2511.00001"], evidence=[piece], needs_review=True)
    root = parsed(ledger(retest(0, HOLDS), changed))
    (entry,) = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "tradeoff: holds → contested"
    assert entry.findtext(f"{ATOM}updated") == root.findtext(f"{ATOM}updated") == "2026-11-08T00:00:00Z"
    assert entry.find(f"{ATOM}link").attrib["href"] == "2026-11-08.md"  # type: ignore[union-attr]
    assert entry.findtext(f"{ATOM}content") == (
        "tradeoff: holds → contested\nLonger chains follow fewer instructions.\narXiv:2511.00001v2 refutes: On chains\n"
        "A person must look at it; see the report."
    )


def test_without_a_change_there_is_a_feed_without_entries() -> None:
    assert titles(ledger()) == []
    assert titles(ledger(retest(0, HOLDS), retest(1, HOLDS))) == []


def test_a_change_is_what_the_report_calls_one() -> None:
    first, dark = retest(0, HOLDS), retest(1, UNKNOWN, complete=False)
    assert titles(ledger(first, dark, retest(2, CONTESTED))) == ["tradeoff: holds → contested", "tradeoff: holds → unknown"]
    assert titles(ledger(first, dark, retest(2, HOLDS))) == ["tradeoff: holds → unknown"]
    assert titles(ledger(first, retest(1, CONTESTED, text="edited"))) == []  # another text has no verdict before
    assert titles(ledger(dark, retest(2, CONTESTED))) == []


def test_of_several_retests_on_a_day_the_last_counts() -> None:
    assert titles(ledger(retest(0, HOLDS), retest(1, CONTESTED), retest(1, HOLDS))) == []
    assert titles(ledger(retest(0, CONTESTED), retest(0, HOLDS), retest(1, CONTESTED))) == ["tradeoff: holds → contested"]


def test_the_same_ledger_gives_the_same_bytes_and_a_longer_one_keeps_the_ids() -> None:
    short = [retest(0, HOLDS), retest(1, CONTESTED)]
    assert atom(ledger(*short)) == atom(ledger(*short))
    before = parsed(ledger(*short))
    after = parsed(ledger(*short, retest(2, HOLDS)))
    assert after.findtext(f"{ATOM}id") == before.findtext(f"{ATOM}id")
    assert after.findall(f"{ATOM}entry")[1].findtext(f"{ATOM}id") == before.findall(f"{ATOM}entry")[0].findtext(f"{ATOM}id")


def test_the_newest_changes_come_first_and_old_ones_leave() -> None:
    weeks = [retest(week, CONTESTED if week % 2 else HOLDS) for week in range(MOST + 20)]
    entries = parsed(ledger(*weeks)).findall(f"{ATOM}entry")
    assert len(entries) == MOST
    days = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert days == sorted(days, reverse=True)
    assert days[0].startswith(weeks[-1].day.isoformat())


@pytest.mark.parametrize(
    "hostile", ["</content><script>alert(1)</script>", "]]>", "&x;<!ENTITY", "\x00\x1b[31m\ufffe\ud800\u202e"]
)
def test_hostile_text_stays_text(hostile: str) -> None:
    piece = {"paper_id": hostile, "version": 1, "stance": "refutes", "title": hostile, "counted": True}
    changed = retest(1, CONTESTED, newly_counted=[hostile], evidence=[piece])
    changed.entry["text"] = hostile
    first = retest(0, HOLDS)
    (entry,) = parsed(ledger(first, changed)).findall(f"{ATOM}entry")
    assert {element.tag for element in entry.iter()} == {
        f"{ATOM}{name}" for name in ("entry", "title", "id", "updated", "link", "content")
    }
    text = atom(ledger(first, changed))
    assert "<script" not in text
    assert not any(char in text for char in "\x00\x1b\ufffe\ud800\u202e")


@given(st.text())
def test_any_text_gives_well_formed_xml(text: str) -> None:
    changed = retest(1, CONTESTED)
    changed.entry["text"] = text
    assert len(titles(ledger(retest(0, HOLDS), changed))) == 1
