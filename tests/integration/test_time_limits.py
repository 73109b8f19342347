"""A run ends in its time, whatever servers do: they may hang, ask for long waits, or keep a slow pace."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

from claimcheck.adapters.arxiv import Arxiv
from claimcheck.adapters.fulltext import child
from claimcheck.adapters.fulltext.parsed import Parsed
from claimcheck.deadline import Deadline
from claimcheck.domain.fulltext import Form
from claimcheck.errors import TimeUp
from tests.integration.model_server import CLAIM, PAPER, judge, run

SECONDS = 0.8
OVERSHOT = 1.5  # seconds; generous for a busy machine, and far from every wait in here


@contextmanager
def server(answer: bytes, hold: bool = False) -> Iterator[str]:
    """Answer every connection with these bytes; keep it open afterwards when `hold`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                connection.recv(65536)
                connection.sendall(answer)
                if hold:
                    held.append(connection)
                else:
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


def arxiv(url: str, folder: Path, pace: float = 0.0) -> tuple[Arxiv, Deadline]:
    limit = Deadline(SECONDS / 60)
    return Arxiv(f"{url}/api/query", pace=pace, pace_file=folder / "pace", today=date(2026, 11, 22), run=limit), limit


def timed_out(source: Arxiv) -> float:
    began = time.monotonic()
    with pytest.raises(TimeUp):
        source.look_up(["2505.14810"])
    return time.monotonic() - began


LATER = b"HTTP/1.1 503 later\r\nRetry-After: 30\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def test_a_source_that_hangs_is_left_when_the_run_must_end(tmp_path: Path) -> None:
    with server(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<feed", hold=True) as url:
        source, limit = arxiv(url, tmp_path)
        assert timed_out(source) < SECONDS + OVERSHOT
        assert limit.refused


def test_a_wait_that_would_outlast_the_run_is_not_begun(tmp_path: Path) -> None:
    with server(LATER) as url:
        source, _ = arxiv(url, tmp_path)
        assert timed_out(source) < SECONDS
        assert source.requests == 1


def test_a_pace_that_would_outlast_the_run_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "pace").write_text(f"{time.time():.3f}\n")
    with server(LATER) as url:
        source, _ = arxiv(url, tmp_path, pace=30)
        assert timed_out(source) < SECONDS
        assert source.requests == 0


def test_a_turn_that_another_process_keeps_is_not_waited_for_longer(tmp_path: Path) -> None:
    with FileLock(tmp_path / "pace.lock"), server(LATER) as url:
        source, _ = arxiv(url, tmp_path)
        assert timed_out(source) < SECONDS + OVERSHOT


def test_once_the_time_is_over_nothing_is_asked(tmp_path: Path) -> None:
    with server(LATER) as url:
        source, limit = arxiv(url, tmp_path)
        limit.limit(0)
        timed_out(source)
        assert source.requests == 0


@pytest.mark.parametrize("hangs", [True, False])
def test_a_model_server_that_hangs_or_asks_for_long_waits_is_left_when_the_run_must_end(hangs: bool) -> None:
    limit = Deadline(SECONDS / 60)
    began = time.monotonic()
    with server(b"HTTP/1.1 200 OK\r\n" if hangs else LATER, hold=hangs) as url:
        reader = judge(f"{url}/v1", [], run=limit)
        with pytest.raises(TimeUp):
            run(reader, lambda asked: asked.read(CLAIM, PAPER))
    assert time.monotonic() - began < SECONDS + OVERSHOT


def test_a_parser_takes_no_longer_than_the_run_has_and_that_is_not_the_papers_fault() -> None:
    began = time.monotonic()
    with pytest.raises(TimeUp):
        child.parser(Deadline(0.02 / 60))(Form.PDF, b"%PDF-1.4\n" + b"0" * 1_000_000)
    assert time.monotonic() - began < OVERSHOT


def test_a_parser_with_time_enough_parses() -> None:
    page = b"<html><body><article class='ltx_document'><p>Some words.</p></article></body></html>"
    assert isinstance(child.parser(Deadline())(Form.HTML, page), Parsed)
