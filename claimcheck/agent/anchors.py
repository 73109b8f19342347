"""Anchors: what arXiv says of the papers that claims rest on, asked once a day.

The records of all anchors are looked up at every refresh, a hundred in a request: they tell of new versions and titles. Whether
a paper was withdrawn stands on its abstract page, one request each; so that is asked where it never was, where there is a new
version, and else in rotation: each anchor again after two to four weeks, by a number that its id gives, so that not all fall due
at once. An answer is true of its day, and the day is reported.
"""

import asyncio
import math
import zlib
from collections.abc import Iterable, Sequence
from datetime import date

from claimcheck.agent.state import Context
from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.grounding import AnchorFacts, LookUp
from claimcheck.domain.paper import Paper
from claimcheck.errors import SourceUnavailable
from claimcheck.ports import PaperSource

BATCH = 100  # ids a request
_LEAST_DAYS, _MOST_DAYS = 14, 28


def bare_ids(claims: Iterable[Claim], today: date) -> list[str]:
    """Return the distinct ids of the claims' anchors, without versions, but for those that are none."""
    return sorted({bare for claim in claims for anchor in claim.anchors if (bare := _bare(anchor, today))})


def to_look_up(context: Context, source: PaperSource, ids: Iterable[str]) -> list[str]:
    """Return the ids that were not looked up today."""
    library, today = context.library, context.today
    done = library.looked_up(source.name, today) | library.missing(source.name, today)
    return [id for id in ids if id not in done]


def is_due(paper: Paper, today: date) -> bool:
    """Tell whether a paper's withdrawal is to be asked."""
    if paper.withdrawal_asked is None:
        return True
    period = _LEAST_DAYS + zlib.crc32(paper.id.encode()) % (_MOST_DAYS - _LEAST_DAYS + 1)
    return (today - paper.withdrawal_asked).days >= period


async def ask(context: Context, ids: Sequence[str]) -> tuple[dict[str, str], int]:
    """Look up the anchors, and withdrawals that are due; return why single ones could not be asked, and today's answers."""
    source = context.source
    if source is None or not ids:
        context.progress.step()
        return {}, 0
    unasked = await _look_up(context, source, to_look_up(context, source, ids))
    context.progress.step(len(ids))
    known = context.library.get_many(ids)
    unasked |= await _withdrawals(context, source, [p for p in known.values() if p.id not in unasked])
    papers = context.library.get_many(ids).values()
    pages = sum(paper.withdrawal_asked == context.today for paper in papers)
    return unasked, pages + math.ceil((len(ids) - len(unasked)) / BATCH)


async def _look_up(context: Context, source: PaperSource, ids: Sequence[str]) -> dict[str, str]:
    """Look up ids, and keep each batch; return why those of the others could not be."""
    unasked: dict[str, str] = {}
    for batch in (ids[at : at + BATCH] for at in range(0, len(ids), BATCH)):
        try:
            found = await asyncio.to_thread(source.look_up, batch)
        except SourceUnavailable as wrong:
            unasked |= dict.fromkeys(batch, f"arXiv could not be asked: {wrong}")
            continue
        await asyncio.to_thread(context.library.add, found.papers, context.today)
        answered = {paper.id for paper in found.papers}
        context.library.note_looked_up(source.name, answered, context.today)
        silent = [id for id in batch if id not in answered]
        if found.unusable:
            unasked |= dict.fromkeys(silent, f"arXiv's answer could not be used: {found.unusable[0]}")
        else:
            context.library.note_missing(source.name, silent, context.today)
    return unasked


async def _withdrawals(context: Context, source: PaperSource, papers: Iterable[Paper]) -> dict[str, str]:
    unasked = {}
    for paper in papers:
        if is_due(paper, context.today):
            try:
                withdrawal = await asyncio.to_thread(source.withdrawal, paper.id)
            except SourceUnavailable as wrong:
                unasked[paper.id] = f"whether it was withdrawn could not be asked: {wrong}"
            else:
                context.library.mark_withdrawal(paper.id, withdrawal, context.today)
    return unasked


def facts(context: Context, claims: Sequence[Claim], unasked: dict[str, str]) -> dict[str, tuple[AnchorFacts, ...]]:
    """Return what is known of the anchors of each claim."""
    papers = context.library.get_many(bare_ids(claims, context.today))
    missing = context.library.missing(context.source.name, context.today) if context.source else frozenset()

    def of(anchor: Anchor) -> AnchorFacts:
        try:
            bare = ArxivId.parse(anchor.id, context.today).bare
        except MalformedId as wrong:
            return AnchorFacts(anchor, malformed=str(wrong))
        if bare in missing:
            return AnchorFacts(anchor, LookUp.NOT_FOUND)
        paper = papers.get(bare)
        why = unasked.get(bare)
        if context.source is None and not paper:
            why = "not in the library, and arXiv was not asked"
        return AnchorFacts(anchor, LookUp.FOUND if paper else LookUp.NOT_ASKED, unasked=why, paper=paper)

    return {claim.id: tuple(map(of, claim.anchors)) for claim in claims}


def gaps(claims: Iterable[Claim], anchors: dict[str, tuple[AnchorFacts, ...]]) -> list[Gap]:
    """An anchor that could not be asked leaves its grounding unchecked, not the search incomplete."""
    return [
        Gap(f"anchor {facts.anchor.id}", facts.unasked, GapKind.SOURCE, claim.id, blocks=False)
        for claim in claims
        for facts in anchors[claim.id]
        if facts.unasked
    ]


def _bare(anchor: Anchor, today: date) -> str | None:
    try:
        return ArxivId.parse(anchor.id, today).bare
    except MalformedId:
        return None
