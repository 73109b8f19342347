"""How a cluster is started or found: `local:N` on this machine, anything else where Dask's scheduler is."""

import asyncio
import logging
import os
import re
import signal
from importlib.util import find_spec
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

from claimcheck.errors import JudgeUnavailable, UsageError

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

_LOCAL = re.compile(r"local:([0-9]{1,3})")
_FIRST = 30.0  # seconds for the first connection


def count(address: str) -> int | None:
    """Return how many workers a cluster of this machine is to have; None for one that is elsewhere."""
    found = _LOCAL.fullmatch(address)
    return int(found[1]) if found else None


def require(address: str) -> None:
    """Raise `UsageError` where a library is missing."""
    if find_spec("distributed") is None:
        raise UsageError("--cluster needs Dask; install it: pip install 'claimcheck[cluster]'")
    if count(address) and find_spec("cryptography") is None:
        raise UsageError(
            "--cluster local:N needs the package cryptography, for without it anybody on this machine could give its workers "
            "orders; install it: pip install cryptography"
        )


async def start(address: str) -> "LocalCluster | None":
    """Start the cluster of this machine, where that is what is wanted: a process a worker, behind TLS with a passing key."""
    workers = count(address)
    _quiet()
    if workers is None:
        return None
    from distributed import LocalCluster
    from distributed.security import Security

    # A run that is left at a signal says one line; Python's tracker would add that it cleans up after it.
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (os.environ.get("PYTHONWARNINGS"), "ignore:resource_tracker")))
    _leave_ctrl_c_alone()
    return await LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        protocol="tls",
        security=Security.temporary(),  # type: ignore[no-untyped-call]
        dashboard_address="127.0.0.1:0",  # without one, Dask's web pages would be open to other machines
        worker_dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
        asynchronous=True,
    )


async def connect(address: str, started: "LocalCluster | None", patience: float) -> "Client":
    """Return a client of a cluster; one whose scheduler goes away waits `patience` seconds for it."""
    from distributed import Client

    options = {"asynchronous": True, "set_as_default": False, "timeout": patience, "name": "claimcheck"}
    client: Client | None = None
    try:
        client = Client(started or address, **options)  # type: ignore[no-untyped-call]
        async with asyncio.timeout(min(_FIRST, patience)):
            await client
            return client
    except (OSError, TypeError, ValueError) as wrong:  # TimeoutError is among the first; the others are TLS settings
        if client is not None:
            await client.close(timeout=1)  # type: ignore[no-untyped-call]
        raise JudgeUnavailable(
            f"the cluster at {address} does not answer ({type(wrong).__name__}); start its scheduler, or correct the address"
        ) from None


def _leave_ctrl_c_alone() -> None:
    """Have no process that is started from this thread on hear Ctrl-C in a terminal, which goes to all of them.

    What is still kept is for the run to decide. The tracker comes first, because starting it unblocks the signal.
    """
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _quiet() -> None:
    """Let Dask's own log be heard only by who asked for all: it tells of every worker's comings and goings."""
    import distributed  # noqa: F401 - its loggers are made when it is imported

    if logging.getLogger().getEffectiveLevel() > logging.DEBUG:
        for name in list(logging.root.manager.loggerDict):
            if name.partition(".")[0] == "distributed":
                logging.getLogger(name).setLevel(logging.CRITICAL)
