"""arXiv's query language: our queries and windows in its words, with nothing in them that could change the question."""

import re
from collections.abc import Iterable
from datetime import date

from claimcheck.domain.dates import Window
from claimcheck.domain.query import Query
from claimcheck.errors import UsageError

# Servers refuse very long questions. The plan puts the words that matter most first; the library is searched by all of them.
_MOST_WORDS = 12
_PIECE = re.compile(r"[^\W_]+")
_PLAIN = re.compile(r"[a-z0-9]+")
_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[a-z]+)*)?")


def search_string(query: Query, window: Window) -> str:
    """Return the question for papers on a query, first submitted in a window.

    Words are looked for in all fields, the first twelve of them. Raise `UsageError` when the query has no word.
    """
    terms, cues = _words(query.terms)[:_MOST_WORDS], _words(query.cues)
    if not terms:
        raise UsageError(f"the query {str(query)!r} has no word to look for; name at least one")
    parts = terms if query.every else [_either(terms)]
    return " AND ".join([*parts, *([_either(cues)] if cues else []), _submitted(window)])


def category_string(category: str, window: Window) -> str:
    """Return the question for all papers of a category, cross-lists too, first submitted in a window."""
    if not _CATEGORY.fullmatch(category):
        raise UsageError(f"{category!r} has not the form of an arXiv category (such as cs.CL); see arxiv.org/category_taxonomy")
    return f"cat:{category} AND {_submitted(window)}"


def _words(words: Iterable[str]) -> list[str]:
    """Only letters and digits are let through; what they were joined by makes a phrase of them."""
    pieces = [_PIECE.findall(word) for word in words]
    return list(dict.fromkeys(_word(found) for found in pieces if found))


def _word(pieces: list[str]) -> str:
    if len(pieces) == 1 and _PLAIN.fullmatch(pieces[0]):
        return f"all:{pieces[0]}"
    return f'all:"{" ".join(pieces)}"'


def _either(words: list[str]) -> str:
    return f"({' OR '.join(words)})" if len(words) > 1 else words[0]


def _submitted(window: Window) -> str:
    return f"submittedDate:[{_digits(window.first)}0000 TO {_digits(window.last)}2359]"


def _digits(day: date) -> str:
    return day.isoformat().replace("-", "")
