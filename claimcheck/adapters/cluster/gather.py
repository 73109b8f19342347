"""Work that is asked for piece by piece and handed out in groups: what a task costs of itself is then shared by its pieces.

A piece waits a moment for others, and no longer for a group to fill. Without that moment pieces would go out one by one whenever
workers are quicker than who asks, who then pays a task's price for each, and asks the more slowly.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

A = TypeVar("A")
T = TypeVar("T")
AHEAD = 2  # groups a thread: the one that it works on, and its next, so that it waits for none
MOST = 16  # pieces of a group
_MOMENT = 0.05  # seconds


class Gathering(Generic[A, T]):
    """Gathers pieces of work. `room` says how much weight a group has room for; a piece that is heavier goes alone."""

    def __init__(
        self,
        send: Callable[[Sequence[A]], Awaitable[Sequence[T]]],
        threads: Callable[[], int],
        weight: Callable[[A], int],
        room: int,
    ) -> None:
        """Take what sends a group and returns what came of each piece, and how many threads there are to work."""
        self._send, self._threads, self._weight, self._room = send, threads, weight, room
        self._waiting: deque[tuple[A, asyncio.Future[T]]] = deque()
        self._sent: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._soon: asyncio.TimerHandle | None = None

    async def ask(self, piece: A) -> T:
        """Return what comes of a piece; raise what its group raises."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # what an earlier loop left behind is of no use to anybody
            self._waiting.clear()
            self._sent.clear()
            self._loop, self._soon = loop, None
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.append((piece, future))
        if self._soon is None or len(self._waiting) == MOST:
            self._soon = loop.call_later(_MOMENT if len(self._waiting) < MOST else 0, self._spread)
        return await future

    def _spread(self) -> None:
        """Send groups as long as there is somebody to work on them."""
        self._soon = None
        while self._waiting and len(self._sent) < self._most_sent:
            task = asyncio.create_task(self._of(self._next()))
            self._sent.add(task)
            task.add_done_callback(self._ended)

    @property
    def _most_sent(self) -> int:
        return AHEAD * max(1, self._threads())

    def _next(self) -> list[tuple[A, "asyncio.Future[T]"]]:
        """Return the next group: a fair share of what waits, within its room."""
        share = min(MOST, -(-len(self._waiting) // (self._most_sent - len(self._sent))))
        group = [self._waiting.popleft()]
        left = self._room - self._weight(group[0][0])
        while self._waiting and len(group) < share and (heavy := self._weight(self._waiting[0][0])) <= left:
            group.append(self._waiting.popleft())
            left -= heavy
        return group

    async def _of(self, group: list[tuple[A, "asyncio.Future[T]"]]) -> None:
        waiting = [(piece, future) for piece, future in group if not future.done()]  # the others were cancelled meanwhile
        if not waiting:
            return
        (found,) = await asyncio.gather(self._send([piece for piece, _ in waiting]), return_exceptions=True)
        for at, (_, future) in enumerate(waiting):
            if future.done():
                continue
            if isinstance(found, BaseException):
                future.set_exception(found)
            else:
                future.set_result(found[at])

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._sent.discard(task)
        if not task.cancelled() and (self._soon is None or len(self._waiting) >= MOST):
            self._spread()
