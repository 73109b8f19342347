"""A loopback server that answers as arXiv does, or as it does on a bad day: byte by byte what a test says."""

import itertools
import re
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from claimcheck.domain.paper import Paper

OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    at: float

    @property
    def options(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}


Reply = bytes | Callable[["Handler"], None]


@dataclass
class Server:
    origin: str = ""
    seen: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.origin}/api/query"

    @property
    def spacings(self) -> list[float]:
        times = [request.at for request in self.seen]
        return [b - a for a, b in itertools.pairwise(times)]


class Handler(socketserver.StreamRequestHandler):
    """Reads one request and sends the reply. `server_state` is the test's view of the server."""

    server_state: Server
    answer: Callable[[Request], Reply]

    def handle(self) -> None:
        lines = []
        while (line := self.rfile.readline().decode("latin-1").strip()) != "":
            lines.append(line)
        if not lines:
            return
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        request = Request(lines[0].split(" ")[1], headers, time.monotonic())
        self.server_state.seen.append(request)
        reply = type(self).answer(request)
        try:
            if callable(reply):
                reply(self)
            else:
                self.wfile.write(reply)
        except OSError:
            return  # the other side has had enough


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 32


@contextmanager
def serving(answer: Callable[[Request], Reply]) -> Iterator[Server]:
    """Serve on a free loopback port until the block ends."""
    state = Server()
    handler = type("TestHandler", (Handler,), {"server_state": state, "answer": staticmethod(answer)})
    with _TcpServer(("127.0.0.1", 0), handler) as server:
        state.origin = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            state.over.set()
            server.shutdown()
            thread.join()


def in_turn(*replies: Reply) -> Callable[[Request], Reply]:
    """Answer with each reply in turn, and with the last one from then on."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def http(body: bytes | str, status: str = "200 OK", **headers: str) -> bytes:
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def entry(id: str = "2501.00001v1", title: str = "A title", summary: str = "A summary.", extra: str = "", **dates: str) -> str:
    published = dates.get("published", "2025-01-02T00:00:00Z")
    return (
        f"<entry><id>http://arxiv.org/abs/{id}</id><updated>{dates.get('updated', published)}</updated>"
        f"<published>{published}</published><title>{title}</title><summary>{summary}</summary>{extra}</entry>"
    )


def feed(*entries: str, total: int | str | None = None, start: int = 0) -> str:
    """A feed; `total` is the number of entries unless given, and `""` leaves it out."""
    count = len(entries) if total is None else total
    counted = f"<o:totalResults>{count}</o:totalResults>" if count != "" else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="{OPENSEARCH}"'
        f' xmlns:arxiv="http://arxiv.org/schemas/atom">{counted}<o:startIndex>{start}</o:startIndex>{"".join(entries)}</feed>'
    )


def error_feed(message: str) -> str:
    return feed(f"<entry><id>http://arxiv.org/api/errors#query</id><title>Error</title><summary>{message}</summary></entry>")


def abstract_page(id: str, *history: str, notice: str = "", abstract: str = "We study it.") -> str:
    """An abstract page as arXiv's; `history` holds a line a version, oldest first."""
    said = f'<span class="error" style="border: 2px solid grey">{notice}</span>' if notice else ""
    lines = "".join(f'<strong><a href="/abs/{id}v{n}">[v{n}]</a></strong> {line}<br/>' for n, line in enumerate(history, 1))
    return (
        f'<!DOCTYPE html><html><head><title>[{id}] A title</title></head><body><div id="abs">{said}'
        f'<h1 class="title mathjax"><span class="descriptor">Title:</span>A title</h1><blockquote class="abstract">{abstract}'
        '</blockquote></div><div class="submission-history"><h2>Submission history</h2> From: A. Author [<a href="#">email</a>]'
        f"<div>{lines}</div></div></body></html>"
    )


def arxiv_of(papers: Iterable[Paper]) -> Callable[[Request], Reply]:
    """Answer as arXiv would if it had these papers: enough of its query language for what our adapter asks."""
    kept = {paper.id: paper for paper in papers}

    def answer(request: Request) -> Reply:
        if request.path.startswith("/abs/"):
            paper = kept.get(request.path.removeprefix("/abs/"))
            return http(_page_of(paper)) if paper else http("<h1>Article not found</h1>", "404 Not Found")
        options = request.options
        if ids := options.get("id_list"):
            matching = [kept[id] for id in ids.split(",") if id in kept]
        else:
            matching = [p for p in kept.values() if all(_fits(p, part) for part in options["search_query"].split(" AND "))]
        start, size = int(options["start"]), int(options["max_results"])
        entries = [_entry_of(paper) for paper in matching[start : start + size]]
        return http(feed(*entries, total=len(matching), start=start))

    return answer


def _fits(paper: Paper, part: str) -> bool:
    if window := re.fullmatch(r"submittedDate:\[(\d{8})0000 TO (\d{8})2359\]", part):
        assert paper.published is not None
        return window[1] <= f"{paper.published:%Y%m%d}" <= window[2]
    if part.startswith("cat:"):
        return part.removeprefix("cat:") in paper.categories
    text = f"{paper.title} {paper.abstract}".lower()
    return any(re.search(rf"\b{word}\b", text) for word in re.findall(r'all:"?([^")]+?)"?(?:\)| OR |$)', part))


def _entry_of(paper: Paper) -> str:
    names = "".join(f"<author><name>{escape(name)}</name></author>" for name in paper.authors)
    terms = "".join(f'<category term="{term}"/>' for term in paper.categories)
    published, updated = f"{paper.published}T00:00:00Z", f"{paper.updated or paper.published}T00:00:00Z"
    return entry(
        str(paper.arxiv_id), escape(paper.title), escape(paper.abstract), names + terms, published=published, updated=updated
    )


def _page_of(paper: Paper) -> str:
    mark = " <em>(withdrawn)</em>" if paper.withdrawal else ""
    last = paper.version or 1
    return abstract_page(
        paper.id, *["Thu, 2 Jan 2025 01:02:03 UTC (9 KB)"] * (last - 1), f"Fri, 3 Jan 2025 01:02:03 UTC (1 KB){mark}"
    )
