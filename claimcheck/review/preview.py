"""Preview: a claim's verdict as the rule gives it under the reviews kept so far. The next refresh writes it, if nothing is new.

The last retest keeps all evidence that counts or waits for a judge, so the rule can be applied to it anew. What is known of
papers that may bear on the claim, though that is unlikely, is their number.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from claimcheck.domain.claim import Claim, Part
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import NOT_JUDGED, Evidence, Quote, QuoteGrounding, Stance
from claimcheck.domain.paper import Paper
from claimcheck.domain.review import Action, Review, Standing, Target, reviewed, standing, subject
from claimcheck.domain.verdict import Verdict, tally, verdict

Reviews = Mapping[tuple[str, Target, str], Review]
Find = Callable[[Claim, Mapping[str, Any]], Paper | None]


def claim_of(entry: Mapping[str, Any]) -> Claim:
    """Return the claim as the retest had it."""
    parts = {name: entry["parts"][name]["text"] for name in ("durable", "perishable")}
    return Claim(entry["id"], entry["inquiry"], entry["text"], PartialDate.parse(entry["asserted"]), (), **parts)


def recomputed(entry: Mapping[str, Any], reviews: Reviews, find: Find, today: date) -> Verdict | None:
    """Return the verdict of the whole claim under the reviews that stand; None where a corrected text is not at hand."""
    claim = claim_of(entry)
    items = [_under(claim, piece, reviews, find, today) for piece in entry["evidence"]]
    known = [item for item in items if item is not None]
    if len(known) < len(items):
        return None
    complete = not any(gap["blocks"] for gap in entry["gaps"])
    counts = replace(tally(known, Part.WHOLE), doubtful=entry["tally"].get("doubtful", 0))
    return verdict(counts, complete)


def judged(piece: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a piece of evidence as the judge had it, before any review."""
    said = (piece.get("review") or {}).get("judged")
    return {**piece, **said} if said else piece


def _under(claim: Claim, piece: Mapping[str, Any], reviews: Reviews, find: Find, today: date) -> Evidence | None:
    paper = Paper(piece["paper_id"], piece["title"], "", piece["version"])
    review = reviews.get((claim.id, Target.EVIDENCE, paper.id))
    item = _evidence(paper, judged(piece))
    if review is None:
        return item
    now = replace(subject(claim, Target.EVIDENCE, paper), paper=piece.get("fingerprint") or review.subject.paper)
    if standing(review, now, today) is not Standing.STANDS:
        return item
    if review.action is Action.CORRECT:
        text = find(claim, piece)
        return reviewed(replace(item, paper=text), review) if text else None
    return reviewed(item, review)


def _evidence(paper: Paper, piece: Mapping[str, Any]) -> Evidence:
    flags = frozenset(piece["flags"])
    return Evidence(
        paper=paper,
        stance=Stance(piece["stance"]),
        part=Part(piece["part"]),
        asserted=piece["asserted"],
        quotes=tuple(Quote(q["text"], q["where"], q["start"], q["end"]) for q in piece["quotes"]),
        confidence=piece["confidence"],
        reason="",
        grounding=QuoteGrounding(piece["grounding"]),
        trusted=NOT_JUDGED not in flags,
        bears=piece["stance"] != Stance.NOT_ENOUGH_INFO or piece["unjudged"],
        flags=flags,
    )
