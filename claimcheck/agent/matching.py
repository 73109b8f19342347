"""Matching: which of the library's papers are candidates for a claim.

A claim is matched with the whole library once. After that only papers that arrived since are looked at, by the ladders that the
first match left, so that a week costs what the week's papers cost. A paper that was chosen once stays a candidate: what was read
of it is remembered, and a verdict does not change because better papers came.

Papers that cite an anchor take part in the first match. That a paper cites it is often known weeks after it arrived, so it is
not placed by the ladders: when more citing papers are known that lie in the window, the library is ranked in full again, and what
was chosen before stays. A citing paper that is no longer named stays what it was, and so brings nothing about.

A match is kept only when the search of its run was complete. Otherwise what the next run brings would be measured by what this
one happened to have, and the candidates would depend on when arXiv failed. Citation services have no say in that: some never know
an anchor, and what they tell later is ranked when they do.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from claimcheck.agent.ranking import bars, ladders, new_candidates, rank
from claimcheck.agent.state import Context
from claimcheck.domain.citing import Citing
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import Window
from claimcheck.domain.grounding import AnchorFacts
from claimcheck.domain.match import Match
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.ports import Library

NOTHING = Match(mark=0, asked="", candidates=(), settled=0, identified=0, screened=0, bars=(), ladders=())


@dataclass(frozen=True)
class Case:
    """A claim, and what its candidates are chosen by."""

    claim: Claim
    queries: tuple[Query, ...]
    window: Window
    facts: tuple[AnchorFacts, ...]
    citing: tuple[Citing, ...] = ()

    @property
    def key(self) -> str:
        """Under what the claim's match is kept: a claim of another text has candidates of its own."""
        return f"{self.claim.id} {self.claim.fingerprint}"

    @property
    def cited(self) -> list[Paper]:
        """The anchors that are known."""
        return [f.paper for f in self.facts if f.paper]

    def asked(self, candidates: int) -> str:
        """Return a hash of all that the choice of so many candidates depends on, but the library and who cites the anchors."""
        queries = [[q.terms, q.cues, q.every, q.origin] for q in self.queries]
        told = [self.claim.search, queries, [p.id for p in self.cited], self.window.first.isoformat(), candidates]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def matched(context: Context, case: Case, before: Match | None, mark: int) -> Match:
    """Return the match of a claim with all that the library has at a mark, given the one before."""
    same = before is not None and before.asked == case.asked(context.candidates)
    if before is None or not same or _newly_citing(context.library, case, before):
        return _in_full(context, case, before or NOTHING, mark)
    if before.mark >= mark:
        return before
    if not before.bar or len(before.candidates) - before.settled >= context.candidates:
        return _in_full(context, case, before, mark)
    new, identified = new_candidates(context.library, before, case.window)
    fresh = context.copies.sifted([paper.id for paper in new], case.cited, mark, before.candidates)
    chosen, score = fresh[: context.candidates], {paper.id: paper.score for paper in new}
    return replace(
        before,
        mark=mark,
        candidates=before.candidates + chosen,
        places=before.places + tuple(max(at, before.place(score[id])) for at, id in enumerate(chosen)),
        identified=before.identified + identified,
        screened=before.screened + len(fresh),
    )


def _in_full(context: Context, case: Case, before: Match, mark: int) -> Match:
    found = rank(context.library, case.claim, case.queries, case.window, case.cited, case.citing)
    kept = context.copies.sifted(found.ids, case.cited, mark)
    stay = _still_in(context.library, before.candidates, case)
    candidates = tuple(dict.fromkeys((*stay, *kept[: context.candidates])))
    earlier, now = dict(zip(before.candidates, before.places, strict=True)), {id: at for at, id in enumerate(kept)}
    return Match(
        mark=mark,
        asked=case.asked(context.candidates),
        candidates=candidates,
        settled=len(candidates),
        identified=len({*found.ids, *stay}),
        screened=len({*kept, *stay}),
        bars=bars(found.rankings, context.candidates, {paper.id for paper in case.cited}),
        ladders=ladders(found.rankings),
        places=tuple(min(places[id] for places in (earlier, now) if id in places) for id in candidates),
        citing=(*before.citing, *_newly_citing(context.library, case, before)),
    )


def _newly_citing(library: Library, case: Case, before: Match) -> list[str]:
    """Return the citing papers in the claim's window that took no part in the match before."""
    earlier = set(before.citing)
    papers = library.get_many(paper.id for paper in case.citing if paper.id not in earlier)
    return [paper.id for paper in papers.values() if case.window.holds(paper.when)]


def _still_in(library: Library, ids: Iterable[str], case: Case) -> list[str]:
    """Return the papers chosen before that are still in the claim's window and not its anchors."""
    own = {paper.id for paper in case.cited}
    return [paper.id for paper in library.get_many(ids).values() if case.window.holds(paper.when) and paper.id not in own]
