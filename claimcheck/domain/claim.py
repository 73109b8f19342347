"""Claims: dated statements that we track, the papers they rest on, and the inquiries they belong to."""

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from claimcheck.domain.dates import PartialDate

DEFAULT_CATEGORIES = ("cs.CL", "cs.AI", "cs.LG")


class Part(StrEnum):
    """What of a claim a paper bears on."""

    WHOLE = "whole"
    DURABLE = "durable"
    PERISHABLE = "perishable"


@dataclass(frozen=True)
class Anchor:
    """A cited paper: the id as written (well formed or not is for grounding to say), title and date where given."""

    id: str
    title: str | None = None
    date: PartialDate | None = None


@dataclass(frozen=True)
class Claim:
    """One dated statement with its anchors and, where told apart, its durable and its perishable part."""

    id: str
    inquiry: str
    text: str
    asserted: PartialDate
    anchors: tuple[Anchor, ...]
    durable: str | None = None
    perishable: str | None = None
    search: tuple[str, ...] = ()
    falsified_by: str | None = None
    review_by: date | None = None
    categories: tuple[str, ...] = DEFAULT_CATEGORIES

    def part(self, part: Part) -> str | None:
        """Return the wording of a part, or None where the claim does not name it."""
        return {Part.WHOLE: self.text, Part.DURABLE: self.durable, Part.PERISHABLE: self.perishable}[part]

    @property
    def fingerprint(self) -> str:
        """A hash of what a judge is told of the claim: when it changes, earlier readings are of another claim."""
        told = "\x1f".join((self.text, self.durable or "", self.perishable or ""))
        return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True)
class Inquiry:
    """A question, the categories to watch for it, and research questions to keep in view."""

    id: str
    question: str
    categories: tuple[str, ...] = DEFAULT_CATEGORIES
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClaimsFile:
    """What claims.yaml says: inquiries and claims, in its order, and what a reader should be warned of."""

    inquiries: tuple[Inquiry, ...]
    claims: tuple[Claim, ...]
    warnings: tuple[str, ...] = ()
