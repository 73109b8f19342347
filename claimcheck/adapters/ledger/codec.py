"""Domain values as columns and JSON, and back. Explicit, so that what is stored never depends on how a class is laid out."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from claimcheck.adapters.ledger.columns import storable
from claimcheck.adapters.ledger.tables import DraftRow, JudgementRow, RetestRow, ReviewRow, Took
from claimcheck.domain.claim import Claim, Part
from claimcheck.domain.evidence import Reading, Stance, Usage
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.grounding import AnchorCheck
from claimcheck.domain.retest import Retest
from claimcheck.domain.review import Action, Review, Subject, Target
from claimcheck.domain.verdict import Verdict
from claimcheck.ports import Answer, Draft, Judgement, JudgementKey, JudgeName, KeptRetest, Question, RunSummary

RAW_BYTES = 20_000

Columns = dict[str, Any]


@contextmanager
def _as_written() -> Iterator[None]:
    """Raise ValueError for JSON that has not the form in which we write it."""
    try:
        yield
    except (KeyError, TypeError) as wrong:
        raise ValueError(f"stored JSON without {wrong}") from wrong


def dump(value: object) -> str:
    """Return JSON in the order given; a number that JSON does not have is a bug and raises ValueError."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def key_digest(key: JudgementKey) -> str:
    """Return the hash under which a judgement is found: of every part of its key."""
    judge = key.judge
    return _digest(key.claim, key.paper_id, key.version, key.paper, judge.kind, judge.model, judge.prompt, key.attempt, key.rules)


def judged_columns(key: JudgementKey, claim_id: str, day: date, usage: Usage, raw: str) -> Columns:
    """Return what judgements and unusable answers share."""
    return {
        "key": key_digest(key),
        "claim_fingerprint": key.claim,
        "paper_id": key.paper_id,
        "paper_version": key.version,
        "paper_fingerprint": key.paper,
        **judge_columns(key.judge),
        "attempt": key.attempt,
        "rules": key.rules,
        "claim_id": claim_id,
        "day": day,
        "raw": storable(raw).encode()[:RAW_BYTES].decode(errors="ignore"),
        **usage_columns(usage),
    }


def judgement_columns(judgement: Judgement) -> Columns:
    """Return a judgement."""
    answer, reading = judgement.answer, judgement.answer.reading
    told = {
        "stance": reading.stance,
        "part": reading.part,
        "asserted": reading.asserted,
        "sentences": reading.sentences,
        "confidence": reading.confidence,
        "reason": reading.reason,
        "trusted": reading.trusted,
        "bears": reading.bears,
        "bearing": reading.bearing,
        "flags": sorted(reading.flags),
    }
    shared = judged_columns(judgement.key, judgement.claim_id, judgement.day, answer.usage, answer.raw)
    return {**shared, "reading": dump(told), "answered_by": answer.model}


@_as_written()
def judgement(key: JudgementKey, row: JudgementRow) -> Judgement:
    """Return the judgement of a row that was found under a key."""
    told = json.loads(row.reading)
    reading = Reading(
        stance=Stance(told["stance"]),
        part=Part(told["part"]),
        asserted=told["asserted"],
        sentences=tuple(told["sentences"]),
        confidence=told["confidence"],
        reason=told["reason"],
        trusted=told["trusted"],
        bears=told["bears"],
        bearing=told.get("bearing"),
        flags=frozenset(told["flags"]),
    )
    return Judgement(key, Answer(reading, _usage(row), row.answered_by, row.raw), row.claim_id, row.day)


def draft_columns(draft: Draft) -> Columns:
    """Return a draft."""
    texts = {"kind": draft.kind, "key": draft.key, "texts": dump(draft.texts)}
    return {**texts, "day": draft.day, **usage_columns(draft.usage)}


@_as_written()
def draft(row: DraftRow) -> Draft:
    """Return the draft of a row."""
    return Draft(row.kind, row.key, tuple(json.loads(row.texts)), _usage(row), row.day)


def judge_columns(judge: JudgeName) -> Columns:
    """Return who judges."""
    return {"judge_kind": judge.kind, "judge_model": judge.model, "judge_prompt": judge.prompt}


def anchor_check_columns(check: AnchorCheck) -> Columns:
    """Return what was found out about an anchor, and on which days arXiv was asked."""
    anchor, paper, suggestion = check.anchor, check.paper, check.suggestion
    return {
        "anchor_id": anchor.id,
        "cited_title": anchor.title,
        "cited_date": str(anchor.date) if anchor.date else None,
        "grounding": check.grounding,
        "reason": check.reason,
        "paper_id": paper.id if paper else None,
        "paper_version": paper.version if paper else None,
        "quote": check.quote.text if check.quote else None,
        "suggested_id": suggestion.paper.id if suggestion else None,
        "suggested_quote": suggestion.quote.text if suggestion and suggestion.quote else None,
        "asked": check.asked,
        "withdrawal_asked": paper.withdrawal_asked if paper else None,
    }


