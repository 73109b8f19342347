"""Does the confidence mean something? Its expected error, and what is right above each threshold.

The confidence of a reading is that its stance is right. ECE: readings fall into ten bins of equal width by their confidence; the
error is the mean distance between how sure they are and how often they are right, weighted by how many they are (Naeini, Cooper
and Hauskrecht, AAAI 2015).

A threshold is about what would be counted: of the readings with a stance that is not "not enough info" and with at least that
confidence, the share that is right (precision), and their share of all pairs (coverage); for each stance also which share of the
pairs with that label is so found (recall).
"""

from collections.abc import Mapping
from typing import Any

from claimcheck.domain.evidence import Stance
from claimcheck.evaluation.labels import NEITHER

BINS = 10
THRESHOLDS = tuple(round(0.5 + step * 0.05, 2) for step in range(10))
STANCES = (Stance.SUPPORTS, Stance.REFUTES)

Counts = dict[tuple[object, ...], float]


def count(label: Stance, said: Stance, confidence: float) -> Counts:
    """Count one reading."""
    own = min(int(confidence * BINS), BINS - 1)
    counts: Counts = {("bin", own, "n"): 1, ("bin", own, "sum"): confidence, ("label", label): 1, ("pairs",): 1}
    counts["bin", own, "right"] = int(label is said)
    if said is not NEITHER:
        for at in THRESHOLDS:
            if confidence >= at:
                counts["at", at, said, "said"] = 1
                counts["at", at, said, "right"] = int(label is said)
    return counts


def ece(counts: Mapping[tuple[object, ...], float]) -> float | None:
    """Return the expected calibration error."""
    pairs = counts.get(("pairs",), 0)
    apart = (abs(counts.get(("bin", own, "sum"), 0) - counts.get(("bin", own, "right"), 0)) for own in range(BINS))
    return sum(apart) / pairs if pairs else None


def reliability(counts: Mapping[tuple[object, ...], float]) -> list[dict[str, float | int | None]]:
    """Return for each bin how many readings fall into it, how sure they are in the mean, and the share that is right."""
    rows: list[dict[str, float | int | None]] = []
    for own in range(BINS):
        pairs, total, right = (counts.get(("bin", own, name), 0) for name in ("n", "sum", "right"))
        mean, share = (round(value / pairs, 4) if pairs else None for value in (total, right))
        rows.append({"from": own / BINS, "to": (own + 1) / BINS, "n": int(pairs), "confidence": mean, "accuracy": share})
    return rows


def precision(counts: Mapping[tuple[object, ...], float], at: float) -> float | None:
    """Return the share of the stances at or above a threshold that is right."""
    return _ratio(_sum(counts, at, "right"), _sum(counts, at, "said"))


def thresholds(counts: Mapping[tuple[object, ...], float]) -> list[dict[str, Any]]:
    """Return precision and coverage at each threshold."""
    rows = []
    for at in THRESHOLDS:
        row: dict[str, Any] = {"at": at, "n": int(_sum(counts, at, "said")), "precision": _round(precision(counts, at))}
        row["coverage"] = _round(_ratio(_sum(counts, at, "said"), counts.get(("pairs",), 0)))
        for stance in STANCES:
            said, right = (counts.get(("at", at, stance, name), 0) for name in ("said", "right"))
            recall = _ratio(right, counts.get(("label", stance), 0))
            row[stance.value] = {"n": int(said), "precision": _round(_ratio(right, said)), "recall": _round(recall)}
        rows.append(row)
    return rows


def _sum(counts: Mapping[tuple[object, ...], float], at: float, name: str) -> float:
    return sum(counts.get(("at", at, stance, name), 0) for stance in STANCES)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
