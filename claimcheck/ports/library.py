"""The local store of papers that is searched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from claimcheck.domain.citing import Citations
from claimcheck.domain.dates import Window
from claimcheck.domain.match import Match, Scored
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.query import Query


@dataclass(frozen=True)
class KeptCitations:
    """The newest answer of a citation source on a paper, and the day it was given."""

    citations: Citations
    day: date


class Library(Protocol):
    """The local store of papers that is searched. Raises `StoreUnusable` when it cannot be read or written."""

    def add(self, papers: Iterable[Paper], today: date) -> int:
        """Keep papers, every version seen; return how many were new or changed."""

    def get(self, id: str) -> Paper | None:
        """Return the newest version kept, or None."""

    def get_many(self, ids: Iterable[str]) -> dict[str, Paper]:
        """Return the newest version kept of each id that is known."""

    def search(self, query: Query, window: Window | None, limit: int) -> tuple[str, ...]:
        """Return ids of the best papers that may lie in the window, best first, ties by id."""

    def scored(self, query: Query, window: Window | None, limit: int, after: int | None = None) -> tuple[Scored, ...]:
        """Return what `search` finds with the scores; with `after`, only papers that arrived after that mark, scored as ever."""

    def reach(self) -> date | None:
        """Return the newest date of a paper in the library, or None when it is empty."""

    def mark_withdrawal(self, id: str, withdrawal: Withdrawal | None, asked: date) -> None:
        """Keep whether a paper was withdrawn on the day that was asked."""

    def note_asked(self, source: str, query: str, window: Window, total: int, ids: Sequence[str]) -> None:
        """Keep that a query was answered in full for a window, and which papers it brought."""

    def asked(self, source: str, query: str) -> list[Window]:
        """Return the windows for which the query was answered in full."""

    def keep_citations(self, source: str, id: str, citations: Citations, day: date) -> None:
        """Keep who cites a paper by a source's answer of a day, in place of what it answered before."""

    def citations(self, source: str, id: str) -> KeptCitations | None:
        """Return what the source answered last, or None when it never did."""

    def note_missing(self, source: str, ids: Iterable[str], day: date) -> None:
        """Keep that the source did not know these ids on that day."""

    def missing(self, source: str, day: date) -> frozenset[str]:
        """Return the ids that the source did not know on that day."""

    def note_looked_up(self, source: str, ids: Iterable[str], day: date) -> None:
        """Keep that the source answered for these ids on that day."""

    def looked_up(self, source: str) -> dict[str, date]:
        """Return the ids that the source ever answered for, each with the last day on which it did."""

    def mark(self) -> int:
        """Return a mark that papers which arrive later, or of which text or date is new later, lie behind."""

    def note_matches(self, matches: Mapping[str, Match]) -> None:
        """Keep matches, each under the key of its claim and in place of the one kept before."""

    def matches(self, claims: Iterable[str]) -> dict[str, Match]:
        """Return the matches kept under these keys."""
