"""Refreshes with batches in this process, over a real judge, ledger and server, with a clock of their own and deaths at will."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from inspect import isasyncgen, iscoroutine
from pathlib import Path
from typing import Any

from claimcheck.adapters.ledger import SqlLedger
from claimcheck.adapters.ledger.account import Account
from claimcheck.adapters.openai.batch import Limits
from claimcheck.adapters.openai.judge import OpenAIJudge
from claimcheck.agent import graph
from claimcheck.agent.state import Batching, Context, State
from claimcheck.domain.claim import Claim, Inquiry
from claimcheck.domain.evidence import Usage
from tests.fakes import FakeLibrary, SilentProgress
from tests.integration.model_server import prompts
from tests.servers import Server
from tests.unit.test_graph import TODAY, claim, paper

PAPERS = [paper("2505.00001"), *(paper(f"2506.0000{n}") for n in range(1, 8))]
CLAIMS = (claim(), replace(claim("second", ()), text="Reasoning training improves instruction adherence."))
BEGAN = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Killed(Exception):
    """The run died here."""


@dataclass
class Mortal:
    """Anything, of which each call is a step before and a step after; dies at the step it was told, once."""

    wrapped: Any
    life: "Life"

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.wrapped, name)
        return self._watched(found) if callable(found) else found

    def _watched(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*given: Any, **named: Any) -> Any:
            self.life.step()
            outcome = call(*given, **named)
            if iscoroutine(outcome):
                return self._awaited(outcome)
            if isasyncgen(outcome):
                return self._iterated(outcome)
            self.life.step()
            return outcome

        return watched

    async def _awaited(self, outcome: Any) -> Any:
        found = await outcome
        self.life.step()
        return found

    async def _iterated(self, outcome: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for found in outcome:
            self.life.step()
            yield found


@dataclass
class Life:
    """Counts steps over all runs of a place, and ends one run at the step `last`."""

    last: int | None = None
    steps: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.last:
            raise Killed


@dataclass
class Place:
    """A folder in which refreshes run one after the other, a server, and the time."""

    home: Path
    server: Server
    now: datetime = BEGAN
    life: Life = field(default_factory=Life)
    judge: dict[str, Any] = field(default_factory=dict)
    on: bool = True
    wait: float = 0.0
    limits: Limits | None = None
    papers: list[Any] = field(default_factory=lambda: list(PAPERS))
    claims: tuple[Claim, ...] = CLAIMS
    more: dict[str, Any] = field(default_factory=dict)
    accounted: bool = False  # whether a run counts what those before it took that came to no end, as none of these do

    @property
    def desk(self) -> Any:
        return self.server.batches

    @property
    def today(self) -> date:
        return TODAY

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def refresh(self, **change: Any) -> State:
        for name, value in change.items():
            setattr(self, name, value)
        return asyncio.run(self._refresh())

    def settled(self) -> State:
        """Refresh until nothing is under way, two minutes apart, also over deaths."""
        for _ in range(8):
            try:
                state = self.refresh()
            except Killed:
                state = None
            if state and not state["pending"]:
                return state
            self.later(minutes=2)
        raise AssertionError("it never ends")

    def spent(self) -> Usage:
        with closing(SqlLedger.open(None, self.home)) as ledger:
            return ledger.spent(self.today)

    def open(self) -> int:
        with closing(SqlLedger.open(None, self.home)) as ledger:
            return len(ledger.batches.open_batches(self.server.url))

    async def _refresh(self) -> State:
        async def sleep(seconds: float) -> None:
            self.now += timedelta(seconds=seconds)
            await asyncio.sleep(0)

        given: dict[str, Any] = {"model": "local", "api_key": "sk-test-1", "base_url": f"{self.server.url}/v1", "timeout": 20.0}
        with closing(SqlLedger.open(None, self.home)) as ledger:
            account = Account(ledger, self.today)
            kept = {"spent": account.spent, "note": account.note} if self.accounted else {}
            judge = OpenAIJudge(**given | {"prompts": prompts(), "sleep": sleep} | kept | self.judge)
            desk = judge.batches(limits=self.limits)
            batching = Batching(
                Mortal(desk, self.life),
                Mortal(ledger.batches, self.life),
                self.on,
                self.wait,
                lambda: self.now,
                sleep,
            )
            context = Context(
                library=FakeLibrary(self.papers),
                judge=judge,
                ledger=ledger,
                progress=SilentProgress(),
                today=self.today,
                run_id=ledger.start_run(self.today, judge.name, "h"),
                batching=batching,
                **self.more,
            )
            account.open(context.run_id)
            state: State = {
                "inquiries": (Inquiry("q", "Does it?"),),
                "claims": self.claims,
                "reads": [],
                "gaps": [],
                "answered": 0,
            }
            try:
                return await graph.run(state, context)
            finally:
                await judge.close()
                await desk.close()


def fresh(template: Path, home: Path) -> Path:
    """A folder with an empty ledger that is not migrated anew each time."""
    if not template.exists():
        SqlLedger.open(None, template).close()
    shutil.copytree(template, home)
    return home
