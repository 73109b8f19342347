"""One run at a time on a ledger, whatever machine it is on: an advisory lock, which the server frees when its connection ends.

The connection says in its name who holds it. When it is lost, the lock is taken anew before anything more is written; when
another run was quicker, this one stops.
"""

import os
import re
import secrets
import socket
import threading
import time
from datetime import UTC, datetime
from typing import Any

from claimcheck.adapters.ledger import postgres_server as server
from claimcheck.errors import AlreadyRunning, StoreUnusable

_LOCK = 0x0C1A_0002
_FRESH_S = 1.0  # so long what was found out about the lock is believed
_TAKE = "SELECT pg_try_advisory_lock(%s, hashtext(current_schema()))"
_WHO = """
SELECT a.application_name FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s AND l.objsubid = 2
AND l.objid = (hashtext(current_schema())::bigint & 4294967295)::oid
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_NAME = re.compile(r"claimcheck ([\w ]{1,20}) (\d{1,10})@(\S{0,20}) (\S{1,20}) \S{4}")


class RunLock:
    """The lock of one run; for any thread."""

    def __init__(self, address: str, place: str, command: str) -> None:
        """Name the ledger, and what runs."""
        self._address, self._place = address, place
        self._name = _named(command)
        self._connection: Any = None
        self._checked = 0.0
        self._lost: StoreUnusable | None = None
        self._turn = threading.Lock()

    def take(self) -> None:
        """Take the lock; raise `AlreadyRunning`, naming the holder, when another run has it."""
        holder = self._try()
        if holder is not None:
            raise _running(self._place, _told(holder))

    def hold(self) -> None:
        """See that the lock is still ours, taken anew where its connection was lost. Raise `StoreUnusable` otherwise."""
        with self._turn:
            if self._lost:
                raise self._lost
            if time.monotonic() - self._checked < _FRESH_S:
                return
            if not self._lives():
                self._retake()
            self._checked = time.monotonic()

    def doubt(self) -> None:
        """Look at the connection the next time: something else has just failed."""
        self._checked = 0.0

    def release(self) -> None:
        """Let go of the lock."""
        server.close(self._connection)

    def _lives(self) -> bool:
        import psycopg

        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def _retake(self) -> None:
        server.close(self._connection)
        holder = self._try()
        if holder == self._name:  # the server has yet to notice that our old connection is gone
            raise server.StillOpen("the lock of a connection that was lost is not free yet")
        if holder is not None:
            self._lost = StoreUnusable(
                f"the ledger {self._place!r} was out of reach, and another run began meanwhile{_told(holder)}; this one stops. "
                "All that was kept stays: run again when the other one has ended"
            )
            raise self._lost

    def _try(self) -> str | None:
        """Connect and take the lock; return None, or who has it."""
        self._connection = connection = server.connect(self._address, self._name, autocommit=True)
        if connection.execute(_TAKE, (_LOCK,)).fetchone()[0]:
            self._checked = time.monotonic()
            return None
        found = connection.execute(_WHO, (_LOCK,)).fetchone()
        server.close(connection)
        return str(found[0]) if found else ""


def refuse_second(address: str, place: str) -> None:
    """Raise `AlreadyRunning` when another run holds the lock, before anything that takes long."""
    held = server.patiently(place, lambda: holder(address), server.OPENING_S)
    if held is not None:
        raise _running(place, held)


def holder(address: str) -> str | None:
    """Return in words, between brackets, who holds the lock, or None when nobody does. Nothing is taken."""
    connection = server.connect(address, autocommit=True)
    try:
        found = connection.execute(_WHO, (_LOCK,)).fetchone()
        return _told(str(found[0])) if found else None
    finally:
        server.close(connection)


def _running(place: str, told: str) -> AlreadyRunning:
    return AlreadyRunning(f"another run on the ledger {place!r} is going on{told}; wait for it to end")


def _named(command: str) -> str:
    """Return what the connection is called: at most 63 bytes, which is all that a server keeps."""
    host = re.sub(r"[^\w.-]", "", socket.gethostname(), flags=re.ASCII)[:12]
    return f"claimcheck {command[:8]} {os.getpid()}@{host} {datetime.now(UTC):%Y-%m-%dT%H:%MZ} {secrets.token_hex(2)}"


def _told(name: str) -> str:
    found = _NAME.fullmatch(name)
    return f" (claimcheck {found[1]}, process {found[2]} on {found[3]}, since {found[4]})" if found else ""
