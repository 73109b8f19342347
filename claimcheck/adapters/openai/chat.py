"""Questions to a model server: the one owner of retries, with a breaker, a bound on calls under way, and the budget.

Every request, retries included, is paid for in advance (`budget.py`). Until one question was settled they go one at a time, so
that a wrong key costs one request and not one for each call under way. Waits grow and are random; a Retry-After is kept, or, when
it is longer than `max_wait`, ends the question; so does its own time, and the run's, which no request or wait outlasts. After
five questions in a row that got no answer the server is left alone; once it has denied us, too. Belongs to one event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import SystemRandom

from claimcheck.adapters.openai.budget import Budget, tokens
from claimcheck.adapters.openai.failure import Failure, Kind
from claimcheck.adapters.openai.wire import Question, Reply, Wire
from claimcheck.deadline import Deadline
from claimcheck.domain.evidence import Usage
from claimcheck.errors import Denied, JudgeUnavailable
from claimcheck.ports import UnusableAnswer

_ROOM, _MOST_ROOM = 1200, 9600
_BREAKER = 5
_FIRST_WAIT = 1.0


class TooLong(Exception):
    """The question does not fit into the model's context."""

    def __init__(self, message: str, usage: Usage) -> None:
        """Keep what asking took."""
        self.usage = usage
        super().__init__(message)


@dataclass(frozen=True)
class Patience:
    """How often and how long to try: tries a question, the longest wait, all it may take with tries and waits, how to wait."""

    tries: int = 4
    max_wait: float = 300.0
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    whole: float = 600.0


class Chat:
    """Asks questions over a wire until they are answered, denied, given up or too dear, or the run's time is over."""

    def __init__(self, wire: Wire, budget: Budget, *, concurrency: int, patience: Patience, run: Deadline | None = None) -> None:
        self._wire, self._budget, self._patience = wire, budget, patience
        self._run = run or Deadline()
        self._slots = asyncio.Semaphore(max(1, min(concurrency, wire.most_at_once)))
        self._alone = asyncio.Lock()
        self._met = asyncio.Event()
        self._denied: str | None = None
        self._failed = 0
        self._room = _ROOM

    @property
    def met(self) -> bool:
        """Tell whether a question was settled already: key, model and parameters are then known to be right, or wrong."""
        return self._met.is_set()

    @property
    def room(self) -> int:
        """How many tokens an answer may take now."""
        return self._wire.room(self._room)

    def highest(self, question: Question, room: int) -> Usage:
        """Return what a request takes at most."""
        asked = sum(tokens(m.content) for m in question.messages) + tokens(str(question.schema))
        return self._budget.usage(asked, room, estimated=True)

    async def ask(self, question: Question) -> tuple[Reply, Usage]:
        """Return the reply and what all requests for it took.

        Raise `Denied`, `JudgeUnavailable`, `BudgetReached`, `TooLong`, and `UnusableAnswer` when the server rejects the question.
        """
        async with self._turn():
            return await self._persist(question)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        async with self._slots:
            if self._met.is_set():
                yield
                return
            await self._alone.acquire()
            if self._met.is_set():
                self._alone.release()
                yield
                return
            try:
                yield
            finally:
                self._alone.release()

    async def _persist(self, question: Question) -> tuple[Reply, Usage]:
        usage, failures, own = Usage(), 0, Deadline(self._patience.whole / 60)
        while True:
            self._check_open()
            outcome, took = await self._request(question, self._run.within(own.left))
            usage += took
            if isinstance(outcome, Reply):
                self._met.set()
                self._failed = 0
                return outcome, usage
            if outcome.kind is Kind.ADAPTED:
                continue
            failures += 1
            self._give_up(outcome, usage, failures)
            asked = outcome.wait or 0.0
            grown = _FIRST_WAIT * 2 ** (failures - 1) * SystemRandom().uniform(0.5, 1.5)
            wait = min(asked + grown, self._patience.max_wait)
            self._check_time(wait, own, outcome)
            await self._patience.sleep(wait)

    async def _request(self, question: Question, most: float) -> tuple[Reply | Failure, Usage]:
        base = self._room
        room = self._wire.room(base)
        highest = self.highest(question, room)
        await self._budget.reserve(highest)
        took = highest  # what a cancelled request may have cost
        try:
            if self._budget.note:
                await asyncio.to_thread(self._budget.note, highest)
            outcome = await self._wire.send(question, room, most)
            took = self._took(outcome, highest)
        finally:
            await self._budget.settle(highest, took)
        if isinstance(outcome, Reply) and outcome.cut:
            self._room = min(max(self._room, 2 * base), _MOST_ROOM)
        return outcome, took

    def _took(self, outcome: Reply | Failure, highest: Usage) -> Usage:
        if isinstance(outcome, Failure):
            return highest if outcome.billed else Usage(calls=1)
        if outcome.tokens:
            return self._budget.usage(*outcome.tokens)
        return self._budget.usage(highest.prompt_tokens, tokens(outcome.text), estimated=True)

    def _check_open(self) -> None:
        if self._denied:
            raise Denied(self._denied)
        if self._failed >= _BREAKER:
            raise JudgeUnavailable(
                f"the model server at {self._wire.place} failed {self._failed} times in a row and is not asked again; "
                "run again to go on",
                breaker=True,
            )

    def _check_time(self, wait: float, own: Deadline, failure: Failure) -> None:
        """Raise when a wait would outlast the run, or what one question may take."""
        if not self._run.allows(wait):
            raise self._run.up()
        if not own.allows(wait):
            self._met.set()
            self._failed += 1
            raise JudgeUnavailable(
                f"the model server at {self._wire.place} gave no answer within {self._patience.whole:g} s, all tries together "
                f"({failure.message}); run again to go on"
            )

    def _give_up(self, failure: Failure, usage: Usage, failures: int) -> None:
        """Raise what a failure ends in, or return when the question is to be asked again."""
        place, said = self._wire.place, failure.message
        if failure.kind is Kind.DENIED:
            self._denied = (
                f"the model server at {place} denies us ({said}); check OPENAI_API_KEY, the account's quota, "
                "CLAIMCHECK_MODEL and OPENAI_BASE_URL, then run again"
            )
            raise Denied(self._denied)
        if failure.kind in (Kind.TOO_LONG, Kind.REJECTED):
            self._met.set()
            self._failed = 0
            if failure.kind is Kind.TOO_LONG:
                raise TooLong(said, usage)
            raise UnusableAnswer(f"the model server rejects the question ({said})", usage)
        too_long_a_wait = failure.wait is not None and failure.wait > self._patience.max_wait
        if failure.kind is Kind.AGAIN and failures < self._patience.tries and not too_long_a_wait:
            return
        self._met.set()
        self._failed += 1
        if too_long_a_wait:
            raise JudgeUnavailable(f"the model server at {place} asks to wait {failure.wait:.0f} s ({said}); run again then")
        tries = "once" if failures == 1 else f"{failures} times"
        raise JudgeUnavailable(f"the model server at {place} was asked {tries} and gave no answer ({said}); run again to go on")
