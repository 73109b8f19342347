"""The line to a citation service: a question is asked at its pace, and again when that may help.

Asked again: no connection, no answer in time, 408, 425, 429, 5xx, and answers that cannot be read as what they should be. One
request only: a refused key (`Denied`), any other refusal, 404, and redirects, which are not followed: a key would go along. A
Retry-After that is too far away, a refusal of us altogether, or five failures in a row, and nothing is asked any more.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, TypeVar

import stamina

from claimcheck.adapters.arxiv.breaker import Breaker
from claimcheck.adapters.arxiv.http import Answer, Broken, Exchange, user_agent
from claimcheck.adapters.arxiv.pace import Pace
from claimcheck.adapters.arxiv.patience import Again, Patience, back_at, retry_after
from claimcheck.adapters.arxiv.shown import shown
from claimcheck.adapters.citations.shape import Unreadable
from claimcheck.deadline import Deadline
from claimcheck.errors import Denied, SourceUnavailable
from claimcheck.secrets import strike_json

T = TypeVar("T")
MOST_BYTES = 16_000_000  # a page of an answer; Semantic Scholar sends at most 10 MB
_TRANSIENT = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Service:
    """Who is asked: its name, its key's variable, the statuses by which it refuses a key, and its pace (s)."""

    name: str
    variable: str
    refusing: frozenset[int]
    pace: float


class Manner(TypedDict, total=False):
    """How a service is asked.

    `pace` is the least number of seconds between requests, by default the service's; `timeout` is for each wait on the network,
    `deadline` for a whole request, `max_wait` for all waiting between the tries of one question. `run` is when the whole run must
    be done: then nothing is asked any more (`TimeUp`). `contact` is a mail address for the User-Agent.
    """

    pace: float
    contact: str
    timeout: float
    deadline: float
    max_wait: float
    use_proxies: bool
    run: Deadline | None


class Unknown(SourceUnavailable):
    """The service does not know the paper that was asked for (404)."""


class Line:
    """Asks a service, for all threads of a process. `key` is only compared with what is said, so that no message shows it."""

    def __init__(
        self,
        service: Service,
        exchange: Exchange,
        pace: Pace,
        *,
        key: str | None = None,
        first_wait: float = 1.0,
        tries: int = 5,
        max_wait: float = 60.0,
        run: Deadline | None = None,
    ) -> None:
        self._service = service
        self._exchange = exchange
        self._pace = pace
        self._key = key
        self._first_wait = first_wait
        self._tries = tries
        self._max_wait = max_wait
        self._run = run or Deadline()
        self._lock = threading.Lock()
        self._sent = 0
        self._breaker = Breaker(service.name)

    @property
    def requests(self) -> int:
        """How many requests were sent, retries included."""
        with self._lock:
            return self._sent

    def ask(self, url: str, what: str, read: Callable[[object], T]) -> T:
        """Return what `read` makes of the answer's JSON; raise `SourceUnavailable`, `Unknown` for a 404, or `Denied`.

        `what` names the question in messages. `read` raises `Unreadable` for an answer that is not as it must be.
        """
        self._breaker.refuse()
        self._run.check()
        patience = Patience(self._first_wait, self._max_wait, self._run)
        try:
            for attempt in stamina.retry_context(on=patience, attempts=self._tries, timeout=None):
                with attempt:
                    result = self._once(url, what, read)
        except Again as failure:
            if patience.cut_short:
                raise self._run.up() from failure
            self._breaker.note(failed=True)
            tried = f"no usable answer from {self._service.name} to {what}: {failure} ({patience.tried})"
            raise SourceUnavailable(f"{tried}; run again later{self._advice}") from failure
        self._breaker.note(failed=False)
        return result

    def _once(self, url: str, what: str, read: Callable[[object], T]) -> T:
        try:
            with self._pace.turn():
                with self._lock:
                    self._sent += 1
                answer = self._exchange.get(url)
            return read(_json(self._kept(self._settled(what, answer))))
        except Broken as failure:
            raise Again(self._without_key(str(failure))) from failure
        except Unreadable as failure:
            raise Again(f"it sent {self._without_key(str(failure))}") from failure

    def _settled(self, what: str, answer: Answer) -> bytes:
        status, name = answer.status, self._service.name
        if status == 200:
            return answer.body
        if status in _TRANSIENT or status >= 500 or status < 300:
            raise self._later(status, what, answer.headers.get("Retry-After"))
        if status < 400:
            where = self._without_key(shown(answer.headers.get("Location", "")))
            raise SourceUnavailable(f"{name} sent {what} on to {where}, which is not followed; check its address and the network")
        if status == 404:
            raise Unknown(f"{name} does not know {what}; it may know it later")
        if status in (401, 403):
            raise self._shut_out(status, what)
        said = self._without_key(shown(answer.body.decode("utf-8", "replace")))
        raise SourceUnavailable(f"{name} refused {what} (status {status}): {said}; asking again will not help")

    def _shut_out(self, status: int, what: str) -> Exception:
        name, variable = self._service.name, self._service.variable
        if self._key and status in self._service.refusing:
            return Denied(f"{name} refuses the key ({status}); correct {variable}, or take it out to ask without one")
        message = f"{name} refuses to answer ({status}){self._advice}"
        self._breaker.close(float("inf"), message)
        return SourceUnavailable(f"{message} (asked: {what})", breaker=True)

    def _later(self, status: int, what: str, header: str | None) -> Exception:
        after = retry_after(header, datetime.now(UTC))
        if after is None or after <= self._max_wait:
            return Again(f"status {status}{' (too many requests)' if status == 429 else ''}", after)
        message = f"{self._service.name} asks to come back {back_at(after)} (status {status}); run again then{self._advice}"
        self._breaker.close(after, message)
        return SourceUnavailable(f"{message} (asked: {what})", breaker=True)

    @property
    def _advice(self) -> str:
        """Who asks without a key shares the service's patience with all others who do."""
        return "" if self._key else f", or with a key in {self._service.variable}"

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "(the key)") if self._key else text

    def _kept(self, body: bytes) -> bytes:
        """What is read of an answer is kept: a key that the service echoes must not be in it."""
        if not self._key:
            return body
        safe = strike_json(body.decode("utf-8", "surrogateescape"), (self._key,))
        if safe is None:
            raise Unreadable("an answer that repeats the key")
        return safe.encode("utf-8", "surrogateescape")


def line_to(service: Service, headers: dict[str, str], pace_file: Path, key: str | None, manner: Manner) -> Line:
    """Return the line to a service; what `manner` leaves open is as usual."""
    run = manner.get("run")
    exchange = Exchange(
        user_agent(manner.get("contact", "")),
        manner.get("timeout", 30.0),
        manner.get("deadline", 60.0),
        manner.get("use_proxies", True),
        headers=headers,
        most_bytes=MOST_BYTES,
        run=run,
    )
    pace = Pace(pace_file, manner.get("pace", service.pace), run)
    return Line(service, exchange, pace, key=key, max_wait=manner.get("max_wait", 60.0), run=run)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as wrong:
        begun = shown(body[:80].decode("utf-8", "replace"), 40)
        raise Unreadable(f"what is not JSON, or only a part of it ({begun})") from wrong
