"""Reviews: what a person decided on a piece of evidence or an anchor, and what it comes to today.

Reviews are only ever added. Of those on the same piece the newest that was not undone is the one that may count, and it alone: an
older one does not come back when a newer one has run out. It stands while three things hold:

    today is no later than the day it expires on              else it has expired
    the claim reads as the reviewer saw it                    else it is overtaken
    the paper reads so too: version and text that was read    else it is overtaken

What has expired or is overtaken changes nothing any more, and the piece is a person's to look at again. A review that stands:

    accept    the judge's reading is a person's now: it counts whoever judged it
    correct   stance, part and sentences are the person's; code copies the sentences
    reject    the evidence does not count, and nothing waits for it

No review makes count what never does: another's finding, a paper that was withdrawn, a stance without a sentence of the paper.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from claimcheck.domain.claim import Claim, Part
from claimcheck.domain.evidence import DENIES, NOT_JUDGED, Evidence, QuoteGrounding, Reading, Stance, evidence
from claimcheck.domain.grounding import AnchorCheck, AnchorFacts, Grounding
from claimcheck.domain.paper import Paper

LONGEST_REASON = 1000  # characters
LONGEST_NAME = 100
# What the judge's reading was flagged with, and a person's is not.
_OF_THE_READING = frozenset({NOT_JUDGED, DENIES, "reported", "no_sentence", "sentence_not_in_paper", "unknown_id_in_reason"})
_MAY_BE_CONFIRMED = (Grounding.MISCITED, Grounding.METADATA_MISMATCH, Grounding.UNCHECKED)


class Target(StrEnum):
    """What of a claim is reviewed."""

    EVIDENCE = "evidence"
    ANCHOR = "anchor"


class Action(StrEnum):
    """What the reviewer did. Correcting an anchor puts another paper in its place."""

    ACCEPT = "accept"
    REJECT = "reject"
    CORRECT = "correct"
    UNDO = "undo"


class Standing(StrEnum):
    """What a review comes to on a day."""

    STANDS = "stands"
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True)
class Subject:
    """What was reviewed, as the reviewer saw it: a claim and a paper by id, and the fingerprints of both texts."""

    claim_id: str
    claim: str
    target: Target
    paper_id: str
    version: int | None = None
    paper: str = ""

    @property
    def key(self) -> tuple[str, Target, str]:
        """What stays the same when a text changes."""
        return self.claim_id, self.target, self.paper_id


@dataclass(frozen=True)
class Review:
    """One decision of one person. `at` is in UTC; `expires` is the last day that it counts on.

    `stance` to `sentences` are a correction of evidence, `replacement` is one of an anchor; `undoes` is the id of an earlier
    review. `judged` and `judge` are what the reviewer was shown: the stance, or the grounding of an anchor, and by whom.
    """

    subject: Subject
    action: Action
    reviewer: str
    at: datetime
    reason: str = ""
    expires: date | None = None
    stance: Stance | None = None
    part: Part | None = None
    asserted: bool = True
    sentences: tuple[int, ...] = ()
    replacement: str | None = None
    undoes: str | None = None
    judged: str = ""
    judge: str = ""

    @property
    def day(self) -> date:
        """The day it was made."""
        return self.at.date()

    @property
    def id(self) -> str:
        """A hash of all that it says: the same review has the same id everywhere, a changed one is another."""
        return hashlib.sha256(json.dumps(asdict(self), default=str, sort_keys=True).encode()).hexdigest()[:20]


def wrong(review: Review) -> str | None:
    """Say why a review cannot be kept, or None. Whether its sentences exist is for `reviewed` to see."""
    on_evidence, action = review.subject.target is Target.EVIDENCE, review.action
    lines = (
        (not review.reviewer.strip(), "it names no reviewer"),
        (len(review.reviewer) > LONGEST_NAME, f"the reviewer's name is longer than {LONGEST_NAME} characters"),
        (len(review.reason) > LONGEST_REASON, f"the reason is longer than {LONGEST_REASON} characters"),
        (action in (Action.REJECT, Action.CORRECT) and on_evidence and not review.reason, "it gives no reason"),
        (bool(review.expires and review.expires < review.day), "it expires before the day it was made"),
        ((action is Action.UNDO) is not bool(review.undoes), "an undo, and nothing else, names the review it undoes"),
        (action is Action.CORRECT and on_evidence and not (review.stance and review.part), "a correction names stance and part"),
        (_points_at_nothing(review), "a stance needs the sentences that show it"),
        (action is Action.CORRECT and not on_evidence and not review.replacement, "it names no other paper for the anchor"),
    )
    return next((why for applies, why in lines if applies), None)


def newest(reviews: Iterable[Review], today: date) -> dict[tuple[str, Target, str], Review]:
    """Return the review that may count today for each subject's key: the newest that was not undone. Order never matters."""
    undone: set[str] = set()
    found: dict[tuple[str, Target, str], Review] = {}
    for review in sorted({r.id: r for r in reviews if r.day <= today}.values(), key=lambda r: (r.at, r.id), reverse=True):
        if review.id in undone:
            continue
        if review.action is Action.UNDO:
            undone.add(str(review.undoes))
        else:
            found.setdefault(review.subject.key, review)
    return found


