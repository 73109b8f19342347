"""The statement that a cited sentence makes: its own words, without the citation and the marks of its writing."""

import re

from claimcheck.domain.mentions import Mention, mentions
from claimcheck.domain.text import clean, content_words
from claimcheck.domain.worded_dates import WrittenDate, dates

_LONGEST_GROUP = 200  # characters in brackets that go with the citation in them
_LINK = re.compile(r"!?\[([^\[\]]*)\]\(\s*<?([^()\s<>]*)>?(?:\s+\"[^\"]*\")?\s*\)")
_GROUP = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
_MARK = r"(?:\^?[0-9]{1,3}|\^[\w.-]{1,40}|-?@[\w:.-]{1,40})"
_MARKS = re.compile(
    rf"\s*\[{_MARK}(?:\s*[,;\u2013-]\s*{_MARK})*\]|~?\s*\\[a-zA-Z]{{0,12}}cite[a-zA-Z]{{0,12}}\*?(?:\[[^\]]*\]){{0,2}}\{{[^{{}}]*\}}"
)
_CITATION = re.compile(r"\bet al\b")
_LONGEST = 5000  # characters that are looked at; no claim is so long
_LEAD_IN = re.compile(
    r"(?:\s|[,;:\u2013\u2014-]|\b(?:see|cf|source|sources|ref|refs|paper|papers|via|from|at)\b[.:]?|\band\b|&|\+)+$",
    re.IGNORECASE,
)
_DANGLING = re.compile(r"[\s,;:]+(?:see also|see|cf|via)\s*([.]?)\s*$", re.IGNORECASE)
_LEAD_OUT = re.compile(r"\s*(?:[:\u2013\u2014|]|-(?=\s)|,(?=\s))\s*")
_EMPHASIS = re.compile(r"(\*\*|__|\*|_|`|~~)(?=\S)(.{1,300}?)(?<=\S)\1")
_LEFT = re.compile(r"\s+([.,;:!?])")
_LEAST_WORDS = 2
_MARKUP = " \t\n*_`"


def statement(text: str) -> str:
    """Return what a text states, on one line; empty when it only cites."""
    text = clean(text[:_LONGEST].replace("\n>", "\n"))[0]
    text = _GROUP.sub(_group, _LINK.sub(_link, text))
    text = _plain(_DANGLING.sub(r"\1", _without_ends(_MARKS.sub("", text))))
    return text if len(content_words(_without(text, mentions(text)))) >= _LEAST_WORDS else ""


def plain(text: str) -> str:
    """Return a text on one line, without Markdown's marks."""
    return _plain(_LINK.sub(lambda found: found[1], clean(text[:_LONGEST])[0]))


def opens_with_citation(text: str) -> bool:
    """Tell whether a text begins with the paper that it is about, as an entry of a list of papers does."""
    found = mentions(text)
    return bool(found) and not text[: found[0].start].strip(f"{_MARKUP}[(<")


def _plain(text: str) -> str:
    for _ in range(3):
        text = _EMPHASIS.sub(lambda found: found[2], text)
    return _LEFT.sub(r"\1", " ".join(text.split())).strip(" \t,;:\u2013\u2014*_|")


def _link(found: re.Match[str]) -> str:
    """Keep the words of a link, unless they only name the paper that it leads to: by its id, or as `Name et al., 2025`."""
    if not mentions(found[2]):
        return found[1]
    cites = mentions(found[1]) or not content_words(found[1]) or _CITATION.search(found[1]) or dates(f"({found[1]})")
    return f"({found[2]})" if cites else f"{found[1]} ({found[2]})"


def _group(found: re.Match[str]) -> str:
    inside = found[1]
    if mentions(inside) and len(inside) <= _LONGEST_GROUP:
        return ""
    written = dates(f"({inside})")
    return "" if written and not content_words(_without(f"({inside})", written)) else found[0]


def _without_ends(text: str) -> str:
    """Take away mentions that stand before or behind the statement; one inside it is a word of it."""
    while (
        (found := mentions(text)) and not text[: found[0].start].strip(_MARKUP) and (out := _LEAD_OUT.match(text, found[0].end))
    ):
        text = text[out.end() :]
    while (found := mentions(text)) and not _told(text[found[-1].end :]):
        text = _LEAD_IN.sub("", text[: found[-1].start]) + ("." if text.rstrip(_MARKUP).endswith(".") else "")
    return text


def _told(text: str) -> str:
    """Return what a text says beside dates and punctuation."""
    return _without(f", {text}", dates(f", {text}")).strip(f"{_MARKUP}.,;:()")


def _without(text: str, pieces: tuple[Mention, ...] | tuple[WrittenDate, ...]) -> str:
    for start, end in reversed([(piece.start, piece.end) for piece in pieces]):
        text = f"{text[:start]} {text[end:]}"
    return text
