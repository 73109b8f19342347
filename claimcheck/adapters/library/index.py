"""The full-text index over the papers: tantivy, one folder an index, never the only place where anything is kept.

Title and abstract are one field, in which the title stands twice: that weighs it as BM25F would, and finds more of the papers
that bear on a claim than a boosted field of its own does. Scores do not depend on how papers are spread over segments, and ties
are broken by id: the same papers answer alike, as long as no replaced document still counts in the statistics (see `upkeep`).

Where in a paper a word stands is left out: it would take half of the room, and no search asks for it.

A large index is built by several threads side by side. Each takes the next papers and writes segments of its own, the index's
shards; they need not be joined, since a search goes over all segments and counts words over all of them. The threads are
tantivy's and hold no lock of Python's, and making the documents takes a tenth of the time: two threads take half as long as one.
"""

import json
import os
import zlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from claimcheck.adapters.library.id_numbers import number_of
from claimcheck.adapters.library.search import Search
from claimcheck.adapters.library.store import Entry
from claimcheck.domain.dates import Window
from claimcheck.domain.match import Scored
from claimcheck.domain.query import Query
from claimcheck.errors import StoreUnusable

FORMAT = f"3, tantivy {version('tantivy')}"
_ANALYZER = "paper"
_HEAP = 128_000_000  # bytes that all threads gather before they write segments; three times as many were not searched faster
_SHARD = 50_000  # papers that pay for another thread; fewer would make segments that are only small
_MOST_THREADS = 8  # tantivy wants 15 MB for each


class IndexBroken(Exception):
    """The folder does not hold an index that can be read."""


class TextIndex:
    """One index, opened; a search sees the papers of the last `write` or `open`."""

    def __init__(self, folder: Path, index: tantivy.Index) -> None:
        self.folder = folder
        self._index = index
        self._analyzer = _analyzer()
        index.register_tokenizer(_ANALYZER, self._analyzer)
        index.config_reader("manual")
        self._see()

    @classmethod
    def create(cls, folder: Path) -> "TextIndex":
        """Make an empty index in a new folder."""
        try:
            folder.mkdir()
            return cls(folder, tantivy.Index(_schema(), path=str(folder)))
        except (OSError, ValueError) as error:
            raise _unwritable(folder, error) from error

    @classmethod
    def open(cls, folder: Path) -> "TextIndex":
        """Open an index; raise `IndexBroken`."""
        try:
            return cls(folder, tantivy.Index.open(str(folder)))
        except (OSError, ValueError) as error:
            raise IndexBroken(str(error)) from error

    @property
    def docs(self) -> int:
        """How many papers it holds."""
        return int(self._searcher.num_docs)

    def holds(self, ids: Iterable[str]) -> int:
        """Return how many of the papers it holds."""
        return sum(self._searcher.doc_freq("id", id) > 0 for id in ids)

    def write(self, entries: Iterable[Entry], anew: bool = False, threads: int = 1) -> None:
        """Add papers, in place of those of the same id unless all are new; when it returns, they are on disk and searchable."""
        try:
            writer = self._index.writer(_HEAP, threads)
            try:
                for entry in entries:
                    if not anew:
                        writer.delete_documents_by_term("id", entry.id)
                    writer.add_document(_document(entry))
                writer.commit()
                writer.wait_merging_threads()
            finally:
                del writer  # it holds a lock on the folder, and an exception's traceback would hold it
            self._see()
        except (OSError, ValueError) as error:
            raise _unwritable(self.folder, error) from error

    def search(self, query: Query, window: Window | None, limit: int, after: int | None = None) -> tuple[Scored, ...]:
        """Return the best papers in the window, of those that arrived after a mark if one is given, best first, ties by id."""
        try:
            return self._search.best(query, window, limit, after)
        except (OSError, ValueError) as error:
            raise StoreUnusable(
                f"the index in {str(self.folder)!r} cannot be searched ({error}); run again: it is then built anew"
            ) from error

    def _see(self) -> None:
        self._index.reload()
        self._searcher = self._index.searcher()
        self._search = Search(self._index.schema, self._analyzer, self._searcher)


def threads_for(papers: int) -> int:
    """Return how many threads build an index of so many papers, on the cores that this process may use."""
    return max(1, min(papers // _SHARD, _cores(), _MOST_THREADS))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def seal(folder: Path) -> str:
    """Return a digest over the files of the committed index; raise `IndexBroken`.

    It tells at once of a file that is missing, cut or changed, and of a commit that SQLite has not heard of. Files of writes
    that were never committed do not count.
    """
    try:
        meta = json.loads((folder / "meta.json").read_bytes())
        live = {s["segment_id"].replace("-", ""): str((s.get("deletes") or {}).get("opstamp")) for s in meta["segments"]}
        checks = [f"{meta['opstamp']}"]
        for path in sorted(folder.iterdir()):
            segment, *rest = path.name.split(".")
            if segment in live and (len(rest) == 1 or rest[0] == live[segment]):
                checks.append(f"{path.name} {_checksum(path):08x}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexBroken(str(error)) from error
    return f"{zlib.crc32(chr(10).join(checks).encode()):08x}"


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("number", indexed=False, fast=True)
    builder.add_text_field("text", tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_integer_field("first", indexed=True, fast=True)
    builder.add_integer_field("last", indexed=True, fast=True)
    builder.add_integer_field("arrived", indexed=True, fast=True)
    return builder.build()


def _analyzer() -> TextAnalyzer:
    """English words in lower case, without accents, stemmed; what a hyphen joins falls apart."""
    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(40)).filter(Filter.lowercase())
    return builder.filter(Filter.ascii_fold()).filter(Filter.stemmer("english")).build()


def _document(entry: Entry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("id", entry.id)
    document.add_integer("number", number_of(entry.id))
    document.add_text("text", f"{entry.title}.\n{entry.title}.\n{entry.abstract}")
    document.add_integer("first", entry.first)
    document.add_integer("last", entry.last)
    document.add_integer("arrived", entry.arrived)
    return document


def _unwritable(folder: Path, error: Exception) -> StoreUnusable:
    return StoreUnusable(
        f"the index in {str(folder)!r} cannot be written ({error}); make room or make the folder writable, and run again: "
        "the papers are kept and the index is brought up to date"
    )
