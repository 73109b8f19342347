"""Pages of arXiv records, asked for one at a time through the `arxiv` package.

The package builds the addresses and reads the records. It does not tell a failure from "nothing found", has no timeouts, and
keeps its pace for one object only; so it is handed a session of ours, which asks through `line.py` and lets only pages pass
that `atom` has found to be whole, without the records that cannot be used. It is never let on to a second page: having been shown
fewer records than there are, it would count wrongly.
"""

import io
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import arxiv
import requests

from claimcheck.adapters.arxiv import atom
from claimcheck.adapters.arxiv import records as arxiv_records
from claimcheck.adapters.arxiv.line import Line
from claimcheck.domain.arxiv_id import MalformedId
from claimcheck.domain.paper import Paper
from claimcheck.errors import SourceUnavailable

PAGE = 2000  # records a request, at most


@dataclass(frozen=True)
class Question:
    """What is asked, by words or by ids, and what it is called in messages."""

    what: str
    query: str = ""
    ids: tuple[str, ...] = ()
    oldest_first: bool = False  # what is submitted while pages are read then comes after them


@dataclass(frozen=True)
class RecordPage:
    """A whole page: `rows` records, the papers of those that can be used, what is wrong with the others, and all ids.

    `total` is how many match in all; `leaves_out` as in `atom.Page`.
    """

    total: int
    rows: int
    ids: frozenset[str]
    unusable: tuple[str, ...]
    leaves_out: bool
    papers: tuple[Paper, ...] = ()


class Pages:
    """Asks for pages at an address. Records dated after `today` cannot be used."""

    def __init__(self, line: Line, url: str, today: date) -> None:
        self._line = line
        self._url = url
        self._today = today

    def page(self, question: Question, start: int, size: int) -> RecordPage:
        """Return the page of at most `size` records from `start`; raise `SourceUnavailable`."""
        checked: list[RecordPage] = []

        def fetch(url: str) -> bytes:
            page, body = self._line.ask(url, question.what, lambda body: _checked(body, question, start, size, self._today))
            checked.append(page)
            return body

        client = arxiv.Client(page_size=size, delay_seconds=0, num_retries=0)
        client.query_url_format = self._url + "?{}"
        client._session = _Session(fetch)
        results = list(client.results(_search(question, start + size), offset=start))
        page = checked[0]
        usable = page.rows - len(page.unusable)
        if len(results) != usable:
            raise SourceUnavailable(f"only {len(results)} of {usable} records of {question.what} could be read; run again")
        return replace(page, papers=tuple(arxiv_records.paper(result) for result in results))

    def rest(self, question: Question, first: RecordPage, limit: int) -> Iterator[RecordPage]:
        """Yield the pages after the first, up to `limit` records in all.

        Raise `SourceUnavailable` when the list changes meanwhile: records that move between pages may be lost.
        """
        seen, start, total = set(first.ids), first.rows, first.total
        while start < min(total, limit):
            page = self.page(question, start, min(limit - start, PAGE))
            if page.total < total or page.ids & seen:
                raise SourceUnavailable(f"arXiv's list changed while {question.what} was read; run again to go on")
            yield page
            seen, start, total = seen | page.ids, start + page.rows, page.total


class _Session(requests.Session):
    """The session under `arxiv.Client`: its answers are whole pages, or exceptions."""

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        super().__init__()
        self._fetch = fetch

    def get(self, url: str | bytes, **_: Any) -> requests.Response:
        """Return a page; the caller's headers and options do not count."""
        response = requests.Response()
        response.status_code = requests.codes.ok
        response.raw = io.BytesIO(self._fetch(str(url)))
        return response


def _search(question: Question, most: int) -> Any:
    by, order = arxiv.SortCriterion.Relevance, arxiv.SortOrder.Descending
    if question.oldest_first:
        by, order = arxiv.SortCriterion.SubmittedDate, arxiv.SortOrder.Ascending
    return arxiv.Search(question.query, list(question.ids), most, by, order)


def _checked(body: bytes, question: Question, start: int, size: int, today: date) -> tuple[RecordPage, bytes]:
    """Return what is known of a raw page, and a feed of its usable records that ends with them."""
    raw = atom.read(body, start, size, len(question.ids) or None)
    faults = [arxiv_records.fault(entry, today) for entry in raw.entries]
    usable = [entry for entry, fault in zip(raw.entries, faults, strict=True) if fault is None]
    ids = frozenset(_ids(raw.entries))
    if question.ids and (strangers := ids - set(question.ids)):
        raise atom.Incomplete(f"a paper that was not asked for ({min(strangers)})")
    page = RecordPage(raw.total, len(raw.entries), ids, tuple(fault for fault in faults if fault), raw.leaves_out)
    return page, atom.feed(usable, total=start + len(usable))


def _ids(entries: Sequence[ET.Element]) -> Iterator[str]:
    for entry in entries:
        try:
            yield arxiv_records.entry_id(entry).bare
        except MalformedId:
            continue
