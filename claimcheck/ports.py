"""What claimcheck needs from outside, in its own words. Every adapter keeps the promise written here."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from claimcheck.domain.citing import Citations
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.dates import Window
from claimcheck.domain.evidence import Reading, Usage
from claimcheck.domain.fulltext import FullText
from claimcheck.domain.gap import Gap
from claimcheck.domain.grounding import AnchorCheck
from claimcheck.domain.match import Match, Scored
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.query import Query
from claimcheck.domain.retest import Retest
from claimcheck.domain.review import Review
from claimcheck.domain.verdict import Verdict


@dataclass(frozen=True)
class Found:
    """A complete answer. `total` is how many papers match at the source; `unusable` says why single records were set aside."""

    papers: tuple[Paper, ...]
    total: int
    unusable: tuple[str, ...] = ()


class PaperSource(Protocol):
    """Finds papers.

    An empty answer means "there are none". When the source cannot be asked, or answers oddly or in part, it raises
    `SourceUnavailable` instead. Calls block; the source keeps its own pace over all threads and processes of the machine.
    """

    name: str

    @property
    def requests(self) -> int:
        """How many requests were sent so far, retries included."""

    def search(self, query: Query, window: Window, limit: int) -> Found:
        """Return the best `limit` papers first submitted in the window, most relevant first, and how many there are in all."""

    def look_up(self, ids: Sequence[str]) -> Found:
        """Return the papers that exist among the bare `ids`; an id that is missing from the answer does not exist."""

    def new_in(self, category: str, window: Window, page: Callable[[Sequence[Paper]], object] = len) -> Found:
        """Return every paper of a category first submitted in the window; call `page` with those of each page as it comes."""

    def withdrawal(self, id: str) -> Withdrawal | None:
        """Return the withdrawal of the newest version that the abstract page tells of, or None when it tells of none."""


class CitationSource(Protocol):
    """Knows who cites a paper.

    An empty answer means "none that it knows of". When the source cannot be asked, does not know the paper itself, or answers
    oddly or in part, it raises `SourceUnavailable` instead; `Denied` when it refuses the key. Calls block; the source keeps its
    own pace over all threads and processes of the machine.
    """

    name: str

    @property
    def requests(self) -> int:
        """How many requests were sent so far, retries included."""

    def citing(self, id: str) -> Citations:
        """Return all papers that cite the paper with a bare arXiv id: those at arXiv, and how many are elsewhere."""


@dataclass(frozen=True)
class KeptCitations:
    """The newest answer of a citation source on a paper, and the day it was given."""

    citations: Citations
    day: date


class FullTexts(Protocol):
    """Fetches what a paper says beyond its abstract.

    The best form that can be read: arXiv's HTML, else the PDF, else the abstract alone. The answer names the form, and `notes`
    say why a better one was not read: that it is not there, or that it is there and cannot be read. When it could not be asked
    at all, this raises `SourceUnavailable` instead: "the abstract alone" never stands for "we could not look". Text that no
    reader sees is not in the answer; `flags` tell of it. A text that is cut says so. Raises `StoreUnusable` when it cannot be
    kept. Calls block, at the source's pace.
    """

    def fetch(self, paper: Paper) -> FullText:
        """Return the paper's full text."""


class Library(Protocol):
    """The local store of papers that is searched. Raises `StoreUnusable` when it cannot be read or written."""

    def add(self, papers: Iterable[Paper], today: date) -> int:
        """Keep papers, every version seen; return how many were new or changed."""

    def get(self, id: str) -> Paper | None:
        """Return the newest version kept, or None."""

    def get_many(self, ids: Iterable[str]) -> dict[str, Paper]:
        """Return the newest version kept of each id that is known."""

    def search(self, query: Query, window: Window | None, limit: int) -> tuple[str, ...]:
        """Return ids of the best papers that may lie in the window, best first, ties by id."""

    def scored(self, query: Query, window: Window | None, limit: int, after: int | None = None) -> tuple[Scored, ...]:
        """Return what `search` finds with the scores; with `after`, only papers that arrived after that mark, scored as ever."""

    def reach(self) -> date | None:
        """Return the newest date of a paper in the library, or None when it is empty."""

    def mark_withdrawal(self, id: str, withdrawal: Withdrawal | None, asked: date) -> None:
        """Keep whether a paper was withdrawn on the day that was asked."""

    def note_asked(self, source: str, query: str, window: Window, total: int, ids: Sequence[str]) -> None:
        """Keep that a query was answered in full for a window, and which papers it brought."""

    def asked(self, source: str, query: str) -> list[Window]:
        """Return the windows for which the query was answered in full."""

    def keep_citations(self, source: str, id: str, citations: Citations, day: date) -> None:
        """Keep who cites a paper by a source's answer of a day, in place of what it answered before."""

    def citations(self, source: str, id: str) -> KeptCitations | None:
        """Return what the source answered last, or None when it never did."""

    def note_missing(self, source: str, ids: Iterable[str], day: date) -> None:
        """Keep that the source did not know these ids on that day."""

    def missing(self, source: str, day: date) -> frozenset[str]:
        """Return the ids that the source did not know on that day."""

    def note_looked_up(self, source: str, ids: Iterable[str], day: date) -> None:
        """Keep that the source answered for these ids on that day."""

    def looked_up(self, source: str) -> dict[str, date]:
        """Return the ids that the source ever answered for, each with the last day on which it did."""

    def mark(self) -> int:
        """Return a mark that papers which arrive later, or of which text or date is new later, lie behind."""

    def note_matches(self, matches: Mapping[str, Match]) -> None:
        """Keep matches, each under the key of its claim and in place of the one kept before."""

    def matches(self, claims: Iterable[str]) -> dict[str, Match]:
        """Return the matches kept under these keys."""


