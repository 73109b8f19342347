"""The report as data: what a retest and a run come to in the JSON twin, of which the Markdown is only a view.

Texts are verbatim here; who renders them escapes them. Nothing depends on the clock, on how long a run took, or on any order but
the one chosen here, so that the same ledger gives the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import Part
from claimcheck.domain.evidence import Evidence, Quote, QuoteGrounding, Stance
from claimcheck.domain.figures import compare
from claimcheck.domain.gap import Gap
from claimcheck.domain.grounding import AnchorCheck
from claimcheck.domain.retest import Coverage, Retest
from claimcheck.domain.review import Action, Review
from claimcheck.domain.verdict import RESTS_ON, RULES_VERSION, Verdict, bearing
from claimcheck.ports import JudgeName, KeptRetest, RunSummary
from claimcheck.report import gathered
from claimcheck.report.changes import moves

SCHEMA_VERSION = 1

Entry = dict[str, Any]


def entry(retest: Retest, previous: KeptRetest | None, edited: bool = False, judge: JudgeName | None = None) -> Entry:
    """Return a claim's item in the twin, compared with its last complete retest. `edited`: earlier ones were of another text."""
    told = _entry(retest, previous, edited, judge)
    return {**told, "moved_by": [move.as_json() for move in moves(previous.entry, told)] if previous else []}


def _entry(retest: Retest, previous: KeptRetest | None, edited: bool, judge: JudgeName | None) -> Entry:
    claim, whole = retest.claim, retest.decisions[Part.WHOLE]
    pieces = [_piece(item, whole.verdict, claim.text) for item in _in_order(retest, whole.verdict)]
    counted = [piece["paper_id"] for piece in pieces if piece["counted"]]
    before = _counted_before(previous)
    return {
        "id": claim.id,
        "inquiry": claim.inquiry,
        "text": claim.text,
        "asserted": str(claim.asserted),
        "verdict": retest.verdict.value,
        "previous_verdict": previous.verdict.value if previous else None,
        "needs_review": bool(retest.needs_review),
        "confidence": _rounded(whole.confidence),
        "parts": {part.value: _part(retest, part) for part in (Part.DURABLE, Part.PERISHABLE)},
        "anchors": [_anchor(check) for check in retest.anchors],
        "evidence": pieces,
        "coverage": _coverage(retest.coverage),
        "gaps": [_gap(gap) for gap in sorted(retest.gaps)],
        "computed_verdict": (retest.computed or whole.verdict).value,
        "previous_day": previous.day.isoformat() if previous else None,
        "edited": edited,
        "needs_review_reasons": list(retest.needs_review),
        "tally": asdict(whole.tally),
        "newly_counted": [id for id in dict.fromkeys(counted) if id not in before],
        "no_longer_counted": [id for id in before if id not in counted],
        "missing_numbers": list(retest.missing_numbers),
        "falsified_by": claim.falsified_by,
        "review_by": claim.review_by.isoformat() if claim.review_by else None,
        "search": list(claim.search),
        "provenance": {"judge": asdict(judge) if judge else None, "rules": RULES_VERSION, "claim": claim.fingerprint},
    }


