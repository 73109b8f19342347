"""arXiv ids, partial dates and windows."""

import json
from datetime import date
from pathlib import Path

import pytest

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.dates import PartialDate, Window

IDS = Path(__file__).resolve().parents[3] / "shared" / "bad_inputs" / "ids.jsonl"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2505.14810", "2505.14810"),
        ("arXiv:2505.14810v2", "2505.14810v2"),
        ("https://arxiv.org/pdf/2201.11903v3.pdf", "2201.11903v3"),
        ("math.GT/0309136", "math/0309136"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("1412.9999", "1412.9999"),
        (" 2505.14810 ", "2505.14810"),
    ],
)
def test_ids_are_read_in_their_canonical_form(text: str, canonical: str) -> None:
    assert str(ArxivId.parse(text)) == canonical


@pytest.mark.parametrize(
    "text",
    ["2513.00001", "2505.1481", "1412.00001", "2505.00000", "2505.14810v0", "hep-xx/9901001", "\uff12505.14810",
     "2505.14810/../x", "https://arxiv.org.evil.example/abs/2505.14810", "9912.00001", "0703.0001", ""],
)  # fmt: skip
def test_malformed_ids_say_why(text: str) -> None:
    with pytest.raises(MalformedId, match=r"."):
        ArxivId.parse(text, today=date(2026, 11, 22))


def test_an_id_from_the_future_is_malformed_only_against_a_day() -> None:
    assert ArxivId.parse("2612.00001").bare == "2612.00001"
    with pytest.raises(MalformedId, match="future"):
        ArxivId.parse("2612.00001", today=date(2026, 11, 22))


@pytest.mark.skipif(not IDS.exists(), reason="the shared test inputs are not here")
def test_shared_ids() -> None:
    for line in IDS.read_text().splitlines():
        row = json.loads(line)
        try:
            ArxivId.parse(row["value"], today=date(2026, 11, 22))
            got = "ok"
        except MalformedId:
            got = "bad"
        assert got == row["expect"], row


def test_id_tells_its_month() -> None:
    assert str(ArxivId.parse("2505.14810").month) == "2025-05"
    assert str(ArxivId.parse("hep-th/9901001").month) == "1999-01"
    assert str(ArxivId.parse("math/0309136").month) == "2003-09"


@pytest.mark.parametrize("text", ["2025", "2025-05", "2025-05-20", "2025-12", "9999-12"])
def test_dates_show_what_is_known(text: str) -> None:
    assert str(PartialDate.parse(text)) == text


@pytest.mark.parametrize("text", ["2025-13", "2025-02-30", "0000-00-00", "31/12/2024", "2024-1-5", "\u0662025-05", "soon", ""])
def test_bad_dates_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="date"):
        PartialDate.parse(text)


def test_window_holds_what_may_lie_in_it() -> None:
    window = Window(date(2025, 5, 15), date(2025, 8, 1))
    assert window.holds(PartialDate.parse("2025-05"))
    assert not window.holds(PartialDate.parse("2025-05-14"))
    assert not window.holds(PartialDate.parse("2025-08-02"))


def test_only_what_was_not_asked_is_left_with_a_week_of_overlap() -> None:
    window = Window(date(2025, 5, 1), date(2026, 11, 22))
    assert window.without([]) == window
    assert window.without([Window(date(2025, 5, 1), date(2026, 11, 15))]) == Window(date(2026, 11, 8), date(2026, 11, 22))
    assert window.without([Window(date(2025, 5, 1), date(2026, 11, 22))]) is None
    assert window.without([Window(date(2025, 6, 1), date(2026, 11, 22))]) == window
