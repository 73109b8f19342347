"""SciFact's official metric: abstracts and sentences, with and without their labels (allenai/scifact-evaluator, `eval.py`).

All four scores are micro figures: counts are added up over claims, precision = correct / retrieved, recall = correct / relevant,
and a score without a denominator is 0. A document that is not named is taken as not enough info.

Abstracts: those with evidence are relevant, those predicted retrieved. `abstract_label_only` is correct where a relevant abstract
has the right label; `abstract_label_rationale` where, besides, a whole rationale stands among the first sentences predicted:
three of them, or as many as the shortest rationale has when that is more.

Sentences: those of all rationales are relevant, those predicted retrieved, also when named twice. A sentence is correct when all
of its rationale is predicted: for `sentence_selection` whatever the label, for `sentence_label` when the label is right too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from claimcheck.domain.evidence import Stance

SCORES = ("abstract_label_only", "abstract_label_rationale", "sentence_selection", "sentence_label")
_FIRST = 3

Counts = dict[tuple[str, str], float]


@dataclass(frozen=True)
class Gold:
    """What the annotators found in one document: a label and the rationales, each a set of sentences counted from 0."""

    label: Stance
    rationales: tuple[frozenset[int], ...]


@dataclass(frozen=True)
class Predicted:
    """What is predicted of one document: a label and sentences counted from 0, the best first."""

    label: Stance
    sentences: tuple[int, ...]


@dataclass(frozen=True)
class GoldClaim:
    """A claim with the documents that hold evidence, and those that the claim's source cites (whether they hold any or not)."""

    id: str
    text: str
    evidence: Mapping[str, Gold] = field(default_factory=dict)
    cited: tuple[str, ...] = ()


def count(evidence: Mapping[str, Gold], predicted: Mapping[str, Predicted]) -> Counts:
    """Count for one claim what is relevant, retrieved and correct, for each of the four scores."""
    sentences = sum(len(rationale) for gold in evidence.values() for rationale in gold.rationales)
    named = sum(len(guess.sentences) for guess in predicted.values())
    counts: Counts = {}
    for score in SCORES:
        of_abstracts = score.startswith("abstract")
        counts[score, "relevant"] = len(evidence) if of_abstracts else sentences
        counts[score, "retrieved"] = len(predicted) if of_abstracts else named
        counts[score, "correct"] = 0
    for id, guess in predicted.items():
        if id in evidence:
            for score, correct in zip(SCORES, _correct(evidence[id], guess), strict=True):
                counts[score, "correct"] += correct
    return counts


def metrics(counts: Mapping[tuple[str, str], float]) -> dict[str, dict[str, float]]:
    """Return precision, recall and F1 of the four scores from counts over all claims."""
    found = {}
    for score in SCORES:
        precision = _ratio(counts.get((score, "correct"), 0), counts.get((score, "retrieved"), 0))
        recall = _ratio(counts.get((score, "correct"), 0), counts.get((score, "relevant"), 0))
        found[score] = {"precision": precision, "recall": recall, "f1": _ratio(2 * precision * recall, precision + recall)}
    return found


def flat(counts: Mapping[tuple[str, str], float]) -> dict[str, Any]:
    """Return the same figures under one name each, such as `sentence_label.f1`."""
    return {f"{score}.{name}": value for score, three in metrics(counts).items() for name, value in three.items()}


def _correct(gold: Gold, guess: Predicted) -> tuple[int, int, int, int]:
    right = gold.label is guess.label
    shortest = min((len(rationale) for rationale in gold.rationales), default=0)
    first = set(guess.sentences[: max(_FIRST, shortest)])
    rationalised = right and any(rationale <= first for rationale in gold.rationales)
    predicted = set(guess.sentences)
    whole = set().union(*(rationale for rationale in gold.rationales if rationale <= predicted))
    return int(right), int(rationalised), len(whole), len(whole) if right else 0


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
