"""`eval pairs`: the judge on labelled pairs. How often it is right, which way it errs, and what its confidence is worth.

A paper with the pair's title and sentences is read as in a refresh; five stances are told in three (`labels`). An untrusted
stance counts as the lean that it is; the share of such readings is told. `rationale_hit` is how often, where the set names
sentences, one of the judge's first three is among them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from claimcheck.agent.state import Pair
from claimcheck.domain.evidence import Reading, Stance
from claimcheck.errors import Exit
from claimcheck.evaluation import calibration, chance, classes
from claimcheck.evaluation.labels import THREE, three
from claimcheck.evaluation.pair_files import LabelledPair
from claimcheck.evaluation.reading import Watch, exit_code, read_all

_SHOWN = 3

Counts = dict[tuple[object, ...], float]


async def run(watch: Watch, labelled: Sequence[LabelledPair]) -> tuple[dict[str, Any], Exit]:
    """Judge the pairs and return the scores."""
    asked = [pair for pair in labelled if pair.label is not None]
    readings = await read_all(watch, [Pair(pair.claim, pair.document.paper) for pair in asked])
    units: dict[str, Counts] = {}
    unreadable = unread = 0
    for pair in asked:
        reading = readings.of(pair.claim, pair.document.paper)
        if reading is None:
            lost = readings.is_unreadable(pair.claim, pair.document.paper)
            unreadable, unread = unreadable + lost, unread + (not lost)
        else:
            unit = units.setdefault(pair.claim.fingerprint, {})
            for name, count in _count(pair, reading).items():
                unit[name] = unit.get(name, 0) + count
    counted = {"unreadable": unreadable, "unread": unread, "set_aside": len(labelled) - len(asked)}
    result = {**score(list(units.values())), **readings.counts, **counted, "cost": watch.cost}
    return result, exit_code(watch, readings.gaps, unreadable)


def score(units: Sequence[Counts]) -> dict[str, Any]:
    """Compute the figures from the counts of each claim."""
    whole = chance.total(units)
    confusion = _confusion(whole)
    present = classes.labelled(confusion)

    def figures(counts: Mapping[tuple[object, ...], float]) -> dict[str, float | None]:
        return _figures(counts, present)

    found = _figures(whole, present)
    return {
        "accuracy": _round(found["accuracy"]),
        "macro_f1": _round(found["macro_f1"]),
        "per_class": {s: _row(row) for s, row in classes.per_class(confusion, THREE).items()},
        "confusion": classes.matrix(confusion, THREE),
        "ece": _round(found["ece"]),
        "reliability": calibration.reliability(whole),
        "thresholds": calibration.thresholds(whole),
        "rationale_hit": {"share": _round(found["rationale_hit"]), "n": int(whole.get(("rationale", "n"), 0))},
        "intervals": chance.intervals(units, figures),
        "n": int(whole.get(("pairs",), 0)),
        "claims": len(units),
    }


def _count(pair: LabelledPair, reading: Reading) -> Counts:
    assert pair.label is not None
    said = three(reading.stance)
    counts: Counts = {("confusion", pair.label, said): 1, **calibration.count(pair.label, said, reading.confidence)}
    if pair.rationale:
        pointed = pair.document.places(reading.sentences[:_SHOWN])
        counts["rationale", "n"] = 1
        counts["rationale", "hit"] = int(not pair.rationale.isdisjoint(pointed))
    return counts


def _figures(counts: Mapping[tuple[object, ...], float], present: Sequence[Stance]) -> dict[str, float | None]:
    confusion = _confusion(counts)
    found = {"accuracy": classes.accuracy(confusion), "macro_f1": classes.macro_f1(confusion, present)}
    for stance, row in classes.per_class(confusion, THREE).items():
        found |= {f"{stance}.{name}": row[name] for name in ("precision", "recall", "f1")}
    found["ece"] = calibration.ece(counts)
    shown = counts.get(("rationale", "n"), 0)
    found["rationale_hit"] = counts.get(("rationale", "hit"), 0) / shown if shown else None
    return found | {f"precision@{at:.2f}": calibration.precision(counts, at) for at in calibration.THRESHOLDS}


def _confusion(counts: Mapping[tuple[object, ...], float]) -> dict[tuple[Stance, Stance], float]:
    return {(label, said): counts.get(("confusion", label, said), 0) for label in THREE for said in THREE}


def _row(row: Mapping[str, float | None]) -> dict[str, float | int | None]:
    whole = {name: int(row[name] or 0) for name in ("n", "said")}
    return {**{name: _round(row[name]) for name in ("precision", "recall", "f1")}, **whole}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
