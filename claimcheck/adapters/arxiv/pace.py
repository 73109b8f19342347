"""The pace: how closely requests may follow one another, over all threads and processes of a machine.

A lock file keeps all others waiting while a request runs, so there is never more than one connection. The time is kept beside it
when a request starts (should the process be killed) and again when its answer is there: counted from the answer, two requests
cannot arrive too close together, however long the first was on its way.
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from claimcheck.deadline import Deadline
from claimcheck.errors import SourceUnavailable, StoreUnusable

_MARGIN = 0.02  # seconds: our clock and the server's do not tick alike
_PATIENCE = 900.0  # seconds: many processes may stand in line, each for the time of a request


class Pace:
    """Lets one request at a time start, `seconds` after the end of the one before it; none once the run's time is over."""

    def __init__(self, path: Path, seconds: float, run: Deadline | None = None) -> None:
        self._path = path
        self._seconds = seconds
        self._run = run or Deadline()
        self._here = threading.Lock()
        self._last_here: float | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn and hold it while the request runs.

        Raise `StoreUnusable` when the lock or the time cannot be kept, `SourceUnavailable` when others hold the turn for long,
        and `TimeUp` when the run has no time left for the wait.
        """
        with self._here:
            lock = self._acquire()
            try:
                self._wait()
                self._keep_time()
                try:
                    yield
                finally:
                    self._keep_time()
            finally:
                lock.release()

    def _acquire(self) -> FileLock:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(f"{self._path}.lock")
            lock.acquire(timeout=self._run.within(_PATIENCE))
        except Timeout:
            self._run.check()
            message = f"other runs held {self._path}.lock for {_PATIENCE:g} seconds; run again when they are done"
            raise SourceUnavailable(message) from None
        except (OSError, NotImplementedError) as wrong:
            raise self._unusable(wrong) from wrong
        return lock

    def _wait(self) -> None:
        if self._seconds <= 0:
            return
        wait = self._still_to_wait()
        if self._last_here is not None:
            wait = max(wait, self._last_here + self._seconds - time.monotonic())
        if wait > 0:
            wait = min(wait, self._seconds) + _MARGIN
            if not self._run.allows(wait):
                raise self._run.up()
            time.sleep(wait)

    def _still_to_wait(self) -> float:
        """What the file says. No file: nobody asked yet. A file that cannot be right, or a clock set back: the whole pace."""
        try:
            with self._path.open(encoding="ascii", errors="replace") as file:
                text = file.read(40)
        except FileNotFoundError:
            return 0.0
        except OSError as wrong:
            raise self._unusable(wrong) from wrong
        try:
            age = time.time() - float(text)
        except ValueError:
            return self._seconds
        return max(0.0, self._seconds - age) if 0 <= age < math.inf else self._seconds

    def _keep_time(self) -> None:
        self._last_here = time.monotonic()
        try:
            self._path.write_text(f"{time.time():.3f}\n", encoding="ascii")
        except OSError as wrong:
            raise self._unusable(wrong) from wrong

    def _unusable(self, wrong: Exception) -> StoreUnusable:
        return StoreUnusable(
            f"{str(self._path)!r} cannot be used to keep the pace ({wrong}); make its folder writable, or name another"
        )
