"""What does a week cost at scale? Many claims are matched with the new papers of a large library; how does that grow?

    python -m tests.bench.weekly FILE [--claims 10000] [--new 5000] [--growth]

FILE is JSON Lines of papers, plain or gzipped. The newest papers of it are kept back and arrive in turn. A claim is the title
of a paper, as of its date, with that paper as its anchor. Everything runs in one process; seconds are those of the clock, in
brackets those of the processor. The first match of all claims is no part of a week, and is shown for comparison, as is how
many of the papers that a full ranking of the grown library would choose were chosen from the new ones alone. `--growth`
prints the table over claims and new papers instead, with the exponents of a fit.
"""

import argparse
import asyncio
import gc
import math
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from langgraph.runtime import Runtime

from claimcheck.adapters.library import LocalLibrary
from claimcheck.adapters.library.importer import Reader
from claimcheck.agent.plan import plan
from claimcheck.agent.ranking import ranked
from claimcheck.agent.screen import screen
from claimcheck.agent.state import Context, State
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.grounding import AnchorFacts, LookUp
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from tests.fakes import FakeJudge, FakeLedger, SilentProgress

TODAY = date(2026, 12, 31)
CLAIMS, NEW = (1_000, 3_000, 10_000), (1_000, 5_000, 20_000)


@dataclass(frozen=True)
class Took:
    """Seconds of the clock and of the processor."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.1f} s ({self.processor:.1f} s)"


def read(file: Path) -> list[Paper]:
    """Return the papers, oldest first."""
    return sorted((paper for batch in Reader(file).batches() for paper in batch), key=lambda p: (p.when, p.id))


def claims_of(papers: Sequence[Paper], count: int) -> list[tuple[Claim, Paper]]:
    chosen = random.Random(7).sample(papers, count)
    return [(Claim(f"c{n}", "q", p.title, p.when, (Anchor(p.id),)), p) for n, p in enumerate(chosen)]


def state_of(context: Context, claims: Sequence[tuple[Claim, Paper]], searched: bool) -> State:
    """What the search of a complete run, or of an incomplete one, hands on. What an incomplete one matched is not kept."""
    state: State = {"claims": tuple(claim for claim, _ in claims), "searched": searched}
    state |= asyncio.run(plan(state, Runtime(context=context)))
    facts: dict[str, tuple[AnchorFacts, ...]] = {
        claim.id: (AnchorFacts(claim.anchors[0], LookUp.FOUND, paper=paper),) for claim, paper in claims
    }
    return {**state, "anchors": facts, "cited": {}}


def timed(context: Context, state: State) -> tuple[Took, State]:
    wall, processor = time.monotonic(), time.process_time()
    update = asyncio.run(screen(state, Runtime(context=context)))
    return Took(time.monotonic() - wall, time.process_time() - processor), update


@contextmanager
def context_over(papers: Sequence[Paper]) -> Iterator[tuple[Context, LocalLibrary]]:
    with tempfile.TemporaryDirectory(prefix="claimcheck-bench-") as folder, LocalLibrary.open(Path(folder)) as library:
        library.add(papers, TODAY)
        judge, ledger = FakeJudge(kind="embedded"), FakeLedger()
        yield Context(library, judge, ledger, SilentProgress(), TODAY, 1), library


def index(library: LocalLibrary) -> None:
    """Bring the index up to date, as the first search after new papers does."""
    library.search(Query(("zebra",)), None, 1)


def chosen(update: State) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pair in update["pairs"]:
        found.setdefault(pair.claim.id, set()).add(pair.paper.id)
    return found


def calls(update: State, new: set[str]) -> str:
    """Say how many calls read what is new, where one may read a paper for several claims."""
    claims_of_paper = Counter(pair.paper.id for pair in update["pairs"] if pair.paper.id in new)
    return ", ".join(f"{sum(math.ceil(count / most) for count in claims_of_paper.values()):,}" for most in (1, 2, 4))


def agreement(context: Context, claims: Sequence[tuple[Claim, Paper]], state: State, update: State, new: set[str]) -> str:
    """Compare what was chosen from the new papers alone with what a ranking of the whole library chooses."""
    full_new = found = extra = 0
    got = chosen(update)
    for claim, paper in claims:
        window = state["windows"][claim.id]
        best = ranked(context.library, claim, state["queries"][claim.id], window, [paper])
        full = {id for id in [i for i in best if i != paper.id][: context.candidates] if id in new}
        ours = {id for id in got[claim.id] if id in new}
        full_new, found, extra = full_new + len(full), found + len(full & ours), extra + len(ours - full)
    return f"{found} of {full_new} new papers that a full ranking chooses were chosen, and {extra} more ({len(claims)} claims)"


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of a straight line through the logarithms."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x, mean_y = (sum(axis) / len(logs) for axis in zip(*logs, strict=True))
    slope: float = sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)
    return slope


def growth(context: Context, library: LocalLibrary, claims: Sequence[tuple[Claim, Paper]], late: Sequence[Paper]) -> None:
    """Let more and more new papers arrive, and match more and more claims with them; nothing of it is kept."""
    seconds: dict[tuple[int, int], float] = {}
    arrived = 0
    for count in NEW:
        library.add(late[arrived:count], TODAY)
        index(library)
        arrived = count
        for many in CLAIMS:
            state = state_of(context, claims[:many], searched=False)
            took, _ = timed(context, state)
            seconds[many, count] = took.processor
            print(f"{many:>7} claims {count:>7} new papers  {took}", flush=True)
    for count in NEW:
        print(f"grows with claims to the {exponent([(m, seconds[m, count]) for m in CLAIMS]):.2f} at {count} new papers")
    for many in CLAIMS:
        print(f"grows with new papers to the {exponent([(n, seconds[many, n]) for n in NEW]):.2f} at {many} claims")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("file", type=Path)
    options.add_argument("--claims", type=int, default=10_000)
    options.add_argument("--new", type=int, default=5_000)
    options.add_argument("--growth", action="store_true")
    options.add_argument("--compare", type=int, default=300, metavar="N", help="claims of which a full ranking is compared")
    given = options.parse_args()
    papers = read(given.file)
    kept_back = max(NEW) if given.growth else given.new
    early, late = papers[:-kept_back], papers[-kept_back:]
    claims = claims_of(early, max(CLAIMS) if given.growth else given.claims)
    gc.freeze()  # a refresh does not hold all papers in memory; that these do must not slow its collector down
    with context_over(early) as (context, library):
        began = time.monotonic()
        index(library)
        print(f"library of {len(early)} papers, indexed in {time.monotonic() - began:.0f} s", flush=True)
        took, _ = timed(context, state_of(context, claims, searched=True))
        print(f"first match of {len(claims)} claims {took}", flush=True)
        if given.growth:
            growth(context, library, claims, late)
            return
        began = time.monotonic()
        library.add(late, TODAY)
        index(library)
        print(f"{len(late)} new papers added and indexed in {time.monotonic() - began:.1f} s", flush=True)
        state = state_of(context, claims, searched=True)
        took, update = timed(context, state)
        new = {paper.id for paper in late}
        read_new = sum(len(ids & new) for ids in chosen(update).values())
        print(f"a week: {took}, {read_new} new candidates for {len(claims)} claims", flush=True)
        print(f"model calls for them, with 1, 2 and 4 claims a call: {calls(update, new)}", flush=True)
        again, same = timed(context, state)
        assert chosen(same) == chosen(update)
        print(f"again with nothing new: {again}", flush=True)
        print(agreement(context, claims[: given.compare], state, update, new))
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
