"""A PostgreSQL server: connecting to it, what passes by itself and is waited for, and what is wrong in plain words.

A lost connection, a restart and a failover pass: whoever asked waits, in growing random steps, and asks again, up to a limit.
Connections prefer the server of several that takes writes, notice a dead peer within seconds, and speak UTC.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import stamina
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from claimcheck.adapters import database_address
from claimcheck.errors import StoreUnusable

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")

PATIENCE_S = 45.0  # how long a run waits for a server that went away
OPENING_S = 10.0  # and how long whoever opens the ledger waits for one that is not there
OLDEST = 13  # the first version that tells whether a transaction was committed
_HABITS = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
    "target_session_attrs": "read-write",
}
# A commit that is acknowledged is on the disk, also where the server's default is quicker than that.
_SESSION = """
SELECT set_config('TimeZone', 'UTC', false),
CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END
"""
# Lost, shutting down, starting up, too many connections, a standby, and transactions that met each other.
_PASSING = ("08", "57P01", "57P02", "57P03", "53300", "25006", "40001", "40P01", "40003")
_LASTING = (
    ("password authentication failed", "the user name or the password is wrong"),
    ("no password supplied", "the server wants a password"),
    ("fe_sendauth", "the server wants a password"),
    ("no pg_hba.conf entry", "the server does not let this user in from here"),
    ("permission denied", "this user may not do that"),
    ('role "', "there is no such user"),
    ('database "', "there is no such database"),
    ("does not support SSL", "the server has no SSL"),
    ("certificate", "the server's certificate is not accepted"),
)


class StillOpen(Exception):
    """What was begun over a lost connection is not yet known to be done or undone."""


def connect(address: str, application: str = "claimcheck", *, autocommit: bool = False, patient: bool = True) -> Any:
    """Return a new connection; raise `StoreUnusable` for what does not pass by itself, psycopg's own error for the rest."""
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise StoreUnusable(
            "a ledger on PostgreSQL needs psycopg, which is not installed; run pip install 'claimcheck[postgres]'"
        ) from None
    try:
        told = conninfo_to_dict(database_address.libpq(address))
    except psycopg.Error:  # it quotes what it could not read
        raise StoreUnusable(
            "the ledger's address cannot be read by libpq; write postgresql+psycopg://USER:PASSWORD@HOST/DATABASE, "
            "with %40 for an @ in the password"
        ) from None
    habits = {**_HABITS, **({} if patient else {"connect_timeout": "3"})}
    connection = psycopg.connect(**{**habits, **told, "application_name": application}, autocommit=True)  # type: ignore[arg-type]
    connection.execute(_SESSION)
    connection.autocommit = autocommit
    return connection


def patiently(place: str, work: Callable[[], T], patience_s: float, again: Callable[[], None] = lambda: None) -> T:
    """Do work until it succeeds or what fails does not pass by itself, or not in time. Raise `StoreUnusable` in plain words.

    `again` is called before each new attempt.
    """
    first = True
    try:
        for attempt in stamina.retry_context(
            on=passes, attempts=None, timeout=patience_s, wait_initial=0.05, wait_max=3.0, wait_jitter=0.5
        ):
            with attempt:
                if not first:
                    again()
                first = False
                return work()
    except Exception as error:
        refusal = explain(place, error)
        if refusal is None:
            raise
        raise refusal from None  # the driver's own words name hosts and quote rows
    raise AssertionError("the last attempt returns or raises")


def passes(error: BaseException) -> bool:
    """Tell whether what failed may succeed when it is done again."""
    if isinstance(error, StillOpen | PoolTimeout):
        return True
    known = _driver(error)
    if known is None:
        return False
    if known.sqlstate:
        return known.sqlstate.startswith(_PASSING)
    return _is_lost(error, known) and _lasting(known) is None


def explain(place: str, error: BaseException) -> StoreUnusable | None:
    """Say in one line what an error means for the ledger and what to do, or return None when it says nothing about the server."""
    name, known = repr(place), _driver(error)
    if passes(error):
        return StoreUnusable(f"the ledger {name} did not answer, or not for long enough ({_line(error)}); run again when it does")
    if known is None:
        return None
    state = known.sqlstate or ""
    lasting = None if state else _lasting(known)
    if lasting:
        return StoreUnusable(
            f"the ledger {name} cannot be used: {lasting}; correct CLAIMCHECK_LEDGER, or ask who runs the server"
        )
    if state.startswith("53"):
        return StoreUnusable(f"the disk or memory of the server is full: the ledger {name} cannot be written; make room there")
    if state.startswith(("28", "42501")):
        return StoreUnusable(
            f"the ledger {name} cannot be used: this user may not do that; ask who runs the server for the rights"
        )
    if state.startswith(("XX", "58", "42P01", "42703")):
        return damaged(place, _line(error))
    return None


def damaged(place: str, how: str) -> StoreUnusable:
    """Say that a ledger's content is not what was written."""
    line = " ".join("".join(c if c.isprintable() else " " for c in how).split())
    return StoreUnusable(f"the ledger {place!r} is damaged ({line[:160]}); restore a backup of the database")


def too_old(place: str, version: int) -> StoreUnusable | None:
    """Say when a server is older than what we need."""
    if version // 10_000 >= OLDEST:
        return None
    return StoreUnusable(f"the ledger {place!r} is on PostgreSQL {version // 10_000}; {OLDEST} or newer is needed")


def close(connection: Any) -> None:
    """Close a connection that may be dead."""
    with suppress(Exception):
        connection.close()


def _driver(error: BaseException) -> "psycopg.Error | None":
    if "psycopg" not in sys.modules:  # not installed, as has been said
        return None
    import psycopg

    found = error.orig if isinstance(error, DBAPIError) else error
    return found if isinstance(found, psycopg.Error) else None


def _is_lost(error: BaseException, known: "psycopg.Error") -> bool:
    import psycopg

    return isinstance(known, psycopg.OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def _lasting(error: BaseException) -> str | None:
    said = str(error)
    if "the database system is " in said:  # starting up, shutting down, in recovery, not yet accepting connections
        return None
    fatal = said.partition("FATAL:")[2] or said
    return next((meaning for words, meaning in _LASTING if words in fatal), None)


def _line(error: BaseException) -> str:
    known = _driver(error)
    words = " ".join(str(known if known is not None else error).split())
    return f"{words[:120]}..." if len(words) > 120 else words
