"""Papers as the library knows them."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date

from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.text import ABSTRACT, Sentence, sentences

# How authors say it in the comment or, when they replace the abstract, there. The bare word is not enough: papers on
# withdrawal (of drugs, of papers) are about it.
_WITHDRAWN = re.compile(
    r"\b(?:this|the|our) (?:paper|article|manuscript|submission|work|version|preprint)\b[^.]{0,40}"
    r"\b(?:has been|have been|is|was|being)(?: \w+)? (?:withdrawn|retracted)\b"
    r"|^\W*(?:\w+ ){0,3}withdrawn\b"
    r"|\bwithdrawn (?:by|due to|because|for|from arxiv)\b"
    r"|\bwe (?:have )?(?:withdraw|withdrew|withdrawn)\b",
    re.IGNORECASE,
)

_ID = re.compile(r"(?<![\d.])\d{4}\.\d{4,5}(?!\d)|\b[a-z-]{2,10}/\d{7}\b")


@dataclass(frozen=True)
class Withdrawal:
    """That a version was withdrawn, as arXiv or the authors say it; `day` is None where it is not known."""

    version: int | None
    day: date | None
    said_by: str


@dataclass(frozen=True, slots=True)  # there may be hundreds of thousands
class Paper:
    """One version of a paper's metadata.

    Dates that are not known are None and never guessed; `when` is the best that is known. Text fields are visible text on one
    line; `flags` names what was removed from them (see `text.clean`). `older_titles` are the titles of earlier versions.
    """

    id: str
    title: str
    abstract: str
    version: int | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: date | None = None
    updated: date | None = None
    seen: date | None = None
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    withdrawal: Withdrawal | None = None
    withdrawal_asked: date | None = None
    older_titles: tuple[str, ...] = ()
    flags: frozenset[str] = field(default_factory=frozenset)

    @property
    def when(self) -> PartialDate:
        """The first submission: the day, else the first listing seen, else the month that the id names."""
        known = self.published or self.seen
        return PartialDate.day(known) if known else ArxivId.parse(self.id).month

    @property
    def arxiv_id(self) -> ArxivId:
        """The id with the version."""
        return ArxivId(self.id, self.version)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The numbered sentences of the abstract: what a judge reads and points at."""
        return sentences(self.abstract)

    @property
    def text(self) -> str:
        """All that was read of the paper beside its title."""
        return self.abstract

    @property
    def form(self) -> str:
        """What the text was read from: `abstract`, or a form of the full text (see `excerpt.Excerpt`)."""
        return ABSTRACT

    def part(self, where: str) -> str:
        """Return the text that a sentence's offsets count in; raise `KeyError` for a part that was not read."""
        return {ABSTRACT: self.abstract}[where]

    @property
    def fingerprint(self) -> str:
        """A hash of the text that a judge reads; two versions with the same text have the same."""
        return hashlib.sha256(f"{self.title}\n{self.abstract}".encode(errors="surrogatepass")).hexdigest()[:16]

    @property
    def known_withdrawal(self) -> Withdrawal | None:
        """The withdrawal on record, or the one that the comment or abstract announces."""
        if self.withdrawal:
            return self.withdrawal
        for name, text in (("comment", self.comment), ("abstract", self.abstract)):
            found = _WITHDRAWN.search(text[:400]) if text else None
            if text and found and not self._names_another(text[: found.end()]):
                return Withdrawal(self.version, None, name)
        return None

    def _names_another(self, text: str) -> bool:
        """Tell whether it is of another paper, named by its id, that a text says so: no paper withdraws another."""
        return any(found[0] != self.id for found in _ID.finditer(re.split(r"[.!?]\s", text)[-1]))
