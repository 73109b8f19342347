"""Who may ask the review page, and how: raw requests over a socket, as a browser led astray would send them."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from claimcheck.errors import UsageError
from claimcheck.review.app import build
from claimcheck.review.guard import COOKIE, Guard, Session
from claimcheck.review.serve import _bound, _config
from tests import review_desk

CASES = Path(__file__).resolve().parents[3] / "shared" / "bad_inputs" / "web_requests.jsonl"
OWN = [
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n", 200),
    ("GET / HTTP/1.1\r\nHost: localhost:8765\r\n\r\n", 200),
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 403),
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1:8765.evil.example\r\n\r\n", 403),
    ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nHost: 127.0.0.1:8765\r\n\r\n", 400),
    ("GET /claims HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n", 403),
    ("GET /claims/tradeoff HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nCookie: claimcheck_session=guess\r\n\r\n", 403),
    ("GET /open?token=guess HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n", 403),
    ("GET /open?token=TOKEN HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
    ("POST /review HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nContent-Length: 0\r\n\r\n", 403),
    ("POST /review HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nCookie: SESSION\r\nContent-Length: 0\r\n\r\n", 403),
    ("POST /review HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nCookie: SESSION\r\nOrigin: null\r\nContent-Length: 0\r\n\r\n", 403),
    (
        "POST /review HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nCookie: SESSION\r\nOrigin: http://127.0.0.1:9999\r\n"
        "Content-Length: 0\r\n\r\n",
        403,
    ),
    (
        "POST /review HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nCookie: SESSION\r\nOrigin: http://127.0.0.1:8765\r\n"
        "Sec-Fetch-Site: same-site\r\nContent-Length: 0\r\n\r\n",
        403,
    ),
    (
        "POST /review HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nCookie: SESSION\r\nOrigin: http://127.0.0.1:8765\r\n"
        "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
        415,
    ),
    (
        "POST /review HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nCookie: SESSION\r\nOrigin: http://127.0.0.1:8765\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 65537\r\n\r\n",
        413,
    ),
    (
        "POST /review HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nCookie: SESSION\r\nOrigin: http://127.0.0.1:8765\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n",
        422,
    ),
    ("POST /review HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    ("OPTIONS /review HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nOrigin: http://evil.example\r\n\r\n", 405),
    ("TRACE / HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n", 405),
    ("PUT /claims HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nContent-Length: 0\r\n\r\n", 405),
    ("GET /static/../page.css HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n", 404),
    ("GET /static/..%2f..%2fapp.py HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n", 404),
    ("GET //evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n", 404),
    ("GET /docs HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n", 404),
    (f"GET /{'a' * 3000} HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n", 414),
    ("nonsense\r\n\r\n", 400),
]


class Served:
    """The page on a free port, in a thread."""

    def __init__(self) -> None:
        self.desk = review_desk.desk()
        self.session = Session()
        self.listening = _bound("127.0.0.1", 0)
        self.port = self.listening.getsockname()[1]
        names = frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})
        self.server = uvicorn.Server(_config(Guard(build(self.desk, self.session), names, self.session)))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listening]})
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        self.listening.close()

    def ask(self, request: str) -> str:
        """Send bytes as they are, but for the port and the secrets, and return the answer's head and body."""
        told = request.replace("8765", str(self.port)).replace("SESSION", f"{COOKIE}={self.session.cookie}")
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(told.replace("TOKEN", self.session.token).encode("latin-1"))
            return _answer(connection)


def _answer(connection: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return data.decode("latin-1")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return (head + b"\r\n\r\n" + body).decode("latin-1")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    found = Served()
    yield found
    found.stop()


def status(answer: str) -> int:
    return int(answer.split()[1])


def shared_cases() -> list[Any]:
    if not CASES.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason="the folder of bad inputs is not beside the repository"))]
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("case", shared_cases(), ids=lambda case: case.get("id", "shared"))
def test_requests_of_the_shared_folder(served: Served, case: dict[str, Any]) -> None:
    answer = served.ask(case["request"])
    assert status(answer) == case["status"], case["why"]
    assert "access-control-" not in answer.lower()
    assert served.desk.ledger.reviews_after()[1] == ()


@pytest.mark.parametrize(("request_", "expected"), OWN)
def test_requests_of_our_own(served: Served, request_: str, expected: int) -> None:
    answer = served.ask(request_)
    assert status(answer) == expected
    assert "access-control-" not in answer.lower()
    assert "\r\nlocation:" not in answer.lower()
    assert served.desk.ledger.reviews_after()[1] == ()


def test_who_is_not_let_in_sees_nothing_of_the_report(served: Served) -> None:
    for address in ("/", "/claims", "/claims/tradeoff", "/reviews", "/agreement"):
        answer = served.ask(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n")
        assert "This page is locked" in answer
        assert "tradeoff" not in answer


def test_every_answer_carries_the_headers(served: Served) -> None:
    for request in ("GET / HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"):
        head = served.ask(request).partition("\r\n\r\n")[0].lower()
        for wanted in (
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self';",
            "x-content-type-options: nosniff",
            "referrer-policy: same-origin",
            "cache-control: no-store",
            "x-frame-options: deny",
        ):
            assert wanted in head
        assert "unsafe-" not in head
        assert "\r\nserver:" not in head


def test_the_link_works_once_and_gives_a_cookie_that_no_script_reads() -> None:
    served = Served()
    try:
        first = served.ask("GET /open?token=TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n")
        cookie = re.search(r"set-cookie: (.*)\r\n", first, re.IGNORECASE)
        assert status(first) == 200
        assert cookie
        assert {"httponly", "samesite=strict"} <= {part.strip().lower() for part in cookie[1].split(";")}
        again = served.ask("GET /open?token=TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n")
        assert status(again) == 403
        assert "set-cookie" not in again.lower()
        inside = served.ask("GET /claims/tradeoff HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nCookie: SESSION\r\n\r\n")
        assert status(inside) == 200
    finally:
        served.stop()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org"])
def test_only_loopback_is_served(host: str) -> None:
    with pytest.raises(UsageError, match="--host"):
        _bound(host, 0)


def test_a_taken_port_is_said() -> None:
    with _bound("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(UsageError, match="choose another with --port"):
            _bound("127.0.0.1", taken.getsockname()[1])
