"""How near to the ideal is the reading of many pairs from a slow model?

    python -m tests.bench.throughput [--claims 20] [--papers 25] [--latency 0.5] [--concurrency 32] [--runs 3]

The ideal is rounds of `concurrency` calls, each as long as the latency. Beside it, in the same run: the bare `openai` client
gathering the same number of calls under a semaphore, as one would write by hand, without ledger, retries, checks or report.
"""

import argparse
import asyncio
import json
import math
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import openai

from tests.e2e.harness import workplace
from tests.servers import Server

CLAIM = """      - id: claim-{n}
        text: Reasoning training lowers the instruction adherence of language models in setting number {n}.
        asserted: 2023-01
        anchors: [2305.11383]
"""


def claims(count: int) -> str:
    head = "version: 1\ninquiries:\n  - id: bench\n    question: Does it hold?\n    claims:\n"
    return head + "".join(CLAIM.format(n=n) for n in range(count))


def seconds(run: float, calls: int, ideal: float, name: str) -> str:
    return f"{name:<34} {calls:>6} calls {run:>8.2f} s   {run / ideal:.2f} x ideal"


async def bare(url: str, calls: int, at_once: int) -> float:
    gate = asyncio.Semaphore(at_once)
    form = {"type": "json_schema", "json_schema": {"name": "reading", "schema": {"type": "object", "properties": {"stance": {}}}}}

    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:

        async def call(number: int) -> None:
            async with gate:
                message = {"role": "user", "content": f"[1] Sentence {number}."}
                await client.chat.completions.create(model="local", messages=[message], response_format=form)  # type: ignore[call-overload]

        began = time.monotonic()
        await asyncio.gather(*(call(n) for n in range(calls)))
        return time.monotonic() - began


def reading(folder: Path, given: argparse.Namespace, arxiv: Server) -> tuple[float, float, int]:
    """Return the span from first to last model call's end, the wall time of the whole refresh, and the number of calls."""
    with Server("model", latency=given.latency) as model:
        place = workplace(folder, arxiv.url, model.url, claims(given.claims))
        began = time.monotonic()
        env: dict[str, Any] = {"CLAIMCHECK_CONCURRENCY": str(given.concurrency), "CLAIMCHECK_CANDIDATES": str(given.papers - 1)}
        done = place.run("refresh", "--json", "--today", "2026-11-22", **env)
        wall = time.monotonic() - began
        if done.returncode:
            raise SystemExit(done.stderr)
        assert json.loads(done.stdout)["complete"]
        # Search phrases are asked one by one before; the readings are the calls that ask for a stance.
        times = [row["t"] for row in model.log if row.get("kind") == "reading"]
        return max(times) - min(times) + given.latency, wall, len(times)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--claims", type=int, default=20)
    options.add_argument("--papers", type=int, default=25)
    options.add_argument("--latency", type=float, default=0.5)
    options.add_argument("--concurrency", type=int, default=32)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, Server("arxiv") as arxiv:
        spans = []
        for number in range(given.runs):
            span, wall, calls = reading(Path(folder) / str(number), given, arxiv)
            ideal = math.ceil(calls / given.concurrency) * given.latency
            spans.append(span)
            print(seconds(span, calls, ideal, "claimcheck, reading") + f"   (whole refresh {wall:.1f} s)")
        with Server("model", latency=given.latency) as model:
            by_hand = asyncio.run(bare(model.url, calls, given.concurrency))
        print(seconds(by_hand, calls, ideal, "openai client by hand"))
        print(seconds(statistics.median(spans), calls, ideal, "claimcheck, median"))
        print(f"{'ideal':<34} {calls:>6} calls {ideal:>8.2f} s   (latency {given.latency} s, {given.concurrency} at once)")


if __name__ == "__main__":
    main()
