"""The time that a run may take, and a person's wish that it stop. Afterwards nothing is begun; what is under way ends by itself.

No wait, for a server or between tries, outlasts the time allowed.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from claimcheck.errors import Stopped, TimeUp

_ENDLESS = float("inf")


class Deadline:
    """When a run must be done, by a clock that nobody can set; `None` minutes is no limit. Safe for threads."""

    def __init__(self, minutes: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Count from now on."""
        self._clock = clock
        self._began = clock()
        self._lock = threading.Lock()
        self._under_way = 0
        self._refused, self._stopped = threading.Event(), threading.Event()
        self.limit(minutes)

    def limit(self, minutes: float | None) -> None:
        """Set how long the run may take, from when this deadline was made."""
        self._minutes = minutes
        self._end = _ENDLESS if minutes is None else self._began + minutes * 60

    @property
    def left(self) -> float:
        """How many seconds are left for new work: infinitely many without a limit, none when it is over."""
        return 0.0 if self.stopped else max(0.0, self._end - self._clock())

    @property
    def refused(self) -> bool:
        """Whether anything was not done because of the limit."""
        return self._refused.is_set()

    def check(self) -> None:
        """Raise `TimeUp` when the time is over."""
        self.within(_ENDLESS)

    def within(self, seconds: float) -> float:
        """Return how long something may take that would take so many seconds at most; raise `TimeUp` when no time is left."""
        left = self.left
        if left <= 0:
            raise self.up()
        return min(seconds, left)

    def allows(self, seconds: float) -> bool:
        """Tell whether a wait ends in time, with something left for what it is for."""
        return seconds < self.left

    def up(self) -> TimeUp:
        """Return the error that says so, and note that something was refused."""
        self._refused.set()
        return TimeUp(
            f"the {self._minutes or 0:g} minutes allowed are over; all finished work is kept: run again to go on, or allow more"
        )

    def stop(self) -> None:
        """Let nothing new be begun."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether the run was told to stop."""
        return self._stopped.is_set()

    def go_on(self) -> None:
        """Raise `Stopped` when the run was told to stop: what comes next would take what was not begun for not found."""
        if self.stopped:
            raise Stopped("stopped; all finished work is kept, run again to go on")

    @contextmanager
    def item(self) -> Iterator[None]:
        """Count as under way what is not to be lost, from its beginning until it is kept."""
        with self._lock:
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    @property
    def under_way(self) -> int:
        """How many items are begun and not kept yet."""
        with self._lock:
            return self._under_way
