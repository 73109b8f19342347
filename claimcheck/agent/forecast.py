"""Forecast: what a refresh would ask of arXiv and of the model, worked out from what is remembered. Nothing is asked or kept.

What is in the library already is counted exactly: which queries, categories and anchors are due, and which papers are unread.
What arXiv will bring is not known; `most` is what it can come to, with as many new candidates a claim as are read at most. A
harvest window counts as one request, and takes one more for each further 2,000 papers. Full texts that are not kept yet are not
among the requests; each takes one or two. Tokens are estimated from the bytes of the prompt, of the answer's schema, which
servers count, of the claim and of what is read of the paper, and what a reading answers from what readings usually do; they cost
only where a language model reads.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import resources

from claimcheck.agent import anchors, cite, matching
from claimcheck.agent.collect import hold
from claimcheck.agent.draft import remembered
from claimcheck.agent.harvest import Harvested, categories, wanted
from claimcheck.agent.plan import told_for_phrases
from claimcheck.agent.read import is_silent, judgement_key
from claimcheck.agent.screen import pairs_of
from claimcheck.agent.search import Covered, wants
from claimcheck.agent.state import Context, Depth, Pair
from claimcheck.domain import query
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import Window
from claimcheck.domain.denial import tied
from claimcheck.domain.evidence import Usage
from claimcheck.domain.excerpt import excerpt
from claimcheck.domain.fulltext import FullText
from claimcheck.domain.grounding import AnchorFacts
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.errors import SourceUnavailable

_BYTES_A_TOKEN = 4
_BYTES_A_PAPER = 1_500  # title and abstract, where the paper is not known yet
BYTES_OF_SCHEMA = 1_600  # of a reading's answer
_ANSWER = 120  # tokens that a reading or a few phrases take
_MILLION = 1_000_000
_LANGUAGE_MODELS = ("openai",)


@dataclass(frozen=True)
class Requests:
    """What arXiv would be asked: look-ups of anchors, abstract pages, windows of new papers, queries."""

    look_ups: int = 0
    abstract_pages: int = 0
    harvest_windows: int = 0
    queries: int = 0

    @property
    def total(self) -> int:
        """All requests, at least."""
        return self.look_ups + self.abstract_pages + self.harvest_windows + self.queries


@dataclass(frozen=True)
class Forecast:
    """What a refresh would take.

    `citing` is how often citation services would be asked; which papers they then name is not known, and not counted. `readings`
    papers in the library are unread; `most_readings` counts what arXiv may bring too. `usage` is what the readings and the search
    phrases that are not drafted yet would take of a language model, `most` with all readings. `under_way` are readings in
    batches of earlier runs.
    """

    claims: int
    requests: Requests
    citing: int
    phrases: int
    readings: int
    most_readings: int
    usage: Usage
    most: Usage
    under_way: int = 0


@dataclass(frozen=True)
class Prices:
    """US dollars for a million tokens; None where they are not known. Readings cost this part of them."""

    prompt: float | None = None
    completion: float | None = None
    readings: float = 1.0


def forecast(context: Context, claims: tuple[Claim, ...], prices: Prices) -> Forecast:
    """Return what a refresh of the claims would take. The context's judge and source are not asked."""
    queries, phrases = _planned(context, claims)
    windows = {claim.id: context.window(claim) for claim in claims}
    requests, asking = _requests(context, claims, queries, windows)
    facts = anchors.facts(context, claims, {})
    if context.batching:
        for opened in context.batching.ledger.open_batches(context.batching.desk.place):
            hold(context.batching, opened)
    usage, most, readings, more = Usage(), Usage(), 0, 0
    for claim in claims:
        unread, perhaps = _unread(context, claim, queries[claim.id], windows[claim.id], facts[claim.id], claim.id in asking)
        new = context.candidates if context.source and windows[claim.id] else 0
        unknown = sum(f.paper is None and not f.malformed for f in facts[claim.id]) if context.source else 0
        readings += len(unread)
        more += new + unknown + len(perhaps)
        usage += _calls(claim, unread)
        most += _calls(claim, [*perhaps, *_of_new(context, new), *[_BYTES_A_PAPER] * unknown])
    drafting = _priced(context, _calls_for_phrases(phrases), prices, 1.0)
    read, perhaps_read = (_priced(context, took, prices, prices.readings) for took in (usage, usage + most))
    return Forecast(
        claims=len(claims),
        requests=requests,
        citing=cite.due(context, (one for claim in claims if windows[claim.id] for one in facts[claim.id])),
        phrases=len(phrases),
        readings=readings,
        most_readings=readings + more,
        usage=drafting + read,
        most=drafting + perhaps_read,
        under_way=len(context.batching.held) if context.batching else 0,
    )


def _planned(context: Context, claims: Iterable[Claim]) -> tuple[dict[str, tuple[Query, ...]], list[Claim]]:
    """Return each claim's queries as far as they are known, and the claims for which a model would draft more."""
    queries, undrafted = {}, []
    for claim in claims:
        draft = remembered(context, "phrases", told_for_phrases(claim))
        queries[claim.id] = query.plan(claim, (str(row["text"]) for row in draft.texts) if draft else ())
        if draft is None and context.judge.name.kind in _LANGUAGE_MODELS:
            undrafted.append(claim)
    return queries, undrafted


