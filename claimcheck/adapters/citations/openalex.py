"""OpenAlex: who cites a work (https://developers.openalex.org/api-reference/works). It tells no sentences, so there are no hints.

A paper is found by its arXiv DOI, which costs nothing; where OpenAlex has it under its journal's DOI only, by the address of its
abstract page. The list is paged by cursor with a key; without one OpenAlex answers cursors with 401, so it is paged by number,
which ends at 10,000.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, Unpack
from urllib.parse import quote, urlencode

from claimcheck.adapters.citations import shape
from claimcheck.adapters.citations.believing import asked_for, check_against_count, citations, first_arxiv_id
from claimcheck.adapters.citations.line import Manner, Service, Unknown, line_to
from claimcheck.domain.citing import Citations, Citing
from claimcheck.errors import SourceUnavailable

T = TypeVar("T")
PACE = 0.1  # seconds between requests; OpenAlex allows a hundred in one
PAGE = 100
MOST_BY_NUMBER, MOST = 10_000, 50_000  # citing papers of one: OpenAlex's limit without a key, and ours, 500 requests
_WORK = re.compile(r"https://openalex\.org/(W[0-9]{1,15})", re.ASCII)
_SERVICE = Service("OpenAlex", "OPENALEX_API_KEY", frozenset({401}), PACE)


@dataclass(frozen=True)
class _Work:
    """A work: its id at OpenAlex, and how many works cite it."""

    id: str
    counted: int


@dataclass(frozen=True)
class _Page:
    """A page of a list: how many works it has in all, those on the page with their arXiv ids, and where the next page begins."""

    total: int
    works: dict[str, str | None]
    next: str | None


class OpenAlex:
    """OpenAlex, or a server that speaks as it does at `url`. The pace is one for all processes that share `pace_file`."""

    name = _SERVICE.name
    pace = PACE

    def __init__(self, url: str, *, pace_file: Path, key: str | None = None, **manner: Unpack[Manner]) -> None:
        # In a header, not in the address: addresses end up in the logs of all who carry them.
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._line = line_to(_SERVICE, headers, pace_file, key, manner)
        self._url = url
        self._by_cursor = key is not None
        self._polite = {"mailto": manner["contact"]} if manner.get("contact") else {}

    @property
    def requests(self) -> int:
        """How many requests were sent so far, retries included."""
        return self._line.requests

    def citing(self, id: str) -> Citations:
        """Return all papers that cite the paper with an arXiv id."""
        anchor = asked_for(id)
        work = self._work(anchor)
        works: dict[str, str | None] = {}
        for page in self._pages(work, anchor):
            works |= page.works
        check_against_count(len(works), work.counted, self.name, anchor)
        return citations(anchor, (Citing(name) if name else None for name in works.values()))

    def _work(self, anchor: str) -> _Work:
        """Return the work of an anchor; raise `Unknown`."""
        select = {"select": "id,cited_by_count"}
        try:
            return self._ask(f"/works/doi:10.48550/arxiv.{anchor}", select, f"the paper {anchor}", _read_work)
        except Unknown:
            places = "|".join(f"{scheme}://arxiv.org/abs/{anchor}" for scheme in ("https", "http"))
            options = {"filter": f"locations.landing_page_url:{places}", **select}
            found = self._ask("/works", options, f"the paper {anchor}", _read_works)
            if len(found) != 1:
                raise Unknown(f"OpenAlex has {len(found)} works for {anchor}, not one; it may know it later") from None
            return found[0]

    def _pages(self, work: _Work, anchor: str) -> Iterator[_Page]:
        """Yield the pages of the works that cite a work, to the last; raise `SourceUnavailable` when they are not all of them."""
        seen: set[str] = set()
        total, place = 0, "*" if self._by_cursor else "1"
        while True:
            page = self._page(work, anchor, place)
            self._check_reach(page.total, anchor)
            if page.total < total or page.works.keys() & seen or (not page.works and len(seen) < page.total):
                raise SourceUnavailable(
                    f"OpenAlex's list of papers that cite {anchor} changed while it was read; run again later"
                )
            yield page
            seen |= page.works.keys()
            total = page.total
            if len(seen) >= total:
                return
            if page.next is None or page.next == place:
                raise SourceUnavailable(f"OpenAlex listed {len(seen)} of {total} papers that cite {anchor}; run again later")
            place = page.next

    def _check_reach(self, total: int, anchor: str) -> None:
        if total > MOST:
            raise SourceUnavailable(f"{total} papers cite {anchor}; no more than {MOST} are asked for")
        if total > MOST_BY_NUMBER and not self._by_cursor:
            raise SourceUnavailable(
                f"OpenAlex lists at most {MOST_BY_NUMBER} of the {total} papers that cite {anchor} to who has no key; "
                "set OPENALEX_API_KEY"
            )

    def _page(self, work: _Work, anchor: str, place: str) -> _Page:
        options = {"filter": f"cites:{work.id}", "select": "id,doi,locations", "per_page": str(PAGE)}
        options["cursor" if self._by_cursor else "page"] = place
        by_number = None if self._by_cursor else int(place)
        return self._ask("/works", options, f"the list of papers that cite {anchor}", lambda answer: _read(answer, by_number))

    def _ask(self, path: str, options: dict[str, str], what: str, read: Callable[[object], T]) -> T:
        query = urlencode({**options, **self._polite}, quote_via=quote, safe=":/,*|@")
        return self._line.ask(f"{self._url}{path}?{query}", what, read)


def _read_work(answer: object) -> _Work:
    work = shape.record(answer, "a work")
    return _Work(_id(work), shape.count(work, "cited_by_count"))


def _read_works(answer: object) -> list[_Work]:
    return [_read_work(work) for work in shape.entries(shape.record(answer, "a list of works"), "results")]


def _read(answer: object, by_number: int | None) -> _Page:
    page = shape.record(answer, "a page of works")
    meta = shape.record(page.get("meta"), "what a page says of the list")
    if by_number is not None and shape.count(meta, "page") != by_number:
        raise shape.Unreadable(f"page {meta['page']} in place of {by_number}")
    following = shape.text(meta, "next_cursor") if by_number is None else str(by_number + 1)
    listed = [shape.record(work, "a work") for work in shape.entries(page, "results")]
    works = {_id(work): first_arxiv_id(_names(work)) for work in listed}
    if len(works) < len(listed):
        raise shape.Unreadable("the same work twice on a page")
    return _Page(shape.count(meta, "count"), works, following)


def _id(work: dict[str, Any]) -> str:
    found = _WORK.fullmatch(shape.text(work, "id") or "")
    if not found:
        raise shape.Unreadable("a work without an id of OpenAlex")
    return found[1]


def _names(work: dict[str, Any]) -> Iterator[str | None]:
    """Yield all by which a work may be found at arXiv."""
    yield shape.text(work, "doi")
    for place in shape.entries(work, "locations") if work.get("locations", ()) is not None else ():
        location = shape.record(place, "a place of a work")
        yield shape.text(location, "landing_page_url")
        yield shape.text(location, "pdf_url")
