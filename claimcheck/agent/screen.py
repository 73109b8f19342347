"""Screen: the best newer papers of each claim, out of the library."""

from datetime import date

from langgraph.runtime import Runtime

from claimcheck.agent.ranking import ranked
from claimcheck.agent.state import Cited, Context, Pair, State
from claimcheck.domain.citing import once_each
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
        citing = once_each(paper for answer in state["cited"].get(claim.id, ()) for paper in answer.citations.papers)
        queries = state["queries"][claim.id]
        ids = ranked(context.library, claim, queries, window, cited, citing) if window else []
        kept = _sifted(context.library.get_many(ids), ids, facts)
        candidates = kept[: context.candidates]
        anchors = [f.paper for f in facts if f.paper and not f.paper.known_withdrawal]
        pairs += [Pair(claim, paper) for paper in [*dict.fromkeys(anchors), *candidates]]
        coverage[claim.id] = _coverage(claim, state, context.today, len(ids), len(kept), len(candidates))
        context.progress.step()
    return {"coverage": coverage, "pairs": tuple(pairs)}


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


def _coverage(claim: Claim, state: State, today: date, identified: int, screened: int, read: int) -> Coverage:
    queries = [f"{q.origin}: {q}" for q in state["queries"][claim.id]]
    queries += [_asked(answer, today) for answer in state["cited"].get(claim.id, ())]
    return Coverage(tuple(queries), state["windows"][claim.id], identified, screened, read)


def _asked(answer: Cited, today: date) -> str:
    """Say who was asked for citing papers and how many there are: all, of any date. An answer of another day says which."""
    when = "" if answer.day == today else f" (asked on {answer.day})"
    found = f"{len(answer.citations.papers)} at arXiv, {answer.citations.elsewhere} elsewhere"
    return f"citing: {answer.source}, papers that cite {answer.anchor}: {found}{when}"
