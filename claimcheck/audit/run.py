"""The use case: look up every cited paper, read it where a sentence says something of it, and ground each citation.

The papers are asked for as anchors are (`agent/anchors.py`), read as candidates are, and grounded by the same table. A citation
of which nothing is said, in a list of references, is grounded when the paper exists, is not withdrawn, and is the one described.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from langgraph.runtime import Runtime

from claimcheck.agent import anchors
from claimcheck.agent.ground import ground
from claimcheck.agent.read import read_pair
from claimcheck.agent.state import Context, Pair, Read, State
from claimcheck.audit.citation import Citation
from claimcheck.audit.finding import Audit, Finding
from claimcheck.audit.reading import Cited
from claimcheck.domain import grounding
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.dates import PartialDate, Window
from claimcheck.domain.doubts import doubts
from claimcheck.domain.evidence import Evidence
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.grounding import AnchorCheck, AnchorFacts, Grounding
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.domain.text import content_words, folded
from claimcheck.errors import Exit, SourceUnavailable, worst

_ARXIV_BEGAN = date(1991, 1, 1)
_MOST_WORDS, _SUGGESTIONS = 12, 25
_FEW_WORDS = "its abstract may say so, but shares few words with the sentence; whether it does was not judged"
_NOTHING_SAID = "the paper exists and is not known to be withdrawn; nothing is said of it here"


async def audit(context: Context, files: Sequence[str], cited: Cited, fail_on: Collection[Grounding] = ()) -> Audit:
    """Check all citations. Raise `Denied` when the model server refuses us, `StoreUnusable` when the store cannot be used."""
    claims = _claims(context, cited.citations)
    context.progress.stage("look up", len(anchors.bare_ids(claims, context.today)))
    unasked, answered = await anchors.ask(context, anchors.bare_ids(claims, context.today))
    facts = anchors.facts(context, claims, unasked)
    gaps = [*cited.gaps, *_of_papers(claims, facts)]
    said = [claim for claim, (first, *_) in zip(claims, _grouped(cited.citations), strict=True) if first.statement]
    checks, missed = await _checked(context, said, facts)
    for claim in claims:
        if claim.id not in checks:
            checks[claim.id] = tuple(_existing(claim, one) for one in facts[claim.id])
    findings = [
        _finding(context, one, check, [c.paper for c in checks[claim.id] if c.paper])
        for claim, group in zip(claims, _grouped(cited.citations), strict=True)
        for one, check in zip(group, checks[claim.id], strict=True)
    ]
    silent = context.source is not None and not answered
    code = _exit([*gaps, *missed], silent, any(f.grounding in fail_on for f in findings))
    return Audit(tuple(files), tuple(findings), tuple(dict.fromkeys([*gaps, *missed])), code)


def _grouped(found: Iterable[Citation]) -> list[list[Citation]]:
    """Group the citations of one sentence."""
    return [list(group) for _, group in groupby(found, key=lambda c: (c.file, c.statement or (c.line, c.column)))]


def _claims(context: Context, found: Sequence[Citation]) -> tuple[Claim, ...]:
    """Return what each citing sentence states as a claim of today, which rests on the papers that it cites."""
    now = PartialDate.day(context.today)
    return tuple(
        Claim(
            id=f"{group[0].file}:{group[0].line}:{group[0].column}",
            inquiry="audit",
            text=group[0].statement or group[0].title or str(group[0].id or group[0].text),
            asserted=now,
            anchors=tuple(Anchor(str(one.id) if one.id else one.text, one.title, one.date) for one in group),
        )
        for group in _grouped(found)
    )


def _of_papers(claims: Iterable[Claim], facts: dict[str, tuple[AnchorFacts, ...]]) -> list[Gap]:
    """Return a gap for each paper that could not be asked for, however often it is cited."""
    why = {one.anchor.id: one.unasked for claim in claims for one in facts[claim.id] if one.unasked}
    return [Gap(f"paper {id}", reason, GapKind.SOURCE) for id, reason in why.items() if reason]


async def _checked(
    context: Context, claims: Sequence[Claim], facts: dict[str, tuple[AnchorFacts, ...]]
) -> tuple[dict[str, tuple[AnchorCheck, ...]], list[Gap]]:
    """Read what the sentences cite, and ground it."""
    pairs = [Pair(claim, one.paper) for claim in claims for one in facts[claim.id] if one.paper]
    context.progress.stage("read", len(pairs))
    reads: list[Read] = []
    gaps: list[Gap] = []
    for pair in pairs:
        outcome = await read_pair(context, pair)
        context.progress.step()
        if isinstance(outcome, Read):
            reads.append(outcome)
        else:
            gaps.append(replace(outcome, claim_id=None))
    gaps += await _look_further(context, claims, facts, reads)
    state: State = {"claims": tuple(claims), "anchors": facts, "reads": reads}
    done = await ground(state, Runtime(context=context))
    evidence = {(read.claim_id, read.paper_id): read.evidence for read in reads}
    checks = {
        claim.id: tuple(
            _doubted(claim, check, evidence.get((claim.id, check.paper.id)) if check.paper else None) for check in found
        )
        for claim in claims
        for found in (done["checks"][claim.id],)
    }
    return checks, [*gaps, *(replace(gap, claim_id=None) for gap in done["gaps"])]


def _doubted(claim: Claim, check: AnchorCheck, evidence: Evidence | None) -> AnchorCheck:
    """Do not take a mere lean for support where sentence and abstract share few words; a stance that counts is not doubted."""
    leans = check.grounding is Grounding.GROUNDED and evidence is not None and not evidence.trusted
    if leans and check.paper and grounding.shares_few_words(claim, check.paper):
        return replace(check, grounding=Grounding.UNCHECKED, reason=_FEW_WORDS)
    return check


async def _look_further(
    context: Context, claims: Sequence[Claim], facts: dict[str, tuple[AnchorFacts, ...]], reads: Iterable[Read]
) -> list[Gap]:
    """Ask arXiv, once, for papers that say what a cited paper does not seem to say: one of them may have been meant.

    What cannot be asked here costs a suggestion only.
    """
    evidence = {(read.claim_id, read.paper_id): read.evidence for read in reads}
    gaps = []
    for claim in claims if context.source else ():
        known = [replace(one, evidence=evidence.get((claim.id, one.paper.id)) if one.paper else None) for one in facts[claim.id]]
        if any(grounding.needs_suggestion(one) for one in known):
            try:
                await asyncio.to_thread(_search, context, Query(content_words(claim.text)[:_MOST_WORDS], origin="suggest"))
            except SourceUnavailable as wrong:
                kind = GapKind.OUTAGE if wrong.breaker else GapKind.SOURCE
                gaps.append(Gap(f"a paper to suggest for {claim.id}", f"arXiv could not be asked: {wrong}", kind, blocks=False))
    return gaps


def _search(context: Context, query: Query) -> None:
    source, window = context.source, Window(_ARXIV_BEGAN, context.today)
    if source is None or window.without(context.library.asked(source.name, str(query))) is None:
        return
    found = source.search(query, window, _SUGGESTIONS)
    context.library.add(found.papers, context.today)
    context.library.note_asked(source.name, str(query), window, found.total, [paper.id for paper in found.papers])


def _existing(claim: Claim, facts: AnchorFacts) -> AnchorCheck:
    """Ground a citation of which nothing is said: there is nothing for the paper to say."""
    check = grounding.ground(claim, facts)
    silent = check.grounding is Grounding.UNCHECKED and facts.paper is not None and facts.unasked is None
    return replace(check, grounding=Grounding.GROUNDED, reason=_NOTHING_SAID) if silent else check


def _finding(context: Context, one: Citation, check: AnchorCheck, cited: Sequence[Paper]) -> Finding:
    """Return a finding; `cited` are the papers of the whole sentence, any of which may have what it names."""
    suggested = check.suggestion.paper.id if check.suggestion else _by_title(context, one, check)
    in_doubt = one.statement and check.paper and check.grounding in (Grounding.UNCHECKED, Grounding.MISCITED)
    named = doubts(one.statement, cited) if in_doubt else ()
    return Finding(one, check, (*named, *_notes(one, check)), suggested)


def _by_title(context: Context, one: Citation, check: AnchorCheck) -> str | None:
    """Return the paper in the library that has the title which was cited under a wrong id."""
    if not one.title or check.grounding not in (Grounding.NOT_FOUND, Grounding.MALFORMED, Grounding.METADATA_MISMATCH):
        return None
    ids = context.library.search(Query(content_words(one.title), origin="title"), None, 5)
    papers = context.library.get_many(ids)
    same = [id for id in ids if id in papers and folded(papers[id].title) == folded(one.title)]
    return next((id for id in same if one.id is None or id != one.id.bare), None)


def _notes(one: Citation, check: AnchorCheck) -> Iterable[str]:
    paper = check.paper
    if paper is None or one.id is None:
        return
    if one.title and check.grounding is not Grounding.METADATA_MISMATCH and _retitled(one.title, paper.title):
        yield f"a newer version has another title: {paper.title!r}"
    if one.title and check.grounding is Grounding.METADATA_MISMATCH and (paper.version or 1) > 1:
        yield f"there are {paper.version} versions; an earlier one may have had the cited title"
    if one.id.version and paper.version and one.id.version < paper.version:
        yield f"version {one.id.version} is cited, and there is version {paper.version}"


def _retitled(cited: str, title: str) -> bool:
    a, b = folded(cited), folded(title)
    return not (a.startswith(b) or b.startswith(a))


def _exit(gaps: Sequence[Gap], silent: bool, failed: bool) -> Exit:
    """Return how an audit ends; `silent` when the source was asked and answered nothing."""
    kinds = {gap.kind for gap in gaps}
    codes = [Exit.GAPS] if gaps else []
    if GapKind.BUDGET in kinds:
        codes.append(Exit.BUDGET)
    if GapKind.OUTAGE in kinds or (silent and GapKind.SOURCE in kinds):
        codes.append(Exit.UNAVAILABLE)
    return worst([*codes, *([Exit.FAIL_ON] if failed else [])])
