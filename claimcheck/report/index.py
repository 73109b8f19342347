"""The index of all reports: one row a day with its verdicts and what changed, the newest first.

Rows of earlier days are taken over from the index as it is, so that a year of large twins need not be read each week; a day that
it lacks is read from its twin. Rows hold nothing but counts, dates, verdicts and claims' ids.
"""

import re
from collections.abc import Mapping
from typing import Any

from claimcheck.ports import INDEX_MARK
from claimcheck.report import words
from claimcheck.report.change_words import arrow

_NAMED = 6
_NONE = "\u2013"
_ROW = re.compile(r"\| \[(\d{4}-\d\d-\d\d)\]\(\1\.md\) \|[\w ,;.:()→▲▼▶\u2013\[\]|-]{0,2000}\|", re.ASCII)
_HEAD = """{mark}
# Claims reports

Newest first; the latest is [latest.md](latest.md), for programs [latest.json](latest.json).

| report | claims | verdicts | changed | need a person | gaps | for programs |
| --- | --- | --- | --- | --- | --- | --- |
{rows}
"""


def rows(page: str) -> dict[str, str]:
    """Return the rows of an index by day; lines that are no row of ours are left out."""
    found = (_ROW.fullmatch(line) for line in page.splitlines())
    return {match[1]: match[0] for match in found if match}


def row(day: str, twin: Mapping[str, Any] | None) -> str:
    """Return a day's row, from its twin; None is a twin that cannot be read."""
    if twin is None:
        return f"| [{day}]({day}.md) | {_NONE} | its twin cannot be read |{f' {_NONE} |' * 4}"
    claims, today = twin["claims"], twin["generated"]
    person = sum(words.needs_person(claim, today) for claim in claims)
    blocking = sum(gap["blocks"] for gap in twin["gaps"])
    cells = (
        f"[{day}]({day}.md)",
        str(len(claims)),
        words.in_words(claim["verdict"] for claim in claims) or _NONE,
        _changes(twin["changes"]),
        str(person or _NONE),
        words.number(blocking, "gap") if blocking else _NONE,
        f"[JSON]({day}.json)",
    )
    return f"| {' | '.join(cells)} |"


def page(rows: Mapping[str, str]) -> str:
    """Return the index."""
    return _HEAD.format(mark=INDEX_MARK, rows="\n".join(rows[day] for day in sorted(rows, reverse=True)))


def _changes(changes: list[Mapping[str, Any]]) -> str:
    told = [f"{c['claim']} {arrow(c['from'], c['to'])} {c['from']} → {c['to']}" for c in changes if _plain(c["claim"])]
    more = len(changes) - len(told[:_NAMED])
    return "; ".join([*told[:_NAMED], *([f"{more} more"] if more else [])]) or _NONE


def _plain(id: str) -> bool:
    return re.fullmatch(r"[a-z0-9-]{1,80}", id) is not None
