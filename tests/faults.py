"""Plays a fault during a refresh: exit code, what was said, what is kept, and whether the next run goes on.

The rows are in `fault_rows.py`.
"""

import io
import json
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.harness import PAIR, TODAY, Workplace, workplace
from tests.integration.test_wall_clock import Misbehave
from tests.servers import ArxivHandler, ModelHandler, Server

CANARY, NOTIFY_CANARY = "sk-canary-0123456789", "canary-notify-987654"
NEXT_WEEK = "2026-11-29"
SPARE = 2.0  # seconds that a limit may be overshot by
SPEAKING = (3, 4, 5, 6, 7, 8, 9)  # exit codes that come with a line
Answer = bytes | Misbehave


def nothing(_: Workplace) -> AbstractContextManager[None]:
    """Do nothing to the machine."""
    return nullcontext()


@dataclass(frozen=True)
class Fault:
    """A fault, and the exit codes that it may end in.

    `arxiv` and `model` are what these servers send instead of an answer, at every `every`-th request with `where` in its path, or
    in what is asked of the model.
    `do` is what is done to the workplace while the run is under way. `weekly` puts the fault a week after a complete run. `limit`
    are the seconds that the run may take. `again` tells whether a run without the fault must then end like an undisturbed one.
    """

    name: str
    codes: tuple[int, ...]
    arxiv: Answer | None = None
    model: Answer | None = None
    where: str = ""
    every: int = 1
    do: Callable[[Workplace], AbstractContextManager[None]] = nothing
    env: Mapping[str, str] = field(default_factory=dict)
    args: tuple[str, ...] = ()
    weekly: bool = False
    limit: float | None = None
    again: bool = True
    most_calls: int | None = None
    most_lines: int = 1


@dataclass(frozen=True)
class Outcome:
    """What a fault came to; `wrong` is empty where every promise was kept."""

    code: int
    seconds: float
    said: str
    then: int | None
    wrong: tuple[str, ...]


