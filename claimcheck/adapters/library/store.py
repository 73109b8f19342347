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

from claimcheck.adapters.library import rows
from claimcheck.adapters.library.database import Database
from claimcheck.adapters.library.merge import Merged, merge
from claimcheck.domain.dates import Window
from claimcheck.domain.match import Ladder, Match
from claimcheck.domain.paper import Paper, Withdrawal

_CHUNK = 500  # parameters in one statement
_LIST = ", ".join(rows.COLUMNS)
_SELECT = f"SELECT {_LIST} FROM paper"  # noqa: S608 - our own column names
_NEW = f"INSERT INTO paper ({_LIST}, arrived) VALUES ({', '.join('?' * len(rows.COLUMNS))}, ?)"  # noqa: S608
_PUT = f"UPDATE paper SET {', '.join(f'{name} = ?' for name in rows.COLUMNS[1:])} WHERE id = ?"  # noqa: S608
_ARRIVED = "UPDATE paper SET arrived = ? WHERE id = ?"
_MARK = "SELECT coalesce(max(arrived), 0) FROM paper"
_LACKING = "INSERT OR REPLACE INTO unindexed (paper) VALUES (?)"  # a new, higher number each time
_VERSION = "INSERT INTO version (paper, version, fingerprint, first_seen, title, abstract) VALUES (?, ?, ?, ?, ?, ?)"
_ENTRY = "id, title, abstract, when_first, when_last, arrived"


@dataclass(frozen=True)
class Counts:
    """How many papers were new, and how many known ones changed."""

    added: int = 0
    changed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Add up."""
        return Counts(self.added + other.added, self.changed + other.changed)


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
            for turn in _turns(papers):
                counts += _keep(connection, turn, today)
        return counts

    def get_many(self, ids: Iterable[str]) -> dict[str, Paper]:
        """Return the papers that are known, in the order asked."""
        wanted = list(dict.fromkeys(ids))
        with self._database.read() as connection:
            found = {row[0]: row for row in _among(connection, f"{_SELECT} WHERE id IN", wanted)}
            older: dict[str, list[str]] = {}
            # an older version is one whose title had to be kept
            for id, title, *_ in sorted(_among(connection, _TITLES, list(found)), key=lambda row: (row[0], row[2:])):
                older.setdefault(id, []).append(title)
        return {id: rows.from_row(found[id], older.get(id, ())) for id in wanted if id in found}

    def mark_withdrawal(self, id: str, withdrawal: Withdrawal | None, asked: date) -> None:
        """Keep an answer; one of an earlier day than the one kept, or on a paper that is not known, is passed over."""
        with self._database.write() as connection:
            for kept, records in _kept(connection, [id]).values():
                if kept.withdrawal_asked is None or kept.withdrawal_asked <= asked:
                    _put(connection, replace(kept, withdrawal=withdrawal, withdrawal_asked=asked), records)

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
            newest: int = connection.execute(_MARK).fetchone()[0]
        return newest

    def note_matches(self, matches: Mapping[str, Match]) -> None:
        """Keep matches in place of earlier ones."""
        kept = [(claim, match.mark, json.dumps(asdict(match))) for claim, match in matches.items()]
        with self._database.write() as connection:
            connection.executemany("INSERT OR REPLACE INTO matched (claim, mark, match) VALUES (?, ?, ?)", kept)

    def matches(self, claims: Iterable[str]) -> dict[str, Match]:
        """Return the matches that are kept."""
        with self._database.read() as connection:
            found = _among(connection, "SELECT claim, match FROM matched WHERE claim IN", list(claims))
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


def _turns(papers: Sequence[Paper]) -> list[list[Paper]]:
    """Deal out records so that each turn has a paper once, and the records of one paper keep their order."""
    turns: list[list[Paper]] = []
    count: dict[str, int] = {}
    for paper in papers:
        turn = count[paper.id] = count.get(paper.id, -1) + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(paper)
    return turns


def _keep(connection: sqlite3.Connection, papers: Sequence[Paper], today: date) -> Counts:
    records = dict(_among(connection, "SELECT id, records FROM paper WHERE id IN", [p.id for p in papers]))
    fresh: list[tuple[Paper, bytes]] = []
    told: dict[str, tuple[Paper, bytes]] = {}
    for paper in papers:
        digest = rows.digest(paper)
        if paper.id not in records:
            fresh.append((paper, digest))
        elif digest not in _split(records[paper.id]):
            told[paper.id] = (paper, digest)
    arrived = connection.execute(_MARK).fetchone()[0] + 1
    connection.executemany(_NEW, ((*rows.to_row(paper, digest), arrived) for paper, digest in fresh))
    versions = ((p.id, p.version, p.fingerprint, today.isoformat(), None, None) for p, _ in fresh)
    connection.executemany(_VERSION, versions)
    for paper, _ in fresh:
        _remember_titles(connection, paper, today)
    connection.executemany(_LACKING, ((paper.id,) for paper, _ in fresh))
    kept = _kept(connection, list(told))
    changed = sum(_tell(connection, kept[id], *told[id], today, arrived) for id in told)
    return Counts(len(fresh), changed)


def _tell(
    connection: sqlite3.Connection, kept: tuple[Paper, bytes], new: Paper, digest: bytes, today: date, arrived: int
) -> bool:
    """Let a known paper hear a record that it has not heard; tell whether it changed anything."""
    before, records = kept
    merged = merge(before, new)
    learned = _remember(connection, before, new, merged, today) | _remember_titles(connection, new, today)
    _put(connection, merged.paper, records + digest)
    if merged.replaced or merged.paper.when != before.when:
        connection.execute(_ARRIVED, (arrived, new.id))
        connection.execute(_LACKING, (new.id,))
    return learned or merged.paper != before


def _remember(connection: sqlite3.Connection, before: Paper, new: Paper, merged: Merged, today: date) -> bool:
    """Keep the version that a record tells of, with its text when that is not the newest's; tell whether it was unknown."""
    if not new.title or not new.abstract:
        return False
    where = "WHERE paper = ? AND fingerprint = ?"
    if merged.replaced:
        text = "UPDATE version SET title = ?, abstract = ?"
        connection.execute(f"{text} {where}", (before.title, before.abstract, before.id, before.fingerprint))
        connection.execute(f"{text} {where}", (None, None, new.id, new.fingerprint))
    known = {v for (v,) in connection.execute(f"SELECT version FROM version {where}", (new.id, new.fingerprint))}  # noqa: S608
    if new.version in known or (new.version is None and known):
        return False
    if None in known:
        connection.execute(f"UPDATE version SET version = ? {where}", (new.version, new.id, new.fingerprint))  # noqa: S608
    else:
        text_of = (None, None) if new.fingerprint == merged.paper.fingerprint else (new.title, new.abstract)
        connection.execute(_VERSION, (new.id, new.version, new.fingerprint, today.isoformat(), *text_of))
    return True


