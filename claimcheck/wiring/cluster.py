"""The cluster that the settings name, and the judges that read over it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from claimcheck.config import Settings
from claimcheck.deadline import Deadline
from claimcheck.ports import Judge, Progress

if TYPE_CHECKING:
    from claimcheck.adapters.cluster import Cluster
    from claimcheck.adapters.openai.wire import Wire


@contextmanager
def cluster(settings: Settings, progress: Progress, run: Deadline) -> "Iterator[Cluster | None]":
    """Connect to the cluster that the settings name, where there is one and the judge is one that it can help.

    Ctrl-C lets workers that are starting get through it: one whose parent is gone before it has begun complains at length.
    """
    if settings.cluster is None or settings.judge_kind.startswith("recorded"):
        yield None
        return
    from claimcheck.adapters.cluster import Cluster

    progress.stage("cluster", 1)
    with ExitStack() as stack:
        with run.item():
            found = stack.enter_context(Cluster(settings.cluster))
        found.refuse_unlike(None if settings.judge_kind == "openai" else settings.judge_kind, with_key=bool(settings.api_key))
        progress.step()
        yield found


def over_cluster(found: "Cluster", here: Judge, kind: str) -> Judge:
    """Return a judge that costs nothing, with a cluster's workers in its place."""
    from claimcheck.adapters.cluster import ClusterJudge

    return ClusterJudge(found, here, kind)


def wire(found: "Cluster | None", settings: Settings, model: str) -> "Wire | None":
    """Return how requests to a model go out from a cluster's workers; None where this process sends them."""
    if found is None:
        return None
    from claimcheck.adapters.cluster import ClusterWire

    return ClusterWire(found, model=model, api_key=settings.api_key, base_url=settings.base_url, timeout=settings.judge_timeout)


def under_way(found: "Cluster | None", settings: Settings, reader: Judge) -> int:
    """Return how many readings may be under way: as many as calls are allowed; those that cost nothing, as keep workers busy.

    A call that reads for several claims is several readings.
    """
    if reader.name.kind == "openai":
        return settings.concurrency * settings.claims_per_call
    if found is None:
        return settings.concurrency
    from claimcheck.adapters.cluster import ClusterJudge

    return max(settings.concurrency, ClusterJudge.most_at_once(found))
