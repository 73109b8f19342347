"""How good is a ranking? nDCG and recall as BEIR computes them: for each query, then averaged over queries."""

import math
from collections.abc import Collection, Mapping, Sequence

FIGURES = ("ndcg@10", "recall@10", "recall@100")
_DEEP = 10
_DEEPEST = 100

Counts = dict[str, float]


def count(ranking: Sequence[str], relevant: Collection[str]) -> Counts:
    """Return the figures of one query, to be added up over queries; nothing when nothing is relevant to it."""
    if not relevant:
        return {}
    gain = sum(1 / math.log2(place + 2) for place, id in enumerate(ranking[:_DEEP]) if id in relevant)
    best = sum(1 / math.log2(place + 2) for place in range(min(_DEEP, len(relevant))))
    found = {depth: len(set(ranking[:depth]) & set(relevant)) / len(relevant) for depth in (_DEEP, _DEEPEST)}
    return {"ndcg@10": gain / best, "recall@10": found[_DEEP], "recall@100": found[_DEEPEST], "queries": 1}


def figures(counts: Mapping[str, float]) -> dict[str, float | None]:
    """Return the averages."""
    queries = counts.get("queries", 0)
    return {name: counts.get(name, 0) / queries if queries else None for name in FIGURES}
