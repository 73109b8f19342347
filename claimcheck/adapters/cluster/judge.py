"""A judge whose readings are made by a cluster's workers."""

from collections.abc import Sequence

from claimcheck.adapters.cluster import worker
from claimcheck.adapters.cluster.pool import Cluster
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Usage
from claimcheck.domain.paper import Paper
from claimcheck.errors import JudgeUnavailable
from claimcheck.ports import Answer, Judge, Question, QuestionMaterial, UnusableAnswer


class ClusterJudge:
    """Reads as `here` does, which is the judge of that kind in this process, and is kept under the same name."""

    def __init__(self, cluster: Cluster, here: Judge, kind: str) -> None:
        self._cluster, self._here, self._kind = cluster, here, kind
        self.name, self.can_reread = here.name, here.can_reread

    async def read(self, claim: Claim, paper: Paper, attempt: int = 1) -> Answer:
        """Have a worker read the paper; another one, when that is lost."""
        task = worker.Reading(self._kind, self.name, claim, paper, attempt)
        found = await self._cluster.compute(worker.read, task)
        if isinstance(found, worker.Unusable):
            raise UnusableAnswer(found.why, found.usage, found.raw)
        if isinstance(found, worker.WrongWorker):
            raise JudgeUnavailable(
                f"a worker that joined the cluster cannot be used: {found.why}; make it like this one", breaker=True
            )
        return found

    async def phrases(self, claim: Claim) -> tuple[tuple[str, ...], Usage]:
        """Return the phrases of the judge in this process."""
        return await self._here.phrases(claim)

    async def questions(self, material: Sequence[QuestionMaterial]) -> tuple[tuple[Question, ...], Usage]:
        """Return the questions of the judge in this process."""
        return await self._here.questions(material)
