"""Citations: an arXiv paper that a document names, where, and what the document says of it."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.mentions import Mention
from claimcheck.domain.outline import Places
from claimcheck.domain.text import clean
from claimcheck.errors import UsageError


@dataclass(frozen=True)
class Document:
    """A document's name, as findings show it, and its text."""

    name: str
    text: str


@dataclass(frozen=True)
class Citation:
    """A paper cited at a place of a document; lines and columns count from 1, the end column lies behind the citation.

    `id` is None where it is none, and `wrong` says why. `statement` is what the sentence says that cites it, empty where nothing
    is said; `title` and `date` are what the document gives for it.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    id: ArxivId | None
    wrong: str | None = None
    statement: str = ""
    title: str | None = None
    date: PartialDate | None = None


def citation(
    file: str,
    places: Places,
    paper: Mention,
    span: tuple[int, int],
    statement: str = "",
    title: str | None = None,
    date: PartialDate | None = None,
) -> Citation:
    """Return the citation of a paper that stands at a span of a document."""
    (line, column), (end_line, end_column) = places.of(span[0]), places.of(span[1])
    known = date if date and paper.id and _may_be_compared(date, paper.id) else None
    return Citation(file, line, column, end_line, end_column, paper.text, paper.id, paper.wrong, statement, title, known)


def given(id: str, today: datetime.date, statement: str = "", title: str | None = None, published: str | None = None) -> Citation:
    """Return a citation that stands in no document, as a person gives it; raise `UsageError` for a date that is none."""
    try:
        when = PartialDate.parse(published.strip()) if published else None
    except ValueError as wrong:
        raise UsageError(str(wrong)) from None
    name = id.strip()
    try:
        parsed, why = ArxivId.parse(name, today), None
    except MalformedId as wrong:
        parsed, why = None, str(wrong)
    said = clean(statement)[0]
    return Citation("citation", 1, 1, 1, len(name) + 1, name, parsed, why, said, clean(title)[0] if title else None, when)


def once_each(found: Iterable[Citation]) -> tuple[Citation, ...]:
    """Leave out a paper that the same sentence names again, as a link with its id for text does; in order of place."""
    kept: dict[tuple[object, ...], Citation] = {}
    for one in sorted(found, key=lambda c: (c.file, c.line, c.column)):
        key = (one.file, one.line if not one.statement else one.statement, one.id or one.text)
        kept.setdefault(key, one)
    return tuple(kept.values())


def _may_be_compared(date: PartialDate, id: ArxivId) -> bool:
    """A year alone may be that of a later publication: only an earlier one contradicts the id."""
    year_alone = (date.last - date.first).days > 31
    return not year_alone or date.first <= id.month.first
