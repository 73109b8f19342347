"""The line to arXiv: a question is asked at the pace, again when that may help, and no more once arXiv has had enough.

All retries are made here. Tried again: no connection, no answer in time, 408, 425, 429, 5xx, and answers that are not whole.
Never tried again: 403, 400, 404, arXiv's own error message, a redirect elsewhere, and a Retry-After that is too far away. After
five failures in a row nothing is asked any more.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import stamina

from claimcheck.adapters.arxiv.atom import ErrorEntry, Incomplete, error_message
from claimcheck.adapters.arxiv.breaker import Breaker
from claimcheck.adapters.arxiv.http import Answer, Broken, Exchange, TooLarge
from claimcheck.adapters.arxiv.pace import Pace
from claimcheck.adapters.arxiv.patience import Again, Patience, back_at, retry_after
from claimcheck.adapters.arxiv.shown import shown
from claimcheck.deadline import Deadline
from claimcheck.errors import SourceUnavailable

T = TypeVar("T")
_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRANSIENT = frozenset({408, 425, 429})


class NotThere(SourceUnavailable):
    """arXiv has no page at an address (404)."""


class NotWanted(SourceUnavailable):
    """What lies at an address is larger than was asked for, or not what was asked for; asking again brings the same."""


class Line:
    """Asks arXiv, for all threads of a process. Waits grow from the pace and add up to at most `max_wait` seconds a question.

    Once the run's time is over nothing is asked any more: `TimeUp`.
    """

    def __init__(
        self, exchange: Exchange, pace: Pace, *, first_wait: float, tries: int, max_wait: float, run: Deadline | None = None
    ) -> None:
        self._exchange = exchange
        self._pace = pace
        self._first_wait = first_wait
        self._tries = tries
        self._max_wait = max_wait
        self._run = run or Deadline()
        self._lock = threading.Lock()
        self._sent = 0
        self._breaker = Breaker("arXiv")

    @property
    def requests(self) -> int:
        """How many requests were sent, retries and redirects included."""
        with self._lock:
            return self._sent

    def ask(self, url: str, what: str, check: Callable[[bytes], T]) -> T:
        """Return what `check` makes of the answer's body; raise `SourceUnavailable`.

        `what` names the question in messages. `check` raises `Incomplete` for an answer that is not whole, and `ErrorEntry` for
        arXiv's refusal.
        """
        return self._patiently(url, what, lambda: self._once(url, what, lambda answer: check(answer.body)))

    def fetch(self, url: str, what: str, check: Callable[[Answer], T], most: int) -> T:
        """Return what `check` makes of an answer of at most `most` bytes, headers included; raise as `ask` does.

        Raise `NotThere` for a 404, and `NotWanted` for what is larger. `check` may raise `NotWanted` too.
        """
        return self._patiently(url, what, lambda: self._once(url, what, check, most))

    def _patiently(self, url: str, what: str, once: Callable[[], T]) -> T:
        self._breaker.refuse(_kind(url))
        self._run.check()
        patience = Patience(self._first_wait, self._max_wait, self._run)
        try:
            for attempt in stamina.retry_context(on=patience, attempts=self._tries, timeout=None):
                with attempt:
                    result = once()
        except Again as failure:
            if patience.cut_short:
                raise self._run.up() from failure
            self._breaker.note(failed=True)
            raise SourceUnavailable(
                f"no usable answer from arXiv to {what}: {failure} ({patience.tried}); run again to go on"
            ) from failure
        self._breaker.note(failed=False)
        return result

    def _once(self, url: str, what: str, check: Callable[[Answer], T], most: int | None = None) -> T:
        try:
            return check(self._settled(url, what, self._follow(url, what, most)))
        except TooLarge as failure:
            if most is not None:
                raise NotWanted(f"arXiv sent {what} as {failure}") from failure
            raise Again(str(failure)) from failure
        except Broken as failure:
            raise Again(str(failure)) from failure
        except Incomplete as failure:
            raise Again(f"it sent {failure}") from failure
        except ErrorEntry as refusal:
            raise _refused(what, str(refusal)) from refusal

    def _follow(self, url: str, what: str, most: int | None) -> Answer:
        for _ in range(_MOST_REDIRECTS + 1):
            with self._pace.turn():
                with self._lock:
                    self._sent += 1
                answer = self._exchange.get(url) if most is None else self._exchange.get(url, most)
            if answer.status not in _REDIRECTS:
                return answer
            url = self._onward(url, answer.headers.get("Location", ""), what)
        self._breaker.note(failed=True)
        raise SourceUnavailable(
            f"arXiv sent {what} on more than {_MOST_REDIRECTS} times; check the arXiv address and the network"
        )

    def _onward(self, url: str, location: str, what: str) -> str:
        try:
            target = urljoin(url, location)
            if location and _may_follow(url, target):
                return target
        except ValueError:  # not an address at all
            pass
        self._breaker.note(failed=True)
        raise SourceUnavailable(
            f"arXiv sent {what} on to {shown(location)}, which is not followed; check the network (a login page?) and run again"
        )

    def _settled(self, url: str, what: str, answer: Answer) -> Answer:
        status = answer.status
        if status == 200:
            return answer
        if status in _TRANSIENT or status >= 500 or status < 300:
            raise self._later(status, what, answer.headers.get("Retry-After"))
        if status == 403:
            message = "arXiv refuses this address for now (403); wait a day, or write to arXiv's support, before running again"
            self._breaker.close(float("inf"), message, _kind(url))
            raise SourceUnavailable(f"{message} (asked: {what})", breaker=True)
        said = error_message(answer.body)
        if status == 404 and said is None:
            raise NotThere(f"arXiv has no such page (404), asked for {what}; check the id and the arXiv address")
        raise _refused(what, said or f"status {status}")

    def _later(self, status: int, what: str, header: str | None) -> Exception:
        after = retry_after(header, datetime.now(UTC))
        if after is None or after <= self._max_wait:
            meaning = " (too many requests)" if status == 429 else ""
            return Again(f"status {status}{meaning}", after)
        message = f"arXiv asks to come back {back_at(after)} (status {status}); run again then"
        self._breaker.close(after, message)
        return SourceUnavailable(f"{message} (asked: {what})", breaker=True)


def _refused(what: str, why: str) -> SourceUnavailable:
    return SourceUnavailable(f"arXiv refused {what}: {shown(why)}; change the question, asking again will not help")


def _kind(url: str) -> str:
    """The first step of the path: arXiv bars its pages and its API apart from one another."""
    return "".join(urlsplit(url).path.split("/")[1:2])


def _may_follow(url: str, target: str) -> bool:
    """Tell whether a redirect stays with arXiv, over https, or with the very server that was asked."""
    here, there = urlsplit(url), urlsplit(target)
    if (here.scheme, here.netloc) == (there.scheme, there.netloc):
        return True
    return there.scheme == "https" and there.port in (None, 443) and _is_arxiv(here.hostname) and _is_arxiv(there.hostname)


def _is_arxiv(host: str | None) -> bool:
    return host is not None and (host == "arxiv.org" or host.endswith(".arxiv.org"))
