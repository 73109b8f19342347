"""Screen: the best newer papers of each claim, out of the library."""

from langgraph.runtime import Runtime

from claimcheck.agent.ranking import ranked
from claimcheck.agent.state import Context, Depth, Pair, State
from claimcheck.domain.claim import Claim
from claimcheck.domain.grounding import AnchorFacts
from claimcheck.domain.paper import Paper
from claimcheck.domain.retest import Coverage
from claimcheck.domain.text import folded


async def screen(state: State, runtime: Runtime[Context]) -> State:
    """Rank the library's newer papers for each claim and hand on the best, behind the claim's own anchors."""
    context = runtime.context
    context.progress.stage("screen", len(state["claims"]))
    coverage, pairs = {}, []
    for claim in state["claims"]:
        window, facts = state["windows"][claim.id], state["anchors"][claim.id]
        cited = [f.paper for f in facts if f.paper]
        ids = ranked(context.library, claim, state["queries"][claim.id], window, cited) if window else []
        kept = _sifted(context.library.get_many(ids), ids, facts)
        candidates = kept[: context.candidates]
        anchors = [f.paper for f in facts if f.paper and not f.paper.known_withdrawal]
        pairs += _pairs(context, claim, list(dict.fromkeys(anchors)), candidates)
        coverage[claim.id] = _coverage(claim, state, len(ids), len(kept), len(candidates))
        context.progress.step()
    return {"coverage": coverage, "pairs": tuple(pairs)}


def _pairs(context: Context, claim: Claim, anchors: list[Paper], candidates: list[Paper]) -> list[Pair]:
    """Read the anchors first, and the best candidates in full where full texts are to be read."""
    in_full = context.full_text if context.full_texts else 0
    silent = Depth.IF_SILENT if in_full else Depth.AS_IT_IS
    pairs = [Pair(claim, paper, depth=silent) for paper in anchors]
    return pairs + [Pair(claim, p, depth=Depth.IN_FULL if at < in_full else Depth.AS_IT_IS) for at, p in enumerate(candidates)]


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
