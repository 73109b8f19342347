"""Screen: the best newer papers of each claim, out of the library.

Ranks of the queries are fused by reciprocal rank (Cormack, Clarke and Buettcher, SIGIR 2009, with their k = 60).
"""

from collections.abc import Sequence
from dataclasses import replace

from langgraph.runtime import Runtime

from claimcheck.agent.state import Context, Pair, State
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import Window
from claimcheck.domain.grounding import AnchorFacts
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.domain.retest import Coverage
from claimcheck.domain.text import folded
from claimcheck.ports import Library

_DEPTH = 200
_RRF_K = 60
# How much a query's ranking weighs, measured on labelled claims (tests/bench/RESULTS.md): phrases chosen by a person find most,
# and the refuting and relaxing forms, with equal weight, push out what the others find.
_WEIGHTS = {"search": 2.0, "claim": 1.0, "model": 1.0, "refute": 0.1, "relax": 0.1}
_WEIGHT_OF_A_PART = 0.5


async def screen(state: State, runtime: Runtime[Context]) -> State:
    """Rank the library's newer papers for each claim and hand on the best, behind the claim's own anchors."""
    context = runtime.context
    context.progress.stage("screen", len(state["claims"]))
    coverage, pairs = {}, []
    for claim in state["claims"]:
        window, facts = state["windows"][claim.id], state["anchors"][claim.id]
        ids = ranked(context.library, state["queries"][claim.id], window) if window else []
        kept = _sifted(context.library.get_many(ids), ids, facts)
        candidates = kept[: context.candidates]
        anchors = [f.paper for f in facts if f.paper and not f.paper.known_withdrawal]
        pairs += [Pair(claim, paper) for paper in [*dict.fromkeys(anchors), *candidates]]
        coverage[claim.id] = _coverage(claim, state, len(ids), len(kept), len(candidates))
        context.progress.step()
    return {"coverage": coverage, "pairs": tuple(pairs)}


def ranked(library: Library, queries: Sequence[Query], window: Window | None) -> list[str]:
    """Return the ids of the library's best papers for a claim's queries taken together, best first, ties by id."""
    score: dict[str, float] = {}
    for query in queries:
        weight = _WEIGHTS.get(query.origin, _WEIGHT_OF_A_PART)
        # The library ranks: words of a phrase are wanted, not demanded.
        for rank, id in enumerate(library.search(replace(query, every=False), window, _DEPTH)):
            score[id] = score.get(id, 0) + weight / (_RRF_K + rank)
    return sorted(score, key=lambda id: (-score[id], id))


def _sifted(papers: dict[str, Paper], ranked: list[str], facts: tuple[AnchorFacts, ...]) -> list[Paper]:
    """Leave out the anchors, and papers that have the title or the text of an anchor or of a better-ranked paper."""
    anchors = [f.paper for f in facts if f.paper]
    seen = {p.id for p in anchors} | {folded(p.title) for p in anchors} | {folded(p.abstract) for p in anchors}
    kept = []
    for id in ranked:
        paper = papers.get(id)
        if paper is None or {id, folded(paper.title), folded(paper.abstract)} & seen:
            continue
        seen |= {id, folded(paper.title), folded(paper.abstract)}
        kept.append(paper)
    return kept


def _coverage(claim: Claim, state: State, identified: int, screened: int, read: int) -> Coverage:
    queries = tuple(f"{q.origin}: {q}" for q in state["queries"][claim.id])
    return Coverage(queries, state["windows"][claim.id], identified, screened, read)