def whole(status: int, body: str | bytes = "", kind: str = "application/json", **headers: str) -> bytes:
    """Return an answer as it goes over the network."""
    data = body.encode() if isinstance(body, str) else body
    given = {"Content-Type": kind, "Content-Length": str(len(data)), "Connection": "close", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + data


class Player:
    """A server for arXiv and one for the model, and what an undisturbed refresh of the same claims comes to."""

    def __init__(self, folder: Path, arxiv: Server, model: Server) -> None:
        self._folder, self.arxiv, self.model, self._count = folder, arxiv, model, 0
        self._complete = self._place("undisturbed")
        done = self._run(self._complete, TODAY)
        assert done.returncode == 0, done.stderr
        self._verdicts = self._complete.verdicts()

    def play(self, fault: Fault) -> Outcome:
        """Refresh under a fault, then without it."""
        self._count += 1
        place = self._place(str(self._count))
        day = NEXT_WEEK if fault.weekly else TODAY
        if fault.weekly:
            shutil.copytree(self._complete.folder, place.folder, dirs_exist_ok=True)
        before, calls = kept(place), len(self.model.log)
        limit = ("--max-minutes", str(fault.limit / 60)) if fault.limit else ()
        with fault.do(place), self._spoilt(fault):
            began = time.monotonic()
            done = self._run(place, day, *fault.args, *limit, **fault.env)
            seconds = time.monotonic() - began
        if fault.limit:
            seconds = recorded(place) or seconds  # without the start of Python, which takes long on a busy machine
        wrong = list(broken(fault, done.returncode, done.stdout, done.stderr, seconds))
        if fault.most_calls is not None and len(self.model.log) - calls > fault.most_calls:
            wrong.append(f"{len(self.model.log) - calls} model requests")
        wrong += [f"canary in {name}" for name in leaks(place)]
        then = None
        if fault.again:
            if before - kept(place):
                wrong.append("lost judgements")
            paid = kept(place)
            again = self._run(place, day)
            then = again.returncode
            if then or place.verdicts() != self._verdicts:
                wrong.append(f"the next run: exit {then}, {place.verdicts()} {again.stderr[-200:]}")
            if paid - kept(place):
                wrong.append("lost judgements of the disturbed run")
        return Outcome(done.returncode, seconds, (done.stderr.strip().splitlines() or [""])[-1], then, tuple(wrong))

    def _place(self, name: str) -> Workplace:
        return workplace(self._folder / name, self.arxiv.url, self.model.url, PAIR)

    def _run(self, place: Workplace, day: str, *args: str, **env: str) -> Any:
        few = {"CLAIMCHECK_CANDIDATES": "3", "CLAIMCHECK_CONCURRENCY": "4"}
        return place.run("refresh", "--today", day, "--quiet", *args, timeout=600, **(few | env))

    @contextmanager
    def _spoilt(self, fault: Fault) -> Iterator[None]:
        over = threading.Event()
        served = ((self.arxiv, fault.arxiv, ArxivHandler), (self.model, fault.model, ModelHandler))
        for server, answer, handler in served:
            if answer is not None:
                server.RequestHandlerClass = _handler(handler, answer, fault, over)
        try:
            yield
        finally:
            over.set()
            for server, _, handler in served:
                server.RequestHandlerClass = handler


def broken(fault: Fault, code: int, out: str, said: str, seconds: float) -> Iterator[str]:
    """Tell which promises about a run's end were broken."""
    if code not in fault.codes:
        yield f"exit {code}, not {fault.codes}"
    if "Traceback" in said:
        yield "a traceback"
    lines = said.strip().splitlines()
    if code in SPEAKING and not 1 <= len(lines) <= fault.most_lines:
        yield f"{len(lines)} lines on stderr"
    if any(canary in out + said for canary in (CANARY, NOTIFY_CANARY)):
        yield "a key was printed"
    if not all(line.isprintable() for line in lines):
        yield "control characters on stderr"
    if fault.limit and seconds > fault.limit + SPARE:
        yield f"{seconds - fault.limit:.1f} s over its limit"


def kept(place: Workplace) -> set[str]:
    """Return the judgements in the ledger."""
    file = place.folder / ".claimcheck" / "ledger.sqlite"
    if not file.exists():
        return set()
    try:
        with closing(sqlite3.connect(file)) as connection:
            return {row[0] for row in connection.execute("SELECT key FROM judgement")}
    except sqlite3.Error:
        return set()


def recorded(place: Workplace) -> float | None:
    """Return how long the last run took by its own record."""
    files = sorted((place.folder / ".claimcheck" / "runs").glob("*.jsonl"))
    last = json.loads(files[-1].read_text(encoding="utf-8").splitlines()[-1]) if files else {}
    return float(last["seconds"]) if last.get("event") == "end" else None


def leaks(place: Workplace) -> list[str]:
    """Return the files in which a key stands."""
    held = re.compile(b"|".join((CANARY.encode(), NOTIFY_CANARY.encode())))
    return [str(p) for p in place.folder.rglob("*") if p.is_file() and held.search(p.read_bytes())]


def _handler(base: type[Any], answer: Answer, fault: Fault, over: threading.Event) -> type[Any]:
    class Spoilt(base):  # type: ignore[misc]
        rfile: Any

        def _instead(self, asked: str) -> bool:
            if fault.where not in asked or (len(self.server.log) + 1) % fault.every:
                return False
            self.fault("spoilt")
            self.close_connection = True
            try:
                if isinstance(answer, bytes):
                    self.connection.sendall(answer)
                else:
                    answer(self.connection, over)
            except OSError:
                pass  # the other side has had enough
            return True

        def do_GET(self) -> None:  # noqa: N802 (the server's name)
            if base is not ArxivHandler or not self._instead(self.path):
                super().do_GET()

        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not self._instead(body.decode()):
                self.rfile = io.BytesIO(body)
                self.close_connection = True
                super().do_POST()

    return Spoilt
