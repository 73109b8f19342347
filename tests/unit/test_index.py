"""The index of reports: one row a day, earlier rows taken over, nothing but our own in it."""

from claimcheck.ports import INDEX_MARK
from claimcheck.report import index
from tests.unit.test_render import whole

ROW = (
    "| [2026-11-22](2026-11-22.md) | 7 | 1 contested, 1 relaxed, 1 unjudged, 1 unknown, 2 untested, 1 holding "
    "| night-force ▼ relaxed → contested; hum ▶ holds → unknown | 3 | 12 gaps | [JSON](2026-11-22.json) |"
)


def test_a_row_counts_verdicts_changes_and_gaps() -> None:
    assert index.row("2026-11-22", whole()) == ROW


def test_rows_come_back_as_they_were_written_and_the_newest_is_first() -> None:
    unreadable = index.row("2026-11-15", None)
    text = index.page({"2026-11-15": unreadable, "2026-11-22": ROW})
    assert text.startswith(INDEX_MARK)
    assert text.index("2026-11-22.md") < text.index("2026-11-15.md")
    assert index.rows(text) == {"2026-11-22": ROW, "2026-11-15": unreadable}
    assert "its twin cannot be read" in unreadable


def test_lines_that_are_no_row_of_ours_are_not_taken_over() -> None:
    for line in (
        "| [2026-11-22](http://example.org) | 1 |",
        "| [2026-11-22](2026-11-21.md) | 1 |",
        "| [2026-11-22](2026-11-22.md) | <img src=x> |",
        "| [2026-11-22](2026-11-22.md) | ![x](//example.org/y) |",
        "text",
    ):
        assert index.rows(line) == {}
