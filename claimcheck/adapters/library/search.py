"""Searching the index: which papers answer a query, best first, ties by id.

A search goes from strict to loose, and takes the first step that serves:

* `every`: papers with all terms (each part of a hyphenated one), if they fill the limit; else papers with any.
* `cues`: of those, the ones with a cue, if there is any; else all.

A hyphenated term counts as its parts; that they stand together was measured to say nothing more. Words go through the index's
own analyzer into query objects; no query text is parsed, so no text can be wrong.

Papers with any of the terms are many, and a window asked for beside them costs as much again as they do (measured). So they are
looked for by nothing but the terms, with the window applied to what comes, and as many fetched as the window lets expect. Where
that does not bring enough, every paper of the window is scored. Both ways lead to the same papers.

The binding gathers every search through tantivy's `MultiCollector`, which scores each paper with any of the terms: the pruning
that tantivy itself has (block-max WAND, Ding and Suel, SIGIR 2011) never sets in, and the time grows with the terms' postings.

Scores are rounded: the order in which tantivy adds up a paper's terms, and with it the last bit, differs between segments.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

import tantivy
from tantivy import FieldType, Occur, TextAnalyzer

from claimcheck.adapters.library.id_numbers import NONE, id_of
from claimcheck.adapters.library.rows import as_int
from claimcheck.domain.dates import Window
from claimcheck.domain.match import Scored
from claimcheck.domain.query import Query
from claimcheck.domain.text import STOPWORDS

_CUE_WEIGHT = 0.3  # a cue is asked for; how often it stands there says little
_MARGIN = 20  # hits fetched beyond the limit, to see where the last ties end
_DIGITS = 3  # of a score, behind the point; scores are up to some hundreds, in 24 bits
_STEP = 10.0**-_DIGITS
_MOST_FETCHED = 20_000
_SPARE = 1.3  # times as many hits as the window lets expect
_Clauses = list[tuple[Occur, tantivy.Query]]
_Hits = list[tuple[float, tantivy.DocAddress]]


class Search:
    """Searches one state of an index."""

    def __init__(self, schema: tantivy.Schema, analyzer: TextAnalyzer, searcher: tantivy.Searcher) -> None:
        self._schema = schema
        self._analyzer = analyzer
        self._searcher = searcher
        self._shares: dict[tuple[date, date], float] = {}

    def best(self, query: Query, window: Window | None, limit: int, after: int | None = None) -> tuple[Scored, ...]:
        """Return the best papers in the window, of those that arrived after a mark if one is given; raise what tantivy raises."""
        limit = min(limit, self._searcher.num_docs)
        any_of = self._either(query.terms)
        return self._named(self._found(query, any_of, window, limit, after), limit) if limit > 0 and any_of else ()

    def _found(self, query: Query, any_of: tantivy.Query, window: Window | None, limit: int, after: int | None) -> _Hits:
        """Return the best hits, among them all that tie with the last wanted one."""
        bounds, cue = [*self._outside(window), *self._arrived(after)], self._either(query.cues)
        if query.every:
            found = self._with_cue(self._all_of(query.terms), cue, bounds, limit)
            if len(found) >= limit:
                return found
        pruned = self._with_any(any_of, window, limit) if not cue and after is None else None
        return self._with_cue([(Occur.Must, any_of)], cue, bounds, limit) if pruned is None else pruned

    def _either(self, words: Iterable[str]) -> tantivy.Query | None:
        """Ask for any of the words; None where there is none that can be asked for."""
        tokens = self._tokens(words)
        return tantivy.Query.boolean_query([(Occur.Should, self._term(token)) for token in tokens]) if tokens else None

    def _all_of(self, words: Iterable[str]) -> _Clauses:
        return [(Occur.Must, self._term(token)) for token in self._tokens(words)]

    def _tokens(self, words: Iterable[str]) -> list[str]:
        """Return the index's own tokens of the words, each once: two words with one stem say no more than one.

        The "of" of "out-of-distribution" stands in nearly every paper: it tells none from another, and costs what six words do.
        """
        plain = (word.encode("utf-8", "replace").decode() for word in words)  # lone surrogates cannot cross to tantivy
        found = dict.fromkeys(token for word in plain for token in self._analyzer.analyze(word))
        return [token for token in found if token not in STOPWORDS] or list(found)

    def _term(self, token: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, "text", token, "freq")

    def _with_cue(self, words: _Clauses, cue: tantivy.Query | None, bounds: _Clauses, limit: int) -> _Hits:
        if cue:
            found = self._first([*words, (Occur.Must, tantivy.Query.boost_query(cue, _CUE_WEIGHT)), *bounds], limit)
            if found:
                return found
        return self._first([*words, *bounds], limit)

    def _with_any(self, any_of: tantivy.Query, window: Window | None, limit: int) -> _Hits | None:
        """Return the best papers with any of the words; None where too few of the first thousands lie in the window."""
        docs = self._searcher.num_docs
        fetched = int((limit + _MARGIN) / max(self._share(window), 1 / docs) * _SPARE)
        while fetched <= _MOST_FETCHED:
            hits = self._searcher.search(any_of, min(fetched, docs), count=False).hits
            found = self._inside(hits, window)
            if len(hits) < fetched or (len(found) >= limit and found[limit - 1][0] > hits[-1][0] + 2 * _STEP):
                return found
            fetched *= 4
        return None

    def _outside(self, window: Window | None) -> _Clauses:
        """Shut out what cannot lie in the window: faster than asking for what can, for most windows hold most papers."""
        if not window:
            return []
        before = self._range("last", None, as_int(window.first), include_upper=False)
        after = self._range("first", as_int(window.last), None, include_lower=False)
        return [(Occur.MustNot, before), (Occur.MustNot, after)]

    def _arrived(self, after: int | None) -> _Clauses:
        """Ask for what arrived after a mark. It is little beside the library: the words are then looked up in these papers alone.

        It must add nothing to the score, so that new papers score as they would among all.
        """
        if after is None:
            return []
        new = self._range("arrived", after, None, include_lower=False)
        return [(Occur.Must, tantivy.Query.const_score_query(new, 0.0))]

    def _range(self, field: str, low: int | None, high: int | None, **included: bool) -> tantivy.Query:
        return tantivy.Query.range_query(self._schema, field, FieldType.Integer, low, high, **included)

    def _share(self, window: Window | None) -> float:
        """Return which part of the papers lies in a window, to the month: an estimate, so it need not be more exact."""
        if not window:
            return 1.0
        months = window.first.replace(day=1), window.last.replace(day=1)
        if months not in self._shares:
            within = [self._range("last", as_int(months[0]), None), self._range("first", None, as_int(window.last))]
            query = tantivy.Query.boolean_query([(Occur.Must, tantivy.Query.const_score_query(one, 0.0)) for one in within])
            self._shares[months] = self._count(query) / self._searcher.num_docs
        return self._shares[months]

    def _count(self, query: tantivy.Query) -> int:
        counted: Any = self._searcher.search(query, 1, count=True)  # its type forgets the count
        return int(counted.count)

    def _inside(self, hits: _Hits, window: Window | None) -> _Hits:
        if not window:
            return hits
        at = [address for _, address in hits]
        firsts, lasts = self._numbers("first", at), self._numbers("last", at)
        low, high = as_int(window.first), as_int(window.last)
        return [hit for hit, first, last in zip(hits, firsts, lasts, strict=True) if last >= low and first <= high]

    def _first(self, clauses: _Clauses, limit: int) -> _Hits:
        """Fetch so many hits that all that tie with the last wanted one are there."""
        query, searcher, fetched = tantivy.Query.boolean_query(clauses), self._searcher, limit + _MARGIN
        hits: _Hits = searcher.search(query, fetched, count=False).hits
        while len(hits) == fetched and hits[-1][0] > hits[limit - 1][0] - 2 * _STEP:
            fetched = min(4 * fetched, searcher.num_docs + 1)
            hits = searcher.search(query, fetched, count=False).hits
        return hits

    def _named(self, hits: _Hits, limit: int) -> tuple[Scored, ...]:
        """Order hits by score and id."""
        at = [address for _, address in hits]
        numbers = self._numbers("number", at)
        ids = [self._stored(where) if number == NONE else id_of(number) for number, where in zip(numbers, at, strict=True)]
        ranked = sorted((-round(score, _DIGITS), id) for (score, _), id in zip(hits, ids, strict=True))
        return tuple(Scored(id, -score) for score, id in ranked[:limit])

    def _numbers(self, field: str, at: list[tantivy.DocAddress]) -> list[int]:
        return cast("list[int]", self._searcher.fast_field_values(field, at)) if at else []

    def _stored(self, address: tantivy.DocAddress) -> str:
        id: str = self._searcher.doc(address)["id"][0]
        return id
