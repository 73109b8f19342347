"""Full texts from a server that behaves like arXiv, bad days included, and the texts kept on disk."""

import errno
import gzip
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claimcheck.adapters.arxiv import Arxiv
from claimcheck.adapters.fulltext import ArxivFullTexts, KeptFullTexts, html, pdf
from claimcheck.adapters.fulltext.parsed import Parsed, Unreadable
from claimcheck.domain.fulltext import Form, Found
from claimcheck.domain.paper import Paper
from claimcheck.errors import SourceUnavailable, StoreUnusable
from tests.arxiv_server import Handler, Reply, Request, Server, http, serving
from tests.fakes import FakeFullTexts
from tests.pdf_maker import pdf as pdf_of
from tests.pdf_maker import text

PAPER = Paper("2501.00001", "A title", "It is studied.", version=2)
WHOLE = (
    '<html><body><article class="ltx_document"><section><h2>1 Results</h2><p>It falls by 3.2 points.</p></section>'
    "</article></body></html>"
)
HTML = http(WHOLE, Content_Type="text/html")
CUT = http(WHOLE[: WHOLE.index("</section>")], Content_Type="text/html")
PDF = http(pdf_of(text("1 Introduction", "Words of the PDF.")), Content_Type="application/pdf")
NONE = http("none", "404 Not Found")

