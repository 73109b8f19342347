"""What changes are called, and diff and history as plain text for a terminal."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.report import words
from claimcheck.report.changes import Cause
from claimcheck.report.escape import visible

Row = Mapping[str, Any]

_CAUSES = {
    Cause.CLAIM_TEXT: "claim reworded",
    Cause.REVIEW: "reviewed by a person",
    Cause.NEW_PAPER: "new paper",
    Cause.WITHDRAWN: "withdrawn",
    Cause.NEW_VERSION: "new version",
    Cause.JUDGE: "other judge",
    Cause.RULES: "other rules",
    Cause.REREAD: "read again",
    Cause.GONE: "no longer among the evidence",
    Cause.SEARCH: "what was looked at",
    Cause.CONFIRMED: "confirmation",
    Cause.ANCHOR: "anchor drift",
}
_STRENGTH = ("overturned", "contested", "superseded", "relaxed", "holds")
_WIDTH = 100
_SHOWN = 8  # moves of a claim in a terminal; those that decided come first
_QUOTED = 3
_DECIDED = "* marks what the verdict moved by: without it, or by it alone, the rule gives another."


def cause(move: Row) -> str:
    """Return what a cause is called."""
    return _CAUSES[Cause(move["cause"])]


def what(move: Row) -> str:
    """Say what was and what is."""
    before, after = move["before"], move["after"]
    if before is None and after is not None:
        return str(after)
    return f"{before or 'not counted'} → {after or 'not counted'}"


def arrow(before: str | None, after: str) -> str:
    """Return a mark for a verdict's move: up when the claim stands firmer than before, down when less, sideways else."""
    if before is None or before == after:
        return ""
    if before in _STRENGTH and after in _STRENGTH:
        return "▲" if _STRENGTH.index(after) > _STRENGTH.index(before) else "▼"
    return "▶"


def headline(counts: Mapping[str, int]) -> str:
    """Say how many claims changed, and how."""
    told = (
        ("flipped", f"{words.number(counts['flipped'], 'verdict')} changed"),
        ("new", f"{words.number(counts['new'], 'claim')} new"),
        ("removed", f"{words.number(counts['removed'], 'claim')} removed"),
        ("moved", f"{words.number(counts['moved'], 'claim')} with other evidence and the same verdict"),
        ("same", f"{counts['same']} unchanged"),
    )
    return ", ".join(text for name, text in told if counts[name] or name == "flipped")


def diff_text(found: Row) -> str:
    """Return a diff for a terminal."""
    lines = [f"{found['from']} → {found['to']}: {headline(found['counts'])}"]
    for row in found["claims"]:
        if row["change"] != "same":
            lines += ["", _diff_line(row), *_moves(row["moves"])]
    return _closed(lines, any(move["decided"] for row in found["claims"] for move in row["moves"]))


def history_text(rows: Sequence[Row]) -> str:
    """Return a history for a terminal."""
    lines: list[str] = []
    before = None
    for row in rows:
        notes = [] if row["complete"] else ["with gaps"]
        notes += ["needs review"] if row["needs_review"] else []
        mark = arrow(before, row["verdict"])
        lines.append(f"{row['day']}  {mark or ' '} {row['verdict']:<10}  {'; '.join(notes)}".rstrip())
        lines += _moves(row["moves"])
        before = row["verdict"]
    return _closed(lines, any(move["decided"] for row in rows for move in row["moves"]))


def _diff_line(row: Row) -> str:
    if row["change"] == "new":
        return f"{row['id']}  new: {row['to']}"
    if row["change"] == "removed":
        return f"{row['id']}  removed; it was {row['from']}"
    parts = [
        f"{name} part {row['parts_from'].get(name) or 'not decided'} → {verdict}"
        for name, verdict in row["parts_to"].items()
        if verdict != row["parts_from"].get(name)
    ]
    same = row["from"] == row["to"]
    told = f"stays {row['to']}" if same else f"{arrow(row['from'], row['to'])} {row['from']} → {row['to']}"
    return f"{row['id']}  {told}" + (f"  ({', '.join(parts)})" if parts else "")


def _moves(moves: Sequence[Row]) -> Iterator[str]:
    for at, move in enumerate(moves[:_SHOWN]):
        paper = f" {ArxivId(move['paper_id'], move['version'])}" if move["paper_id"] else ""
        more = ", ".join(str(move[name]) for name in ("published", "title") if move[name])
        head = visible(f"{cause(move)}{paper}{f', {more}' if more else ''}: {what(move)}")
        yield from _wrapped(head, "  * " if move["decided"] else "    ", "      ")
        if move["quote"] and move["decided"] and at < _QUOTED:
            yield from _wrapped(f"“{visible(move['quote'])}”", "      ", "      ")
    if len(moves) > _SHOWN:
        yield f"    and {len(moves) - _SHOWN} more; --format json has all"


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def _closed(lines: Sequence[str], decided: bool) -> str:
    return "\n".join([*lines, *(["", _DECIDED] if decided else [])])