def claim_text_columns(claim: Claim, day: date) -> Columns:
    """Return a claim's wording and the day it was first retested on."""
    texts = {"text": claim.text, "durable": claim.durable, "perishable": claim.perishable}
    return {"claim_id": claim.id, "fingerprint": claim.fingerprint, **texts, "first_day": day}


def retest_columns(day: date, retest: Retest, entry: dict[str, object]) -> Columns:
    """Return a retest with its entry; `digest` tells a retest that came to the same once more."""
    claim, text = retest.claim, dump(entry)
    whole = retest.decisions.get(Part.WHOLE)
    return {
        "day": day,
        "claim_id": claim.id,
        "claim_fingerprint": claim.fingerprint,
        "verdict": retest.verdict,
        "computed": retest.computed or (whole.verdict if whole else retest.verdict),
        "needs_review": dump(retest.needs_review),
        "complete": retest.complete,
        "entry": text,
        "digest": _digest(day.isoformat(), claim.fingerprint, text),
    }


@_as_written()
def kept_retest(row: RetestRow) -> KeptRetest:
    """Return the retest of a row."""
    verdict, entry = Verdict(row.verdict), json.loads(row.entry)
    return KeptRetest(row.run_id, row.day, row.claim_id, row.claim_fingerprint, verdict, row.complete, entry)


def review_columns(review: Review) -> Columns:
    """Return a review; its id is its key."""
    of = review.subject
    return {
        "key": review.id,
        "claim_id": of.claim_id,
        "claim_fingerprint": of.claim,
        "target": of.target,
        "paper_id": of.paper_id,
        "paper_version": of.version,
        "paper_fingerprint": of.paper,
        "action": review.action,
        "reviewer": review.reviewer,
        "at": review.at.isoformat(),
        "reason": review.reason,
        "expires": review.expires,
        "stance": review.stance,
        "part": review.part,
        "asserted": review.asserted,
        "sentences": dump(review.sentences),
        "replacement": review.replacement,
        "undoes": review.undoes,
        "judged": review.judged,
        "judge": review.judge,
    }


@_as_written()
def review(row: ReviewRow) -> Review:
    """Return the review of a row."""
    return Review(
        subject=Subject(
            row.claim_id, row.claim_fingerprint, Target(row.target), row.paper_id, row.paper_version, row.paper_fingerprint
        ),
        action=Action(row.action),
        reviewer=row.reviewer,
        at=datetime.fromisoformat(row.at),
        reason=row.reason,
        expires=row.expires,
        stance=Stance(row.stance) if row.stance else None,
        part=Part(row.part) if row.part else None,
        asserted=row.asserted,
        sentences=tuple(json.loads(row.sentences)),
        replacement=row.replacement,
        undoes=row.undoes,
        judged=row.judged,
        judge=row.judge,
    )


def gap_columns(gap: Gap) -> Columns:
    """Return a gap; its keys are the names of its fields."""
    return {"what": gap.what, "why": gap.why, "kind": str(gap.kind), "claim_id": gap.claim_id, "blocks": gap.blocks}


def summary_json(summary: RunSummary) -> str:
    """Return a run's summary as JSON."""
    judge, usage = summary.judge, summary.usage
    return dump(
        {
            "day": summary.day.isoformat(),
            "judge": {"kind": judge.kind, "model": judge.model, "prompt": judge.prompt},
            "claims_hash": summary.claims_hash,
            "notes": summary.notes,
            "questions": [{"text": q.text, "because": q.because, "drafted_by": q.drafted_by} for q in summary.questions],
            "gaps": [gap_columns(gap) for gap in summary.gaps],
            "usage": usage_columns(usage),
            "cached": summary.cached,
            "arxiv_requests": summary.arxiv_requests,
            "carried": summary.carried,
            "removed": summary.removed,
        }
    )


@_as_written()
def summary(text: str) -> RunSummary:
    """Return the summary that JSON describes."""
    told = json.loads(text)
    return RunSummary(
        day=date.fromisoformat(told["day"]),
        judge=JudgeName(told["judge"]["kind"], told["judge"]["model"], told["judge"]["prompt"]),
        claims_hash=told["claims_hash"],
        notes=tuple(told["notes"]),
        questions=tuple(Question(q["text"], tuple(q["because"]), q["drafted_by"]) for q in told["questions"]),
        gaps=tuple(Gap(g["what"], g["why"], GapKind(g["kind"]), g["claim_id"], g["blocks"]) for g in told["gaps"]),
        usage=Usage(**told["usage"]),
        cached=told["cached"],
        arxiv_requests=told["arxiv_requests"],
        carried=tuple(told["carried"]),
        removed=tuple(told["removed"]),
    )


def usage_columns(usage: Usage) -> Columns:
    """Return what calls took."""
    return {
        "calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "usd": usage.usd,
        "estimated": usage.estimated,
    }


def _usage(row: Took) -> Usage:
    return Usage(row.calls, row.prompt_tokens, row.completion_tokens, row.usd, row.estimated)


def _digest(*values: object) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
