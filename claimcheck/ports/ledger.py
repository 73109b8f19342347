"""The append-only memory, and what it keeps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from claimcheck.domain.evidence import Usage
from claimcheck.domain.gap import Gap
from claimcheck.domain.grounding import AnchorCheck
from claimcheck.domain.retest import Retest
from claimcheck.domain.review import Review
from claimcheck.domain.verdict import Verdict
from claimcheck.ports.judge import Answer, JudgeName, Question


@dataclass(frozen=True)
class JudgementKey:
    """Under what a judgement is remembered: the same key is never paid twice."""

    claim: str  # Claim.fingerprint
    paper_id: str
    version: int | None
    paper: str  # Paper.fingerprint
    judge: JudgeName
    attempt: int
    rules: str


@dataclass(frozen=True)
class Judgement:
    """An answer as it was kept, with the day and the claim's id at that time."""

    key: JudgementKey
    answer: Answer
    claim_id: str
    day: date


@dataclass(frozen=True)
class Draft:
    """Free text that a judge wrote (search phrases, research questions), kept so that it is paid for once."""

    kind: str  # phrases | questions
    key: str  # a hash of the judge and of what it was told
    texts: tuple[dict[str, object], ...]
    usage: Usage
    day: date


@dataclass(frozen=True)
class RunSummary:
    """What a finished run adds to its retests for the report.

    `notes` stand on top of the report; `carried` are the entries of claims that this run did not retest, from their last retest;
    `removed` are claims that claims.yaml no longer lists; `arxiv_requests` are the questions to arXiv that were answered for
    this day, whichever run of the day asked them.
    """

    day: date
    judge: JudgeName
    claims_hash: str
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    gaps: tuple[Gap, ...] = ()
    usage: Usage = field(default_factory=Usage)
    cached: int = 0
    arxiv_requests: int = 0
    carried: tuple[dict[str, object], ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptRetest:
    """A retest as the ledger returns it: the claim's entry in the report's JSON twin, and what tells it apart."""

    run_id: int
    day: date
    claim_id: str
    claim_fingerprint: str
    verdict: Verdict
    complete: bool
    entry: dict[str, object]


@dataclass(frozen=True)
class Passed:
    """A retest without its entry: what the course of verdicts is made of."""

    run_id: int
    day: date
    claim_id: str
    claim_fingerprint: str
    verdict: Verdict
    complete: bool


class Ledger(Protocol):
    """The append-only memory. Every `keep` is committed when it returns. Raises `StoreUnusable`."""

    def start_run(self, day: date, judge: JudgeName, claims_hash: str) -> int:
        """Open a run and return its number."""

    def finish_run(self, run_id: int, summary: RunSummary, seconds: float, exit_code: int) -> None:
        """Close a run with what its report needs beyond the retests."""

    def judgement(self, key: JudgementKey) -> Judgement | None:
        """Return the judgement kept under a key."""

    def keep_judgement(self, run_id: int, judgement: Judgement) -> None:
        """Keep a judgement; keeping the same key again changes nothing."""

    def keep_unusable(self, run_id: int, key: JudgementKey, claim_id: str, day: date, why: str, usage: Usage, raw: str) -> None:
        """Keep an answer that could not be used, for the record and the cost."""

    def draft(self, kind: str, key: str) -> Draft | None:
        """Return the draft kept under a key."""

    def keep_draft(self, run_id: int, draft: Draft) -> None:
        """Keep a draft; keeping the same key again changes nothing."""

    def keep_anchor_check(self, run_id: int, claim_id: str, check: AnchorCheck, day: date) -> None:
        """Keep an anchor's check."""

    def keep_retest(self, run_id: int, day: date, retest: Retest, entry: dict[str, object]) -> None:
        """Keep a claim's retest with its entry in the report's JSON twin, and its gaps."""

    def previous(self, claim_id: str, claim_fingerprint: str, before: date) -> KeptRetest | None:
        """Return the newest complete retest of the same claim text on an earlier day."""

    def history(self, claim_id: str) -> tuple[KeptRetest, ...]:
        """Return all retests of a claim, oldest first."""

    def last_run(self) -> tuple[int, RunSummary] | None:
        """Return the newest finished run."""

    def reported(self) -> tuple[tuple[int, date], ...]:
        """Return number and day of every run that came to a report, oldest first."""

    def summary(self, run_id: int) -> RunSummary:
        """Return what such a run added to its retests."""

    def retests(self, run_id: int) -> tuple[KeptRetest, ...]:
        """Return the retests of a run in the order they were kept."""

    def course(self) -> tuple[Passed, ...]:
        """Return all retests without their entries, in the order they were kept."""

    def retest(self, run_id: int, claim_id: str) -> KeptRetest | None:
        """Return a claim's retest of a run; of several the last kept."""

    def claim_ids(self) -> tuple[str, ...]:
        """Return the ids of all claims ever retested."""

    def spent(self, day: date) -> Usage:
        """Return what the judgements, drafts and unusable answers of a day took."""

    def keep_review(self, review: Review, seen: str | None) -> bool:
        """Keep a review if `seen` is still the id of the one kept last for its subject's key, None for none; tell whether."""

    def import_reviews(self, reviews: Sequence[Review]) -> int:
        """Keep the reviews that are not there yet, all or none of them; return how many were new."""

    def reviews_of(self, claim_id: str) -> tuple[Review, ...]:
        """Return all reviews of a claim in the order they were kept."""

    def reviews_after(self, mark: int = 0) -> tuple[int, tuple[Review, ...]]:
        """Return the reviews kept behind a mark, in order, and the mark that later ones will lie behind."""

    def last_run_id(self) -> int | None:
        """Return the number of the run that `last_run` returns, at less cost."""

    def keep_call(self, run_id: int, day: date, highest: Usage) -> None:
        """Keep what a call may cost, before it is made."""

    def unfinished(self) -> Usage:
        """Return what the runs since the last one that came to its end took; calls of theirs without an answer at their most."""
