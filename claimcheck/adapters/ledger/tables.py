"""The ledger's tables. Rows are written once and never changed; what a run adds at its end is a row of its own.

These classes describe columns and nothing else: `table=True` classes do not validate, and the domain's values are made and read
in `codec`. The schema itself comes from the scripts in `migrations`; a test holds both against each other.
"""

from datetime import date
from typing import ClassVar

from sqlalchemy import Index, MetaData, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from claimcheck.adapters.ledger.columns import MaybeStr, Moment, StorableText, Str

_NAMES = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
}


class Row(SQLModel, registry=registry(metadata=MetaData(naming_convention=_NAMES))):
    """A table of the ledger, apart from any other SQLModel tables of the program."""


class Took(Row):
    """What the calls for a row took."""

    calls: int
    prompt_tokens: int
    completion_tokens: int
    usd: float
    estimated: bool


class Keyed(Row):
    """The parts of a judgement's key, side by side for provenance, and the claim's id."""

    claim_fingerprint: Str
    paper_id: Str
    paper_version: int | None
    paper_fingerprint: Str
    judge_kind: Str
    judge_model: Str
    judge_prompt: Str
    attempt: int
    rules: Str
    claim_id: Str


class Judged(Keyed, Took):
    """What a reading came to, and what the answer took."""

    raw: Str  # the answer as it came, cut


class RunRow(Row, table=True):
    """A run as it began."""

    __tablename__ = "run"

    id: int | None = Field(default=None, primary_key=True)
    day: date
    started_at: Moment
    judge_kind: Str
    judge_model: Str
    judge_prompt: Str
    claims_hash: Str


class RunEndRow(Row, table=True):
    """How a run ended; a run without one was killed or is still going on."""

    __tablename__ = "run_end"

    run_id: int = Field(primary_key=True, foreign_key="run.id")
    seconds: float
    exit_code: int
    summary: Str  # JSON


class CallRow(Took, table=True):
    """A call as it was about to be made, at what it may cost; what it did cost stands with the answer that is kept."""

    __tablename__ = "model_call"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    day: date


class JudgementRow(Judged, table=True):
    """A judge's answer, once for each key."""

    __tablename__ = "judgement"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id")
    key: Str = Field(unique=True, sa_type=StorableText)
    day: date = Field(index=True)
    reading: Str  # JSON
    answered_by: Str


class UnusableRow(Judged, table=True):
    """An answer that could not be used, for the record and the cost."""

    __tablename__ = "unusable"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id")
    key: Str
    day: date = Field(index=True)
    why: Str


class DraftRow(Took, table=True):
    """Free text that a judge wrote, once for each kind and key."""

    __tablename__ = "draft"
    __table_args__: ClassVar = (UniqueConstraint("kind", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id")
    kind: Str
    key: Str
    texts: Str  # JSON
    day: date = Field(index=True)


class AnchorCheckRow(Row, table=True):
    """An anchor's check, with the day on which arXiv was asked, for the paper and for its withdrawal."""

    __tablename__ = "anchor_check"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id")
    day: date
    claim_id: Str
    anchor_id: Str
    cited_title: MaybeStr
    cited_date: MaybeStr
    grounding: Str
    reason: Str
    paper_id: MaybeStr
    paper_version: int | None
    quote: MaybeStr
    suggested_id: MaybeStr
    suggested_quote: MaybeStr
    asked: date | None
    withdrawal_asked: date | None


class ClaimTextRow(Row, table=True):
    """A wording of a claim, so that an edited claim is told from its old text and a removed one keeps its history."""

    __tablename__ = "claim_text"
    __table_args__: ClassVar = (UniqueConstraint("claim_id", "fingerprint"),)

    id: int | None = Field(default=None, primary_key=True)
    claim_id: Str
    fingerprint: Str
    text: Str
    durable: MaybeStr
    perishable: MaybeStr
    first_day: date


class RetestRow(Row, table=True):
    """A claim's retest; kept for every run that came to it, once a run."""

    __tablename__ = "retest"
    __table_args__: ClassVar = (UniqueConstraint("run_id", "claim_id", "digest"), Index(None, "claim_id", "day"))

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id")
    day: date
    claim_id: Str
    claim_fingerprint: Str
    verdict: Str
    computed: Str
    needs_review: Str  # JSON
    complete: bool
    entry: Str  # JSON
    digest: Str  # of day, claim fingerprint and entry


class GapRow(Row, table=True):
    """What a run could not look at; with its retest, or without one when it concerns the run or a claim that was not retested."""

    __tablename__ = "gap"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    retest_id: int | None = Field(foreign_key="retest.id")
    claim_id: MaybeStr
    kind: Str
    what: Str
    why: Str
    blocks: bool


class BatchRow(Row, table=True):
    """Readings that were handed in together, kept before anything was sent."""

    __tablename__ = "batch"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id")
    day: date
    kept_at: Moment
    token: Str = Field(unique=True, sa_type=StorableText)
    place: Str


class BatchStepRow(Row, table=True):
    """How far a batch came, with the server's name for its file or itself; once a step."""

    __tablename__ = "batch_step"
    __table_args__: ClassVar = (UniqueConstraint("batch_id", "step"),)

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id")
    step: Str
    name: Str
    kept_at: Moment


class BatchLineRow(Keyed, table=True):
    """A reading of a batch: its judgement's key, and what its answer is read by."""

    __tablename__ = "batch_line"
    __table_args__: ClassVar = (UniqueConstraint("batch_id", "line"),)

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id")
    line: Str  # its name in the batch
    parts: Str  # JSON
    given: Str  # JSON
    prompt_tokens: int
    shortened: bool


class BatchLineEndRow(Row, table=True):
    """What came of a reading of a batch, once; the answer itself is a judgement, or an unusable one."""

    __tablename__ = "batch_line_end"
    __table_args__: ClassVar = (UniqueConstraint("batch_id", "line"),)

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id")
    run_id: int = Field(foreign_key="run.id")
    line: Str
    outcome: Str
    why: Str


class ReviewRow(Row, table=True):
    """What a person decided; see `domain/review.py`. An undo is a row of its own."""

    __tablename__ = "review"
    __table_args__: ClassVar = (Index(None, "claim_id", "target", "paper_id"),)

    id: int | None = Field(default=None, primary_key=True)
    key: Str = Field(unique=True, sa_type=StorableText)  # Review.id
    claim_id: Str
    claim_fingerprint: Str
    target: Str
    paper_id: Str
    paper_version: int | None
    paper_fingerprint: Str
    action: Str
    reviewer: Str
    at: Str  # to the microsecond, with its offset
    reason: Str
    expires: date | None
    stance: MaybeStr
    part: MaybeStr
    asserted: bool
    sentences: Str  # JSON
    replacement: MaybeStr
    undoes: MaybeStr
    judged: Str
    judge: Str
