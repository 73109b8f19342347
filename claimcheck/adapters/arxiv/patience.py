"""Patience: whether to ask again after a failure, and how long to wait before. Waits grow, by chance a little each time."""

import random
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from claimcheck.deadline import Deadline

_GROWTH = 3
_JITTER = 0.25
_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?", re.ASCII)
_LONGEST = 10.0**9


class Again(Exception):
    """A failure that may pass; `after` is how many seconds the server asked to wait."""

    def __init__(self, why: str, after: float | None = None) -> None:
        """Keep what the server asked for."""
        self.after = after
        super().__init__(why)


class Patience:
    """Says for one question whether to wait after a failure, and how long. All waits add up to at most `most` seconds.

    A wait that would outlast the run is not begun; `cut_short` then tells that it was the run's time that ended the question.
    """

    def __init__(self, first: float, most: float, run: Deadline | None = None) -> None:
        self.failures = 0
        self.cut_short = False
        self._run = run or Deadline()
        self._next = first
        self._left = most

    def __call__(self, failure: Exception) -> bool | float:
        """Return the seconds to wait, or False when it is of no use, or would take too long."""
        if not isinstance(failure, Again):
            return False
        wait = max(self._next, failure.after or 0.0)
        self._next *= _GROWTH
        self.failures += 1
        if wait > self._left:
            return False
        self._left -= wait
        jitter: float = random.uniform(0, _JITTER)  # noqa: S311 - it spreads retries, and keeps no secret
        self.cut_short = not self._run.allows(wait * (1 + jitter))
        return False if self.cut_short else wait * (1 + jitter)

    @property
    def tried(self) -> str:
        """How often it failed, in words."""
        return f"tried {self.failures} times" if self.failures > 1 else "tried once"


def retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for; None for none, for the past and for what makes no sense."""
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        when = parsedate_to_datetime(text)
        seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds.total_seconds() if seconds > timedelta(0) else None


def back_at(seconds: float) -> str:
    """Say when a wait of so many seconds is over."""
    if seconds > _LONGEST:
        return "in more than 30 years"
    return f"after {datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%d %H:%M} UTC"
