"""A source that has had enough is asked no more: after five failures in a row, or until the time that it named."""

import threading
import time

from claimcheck.errors import SourceUnavailable

ALL = ""
_FAILURES_IN_A_ROW = 5


class Breaker:
    """Whether a source may be asked, for all threads of a process. What it shut may be all of it or one kind of address."""

    def __init__(self, name: str) -> None:
        """Name the source, for messages."""
        self._name = name
        self._lock = threading.Lock()
        self._failures = 0
        self._closed: dict[str, tuple[float, str]] = {}

    def refuse(self, kind: str = ALL) -> None:
        """Raise `SourceUnavailable` when nothing of this kind may be asked now."""
        with self._lock:
            shut = [self._closed.get(one, (0.0, "")) for one in (ALL, kind)]
            if self._failures >= _FAILURES_IN_A_ROW:
                said = f"{self._name} failed {self._failures} times in a row and is not asked any more; run again later to go on"
                shut.insert(0, (float("inf"), said))
        for until, message in shut:
            if time.monotonic() < until:
                raise SourceUnavailable(message, breaker=True)

    def note(self, *, failed: bool) -> None:
        """Count a question that failed for good; one that was answered ends the row."""
        with self._lock:
            self._failures = self._failures + 1 if failed else 0

    def close(self, seconds: float, message: str, kind: str = ALL) -> None:
        """Ask nothing of this kind for so long, and say why."""
        with self._lock:
            self._closed[kind] = (time.monotonic() + seconds, message)
