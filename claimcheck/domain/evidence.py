"""Evidence: one paper's bearing on one claim, the reading it comes from, and the sentences that show it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from claimcheck.domain.claim import Part
from claimcheck.domain.instructions import instruction_like
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import Sentence

if TYPE_CHECKING:
    from claimcheck.domain.review import Review

# Flags: the paper has sentences that give instructions to their reader; the judge pointed at one; its stance may not be counted,
# or was withheld because its sentences deny the finding (see `denial.py`).
INSTRUCTIONS, SET_ASIDE = "instructions", "instruction_set_aside"
NOT_JUDGED, DENIES = "stance_not_judged", "denies"
_OUT_OF_THE_QUESTION = 0.1
_STRUCK = frozenset({"withdrawn", "rejected"})  # by who published it, or by a person who reviewed it


class Stance(StrEnum):
    """One paper's stance towards one claim."""

    SUPPORTS = "supports"
    REFUTES = "refutes"
    RELAXES = "relaxes"
    SUPERSEDES = "supersedes"
    NOT_ENOUGH_INFO = "not_enough_info"


@dataclass(frozen=True)
class Usage:
    """What judge calls took; `estimated` when the server did not say and we counted upwards. `usd` is 0 when no price is set."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float = 0.0
    estimated: bool = False

    def __add__(self, other: "Usage") -> "Usage":
        """Sum two usages."""
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.usd + other.usd,
            self.estimated or other.estimated,
        )


@dataclass(frozen=True)
class Reading:
    """What a judge says of a claim and a paper, checked for form but not yet against the paper.

    `sentences` are numbers from 1. `bears` is False only for papers that do not bear on the claim at all. `trusted` is False
    when the judge may point at sentences but its stance may not be counted. `bearing` is how likely the paper bears on the claim,
    from a judge that says so.
    """

    stance: Stance
    part: Part = Part.WHOLE
    asserted: bool = True
    sentences: tuple[int, ...] = ()
    confidence: float = 0.0
    reason: str = ""
    trusted: bool = True
    bears: bool = True
    flags: frozenset[str] = field(default_factory=frozenset)
    bearing: float | None = None


@dataclass(frozen=True, order=True)
class Quote:
    """Sentences copied from a paper: `text` is exactly the characters `start` to `end` of the part named by `where`."""

    text: str
    where: str
    start: int
    end: int


class QuoteGrounding(StrEnum):
    """Whether a reading could be tied to real text of the paper."""

    GROUNDED = "grounded"
    UNGROUNDED = "ungrounded"
    QUARANTINED = "quarantined"


@dataclass(frozen=True)
class Evidence:
    """A reading tied to its paper. `counted` is decided here, by rule, and nowhere else.

    Where a person's review stands, `review` is it, and `judged` the evidence as the judge had it (see `review.reviewed`).
    """

    paper: Paper
    stance: Stance
    part: Part
    asserted: bool
    quotes: tuple[Quote, ...]
    confidence: float
    reason: str
    grounding: QuoteGrounding
    trusted: bool
    bears: bool
    flags: frozenset[str]
    bearing: float | None = None
    review: "Review | None" = None
    judged: "Evidence | None" = None

    @property
    def counted(self) -> bool:
        """Tell whether the verdict may rest on it.

        Only a trusted stance, of the paper's own finding, shown by sentences that stand in a paper that is not withdrawn; and
        none that a person rejected.
        """
        return (
            self.trusted
            and self.asserted
            and self.stance is not Stance.NOT_ENOUGH_INFO
            and self.grounding is QuoteGrounding.GROUNDED
            and not self.flags & _STRUCK
        )

    @property
    def unjudged(self) -> bool:
        """Tell whether the paper bears on the claim by a reading whose stance may not be counted."""
        return self.bears and not self.trusted and self.grounding is QuoteGrounding.GROUNDED and not self.flags & _STRUCK

    @property
    def doubtful(self) -> bool:
        """Tell whether a judge that may not be trusted finds it unlikely, but not out of the question, that the paper bears."""
        unsure = self.bearing is not None and not self.out_of_the_question
        return unsure and not self.trusted and not self.bears and not self.flags & _STRUCK

    @property
    def out_of_the_question(self) -> bool:
        """Tell whether a judge finds that the paper almost surely does not bear on the claim."""
        return self.bearing is not None and self.bearing < _OUT_OF_THE_QUESTION


def evidence(paper: Paper, reading: Reading) -> Evidence:
    """Tie a reading to its paper: copy the sentences it points at, and flag what is not there.

    A sentence number outside the paper quarantines the whole reading; a stance without any sentence is ungrounded. A sentence
    that gives instructions to its reader is set aside: it is no rationale, and a stance that has no other is ungrounded.
    """
    numbered = {s.number: s for s in paper.sentences}
    orders = {s.number for s in numbered.values() if instruction_like(s.text)}
    chosen = tuple(sorted(set(reading.sentences)))
    flags = set(reading.flags | paper.flags)
    if orders or instruction_like(paper.title):
        flags.add(INSTRUCTIONS)
    if orders.intersection(chosen):
        flags.add(SET_ASIDE)
    quotes = tuple(_copied(paper, numbered[n]) for n in chosen if n in numbered and n not in orders)
    if any(n not in numbered for n in chosen):
        grounding, quotes = QuoteGrounding.QUARANTINED, ()
        flags.add("sentence_not_in_paper")
    elif not quotes and (reading.stance is not Stance.NOT_ENOUGH_INFO or (reading.bears and not reading.trusted)):
        grounding = QuoteGrounding.UNGROUNDED
        flags.add("no_sentence")
    else:
        grounding = QuoteGrounding.GROUNDED
    if paper.known_withdrawal:
        flags.add("withdrawn")
    if not reading.asserted:
        flags.add("reported")
    if not reading.trusted and reading.bears:
        flags.add(NOT_JUDGED)
    return Evidence(
        paper=paper,
        stance=reading.stance,
        part=reading.part,
        asserted=reading.asserted,
        quotes=quotes,
        confidence=reading.confidence,
        reason=reading.reason,
        grounding=grounding,
        trusted=reading.trusted,
        bears=reading.bears,
        flags=frozenset(flags),
        bearing=reading.bearing,
    )


def _copied(paper: Paper, sentence: Sentence) -> Quote:
    """Copy a sentence out of the part of the paper that it stands in."""
    text = paper.part(sentence.where)[sentence.start : sentence.end]
    return Quote(text, sentence.where, sentence.start, sentence.end)
