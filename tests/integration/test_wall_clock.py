"""Networks that drip, hang, reset, slice and lie: each ends as an outage, within its limit and two seconds, in one line."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from claimcheck.adapters.arxiv.source import Arxiv
from claimcheck.adapters.openai import only_model
from claimcheck.domain.dates import Window
from claimcheck.domain.query import Query
from claimcheck.errors import ClaimcheckError, JudgeUnavailable, SourceUnavailable
from tests.integration.model_server import CLAIM, KEY, PAPER, judge, run

LIMIT, TRIES, SPARE = 0.4, 2, 2.0  # seconds a request may take, requests, and seconds that it may overshoot
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Misbehave = Callable[[socket.socket, threading.Event], None]


def drip(head: bytes) -> Misbehave:
    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(head)
        while not over.wait(0.05):
            connection.sendall(b"x")

    return behave


def flood(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(JSON + b"Transfer-Encoding: chunked\r\n\r\n")
    while not over.is_set():
        connection.sendall(b"2000\r\n" + b" " * 8192 + b"\r\n")


def slices(connection: socket.socket, over: threading.Event) -> None:
    """Send an answer that promises more than comes, in slices that each come just in time."""
    for piece in (JSON, b"Content-Length: 5000\r\n\r\n", b'{"choices"', b": [", b"]"):
        connection.sendall(piece)
        if over.wait(0.1):
            return


def reset(connection: socket.socket, _: threading.Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(_: socket.socket, over: threading.Event) -> None:
    over.wait(20)


BAD = {
    "drips before its headers": drip(b""),
    "drips in its headers": drip(b"HTTP/1.1 200 OK\r\nX: "),
    "drips its body": drip(JSON + b"Content-Length: 100000\r\n\r\n"),
    "drips an error": drip(b"HTTP/1.1 503 X\r\nContent-Length: 100000\r\n\r\n"),
    "floods": flood,
    "hangs": silence,
    "resets": reset,
    "slices": slices,
    "speaks another language": lambda connection, _: connection.sendall(b"\x15\x03\x01\x00\x02\x02\x46"),
    "continues for ever": lambda connection, over: _continue(connection, over),
}


def _continue(connection: socket.socket, over: threading.Event) -> None:
    while not over.wait(0.02):
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")


@contextmanager
def misbehaving(behave: Misbehave) -> Iterator[str]:
    """Serve on loopback, badly; yield the server's address."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=32) as listener:

        def handle(connection: socket.socket) -> None:
            with connection:
                try:
                    connection.recv(65536)
                    behave(connection, over)
                except OSError:
                    return  # the other side has had enough

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=lambda _: None))


def fails(ask: Callable[[], object], kind: type[ClaimcheckError], limit: float) -> str:
    """Return what a failed question says; it must come in time, on one line, and show no key."""
    began = time.monotonic()
    with pytest.raises(kind) as failure:
        ask()
    assert time.monotonic() - began <= limit + SPARE
    said = str(failure.value)
    assert said.isprintable()
    assert len(said) < 700
    assert KEY not in said
    return said


def search(url: str, folder: Path) -> Callable[[], object]:
    arxiv = Arxiv(
        f"{url}/api/query",
        pace=0.0,
        pace_file=folder / "pace",
        timeout=LIMIT,
        deadline=LIMIT,
        tries=TRIES,
        today=date(2026, 11, 22),
    )
    return lambda: arxiv.search(Query(("chains",)), Window(date(2025, 1, 1), date(2026, 11, 22)), 10)


@pytest.mark.parametrize("fault", BAD)
def test_arxiv_is_held_to_the_clock(fault: str, tmp_path: Path) -> None:
    with misbehaving(BAD[fault]) as url:
        assert "run again" in fails(search(url, tmp_path), SourceUnavailable, LIMIT * TRIES)


@pytest.mark.parametrize("fault", BAD)
def test_the_model_is_held_to_the_clock(fault: str) -> None:
    with misbehaving(BAD[fault]) as url:
        asked = judge(f"{url}/v1", [], timeout=LIMIT, tries=TRIES)
        said = fails(lambda: run(asked, lambda judge: judge.read(CLAIM, PAPER)), JudgeUnavailable, LIMIT * TRIES)
        assert "run again" in said


@pytest.mark.parametrize("fault", BAD)
def test_asking_for_the_models_name_is_held_to_the_clock(fault: str) -> None:
    with misbehaving(BAD[fault]) as url:
        said = fails(lambda: only_model(KEY, f"{url}/v1", LIMIT), JudgeUnavailable, LIMIT)
        assert "CLAIMCHECK_MODEL" in said


@pytest.mark.parametrize("url", ["http://no-such-host.invalid/v1", "https://127.0.0.1:{port}/v1"])
def test_a_name_that_is_none_and_a_server_without_tls_are_outages(url: str) -> None:
    with misbehaving(BAD["speaks another language"]) as plain:
        asked = judge(url.format(port=plain.rsplit(":", 1)[1]), [], timeout=5.0, tries=TRIES)
        fails(lambda: run(asked, lambda judge: judge.read(CLAIM, PAPER)), JudgeUnavailable, 5.0 * TRIES)


def test_arxiv_without_tls_is_an_outage(tmp_path: Path) -> None:
    with misbehaving(BAD["speaks another language"]) as plain:
        fails(search(plain.replace("http:", "https:"), tmp_path), SourceUnavailable, LIMIT * TRIES)
