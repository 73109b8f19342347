"""Counts the moments of a run at which a crash could hurt, and kills this very process at the n-th of them.

A moment is just before or after: a commit that wrote something, a rename, the entry or the end of a node of the graph, and the
arrival of an answer that was paid for. What the stores acknowledged is written to a file as soon as they did, so that a test can
ask for it afterwards. Meant for a child process that ends with the run.
"""

import functools
import json
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

NODES = ("collect", "plan", "search", "cite", "screen", "hand_in", "read", "ground", "decide", "ask")
KEEPING = ("keep_judgement", "keep_draft", "keep_unusable", "keep_anchor_check", "keep_retest")


class Moments:
    """Counts; kills at the n-th, never when n is 0. Each line of `log` is a moment or an acknowledgement."""

    def __init__(self, kill_at: int, log: Path) -> None:
        self._kill_at, self._count = kill_at, 0
        self._lock = threading.Lock()
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def __call__(self, what: str) -> None:
        with self._lock:
            self._count += 1
            self._write("moment", what)
            if self._count == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def acknowledged(self, what: str, *values: object) -> None:
        with self._lock:
            self._write(what, *values)

    def _write(self, *values: object) -> None:
        os.write(self._log, (json.dumps(values) + "\n").encode())


def arm(moment: Moments) -> None:
    """Watch all that this process will do from now on."""
    _commits(moment)
    for name in ("replace", "rename", "link"):
        setattr(os, name, _around(moment, f"os.{name}", getattr(os, name)))
    _nodes(moment)
    _answers(moment)
    _acknowledgements(moment)


def _commits(moment: Moments) -> None:
    class Counted(sqlite3.Connection):
        """Only transactions that changed something count."""

        seen = 0

        def _end(self, work: Callable[[], Any]) -> Any:
            changed, self.seen = self.total_changes > self.seen, self.total_changes
            if changed:
                moment("before commit")
            done = work()
            if changed:
                moment("after commit")
            return done

        def commit(self) -> None:
            self._end(super().commit)

        def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
            if sql == "COMMIT":
                ended: sqlite3.Cursor = self._end(functools.partial(super().execute, sql))
                return ended
            return super().execute(sql, *more)

    connect = sqlite3.connect

    def counted(*args: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **{"factory": Counted, **more})
        return connection

    for place in (sqlite3, sqlite3.dbapi2):
        setattr(place, "connect", counted)  # noqa: B010 - one of them has no such name for the type checker


def _around(moment: Moments, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(work)
    def around(*args: Any, **more: Any) -> Any:
        moment(f"before {name}")
        done = work(*args, **more)
        moment(f"after {name}")
        return done

    return around


def _nodes(moment: Moments) -> None:
    from claimcheck.agent import graph

    for name in NODES:
        setattr(graph, name, _around_node(moment, name, getattr(graph, name)))


def _around_node(moment: Moments, name: str, node: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(node)
    async def around(*args: Any, **more: Any) -> Any:
        moment(f"before {name}")
        done = await node(*args, **more)
        moment(f"after {name}")
        return done

    return around


def _answers(moment: Moments) -> None:
    from claimcheck.adapters.openai.wire import Wire

    send = Wire.send

    async def counted(self: Wire, *args: Any, **more: Any) -> Any:
        answer = await send(self, *args, **more)
        moment("answered")
        return answer

    Wire.send = counted  # type: ignore[method-assign]


def _acknowledgements(moment: Moments) -> None:
    from claimcheck.adapters.ledger import SqlLedger
    from claimcheck.adapters.ledger.codec import key_digest
    from claimcheck.adapters.library.store import Store
    from claimcheck.domain.grounding import AnchorCheck
    from claimcheck.ports import Draft, Judgement

    def named(args: tuple[Any, ...]) -> list[str]:
        """What tells the kept thing apart: a judgement's or draft's key, an anchor, or the claim."""
        found = []
        for value in args:
            if isinstance(value, Judgement):
                found.append(key_digest(value.key))
            elif isinstance(value, Draft):
                found.append(value.key)
            elif isinstance(value, AnchorCheck):
                found.append(value.anchor.id)
        return found

    for name in KEEPING:
        work = getattr(SqlLedger, name)

        def kept(self: SqlLedger, *args: Any, _name: str = name, _work: Callable[..., Any] = work) -> Any:
            done = _work(self, *args)
            moment.acknowledged(_name, *named(args))
            return done

        setattr(SqlLedger, name, kept)
    keep = Store.keep

    def kept_papers(self: Store, papers: Any, today: Any) -> Any:
        done = keep(self, papers, today)
        moment.acknowledged("papers", *(paper.id for paper in papers))
        return done

    Store.keep = kept_papers  # type: ignore[method-assign]