def _remember_titles(connection: sqlite3.Connection, new: Paper, today: date) -> bool:
    """Keep the older titles that a record tells of as versions of which no more is known; tell whether one was unknown."""
    before = connection.total_changes
    for title in new.older_titles:
        known = "SELECT 1 FROM version WHERE paper = ? AND title = ? UNION SELECT 1 FROM paper WHERE id = ? AND title = ?"
        if not connection.execute(known, (new.id, title) * 2).fetchone():
            fingerprint = replace(new, title=title, abstract="").fingerprint
            connection.execute(_VERSION, (new.id, None, fingerprint, today.isoformat(), title, None))
    return connection.total_changes > before


def _kept(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, tuple[Paper, bytes]]:
    found = _among(connection, f"{_SELECT} WHERE id IN", ids)
    return {row[0]: (rows.from_row(row), row[rows.COLUMNS.index("records")]) for row in found}


def _put(connection: sqlite3.Connection, paper: Paper, records: bytes) -> None:
    id, *values = rows.to_row(paper, records)
    connection.execute(_PUT, (*values, id))


def _split(records: bytes) -> set[bytes]:
    return {records[at : at + rows.DIGEST_SIZE] for at in range(0, len(records), rows.DIGEST_SIZE)}


def _among(connection: sqlite3.Connection, select: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
    """Run a statement that ends in IN for any number of values."""
    found: list[tuple[Any, ...]] = []
    for at in range(0, len(values), _CHUNK):
        some = values[at : at + _CHUNK]
        found += connection.execute(f"{select} ({', '.join('?' * len(some))})", some)
    return found
