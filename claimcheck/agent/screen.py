"""Screen: the papers that are read for each claim, out of the library."""

import asyncio
import gc
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date

from langgraph.runtime import Runtime

from claimcheck.agent import matching
from claimcheck.agent.cite import papers_citing
from claimcheck.agent.state import Cited, Context, Depth, Pair, State
from claimcheck.domain.claim import Claim
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.grounding import AnchorFacts
from claimcheck.domain.match import Match
from claimcheck.domain.paper import Paper
from claimcheck.domain.retest import Coverage

_SIDE_BY_SIDE = 4  # claims matched at the same time: half of it is searching, which runs beside other threads of Python
_AT_ONCE = 250  # claims; what was matched is kept after each


async def screen(state: State, runtime: Runtime[Context]) -> State:
    """Match the claims with what is new to them in the library; hand on their candidates, behind the claims' own anchors."""
    context = runtime.context
    context.progress.stage("screen", len(state["claims"]))
    coverage, pairs, gaps = {}, [], []
    papers: dict[str, Paper] = {}  # each once, for many are candidates of several claims
    mark = context.library.mark()
    for start in range(0, len(state["claims"]), _AT_ONCE):
        claims = state["claims"][start : start + _AT_ONCE]
        with _uncollected():
            if context.deadline.left:
                matches = await asyncio.to_thread(_matches, context, state, claims, mark)
            else:
                why, matches = str(context.deadline.up()), {}
                gaps += [Gap("matching with the library", why, GapKind.BUDGET, claim.id) for claim in claims]
            wanted = {id for match in matches.values() for id in match.candidates}
            papers |= await asyncio.to_thread(context.library.get_many, sorted(wanted - papers.keys()))
            for claim in claims:
                match = matches.get(claim.id, matching.NOTHING)
                pairs += pairs_of(context, claim, state["anchors"][claim.id], match, papers)
                coverage[claim.id] = _coverage(claim, state, match, context.today, sum(id in papers for id in match.candidates))
                context.progress.step()
    return {"coverage": coverage, "pairs": tuple(pairs), "gaps": gaps}


@contextmanager
def _uncollected() -> Iterator[None]:
    """Search nothing for cycles meanwhile: what comes about here are hundreds of thousands of objects that all stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _matches(context: Context, state: State, claims: tuple[Claim, ...], mark: int) -> dict[str, Match]:
    """Return the match of each claim that has a window; keep what is new of them, if the search was complete.

    What was chosen for days from `--since` on says nothing of the others, and is not kept either.
    """
    cases = [
        matching.Case(
            claim, state["queries"][claim.id], window, state["anchors"][claim.id], papers_citing(state["cited"].get(claim.id, ()))
        )
        for claim in claims
        if (window := state["windows"][claim.id])
    ]
    before = context.library.matches([case.key for case in cases])
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        matches = threads.map(lambda case: matching.matched(context, case, before.get(case.key), mark), cases)
        found = list(zip(cases, matches, strict=True))
    new = {case.key: match for case, match in found if before.get(case.key) is not match}
    if new and state["searched"] and not context.since:
        context.library.note_matches(new)
    return {case.claim.id: match for case, match in found}


def pairs_of(
    context: Context, claim: Claim, facts: Iterable[AnchorFacts], match: Match, papers: Mapping[str, Paper]
) -> list[Pair]:
    """Return what is read for a claim: its anchors, then its candidates out of these papers.

    Where full texts are read, the candidates with the best places are read in full. What was once read in full is so for good.
    """
    in_full = context.full_text if context.full_texts else 0
    anchors = dict.fromkeys(f.paper for f in facts if f.paper and not f.paper.known_withdrawal)
    pairs = [Pair(claim, paper, depth=Depth.IF_SILENT if in_full else Depth.AS_IT_IS) for paper in anchors]
    for id, place in zip(match.candidates, match.places, strict=True):
        if id in papers:
            pairs.append(Pair(claim, papers[id], depth=Depth.IN_FULL if place < in_full else Depth.AS_IT_IS))
    return pairs


def _coverage(claim: Claim, state: State, match: Match, today: date, read: int) -> Coverage:
    queries = [f"{q.origin}: {q}" for q in state["queries"][claim.id]]
    queries += [_asked(answer, today) for answer in state["cited"].get(claim.id, ())]
    return Coverage(tuple(queries), state["windows"][claim.id], match.identified, match.screened, read)


def _asked(answer: Cited, today: date) -> str:
    """Say who was asked for citing papers and how many there are: all, of any date. An answer of another day says which."""
    when = "" if answer.day == today else f" (asked on {answer.day})"
    found = f"{len(answer.citations.papers)} at arXiv, {answer.citations.elsewhere} elsewhere"
    return f"citing: {answer.source}, papers that cite {answer.anchor}: {found}{when}"
