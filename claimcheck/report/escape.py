"""Escaping: text from papers, models and people as Markdown that does nothing.

Rendered, the text reads as it was; unrendered, it stays close to it. Most marks take a backslash, and only where they could mean
something. That does not help against what GitHub adds after parsing (mentions, issue numbers, bare addresses, emoji codes) nor
against its math, which looks through backslashes: such words stand in a code span, where nothing is read. Characters that are
not seen are taken out, those that steer a terminal or turn the direction of writing are spelled out.
"""

import re
import unicodedata

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.text import clean

_TURNS_DIRECTION = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

# Words that GitHub would make something of. None holds a backtick or a bar, so that a code span can hold them, in tables too.
_WORD = r"""
    \${1,2}(?![\s$])[^$`|]{1,300}(?<!\s)\${1,2}(?![\d$])  # math, by pandoc's rule: "$5 and $6" is none
  | \$+(?:[\w.,]{0,40}\w)?                               # a lone dollar sign
  | (?:https?|ftp)://(?:[^\s`|]*[\w/=&%-])?              # addresses
  | (?<![a-z0-9])www\.(?:[^\s`|]*[\w/=&%-])?
  | (?:mailto|xmpp):(?:[^\s`|]*\w)?
  | [\w.+-]{1,64}@(?=[\w-]{0,80}\.\w)[\w.-]{0,160}\w    # mail addresses, though not pass@1
  | (?<![a-z0-9])@\w[\w/-]*                              # mentions
  | \#\d+ | (?<![a-z0-9])GH-\d+                          # issue numbers
  | :(?:[a-z][\w+-]{0,40}|[+-]1|100|1234):               # emoji codes
"""
# What follows one of them directly would stand behind a code span, where nothing before it tells it from a mention.
_LOADED = re.compile(rf"(?:{_WORD})(?:{_WORD}|@\w[\w/-]*|www\.|GH-\d+)*", re.IGNORECASE | re.VERBOSE)
_MARK = re.compile(r"[\\`*_\[\]<&~|]")
_ANGLED = re.compile(r"<[^\s<>]*>")
_ENTITY = re.compile(r"&#?\w{1,40};")
# What makes a line a heading, a list, a quotation, a rule, an underline or the second row of a table.
_OPENING = re.compile(r">|#{1,6}(?=\s|$)|[-+](?=\s|$)|[-=:](?=[-=:\s]*$)")
_NUMBERED = re.compile(r"(\d{1,9})(?=[.)](?:\s|$))")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


class Markdown(str):
    """Text that is Markdown already, made by this package; everything else is escaped on its way into a report."""

    __slots__ = ()


def visible(text: str) -> str:
    """Return text on one line without what is not seen; what steers a terminal or turns direction is spelled out."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return clean("".join(_spelled(char) for char in text))[0]


def inline(text: str) -> Markdown:
    """Return text as inert Markdown on one line, for anywhere in a paragraph, a list item, a quotation or a table's cell."""
    seen = visible(text)
    pieces, at = [], 0
    for word in _LOADED.finditer(seen):
        pieces += [_escaped(seen[at : word.start()]), f"`{word[0]}`"]
        at = word.end()
    pieces.append(_escaped(seen[at:]))
    whole = "".join(pieces)
    if _OPENING.match(whole):
        whole = "\\" + whole
    return Markdown(_NUMBERED.sub(r"\1\\", whole, count=1) if _NUMBERED.match(whole) else whole)


def code(text: str) -> Markdown:
    """Return text in a code span; not for tables, where a bar would end the cell."""
    seen = visible(text)
    fence = "`" * (max(map(len, re.findall("`+", seen)), default=0) + 1)
    pad = " " if seen[:1] in ("`", "") or seen[-1:] == "`" else ""
    return Markdown(f"{fence}{pad}{seen}{pad}{fence}")


def paper_link(id: str, version: int | None = None) -> Markdown:
    """Return a link to the abstract page of that version; what is no arXiv id is shown as text."""
    try:
        parsed = ArxivId.parse(id)
    except MalformedId:
        return inline(id)
    named = ArxivId(parsed.bare, version or parsed.version)
    return Markdown(f"[{named}]({named.url})")


def _spelled(char: str) -> str:
    if char in _TURNS_DIRECTION:
        return f"\\u{ord(char):04x}"
    if unicodedata.category(char) == "Cc" and not char.isspace() and char != "\0":
        return f"\\x{ord(char):02x}"
    return char


def _escaped(text: str) -> str:
    return _MARK.sub(lambda mark: f"\\{mark[0]}" if _means_something(text, mark.start()) else mark[0], text)


def _means_something(text: str, at: int) -> bool:
    """Tell whether a mark could be read as more than itself. What stands at either end has an unknown neighbour."""
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if char == "\\":
        return not after or after in _PUNCTUATION
    if char == "*":
        return not (before.isspace() and after.isspace())
    if char == "_":
        return not (before.isalnum() and after.isalnum())
    if char == "<":
        return not after or after.isalpha() or after in "/!?" or _ANGLED.match(text, at) is not None
    if char == "&":
        return _ENTITY.match(text, at) is not None
    if char == "~":
        return not ((not before or before in " (") and after.isdigit())
    return True
