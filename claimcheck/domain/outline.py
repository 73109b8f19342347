"""The outline of plain text or Markdown: headings, list items, table rows and prose, each with its place and its heading.

Written for people's notes, not for a standard: a short line that ends in a colon is a heading, whatever stands under it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from claimcheck.domain.text import sentences

_LONGEST_HEADING, _LONGEST_TITLE = 110, 60  # characters, with a colon behind and without
_LONGEST_MARK = 1000  # characters of a line that is drawn
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]+")
_BOLD_LINE = re.compile(r"\s*(?:\*\*|__)([^*_]+)(?:\*\*|__):?\s*")
_RULE = re.compile(r"\s*(?:[-=*_]\s*){3,}")
_ITEM = re.compile(
    r"\s*(?:[-*+\u2022\u2023\u25e6\u2013\u2014]|(?P<label>\[\^?[\w.:-]{1,40}\]:?|\(?(?:[0-9]{1,3}|[a-z])[.)]))[ \t]+(?=\S)"
)
_QUOTED = re.compile(r"\s*(?:>\s?)+")
_ROW = re.compile(r"\s*\|.*\|.*|[^|\n]+\|[^|\n]+\|.*")
_DIVIDER = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*(?::?-{2,}:?)?\s*")
# A line that opens with a paper, and goes on after a colon or dash, is an entry of a list of papers, bullet or not.
_ENTRY = re.compile(
    r"\s*(?:https?://[\w.-]{0,40}\.(?:org|co)/\S{1,80}|https?://arxiv\.org/\S{1,80}|arxiv:\s?\S{1,80}?|[0-9]{4}\.[0-9]{4,5}(?:v[0-9]+)?)(?:\s*\([^()]*\))?\s*(?:[:\u2013\u2014|]|-(?=\s))\s",
    re.I,
)
_FENCE = re.compile(r"\s*(?:```|~~~)")


class Kind(StrEnum):
    """What a block of text is."""

    HEADING = "heading"
    ITEM = "item"
    ROW = "row"
    HEAD_ROW = "head row"
    PROSE = "prose"


@dataclass(frozen=True)
class Block:
    """A piece of a text from `start` to `end`, its marker left out; `under` is the heading it stands under.

    `label` is what numbers an item, as it is written: `1.` or `[^note]`.
    """

    kind: Kind
    start: int
    end: int
    text: str
    under: str = ""
    label: str = ""

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Where its sentences stand in the whole text."""
        return tuple((self.start + s.start, self.start + s.end) for s in sentences(self.text))


def outline(text: str) -> tuple[Block, ...]:
    """Return the blocks of a text in order."""
    under, found = "", []
    for block in _blocks(text):
        if block.kind is Kind.HEADING:
            under = block.text.strip(" \t*_:#")
        found.append(replace(block, under=under))
    return tuple(found)


class Places:
    """Tells the line and the column of a place in a text, both from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [start for start, _ in _lines(text)]

    def of(self, at: int) -> tuple[int, int]:
        """Return line and column."""
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1


def _blocks(text: str) -> Iterator[Block]:
    lines = list(_lines(text))
    blank = [True, *(not line.strip() for _, line in lines), True]
    open_: Block | None = None
    for at, (start, line) in enumerate(lines, 1):
        opened = _opened(line, start, alone=blank[at - 1] and (blank[at + 1] or bool(_ITEM.match(lines[at][1]))))
        if opened is None and open_ and open_.kind is not Kind.ROW and not _divides(line):
            open_ = replace(open_, end=start + len(line))
            continue
        if open_:
            yield _closed(open_, text, line)
        open_ = None
        if opened and opened.kind is Kind.HEADING:
            yield _closed(opened, text)
        elif not _divides(line):
            quoted = _QUOTED.match(line)
            open_ = opened or Block(Kind.PROSE, start + (quoted.end() if quoted else 0), start + len(line), "")
    if open_:
        yield _closed(open_, text)


def _opened(line: str, start: int, alone: bool) -> Block | None:
    """Return the heading, item or row that a line begins, or None where it goes on or begins prose."""
    end, item = start + len(line), _ITEM.match(line)
    if _divides(line):
        return None
    if _is_heading(line, alone):
        marker = _HEADING.match(line)
        return Block(Kind.HEADING, start + (marker.end() if marker else 0), end, "")
    if _ROW.fullmatch(line):
        return Block(Kind.ROW, start, end, "")
    if item:
        return Block(Kind.ITEM, start + item.end(), end, "", label=(item["label"] or "").rstrip(":"))
    return Block(Kind.ITEM, start, end, "") if _ENTRY.match(line) else None


def _divides(line: str) -> bool:
    return bool(not line.strip() or _FENCE.match(line) or _is_rule(line) or _is_divider(line))


def _closed(block: Block, text: str, behind: str = "") -> Block:
    """Return a block with its text; the line behind it may make it a heading, underlined, or the head of a table."""
    told = text[block.start : block.end]
    kind = block.kind
    if kind is Kind.ROW and _is_divider(behind):
        kind = Kind.HEAD_ROW
    elif kind is Kind.PROSE and "\n" not in told and _is_rule(behind) and behind.strip()[0] in "=-":
        kind = Kind.HEADING
    return replace(block, kind=kind, text=told)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _is_heading(line: str, alone: bool) -> bool:
    if _HEADING.match(line) or (len(line) <= _LONGEST_MARK and _BOLD_LINE.fullmatch(line)):
        return True
    bare = line.rstrip(" \t*_")
    if _ITEM.match(line) or _ROW.fullmatch(line) or _ENTRY.match(line):
        return False
    if alone and len(bare) <= _LONGEST_TITLE and bare[-1:] not in '.?!,;)]"' and not any(char.isdigit() for char in bare):
        return True
    return bare.endswith(":") and len(bare) <= _LONGEST_HEADING


def _is_divider(line: str) -> bool:
    """Tell whether a line parts the head of a table from its rows."""
    return len(line) <= _LONGEST_MARK and bool(_DIVIDER.fullmatch(line.strip()))


def _is_rule(line: str) -> bool:
    """Tell whether a line is drawn across, under a heading or between parts."""
    return len(line) <= _LONGEST_MARK and bool(_RULE.fullmatch(line.strip()))
