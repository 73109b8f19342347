"""A Dask cluster in the test's own process: quick to start, and its workers are threads."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def scheduler(workers: int = 2) -> Iterator[str]:
    """Yield the address of its scheduler."""
    from distributed import LocalCluster

    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=workers,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        silence_logs=50,
    ) as cluster:
        yield str(cluster.scheduler_address)
