"""The local library: the port `Library` over a store and its index, and imports into it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from types import TracebackType

from claimcheck.adapters.library.citings import Citings
from claimcheck.adapters.library.database import Database
from claimcheck.adapters.library.hearing import Counts
from claimcheck.adapters.library.importer import BATCH, ImportReport, Reader
from claimcheck.adapters.library.rows import as_day
from claimcheck.adapters.library.store import Store
from claimcheck.adapters.library.upkeep import Upkeep, size_of
from claimcheck.domain.citing import Citations
from claimcheck.domain.dates import Window
from claimcheck.domain.match import Match, Scored
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.query import Query
from claimcheck.errors import Refused
from claimcheck.ports import KeptCitations

_FILE = "library.sqlite"


@dataclass(frozen=True)
class LibraryStats:
    """What is in the library. `oldest` and `newest` are days of first submission; `dates_known` papers tell it to the day."""

    papers: int
    versions: int
    oldest: date | None
    newest: date | None
    withdrawn: int
    dates_known: int
    index_size_bytes: int
    store_size_bytes: int


class LocalLibrary:
    """Papers on this machine. Keeps the promises of `ports.Library`; safe for several threads and processes at once."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._store = Store(database)
        self._citings = Citings(database)
        self._upkeep = Upkeep(folder, self._store)

    @classmethod
    def open(cls, folder: Path) -> "LocalLibrary":
        """Open the library in a folder, or make one there; raise `StoreUnusable`."""
        return cls(folder, Database.open(folder / _FILE))

    def close(self) -> None:
        """Close it; all that was kept is on disk already."""
        self._store.close()

    def __enter__(self) -> "LocalLibrary":
        """Use it in a `with` statement."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def add(self, papers: Iterable[Paper], today: date) -> int:
        """Keep papers, every version seen; return how many were new or changed."""
        counts, source = Counts(), iter(papers)
        while batch := list(islice(source, BATCH)):
            counts += self._store.keep(batch, today)
        return counts.added + counts.changed

    def get(self, id: str) -> Paper | None:
        """Return the newest version kept, or None."""
        return self.get_many([id]).get(id)

    def get_many(self, ids: Iterable[str]) -> dict[str, Paper]:
        """Return the newest version kept of each id that is known."""
        return self._store.get_many(ids)

    def search(self, query: Query, window: Window | None, limit: int) -> tuple[str, ...]:
        """Return ids of the best papers that may lie in the window, best first, ties by id; see `index` for what is best."""
        return tuple(paper.id for paper in self.scored(query, window, limit))

    def scored(self, query: Query, window: Window | None, limit: int, after: int | None = None) -> tuple[Scored, ...]:
        """Return what `search` finds with the scores; with `after`, only papers that arrived after that mark."""
        return self._upkeep.current().search(query, window, limit, after)

    def mark(self) -> int:
        """Return a mark that papers which arrive later, or of which text or date is new later, lie behind."""
        return self._store.mark()

    def note_matches(self, matches: Mapping[str, Match]) -> None:
        """Keep matches, each under the key of its claim and in place of the one kept before."""
        self._store.note_matches(matches)

    def matches(self, claims: Iterable[str]) -> dict[str, Match]:
        """Return the matches kept under these keys."""
        return self._store.matches(claims)

    def reach(self) -> date | None:
        """Return the newest date of a paper, or None when there is none; a month counts as its first day."""
        return self._store.newest()

    def mark_withdrawal(self, id: str, withdrawal: Withdrawal | None, asked: date) -> None:
        """Keep whether a known paper was withdrawn on the day that was asked; the answer of the later day stands."""
        self._store.mark_withdrawal(id, withdrawal, asked)

    def note_asked(self, source: str, query: str, window: Window, total: int, ids: Sequence[str]) -> None:
        """Keep that a query was answered in full for a window, and which papers it brought."""
        self._store.note_asked(source, query, window, total, ids)

    def asked(self, source: str, query: str) -> list[Window]:
        """Return the windows for which the query was answered in full."""
        return self._store.asked(source, query)

    def keep_citations(self, source: str, id: str, citations: Citations, day: date) -> None:
        """Keep who cites a paper by a source's answer of a day, in place of what it answered before."""
        self._citings.keep(source, id, citations, day)

    def citations(self, source: str, id: str) -> KeptCitations | None:
        """Return what the source answered last, or None when it never did."""
        return self._citings.newest(source, id)

    def note_missing(self, source: str, ids: Iterable[str], day: date) -> None:
        """Keep that the source did not know these ids on that day."""
        self._store.note_missing(source, ids, day)

    def missing(self, source: str, day: date) -> frozenset[str]:
        """Return the ids that the source did not know on that day."""
        return self._store.missing(source, day)

    def note_looked_up(self, source: str, ids: Iterable[str], day: date) -> None:
        """Keep that the source answered for these ids on that day."""
        self._store.note_looked_up(source, ids, day)

    def looked_up(self, source: str) -> dict[str, date]:
        """Return the ids that the source ever answered for, each with the last day on which it did."""
        return self._store.looked_up(source)

    def import_jsonl(self, path: Path, today: date, progress: Callable[[int], None] = lambda count: None) -> ImportReport:
        """Keep the papers of a JSON Lines file (.jsonl or .jsonl.gz); call `progress` with the number of lines read so far.

        Lines that cannot be used are set aside and counted. Raise `Refused` for a file that cannot be read to its end, or in
        which nothing can be used; what was kept before stays. To go on after an interruption, import the same file again.
        """
        reader, counts = Reader(path), Counts()
        for batch in reader.batches():
            counts += self._store.keep(batch, today)
            progress(reader.read)
        self._upkeep.current()
        if reader.broken:
            raise Refused([_broken(path, reader, counts)])
        if reader.read == reader.unusable_count:
            raise Refused([f"{path}: holds no paper that can be used; name a file of arXiv records", *reader.unusable])
        return ImportReport(reader.read, counts.added, counts.changed, tuple(reader.unusable), reader.unusable_count)

    def stats(self) -> LibraryStats:
        """Count what is there."""
        totals, file = self._store.totals(), self._store.path
        oldest, newest = totals["oldest"], totals["newest"]
        return LibraryStats(
            papers=totals["papers"] or 0,
            versions=totals["versions"] or 0,
            oldest=as_day(oldest) if oldest else None,
            newest=as_day(newest) if newest else None,
            withdrawn=totals["withdrawn"] or 0,
            dates_known=totals["dates_known"] or 0,
            index_size_bytes=self._upkeep.size(),
            store_size_bytes=size_of([file, file.with_name(f"{file.name}-wal")]),
        )

    def rebuild(self) -> None:
        """Build the index anew from the papers."""
        self._upkeep.rebuild()


def _broken(path: Path, reader: Reader, counts: Counts) -> str:
    kept = (
        "nothing of it is new" if counts == Counts() else f"{counts.added:,} new and {counts.changed:,} changed papers are kept"
    )
    return f"{path}: {reader.broken}; {kept}; fetch it again and import it again, which goes on from there"
