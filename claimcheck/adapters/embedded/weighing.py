"""From a paper's row of features to how likely each stance is, and what may be counted of that.

A multinomial logistic regression over the row, fitted on readings of folds that the network had not seen; its numbers stand in
the model's manifest. A stance is trusted only at or above the threshold that the manifest gives for it; a threshold of null is
a closed gate: that stance is never trusted, because nowhere on the training folds was it precise enough.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claimcheck.adapters.embedded.features import NAMES
from claimcheck.adapters.embedded.network import CLASSES
from claimcheck.domain.evidence import Stance


@dataclass(frozen=True)
class Weights:
    """`weights` is (4, features), `bias` (4); `bears` the least probability that a paper bears on a claim; `trust` by stance."""

    weights: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]
    bears: float
    trust: Mapping[Stance, float | None]

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> "Weights":
        """Take the numbers out of a manifest; raise `ValueError` where they do not fit this program's features."""
        if tuple(manifest["features"]) != NAMES:
            raise ValueError("its features are not those of this version of claimcheck")
        weights = tuple(tuple(float(w) for w in line) for line in manifest["weights"])
        if len(weights) != len(CLASSES) or any(len(line) != len(NAMES) for line in weights):
            raise ValueError("its weights have another shape than its features")
        trust = {Stance(name): None if least is None else float(least) for name, least in manifest["trust"].items()}
        return cls(weights, tuple(float(b) for b in manifest["bias"]), float(manifest["bears"]), trust)

    def stances(self, row: Sequence[float]) -> dict[Stance, float]:
        """Return the probability of each of the four stances."""
        sums = [b + sum(w * x for w, x in zip(line, row, strict=True)) for line, b in zip(self.weights, self.bias, strict=True)]
        highest = max(sums)
        shares = [math.exp(s - highest) for s in sums]
        return {Stance(name): share / sum(shares) for name, share in zip(CLASSES, shares, strict=True)}

    def trusts(self, stance: Stance, probability: float) -> bool:
        """Tell whether a stance of this probability may be counted."""
        least = self.trust.get(stance)
        return least is not None and probability >= least