def standing(review: Review, now: Subject, today: date) -> Standing:
    """Tell whether a review still counts for its subject as that reads today. A version that becomes known is not a new one."""
    then = review.subject
    versions = (then.version, now.version)
    if then.claim != now.claim or then.paper != now.paper or (all(versions) and versions[0] != versions[1]):
        return Standing.OVERTAKEN
    return Standing.EXPIRED if review.expires and review.expires < today else Standing.STANDS


def reopened(review: Review, now: Subject, today: date) -> str | None:
    """Say why a person must look again at what was reviewed, or None while the review stands."""
    found = standing(review, now, today)
    if found is Standing.STANDS:
        return None
    changed = "the claim's text was changed" if review.subject.claim != now.claim else "the paper's text is another now"
    why = f"it expired on {review.expires}" if found is Standing.EXPIRED else f"it is overtaken: {changed}"
    return f"{now.target} {now.paper_id} was reviewed ({review.action}) by {review.reviewer} on {review.day}; {why}"


def subject(claim: Claim, target: Target, paper: Paper) -> Subject:
    """Return what a review made today would be of."""
    return Subject(claim.id, claim.fingerprint, target, paper.id, paper.version, paper.fingerprint)


def reviewed(item: Evidence, review: Review) -> Evidence:
    """Return evidence as it is under a review that stands, with the review and what the judge had said.

    A correction that points at a sentence which is not in the paper changes nothing.
    """
    judged = item.judged or item
    if review.action is Action.REJECT:
        return replace(judged, flags=judged.flags | {"rejected"}, review=review, judged=judged)
    if review.action is Action.CORRECT:
        found = _corrected(judged, review)
        return replace(found, review=review, judged=judged) if found.grounding is QuoteGrounding.GROUNDED else judged
    kept = judged.flags - {NOT_JUDGED, DENIES}
    return replace(judged, trusted=True, flags=kept, confidence=1.0, review=review, judged=judged)


def reviewed_anchor(check: AnchorCheck, facts: AnchorFacts, review: Review) -> AnchorCheck:
    """Return an anchor's check under a review that stands. No review makes up for a paper that is not there or was withdrawn."""
    paper = check.paper
    if paper is None or paper.known_withdrawal or review.action is Action.CORRECT:
        return check
    said = f"by {review.reviewer} on {review.day}{f': {review.reason}' if review.reason else ''}"
    if review.action is Action.REJECT:
        return replace(check, grounding=Grounding.MISCITED, reason=f"rejected {said}", review=review)
    if check.grounding in _MAY_BE_CONFIRMED and not facts.unasked:
        return replace(check, grounding=Grounding.GROUNDED, reason=f"confirmed {said}", suggestion=None, review=review)
    return check


def with_reviews(
    claim: Claim, items: Iterable[Evidence], reviews: Mapping[tuple[str, Target, str], Review], today: date
) -> tuple[list[Evidence], list[str]]:
    """Return evidence under the reviews that stand (see `newest`), and why a person must look again at the rest."""
    found, again = [], []
    for item in items:
        now = subject(claim, Target.EVIDENCE, item.paper)
        review = reviews.get(now.key)
        reason = reopened(review, now, today) if review else None
        found.append(reviewed(item, review) if review and not reason else item)
        again += [reason] if reason else []
    return found, again


def anchors_again(
    claim: Claim, checks: Iterable[AnchorCheck], reviews: Mapping[tuple[str, Target, str], Review], today: date
) -> list[str]:
    """Say which anchors a person must look at again, because their review does not stand any more."""
    subjects = [subject(claim, Target.ANCHOR, check.paper) for check in checks if check.paper]
    return [why for now in subjects if now.key in reviews and (why := reopened(reviews[now.key], now, today))]


def _corrected(item: Evidence, review: Review) -> Evidence:
    assert review.stance is not None
    assert review.part is not None
    reading = Reading(
        stance=review.stance,
        part=review.part,
        asserted=review.asserted,
        sentences=review.sentences,
        confidence=1.0,
        reason=item.reason,
        bears=review.stance is not Stance.NOT_ENOUGH_INFO,
        flags=item.flags - _OF_THE_READING,
    )
    return evidence(item.paper, reading)


def _points_at_nothing(review: Review) -> bool:
    corrects = review.action is Action.CORRECT and review.subject.target is Target.EVIDENCE
    return corrects and review.stance is not Stance.NOT_ENOUGH_INFO and not review.sentences
