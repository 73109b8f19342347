"""Citations of BibTeX entries: the paper that an entry names, with the title and date that it gives.

The year of an entry that appeared elsewhere too is the year of that, and is not held against arXiv's.
"""

from collections.abc import Iterable

from claimcheck.audit.citation import Citation, Document, citation
from claimcheck.domain.bibtex import Entry
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.mentions import Mention
from claimcheck.domain.outline import Places
from claimcheck.domain.units import papers_of
from claimcheck.domain.worded_dates import dates

_ELSEWHERE = ("booktitle", "journal", "journaltitle", "publisher")


def citations(document: Document, entries: Iterable[Entry], cited: Iterable[str] | None = None) -> tuple[Citation, ...]:
    """Return a citation for each paper that the entries name; only of those with the keys `cited`, where these are given."""
    keys = None if cited is None else frozenset(cited)
    places = Places(document.text)
    return tuple(
        citation(document.name, places, paper, (paper.start, paper.end), title=_title(entry), date=_date(entry))
        for entry in entries
        if keys is None or entry.key in keys
        for paper in papers_of(document.text, entry)
    )


def papers(document: Document, entries: Iterable[Entry]) -> dict[str, tuple[Mention, ...]]:
    """Return the papers that entries name, by key; the first entry of a key counts."""
    found: dict[str, tuple[Mention, ...]] = {}
    for entry in entries:
        found.setdefault(entry.key, papers_of(document.text, entry))
    return found


def _title(entry: Entry) -> str | None:
    return entry.value("title").strip(' ."') or None


def _date(entry: Entry) -> PartialDate | None:
    if any(
        (value := entry.value(name)) and "arxiv" not in value.casefold() and "corr" not in value.casefold() for name in _ELSEWHERE
    ):
        return None
    year = entry.value("year") or entry.value("date")
    found = dates(f"{entry.value('month')} {year}") or dates(f"({year})")
    return found[0].date if found else None
