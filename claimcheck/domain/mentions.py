"""arXiv papers that a text names, each with its place; and what was meant as an arXiv id and is none.

What follows `arXiv:` or stands behind arXiv's address was meant as an id, whatever it is. A bare number is taken for one only
where it can be nothing else: in the form of its month, and of no month to come.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from claimcheck.domain.arxiv_id import ArxivId, MalformedId

_ADDRESS = r"(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/"
_NAMED = re.compile(
    rf"(?:https?://{_ADDRESS}|(?<![\w.@=/-]){_ADDRESS}|(?:https?://(?:dx\.)?doi\.org/|(?<![\w/.])(?:doi:\s?)?)10\.48550/arxiv\."
    r"|(?<![\w.@/-])arxiv\s?:[\s~]?)"
    r"([^\s,;()\[\]{}<>\"'|`*?#\u2013\u2014\u2026\u201c\u201d]+)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"https?://(?:www\.)?(?:ar5iv(?:\.labs\.arxiv)?\.org/(?:abs|html|pdf)|alphaxiv\.org/(?:abs|overview|pdf)"
    r"|huggingface\.co/papers)/([0-9a-z./-]+)",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?<![\w.,/:=#-])(?:[0-9]{4}\.[0-9]{4,5}|[a-z]{2,}(?:-[a-z]{2,})?(?:\.[A-Z]{2})?/[0-9]{7})(?:v[0-9]{1,3})?(?![\w/]|[.,-][0-9])"
)
_LEADING = re.compile(r"(?:[0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7})(?:v[0-9]{1,3})?(?![0-9])")
_TRAILING = ".:!?_\\~-/%$&"


@dataclass(frozen=True)
class Mention:
    """A paper that is named at `start` to `end` of a text; `id` is None where it is none, and `wrong` says why.

    `bare` when nothing but its form tells that it is an arXiv id.
    """

    text: str
    start: int
    end: int
    id: ArxivId | None
    wrong: str | None = None
    bare: bool = False


def mentions(text: str, today: date | None = None) -> tuple[Mention, ...]:
    """Return every mention in a text, in order; none overlaps another."""
    found: list[Mention] = []
    for one in sorted((*_named(text, today), *_plain(text, today)), key=lambda m: m.start):
        if not found or one.start >= found[-1].end:
            found.append(one)
    return tuple(found)


def _named(text: str, today: date | None) -> Iterator[Mention]:
    for found in _NAMED.finditer(text):
        token = found[1].rstrip(_TRAILING)
        if not any(char.isdigit() for char in token):
            continue
        yield _read(text, found.start(), found.start(1), token, today)


def _plain(text: str, today: date | None) -> Iterator[Mention]:
    for found in _ELSEWHERE.finditer(text):
        token = found[1].rstrip(_TRAILING)
        one = _read(text, found.start(), found.start(1), token, today)
        if one.id:
            yield one
    for found in _BARE.finditer(text):
        one = _read(text, found.start(), found.start(), found[0], today)
        if one.id:
            yield Mention(one.text, one.start, one.end, one.id, bare=True)


def _read(text: str, start: int, at: int, token: str, today: date | None) -> Mention:
    """Read a token as an id; text that clings to a good id, such as a file's ending, is left out of it."""
    leading = _LEADING.match(token)
    name = token
    if leading and not re.match(r"[\w]", token[leading.end() :] or " "):
        name = leading[0]
    end = at + len(token)
    try:
        return Mention(text[start:end], start, end, ArxivId.parse(name, today))
    except MalformedId as wrong:
        return Mention(text[start:end], start, end, None, str(wrong))
