"""Citations of plain text and Markdown: ids, arXiv: names, addresses, and marks such as [1] that lead to a list of references."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from claimcheck.audit import bib
from claimcheck.audit.citation import Citation, Document, citation, once_each
from claimcheck.domain.bibtex import entries
from claimcheck.domain.mentions import Mention
from claimcheck.domain.outline import Kind, Places
from claimcheck.domain.statement import plain
from claimcheck.domain.units import Unit, read

_TITLE = re.compile(r"[\"\u201c]([^\"\u201c\u201d]{12,300})[\"\u201d]|(?<![\w*])[*_]{1,2}([^*_\n]{12,300})[*_]{1,2}(?![\w*])")


def citations(document: Document, today: date, named: Mapping[str, tuple[Mention, ...]] | None = None) -> tuple[Citation, ...]:
    """Return the citations of a document; `named` are papers that its marks lead to beyond its own lists."""
    places = Places(document.text)
    found = [one for unit in read(document.text, named).units for one in _of_unit(document.name, places, unit, today)]
    return once_each([*found, *bib.citations(document, entries(document.text))])


def _of_unit(name: str, places: Places, unit: Unit, today: date) -> Iterator[Citation]:
    states = unit.kind is not Kind.HEADING and not (unit.lists_papers or unit.label.startswith("["))
    said = unit.statement if states else ""
    title = _title(unit) if unit.is_entry else None
    dated = {id: d.date for id, d in unit.dated.items() if d.date.first <= today}
    for paper in unit.papers:
        span = (unit.start + paper.start, unit.start + paper.end)
        yield citation(name, places, paper, span, said, title, dated.get(paper.id) if paper.id else None)
    for mark in unit.marks:
        for paper in mark.papers:
            yield citation(name, places, paper, (unit.start + mark.start, unit.start + mark.end), said)


def _title(unit: Unit) -> str | None:
    """Return the title that an entry gives in quotes or italics, where it is the only one with more than two words."""
    given = [plain(found[1] or found[2]).strip(" .,") for found in _TITLE.finditer(unit.text)]
    titles = [title for title in given if len(title.split()) > 2]
    return titles[0] if len(titles) == 1 else None
