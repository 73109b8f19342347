"""Anchors: what arXiv says of the papers that claims rest on, asked once a day.

The records of the anchors are looked up at every refresh, a hundred in a request: they tell of new versions and titles. Where
there are so many anchors that a week's requests would be mostly these, they are looked up in turns, each in a week that its id
gives, so that a refresh that was killed asks for the same ones again. What was never looked up always is.

Whether a paper was withdrawn stands on its abstract page, one request each. To withdraw is to submit a new version, so the page
is asked for once a version: a look-up that finds the version of last time answers it too. An answer is true of its day, and the
day is reported.
"""

import asyncio
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from claimcheck.agent.state import Context
from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.grounding import AnchorFacts, LookUp
from claimcheck.domain.paper import Paper
from claimcheck.errors import SourceUnavailable
from claimcheck.ports import PaperSource

BATCH = 100  # ids a request
IN_TURN = 150  # known anchors looked up in a week, about: two requests; more where a turn would take longer than
_LONGEST_TURN = 52  # weeks
_WEEK = timedelta(days=7)


def bare_ids(claims: Iterable[Claim], today: date) -> list[str]:
    """Return the distinct ids of the claims' anchors, without versions, but for those that are none."""
    return sorted({bare for claim in claims for anchor in claim.anchors if (bare := _bare(anchor, today))})


def to_look_up(context: Context, source: PaperSource, ids: Sequence[str]) -> list[str]:
    """Return the ids that are due and were not looked up today."""
    library, today = context.library, context.today
    last, missing = library.looked_up(source.name), library.missing(source.name, today)
    turns = min(_LONGEST_TURN, max(1, round(len(ids) / IN_TURN)))
    due = [id for id in ids if id not in last or (last[id] < today and is_due(id, last[id], today, turns))]
    return [id for id in due if id not in missing]


def is_due(id: str, last: date, today: date, turns: int) -> bool:
    """Tell whether it is an id's turn this week, or whether it has missed one."""
    week = today.toordinal() // _WEEK.days
    return (week + zlib.crc32(id.encode())) % turns == 0 or today - last > turns * _WEEK


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
    return unasked, answered(context, ids)


def answered(context: Context, ids: Iterable[str]) -> int:
    """Return how many requests for anchors were answered today, whichever run of the day sent them."""
    library, today, source = context.library, context.today, context.source
    if source is None:
        return 0
    last, pages = library.looked_up(source.name), library.looked_up(_pages(source))
    records = [id for id in ids if last.get(id) == today] + list(library.missing(source.name, today) & set(ids))
    return sum(pages.get(id) == today for id in ids) + math.ceil(len(records) / BATCH)


def _pages(source: PaperSource) -> str:
    """Return under what it is kept that an abstract page was read."""
    return f"{source.name} page"


async def _look_up(context: Context, source: PaperSource, ids: Sequence[str]) -> dict[str, str]:
    """Look up ids, and keep each batch; return why those of the others could not be."""
    unasked: dict[str, str] = {}
    for batch in (ids[at : at + BATCH] for at in range(0, len(ids), BATCH)):
        try:
            found = await asyncio.to_thread(source.look_up, batch)
        except SourceUnavailable as wrong:
            unasked |= dict.fromkeys(batch, f"arXiv could not be asked: {wrong}")
            continue
        before = context.library.get_many(batch)
        await asyncio.to_thread(context.library.add, found.papers, context.today)
        _note_unchanged(context, before, found.papers)
        answered = {paper.id for paper in found.papers}
        context.library.note_looked_up(source.name, answered, context.today)
        silent = [id for id in batch if id not in answered]
        if found.unusable:
            unasked |= dict.fromkeys(silent, f"arXiv's answer could not be used: {found.unusable[0]}")
        else:
            context.library.note_missing(source.name, silent, context.today)
    return unasked


def _note_unchanged(context: Context, before: Mapping[str, Paper], found: Iterable[Paper]) -> None:
    """What was asked of a version still holds when there is no newer one."""
    for paper in found:
        known = before.get(paper.id)
        if known and known.withdrawal_asked and paper.version and paper.version == known.version:
            context.library.mark_withdrawal(paper.id, known.withdrawal, context.today)


async def _withdrawals(context: Context, source: PaperSource, papers: Iterable[Paper]) -> dict[str, str]:
    unasked = {}
    for paper in papers:
        if paper.withdrawal_asked is None:
            try:
                withdrawal = await asyncio.to_thread(source.withdrawal, paper.id)
            except SourceUnavailable as wrong:
                unasked[paper.id] = f"whether it was withdrawn could not be asked: {wrong}"
            else:
                # In this order: a run that is killed in between asks for the page again, and counts it once.
                context.library.note_looked_up(_pages(source), [paper.id], context.today)
                context.library.mark_withdrawal(paper.id, withdrawal, context.today)
    return unasked


def facts(context: Context, claims: Sequence[Claim], unasked: dict[str, str]) -> dict[str, tuple[AnchorFacts, ...]]:
    """Return what is known of the anchors of each claim."""
    papers = context.library.get_many(bare_ids(claims, context.today))
    name = context.source.name if context.source else ""
    missing, asked = context.library.missing(name, context.today), context.library.looked_up(name)

    def of(anchor: Anchor) -> AnchorFacts:
        try:
            bare = ArxivId.parse(anchor.id, context.today).bare
        except MalformedId as wrong:
            return AnchorFacts(anchor, malformed=str(wrong))
        if bare in missing:
            return AnchorFacts(anchor, LookUp.NOT_FOUND, asked=context.today)
        paper = papers.get(bare)
        why = unasked.get(bare)
        if context.source is None and not paper:
            why = "not in the library, and arXiv was not asked"
        return AnchorFacts(anchor, LookUp.FOUND if paper else LookUp.NOT_ASKED, unasked=why, asked=asked.get(bare), paper=paper)

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
