"""Training examples: a piece of evidence, a claim, and the stance of the one towards the other."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUPPORTS, REFUTES, RELAXES, NEITHER = range(4)
CLASSES = ("supports", "refutes", "relaxes", "not_enough_info")


@dataclass(frozen=True)
class Example:
    """One pair. `title` may stand before the evidence.

    `group` is what a fold leaves out together, `document` what it must not have seen; `weight` is how often it is shown. `prior`
    is how likely the claim alone, without any evidence, lets one guess that it is supported or refuted (see `priors.py`).
    """

    evidence: str
    claim: str
    label: int
    source: str
    title: str = ""
    group: str = ""
    document: str = ""
    weight: int = 1
    prior: tuple[float, float] = (0.5, 0.5)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Read a JSON Lines file, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def tidy(text: str | None) -> str:
    """Return text on one line."""
    return " ".join((text or "").split())


def bare(text: str) -> str:
    """Return the words alone, for comparing texts."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def shared(claim: str, sentence: str) -> float:
    """Return how much a sentence's words repeat a claim's: by this the hardest negatives are found."""
    a, b = set(bare(claim).split()), bare(sentence).split()
    return len(a & set(b)) / (8 + len(b)) ** 0.5
