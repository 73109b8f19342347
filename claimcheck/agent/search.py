"""Search: what arXiv has not been asked yet, into the library; whatever is not answered in full becomes a gap.

A claim's queries need arXiv only for the part of its window that neither an earlier answer to the same query nor a complete
harvest of all its categories covers. So a new or changed claim is back-filled by its queries, from its date on, once. After that
the harvest brings what is new, a few requests however many claims there are, and no query is sent.

What a harvest of this run was to bring is not asked for by queries in its place: where it fails, the claims that rely on it have
a gap, and the next run goes on where it stopped. A harvest that fails and on which no claim relies is a gap of the run.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from langgraph.runtime import Runtime

from claimcheck.agent import anchors
from claimcheck.agent.harvest import Harvested, categories, covered, harvest, unusable
from claimcheck.agent.state import Context, State
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import Window, stretches
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.query import Query
from claimcheck.errors import SourceUnavailable, TimeUp
from claimcheck.ports import PaperSource


@dataclass(frozen=True)
class Wanted:
    """A query, a window, and the claims that want it."""

    query: Query
    window: Window
    claims: tuple[Claim, ...]


async def search(state: State, runtime: Runtime[Context]) -> State:
    """Look up the anchors, harvest the watched categories, and ask each query for what is still not covered."""
    context, claims = runtime.context, state["claims"]
    wanted, ids = wants(claims, state["queries"], state["windows"]), anchors.bare_ids(claims, context.today)
    steps = len(ids) + len(categories(claims)) + len(wanted)
    context.progress.stage("search", steps if context.source else 1)
    before = anchors.answered(context, ids)
    unasked, answered = await anchors.ask(context, ids)
    heard = answered - before
    gaps: list[Gap] = []
    if context.source:
        harvests = await _harvest(context, context.source, claims)
        of_queries, answered_queries, heard_queries = await _back_fill(context, context.source, wanted, harvests)
        gaps = of_queries + _of_the_run(harvests, of_queries)
        answered += answered_queries + sum(h.problem is None for h in harvests.values())
        heard += heard_queries + sum(h.problem is None and bool(h.windows) for h in harvests.values())
    searched, silent = not gaps, not heard and bool(unasked or gaps)
    gaps += [
        Gap("newer papers", _nothing_to_search(context, claim), GapKind.SOURCE, claim.id)
        for claim in claims
        if state["windows"][claim.id] is None
    ]
    facts = anchors.facts(context, claims, unasked)
    return {
        "anchors": facts,
        "gaps": gaps + anchors.gaps(claims, facts),
        "answered": answered,
        "searched": searched,
        "silent": silent,
    }


def wants(claims: Iterable[Claim], queries: Mapping[str, Iterable[Query]], windows: Mapping[str, Window | None]) -> list[Wanted]:
    """Return the distinct queries and windows with the claims that want them, in the order of the claims."""
    distinct: dict[tuple[str, Window], tuple[Query, list[Claim]]] = {}
    for claim in claims:
        window = windows[claim.id]
        for query in queries[claim.id]:
            if window:
                distinct.setdefault((str(query), window), (query, []))[1].append(claim)
    return [Wanted(query, window, tuple(wanting)) for (_, window), (query, wanting) in distinct.items()]


class Covered:
    """Which windows need no query, by what was harvested and by what a harvest of this run was to bring."""

    def __init__(self, context: Context, source: PaperSource, harvests: Iterable[Harvested]) -> None:
        self._done = {h.category: covered(context.library, source.name, h.category) for h in harvests}
        self._meant = {h.category: stretches((*self._done[h.category], *h.windows)) for h in harvests}

    def relies(self, claim: Claim, window: Window) -> bool:
        """Tell whether the harvest of all of a claim's categories is to bring what is new in the window."""
        return all(window.within(self._meant[category]) for category in claim.categories)

    def lacking(self, claim: Claim, window: Window) -> list[str]:
        """Return the claim's categories of which the window was not harvested in full."""
        return [category for category in claim.categories if not window.within(self._done[category])]


async def _harvest(context: Context, source: PaperSource, claims: Iterable[Claim]) -> dict[str, Harvested]:
    harvests = {}
    for category in categories(claims):
        harvests[category] = await asyncio.to_thread(harvest, context.library, source, category, context.today)
        context.progress.step()
    return harvests


async def _back_fill(
    context: Context, source: PaperSource, wanted: Iterable[Wanted], harvests: dict[str, Harvested]
) -> tuple[list[Gap], int, int]:
    """Ask what no harvest covers; return the gaps of the claims, and how many queries were answered today, and in this run."""
    coverage, gaps, known, heard = Covered(context, source, tuple(harvests.values())), [], 0, 0
    for want in wanted:
        missing = want.window.without(context.library.asked(source.name, str(want.query)))
        relying = [claim for claim in want.claims if missing and coverage.relies(claim, missing)]
        if missing and len(relying) < len(want.claims):
            problem = await _ask(context, source, want, missing)
            heard += problem is None
            if problem:
                what = f"arXiv, {want.query.origin} query: {want.query}"
                gaps += [Gap(what, str(problem), kind(problem), claim.id) for claim in want.claims]
        elif missing:
            gaps += [
                Gap(_new_in(category), str(problem), kind(problem), claim.id)
                for claim in relying
                for category in coverage.lacking(claim, missing)
                if (problem := harvests[category].problem)
            ]
        else:
            known += 1
        context.progress.step()
    return list(dict.fromkeys(gaps)), known + heard, heard


async def _ask(context: Context, source: PaperSource, want: Wanted, missing: Window) -> SourceUnavailable | None:
    """Ask what is missing of a query's window; return why it could not be answered in full, or None."""
    try:
        found = await asyncio.to_thread(source.search, want.query, missing, context.results)
    except SourceUnavailable as wrong:
        return wrong
    await asyncio.to_thread(context.library.add, found.papers, context.today)
    if found.unusable:
        return SourceUnavailable(unusable(found.unusable))
    answered = Window(want.window.first, missing.last)
    context.library.note_asked(source.name, str(want.query), answered, found.total, [p.id for p in found.papers])
    return None


def _of_the_run(harvests: dict[str, Harvested], of_claims: Iterable[Gap]) -> list[Gap]:
    """A harvest that failed is always told of: here, where it is no claim's gap."""
    told = {gap.what for gap in of_claims}
    failed = [(_new_in(h.category), h.problem) for h in harvests.values() if h.problem]
    return [Gap(what, str(problem), kind(problem), blocks=False) for what, problem in failed if what not in told]


def _new_in(category: str) -> str:
    return f"new papers in {category}"


def kind(problem: SourceUnavailable) -> GapKind:
    """Return what kind of gap a problem leaves."""
    if isinstance(problem, TimeUp):
        return GapKind.BUDGET
    return GapKind.OUTAGE if problem.breaker else GapKind.SOURCE


def _nothing_to_search(context: Context, claim: Claim) -> str:
    if context.source:
        return f"the window ends before it begins ({claim.asserted} to {context.today}); check the claim's date or --since"
    reach = context.library.reach()
    state = f"reaches only to {reach}" if reach else "is empty"
    return f"the library {state} and arXiv was not asked; run `claimcheck library import FILE`, or refresh without --offline"
