"""Requests to a model server that go out from a cluster's workers, each one once; what a loss costs is told to who counts."""

from claimcheck.adapters.cluster import worker
from claimcheck.adapters.cluster.pool import Cluster, WorkerLost
from claimcheck.adapters.openai.failure import Failure, Kind
from claimcheck.adapters.openai.wire import Question, Reply, Wire


class ClusterWire(Wire):
    """A wire from the workers. The key is that of each worker's own environment."""

    most_at_once = 1024  # the workers share the bookkeeping

    def __init__(self, cluster: Cluster, *, model: str, api_key: str | None, base_url: str | None, timeout: float) -> None:
        super().__init__(model=model, api_key=api_key, base_url=base_url, timeout=timeout)
        self._cluster, self._asked = cluster, (model, base_url, timeout)

    async def send(self, question: Question, room: int, most: float = float("inf")) -> Reply | Failure:
        """Send one request from a worker. One whose worker was lost may have been worked on, and may be asked again."""
        seconds = min(self._asked[2], most)
        task = worker.Request(*self._asked, question, room, self.left_out, seconds)
        try:
            outcome, left_out = await self._cluster.once(worker.send, task, seconds)
        except WorkerLost as wrong:
            return Failure(Kind.AGAIN, str(wrong), billed=True)
        self.leave_out(left_out)
        return outcome
