"""What a cluster of this machine brings, and what killed workers cost.

    python -m tests.bench.cluster [--part cpu|latency|refresh|kills] [--readings 400] [--texts 40] [--workers 1 2 4]
        [--latency 0.5] [--at-once 32 128] [--claims 200] [--papers 20] [--kills 2] [--concurrency 2] [--call 0.05] [--seed 1]
        [--judge lexical embedded]

cpu      readings of the sample's papers by the embedded judge; by the lexical one, ten times as many, which shows what a cluster
         costs of itself; and full texts parsed (each in a child of its own, as in a refresh): in this process one by one and side
         by side, then over so many workers, once each has loaded what it needs. Efficiency is speed over that of one worker, by
         their number. `cores` is how much of the machine that took: where it is shared, they do not get what they could use.
latency  calls to a model server that takes its time: asyncio in one process beside two workers.
refresh  the whole command for claims x papers without a model, in one process and over two workers, with what the process that
         does all but the reading spends on each pair: that bounds what any number of workers can bring.
kills    a refresh of claims x papers with two workers, of which one is killed at a random moment, again and again. Exits 1 when a
         judgement is kept twice or not at all, or more calls were paid twice than were under way with the killed workers.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from typing import Any

import psutil

from claimcheck import wiring
from claimcheck.adapters.cluster import Cluster, ClusterJudge, ClusterWire
from claimcheck.adapters.cluster.gather import AHEAD, MOST
from claimcheck.adapters.embedded.judge import EmbeddedJudge
from claimcheck.adapters.embedded.lexical import LexicalJudge
from claimcheck.adapters.embedded.network import shipped
from claimcheck.adapters.fulltext import child
from claimcheck.domain.claim import Claim
from claimcheck.domain.fulltext import Form
from claimcheck.domain.paper import Paper
from claimcheck.ports import Judge
from tests.bench.throughput import claims
from tests.e2e.harness import CLAIMCHECK, TODAY, Workplace, workplace
from tests.integration.model_server import judge as model_judge
from tests.servers import SAMPLE, Server, full_text, read_papers

AT_ONCE = 64
SECTIONS = 60  # of a made text: some 60,000 characters, as a paper has


def pairs(count: int) -> list[tuple[Claim, Paper]]:
    file, _ = wiring.load_claims(wiring.sample_claims(), date(2026, 11, 22))
    rows = read_papers(SAMPLE)
    papers = [Paper(row["id"], row["title"], row["abstract"], row.get("version")) for row in rows]
    every = [(claim, paper) for paper in papers for claim in file.claims]
    return (every * (1 + count // len(every)))[:count]


def text_of(body: bytes) -> int:
    return len(child.parse(Form.HTML, body).found)


def bodies(count: int) -> list[bytes]:
    papers = read_papers(SAMPLE)[:count]
    whole = [full_text({**paper, "abstract": (paper["abstract"] + " ") * SECTIONS}) for paper in papers]
    return [one.encode() for one in (whole * (1 + count // len(whole)))[:count]]


async def all_of(jobs: Sequence[Callable[[], Awaitable[object]]], at_once: int = AT_ONCE) -> float:
    gate = asyncio.Semaphore(at_once)

    async def one(job: Callable[[], Awaitable[object]]) -> None:
        async with gate:
            await job()

    began = time.monotonic()
    await asyncio.gather(*map(one, jobs))
    return time.monotonic() - began


def reading_jobs(judge: Judge, count: int) -> list[Callable[[], Awaitable[object]]]:
    return [lambda claim=claim, paper=paper: judge.read(claim, paper) for claim, paper in pairs(count)]  # type: ignore[misc]


def processor(pids: Sequence[int]) -> float:
    """Seconds of the processor that these processes and their ended children took."""
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return float(sum(t.user + t.system + t.children_user + t.children_system for t in times))


def worker_pids(of: int) -> list[int]:
    found = psutil.Process(of).children(recursive=True)
    return [one.pid for one in found if "multiprocessing.spawn" in " ".join(one.cmdline())]


def row(what: str, count: int, wall: float, busy: float, one: float | None = None, workers: int = 1) -> None:
    efficiency = f"   efficiency {one / wall / workers:4.2f}" if one else ""
    speed, each = f"{count / wall:7.1f} a second", f"{1000 * busy / count:6.2f} ms of the processor each"
    print(f"{what:<44} {speed}   {each}, {busy / wall:4.2f} cores{efficiency}", flush=True)


def cpu(given: argparse.Namespace) -> None:
    texts = bodies(given.texts)
    judges: dict[str, Judge] = {"embedded": EmbeddedJudge(shipped()), "lexical": LexicalJudge()}
    counts = {"embedded": given.readings, "lexical": 10 * given.readings}
    for kind, here in judges.items():
        for at_once, how in ((1, "one by one"), (AT_ONCE, "side by side")):
            before, jobs = time.process_time(), reading_jobs(here, counts[kind])
            wall = asyncio.run(all_of(jobs, at_once))
            row(f"{kind} judge, this process, {how}", len(jobs), wall, time.process_time() - before)
    first: dict[str, float] = {}
    for workers in given.workers:
        began = time.monotonic()
        with Cluster(f"local:{workers}") as cluster:
            print(f"{workers} workers started in {time.monotonic() - began:.1f} s", flush=True)
            for kind, here in judges.items():
                over(workers, f"{kind} judge", reading_jobs(ClusterJudge(cluster, here, kind), counts[kind]), first)
            parse: list[Callable[[], Awaitable[object]]] = [
                lambda body=body: cluster.compute(text_of, body)  # type: ignore[misc]
                for body in texts
            ]
            over(workers, "full-text parsing", parse, first)


def over(workers: int, what: str, jobs: list[Callable[[], Awaitable[object]]], first: dict[str, float]) -> None:
    at_once = workers * AHEAD * MOST
    asyncio.run(all_of(jobs[: 4 * workers], at_once))  # each worker loads what it needs
    pids = worker_pids(os.getpid())
    before, own = processor(pids), time.process_time()
    wall = asyncio.run(all_of(jobs, at_once))
    busy, own = processor(pids) - before, time.process_time() - own
    one = first.setdefault(what, wall) if workers == 1 or what in first else None
    row(f"{what}, {workers} workers", len(jobs), wall, busy, one, workers)
    print(f"{'  this process, scheduler included':<44} {1000 * own / len(jobs):14.2f} ms of the processor each", flush=True)


def latency(given: argparse.Namespace) -> None:
    async def timed(judge: Judge, at_once: int) -> float:
        await judge.read(*pairs(1)[0])  # the first goes alone, until key and model are known to be right
        return await all_of(reading_jobs(judge, given.readings), at_once)

    with Server("model", latency=given.latency) as server, Cluster("local:2") as cluster:
        url, pids = f"{server.url}/v1", worker_pids(os.getpid())
        for at_once in given.at_once:
            wire = ClusterWire(cluster, model="asked-1", api_key=None, base_url=url, timeout=60.0)
            ways: dict[str, dict[str, Any]] = {"asyncio, this process": {}, "over 2 workers": {"wire": wire}}
            for how, more in ways.items():
                before = processor(pids) + time.process_time()
                wall = asyncio.run(timed(model_judge(url, [], concurrency=at_once, **more), at_once))
                busy = processor(pids) + time.process_time() - before
                row(f"model at {given.latency} s, {at_once} at once, {how}", given.readings, wall, busy)
            print(f"  the least possible for {given.readings}: {-(-given.readings // at_once) * given.latency:.1f} s", flush=True)
    print("Seconds of the processor hold the stand-in server's. One process keeps at most 64 calls under way.")


def begin(place: Workplace, given: argparse.Namespace, *more: str) -> "subprocess.Popen[bytes]":
    env = place.environment(CLAIMCHECK_CONCURRENCY=str(given.concurrency), CLAIMCHECK_CANDIDATES=str(given.papers - 1))
    args = [str(CLAIMCHECK), "refresh", "--today", TODAY, "--quiet", *more]
    return subprocess.Popen(args, cwd=place.folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def refresh(given: argparse.Namespace) -> None:
    whole = given.claims * given.papers
    for judge in given.judge:
        for more in ((), ("--cluster", "local:2")):
            with tempfile.TemporaryDirectory() as folder, Server("arxiv") as arxiv:
                place = workplace(Path(folder) / "w", arxiv.url, None, claims(given.claims))
                began, process, own = time.monotonic(), begin(place, given, "--judge", judge, *more), 0.0
                while process.poll() is None:
                    with suppress(psutil.Error):
                        own = max(own, sum(psutil.Process(process.pid).cpu_times()[:2]))
                    time.sleep(0.05)
                wall = time.monotonic() - began
                process.communicate()
            how = " ".join(("refresh", "--judge", judge, *more))
            told = f"{whole} pairs in {wall:.0f} s; {1000 * own / whole:.2f} ms of this process each"
            print(f"{how}: exit {process.returncode}, {told}", flush=True)


def kills(given: argparse.Namespace) -> None:
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder, Server("arxiv") as arxiv, Server("model", latency=given.call) as model:
        place = workplace(Path(folder) / "w", arxiv.url, model.url, claims(given.claims))
        began, process, whole = time.monotonic(), begin(place, given, "--cluster", "local:2"), given.claims * given.papers
        killed: list[int] = []
        moments = sorted(chance.randrange(whole // 20, whole * 9 // 10) for _ in range(given.kills))
        for moment in moments:
            while sum(r["kind"] == "reading" for r in list(model.log)) < moment and process.poll() is None:
                time.sleep(0.05)
            victims = worker_pids(process.pid) if process.poll() is None else []
            if victims:
                killed.append(chance.choice(victims))
                os.kill(killed[-1], signal.SIGKILL)
                print(f"killed a worker after {moment} readings, {time.monotonic() - began:.0f} s", flush=True)
        _, said = process.communicate()
        seconds = time.monotonic() - began
        asked = sum(r["kind"] == "reading" for r in model.log)
        pairs = judged(place)
        twin = json.loads((place.folder / "reports" / "latest.json").read_text())
        read = sum(claim["coverage"]["read"] for claim in twin["claims"])
    once, twice = len(set(pairs)), asked - len(pairs)
    first = sum(attempt == 1 for *_, attempt in pairs)
    print(f"exit {process.returncode} after {seconds:.0f} s; complete: {twin['complete']}; {len(killed)} workers killed")
    print(f"{whole} pairs, of them {read} candidates, the rest anchors")
    print(f"judgements {len(pairs)}, distinct {once}, first readings {first}")
    print(f"calls for readings {asked}; paid twice {twice}")
    bound = -(-given.concurrency // 2) * len(killed)
    broken = process.returncode != 0 or len(pairs) != once or first != whole or not 0 <= twice <= bound
    sys.exit(f"a promise was broken: {said.decode()[-2000:]}" if broken else 0)


def judged(place: Workplace) -> list[tuple[object, ...]]:
    """Every judgement of the model, as claim, paper, version and attempt. Its ledger allows a key once; this looks for more."""
    select = "SELECT claim_fingerprint, paper_id, paper_version, attempt FROM judgement WHERE judge_kind = 'openai'"
    with closing(sqlite3.connect(place.folder / ".claimcheck" / "ledger.sqlite")) as ledger:
        return list(ledger.execute(select))


PARTS = {"cpu": cpu, "latency": latency, "refresh": refresh, "kills": kills}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--part", choices=list(PARTS), action="append")
    options.add_argument("--readings", type=int, default=400)
    options.add_argument("--texts", type=int, default=40)
    options.add_argument("--judge", choices=["lexical", "embedded"], nargs="+", default=["lexical", "embedded"])
    options.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options.add_argument("--latency", type=float, default=0.5)
    options.add_argument("--at-once", type=int, nargs="+", default=[32, 128], help="calls under way in the part latency")
    options.add_argument("--claims", type=int, default=200)
    options.add_argument("--papers", type=int, default=20)
    options.add_argument("--kills", type=int, default=2)
    options.add_argument("--concurrency", type=int, default=2, help="calls under way in the part kills; 2 is one a worker")
    options.add_argument("--call", type=float, default=0.05, help="seconds a model call takes in the part kills")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    for name, part in PARTS.items():
        if name in (given.part or PARTS):
            part(given)


if __name__ == "__main__":
    main()
