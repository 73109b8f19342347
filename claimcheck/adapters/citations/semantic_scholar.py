"""Semantic Scholar's graph API: who cites a paper, and how (https://api.semanticscholar.org/api-docs/graph).

A paper's count is asked first, then the list in pages by `offset` and `next`. The API tells an unknown paper by a 404 and nothing
from an empty list, so a list is believed only beside the count. It lists no more than 9,999.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from claimcheck.adapters.citations import shape
from claimcheck.adapters.citations.believing import asked_for, check_against_count, citations, first_arxiv_id
from claimcheck.adapters.citations.line import Manner, Service, line_to
from claimcheck.domain.citing import Citations, Citing
from claimcheck.domain.text import clean
from claimcheck.errors import SourceUnavailable

PACE = 1.0  # seconds between requests: what the API allows, to all who ask without a key together, and to a new key
PAGE = 500
MOST = 9_999
_FIELDS = "contexts,intents,isInfluential,citingPaper.externalIds"
_CONTEXTS, _LONGEST = 5, 500  # of a paper, and characters of each: hints need no more
_SERVICE = Service("Semantic Scholar", "SEMANTIC_SCHOLAR_API_KEY", frozenset({401, 403}), PACE)


@dataclass(frozen=True)
class _Page:
    """A page of the list: the papers' own ids (None where one has none), what they come to, and where the next page begins."""

    ids: tuple[str | None, ...]
    rows: tuple[Citing | None, ...]
    next: int | None


class SemanticScholar:
    """Semantic Scholar, or a server that speaks as it does at `url`. The pace is one for all processes that share `pace_file`."""

    name = _SERVICE.name
    pace = PACE

    def __init__(self, url: str, *, pace_file: Path, key: str | None = None, **manner: Unpack[Manner]) -> None:
        headers = {"x-api-key": key} if key else {}
        self._line = line_to(_SERVICE, headers, pace_file, key, manner)
        self._url = url

    @property
    def requests(self) -> int:
        """How many requests were sent so far, retries included."""
        return self._line.requests

    def citing(self, id: str) -> Citations:
        """Return all papers that cite the paper with an arXiv id."""
        anchor = asked_for(id)
        paper = f"{self._url}/paper/ARXIV:{anchor}"
        counted = self._line.ask(
            f"{paper}?fields=citationCount",
            f"the paper {anchor}",
            lambda answer: shape.count(shape.record(answer, "a paper"), "citationCount"),
        )
        if counted > MOST:
            raise SourceUnavailable(
                f"Semantic Scholar lists at most {MOST} of the {counted} papers that cite {anchor}; ask OpenAlex for them"
            )
        rows = self._rows(paper, anchor)
        check_against_count(len(rows), counted, self.name, anchor)
        return citations(anchor, rows)

    def _rows(self, paper: str, anchor: str) -> list[Citing | None]:
        rows: list[Citing | None] = []
        seen: set[str] = set()
        offset: int | None = 0
        while offset is not None:
            page = self._page(paper, anchor, offset)
            known = {id for id in page.ids if id}
            if known and known <= seen:
                raise SourceUnavailable(f"Semantic Scholar's list of papers that cite {anchor} goes in circles; run again later")
            rows, seen, offset = rows + list(page.rows), seen | known, page.next
        return rows

    def _page(self, paper: str, anchor: str, offset: int) -> _Page:
        size = min(PAGE, MOST - offset)
        url = f"{paper}/citations?fields={_FIELDS}&offset={offset}&limit={size}"
        return self._line.ask(url, f"the list of papers that cite {anchor}", lambda answer: _read(answer, offset, size))


def _read(answer: object, offset: int, size: int) -> _Page:
    page = shape.record(answer, "a page of citing papers")
    data = [shape.record(item, "a citing paper") for item in shape.entries(page, "data")]
    if shape.count(page, "offset") != offset or len(data) > size:
        raise shape.Unreadable(f"another page than the one from {offset} on")
    following = shape.count(page, "next") if page.get("next") is not None else None
    if following is not None and (following != offset + len(data) or not data or following >= MOST):
        raise shape.Unreadable(f"{len(data)} papers from {offset} on, and goes on at {following}")
    papers = [shape.record(item.get("citingPaper"), "a citing paper") for item in data]
    rows = tuple(_row(item, paper) for item, paper in zip(data, papers, strict=True))
    return _Page(tuple(shape.text(paper, "paperId") for paper in papers), rows, following)


def _row(item: dict[str, object], paper: dict[str, object]) -> Citing | None:
    hints = shape.texts(item, "contexts"), shape.texts(item, "intents"), shape.flag(item, "isInfluential")
    if "externalIds" not in paper:
        raise shape.Unreadable("a citing paper without externalIds")
    names = paper["externalIds"]
    name = shape.record(names, "a paper's ids").get("ArXiv") if names is not None else None
    if name is not None and not isinstance(name, str):
        raise shape.Unreadable("an arXiv id that is not text")
    id = first_arxiv_id([name])
    contexts, intents, influential = hints
    return Citing(id, _visible(contexts), _visible(intents), influential) if id else None


def _visible(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(visible for text in texts[:_CONTEXTS] if (visible := clean(text[:_LONGEST])[0]))
