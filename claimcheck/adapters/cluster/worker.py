"""What workers run. What is expected to fail comes back as a value: Dask logs what raises, with what it was told."""

import asyncio
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from claimcheck import __version__
from claimcheck.adapters.openai.failure import Failure, Kind
from claimcheck.adapters.openai.wire import Question, Reply, Wire
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Usage
from claimcheck.domain.paper import Paper
from claimcheck.errors import ClaimcheckError
from claimcheck.ports import Answer, Judge, JudgeName, UnusableAnswer


@dataclass(frozen=True)
class Program:
    """What a process runs: claimcheck's, Python's and Dask's version and its judge; and whether it has a model server's key."""

    claimcheck: str
    python: str
    dask: str
    judge: JudgeName | None = None
    has_key: bool = False


@dataclass(frozen=True)
class Unusable:
    """An `UnusableAnswer`, as it travels."""

    why: str
    usage: Usage
    raw: str


@dataclass(frozen=True)
class WrongWorker:
    """This worker cannot do it as it was asked to be done."""

    why: str


@dataclass(frozen=True, repr=False)
class Reading:
    """A reading to be made. Not shown: it holds texts."""

    claim: Claim
    paper: Paper
    attempt: int


@dataclass(frozen=True, repr=False)
class Readings:
    """Readings to be made, one after the other, by a judge of a kind, which must be the very judge that is named. Not shown."""

    kind: str
    judge: JudgeName
    wanted: tuple[Reading, ...]


@dataclass(frozen=True, repr=False)
class Request:
    """A request to be sent to a model server, and to be over in `most` seconds. Not shown: it holds texts."""

    model: str
    base_url: str | None
    timeout: float
    question: Question
    room: int
    left_out: frozenset[str]
    most: float


def program(kind: str | None) -> Program | WrongWorker:
    """Tell what this process runs, with its judge of a kind."""
    from importlib.metadata import version

    python = ".".join(platform.python_version_tuple()[:2])
    try:
        name = judge_of(kind).name if kind else None
    except ClaimcheckError as wrong:
        return WrongWorker(str(wrong))
    return Program(__version__, python, version("distributed"), name, bool(os.environ.get("OPENAI_API_KEY")))


Outcome = Answer | Unusable | WrongWorker


def read(task: Readings) -> list[Outcome]:
    """Make readings; return what came of each."""
    try:
        judge = judge_of(task.kind)
    except ClaimcheckError as wrong:
        return [WrongWorker(str(wrong))] * len(task.wanted)
    if judge.name != task.judge:
        here, there = judge.name, task.judge
        other = WrongWorker(f"it has the judge {here.model} ({here.prompt}), not {there.model} ({there.prompt})")
        return [other] * len(task.wanted)
    return asyncio.run(_read(judge, task.wanted))


async def _read(judge: Judge, wanted: Sequence[Reading]) -> list[Outcome]:
    return [await _one(judge, reading) for reading in wanted]


async def _one(judge: Judge, reading: Reading) -> Outcome:
    try:
        return await judge.read(reading.claim, reading.paper, reading.attempt)
    except UnusableAnswer as wrong:
        return Unusable(str(wrong), wrong.usage, wrong.raw)
    except ClaimcheckError as wrong:
        return WrongWorker(str(wrong))


async def send(task: Request) -> tuple[Reply | Failure, frozenset[str]]:
    """Send a request; return what came of it, and which parameters the server is known to refuse."""
    try:
        wire = _wires.of(task)
    except ClaimcheckError as wrong:
        return Failure(Kind.DENIED, str(wrong)), frozenset()
    wire.leave_out(task.left_out)
    outcome = await wire.send(task.question, task.room, task.most)
    return outcome, wire.left_out


@cache
def judge_of(kind: str) -> Judge:
    """Return the judge of a kind, `lexical`, `embedded` or `embedded:FOLDER`, loaded once a process."""
    if kind == "lexical":
        from claimcheck.adapters.embedded.lexical import LexicalJudge

        return LexicalJudge()
    from claimcheck.adapters.embedded.judge import EmbeddedJudge
    from claimcheck.adapters.embedded.network import Network, shipped

    folder = kind.partition(":")[2]
    return EmbeddedJudge(Network.load(Path(folder)) if folder else shipped())


@dataclass
class _Wires:
    """The connections of this process, each used by one event loop; keys are those of its own environment."""

    known: dict[tuple[object, ...], Wire] = field(default_factory=dict)

    def of(self, task: Request) -> Wire:
        base_url = os.environ.get("OPENAI_BASE_URL") or task.base_url
        name = (asyncio.get_running_loop(), task.model, base_url, task.timeout)
        if name not in self.known:
            key = os.environ.get("OPENAI_API_KEY")
            self.known[name] = Wire(model=task.model, api_key=key, base_url=base_url, timeout=task.timeout)
        return self.known[name]


_wires = _Wires()
