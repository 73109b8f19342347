"""Cite: who cites the anchors, for those papers are the likeliest to test a claim. Nobody is asked unless the settings say whom.

Each distinct anchor is asked once a day, whichever claims rest on it, and the answer is kept in the library with its day. Citing
papers that the library lacks, and that may lie in a window of such a claim, are looked up at arXiv, 100 at a time, and each batch
is kept when it is there. What could not be asked is a gap, and the last answer that is kept still counts, dated.

These gaps block no verdict. Words search the same papers, in full, with or without citations: a claim whose every query was
answered is as well searched as it is for everybody who asks no citation service, and asking one more must not make a retest worth
less. Nor would a retest without such gaps be complete in citations, for both services lag arXiv by weeks. The gap is shown with
the claim all the same, so that its silence is never read as "none cite it".
"""

import asyncio
from collections.abc import Iterable, Iterator

from langgraph.runtime import Runtime

from claimcheck.agent.state import Cited, Context, State
from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.domain.citing import Citing, once_each
from claimcheck.domain.claim import Claim
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.grounding import AnchorFacts, LookUp
from claimcheck.errors import SourceUnavailable
from claimcheck.ports import CitationSource, PaperSource

_BATCH = 100  # ids of one request to arXiv
_NOT_ASKED = "not asked: only the library may be; refresh without --offline"


async def cite(state: State, runtime: Runtime[Context]) -> State:
    """Ask who cites each anchor, and look up at arXiv which of these papers the library lacks."""
    context = runtime.context
    if not context.citations:
        return {"cited": {}}
    resting = _resting(state)
    context.progress.stage("cite", len(resting) * len(context.citations))
    answers: dict[str, list[Cited]] = {}
    gaps: list[Gap] = []
    for anchor, claims in resting.items():
        for source in context.citations:
            answer, why = await _ask(context, source, anchor)
            if answer:
                answers.setdefault(anchor, []).append(answer)
            if why:
                gaps += [_gap(f"papers that cite {anchor}, by {source.name}", why, claim) for claim in claims]
            context.progress.step()
    gaps += await _fetch(context, state, resting, answers)
    cited: dict[str, list[Cited]] = {claim.id: [] for claim in state["claims"]}
    for anchor, claims in resting.items():
        for claim in claims:
            cited[claim.id] += answers.get(anchor, [])
    return {"cited": {id: tuple(of) for id, of in cited.items()}, "gaps": gaps}


def papers_citing(answers: Iterable[Cited]) -> tuple[Citing, ...]:
    """Return the papers that answers name, once each."""
    return once_each(paper for answer in answers for paper in answer.citations.papers)


def remembered(context: Context, facts: Iterable[AnchorFacts]) -> tuple[Citing, ...]:
    """Return the papers that cite these anchors by the answers that are kept, once each. Nobody is asked."""
    anchors = dict.fromkeys(_bare(one) for one in facts if _may_exist(one))
    answers = [context.library.citations(source.name, anchor) for anchor in anchors for source in context.citations]
    return once_each(paper for kept in answers if kept for paper in kept.citations.papers)


def due(context: Context, facts: Iterable[AnchorFacts]) -> int:
    """Return how often citation services would be asked about these anchors today."""
    if context.source is None:
        return 0
    anchors = {_bare(one) for one in facts if _may_exist(one)}
    answers = [context.library.citations(source.name, anchor) for anchor in anchors for source in context.citations]
    return sum(kept is None or kept.day != context.today for kept in answers)


def _resting(state: State) -> dict[str, list[Claim]]:
    """Return the distinct anchors that may exist, by bare id, each with the claims that rest on it and can be searched."""
    resting: dict[str, list[Claim]] = {}
    for claim in state["claims"]:
        if state["windows"][claim.id]:
            for anchor in dict.fromkeys(_bare(facts) for facts in state["anchors"][claim.id] if _may_exist(facts)):
                resting.setdefault(anchor, []).append(claim)
    return resting


