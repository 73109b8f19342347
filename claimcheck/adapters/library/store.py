"""Papers in SQLite: every version seen, what a source was asked, and which papers the index still lacks. The source of truth.

A paper and the note that the index lacks it are committed together, so whatever happens later, no kept paper can stay unfound.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from claimcheck.adapters.library import hearing, rows
from claimcheck.adapters.library.database import Database
from claimcheck.adapters.library.hearing import Counts
from claimcheck.domain.dates import Window
from claimcheck.domain.match import Ladder, Match
from claimcheck.domain.paper import Paper, Withdrawal

_ENTRY = "id, title, abstract, when_first, when_last, arrived"


class Entry(NamedTuple):
    """What the index needs of a paper; dates as YYYYMMDD."""

    id: str
    title: str
    abstract: str
    first: int
    last: int
    arrived: int


@dataclass(frozen=True)
class IndexState:
    """Which index SQLite vouches for: its folder, format and seal, how many papers it holds and how many it had replaced."""

    folder: str
    format: str
    seal: str
    docs: int
    replaced: int


@dataclass(frozen=True)
class Snapshot:
    """The papers at one moment, for writing the index. `mark` is the last note of a lacking paper at that moment."""

    connection: sqlite3.Connection
    mark: int

    def lacking(self) -> list[str]:
        """Return the ids of the papers that the index lacks."""
        return [id for (id,) in self.connection.execute("SELECT paper FROM unindexed ORDER BY seq")]

    def papers(self) -> int:
        """Return how many papers there are."""
        count: int = self.connection.execute("SELECT count(*) FROM paper").fetchone()[0]
        return count

    def entries(self, lacking_only: bool = False) -> Iterator[Entry]:
        """Yield the papers, all or those that the index lacks."""
        of = "unindexed JOIN paper ON paper.id = unindexed.paper ORDER BY seq" if lacking_only else "paper"
        yield from map(Entry._make, self.connection.execute(f"SELECT {_ENTRY} FROM {of}"))  # noqa: S608 - our own names


class Store:
    """All that the library keeps but for the index. Every method is one transaction; safe for threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self._database.path

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def keep(self, papers: Sequence[Paper], today: date) -> Counts:
        """Keep records of papers. A record that was kept before changes nothing, whatever came after it."""
        counts = Counts()
        with self._database.write() as connection:
            for turn in hearing.turns(papers):
                counts += hearing.keep_turn(connection, turn, today)
        return counts

    def get_many(self, ids: Iterable[str]) -> dict[str, Paper]:
        """Return the papers that are known, in the order asked."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        with self._database.read() as connection:
            found = {row[0]: row for row in hearing.among(connection, f"{hearing.SELECT} WHERE id IN", wanted)}
            older: dict[str, list[str]] = {}
            # an older version is one whose title had to be kept
            for id, title, *_ in sorted(hearing.among(connection, _TITLES, list(found)), key=lambda row: (row[0], row[2:])):
                older.setdefault(id, []).append(title)
        return {id: rows.from_row(found[id], older.get(id, ())) for id in wanted if id in found}

    def mark_withdrawal(self, id: str, withdrawal: Withdrawal | None, asked: date) -> None:
        """Keep an answer; one of an earlier day than the one kept, or on a paper that is not known, is passed over."""
        with self._database.write() as connection:
            for kept, records in hearing.kept(connection, [id]).values():
                if kept.withdrawal_asked is None or kept.withdrawal_asked <= asked:
                    hearing.put(connection, replace(kept, withdrawal=withdrawal, withdrawal_asked=asked), records)

    def note_asked(self, source: str, query: str, window: Window, total: int, ids: Sequence[str]) -> None:
        """Keep that a query was answered in full for a window."""
        row = (source, query, window.first.isoformat(), window.last.isoformat(), total, json.dumps(list(ids)))
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO asked (source, query, first, last, total, ids) VALUES (?,?,?,?,?,?)", row)

    def asked(self, source: str, query: str) -> list[Window]:
        """Return the windows answered in full, in order."""
        select = "SELECT first, last FROM asked WHERE source = ? AND query = ? ORDER BY first, last"
        with self._database.read() as connection:
            found = connection.execute(select, (source, query)).fetchall()
        return [Window(date.fromisoformat(first), date.fromisoformat(last)) for first, last in found]

    def note_missing(self, source: str, ids: Iterable[str], day: date) -> None:
        """Keep that the source did not know these ids."""
        missing = [(source, day.isoformat(), id) for id in ids]
        with self._database.write() as connection:
            connection.executemany("INSERT OR IGNORE INTO missing (source, day, id) VALUES (?, ?, ?)", missing)

    def missing(self, source: str, day: date) -> frozenset[str]:
        """Return the ids that the source did not know on that day."""
        with self._database.read() as connection:
            select = "SELECT id FROM missing WHERE source = ? AND day = ?"
            return frozenset(id for (id,) in connection.execute(select, (source, day.isoformat())))

    def note_looked_up(self, source: str, ids: Iterable[str], day: date) -> None:
        """Keep that ids were looked up on a day; only the last day of each is kept."""
        looked_up = [(source, id, day.isoformat()) for id in ids]
        with self._database.write() as connection:
            connection.executemany("INSERT OR REPLACE INTO looked_up (source, id, day) VALUES (?, ?, ?)", looked_up)

    def looked_up(self, source: str) -> dict[str, date]:
        """Return the ids that were looked up, each with its last day."""
        with self._database.read() as connection:
            found = connection.execute("SELECT id, day FROM looked_up WHERE source = ?", (source,)).fetchall()
        return {id: date.fromisoformat(day) for id, day in found}

    def mark(self) -> int:
        """Return the newest arrival."""
        with self._database.read() as connection:
            newest: int = connection.execute(hearing.MARK).fetchone()[0]
        return newest

    def note_matches(self, matches: Mapping[str, Match]) -> None:
        """Keep matches in place of earlier ones."""
        kept = [(claim, match.mark, json.dumps(asdict(match))) for claim, match in matches.items()]
        with self._database.write() as connection:
            connection.executemany("INSERT OR REPLACE INTO matched (claim, mark, match) VALUES (?, ?, ?)", kept)

    def matches(self, claims: Iterable[str]) -> dict[str, Match]:
        """Return the matches that are kept."""
        with self._database.read() as connection:
            found = hearing.among(connection, "SELECT claim, match FROM matched WHERE claim IN", list(claims))
        return {claim: _match(json.loads(text)) for claim, text in found}

    def totals(self) -> dict[str, int | None]:
        """Return the numbers of papers, versions, withdrawn papers and known days, and the oldest and newest day (YYYYMMDD)."""
        select = """SELECT count(*) AS papers, min(when_first) AS oldest, max(when_first) AS newest,
            coalesce(sum(withdrawn), 0) AS withdrawn, coalesce(sum(when_first = when_last), 0) AS dates_known,
            (SELECT count(*) FROM version) AS versions FROM paper"""
        with self._database.read() as connection:
            cursor = connection.execute(select)
            return dict(zip((name for name, *_ in cursor.description), cursor.fetchone(), strict=True))

    def newest(self) -> date | None:
        """Return the newest day on which a paper was submitted for certain, or None when there is no paper."""
        with self._database.read() as connection:
            (number,) = connection.execute("SELECT max(when_first) FROM paper").fetchone()
        return rows.as_day(number) if number else None

    def index_state(self) -> tuple[IndexState | None, bool]:
        """Return the index that is vouched for, if any, and whether it lacks papers."""
        with self._database.read() as connection:
            row = connection.execute("SELECT folder, format, seal, docs, replaced FROM text_index").fetchone()
            lacks = connection.execute("SELECT EXISTS (SELECT 1 FROM unindexed)").fetchone()[0]
        return IndexState(*row) if row else None, bool(lacks)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Yield the papers as they are at this moment; others may go on writing."""
        with self._database.snapshot() as connection:
            yield Snapshot(connection, connection.execute("SELECT coalesce(max(seq), 0) FROM unindexed").fetchone()[0])

    def vouch(self, state: IndexState, mark: int) -> None:
        """Make an index the one in use, which holds all papers noted as lacking up to `mark`."""
        values = (state.folder, state.format, state.seal, state.docs, state.replaced)
        insert = "INSERT OR REPLACE INTO text_index (one, folder, format, seal, docs, replaced) VALUES (1, ?, ?, ?, ?, ?)"
        with self._database.write() as connection:
            connection.execute(insert, values)
            connection.execute("DELETE FROM unindexed WHERE seq <= ?", (mark,))


_TITLES = "SELECT paper, title, version IS NULL, version, rowid FROM version WHERE title IS NOT NULL AND paper IN"


def _match(value: dict[str, Any]) -> Match:
    ladders = (Ladder(tuple(one["terms"]), one["weight"], tuple(one["scores"]), one["found"]) for one in value["ladders"])
    lists = {name: tuple(value[name]) for name in ("candidates", "bars", "places", "citing")}
    return Match(**{**value, **lists, "ladders": tuple(ladders)})