def build(
    summary: RunSummary, entries: Sequence[Mapping[str, Any]], seconds: float | None = None, removed: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the whole twin. Leave `seconds` out for what is written to a file: a report does not depend on how long it took."""
    today = summary.day.isoformat()
    fresh = [{**item, "retested": item.get("retested") or today, "carried": False} for item in entries]
    carried = [{**item, "retested": item.get("retested"), "carried": True} for item in summary.carried]
    claims: list[Entry] = [*fresh, *carried]
    gaps = _all_gaps(summary.gaps, claims)
    return {
        "schema_version": SCHEMA_VERSION,
        "generated": today,
        "judge": {"kind": summary.judge.kind, "model": summary.judge.model, "prompt": summary.judge.prompt},
        "complete": not any(gap["blocks"] for gap in gaps),
        "notes": list(summary.notes),
        "changes": [_change(item) for item in fresh if _changed(item)],
        "claims": claims,
        "removed": list(dict.fromkeys((*summary.removed, *removed))),
        "strongest": gathered.strongest(claims, summary.day),
        "ungrounded": [row for item in claims for row in gathered.ungrounded(item)],
        "questions": [{"text": q.text, "because": list(q.because), "drafted_by": q.drafted_by} for q in summary.questions],
        "gaps": gaps,
        "cost": _cost(summary),
        "runs": {"arxiv_requests": summary.arxiv_requests, "seconds": seconds},
        "reviews": _reviews(claims),
        "rules": RULES_VERSION,
        "claims_hash": summary.claims_hash,
    }


def _reviews(claims: Sequence[Entry]) -> dict[str, Any]:
    """Count the evidence that people reviewed, and on how much of it they took the judge's stance."""
    seen = [piece for item in claims for piece in item["evidence"] if piece.get("review")]
    done = [piece["review"]["action"] for piece in seen]
    same = [p for p in seen if p["review"]["action"] != Action.REJECT and p["stance"] == p["review"]["judged"]["stance"]]
    return {
        "accepted": done.count(Action.ACCEPT),
        "corrected": done.count(Action.CORRECT),
        "rejected": done.count(Action.REJECT),
        "same_stance": len(same),
    }


def _in_order(retest: Retest, verdict: Verdict) -> list[Evidence]:
    """What bears on the claim, and what could not be tied to a paper or was withdrawn; what decided comes first."""
    kept = [item for item in retest.evidence if _shown(item)]
    return sorted(
        kept,
        key=lambda e: (
            not e.counted,
            bearing(e, Part.WHOLE) not in RESTS_ON.get(verdict, ()),
            not e.unjudged,
            e.unjudged and e.stance not in gathered.STRENGTH,  # a possible conflict is read before a possible support
            -e.confidence,
            -e.paper.when.last.toordinal(),
            e.paper.id,
            e.stance,
        ),
    )


def _shown(item: Evidence) -> bool:
    odd = item.grounding is not QuoteGrounding.GROUNDED or item.flags & {"withdrawn", "unknown_id_in_reason"}
    return item.stance is not Stance.NOT_ENOUGH_INFO or item.unjudged or bool(odd) or item.review is not None


def _piece(item: Evidence, verdict: Verdict, text: str) -> dict[str, Any]:
    paper, counts_as = item.paper, bearing(item, Part.WHOLE)
    return {
        "paper_id": paper.id,
        "version": paper.version,
        "title": paper.title,
        "published": str(paper.when),
        "stance": item.stance.value,
        "part": item.part.value,
        "asserted": item.asserted,
        "quotes": [_quote(quote) for quote in item.quotes],
        "confidence": round(item.confidence, 3),
        "grounding": item.grounding.value,
        "counted": item.counted,
        "flags": sorted(item.flags),
        "counts_as": counts_as.value if counts_as else None,
        "decisive": counts_as in RESTS_ON.get(verdict, ()),
        "unjudged": item.unjudged,
        "reason": item.reason,
        "figures": _figures(text, item.quotes),
        "fingerprint": paper.fingerprint,
        "review": _review(item.review, item.judged),
    }


def _review(review: Review | None, judged: Evidence | None = None) -> dict[str, Any] | None:
    """What a person decided, and what the judge had said."""
    if review is None:
        return None
    told = {"by": review.reviewer, "action": review.action.value, "reason": review.reason, "day": review.day.isoformat()}
    return {
        **told,
        "expires": review.expires.isoformat() if review.expires else None,
        "judged": _judged(judged) if judged else None,
    }


def _judged(item: Evidence) -> dict[str, Any]:
    return {
        "stance": item.stance.value,
        "part": item.part.value,
        "asserted": item.asserted,
        "quotes": [_quote(quote) for quote in item.quotes],
        "confidence": round(item.confidence, 3),
        "grounding": item.grounding.value,
        "flags": sorted(item.flags),
        "unjudged": item.unjudged,
    }


def _figures(text: str, quotes: Sequence[Quote]) -> list[dict[str, Any]]:
    compared = compare(text, [quote.text for quote in quotes])
    return [{"claim": row.claim, "paper": list(row.paper), "agrees": row.agrees} for row in compared]


def _anchor(check: AnchorCheck) -> dict[str, Any]:
    cited, paper, suggestion = _cited(check.anchor.id), check.paper, check.suggestion
    return {
        "id": paper.id if paper else cited.bare if cited else check.anchor.id,
        "version": paper.version if paper else cited.version if cited else None,
        "title": paper.title if paper else None,
        "published": str(paper.when) if paper else None,
        "grounding": check.grounding.value,
        "reason": check.reason,
        "suggested_id": suggestion.paper.id if suggestion else None,
        "suggested_version": suggestion.paper.version if suggestion else None,
        "suggested_title": suggestion.paper.title if suggestion else None,
        "suggested_quote": _quote(suggestion.quote) if suggestion and suggestion.quote else None,
        "quote": _quote(check.quote) if check.quote else None,
        "cited": check.anchor.id,
        "asked": check.asked.isoformat() if check.asked else None,
        "withdrawal_asked": paper.withdrawal_asked.isoformat() if paper and paper.withdrawal_asked else None,
        "fingerprint": paper.fingerprint if paper else None,
        "review": _review(check.review),
    }


def _cited(id: str) -> ArxivId | None:
    try:
        return ArxivId.parse(id)
    except MalformedId:
        return None


def _quote(quote: Quote) -> dict[str, Any]:
    return {"text": quote.text, "where": quote.where, "start": quote.start, "end": quote.end}


def _part(retest: Retest, part: Part) -> dict[str, Any]:
    decision = retest.decisions.get(part)
    return {"text": retest.claim.part(part), "verdict": decision.verdict.value if decision else None}


def _coverage(coverage: Coverage) -> dict[str, Any]:
    window = coverage.window
    return {
        "queries": list(coverage.queries),
        "window": [window.first.isoformat(), window.last.isoformat()] if window else None,
        "identified": coverage.identified,
        "screened": coverage.screened,
        "read": coverage.read,
        "counted": coverage.counted,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {"what": gap.what, "why": gap.why, "kind": gap.kind.value, "blocks": gap.blocks}


def _counted_before(previous: KeptRetest | None) -> list[str]:
    pieces: Any = previous.entry.get("evidence", []) if previous else []
    return list(dict.fromkeys(piece["paper_id"] for piece in pieces if piece["counted"]))


def _changed(item: Entry) -> bool:
    return item["previous_verdict"] is not None and item["previous_verdict"] != item["verdict"]


def _change(item: Entry) -> dict[str, Any]:
    return {
        "claim": item["id"],
        "from": item["previous_verdict"],
        "to": item["verdict"],
        "because": item["newly_counted"],
        "no_longer_counted": item["no_longer_counted"],
    }


def _cost(summary: RunSummary) -> dict[str, Any]:
    usage = summary.usage
    return {
        "calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "usd": round(usage.usd, 6),
        "cached": summary.cached,
        "estimated": usage.estimated,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _all_gaps(of_run: Sequence[Gap], claims: Sequence[Entry]) -> list[dict[str, Any]]:
    rows = [{"claim": gap.claim_id, **_gap(gap)} for gap in sorted(of_run, key=lambda g: (g.what, g.why, g.claim_id or ""))]
    rows += [{"claim": item["id"], **gap} for item in claims for gap in item["gaps"]]
    return list({tuple(row.items()): row for row in rows}.values())
