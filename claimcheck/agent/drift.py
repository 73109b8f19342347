"""Drift: what became of a claim's anchors since its last complete retest.

A new version is read anew, as any paper that was not read yet (see `read`); here it is told, because a person must see whether
the paper still says what it was cited for.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from claimcheck.domain.grounding import AnchorCheck, Grounding
from claimcheck.ports import KeptRetest


def drift(previous: KeptRetest | None, checks: Iterable[AnchorCheck]) -> tuple[str, ...]:
    """Return how anchors differ from what they were: a new version, a new title, a withdrawal."""
    rows: Any = previous.entry.get("anchors", ()) if previous else ()
    before = {row["id"]: row for row in rows}
    known = [(check, before[check.paper.id]) for check in checks if check.paper and check.paper.id in before]
    since = f"since {previous.day}" if previous else ""
    return tuple(f"anchor {check.anchor.id} {change} {since}" for check, row in known for change in _changes(check, row))


def _changes(check: AnchorCheck, row: Mapping[str, Any]) -> list[str]:
    paper, changes = check.paper, []
    assert paper is not None
    if row.get("version") and paper.version and paper.version != row["version"]:
        changes.append(f"has a new version, v{paper.version} for v{row['version']},")
    if row.get("title") and paper.title != row["title"]:
        changes.append(f"has a new title, {paper.title!r} for {row['title']!r},")
    if check.grounding is Grounding.WITHDRAWN and row.get("grounding") != Grounding.WITHDRAWN:
        changes.append("was withdrawn")
    return changes
