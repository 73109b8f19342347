"""Matching: which of the library's papers are candidates for a claim.

A claim is matched with the whole library once. After that only papers that arrived since are looked at, by the ladders that the
first match left, so that a week costs what the week's papers cost. A paper that was chosen once stays a candidate: what was read
of it is remembered, and a verdict does not change because better papers came.

A match is kept only when the search of its run was complete. Otherwise what the next run brings would be measured by what this
one happened to have, and the candidates would depend on when arXiv failed.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from claimcheck.agent.ranking import bar, ladders, new_candidates, rank
from claimcheck.agent.state import Context
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import Window
from claimcheck.domain.grounding import AnchorFacts
from claimcheck.domain.match import Match
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.domain.text import folded
from claimcheck.ports import Library

Facts = tuple[AnchorFacts, ...]
NOTHING = Match(mark=0, candidates=(), settled=0, identified=0, screened=0, bar=0.0, ladders=())


def key(context: Context, claim: Claim, queries: Sequence[Query], window: Window, facts: Facts) -> str:
    """Return under what a claim's match is kept: all that the choice of its candidates depends on, but for the library."""
    asked = [[q.terms, q.cues, q.every, q.origin] for q in queries]
    cited = [f.paper.id for f in facts if f.paper]
    told = [claim.fingerprint, claim.search, asked, cited, window.first.isoformat(), context.candidates]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def matched(
    context: Context, claim: Claim, queries: Sequence[Query], window: Window, facts: Facts, before: Match | None, mark: int
) -> Match:
    """Return the match of a claim with all that the library has at a mark, given the one before."""
    if before and before.mark >= mark:
        return before
    outgrown = before is None or not before.bar or len(before.candidates) - before.settled >= context.candidates
    if before is None or outgrown:
        return _in_full(context, claim, queries, window, facts, before or NOTHING, mark)
    ids, identified = new_candidates(context.library, before, window)
    fresh = _sifted(context.library, ids, facts, before.candidates)
    return replace(
        before,
        mark=mark,
        candidates=before.candidates + fresh[: context.candidates],
        identified=before.identified + identified,
        screened=before.screened + len(fresh),
    )


def _in_full(
    context: Context, claim: Claim, queries: Sequence[Query], window: Window, facts: Facts, before: Match, mark: int
) -> Match:
    cited = [f.paper for f in facts if f.paper]
    found = rank(context.library, claim, queries, window, cited)
    kept = _sifted(context.library, found.ids, facts)
    candidates = tuple(dict.fromkeys((*before.candidates, *kept[: context.candidates])))
    rungs = ladders(found.rankings)
    return Match(
        mark=mark,
        candidates=candidates,
        settled=len(candidates),
        identified=len({*found.ids, *before.candidates}),
        screened=len({*kept, *before.candidates}),
        bar=bar(rungs, found.rankings, context.candidates, {paper.id for paper in cited}),
        ladders=rungs,
    )


def _sifted(library: Library, ids: Sequence[str], facts: Facts, before: Sequence[str] = ()) -> tuple[str, ...]:
    """Leave out the anchors, and papers with the title or text of an anchor, of one chosen before or of a better-ranked one."""
    papers = library.get_many([*before, *ids] if ids else ())
    seen = _marks(f.paper for f in facts if f.paper) | _marks(papers[id] for id in before if id in papers)
    kept = []
    for id in ids:
        own = _marks([papers[id]]) if id in papers else seen
        if not own & seen:
            seen |= own
            kept.append(id)
    return tuple(kept)


def _marks(papers: Iterable[Paper]) -> set[str]:
    return {mark for paper in papers for mark in (paper.id, folded(paper.title), folded(paper.abstract)) if mark}
