"""How fast is the embedded judge, how much memory does it take, and how far does it agree with the sample's recorded readings?

    python -m tests.bench.embedded [--pairs 400] [--model FOLDER]

Pairs are the sample's own claims and sentences. Beside it: the lexical judge on the same papers. Load and memory are those of a
process that has just loaded the network and scored one pair.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import claimcheck
from claimcheck import wiring
from claimcheck.adapters.embedded import features
from claimcheck.adapters.embedded.judge import EmbeddedJudge
from claimcheck.adapters.embedded.lexical import LexicalJudge
from claimcheck.adapters.embedded.network import Network, shipped
from claimcheck.adapters.library.records import paper_of
from claimcheck.adapters.recorded import RecordedJudge
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Reading, Stance
from claimcheck.domain.paper import Paper
from claimcheck.ports import Judge, NotRecorded

SAMPLE = Path(claimcheck.__file__).parent / "sample"
LOADING = """
import resource, time
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
from claimcheck.adapters.embedded.network import shipped
shipped().score(["A sentence about models."], "A claim about models.")
took = time.perf_counter() - began
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(f"load and one pair {took:.2f} s, memory {after / 1024:.0f} MB ({before / 1024:.0f} MB before)")
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pairs", type=int, default=400)
    options.add_argument("--model", type=Path)
    wanted = options.parse_args()
    print(subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True, check=True).stdout, end="")
    network = Network.load(wanted.model) if wanted.model else shipped()
    pairs = list(_recorded_pairs())
    _speed(network, pairs, wanted.pairs)
    _agreement(EmbeddedJudge(network), pairs)
    _agreement(LexicalJudge(), pairs)


def _recorded_pairs() -> Iterator[tuple[Claim, Paper, Reading]]:
    file, _ = wiring.load_claims(wiring.sample_claims(), date(2026, 11, 22))
    papers = [paper_of(json.loads(line)) for line in (SAMPLE / "papers.jsonl").read_text(encoding="utf-8").splitlines()]
    recorded = RecordedJudge(SAMPLE / "readings.jsonl")
    for claim in file.claims:
        for paper in papers:
            try:
                yield claim, paper, asyncio.run(recorded.read(claim, paper)).reading
            except NotRecorded:
                continue


def _speed(network: Network, pairs: list[tuple[Claim, Paper, Reading]], count: int) -> None:
    texts = [(text, claim.text) for claim, paper, _ in pairs for text in features.pieces(paper)][:count]
    began = time.perf_counter()
    for text, claim in texts:
        network.score([text], claim)
    one = time.perf_counter() - began
    began = time.perf_counter()

    async def both() -> None:
        halves = texts[::2], texts[1::2]
        await asyncio.gather(*(asyncio.to_thread(_all, network, half) for half in halves))

    asyncio.run(both())
    two = time.perf_counter() - began
    print(f"{len(texts)} claim-sentence pairs: {len(texts) / one:.0f} a second on one core, {len(texts) / two:.0f} on two")


def _all(network: Network, texts: list[tuple[str, str]]) -> None:
    for text, claim in texts:
        network.score([text], claim)


def _agreement(judge: Judge, pairs: list[tuple[Claim, Paper, Reading]]) -> None:
    began = time.perf_counter()
    read = [(asyncio.run(judge.read(claim, paper)).reading, recorded) for claim, paper, recorded in pairs]
    seconds = time.perf_counter() - began
    table = Counter((recorded.stance, _said(own)) for own, recorded in read)
    print(f"\n{judge.name.model}: {len(read)} recorded readings, {seconds:.1f} s; recorded stance (rows), this judge's (columns)")
    columns = ["supports", "refutes", "relaxes", "bears", "leans supports", "leans refutes", "leans relaxes", "neither"]
    print(f"{'':<18}" + "".join(f"{name:>15}" for name in columns))
    for stance in Stance:
        print(f"{stance.value:<18}" + "".join(f"{table[(stance, name)]:>15}" for name in columns))
    right = sum((recorded.stance is not Stance.NOT_ENOUGH_INFO) == own.bears for own, recorded in read)
    bearing = [(own, recorded) for own, recorded in read if recorded.stance is not Stance.NOT_ENOUGH_INFO]
    pointed = sum(bool(set(own.sentences) & set(recorded.sentences)) for own, recorded in bearing)
    print(f"bears or not: {right} of {len(read)} alike; a recorded sentence among those shown: {pointed} of {len(bearing)}")


def _said(reading: Reading) -> str:
    if not reading.bears:
        return "neither"
    if reading.trusted:
        return reading.stance.value
    return "bears" if reading.stance is Stance.NOT_ENOUGH_INFO else f"leans {reading.stance.value}"


if __name__ == "__main__":
    main()