def _requests(
    context: Context, claims: tuple[Claim, ...], queries: dict[str, tuple[Query, ...]], windows: dict[str, Window | None]
) -> tuple[Requests, set[str]]:
    """Return what arXiv would be asked, and the claims that queries would be sent for."""
    source, library = context.source, context.library
    if source is None:
        return Requests(), set()
    ids = anchors.bare_ids(claims, context.today)
    known = library.get_many(ids)
    absent = library.missing(source.name, context.today)
    pages = sum(id not in absent and (id not in known or known[id].withdrawal_asked is None) for id in ids)
    harvests = [Harvested(c, wanted(library, source.name, c, context.today)) for c in categories(claims)]
    coverage, asked, asking = Covered(context, source, harvests), 0, set()
    for want in wants(claims, queries, windows):
        missing = want.window.without(library.asked(source.name, str(want.query)))
        if missing and not all(coverage.relies(claim, missing) for claim in want.claims):
            asked += 1
            asking |= {claim.id for claim in want.claims}
    look_ups = math.ceil(len(anchors.to_look_up(context, source, ids)) / anchors.BATCH)
    return Requests(look_ups, pages, sum(len(h.windows) for h in harvests), asked), asking


def _unread(
    context: Context,
    claim: Claim,
    queries: tuple[Query, ...],
    window: Window | None,
    facts: tuple[AnchorFacts, ...],
    asking: bool,
) -> tuple[list[int], list[int]]:
    """Return how long the texts are that will be read of the claim's anchors and its candidates in the library, and that may be.

    The candidates of a claim that is still to be searched for are not known yet.
    """
    match = matching.NOTHING
    if window:
        case = matching.Case(claim, queries, window, facts, cite.remembered(context, facts))
        before = context.library.matches([case.key]).get(case.key)
        match = before or matching.NOTHING
        if before or not asking:
            match = matching.matched(context, case, before, context.library.mark())
    pairs = pairs_of(context, claim, facts, match, context.library.get_many(match.candidates))
    opened = [_open(context, pair) for pair in {pair.paper.id: pair for pair in reversed(pairs)}.values()]
    return [size for sure, _ in opened for size in sure], [size for _, perhaps in opened for size in perhaps]


def _open(context: Context, pair: Pair) -> tuple[list[int], list[int]]:
    """Return the lengths of what will be read of a paper, and of what may be: a full text that is not kept may not be there."""
    judged = context.ledger.judgement(judgement_key(context, pair))
    by_abstract = [] if judged or _under_way(context, pair) else [_size(pair.paper)]
    if pair.depth is Depth.AS_IT_IS:
        return by_abstract, []
    if pair.depth is Depth.IF_SILENT and (judged is None or not is_silent(tied(pair.claim, pair.paper, judged.answer.reading))):
        return by_abstract, [] if judged else [_in_full(context)]
    full = _kept(context, pair.paper)
    if full:
        told = replace(pair, paper=excerpt(pair.paper, full, pair.claim, context.passage_tokens))
        unread = context.ledger.judgement(judgement_key(context, told)) is None and not _under_way(context, told)
        return [_size(told.paper)] if unread else [], []
    if context.source is None:
        return by_abstract, []
    return ([], [_in_full(context)]) if judged else ([_in_full(context)], [])


def _under_way(context: Context, pair: Pair) -> bool:
    return context.batching is not None and judgement_key(context, pair) in context.batching.held


def _kept(context: Context, paper: Paper) -> FullText | None:
    assert context.full_texts is not None
    try:
        return context.full_texts.fetch(paper)
    except SourceUnavailable:
        return None


def _calls(claim: Claim, papers: Iterable[int]) -> Usage:
    """Return what readings take, one for each paper of so many bytes."""
    fixed = _prompt_bytes("read") + BYTES_OF_SCHEMA + len(claim.text) + len(claim.durable or "") + len(claim.perishable or "")
    sizes = [fixed + size for size in papers]
    return Usage(len(sizes), sum(sizes) // _BYTES_A_TOKEN, _ANSWER * len(sizes), estimated=True)


def _calls_for_phrases(claims: Iterable[Claim]) -> Usage:
    sizes = [_prompt_bytes("phrases") + len(claim.text) for claim in claims]
    return Usage(len(sizes), sum(sizes) // _BYTES_A_TOKEN, _ANSWER * len(sizes), estimated=True)


def _priced(context: Context, usage: Usage, prices: Prices, part: float) -> Usage:
    if context.judge.name.kind not in _LANGUAGE_MODELS:
        return Usage(estimated=True)
    usd = (usage.prompt_tokens * (prices.prompt or 0) + usage.completion_tokens * (prices.completion or 0)) / _MILLION
    return replace(usage, usd=part * usd)


def _of_new(context: Context, new: int) -> list[int]:
    """Return how long the texts of new candidates may be; the best of them may be read in full."""
    in_full = min(new, context.full_text if context.full_texts else 0)
    return [_in_full(context)] * in_full + [_BYTES_A_PAPER] * (new - in_full)


def _in_full(context: Context) -> int:
    return _BYTES_A_TOKEN * context.passage_tokens


def _size(paper: Paper) -> int:
    return len(paper.title.encode()) + sum(len(sentence.text.encode()) + 1 for sentence in paper.sentences)


def _prompt_bytes(name: str) -> int:
    return len((resources.files("claimcheck.agent") / "prompts" / f"{name}.md").read_bytes())
