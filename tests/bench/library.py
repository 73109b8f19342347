"""How long does it take to fill the library, and to search it? Beside it what one would take instead, on the same papers.

    python -m tests.bench.library FILE [--claims CLAIMS] [--words 0] [--rounds 10] [--limit 100] [--peers fts5,bm25s,lancedb]

FILE is JSON Lines of papers, plain or gzipped (`papers_made` makes a large one). The last thousand are kept back, and added when
the rest is searchable. Each query is a claim as words, any of them, in the window from the claim's date on: all its words, or the
first few of them as somebody would type them. It is asked of all papers, and, as a weekly refresh asks it, of the thousand that
came last. CLAIMS is JSON Lines with `text` and `asserted`; by default the shared ones, else
titles out of FILE. Each side runs in a process of its own, one after the other. Peak memory is that of the whole, disk that of
papers and index, and for the library the index alone beside it. Search times are those of one process, warm. Peers beyond SQLite
are not part of the development environment: `pip install bm25s lancedb`.
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

from claimcheck.domain.dates import PartialDate, Window
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.domain.text import content_words

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "retest" / "dev"
TODAY = date(2026, 12, 31)
LATE = 1_000
COLUMNS = ("import s", "add 1000 s", "peak MB", "disk MB", "index MB", "p50 ms", "p99 ms", "new p50", "new p99", "recall")
Asked = tuple[tuple[str, ...], Window]


@dataclass
class Measured:
    """One row of the table; recall is over the labelled pairs of the claims, None where there are none."""

    name: str
    import_s: float
    add_s: float | None
    rss_mb: float
    disk_mb: float
    index_mb: float | None
    p50_ms: float
    p99_ms: float
    new_p50_ms: float | None
    new_p99_ms: float | None
    recall: float | None


@dataclass(frozen=True)
class Side:
    """One way to keep papers: how it is filled, how a thousand more come in, how it answers, how large its index is.

    `search_new` answers from the thousand that came in alone, and is None where that cannot be asked.
    """

    name: str
    fill: Callable[[Iterable[Paper]], None]
    add: Callable[[list[Paper]], None] | None
    search: Callable[[Asked], list[str]]
    index_mb: Callable[[], float] | None = None
    search_new: Callable[[Asked], list[str]] | None = None


def measure(side: Side, folder: Path, given: argparse.Namespace) -> Measured:
    """Fill, search in rounds, the queries in turn, and add some more."""
    late: list[Paper] = []
    began = time.monotonic()
    side.fill(kept_back(papers(given.file), late))
    filled = time.monotonic() - began
    asked, pairs = queries(given), labelled(given)
    answers = {id: side.search(query) for id, query in asked.items()}  # warm
    p50, p99 = timings(side.search, asked.values(), given.rounds)
    hits = sum(paper in answers[claim] for claim, paper in pairs)
    disk = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
    index = side.index_mb() if side.index_mb else None
    added = timed(side.add, late) if side.add else None
    new: tuple[float | None, float | None] = (None, None)
    if side.search_new:
        timings(side.search_new, asked.values(), 1)  # warm
        new = timings(side.search_new, asked.values(), given.rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(side.name, filled, added, peak, disk, index, p50, p99, new[0], new[1], hits / len(pairs) if pairs else None)


def timings(search: Callable[[Asked], list[str]], asked: Iterable[Asked], rounds: int) -> tuple[float, float]:
    """Return the median and the 99th percentile of searches in ms, the queries in turn."""
    queries, times = list(asked), []
    for _ in range(rounds):
        for query in queries:
            start = time.perf_counter()
            search(query)
            times.append(1000 * (time.perf_counter() - start))
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]


def timed(add: Callable[[list[Paper]], None], late: list[Paper]) -> float:
    began = time.monotonic()
    add(late)
    return time.monotonic() - began


def kept_back(source: Iterable[Paper], late: list[Paper]) -> Iterator[Paper]:
    """Yield all but the last papers, which `late` holds afterwards."""
    for paper in source:
        late.append(paper)
        if len(late) > LATE:
            yield late.pop(0)


def ours(folder: Path, given: argparse.Namespace) -> Measured:
    """Measure the library of this package."""
    from claimcheck.adapters.library import LocalLibrary

    with LocalLibrary.open(folder) as library:
        marks = [0]

        def add(some: Iterable[Paper]) -> None:
            marks.append(library.mark())
            library.add(some, TODAY)
            library.search(Query(("zebra",)), None, 1)

        def search(asked: Asked) -> list[str]:
            return list(library.search(Query(asked[0]), asked[1], given.limit))

        def search_new(asked: Asked) -> list[str]:
            return [paper.id for paper in library.scored(Query(asked[0]), asked[1], given.limit, after=marks[-1])]

        side = Side("claimcheck library", add, add, search, lambda: library.stats().index_size_bytes / 1e6, search_new)
        return measure(side, folder, given)


def papers(file: Path) -> Iterator[Paper]:
    """Read the papers as the importer does."""
    from claimcheck.adapters.library.importer import Reader

    for batch in Reader(file).batches():
        yield from batch


def queries(given: argparse.Namespace) -> dict[str, Asked]:
    """Return the claims as words with their windows."""
    if given.claims:
        records = [json.loads(line) for line in given.claims.read_text(encoding="utf-8").splitlines()]
        return {
            r["id"]: (cut(content_words(r["text"]), given.words), Window(PartialDate.parse(r["asserted"]).first, TODAY))
            for r in records
        }
    titled = list(islice(papers(given.file), 2000))[::100]
    return {p.id: (cut(content_words(p.title), given.words), Window(p.when.first, TODAY)) for p in titled}


def cut(words: tuple[str, ...], count: int) -> tuple[str, ...]:
    return words[:count] if count else words


def labelled(given: argparse.Namespace) -> list[tuple[str, str]]:
    """Return the pairs of claim and paper that the papers beside the claims say bear on each other."""
    file = given.claims.with_name("pairs.jsonl") if given.claims else None
    if not file or not file.exists():
        return []
    pairs = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(p["claim_id"], p["paper_id"]) for p in pairs if p["label"] != "not_enough_info"]


def main() -> None:
    """Run both sides and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--claims", type=Path, default=SHARED / "claims.jsonl" if (SHARED / "claims.jsonl").exists() else None)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--words", type=int, default=0)
    parser.add_argument("--peers", default="fts5")
    given = parser.parse_args()
    print(f"{'':<20}" + "".join(f"{name:>12}" for name in COLUMNS), flush=True)
    from tests.bench import peers

    for side in (ours, *(peers.SIDES[name] for name in given.peers.split(",") if name)):
        with tempfile.TemporaryDirectory() as folder, multiprocessing.get_context("spawn").Pool(1) as pool:
            row = pool.apply(side, (Path(folder), given))
        print(f"{row.name:<20}" + "".join(f"{number(value):>12}" for value in list(vars(row).values())[1:]), flush=True)


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if value < 1 else f"{value:.1f}"


if __name__ == "__main__":
    main()
