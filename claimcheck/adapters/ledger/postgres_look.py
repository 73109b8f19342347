"""A look at a ledger on a server that changes nothing: whether it answers, which schema it has, how the newest run ended."""

from typing import TYPE_CHECKING

from claimcheck.adapters import database_address
from claimcheck.adapters.ledger import postgres_lock, postgres_server
from claimcheck.adapters.ledger.migrations import History
from claimcheck.adapters.ledger.postgres_store import engine_of
from claimcheck.adapters.ledger.postgres_store import look as look_at
from claimcheck.adapters.ledger.schema import missing, refuse_newer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from claimcheck.adapters.ledger.look import LedgerLook

_PATIENCE_S = 3.0
_NEWEST = "SELECT day, exit_code FROM run JOIN run_end ON run_end.run_id = run.id ORDER BY run.id DESC LIMIT 1"


def look(address: str) -> "LedgerLook | None":
    """Return what a ledger holds, or None when there is none yet; raise `StoreUnusable`."""
    place = database_address.shown(address)
    engine = engine_of(address)

    def once() -> "LedgerLook | None":
        with engine.connect() as connection:
            return _look(connection, place)

    try:
        return postgres_server.patiently(place, once, _PATIENCE_S)
    finally:
        engine.dispose()


def holder(address: str) -> str | None:
    """Return in words who holds the run's lock, or None."""
    place = database_address.shown(address)
    found = postgres_server.patiently(place, lambda: postgres_lock.holder(address), _PATIENCE_S)
    return None if found is None else found.strip(" ()") or "a process that did not say which"


def _look(connection: "Connection", place: str) -> "LedgerLook | None":
    from claimcheck.adapters.ledger.look import LedgerLook

    history, found = History(), look_at(connection, place)
    if found.revision is None:
        return None
    refuse_newer(place, found, history)
    lacks = missing(found, history)
    if lacks:
        raise postgres_server.damaged(place, lacks)
    newest = connection.exec_driver_sql(_NEWEST).first()
    retests = connection.exec_driver_sql("SELECT count(*) FROM retest").scalar_one()
    return LedgerLook(place, retests, (newest[0], newest[1]) if newest else None, found.revision != history.head)
