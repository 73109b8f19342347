"""What one would take instead of the library: SQLite's full-text search, bm25s, LanceDB. For `tests.bench.library`."""

import argparse
import importlib
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from claimcheck.adapters.library.rows import as_int
from claimcheck.domain.paper import Paper
from tests.bench.library import Asked, Measured, Side, measure

_BATCH = 4_000


def fts5(folder: Path, given: argparse.Namespace) -> Measured:
    """SQLite's FTS5 with its English stemmer: the papers in one table, their text index in another."""
    with closing(sqlite3.connect(folder / "fts5.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE paper (num INTEGER PRIMARY KEY, id, first, last, title, abstract)")
        text = "content = 'paper', content_rowid = 'num', tokenize = 'porter unicode61'"
        connection.execute(f"CREATE VIRTUAL TABLE text USING fts5 (title, abstract, {text})")
        select = """SELECT paper.id FROM text JOIN paper ON paper.num = text.rowid
            WHERE text MATCH ? AND paper.last >= ? AND paper.first <= ? AND text.rowid > ?
            ORDER BY bm25(text, 2.0, 1.0), paper.id LIMIT ?"""

        def keep(some: Iterable[Paper]) -> None:
            source = iter(some)
            while batch := list(islice(source, _BATCH)):
                rows = [(p.id, as_int(p.when.first), as_int(p.when.last), p.title, p.abstract) for p in batch]
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO paper (id, first, last, title, abstract) VALUES (?, ?, ?, ?, ?)", rows)
                connection.execute("COMMIT")

        def fill(some: Iterable[Paper]) -> None:
            keep(some)
            connection.execute("INSERT INTO text (text) VALUES ('rebuild')")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        marks = [0]

        def add(some: list[Paper]) -> None:
            marks.append(connection.execute("SELECT max(num) FROM paper").fetchone()[0])
            keep(some)
            new = "SELECT num, title, abstract FROM paper WHERE num > ?"
            connection.execute(f"INSERT INTO text (rowid, title, abstract) {new}", (marks[-1],))

        def search(asked: Asked, after: int = 0) -> list[str]:
            words = " OR ".join('"' + word.replace("-", " ") + '"' for word in asked[0])
            found = connection.execute(select, (words, as_int(asked[1].first), as_int(asked[1].last), after, given.limit))
            return [id for (id,) in found]

        def search_new(asked: Asked) -> list[str]:
            return search(asked, marks[-1])

        return measure(Side("SQLite FTS5", fill, add, search, search_new=search_new), folder, given)


def bm25s(folder: Path, given: argparse.Namespace) -> Measured:
    """bm25s: scores of all papers, computed beforehand and kept in memory; the window as a mask. Nothing can be added."""
    library, stemmer = importlib.import_module("bm25s"), importlib.import_module("Stemmer").Stemmer("english")
    numpy = importlib.import_module("numpy")
    ids: list[str] = []
    days: list[tuple[int, int]] = []
    index = library.BM25()
    bounds: dict[str, Any] = {}

    def texts(some: Iterable[Paper]) -> Iterable[str]:
        for paper in some:
            ids.append(paper.id)
            days.append((as_int(paper.when.first), as_int(paper.when.last)))
            yield f"{paper.title}. {paper.title}. {paper.abstract}"

    def fill(some: Iterable[Paper]) -> None:
        index.index(library.tokenize(list(texts(some)), stemmer=stemmer, show_progress=False), show_progress=False)
        index.save(str(folder))
        bounds["first"], bounds["last"] = numpy.array(days).T

    def search(asked: Asked) -> list[str]:
        tokens = library.tokenize([" ".join(asked[0])], stemmer=stemmer, show_progress=False)
        inside = (bounds["last"] >= as_int(asked[1].first)) & (bounds["first"] <= as_int(asked[1].last))
        found, _ = index.retrieve(tokens, k=given.limit, weight_mask=inside.astype("float32"), show_progress=False)
        return [ids[number] for number in found[0]]

    return measure(Side("bm25s", fill, None, search), folder, given)


def lancedb(folder: Path, given: argparse.Namespace) -> Measured:
    """LanceDB with its full-text index, and the window as a filter before the search."""
    database = importlib.import_module("lancedb").connect(str(folder))
    tables: dict[str, Any] = {}

    def rows(some: Iterable[Paper]) -> list[dict[str, object]]:
        return [
            {
                "id": p.id,
                "first": as_int(p.when.first),
                "last": as_int(p.when.last),
                "text": f"{p.title}. {p.title}. {p.abstract}",
            }
            for p in some
        ]

    def fill(some: Iterable[Paper]) -> None:
        source = iter(some)
        tables["paper"] = database.create_table("paper", rows(islice(source, _BATCH)))
        while batch := rows(islice(source, 10 * _BATCH)):
            tables["paper"].add(batch)
        tables["paper"].create_fts_index("text", use_tantivy=False, stem=True, remove_stop_words=False, with_position=False)

    def add(some: list[Paper]) -> None:
        tables["paper"].add(rows(some))
        tables["paper"].optimize()

    def search(asked: Asked) -> list[str]:
        inside = f"last >= {as_int(asked[1].first)} AND first <= {as_int(asked[1].last)}"
        query = tables["paper"].search(" ".join(asked[0]), query_type="fts").where(inside, prefilter=True)
        return [row["id"] for row in query.select(["id", "_score"]).limit(given.limit).to_list()]

    return measure(Side("LanceDB", fill, add, search), folder, given)


SIDES: dict[str, Callable[[Path, argparse.Namespace], Measured]] = {"fts5": fts5, "bm25s": bm25s, "lancedb": lancedb}
