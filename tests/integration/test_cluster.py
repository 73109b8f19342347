"""A cluster on its bad days: workers that are killed, a scheduler that comes back or does not, Ctrl-C."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="needs Dask, the extra `cluster`")

import psutil  # comes with Dask

from claimcheck.adapters.cluster import Cluster, ClusterWire
from claimcheck.adapters.cluster.pool import WorkerLost
from claimcheck.adapters.openai.failure import Failure, Kind
from claimcheck.adapters.openai.prompts import Message
from claimcheck.adapters.openai.wire import Question
from claimcheck.errors import JudgeUnavailable
from tests.dask_scheduler import scheduler
from tests.e2e.harness import CLAIMCHECK, PAIR, TODAY, Workplace, heed_signals, workplace
from tests.integration.model_server import KEY
from tests.servers import Server

FEW = {"CLAIMCHECK_CANDIDATES": "12"}


def slow(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def broken(_: object) -> None:
    raise OSError("its worker went")


def deadly_once(mark: str) -> str:
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "made"


def wait_for(done: Callable[[], bool], process: "subprocess.Popen[str] | None" = None) -> None:
    end = time.monotonic() + 120
    while not done():
        assert time.monotonic() < end
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.02)


@contextmanager
def left(cluster: Cluster) -> Iterator[None]:
    """Leave a cluster that was entered before."""
    try:
        yield
    finally:
        cluster.__exit__()


# Within a process


def test_what_is_lost_again_and_again_is_given_up_and_named() -> None:
    with scheduler(1) as address, Cluster(address, tries=2) as cluster:
        with pytest.raises(JudgeUnavailable, match="the cluster lost it 2 times") as told:
            asyncio.run(cluster.compute(broken, None))
        assert not told.value.breaker, "other readings may fare better"
        assert cluster.lost == 2


def test_a_scheduler_that_is_gone_for_good_ends_the_wait_of_every_reading() -> None:
    with scheduler(1) as address:
        cluster = Cluster(address, patience=1.0)
        cluster.__enter__()
    with left(cluster):  # its scheduler is gone now; leaving must not hang either
        for _ in range(2):
            with pytest.raises(JudgeUnavailable, match="run again to go on") as told:
                asyncio.run(cluster.compute(slow, 0.0))
            assert told.value.breaker


def test_a_cluster_that_is_not_there_is_told_of_in_one_line() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        nobody = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(JudgeUnavailable, match=r"does not answer \(.*\); start its scheduler, or correct the address"):
        Cluster(nobody, patience=1.0).__enter__()


def test_a_request_whose_worker_is_lost_counts_as_paid_and_is_not_sent_again_by_anybody_but_us() -> None:
    with scheduler(1) as address, Cluster(address) as cluster:
        wire = ClusterWire(cluster, model="m", api_key=KEY, base_url="http://127.0.0.1:9/v1", timeout=1.0)

        async def lost(*_: object) -> None:
            raise WorkerLost("it went")

        cluster.once = lost  # type: ignore[assignment, method-assign]
        outcome = asyncio.run(wire.send(Question((Message("user", "?"),), {}, "reading"), 100))
    assert outcome == Failure(Kind.AGAIN, "it went", billed=True)


# Processes of their own


def listening(port: int) -> bool:
    with closing(socket.socket()) as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def program(*args: str) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen([sys.executable, "-m", *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_scheduler_that_comes_back_gets_everything_again() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    head = ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
    hand = ("distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard")
    with program(*head) as first, program(*hand):
        wait_for(lambda: listening(int(port)))
        cluster = Cluster(address, patience=90)
        cluster.__enter__()

        async def interrupted() -> float:
            reading = asyncio.create_task(cluster.compute(slow, 1.5))
            await asyncio.sleep(0.5)
            first.kill()
            first.wait()
            with program(*head), program(*hand):
                return await reading

        with left(cluster):
            assert asyncio.run(interrupted()) == 1.5
            assert cluster.lost >= 1


def test_a_reading_whose_worker_dies_is_made_by_another(tmp_path: Path) -> None:
    with Cluster("local:2") as cluster:
        assert asyncio.run(cluster.compute(deadly_once, str(tmp_path / "mark"))) == "made"
        assert (tmp_path / "mark").exists()


@contextmanager
def place_with(tmp_path: Path, latency: float) -> Iterator[tuple[Workplace, Server]]:
    with Server("arxiv") as arxiv, Server("model", latency=latency) as model:
        yield workplace(tmp_path / "w", arxiv.url, model.url, PAIR), model


def begun(place: Workplace, at_once: int) -> "subprocess.Popen[str]":
    command = [str(CLAIMCHECK), "refresh", "--today", TODAY, "--cluster", "local:2"]
    environment = place.environment(CLAIMCHECK_CONCURRENCY=str(at_once), **FEW)
    return subprocess.Popen(
        command,
        cwd=place.folder,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=heed_signals,
    )


def workers_of(process: "subprocess.Popen[str]") -> list[int]:
    children = psutil.Process(process.pid).children(recursive=True)
    return [child.pid for child in children if "multiprocessing.spawn" in " ".join(child.cmdline())]


def readings(model: Server) -> int:
    return sum(row["kind"] == "reading" for row in model.log)


def kept(place: Workplace) -> int:
    """How many judgements of the model are kept; the second judge's are not from the model."""
    with closing(sqlite3.connect(place.folder / ".claimcheck" / "ledger.sqlite")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM judgement WHERE judge_kind = 'openai'").fetchone()
    return int(count)


def test_a_killed_worker_costs_one_call_at_most_and_every_judgement_is_kept_once(tmp_path: Path) -> None:
    with place_with(tmp_path, 0.3) as (place, model):
        process = begun(place, at_once=2)  # one request a worker
        wait_for(lambda: readings(model) >= 5, process)
        os.kill(workers_of(process)[0], signal.SIGKILL)
        _, said = process.communicate(timeout=240)
        assert process.returncode == 0, said
        twin = place.twin()
        assert twin["complete"], twin["gaps"]
        distinct = sum(claim["coverage"]["read"] for claim in twin["claims"])
        assert kept(place) >= distinct > 0
        assert readings(model) - kept(place) <= 1, "calls paid twice"
        again = place.refresh("--cluster", "local:2", **FEW)
        assert again.returncode == 0, again.stderr
        assert readings(model) - kept(place) <= 1, "nothing is asked again"


def test_a_report_does_not_tell_whether_a_cluster_read(tmp_path: Path) -> None:
    with Server("arxiv") as arxiv:
        here, there = (workplace(tmp_path / name, arxiv.url, None, PAIR) for name in ("here", "there"))
        alone = here.refresh("--judge", "embedded", **FEW)
        spread = there.refresh("--judge", "embedded", "--cluster", "local:2", **FEW)
        assert alone.returncode == spread.returncode == 0, spread.stderr
        assert here.report() == there.report()
        assert sum(claim["coverage"]["read"] for claim in here.twin()["claims"]) == 24


def test_limits_hold_over_all_workers_together(tmp_path: Path) -> None:
    with place_with(tmp_path, 0.3) as (place, model):
        limited = place.refresh("--cluster", "local:2", "--max-calls", "9", CLAIMCHECK_CONCURRENCY="3", **FEW)
        assert limited.returncode == 6, limited.stderr
        assert len(model.log) == 9
        assert kept(place) == readings(model)
        came = sorted(row["t"] for row in model.log)
        assert all(later - earlier > 0.29 for earlier, later in zip(came, came[3:], strict=False)), "more than 3 at once"


def test_ctrl_c_in_a_terminal_keeps_what_is_under_way_and_leaves_no_process_behind(tmp_path: Path) -> None:
    with place_with(tmp_path, 0.5) as (place, model):
        process = begun(place, at_once=4)
        wait_for(lambda: readings(model) >= 3, process)
        workers = workers_of(process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: all processes get it
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert said.strip().splitlines()[-1].endswith("run again to go on")
        assert "Traceback" not in said
        assert kept(place) == readings(model), "what was paid for is kept"
        wait_for(lambda: not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in workers))


def test_ctrl_c_while_workers_start_says_one_line(tmp_path: Path) -> None:
    with place_with(tmp_path, 0.5) as (place, _):
        process = begun(place, at_once=2)
        wait_for(lambda: bool(workers_of(process)), process)
        workers = workers_of(process)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert said.strip() == "claimcheck: interrupted; all finished work is kept, run again to go on"
        wait_for(lambda: not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in workers))


def test_the_key_is_in_no_output_and_no_file_of_a_run_over_a_cluster(tmp_path: Path) -> None:
    with place_with(tmp_path, 0) as (place, _):
        done = place.run("-vv", "refresh", "--today", TODAY, "--cluster", "local:1", "--json", CLAIMCHECK_CANDIDATES="2")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["complete"]
        files = [path.read_bytes() for path in place.folder.rglob("*") if path.is_file()]
        assert not any(b"sk-canary" in content for content in (done.stdout.encode(), done.stderr.encode(), *files))
