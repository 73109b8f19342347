"""The full-text index over the papers: tantivy, one folder an index, never the only place where anything is kept.

Title and abstract are one field, in which the title stands twice: that weighs it as BM25F would, and finds more of the papers
that bear on a claim than a boosted field of its own does. Scores do not depend on how papers are spread over segments, and ties
are broken by id: the same papers answer alike, as long as no replaced document still counts in the statistics (see `upkeep`).

A search goes from strict to loose, and takes the first step that serves:

* `every`: papers with all terms (each part of a hyphenated one), if they fill the limit; else papers with any.
* `cues`: of those, the ones with a cue, if there is any; else all.

A hyphenated term counts as its parts and, where they stand together, once more as a phrase. Words go through the index's own
analyzer into query objects; no query text is parsed, so no text can be wrong.
"""

import json
import zlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import tantivy
from tantivy import FieldType, Filter, Occur, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from claimcheck.adapters.library.rows import as_int
from claimcheck.adapters.library.store import Entry
from claimcheck.domain.dates import Window
from claimcheck.domain.match import Scored
from claimcheck.domain.query import Query
from claimcheck.errors import StoreUnusable

FORMAT = f"2, tantivy {version('tantivy')}"
_ANALYZER = "paper"
_HEAP = 128_000_000  # bytes that the writer gathers before it writes a segment
_CUE_WEIGHT = 0.3  # a cue is asked for; how often it stands there says little
_Clauses = list[tuple[Occur, tantivy.Query]]
_MARGIN = 20  # hits fetched beyond the limit, to see where the last ties end


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

    def write(self, entries: Iterable[Entry], anew: bool = False) -> None:
        """Add papers, in place of those of the same id unless all are new; when it returns, they are on disk and searchable."""
        try:
            writer = self._index.writer(_HEAP, 1)
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
        terms, cues = self._tokens(query.terms), self._tokens(query.cues)
        limit = min(limit, self.docs)
        if limit <= 0 or not terms:
            return ()
        bounds = [*self._outside(window), *self._arrived(after)]
        try:
            if query.every:
                found = self._with_cues(self._all_of(terms), cues, bounds, limit)
                if len(found) == limit:
                    return found
            return self._with_cues(self._any_of(terms), cues, bounds, limit)
        except (OSError, ValueError) as error:
            raise StoreUnusable(
                f"the index in {str(self.folder)!r} cannot be searched ({error}); run again: it is then built anew"
            ) from error

    def _see(self) -> None:
        self._index.reload()
        self._searcher = self._index.searcher()

    def _tokens(self, words: Iterable[str]) -> list[list[str]]:
        """Return the index's own tokens of each word that has any."""
        plain = (word.encode("utf-8", "replace").decode() for word in words)  # lone surrogates cannot cross to tantivy
        return [tokens for word in plain if (tokens := self._analyzer.analyze(word))]

    def _with_cues(self, words: _Clauses, cues: list[list[str]], bounds: _Clauses, limit: int) -> tuple[Scored, ...]:
        if cues:
            cue = tantivy.Query.boost_query(tantivy.Query.boolean_query(self._any_of(cues)), _CUE_WEIGHT)
            found = self._best([*words, (Occur.Must, cue), *bounds], limit)
            if found:
                return found
        return self._best([*words, *bounds], limit)

    def _any_of(self, terms: list[list[str]]) -> _Clauses:
        either = tantivy.Query.boolean_query([(Occur.Should, self._term(token)) for token in _distinct(terms)])
        return [(Occur.Must, either), *self._phrases(terms)]

    def _all_of(self, terms: list[list[str]]) -> _Clauses:
        return [*((Occur.Must, self._term(token)) for token in _distinct(terms)), *self._phrases(terms)]

    def _term(self, token: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._index.schema, "text", token)

    def _phrases(self, terms: list[list[str]]) -> _Clauses:
        """Lift the papers in which the parts of a hyphenated term stand together."""
        hyphenated = dict.fromkeys(tuple(tokens) for tokens in terms if len(tokens) > 1)
        schema = self._index.schema
        return [(Occur.Should, tantivy.Query.phrase_query(schema, "text", list(tokens))) for tokens in hyphenated]

    def _outside(self, window: Window | None) -> _Clauses:
        """Shut out what cannot lie in the window: faster than asking for what can, for most windows hold most papers."""
        if not window:
            return []
        schema, integer = self._index.schema, FieldType.Integer
        before = tantivy.Query.range_query(schema, "last", integer, None, as_int(window.first), include_upper=False)
        after = tantivy.Query.range_query(schema, "first", integer, as_int(window.last), None, include_lower=False)
        return [(Occur.MustNot, before), (Occur.MustNot, after)]

    def _arrived(self, after: int | None) -> _Clauses:
        """Ask for what arrived after a mark. It is little beside the library: the words are then looked up in these papers alone.

        It must add nothing to the score, so that new papers score as they would among all.
        """
        if after is None:
            return []
        new = tantivy.Query.range_query(self._index.schema, "arrived", FieldType.Integer, after, None, include_lower=False)
        return [(Occur.Must, tantivy.Query.const_score_query(new, 0.0))]

    def _best(self, clauses: _Clauses, limit: int) -> tuple[Scored, ...]:
        """Fetch so many hits that all that tie with the last wanted one are there; then order by score and id."""
        query, searcher, fetched = tantivy.Query.boolean_query(clauses), self._searcher, limit + _MARGIN
        hits = searcher.search(query, fetched, count=False).hits
        while len(hits) == fetched and hits[-1][0] == hits[limit - 1][0]:
            fetched = min(4 * fetched, searcher.num_docs + 1)
            hits = searcher.search(query, fetched, count=False).hits
        last = hits[:limit][-1][0] if hits else 0.0
        ranked = sorted((-score, searcher.doc(at)["id"][0]) for score, at in hits if score >= last)
        return tuple(Scored(id, -score) for score, id in ranked[:limit])


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
    builder.add_text_field("text", tokenizer_name=_ANALYZER)
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
    document.add_text("text", f"{entry.title}.\n{entry.title}.\n{entry.abstract}")
    document.add_integer("first", entry.first)
    document.add_integer("last", entry.last)
    document.add_integer("arrived", entry.arrived)
    return document


def _distinct(terms: list[list[str]]) -> list[str]:
    """Return each token once: two words with one stem say no more than one."""
    return list(dict.fromkeys(token for tokens in terms for token in tokens))


def _unwritable(folder: Path, error: Exception) -> StoreUnusable:
    return StoreUnusable(
        f"the index in {str(folder)!r} cannot be written ({error}); make room or make the folder writable, and run again: "
        "the papers are kept and the index is brought up to date"
    )
