"""The connection to a cluster: work goes to its workers, and what becomes of a lost worker or scheduler is decided here.

    a worker dies, a reading was with it   Dask has another worker make it; what Dask gives up is given out again, `tries` times
    a worker dies, a request was with it   `WorkerLost`: who sent it counts it as paid, and may send it again
    the scheduler goes away                all that was with it is given out again when it is back; after `patience` seconds, or
                                           without a worker for so long, every reading is a gap and the run ends with exit 5

Requests that cost money are no tasks of Dask's: each is a message to a worker that is chosen here. A task would be run again by
Dask itself, silently, whenever a worker closes, and there is no option that forbids it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from claimcheck.adapters.cluster import start, worker
from claimcheck.adapters.cluster.alike import unlike
from claimcheck.adapters.cluster.background import Background
from claimcheck.errors import JudgeUnavailable, Refused

if TYPE_CHECKING:
    from distributed import Client

logger = logging.getLogger(__name__)
A = TypeVar("A")
T = TypeVar("T")
_STEP = 0.5  # seconds between two looks at the workers
_MARGIN = 10.0  # seconds that a request may take beyond its own limit


class WorkerLost(Exception):
    """The worker that had a request is gone, or does not answer: the request may have been worked on."""


class Cluster:
    """A cluster that is connected to. Use as a context manager; work may come from any event loop."""

    def __init__(self, address: str, *, patience: float = 60.0, tries: int = 4) -> None:
        """Take an address (`tcp://HOST:PORT`, `tls://HOST:PORT`, or `local:N` for one that is started and ended here)."""
        self.address = address
        self._patience, self._tries = patience, tries
        self._background: Background | None = None
        self._busy: Counter[str] = Counter()
        self.lost = 0  # how often work was lost with a worker or a scheduler

    def __enter__(self) -> "Cluster":
        """Connect; raise `JudgeUnavailable` when nobody answers, `UsageError` when the libraries are not there."""
        start.require(self.address)
        self._background = Background()
        try:
            self._background.run(self._open())
        except BaseException:
            self._background.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect, and end what was started here."""
        assert self._background is not None
        self._background.run(self._close())
        self._background.close()

    @property
    def threads(self) -> int:
        """How many tasks the workers can work on at once, as seen last."""
        return sum(self._workers.values())

    @property
    def workers(self) -> tuple[str, ...]:
        """The addresses of the workers, as seen last."""
        return tuple(sorted(self._workers))

    def refuse_unlike(self, kind: str | None, *, with_key: bool) -> None:
        """Raise `Refused` when a worker runs another program than this process, or lacks the key that this one has."""
        assert self._background is not None
        there = self._background.run(self._ask_all(worker.program, kind))
        differences = unlike(worker.program(kind), there, with_key=with_key)
        if differences:
            raise Refused(differences[:1])

    async def compute(self, work: Callable[[A], T], told: A, *, tries: int | None = None) -> T:
        """Have a worker compute something that costs nothing; raise `JudgeUnavailable` when that cannot be had."""
        assert self._background is not None
        return await self._background.within(self._compute(work, told, tries or self._tries))

    async def once(self, work: Callable[[A], Coroutine[Any, Any, T]], told: A, seconds: float) -> T:
        """Have one worker do something that is to be done once, within so many seconds; raise `WorkerLost`."""
        assert self._background is not None
        return await self._background.within(self._once(work, told, seconds))

    async def _open(self) -> None:
        self._gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._started = await start.start(self.address)
        self._client: Client = await start.connect(self.address, self._started, self._patience)
        self._workers: dict[str, int] = {}
        await self._first_workers()
        self._watching = asyncio.create_task(self._watch())

    async def _first_workers(self) -> None:
        end = asyncio.get_running_loop().time() + self._patience
        expected = start.count(self.address) or 1
        while len(self._workers) < expected:
            if asyncio.get_running_loop().time() > end:
                await self._end_all()
                raise JudgeUnavailable(f"the cluster at {self.address} has no worker; start one and run again")
            self._workers = await self._threads_now()
            await asyncio.sleep(0 if len(self._workers) >= expected else 0.05)

    async def _close(self) -> None:
        self._watching.cancel()
        await self._end_all()

    async def _end_all(self) -> None:
        try:
            async with asyncio.timeout(10):
                await self._client.close()  # type: ignore[no-untyped-call]
                if self._started is not None:
                    await self._started.close()  # type: ignore[misc]
        except (OSError, TimeoutError):
            logger.info("the cluster did not close in time")

    async def _ask_all(self, work: Callable[[A], T], told: A) -> Mapping[str, T | Exception]:
        found: Mapping[str, T | Exception] = await self._client.run(work, told, on_error="return")
        return found

    async def _compute(self, work: Callable[[A], T], told: A, tries: int) -> T:
        from distributed import CancelledError, KilledWorker

        for _ in range(tries):
            await self._connected()
            future = self._client.submit(work, told, pure=False, retries=0)
            try:
                return await self._unless_gone(future)
            except (KilledWorker, CancelledError, OSError) as wrong:
                self._note(f"readings were lost ({type(wrong).__name__}) and are given out again")
        raise JudgeUnavailable(f"the cluster lost it {tries} times; look at its workers, then run again to go on")

    async def _once(self, work: Callable[[A], Coroutine[Any, Any, T]], told: A, seconds: float) -> T:
        from distributed import CancelledError

        await self._connected()
        chosen = await self._least_busy()
        self._busy[chosen] += 1
        try:
            async with asyncio.timeout(seconds + _MARGIN):
                found = await self._unless_gone(self._client.run(work, told, workers=[chosen]))
            done: T = found[chosen]
        except (OSError, CancelledError, KeyError) as wrong:  # TimeoutError and broken connections are among the first
            self._note(f"the worker at {chosen} was lost with a request ({type(wrong).__name__})")
            raise WorkerLost(f"the worker that sent it was lost ({type(wrong).__name__})") from wrong
        else:
            return done
        finally:
            self._busy[chosen] -= 1

    async def _threads_now(self) -> dict[str, int]:
        return dict(await self._client.nthreads())  # type: ignore[no-untyped-call]

    async def _least_busy(self) -> str:
        """Return a worker that is there now."""
        while True:
            self._workers = await self._unless_gone(self._threads_now())
            if self._workers:
                return min(sorted(self._workers), key=lambda name: self._busy[name] / self._workers[name])
            await self._unless_gone(asyncio.sleep(_STEP))

    async def _connected(self) -> None:
        """Wait until the scheduler is there; raise `JudgeUnavailable` when it was waited for long enough."""
        await self._unless_gone(asyncio.sleep(0))
        while self._client.status != "running":
            await self._unless_gone(asyncio.sleep(0.05))

    async def _unless_gone(self, work: Awaitable[T]) -> T:
        """Return what work comes to; raise `JudgeUnavailable` as soon as the cluster is known to be gone."""
        doing = asyncio.ensure_future(work)
        try:
            either: set[asyncio.Future[Any]] = {doing, self._gone}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._gone.done():
                raise JudgeUnavailable(self._gone.result(), breaker=True)
            return doing.result()
        finally:
            doing.cancel()

    async def _watch(self) -> None:
        """Look at the workers until there are none for too long."""
        seen = now = asyncio.get_running_loop().time()
        while now - seen < self._patience and self._client.status != "closed":
            await asyncio.sleep(_STEP)
            now = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(5):
                    if self._client.status == "running":
                        self._workers = await self._threads_now()
                        seen = now if self._workers else seen
            except OSError:  # TimeoutError is one
                logger.info("the scheduler at %s does not answer", self.address)
        what = "scheduler does not answer" if self._client.status != "running" else "has had no worker"
        why = f"the cluster at {self.address}: its {what} for {self._patience:g} s; all finished work is kept: run again to go on"
        logger.warning("%s", why)
        self._gone.set_result(why.replace("its has", "it has"))

    def _note(self, what: str) -> None:
        self.lost += 1
        logger.warning("%s", what)
