"""Documents of a set as papers: what a judge reads, and the way back from its sentence numbers to the set's own.

A judge numbers the sentences of a paper as `domain.text.sentences` splits them; a set has split them in its own way. Both are
places in the same text, so a judge's sentence stands for all of the set's that it overlaps.

The papers are on arXiv in name only: their ids have its form, because the library and a recording ask for it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import clean

# A judge is told when a claim was stated and a paper submitted. A set says neither: the claim came first, and no more.
_STATED = PartialDate.parse("2019")
_FIRST_YEAR = 20
_A_MONTH = 99_999  # ids that a month has room for
_MONTHS = 12 * (100 - _FIRST_YEAR)


@dataclass(frozen=True)
class Document:
    """A paper, and where in its abstract each of the set's sentences stands."""

    paper: Paper
    spans: tuple[tuple[int, int], ...]

    def places(self, numbers: Iterable[int]) -> tuple[int, ...]:
        """Return the set's sentences, counted from 0, that a judge's numbers, counted from 1, stand for, in the judge's order."""
        told = {s.number: s for s in self.paper.sentences}
        pointed = (told[n] for n in numbers if n in told)
        return tuple(dict.fromkeys(i for s in pointed for i, span in enumerate(self.spans) if _overlap(span, (s.start, s.end))))


def document(id: str, title: str, told: Sequence[str]) -> Document:
    """Make a paper of a title and sentences."""
    visible_title, flags = clean(title)
    spans: list[tuple[int, int]] = []
    abstract = ""
    for sentence in told:
        text, removed = clean(sentence)
        flags |= removed
        if text and abstract:
            abstract += " "
        spans.append((len(abstract), len(abstract) + len(text)))
        abstract += text
    return Document(Paper(id, visible_title, abstract, version=1, flags=flags), tuple(spans))


def passage(title: str, told: Sequence[str]) -> Document:
    """Make a paper with an id that follows from its text: the same text is read once, whichever file it comes from."""
    digest = hashlib.sha256("\x1f".join((title, *told)).encode("utf-8", "replace")).digest()
    return document(numbered(1 + int.from_bytes(digest[:8], "big") % (_MONTHS * _A_MONTH)), title, told)


def numbered(number: int) -> str:
    """Return the id of the document with this number, from 1."""
    month, place = divmod(number - 1, _A_MONTH)
    return f"{_FIRST_YEAR + month // 12:02}{month % 12 + 1:02}.{place + 1:05}"


def statement(id: str, text: str) -> Claim:
    """Make a claim of a set's: it has no anchors and no parts."""
    return Claim(id, "evaluation", text, _STATED, ())


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])
