"""The report's JSON twin as types, for who reads it from Python. The twin may hold more keys than these, never fewer."""

from typing import TypedDict


class QuoteShape(TypedDict):
    """A sentence copied from a paper: the characters `start` to `end` of the part `where`."""

    text: str
    where: str
    start: int
    end: int


class AnchorShape(TypedDict):
    """An anchor with its grounding, the reason for it, and the paper that was perhaps meant."""

    id: str
    version: int | None
    title: str | None
    published: str | None
    grounding: str
    reason: str
    suggested_id: str | None


class EvidenceShape(TypedDict):
    """One paper's bearing on a claim."""

    paper_id: str
    version: int | None
    title: str
    published: str
    stance: str
    part: str
    asserted: bool
    quotes: list[QuoteShape]
    confidence: float
    grounding: str
    counted: bool
    flags: list[str]


class PartShape(TypedDict):
    """The durable or the perishable part of a claim; both are None where the claim does not name it."""

    text: str | None
    verdict: str | None


class CoverageShape(TypedDict):
    """How a claim was searched: queries, first and last day, and how many papers were identified, screened, read, counted."""

    queries: list[str]
    window: list[str] | None
    identified: int
    screened: int
    read: int
    counted: int


class GapShape(TypedDict):
    """Something that was not looked at, and why."""

    what: str
    why: str


class ClaimShape(TypedDict):
    """A claim with its verdict, and all that it rests on."""

    id: str
    inquiry: str
    text: str
    asserted: str
    verdict: str
    previous_verdict: str | None
    needs_review: bool
    confidence: float | None
    parts: dict[str, PartShape]
    anchors: list[AnchorShape]
    evidence: list[EvidenceShape]
    coverage: CoverageShape
    gaps: list[GapShape]


class StrongShape(TypedDict):
    """One of the strongest papers of the last six months that speak against a claim or lift it."""

    claim: str
    paper_id: str
    stance: str
    why: str


class UngroundedShape(TypedDict):
    """A citation that could not be tied to a paper that says it."""

    where: str
    citation: str
    grounding: str
    reason: str


class QuestionShape(TypedDict):
    """A research question, and the ids of the papers that gave rise to it."""

    text: str
    because: list[str]
    drafted_by: str


class Report(TypedDict):
    """A whole report."""

    schema_version: int
    generated: str
    complete: bool
    claims: list[ClaimShape]
    strongest: list[StrongShape]
    ungrounded: list[UngroundedShape]
    questions: list[QuestionShape]
    gaps: list[GapShape]
