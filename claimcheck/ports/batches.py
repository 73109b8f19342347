"""Readings that are handed in together and answered within a day, and the memory of them."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Usage
from claimcheck.domain.paper import Paper
from claimcheck.ports.judge import Answer
from claimcheck.ports.ledger import JudgementKey


class LineOutcome(StrEnum):
    """What came of one reading of a batch."""

    JUDGED = "judged"
    UNUSABLE = "unusable"  # the model answered, and the answer cannot be used
    TOO_LONG = "too long"  # the question does not fit into the model's context
    FAILED = "failed"  # the server did not answer it, or answered with an error; nothing is paid


@dataclass(frozen=True)
class Unread:
    """A reading that is to be asked; `before` is what came of the same one in an earlier batch, and why, where it failed."""

    key: JudgementKey
    claim: Claim
    paper: Paper
    before: tuple[LineOutcome, str] | None = None


@dataclass(frozen=True)
class BatchLine:
    """A reading as it was handed in, with all that its answer is read by, so that claims.yaml may change meanwhile.

    `id` is its name in the batch; `parts` are the claim's, `given` the ids that the judge was told of, `prompt_tokens` what the
    question takes at most.
    """

    id: str
    key: JudgementKey
    claim_id: str
    parts: tuple[str, ...]
    given: tuple[str, ...]
    prompt_tokens: int
    shortened: bool = False


@dataclass(frozen=True)
class Batch:
    """Readings that are handed in together: under a token of our own, to the server at `place`."""

    token: str
    place: str
    lines: tuple[BatchLine, ...]


@dataclass(frozen=True)
class PreparedBatch:
    """A batch and the file to hand in."""

    batch: Batch
    content: bytes


class BatchStep(StrEnum):
    """How far a batch came. Each is kept before the next request is sent."""

    CREATING = "creating"  # its file is with the server, which is now told to work on it
    CREATED = "created"  # the server works on it, under a name of its own
    ENDED = "ended"  # all that can be had of it is kept; what has no answer may be asked again


@dataclass(frozen=True)
class OpenBatch:
    """A batch that did not end, as the ledger has it: the server's names for its file and for itself, and when it was kept.

    Without `remote` it is not known whether the server has it; without `file` it has not. `since` is when the last step was kept.
    """

    batch: Batch
    kept: datetime
    since: datetime
    file: str | None = None
    remote: str | None = None


@dataclass(frozen=True)
class LineEnd:
    """What came of one line. `answer` when it was judged; `why` when not."""

    line: BatchLine
    outcome: LineOutcome
    answer: Answer | None = None
    usage: Usage = field(default_factory=Usage)
    why: str = ""
    raw: str = ""


@dataclass(frozen=True)
class BatchState:
    """How far the server is. `known` is False when it has no such batch; `files` hold what it answered, once `ended`."""

    known: bool = True
    ended: bool = False
    told: str = ""  # in words
    answered: int | None = None
    files: tuple[str, ...] = ()


class BatchRefused(Exception):
    """The server does not take this batch; nothing was made or paid."""


class Batches(Protocol):
    """Has readings done in batches: handed in now, answered within a day, at a lower price.

    Every method that asks the server raises `JudgeUnavailable` when it did not answer and `Denied` when asking is pointless.
    """

    place: str

    @property
    def met(self) -> bool:
        """Tell whether the server answered a question of this run, so that key, model and parameters are known to be right."""

    def prepare(self, unread: Iterable[Unread]) -> Iterator[PreparedBatch]:
        """Lay out as few batches as the server's limits allow, each paid for in advance when it is handed out.

        Raise `BudgetReached` behind the last one that may be made, where that is not all.
        """

    async def upload(self, prepared: PreparedBatch) -> str:
        """Send a batch's file; return the server's name for it. Raise `BatchRefused`."""

    async def create(self, batch: Batch, file: str) -> str:
        """Have the server work on it; return its name for it. Raise `BatchRefused`.

        On `JudgeUnavailable` nobody knows whether the server took it: `find` tells.
        """

    async def find(self, batch: Batch, file: str) -> str | None:
        """Return the server's name for a batch that it may have taken, or None when it has none such."""

    async def look(self, remote: str) -> BatchState:
        """Return how far the server is."""

    def answers(self, batch: Batch, state: BatchState) -> AsyncIterator[LineEnd]:
        """Return what came of each line of an ended batch, each once; a line that is missing was not answered.

        Raise `JudgeUnavailable` behind what could be read, where that is not all.
        """

    def settle(self, batch: Batch, took: Usage) -> None:
        """Tell the budget what a batch took, or nothing where it was not made."""


class BatchLedger(Protocol):
    """The memory of batches. Every change is committed when it returns. Raises `StoreUnusable`."""

    def keep_batch(self, run_id: int, day: date, batch: Batch, at: datetime) -> None:
        """Keep a batch before anything of it is sent."""

    def note_step(self, token: str, step: BatchStep, at: datetime, name: str = "") -> None:
        """Keep how far a batch came, with the server's name for its file or itself; the same step again changes nothing."""

    def open_batches(self, place: str) -> tuple[OpenBatch, ...]:
        """Return the batches that were handed in there and did not end, oldest first."""

    def keep_ends(self, run_id: int, day: date, token: str, ends: Sequence[LineEnd]) -> None:
        """Keep what came of lines, with the judgements and unusable answers, each line once."""

    def unanswered(self) -> dict[JudgementKey, tuple[LineOutcome, str]]:
        """Return what last came of readings that are still without a judgement because they were too long or unusable."""
