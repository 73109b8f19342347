"""A judge whose readings are made by a cluster's workers, several at a time."""

import asyncio
from collections.abc import Sequence

from claimcheck.adapters.cluster import worker
from claimcheck.adapters.cluster.gather import AHEAD, MOST, Gathering
from claimcheck.adapters.cluster.pool import Cluster
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Usage
from claimcheck.domain.paper import Paper
from claimcheck.errors import JudgeUnavailable
from claimcheck.ports import Answer, Judge, Question, QuestionMaterial, UnusableAnswer

_ROOM = 200  # sentences of a task: about a second's work


class ClusterJudge:
    """Reads as `here` does, which is the judge of that kind in this process, and is kept under the same name."""

    def __init__(self, cluster: Cluster, here: Judge, kind: str) -> None:
        self._cluster, self._here, self._kind = cluster, here, kind
        self.name, self.can_reread = here.name, here.can_reread
        self._readings: Gathering[worker.Reading, worker.Outcome | JudgeUnavailable] = Gathering(
            self._made, lambda: cluster.threads, _sentences, _ROOM
        )

    @staticmethod
    def most_at_once(cluster: Cluster) -> int:
        """Return how many readings may be asked for at once so that no worker waits for its next ones."""
        return AHEAD * MOST * max(1, cluster.threads)

    async def read(self, claim: Claim, paper: Paper, attempt: int = 1) -> Answer:
        """Have a worker read the paper; another one, when that is lost."""
        found = await self._readings.ask(worker.Reading(claim, paper, attempt))
        if isinstance(found, worker.Unusable):
            raise UnusableAnswer(found.why, found.usage, found.raw)
        if isinstance(found, worker.WrongWorker):
            raise JudgeUnavailable(
                f"a worker that joined the cluster cannot be used: {found.why}; make it like this one", breaker=True
            )
        if isinstance(found, JudgeUnavailable):
            raise found
        return found

    async def phrases(self, claim: Claim) -> tuple[tuple[str, ...], Usage]:
        """Return the phrases of the judge in this process."""
        return await self._here.phrases(claim)

    async def questions(self, material: Sequence[QuestionMaterial]) -> tuple[tuple[Question, ...], Usage]:
        """Return the questions of the judge in this process."""
        return await self._here.questions(material)

    async def _made(self, readings: Sequence[worker.Reading]) -> Sequence[worker.Outcome | JudgeUnavailable]:
        """Have readings made. When all are lost together, each is given out alone: one of them may be what ends its worker."""
        try:
            return await self._cluster.compute(worker.read, self._task(readings), tries=1)
        except JudgeUnavailable as wrong:
            if wrong.breaker:
                raise
        return await asyncio.gather(*map(self._alone, readings))

    async def _alone(self, reading: worker.Reading) -> worker.Outcome | JudgeUnavailable:
        try:
            (found,) = await self._cluster.compute(worker.read, self._task([reading]))
        except JudgeUnavailable as wrong:
            return wrong
        return found

    def _task(self, readings: Sequence[worker.Reading]) -> worker.Readings:
        return worker.Readings(self._kind, self.name, tuple(readings))


def _sentences(reading: worker.Reading) -> int:
    return 1 + len(reading.paper.sentences)
