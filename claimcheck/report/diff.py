"""Diff and history as data: what changed between two reports, and a claim's verdicts over time with what moved them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from claimcheck.ports import KeptRetest
from claimcheck.report.changes import moves

Twin = Mapping[str, Any]


def diff(earlier: Twin, later: Twin) -> dict[str, Any]:
    """Return what changed from one twin to a later one: first the claims whose verdict moved, then the others, in their order.

    Each claim's `change` is `flipped` (the verdict), `moved` (only what it rests on), `new`, `removed` or `same`.
    """
    was = {entry["id"]: entry for entry in earlier["claims"]}
    now = {entry["id"]: entry for entry in later["claims"]}
    rows = [_row(was.get(id), now.get(id)) for id in dict.fromkeys((*now, *was))]
    order = ("flipped", "new", "removed", "moved", "same")
    return {
        "from": earlier["generated"],
        "to": later["generated"],
        "counts": {change: sum(row["change"] == change for row in rows) for change in order},
        "claims": sorted(rows, key=lambda row: order.index(row["change"])),
    }


def history(kept: Sequence[KeptRetest]) -> list[dict[str, Any]]:
    """Return a claim's retests, oldest first, each with its moves since the one before."""
    return list(_history(kept))


def _row(was: Twin | None, now: Twin | None) -> dict[str, Any]:
    shown = now or was
    assert shown is not None
    found = moves(was, now) if was and now else ()
    if was is None or now is None:
        change = "new" if was is None else "removed"
    else:
        change = "flipped" if was["verdict"] != now["verdict"] else "moved" if found or _parts(was) != _parts(now) else "same"
    return {
        "id": shown["id"],
        "text": shown["text"],
        "change": change,
        "from": was["verdict"] if was else None,
        "to": now["verdict"] if now else None,
        "parts_from": _parts(was),
        "parts_to": _parts(now),
        "needs_review": bool(now and now["needs_review"]),
        "moves": [move.as_json() for move in found],
    }


def _parts(entry: Twin | None) -> dict[str, Any]:
    return {name: part["verdict"] for name, part in entry["parts"].items() if part["text"]} if entry else {}


def _history(kept: Sequence[KeptRetest]) -> Iterator[dict[str, Any]]:
    before: dict[str, Any] | None = None
    for retest in kept:
        entry: dict[str, Any] = {**retest.entry}
        # Retests that were kept before provenance was have at least the hash of the claim's text.
        entry["provenance"] = {**entry.get("provenance", {}), "claim": retest.claim_fingerprint}
        yield {
            "day": retest.day.isoformat(),
            "verdict": retest.verdict.value,
            "complete": retest.complete,
            "text": retest.claim_fingerprint,
            "computed_verdict": entry["computed_verdict"],
            "parts": _parts(entry),
            "needs_review": entry["needs_review"],
            "judge": entry["provenance"].get("judge"),
            "moves": [move.as_json() for move in moves(before, entry)] if before else [],
        }
        before = entry
