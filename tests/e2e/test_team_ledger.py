"""A ledger on a server that goes down and comes back in the middle of a refresh, and one that a second machine uses meanwhile."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from tests.e2e.harness import CLAIMCHECK, PAIR, TODAY, workplace
from tests.postgres import postgres
from tests.servers import Server

FEW = {"CLAIMCHECK_CANDIDATES": "4"}


def kept(address: str) -> int:
    database = address.partition("?")[0].rpartition("/")[2]
    try:
        return int(postgres().sql("SELECT count(*) FROM judgement", database)[0][0])
    except psycopg.errors.UndefinedTable:
        return 0


@contextmanager
def started(command: list[str], folder: Path, env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A process that does not outlive the test."""
    with subprocess.Popen(command, cwd=folder, env=env, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_server_that_restarts_in_the_middle_changes_nothing_and_a_second_run_is_refused_by_name(tmp_path: Path) -> None:
    server = postgres()
    with Server("arxiv") as arxiv, Server("model") as model, ExitStack() as stack:
        calm = workplace(tmp_path / "calm", arxiv.url, model.url, PAIR)
        assert calm.refresh(**FEW).returncode == 0
        shaken, elsewhere = (workplace(tmp_path / name, arxiv.url, model.url, PAIR) for name in ("shaken", "elsewhere"))
        more = {**FEW, "CLAIMCHECK_LEDGER": server.new(), "CLAIMCHECK_CONCURRENCY": "1"}
        env = shaken.environment(**more)
        model.latency = 0.3
        command = [str(CLAIMCHECK), "refresh", "--quiet", "--today", TODAY]
        run = stack.enter_context(started(command, shaken.folder, env))
        while not kept(more["CLAIMCHECK_LEDGER"]):
            assert run.poll() is None, run.communicate()
            time.sleep(0.02)
        model.latency = 8.0  # so that the run is still going on, however slow this machine is
        second = elsewhere.refresh(**more)
        assert second.returncode == 7, second.stderr
        assert f"claimcheck refresh, process {run.pid} on " in second.stderr
        assert run.poll() is None, f"the first was still going on: {run.communicate()}"
        server.stop()
        time.sleep(1.0)
        server.start()
        assert run.poll() is None, f"the run left its ledger: {run.communicate()}"
        model.latency = 0.0
        assert (run.wait(240), run.communicate()[1].count("Traceback")) == (0, 0)
        assert shaken.report() == calm.report()
        assert not (shaken.folder / ".claimcheck" / "ledger.sqlite").exists()
        assert not list((shaken.folder / ".claimcheck").glob("*.spool.jsonl"))
