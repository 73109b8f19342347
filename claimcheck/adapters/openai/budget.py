"""What judge calls may still be made, and what they took. The estimates are on the high side: a budget is never overspent."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from claimcheck.domain.evidence import Usage
from claimcheck.errors import BudgetReached, UsageError

_MILLION = 1_000_000


def tokens(text: str) -> int:
    """Return at least as many tokens as a text is likely to have."""
    return math.ceil(len(text.encode("utf-8", "replace")) / 2.5)


@dataclass
class Budget:
    """Counts calls and money over a run. Prices are US dollars for a million tokens; `spent` is what the day took already.

    `price_cached` is that of prompt tokens which the server had in its cache, where it says how many: as others, if not given.

    A call is paid for in advance at its highest likely cost. Where only calls under way stand between the next call and the
    limit, it waits until they have settled for less. `note` keeps what a call may cost before it is made, so that a run which is
    killed meanwhile does not forget it. A batch is paid for and kept in advance too, and nothing waits for it to settle.
    """

    price_prompt: float | None = None
    price_completion: float | None = None
    max_cost: float | None = None
    max_calls: int | None = None
    spent: Usage = field(default_factory=Usage)
    note: Callable[[Usage], None] | None = None
    price_cached: float | None = None
    _under_way: list[Usage] = field(default_factory=list)
    _handed_in: dict[str, Usage] = field(default_factory=dict)
    _settled: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        """Refuse a limit in money that cannot be kept."""
        if self.max_cost is not None and (self.price_prompt is None or self.price_completion is None):
            raise UsageError(
                "a limit on cost needs the model's prices: set the price of prompt and completion tokens, or limit calls"
            )

    def usage(
        self, prompt_tokens: int, completion_tokens: int, cached: int = 0, *, estimated: bool = False, part: float = 1.0
    ) -> Usage:
        """Return what one call took, at this part of the price; of the prompt's tokens so many were cached."""
        price = self.price_prompt or 0
        prompt = (prompt_tokens - cached) * price + cached * (price if self.price_cached is None else self.price_cached)
        usd = part * (prompt + completion_tokens * (self.price_completion or 0)) / _MILLION
        return Usage(1, prompt_tokens, completion_tokens, usd, estimated)

    async def reserve(self, highest: Usage) -> None:
        """Set aside the highest likely cost of a call; raise `BudgetReached` where it may not be made."""
        async with self._settled:
            while True:
                self._check_calls()
                if self.max_cost is None or self._committed() + highest.usd <= self.max_cost:
                    break
                if not self._under_way:
                    raise self._too_dear(highest)
                await self._settled.wait()
            self._under_way.append(highest)

    async def settle(self, reserved: Usage, took: Usage) -> None:
        """Replace what was set aside by what the call took."""
        async with self._settled:
            self._under_way.remove(reserved)
            self.spent += took
            self._settled.notify_all()

    def check(self, highest: Usage) -> None:
        """Raise `BudgetReached` where calls that together take this at most may not be handed in as a batch."""
        self._check_calls(highest.calls)
        if self.max_cost is not None and self._committed() + highest.usd > self.max_cost:
            raise self._too_dear(highest)

    def hand_in(self, batch: str, highest: Usage) -> None:
        """Set aside what a batch may take, and keep it before it is sent; `check` says whether it may be."""
        if self.note:
            self.note(highest)
        self._handed_in[batch] = highest

    def collect(self, batch: str, took: Usage) -> None:
        """Replace what was set aside for a batch by what it took; one of an earlier run was that run's expense."""
        if self._handed_in.pop(batch, None):
            self.spent += took

    def _check_calls(self, more: int = 1) -> None:
        made = self.spent.calls + len(self._under_way) + sum(u.calls for u in self._handed_in.values())
        if self.max_calls is not None and made + more > self.max_calls:
            raise BudgetReached(
                f"the calls allowed are made ({made} of {self.max_calls}); all finished work is kept: raise the limit and run "
                "again to go on"
            )

    def _too_dear(self, highest: Usage) -> BudgetReached:
        spent = self._committed()
        return BudgetReached(
            f"the cost allowed is reached ({spent:.4f} of {self.max_cost:.4f} USD spent, the next call may take "
            f"{highest.usd:.4f}); all finished work is kept: raise the limit and run again to go on"
        )

    def _committed(self) -> float:
        return self.spent.usd + sum(u.usd for u in (*self._under_way, *self._handed_in.values()))
