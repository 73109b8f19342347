"""How long does it take to fill the library, and to search it? Beside it: SQLite's own full-text search, on the same papers.

    python -m tests.bench.library FILE [--claims CLAIMS] [--rounds 10] [--limit 100]

FILE is JSON Lines of papers, plain or gzipped. Each query is a whole claim as words, any of them, in the window from the claim's
date on; CLAIMS is JSON Lines with `text` and `asserted`; by default the shared ones, else titles out of FILE. Each side runs in a
process of its own, one after the other; peak memory is that of its import. Search times are those of one process, warm.
"""

import argparse
import json
import multiprocessing
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
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
Asked = tuple[tuple[str, ...], Window]


@dataclass
class Measured:
    """One row of the table; recall is over the labelled pairs of the claims, None where there are none."""

    name: str
    import_s: float
    rss_mb: float
    disk_mb: float
    p50_ms: float
    p99_ms: float
    recall: float | None


def measure(
    name: str, folder: Path, fill: Callable[[], None], search: Callable[[Asked], list[str]], given: argparse.Namespace
) -> Measured:
    """Fill, then search in rounds, the queries in turn."""
    began = time.monotonic()
    fill()
    filled = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    disk = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
    asked, pairs = queries(given), labelled(given)
    answers = {id: search(query) for id, query in asked.items()}  # warm
    times = []
    for _ in range(given.rounds):
        for query in asked.values():
            start = time.perf_counter()
            search(query)
            times.append(1000 * (time.perf_counter() - start))
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    hits = sum(paper in answers[claim] for claim, paper in pairs)
    return Measured(name, filled, peak, disk, cuts[49], cuts[98], hits / len(pairs) if pairs else None)


def ours(folder: Path, given: argparse.Namespace) -> Measured:
    """Measure the library of this package."""
    from claimcheck.adapters.library import LocalLibrary

    with LocalLibrary.open(folder) as library:

        def fill() -> None:
            library.import_jsonl(given.file, TODAY)

        def search(asked: Asked) -> list[str]:
            return list(library.search(Query(asked[0]), asked[1], given.limit))

        return measure("claimcheck library", folder, fill, search, given)


def fts5(folder: Path, given: argparse.Namespace) -> Measured:
    """Measure SQLite's FTS5 with its English stemmer: the papers in one table, their text index in another."""
    from claimcheck.adapters.library.rows import as_int

    with closing(sqlite3.connect(folder / "fts5.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE paper (num INTEGER PRIMARY KEY, id, first, last, title, abstract)")
        text = "content = 'paper', content_rowid = 'num', tokenize = 'porter unicode61'"
        connection.execute(f"CREATE VIRTUAL TABLE text USING fts5 (title, abstract, {text})")
        select = """SELECT paper.id FROM text JOIN paper ON paper.num = text.rowid
            WHERE text MATCH ? AND paper.last >= ? AND paper.first <= ? ORDER BY bm25(text, 2.0, 1.0), paper.id LIMIT ?"""

        def fill() -> None:
            source = papers(given.file)
            while batch := list(islice(source, 4000)):
                rows = [(p.id, as_int(p.when.first), as_int(p.when.last), p.title, p.abstract) for p in batch]
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO paper (id, first, last, title, abstract) VALUES (?, ?, ?, ?, ?)", rows)
                connection.execute("COMMIT")
            connection.execute("INSERT INTO text (text) VALUES ('rebuild')")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        def search(asked: Asked) -> list[str]:
            words = " OR ".join('"' + word.replace("-", " ") + '"' for word in asked[0])
            return [
                id for (id,) in connection.execute(select, (words, as_int(asked[1].first), as_int(asked[1].last), given.limit))
            ]

        return measure("SQLite FTS5", folder, fill, search, given)


def papers(file: Path) -> Iterator[Paper]:
    """Read the papers as the importer does."""
    from claimcheck.adapters.library.importer import Reader

    for batch in Reader(file).batches():
        yield from batch


def queries(given: argparse.Namespace) -> dict[str, Asked]:
    """Return the claims as words with their windows."""
    if given.claims:
        records = [json.loads(line) for line in given.claims.read_text(encoding="utf-8").splitlines()]
        return {r["id"]: (content_words(r["text"]), Window(PartialDate.parse(r["asserted"]).first, TODAY)) for r in records}
    titled = list(islice(papers(given.file), 2000))[::100]
    return {p.id: (content_words(p.title), Window(p.when.first, TODAY)) for p in titled}


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
    given = parser.parse_args()
    print(f"{'':<20} {'import s':>9} {'peak MB':>8} {'disk MB':>8} {'p50 ms':>8} {'p99 ms':>8} {f'recall@{given.limit}':>11}")
    for side in (ours, fts5):
        with tempfile.TemporaryDirectory() as folder, multiprocessing.get_context("spawn").Pool(1) as pool:
            row = pool.apply(side, (Path(folder), given))
        recall = "" if row.recall is None else f"{row.recall:.3f}"
        numbers = (
            f"{row.import_s:>9.1f} {row.rss_mb:>8.0f} {row.disk_mb:>8.0f} {row.p50_ms:>8.1f} {row.p99_ms:>8.1f} {recall:>11}"
        )
        print(f"{row.name:<20} {numbers}", flush=True)


if __name__ == "__main__":
    main()
