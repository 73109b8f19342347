"""General inference sets: premise and hypothesis. They teach negation, quantity and monotonicity before any science is read.

The non-commercial set (SICK) is left out: weights that ship must not rest on it.
"""

import random
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from training.examples import NEITHER, REFUTES, SUPPORTS, Example, rows, shared, tidy

_LABELS = {"entailment": SUPPORTS, "contradiction": REFUTES, "neutral": NEITHER}
# File, name in the mix, how many pairs at most.
_FILES = (
    ("nli_lingnli/train_LitL", "lingnli", None),
    ("nli_lingnli/train_LotS", "lingnli", None),
    ("nli_lingnli/train_baseline", "lingnli", None),
    ("nli_watson_mnli_en/train_en", "mnli", None),
    ("nli_cad_snli/revised_hypothesis_train", "cad_snli", None),
    ("nli_cad_snli/revised_premise_train", "cad_snli", None),
    ("nli_cad_snli/original_train", "cad_snli", None),
    ("nli_fever_vanilla/eval", "fever", 6000),
    ("nli_fever_vanilla/test", "fever", 6000),
    ("nli_conjnli/adversarial_train_15k", "conjnli", 4000),
    ("nli_monli/nmonli_train", "polarity", 800),
    ("nli_monli/pmonli", "polarity", 500),
    ("nli_med/med", "polarity", 1500),
    ("nli_help/leskexppmb_and", "polarity", 400),
)
_LONGEST = 420  # characters of a premise
_UNRELATED = 4000


def general(folder: Path, chance: random.Random) -> Iterator[Example]:
    """Yield the pairs of all general sets."""
    for file, name, most in _FILES:
        yield from _some(folder / f"{file}.jsonl.gz", name, most, chance)
    yield from _without_evidence(folder, chance)


def _some(path: Path, name: str, most: int | None, chance: random.Random) -> Iterator[Example]:
    usable = [row for row in rows(path) if len(row["premise"]) <= _LONGEST and row["label"] in _LABELS]
    chance.shuffle(usable)
    yield from (_pair(row, name) for row in usable[:most])


def _pair(row: dict[str, Any], name: str) -> Example:
    return Example(tidy(row["premise"]), tidy(row["hypothesis"]), _LABELS[row["label"]], name)


def _without_evidence(folder: Path, chance: random.Random) -> Iterator[Example]:
    """Claims that the collection has no evidence for, beside the premise that shares most words with them."""
    source = folder / "nli_fever_vanilla"
    premises = [tidy(row["premise"]) for row in rows(source / "eval.jsonl.gz") if len(row["premise"]) <= _LONGEST]
    by_word: dict[str, list[str]] = {}
    for premise in premises:
        for word in {w for w in premise.lower().split() if len(w) > 4}:
            by_word.setdefault(word, []).append(premise)
    claims = [tidy(row["claim"]) for row in rows(source / "eval_nei_claims_no_evidence.jsonl.gz")]
    chance.shuffle(claims)
    for claim in islice(claims, _UNRELATED):
        near = _nearest(claim, by_word)
        if near:
            yield Example(near, claim, NEITHER, "fever_nei")


def _nearest(claim: str, by_word: dict[str, list[str]]) -> str | None:
    words: Iterable[str] = {w for w in claim.lower().split() if len(w) > 4}
    near = {p for w in words for p in by_word.get(w, []) if len(by_word[w]) < 200}
    return max(sorted(near), key=lambda premise: shared(claim, premise), default=None)
