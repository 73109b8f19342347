"""Ground: tie each anchor to its paper, and where it does not say the claim, look for the paper that does."""

from collections.abc import Mapping
from dataclasses import replace

from langgraph.runtime import Runtime

from claimcheck.agent.read import read_pair
from claimcheck.agent.state import Context, Pair, Read, State
from claimcheck.domain import grounding
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import Window
from claimcheck.domain.evidence import Evidence, Quote, Stance
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.grounding import AnchorCheck, AnchorFacts, Suggestion
from claimcheck.domain.query import Query
from claimcheck.domain.review import Review, Standing, Target, newest, reviewed_anchor, standing, subject
from claimcheck.domain.text import content_words, numbers, stem

# How many papers are read in search of the right citation, and since when arXiv exists.
_TRIED = 5
_ARXIV_BEGAN = 1991
Reviews = Mapping[tuple[str, Target, str], Review]


async def ground(state: State, runtime: Runtime[Context]) -> State:
    """Decide the grounding of every anchor and keep it."""
    context = runtime.context
    context.progress.stage("ground", len(state["claims"]))
    reads = {(r.claim_id, r.paper_id): r.evidence for r in state["reads"]}
    checks, gaps = {}, []
    for claim in state["claims"]:
        facts = [_with_evidence(f, reads.get((claim.id, f.paper.id)) if f.paper else None) for f in state["anchors"][claim.id]]
        best, missed = await _nearest(context, claim, facts)
        gaps += missed
        reviews = newest(context.ledger.reviews_of(claim.id), context.today)
        done = tuple(_grounded(context, claim, _with_suggestion(claim, f, best), reviews) for f in facts)
        context.deadline.go_on()
        for check in done:
            context.ledger.keep_anchor_check(context.run_id, claim.id, check, context.today)
        checks[claim.id] = done
        context.progress.step()
    return {"checks": checks, "gaps": gaps}


def _grounded(context: Context, claim: Claim, facts: AnchorFacts, reviews: Reviews) -> AnchorCheck:
    """Decide by the table, and then by a person's review where one stands."""
    check = grounding.ground(claim, facts)
    now = subject(claim, Target.ANCHOR, check.paper) if check.paper else None
    review = reviews.get(now.key) if now else None
    if now and review and standing(review, now, context.today) is Standing.STANDS:
        return reviewed_anchor(check, facts, review)
    return check


def _with_evidence(facts: AnchorFacts, evidence: Evidence | None) -> AnchorFacts:
    """Tell an anchor's reading, and with it what was read of the paper."""
    return replace(facts, evidence=evidence, paper=evidence.paper) if evidence else facts


def _with_suggestion(claim: Claim, facts: AnchorFacts, best: Evidence | None) -> AnchorFacts:
    """Suggest the paper, if it says the claim; by a judge that only finds, if it comes much nearer than the cited one."""
    if best is None or (best.bearing is not None and not best.trusted and not grounding.much_nearer(claim, facts.evidence, best)):
        return facts
    return replace(facts, suggestion=Suggestion(best.paper, _closest(best.quotes, claim)))


async def _nearest(context: Context, claim: Claim, facts: list[AnchorFacts]) -> tuple[Evidence | None, list[Gap]]:
    """Read the best papers that are no newer than the claim; return the one that says it most surely.

    What cannot be read here costs a suggestion, not a verdict: its gaps block nothing.
    """
    if not any(grounding.needs_suggestion(f) for f in facts):
        return None, []
    window = Window(context.today.replace(year=_ARXIV_BEGAN, month=1, day=1), claim.asserted.last)
    anchors = {f.paper.id for f in facts if f.paper}
    ranked = context.library.search(Query(content_words(claim.text), origin="suggest"), window, _TRIED + len(anchors))
    papers = context.library.get_many(ranked)
    tried = [papers[id] for id in ranked if id in papers and id not in anchors][:_TRIED]
    outcomes = [await read_pair(context, Pair(claim, paper)) for paper in tried if not paper.known_withdrawal]
    read = [o.evidence for o in outcomes if isinstance(o, Read) and o.evidence.quotes]
    finds_only = [e for e in read if e.bearing is not None and not e.trusted]
    says_it = [e for e in read if e.stance is Stance.SUPPORTS and e not in finds_only]
    gaps = [replace(o, blocks=False) for o in outcomes if isinstance(o, Gap) and o.kind is not GapKind.RECORDING]
    best = min(says_it, key=lambda e: (not e.asserted, -e.confidence, e.paper.id), default=None)
    return best or min(finds_only, key=lambda e: (-(e.bearing or 0), e.paper.id), default=None), gaps


def _closest(quotes: tuple[Quote, ...], claim: Claim) -> Quote:
    """Return the sentence that shares most figures with the claim, and of these the one that shares most words."""
    figures, about = set(numbers(claim.text)), {stem(word) for word in content_words(claim.text)}

    def closeness(quote: Quote) -> tuple[int, int]:
        words = {stem(word) for word in content_words(quote.text)}
        return len(figures & set(numbers(quote.text))), len(about & words)

    return max(quotes, key=closeness)