Serve = Callable[[dict[str, Reply]], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(replies: dict[str, Reply]) -> Server:
            def answer(request: Request) -> Reply:
                return next((reply for path, reply in replies.items() if request.path.startswith(path)), NONE)

            return stack.enter_context(serving(answer))

        yield start


def parse(form: Form, body: bytes) -> Parsed:
    return html.parse(body) if form is Form.HTML else pdf.parse(body)


def arxiv(server: Server, folder: Path, **options: Any) -> Arxiv:
    given = {"pace": 0, "tries": 2, "max_wait": 1, "deadline": 5, **options}
    return Arxiv(server.url, pace_file=folder / "pace", today=date(2026, 11, 22), **given)


def texts(server: Server, folder: Path, **options: Any) -> ArxivFullTexts:
    source = arxiv(server, folder, **options)
    return ArxivFullTexts(source.line, source.site, parse)


def paths(server: Server) -> list[str]:
    return [request.path for request in server.seen]


def test_html_is_asked_first_and_then_nothing_else(serve: Serve, tmp_path: Path) -> None:
    server = serve({"/html": HTML, "/pdf": PDF})
    full = texts(server, tmp_path).fetch(PAPER)
    assert (full.form, full.notes, paths(server)) == (Form.HTML, (), ["/html/2501.00001v2"])


def test_the_version_is_asked_for_where_it_is_known(serve: Serve, tmp_path: Path) -> None:
    server = serve({"/html": HTML})
    texts(server, tmp_path).fetch(replace(PAPER, version=None))
    texts(server, tmp_path).fetch(replace(PAPER, id="hep-th/9901001"))
    assert paths(server) == ["/html/2501.00001", "/html/hep-th/9901001v2"]


def test_a_cut_page_gives_way_to_the_pdf(serve: Serve, tmp_path: Path) -> None:
    full = texts(serve({"/html": CUT, "/pdf": PDF}), tmp_path).fetch(PAPER)
    assert (full.form, full.notes) == (Form.PDF, ("the end of its HTML is missing",))
    assert "cut" not in full.flags


@pytest.mark.parametrize("none", [NONE, http("x", Content_Type="text/html"), http("%PDF-1.4", Content_Type="application/pdf")])
def test_a_cut_page_without_a_pdf_is_marked_as_cut(none: bytes, serve: Serve, tmp_path: Path) -> None:
    full = texts(serve({"/html": CUT, "/pdf": none}), tmp_path).fetch(PAPER)
    assert full.form is Form.HTML
    assert "cut" in full.flags
    assert full.notes[0] == "the end of its HTML is missing"


UNUSABLE = {
    "not there": (NONE, "has no HTML"),
    "asks who we are": (http("<html><body>Are you a robot?</body></html>", Content_Type="text/html"), "not a paper"),
    "another type": (http("{}", Content_Type="application/json"), "'application/json'"),
    "a PDF": (http(b"%PDF-1.4 ", Content_Type="text/html"), "not a paper"),
    "empty": (http(b"", Content_Type="text/html"), "cannot be used"),
    "no text": (http('<html><body><p class="ltx_document"></p></body></html>', Content_Type="text/html"), "no text"),
    "said to be too large": (b"HTTP/1.1 200 OK\r\nContent-Length: 99000000\r\n\r\nx", "more than 25 MB"),
    "a bomb": (
        http(gzip.compress(b" " * 30_000_000), Content_Type="text/html", Content_Encoding="gzip"),
        "more than 25 MB",
    ),
}


@pytest.mark.parametrize(("reply", "why"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_page_that_is_none_gives_way_to_the_pdf_and_is_asked_once(reply: bytes, why: str, serve: Serve, tmp_path: Path) -> None:
    server = serve({"/html": reply, "/pdf": PDF})
    full = texts(server, tmp_path).fetch(PAPER)
    assert full.form is Form.PDF
    assert why in full.notes[0]
    assert len(full.notes) == 1
    assert len(server.seen) == 2


def test_neither_is_the_abstract_alone_with_both_reasons(serve: Serve, tmp_path: Path) -> None:
    full = texts(serve({"/pdf": http(b"%PDF-1.4 broken", Content_Type="application/pdf")}), tmp_path).fetch(PAPER)
    assert full.form is Form.ABSTRACT
    assert full.notes[0] == "arXiv has no HTML of it"
    assert full.notes[1].startswith("its PDF cannot be used: the PDF cannot be read")


def test_a_reader_that_fails_is_named(serve: Serve, tmp_path: Path) -> None:
    def failing(form: Form, body: bytes) -> Parsed:
        raise Unreadable("reading it took more than 20 seconds")

    source = arxiv(serve({"/html": HTML, "/pdf": PDF}), tmp_path)
    full = ArxivFullTexts(source.line, source.site, failing).fetch(PAPER)
    assert full.notes == (
        "its HTML cannot be used: reading it took more than 20 seconds",
        "its PDF cannot be used: reading it took more than 20 seconds",
    )


def drop(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n\r\n" + WHOLE.encode())


DOWN: dict[str, Reply] = {
    "503": http("", "503 Service Unavailable"),
    "429": http("", "429 Too Many Requests", Retry_After="0"),
    "half a body": drop,
    "nothing": lambda handler: None,
}


@pytest.mark.parametrize("reply", DOWN.values(), ids=DOWN.keys())
@pytest.mark.parametrize("path", ["/html", "/pdf"])
def test_a_failure_is_not_the_absence_of_a_text(path: str, reply: Reply, serve: Serve, tmp_path: Path) -> None:
    server = serve({path: reply})
    with pytest.raises(SourceUnavailable, match="no usable answer"):
        texts(server, tmp_path).fetch(PAPER)
    assert sum(seen.startswith(path) for seen in paths(server)) == 2


def test_a_failure_that_passes_costs_only_a_request(serve: Serve, tmp_path: Path) -> None:
    left = [http("", "503 Service Unavailable")]

    def once(handler: Handler) -> None:
        handler.wfile.write(left.pop() if left else HTML)

    assert texts(serve({"/html": once}), tmp_path).fetch(PAPER).form is Form.HTML


def test_a_403_bars_the_pages_and_says_so(serve: Serve, tmp_path: Path) -> None:
    server = serve({"/html": http("", "403 Forbidden")})
    source = texts(server, tmp_path)
    for _ in range(2):
        with pytest.raises(SourceUnavailable, match="refuses this address") as refused:
            source.fetch(PAPER)
        assert refused.value.breaker
    assert len(server.seen) == 1


def test_a_redirect_on_the_same_server_is_followed(serve: Serve, tmp_path: Path) -> None:
    server = serve({"/html/2501.00001v2": http("", "301 Moved", Location="/html/other"), "/html/other": HTML})
    assert texts(server, tmp_path).fetch(PAPER).form is Form.HTML


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:9/x", "https://example.org/x", "file:///etc/passwd", "http://10.0.0.1/", ""]
)
def test_a_redirect_elsewhere_is_not_followed(target: str, serve: Serve, tmp_path: Path) -> None:
    server = serve({"/html": http("", "302 Found", Location=target), "/pdf": PDF})
    with pytest.raises(SourceUnavailable, match="not followed"):
        texts(server, tmp_path).fetch(PAPER)
    assert len(server.seen) == 1


def test_texts_and_searches_keep_one_pace_and_one_count(serve: Serve, tmp_path: Path) -> None:
    server = serve({"/html": HTML, "/abs": NONE})
    source = arxiv(server, tmp_path, pace=0.3)
    full = ArxivFullTexts(source.line, source.site, parse)
    threads = [threading.Thread(target=full.fetch, args=(replace(PAPER, version=n),)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    with pytest.raises(SourceUnavailable):
        source.withdrawal(PAPER.id)
    for thread in threads:
        thread.join()
    assert source.requests == 3
    assert min(server.spacings) >= 0.3


def test_html_is_asked_of_the_web_server_and_pdfs_of_the_one_for_programs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    source = Arxiv(pace_file=tmp_path / "pace", today=date(2026, 11, 22))

    def fetch(url: str, what: str, check: object, most: int) -> bytes:
        asked.append(url)
        return b""

    monkeypatch.setattr(source.line, "fetch", fetch)
    ArxivFullTexts(source.line, source.site, lambda form, body: Parsed(())).fetch(PAPER)
    assert asked == ["https://arxiv.org/html/2501.00001v2", "https://export.arxiv.org/pdf/2501.00001v2"]


KNOWN = {PAPER.id: (Form.PDF, [Found("3 Results", "It falls."), Found("References", "X."), Found("A Proofs", "Lemma.")])}


def test_a_text_is_fetched_once_and_kept_whole(tmp_path: Path) -> None:
    fake = FakeFullTexts(KNOWN)
    first = KeptFullTexts(tmp_path / "t", fake).fetch(PAPER)
    again = KeptFullTexts(tmp_path / "t", fake).fetch(PAPER)
    assert first == again
    assert fake.asked == [PAPER.id]
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["2501.00001v2.json"]


def test_the_abstract_of_a_kept_text_is_the_records(tmp_path: Path) -> None:
    kept = KeptFullTexts(tmp_path, FakeFullTexts(KNOWN))
    kept.fetch(PAPER)
    assert kept.fetch(replace(PAPER, abstract="Corrected.")).sections[0].text == "Corrected."


def test_another_version_is_another_text(tmp_path: Path) -> None:
    fake = FakeFullTexts(KNOWN)
    kept = KeptFullTexts(tmp_path, fake)
    for version in (2, 3, 2, 3):
        assert kept.fetch(replace(PAPER, version=version)).version == version
    assert len(fake.asked) == 2


def test_the_text_of_an_unknown_version_is_asked_for_each_time(tmp_path: Path) -> None:
    fake = FakeFullTexts(KNOWN)
    kept = KeptFullTexts(tmp_path, fake)
    assert kept.fetch(replace(PAPER, version=None)) == kept.fetch(replace(PAPER, version=None))
    assert len(fake.asked) == 2
    assert not list(tmp_path.iterdir())


def test_an_old_id_is_a_file_in_the_folder(tmp_path: Path) -> None:
    old = replace(PAPER, id="hep-th/9901001")
    KeptFullTexts(tmp_path, FakeFullTexts({old.id: KNOWN[PAPER.id]})).fetch(old)
    assert [path.name for path in tmp_path.iterdir()] == ["hep-th_9901001v2.json"]


def test_that_there_is_no_text_is_asked_again(tmp_path: Path) -> None:
    fake = FakeFullTexts()
    kept = KeptFullTexts(tmp_path, fake)
    assert kept.fetch(PAPER) == kept.fetch(PAPER)
    assert len(fake.asked) == 2


def test_without_a_source_only_kept_texts_are_there(tmp_path: Path) -> None:
    KeptFullTexts(tmp_path, FakeFullTexts(KNOWN)).fetch(PAPER)
    offline = KeptFullTexts(tmp_path, None)
    assert offline.fetch(PAPER).form is Form.PDF
    with pytest.raises(SourceUnavailable, match="arXiv was not asked"):
        offline.fetch(replace(PAPER, version=9))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-20],
        lambda data: b"\xff\xfe" + data,
        lambda data: json.dumps({**json.loads(data), "format": 99}).encode(),
        lambda data: json.dumps({**json.loads(data), "version": 7}).encode(),
        lambda data: json.dumps({**json.loads(data), "sections": [["a"]]}).encode(),
        lambda data: json.dumps({**json.loads(data), "form": "scroll"}).encode(),
        lambda data: b"[" * 100_000,
        lambda data: b"[]",
    ],
)
def test_a_damaged_text_is_fetched_anew(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    fake = FakeFullTexts(KNOWN)
    kept = KeptFullTexts(tmp_path, fake)
    whole = kept.fetch(PAPER)
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert kept.fetch(PAPER) == whole
    assert len(fake.asked) == 2
    assert kept.fetch(PAPER) == whole
    assert len(fake.asked) == 2


def test_a_full_disk_leaves_nothing_behind_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnusable, match="No space left"):
        KeptFullTexts(tmp_path, FakeFullTexts(KNOWN)).fetch(PAPER)
    assert not list(tmp_path.iterdir())