def _may_exist(facts: AnchorFacts) -> bool:
    return facts.malformed is None and facts.look_up is not LookUp.NOT_FOUND


def _bare(facts: AnchorFacts) -> str:
    return ArxivId.parse(facts.anchor.id).bare


async def _ask(context: Context, source: CitationSource, anchor: str) -> tuple[Cited | None, str | None]:
    """Return the newest answer there is, and why there is none of today, if there is none. `Denied` is left to end the run."""
    kept, why = context.library.citations(source.name, anchor), None
    if kept is None or kept.day != context.today:
        try:
            why = await _ask_anew(context, source, anchor)
        except SourceUnavailable as wrong:
            why = str(wrong)
        kept = context.library.citations(source.name, anchor)
    return (Cited(anchor, source.name, kept.day, kept.citations) if kept else None), why


async def _ask_anew(context: Context, source: CitationSource, anchor: str) -> str | None:
    if context.source is None:
        return _NOT_ASKED
    found = await asyncio.to_thread(source.citing, anchor)
    await asyncio.to_thread(context.library.keep_citations, source.name, anchor, found, context.today)
    return None


async def _fetch(context: Context, state: State, resting: dict[str, list[Claim]], answers: dict[str, list[Cited]]) -> list[Gap]:
    """Look up what the library lacks; return a gap for each claim and anchor of which citing papers could not be looked up."""
    wanted = {
        (claim.id, anchor): _inside(state, claim, answers.get(anchor, []))
        for anchor, claims in resting.items()
        for claim in claims
    }
    ids = sorted({id for some in wanted.values() for id in some})
    known = context.library.get_many(ids)
    absent = context.library.missing(context.source.name, context.today) if context.source else frozenset()
    unasked = await _look_up(context, [id for id in ids if id not in known and id not in absent])
    gaps = []
    for anchor, claims in resting.items():
        for claim in claims:
            lacking = [id for id in wanted[claim.id, anchor] if id in unasked]
            if lacking:
                gaps.append(_gap(f"{_papers_that_cite(len(lacking))} {anchor}", unasked[lacking[0]], claim))
    return gaps


def _inside(state: State, claim: Claim, answers: Iterable[Cited]) -> list[str]:
    """Return the citing papers that may lie in a claim's window by the month that their ids tell."""
    window = state["windows"][claim.id]
    ids = dict.fromkeys(paper.id for answer in answers for paper in answer.citations.papers)
    return [id for id in ids if window and window.holds(ArxivId.parse(id).month)]


async def _look_up(context: Context, ids: list[str]) -> dict[str, str]:
    """Fetch papers into the library; return the ids that could not be asked, each with the reason."""
    if context.source is None:
        return dict.fromkeys(ids, f"not in the library, and arXiv was {_NOT_ASKED}")
    unasked: dict[str, str] = {}
    for batch in _batches(ids):
        unasked |= await _look_up_batch(context, context.source, batch)
    return unasked


async def _look_up_batch(context: Context, source: PaperSource, batch: list[str]) -> dict[str, str]:
    try:
        found = await asyncio.to_thread(source.look_up, batch)
    except SourceUnavailable as wrong:
        return dict.fromkeys(batch, f"arXiv could not be asked: {wrong}")
    await asyncio.to_thread(context.library.add, found.papers, context.today)
    answered = {paper.id for paper in found.papers}
    silent = [id for id in batch if id not in answered]
    if found.unusable:
        return dict.fromkeys(silent, f"arXiv's answer could not be used: {found.unusable[0]}")
    context.library.note_missing(source.name, silent, context.today)
    return {}


def _batches(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _gap(what: str, why: str, claim: Claim) -> Gap:
    """Return a gap that blocks nothing; no outage even where the service is given up, for the verdict can do without it."""
    return Gap(what, why, GapKind.SOURCE, claim.id, blocks=False)


def _papers_that_cite(count: int) -> str:
    return "1 paper that cites" if count == 1 else f"{count} papers that cite"
