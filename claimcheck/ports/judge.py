"""Who reads a paper for a claim, and what is asked of a model beside that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Reading, Usage
from claimcheck.domain.paper import Paper
from claimcheck.domain.verdict import Verdict

if TYPE_CHECKING:
    from claimcheck.ports.batches import Unread


@dataclass(frozen=True)
class JudgeName:
    """Who judges, for provenance and the cache key: kind (openai, embedded, recorded), model, hash of prompt and settings."""

    kind: str
    model: str
    prompt: str


@dataclass(frozen=True)
class Answer:
    """A usable answer of a judge: the reading, what it took, who really answered, and the raw text (cut at 20 KB)."""

    reading: Reading
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    raw: str = ""


class UnusableAnswer(Exception):
    """The judge answered, also when asked once more, and the answer cannot be used. Carries what the calls took."""

    def __init__(self, why: str, usage: Usage | None = None, raw: str = "") -> None:
        """Keep the reason, the usage and the raw answer."""
        self.usage = usage or Usage()
        self.raw = raw
        super().__init__(why)


class NotRecorded(Exception):
    """The recording does not have this pair."""


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

    async def questions(self, material: Sequence[QuestionMaterial]) -> tuple[tuple[Question, ...], Usage]:
        """Draft research questions from contested or relaxed claims; none when the judge has no language model."""


class Together(Protocol):
    """A judge that can read a paper for several claims at once, if it knows which readings are to come."""

    def expect(self, unread: "Iterable[Unread]") -> None:
        """Take note of readings that are to come, in place of those expected before; none of them need come."""


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
