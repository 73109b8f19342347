"""A loopback server that answers as Semantic Scholar and OpenAlex do: paging, keys, unknown papers, and bad days on demand."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

KEY = "s2-canary-4711"


@dataclass(frozen=True)
class Row:
    """A citing paper as a service has it: its own number, its arXiv id if it has one, and how it cites."""

    number: int
    arxiv: str | None = None
    contexts: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    influential: bool = False


@dataclass
class CitationServer:
    """Who cites what, by arXiv id. `key` is the only one that is taken; `bad` answers first, in turn, while there are any.

    `spoil` may change the JSON of an answer before it is sent. `seen` are the requests.
    """

    server: HTTPServer
    citing: dict[str, Sequence[Row]] = field(default_factory=dict)
    key: str = KEY
    page: int = 100
    counted: dict[str, int] = field(default_factory=dict)
    journal_only: frozenset[str] = frozenset()
    bad: list[Response] = field(default_factory=list)
    spoil: Callable[[Request, Any], Any] = lambda _, answer: answer
    seen: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    @property
    def semantic_scholar(self) -> str:
        return self.server.url_for("/graph/v1")

    @property
    def openalex(self) -> str:
        return self.server.url_for("").rstrip("/")

    def answer(self, request: Request) -> Response:
        self.seen.append(request)
        if self.bad:
            return self.bad.pop(0)
        found = self.of_semantic_scholar(request) if request.path.startswith("/graph/v1/") else self.of_openalex(request)
        if isinstance(found, Response):
            return found
        return said(self.spoil(request, found))

    def of_semantic_scholar(self, request: Request) -> Any:
        if request.headers.get("x-api-key", self.key) != self.key:
            return said({"message": "Forbidden"}, 403)
        id, _, rest = request.path.removeprefix("/graph/v1/paper/ARXIV:").partition("/citations")
        listed = request.path.endswith("/citations")
        if id not in self.citing or rest:
            return said({"error": f"Paper with id ARXIV:{id} not found"}, 404)
        rows = self.citing[id]
        if not listed:
            return {"paperId": "f" * 40, "citationCount": self.counted.get(id, len(rows))}
        offset, limit = int(request.args["offset"]), min(int(request.args["limit"]), self.page)
        assert offset + int(request.args["limit"]) < 10_000
        some = rows[offset : offset + limit]
        page: dict[str, Any] = {"offset": offset, "data": [s2_row(row) for row in some]}
        if offset + limit < len(rows):
            page["next"] = offset + limit
        return page

    def of_openalex(self, request: Request) -> Any:
        bearer = request.headers.get("Authorization")
        if bearer not in (None, f"Bearer {self.key}"):
            return said({"error": "Invalid API key", "message": f"{bearer} is not a key"}, 401)
        if request.path.startswith("/works/doi:10.48550/arxiv."):
            id = request.path.removeprefix("/works/doi:10.48550/arxiv.")
            return self.work(id) if id in self.citing and id not in self.journal_only else said({"error": "404"}, 404)
        name, _, value = request.args["filter"].partition(":")
        if name == "locations.landing_page_url":
            id = value.split("|")[0].removeprefix("https://arxiv.org/abs/")
            works = [self.work(id)] if id in self.citing else []
            return {"meta": {"count": len(works), "page": 1, "per_page": 25}, "results": works}
        return self.works(request, value)

    def work(self, id: str) -> dict[str, Any]:
        anchor = list(self.citing).index(id)
        return {"id": f"https://openalex.org/W9{anchor}", "cited_by_count": self.counted.get(id, len(self.citing[id]))}

    def works(self, request: Request, cites: str) -> Any:
        rows = list(self.citing.values())[int(cites.removeprefix("W9"))]
        size = min(int(request.args["per_page"]), self.page)
        meta: dict[str, Any] = {"count": len(rows), "per_page": size}
        if "cursor" in request.args:
            if "Authorization" not in request.headers:
                return said({"error": "API key required", "message": "cursor paging needs a key"}, 401)
            start = 0 if request.args["cursor"] == "*" else int(request.args["cursor"].removeprefix("after"))
            meta |= {"page": None, "next_cursor": f"after{start + size}" if rows[start : start + size] else None}
        else:
            start = (int(request.args["page"]) - 1) * size
            meta["page"] = int(request.args["page"])
        return {"meta": meta, "results": [openalex_row(row) for row in rows[start : start + size]]}


def said(answer: Any, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(json.dumps(answer), status, named, content_type="application/json")


def s2_row(row: Row) -> dict[str, Any]:
    names = {"CorpusId": row.number} | ({"ArXiv": row.arxiv} if row.arxiv else {})
    return {
        "contexts": list(row.contexts),
        "intents": list(row.intents) or None,
        "isInfluential": row.influential,
        "citingPaper": {"paperId": f"{row.number:040x}", "externalIds": names},
    }


def openalex_row(row: Row) -> dict[str, Any]:
    journal = {"landing_page_url": f"https://doi.org/10.1/{row.number}", "pdf_url": None}
    preprint = {"landing_page_url": f"http://arxiv.org/abs/{row.arxiv}", "pdf_url": f"https://arxiv.org/pdf/{row.arxiv}"}
    places = [journal, preprint] if row.arxiv else [journal]
    return {"id": f"https://openalex.org/W{row.number}", "doi": f"https://doi.org/10.1/{row.number}", "locations": places}
