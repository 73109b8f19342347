"""Every error that a user can meet, with its exit code.

    ClaimcheckError
    ├── UsageError           2    wrong usage
    ├── Refused              3    claims.yaml or settings refused; nothing written
    │   └── Stale            3    what was decided on has changed meanwhile; nothing written
    ├── SourceUnavailable    5    arXiv or a citation service did not answer, or not completely
    ├── JudgeUnavailable     5    the model did not answer
    ├── BudgetReached        6    the money or calls allowed are spent
    │   └── TimeUp           6    the time allowed is over; also a source that is not asked for that reason
    ├── AlreadyRunning       7    another run is going on
    ├── StoreUnusable        8    full, read-only, corrupt, or of a newer version
    ├── Denied               9    credentials, quota or model name
    └── Stopped          130, 143 told to stop by a signal

A message says what happened, to what, and what to do next. They are caught once, in `cli/entry.py`.
"""

from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; see DESIGN in the README."""

    DONE = 0
    BUG = 1
    USAGE = 2
    REFUSED = 3
    GAPS = 4
    UNAVAILABLE = 5
    BUDGET = 6
    RUNNING = 7
    STORE = 8
    DENIED = 9
    FAIL_ON = 10
    INTERRUPTED = 130
    TERMINATED = 143


_PRECEDENCE = (
    Exit.INTERRUPTED,
    Exit.TERMINATED,
    Exit.BUG,
    Exit.DENIED,
    Exit.STORE,
    Exit.REFUSED,
    Exit.RUNNING,
    Exit.BUDGET,
    Exit.UNAVAILABLE,
    Exit.GAPS,
    Exit.FAIL_ON,
    Exit.USAGE,
    Exit.DONE,
)


def worst(codes: Iterable[Exit]) -> Exit:
    """Return the exit code that wins when several apply."""
    return min(codes, key=_PRECEDENCE.index, default=Exit.DONE)


class ClaimcheckError(Exception):
    """An error that a user can do something about."""

    exit = Exit.BUG


class UsageError(ClaimcheckError):
    """A wrong option, argument or id."""

    exit = Exit.USAGE


class Refused(ClaimcheckError):
    """claims.yaml, a setting or an input file is not as it must be; `problems` lists all of them, a line each."""

    exit = Exit.REFUSED

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep all problems, in order."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Stale(Refused):
    """A decision rests on a state that is not the present one; nothing was written."""

    def __init__(self, problem: str) -> None:
        """Keep what has changed."""
        super().__init__([problem])


class SourceUnavailable(ClaimcheckError):
    """A source could not be asked, or its answer cannot be believed. `breaker` when it is not asked again in this run."""

    exit = Exit.UNAVAILABLE

    def __init__(self, message: str, *, breaker: bool = False) -> None:
        """Keep whether the source is given up for this run."""
        self.breaker = breaker
        super().__init__(message)


class JudgeUnavailable(ClaimcheckError):
    """The judge did not answer in time, or not at all. `breaker` when it is not asked again in this run."""

    exit = Exit.UNAVAILABLE

    def __init__(self, message: str, *, breaker: bool = False) -> None:
        """Keep whether the judge is given up for this run."""
        self.breaker = breaker
        super().__init__(message)


class BudgetReached(ClaimcheckError):
    """No further call may be made."""

    exit = Exit.BUDGET


class TimeUp(BudgetReached, SourceUnavailable):
    """The time that a run may take is over: neither a model nor a source is asked any more."""

    def __init__(self, message: str) -> None:
        """Give up every source for this run."""
        SourceUnavailable.__init__(self, message, breaker=True)


class Stopped(ClaimcheckError):
    """A person told the run to stop: nothing that it finds from now on may be taken for a result."""

    exit = Exit.INTERRUPTED


class AlreadyRunning(ClaimcheckError):
    """Another run holds the lock."""

    exit = Exit.RUNNING


class StoreUnusable(ClaimcheckError):
    """The ledger, the library or a report cannot be read or written."""

    exit = Exit.STORE


class Denied(ClaimcheckError):
    """The server refuses the key, the quota is spent, or the model is not there. Asked once, never again in this run."""

    exit = Exit.DENIED
