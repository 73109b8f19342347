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

    A call is paid for in advance at its highest likely cost. Where only calls under way stand between the next call and the
    limit, it waits until they have settled for less. `note` keeps what a call may cost before it is made, so that a run which is
    killed meanwhile does not forget it.
    """

    price_prompt: float | None = None
    price_completion: float | None = None
    max_cost: float | None = None
    max_calls: int | None = None
    spent: Usage = field(default_factory=Usage)
    note: Callable[[Usage], None] | None = None
    _under_way: list[Usage] = field(default_factory=list)
    _settled: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        """Refuse a limit in money that cannot be kept."""
        if self.max_cost is not None and (self.price_prompt is None or self.price_completion is None):
            raise UsageError(
                "a limit on cost needs the model's prices: set the price of prompt and completion tokens, or limit calls"
            )

    def usage(self, prompt_tokens: int, completion_tokens: int, estimated: bool = False) -> Usage:
        """Return what one call took."""
        usd = (prompt_tokens * (self.price_prompt or 0) + completion_tokens * (self.price_completion or 0)) / _MILLION
        return Usage(1, prompt_tokens, completion_tokens, usd, estimated)

    async def reserve(self, highest: Usage) -> None:
        """Set aside the highest likely cost of a call; raise `BudgetReached` where it may not be made."""
        async with self._settled:
            while True:
                self._check_calls()
                if self.max_cost is None or self._committed() + highest.usd <= self.max_cost:
                    break
                if not self._under_way:
                    raise BudgetReached(
                        f"the cost allowed is reached ({self.spent.usd:.4f} of {self.max_cost:.4f} USD spent, the next call may "
                        f"take {highest.usd:.4f}); all finished work is kept: raise the limit and run again to go on"
                    )
                await self._settled.wait()
            self._under_way.append(highest)

    async def settle(self, reserved: Usage, took: Usage) -> None:
        """Replace what was set aside by what the call took."""
        async with self._settled:
            self._under_way.remove(reserved)
            self.spent += took
            self._settled.notify_all()

    def _check_calls(self) -> None:
        made = self.spent.calls + len(self._under_way)
        if self.max_calls is not None and made >= self.max_calls:
            raise BudgetReached(
                f"the calls allowed are made ({made} of {self.max_calls}); all finished work is kept: raise the limit and run "
                "again to go on"
            )

    def _committed(self) -> float:
        return self.spent.usd + sum(u.usd for u in self._under_way)
