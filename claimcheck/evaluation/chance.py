"""How much of a figure is chance: bootstrap intervals over claims.

A set's pairs are not independent: one claim meets several papers. So whole claims are drawn, with replacement, as many as there
are, a thousand times (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 13); the interval leaves out
the lowest and highest 2.5 % of the figures so gained. The seed is fixed: the same readings give the same interval.

Every figure here is computed from counts that add up over claims, so a draw only adds counts.
"""

import random
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

RESAMPLES = 1000
_OUTSIDE = 0.025
_SEED = 20_261_122

Figures = Mapping[str, float | None]


def total(units: Iterable[Mapping[K, float]]) -> dict[K, float]:
    """Add counts up."""
    whole: dict[K, float] = {}
    for unit in units:
        for key, count in unit.items():
            whole[key] = whole.get(key, 0) + count
    return whole


def intervals(units: Sequence[Mapping[K, float]], figures: Callable[[Mapping[K, float]], Figures]) -> dict[str, list[float]]:
    """Return the 95 % interval of each figure; `units` are the counts of one claim each, `figures` computes from their sum.

    A figure that is undefined (None) in a draw is left out of it; one that always is has no interval.
    """
    drawn: dict[str, list[float]] = {}
    for counts in _draws(units):
        for name, value in figures(counts).items():
            if value is not None:
                drawn.setdefault(name, []).append(value)
    return {name: _middle(sorted(values)) for name, values in drawn.items()}


def _draws(units: Sequence[Mapping[K, float]]) -> Iterable[dict[K, float]]:
    """Draw as many claims as there are; those with equal counts are one kind, drawn as often as it is common."""
    kinds = Counter(tuple(unit.items()) for unit in units)
    listed, often = list(kinds), list(accumulate(kinds.values()))
    dice = random.Random(_SEED)  # noqa: S311  # chance, not secrecy
    for _ in range(RESAMPLES if len(units) > 1 else 0):
        counts: dict[K, float] = {}
        chosen = Counter(dice.choices(range(len(listed)), cum_weights=often, k=len(units)))
        for kind, times in chosen.items():
            for key, count in listed[kind]:
                counts[key] = counts.get(key, 0) + times * count
        yield counts


def _middle(values: Sequence[float]) -> list[float]:
    last = len(values) - 1
    return [round(values[round(share * last)], 4) for share in (_OUTSIDE, 1 - _OUTSIDE)]
