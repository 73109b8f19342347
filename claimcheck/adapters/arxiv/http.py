"""One request to a server, sent once: a wall-clock deadline around it, a cap on its size, and any failure in one clear line.

The timeouts of `requests` are per read, so a server that drips holds a call for ever. Here a timer shuts the connection down when
the deadline passes, whatever it is waiting for: headers too.
"""

import socket
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from claimcheck import __version__
from claimcheck.adapters.arxiv.shown import shown
from claimcheck.deadline import Deadline

_MOST_BYTES = 64_000_000  # after decompression
_MOST_ERROR_BYTES = 64_000
_CHUNK = 65_536
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class Broken(Exception):
    """No whole answer came; the message says why in words for a user."""


class TooLarge(Broken):
    """More came than was wanted; asking again brings no less."""


@dataclass(frozen=True)
class Answer:
    """What came back. The body is whole for status 200, else the beginning of what the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """Sends GET requests, a connection each. `timeout` is for a single read and for connecting, `deadline` for all of it.

    An answer of more than `most_bytes` is none. `headers` go with every request; they may hold a key, and are never shown.
    `run` is when the whole run must be done: no request goes beyond it.
    """

    def __init__(
        self,
        agent: str,
        timeout: float,
        deadline: float,
        use_proxies: bool,
        *,
        headers: Mapping[str, str] | None = None,
        most_bytes: int = _MOST_BYTES,
        run: Deadline | None = None,
    ) -> None:
        self._headers = {"User-Agent": agent, "Connection": "close", **(headers or {})}
        self._most_bytes = most_bytes
        self._timeout = timeout
        self._deadline = deadline
        self._use_proxies = use_proxies
        self._run = run or Deadline()

    def get(self, url: str, most: int | None = None) -> Answer:
        """Return the server's answer, of at most so many bytes where that is said, redirects unfollowed.

        Raise `Broken`, and `TimeUp` where the run has no time left for it.
        """
        watch = _Watch(self._run.within(self._deadline))
        token = _WATCH.set(watch)
        try:
            with watch, _session(self._use_proxies) as session:
                answer = self._send(session, url, self._most_bytes if most is None else most)
        except _FAILURES as failure:
            raise Broken(self._words(failure, watch.over)) from failure
        finally:
            _WATCH.reset(token)
        if watch.over:  # a connection that was shut down may look like one that has ended well
            raise Broken(self._words(None, True))
        return answer

    def _send(self, session: requests.Session, url: str, most: int) -> Answer:
        timeouts = self._run.within(min(self._timeout, self._deadline))
        with session.get(url, headers=self._headers, timeout=timeouts, stream=True, allow_redirects=False) as response:
            if response.status_code == requests.codes.ok:
                return Answer(response.status_code, response.headers, _body(response, most))
            return Answer(response.status_code, response.headers, _beginning(response))

    def _words(self, failure: Exception | None, over: bool) -> str:
        if over:
            return f"no complete answer within {self._deadline:g} seconds"
        if isinstance(failure, requests.Timeout | urllib3.exceptions.TimeoutError):
            return f"no answer within {self._timeout:g} seconds"
        assert failure is not None
        what = "no secure connection" if isinstance(failure, requests.exceptions.SSLError) else "the connection failed"
        return f"{what} ({shown(_root(failure))})"


def user_agent(contact: str) -> str:
    """Say who asks: the program, its version, its project's address where the package names one, and a contact if given."""
    try:
        lines: list[str] = metadata.metadata("claimcheck").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        lines = []
    address = next((line.split(",")[-1].strip() for line in lines), "")
    about = "; ".join(part for part in (address and f"+{address}", contact and f"mailto:{contact}") if part)
    return f"claimcheck/{__version__}" + (f" ({about})" if about else "")


class _Watch:
    """Shuts a connection down when time is over, and sees that it is closed in the end."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            if self._socket is not None and self._socket.fileno() != -1:  # the libraries stumbled over the answer
                socket.close(self._socket.detach())

    def on(self, connection: socket.socket) -> None:
        with self._lock:
            self._socket = connection
        if self.over:
            self._expire()

    def _expire(self) -> None:
        with self._lock:
            self.over = True
            if self._socket is not None:
                try:
                    # Not the method of an SSL socket: that one also drops what another thread is reading with.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
                except OSError:
                    return  # closed already


_WATCH: ContextVar[_Watch] = ContextVar("watch")


class _Connection(HTTPConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        _WATCH.get().on(self.sock)
        return super().getresponse()


class _SecureConnection(HTTPSConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        _WATCH.get().on(self.sock)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    """The adapter of `requests` with connections that can be watched, through a proxy too (but for SOCKS)."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        return manager


class _SingleSession(requests.Session):
    """Leaves redirects alone: also when told not to follow one, `requests` would look at it and read all that comes with it."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


def _session(use_proxies: bool) -> requests.Session:
    session = _SingleSession()
    session.trust_env = use_proxies
    session.mount("http://", _Adapter())
    session.mount("https://", _Adapter())
    return session


def _body(response: requests.Response, most: int) -> bytes:
    said = response.headers.get("Content-Length", "")
    if said.isascii() and said.isdigit() and len(said) < 16 and int(said) > most:
        raise TooLarge(f"an answer of more than {most // 1_000_000} MB")
    whole = bytearray()
    for chunk in response.raw.stream(_CHUNK, decode_content=True):
        whole += chunk
        if len(whole) > most:
            raise TooLarge(f"an answer of more than {most // 1_000_000} MB")
    return bytes(whole)


def _beginning(response: requests.Response) -> bytes:
    """What came with an error is only shown; when it breaks off, the status still counts."""
    begun = bytearray()
    try:
        for chunk in response.raw.stream(_MOST_ERROR_BYTES, decode_content=True):
            begun += chunk
            if len(begun) >= _MOST_ERROR_BYTES:
                break
    except _FAILURES:
        return bytes(begun)
    return bytes(begun[:_MOST_ERROR_BYTES])


def _root(failure: BaseException) -> str:
    """What lies at the bottom of the libraries' chains of exceptions."""
    inner = next((arg for arg in (getattr(failure, "reason", None), *failure.args) if isinstance(arg, BaseException)), None)
    inner = inner or failure.__cause__
    if inner is not None:
        return _root(inner)
    text = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
    return text or type(failure).__name__