@dataclass(frozen=True)
class Answer:
    """A usable answer of a judge: the reading, what it took, who really answered, and the raw text (cut at 20 KB)."""

    reading: Reading
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    raw: str = ""


@dataclass(frozen=True)
class JudgeName:
    """Who judges, for provenance and the cache key: kind (openai, embedded, recorded), model, hash of prompt and settings."""

    kind: str
    model: str
    prompt: str


class UnusableAnswer(Exception):
    """The judge answered, also when asked once more, and the answer cannot be used. Carries what the calls took."""

    def __init__(self, why: str, usage: Usage | None = None, raw: str = "") -> None:
        """Keep the reason, the usage and the raw answer."""
        self.usage = usage or Usage()
        self.raw = raw
        super().__init__(why)


class NotRecorded(Exception):
    """The recording does not have this pair."""


class Judge(Protocol):
    """Reads one paper for one claim.

    Raises `UnusableAnswer` when the answer cannot be used, `JudgeUnavailable` when there is none, `BudgetReached` before a
    call that may not be made, `Denied` when asking again is pointless, `NotRecorded` when a recording has no such pair.
    """

    name: JudgeName
    can_reread: bool

    async def read(self, claim: Claim, paper: Paper, attempt: int = 1) -> Answer:
        """Read the paper; attempts above 1 are independent readings of the same pair."""

    async def phrases(self, claim: Claim) -> tuple[tuple[str, ...], Usage]:
        """Return further search phrases for a claim; none when the judge has no language model."""

    async def questions(self, material: Sequence["QuestionMaterial"]) -> tuple[tuple["Question", ...], Usage]:
        """Draft research questions from contested or relaxed claims; none when the judge has no language model."""


@dataclass(frozen=True)
class Pointed:
    """Lines of notes by number, from 1: those that state a finding, and those that only name its papers."""

    states: tuple[int, ...]
    cites: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pointing:
    """What a model points at in notes: the findings, the research questions, and the question that all is about (0: none)."""

    findings: tuple[Pointed, ...]
    questions: tuple[int, ...] = ()
    question: int = 0


class Pointer(Protocol):
    """Points at lines of a person's notes, and writes nothing. Raises what a `Judge` raises."""

    model: str

    async def point(self, lines: Sequence[str]) -> tuple[Pointing, Usage]:
        """Return what the lines are; every number is that of a line."""


@dataclass(frozen=True)
class QuestionMaterial:
    """What a research question may rest on: a claim that may have moved, and its decisive evidence (paper id, sentence)."""

    claim: Claim
    verdict: Verdict
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Question:
    """A research question, the papers it is tied to, and who drafted it (`rule`, `claims.yaml` or a model's name)."""

    text: str
    because: tuple[str, ...]
    drafted_by: str


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


@dataclass(frozen=True)
class VerdictOn:
    """A claim's verdict as a retest of a day reported it."""

    claim_id: str
    day: date
    verdict: Verdict


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

    def verdicts(self) -> tuple[VerdictOn, ...]:
        """Return the last verdict of every claim and day, by day; those of runs that came to no report too."""

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


# The first line of an index of reports, by which it is told from a README that somebody wrote.
INDEX_MARK = "<!-- claimcheck's index of reports: written anew with each report -->"


class Reports(Protocol):
    """Where reports are written. Raises `StoreUnusable`; an old report is never left half written."""

    def write(
        self, day: date, twin: dict[str, object], markdown: str, html: str | None = None, index: str | None = None
    ) -> tuple[Path, Path]:
        """Write a day's report and its JSON twin, and both as the latest, with the page and the index given; return where."""

    def days(self) -> tuple[date, ...]:
        """Return the days of which there is a twin, oldest first."""

    def read(self, day: date) -> dict[str, object] | None:
        """Return a day's twin, or None when it cannot be read."""

    def index(self) -> str:
        """Return the index page as it is, or nothing when there is none yet."""

    def write_feed(self, xml: str) -> Path:
        """Write the feed of verdict changes beside the reports; return where it is."""


class ClaimsText(Protocol):
    """The claims file as text that may be edited in place. Raises `Refused`, and `Stale` when it is not what was seen."""

    def digest(self) -> str:
        """Return a hash of the file as it is now."""

    def repair(self, claim_id: str, old: str, new: Anchor, digest: str) -> None:
        """Put an anchor in the place of the one that a claim cites as `old`, if the file still has that digest."""


class Progress(Protocol):
    """Shows how far a stage is."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` steps."""

    def step(self, count: int = 1) -> None:
        """Tell that steps of the current stage are done."""


class LineOutcome(StrEnum):
    """What came of one reading of a batch."""

    JUDGED = "judged"
    UNUSABLE = "unusable"  # the model answered, and the answer cannot be used
    TOO_LONG = "too long"  # the question does not fit into the model's context
    FAILED = "failed"  # the server did not answer it, or answered with an error; nothing is paid


@dataclass(frozen=True)
class Unread:
    """A reading to be asked in a batch; `before` is what came of the same one in an earlier batch, and why, where it failed."""

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
