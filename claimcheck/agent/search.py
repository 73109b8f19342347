"""Search: what arXiv has not been asked yet, for the anchors and for every query, into the library.

Whatever is not answered in full becomes a gap of the claims that wanted it.
"""

import asyncio
from collections.abc import Iterable

from langgraph.runtime import Runtime

from claimcheck.agent.state import Context, State
from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.dates import Window
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.grounding import AnchorFacts, LookUp
from claimcheck.domain.query import Query
from claimcheck.errors import SourceUnavailable
from claimcheck.ports import PaperSource


async def search(state: State, runtime: Runtime[Context]) -> State:
    """Look up the anchors, then ask each distinct query for the part of its window that was not answered before."""
    context = runtime.context
    wanted = _wanted(state)
    bare = sorted({b for claim in state["claims"] for a in claim.anchors if (b := _bare(a, context))})
    context.progress.stage("search", len(bare) + len(wanted) if context.source else 1)
    unasked, answered = await _ask_anchors(context, bare)
    gaps: list[Gap] = []
    if context.source:
        for query, window, claims in wanted:
            problem = await _ask_query(context, context.source, query, window)
            answered += problem is None
            if problem:
                gaps += [Gap(f"arXiv, {query.origin} query: {query}", str(problem), _kind(problem), c) for c in claims]
            context.progress.step()
    gaps += [
        Gap("newer papers", _nothing_to_search(context, claim), GapKind.SOURCE, claim.id)
        for claim in state["claims"]
        if state["windows"][claim.id] is None
    ]
    anchors = {claim.id: tuple(_facts(context, a, unasked) for a in claim.anchors) for claim in state["claims"]}
    return {"anchors": anchors, "gaps": gaps + _anchor_gaps(state["claims"], anchors), "answered": answered}


def _wanted(state: State) -> list[tuple[Query, Window, tuple[str, ...]]]:
    """Distinct queries and windows with the claims that want them, in the order of the claims."""
    wanted: dict[tuple[str, Window], tuple[Query, list[str]]] = {}
    for claim in state["claims"]:
        window = state["windows"][claim.id]
        for query in state["queries"][claim.id]:
            if window:
                wanted.setdefault((str(query), window), (query, []))[1].append(claim.id)
    return [(query, window, tuple(claims)) for (_, window), (query, claims) in wanted.items()]


async def _ask_query(context: Context, source: PaperSource, query: Query, window: Window) -> SourceUnavailable | None:
    """Ask what is missing of a query's window; return why it could not be answered in full, or None."""
    missing = window.without(context.library.asked(source.name, str(query)))
    if missing is None:
        return None
    try:
        found = await asyncio.to_thread(source.search, query, missing, context.results)
    except SourceUnavailable as wrong:
        return wrong
    await asyncio.to_thread(context.library.add, found.papers, context.today)
    if found.unusable:
        return SourceUnavailable(
            f"{len(found.unusable)} records of the answer could not be used: {'; '.join(found.unusable[:3])}"
        )
    context.library.note_asked(
        source.name, str(query), Window(window.first, missing.last), found.total, [p.id for p in found.papers]
    )
    return None


async def _ask_anchors(context: Context, bare: list[str]) -> tuple[dict[str, str], int]:
    """Look up anchors and their withdrawals, once a day; return why single ones could not be asked, and the answers had."""
    source = context.source
    if source is None or not bare:
        context.progress.step()
        return {}, 0
    unasked, answered = await _look_up(context, source, bare)
    for id in bare:
        paper = context.library.get(id)
        if paper and id not in unasked and paper.withdrawal_asked != context.today:
            try:
                withdrawal = await asyncio.to_thread(source.withdrawal, id)
            except SourceUnavailable as wrong:
                unasked[id] = f"whether it was withdrawn could not be asked: {wrong}"
            else:
                context.library.mark_withdrawal(id, withdrawal, context.today)
        answered += paper is not None and id not in unasked
        context.progress.step()
    return unasked, answered


async def _look_up(context: Context, source: PaperSource, bare: list[str]) -> tuple[dict[str, str], int]:
    """Ask for the anchors whose newest version was not asked today. A paper that answers is asked its withdrawal next."""
    library = context.library
    known = library.get_many(bare)
    absent = library.missing(source.name, context.today)
    ask = [id for id in bare if id not in absent and (id not in known or known[id].withdrawal_asked != context.today)]
    if not ask:
        return {}, 1
    try:
        found = await asyncio.to_thread(source.look_up, ask)
    except SourceUnavailable as wrong:
        return dict.fromkeys(ask, f"arXiv could not be asked: {wrong}"), 0
    await asyncio.to_thread(library.add, found.papers, context.today)
    answered = {paper.id for paper in found.papers}
    silent = [id for id in ask if id not in answered]
    if found.unusable:
        return dict.fromkeys(silent, f"arXiv's answer could not be used: {found.unusable[0]}"), 0
    library.note_missing(source.name, silent, context.today)
    return {}, 1


def _facts(context: Context, anchor: Anchor, unasked: dict[str, str]) -> AnchorFacts:
    try:
        bare = ArxivId.parse(anchor.id, context.today).bare
    except MalformedId as wrong:
        return AnchorFacts(anchor, malformed=str(wrong))
    paper = context.library.get(bare)
    if context.source is None:
        why = None if paper else "not in the library, and arXiv was not asked"
        return AnchorFacts(anchor, LookUp.FOUND if paper else LookUp.NOT_ASKED, unasked=why, paper=paper)
    if bare in context.library.missing(context.source.name, context.today):
        return AnchorFacts(anchor, LookUp.NOT_FOUND)
    return AnchorFacts(anchor, LookUp.FOUND if paper else LookUp.NOT_ASKED, unasked=unasked.get(bare), paper=paper)


def _anchor_gaps(claims: Iterable[Claim], anchors: dict[str, tuple[AnchorFacts, ...]]) -> list[Gap]:
    """An anchor that could not be asked leaves its grounding unchecked, not the search incomplete."""
    return [
        Gap(f"anchor {facts.anchor.id}", facts.unasked, GapKind.SOURCE, claim.id, blocks=False)
        for claim in claims
        for facts in anchors[claim.id]
        if facts.unasked
    ]


def _bare(anchor: Anchor, context: Context) -> str | None:
    try:
        return ArxivId.parse(anchor.id, context.today).bare
    except MalformedId:
        return None


def _kind(problem: SourceUnavailable) -> GapKind:
    return GapKind.OUTAGE if problem.breaker else GapKind.SOURCE


def _nothing_to_search(context: Context, claim: Claim) -> str:
    if context.source:
        return f"the window ends before it begins ({claim.asserted} to {context.today}); check the claim's date or --since"
    reach = context.library.reach()
    state = f"reaches only to {reach}" if reach else "is empty"
    return f"the library {state} and arXiv was not asked; run `claimcheck library import FILE`, or refresh without --offline"
