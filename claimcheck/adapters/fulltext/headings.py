"""Headings in plain lines of text, told by their form: a number that follows the last one, or the plain word for a section."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from claimcheck.domain.fulltext import Kind, kind_of

_NUMBERED = re.compile(r"^(?:Appendix\s+)?(\d{1,2}|[A-Z]|[IVX]{1,5})((?:\.\d{1,2}){0,3})[.:]?\s+([A-Z][^.!?;]{2,80})$")
_ENDED = re.compile(r"[.!?:,;][\"'\u201d\u2019)\]]*$")
_PLAIN = (
    "abstract|introduction|background|related works?|methods?|methodology|results?|experiments?|discussions?|limitations?"
    "|analysis|conclusions?|concluding remarks|summary|future work|outlook|appendix|appendices"
)
_BARE = re.compile(rf"(?:{_PLAIN})(?:\s+(?:and|&)\s+(?:{_PLAIN}))?", re.IGNORECASE)
_ROMAN = {"I": 1, "V": 5, "X": 10}
_MOST_WORDS, _MOST_BARE_WORDS = 12, 5
_REFERENCES = ("references", "bibliography")
UNTITLED = "text"


@dataclass
class Piece:
    """A heading with its depth, and the lines under it."""

    title: str
    level: int
    lines: list[str] = field(default_factory=list)


def sections(lines: Sequence[str]) -> Iterator[Piece]:
    """Cut lines at their headings.

    What stands before an abstract or an introduction is title and authors and is left out; before any other heading it is text.
    """
    outline, piece, first = _Outline(), Piece(UNTITLED, 1), True
    for line in lines:
        level = outline.level(line)
        if not level:
            piece.lines.append(line)
            continue
        if not (first and kind_of(line) in (Kind.ABSTRACT, Kind.INTRODUCTION)):
            yield piece
        piece, first = Piece(line, level), False
    yield piece


class _Outline:
    """Knows which number a heading may have next, so that a figure in a line of text or a table makes none."""

    def __init__(self) -> None:
        self._last = 0
        self._after_references = False

    def level(self, line: str) -> int:
        """Return how deep a heading is, or 0 for a line that is none."""
        if _ENDED.search(line):
            return 0
        numbered = _NUMBERED.match(line)
        if numbered and _like_a_title(numbered[3]):
            return self._numbered(numbered[1], numbered[2].count("."))
        return self._bare(line)

    def _numbered(self, top: str, depth: int) -> int:
        if top.isdigit():
            number = int(top)
        elif self._after_references or depth:
            return depth + 1  # appendices are lettered
        elif all(letter in _ROMAN for letter in top):
            number = _roman(top)
        else:
            return 0
        if number not in (self._last, self._last + 1) or (number == self._last and not depth):
            return 0
        self._last = number
        return depth + 1

    def _bare(self, line: str) -> int:
        plain = line.strip(" .")
        if len(line.split()) > _MOST_BARE_WORDS or not plain[:1].isupper():
            return 0
        if kind_of(plain) is not Kind.LEFT_OUT and not _BARE.fullmatch(plain):
            return 0
        self._after_references = self._after_references or plain.casefold() in _REFERENCES
        return 1


def _like_a_title(text: str) -> bool:
    """A heading is short and has few marks; a line of a table has figures."""
    return len(text.split()) <= _MOST_WORDS and sum(c.isdigit() for c in text) <= 2 and sum(c in ",=<>+%" for c in text) <= 2


def _roman(text: str) -> int:
    values = [_ROMAN[letter] for letter in text]
    return sum(-v if v < max(values[at + 1 :], default=0) else v for at, v in enumerate(values))
