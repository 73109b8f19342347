"""What the graph's nodes hand on, and what they may reach outside."""

import asyncio
import operator
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Protocol, TypedDict

from claimcheck.agent.copies import Copies
from claimcheck.deadline import Deadline
from claimcheck.domain.citing import Citations
from claimcheck.domain.claim import Claim, Inquiry
from claimcheck.domain.dates import Window
from claimcheck.domain.evidence import Evidence
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.grounding import AnchorCheck, AnchorFacts
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.domain.retest import Coverage, Retest
from claimcheck.ports import (
    Answer,
    Batches,
    BatchLedger,
    CitationSource,
    FullTexts,
    Judge,
    JudgementKey,
    Ledger,
    Library,
    OpenBatch,
    PaperSource,
    Progress,
    Question,
    Together,
)


class Depth(StrEnum):
    """How much of a paper is read."""

    AS_IT_IS = "as it is"  # what the paper at hand says: its abstract, or the passages that it was read by before
    IF_SILENT = "if silent"  # the abstract, and the full text when that does not say it
    IN_FULL = "in full"  # the abstract and the passages of the full text nearest to the claim


@dataclass(frozen=True, slots=True)  # there may be hundreds of thousands
class Pair:
    """A claim and a paper to be read for it; attempts above 1 are independent readings."""

    claim: Claim
    paper: Paper
    attempt: int = 1
    depth: Depth = Depth.AS_IT_IS


@dataclass(frozen=True)
class Read:
    """A reading tied to its paper. `cached` when it was judged on an earlier day; `gaps` are what it had to do without."""

    claim_id: str
    paper_id: str
    evidence: Evidence
    cached: bool = False
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Cited:
    """Who cites an anchor (its bare id), as a citation source answered on a day."""

    anchor: str
    source: str
    day: date
    citations: Citations


class Recorder(Protocol):
    """Collects the readings of a run for `--record`."""

    def write(self, claim: Claim, paper: Paper, attempt: int, answer: Answer) -> None:
        """Keep one reading, judged now or before."""


class NotAsked(Exception):
    """A reading that is not to be asked for now. Carries the kind of the gap that this leaves."""

    def __init__(self, why: str, kind: GapKind) -> None:
        """Keep the kind."""
        self.kind = kind
        super().__init__(why)


@dataclass
class Batching:
    """Readings in batches: who takes them, what remembers them, and what this run knows of them.

    `on` when what is unread is to be handed in; answers to what was handed in before are collected in any case. They are waited
    for `wait` seconds. `held` readings are not asked, with why not; `earlier` says what came of readings in earlier batches.
    """

    desk: Batches
    ledger: BatchLedger
    on: bool = True
    wait: float = 0.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    held: dict[JudgementKey, tuple[str, GapKind]] = field(default_factory=dict)
    earlier: dict[JudgementKey, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pending:
    """A batch that did not end, and why, in words; `own` when this run handed it in."""

    opened: OpenBatch
    told: str
    own: bool = False


@dataclass
class Context:
    """The outside, as the nodes see it. `source` is None when only the library may be asked.

    `candidates` papers are read per claim; `results` are asked of the source per query; `since` starts every window later.
    `full_text` of a claim's best candidates, and its anchors whose abstract is silent, are read in full from `full_texts`, by
    passages of about `passage_tokens`; None when abstracts are all that is read.
    `second` reads once more what a verdict rests on, to say where it strongly disagrees; it never changes a verdict.
    `citations` are asked who cites the anchors; nobody is when there are none. Without `batching` there are no batches. A judge
    that reads for several claims at once is told as `together` which readings are to come. After the `deadline` nothing new is
    begun.
    """

    library: Library
    judge: Judge
    ledger: Ledger
    progress: Progress
    today: date
    run_id: int
    source: PaperSource | None = None
    since: date | None = None
    candidates: int = 25
    results: int = 100
    concurrency: int = 32
    recorder: Recorder | None = None
    second: Judge | None = None
    citations: tuple[CitationSource, ...] = ()
    full_texts: FullTexts | None = None
    full_text: int = 0
    passage_tokens: int = 3000
    batching: Batching | None = None
    together: Together | None = None
    deadline: Deadline = field(default_factory=Deadline)
    copies: Copies = field(init=False)
    under_way: asyncio.Semaphore = field(init=False)
    fetching: asyncio.Lock = field(init=False)

    def __post_init__(self) -> None:
        """Bound the readings under way, over all branches of the graph; fetch texts one by one, first come, first served."""
        self.copies = Copies(self.library)
        self.under_way = asyncio.Semaphore(self.concurrency)
        self.fetching = asyncio.Lock()

    def window(self, claim: Claim) -> Window | None:
        """Return the days to search for a claim.

        From its date to today, or as far as the library reaches when only that may be asked; None when there are none.
        """
        first = max(claim.asserted.first, self.since) if self.since else claim.asserted.first
        last = self.today if self.source else min(self.library.reach() or date.min, self.today)
        return Window(first, last) if first <= last else None


class State(TypedDict, total=False):
    """The state of a run. Lists that several nodes add to carry a reducer; the rest is written by one node each."""

    inquiries: tuple[Inquiry, ...]
    claims: tuple[Claim, ...]
    queries: dict[str, tuple[Query, ...]]
    windows: dict[str, Window | None]
    anchors: dict[str, tuple[AnchorFacts, ...]]
    silent: bool  # whether arXiv was asked in this run and answered nothing
    searched: bool  # whether every query and category was answered in full
    cited: dict[str, tuple[Cited, ...]]
    coverage: dict[str, Coverage]
    pairs: tuple[Pair, ...]  # from `screen`, ordered anew by `group`
    pending: tuple[Pending, ...]  # batches that are under way
    reads: Annotated[list[Read], operator.add]
    gaps: Annotated[list[Gap], operator.add]
    answered: Annotated[int, operator.add]
    checks: dict[str, tuple[AnchorCheck, ...]]
    retests: tuple[Retest, ...]
    questions: tuple[Question, ...]


class Branch(TypedDict):
    """What one fanned-out reading branch is sent."""

    pairs: tuple[Pair, ...]
