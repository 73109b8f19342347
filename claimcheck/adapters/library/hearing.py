"""How the library hears records of papers: what is new, what changes what was known, and what the index lacks after it.

A record that was heard before changes nothing, whatever came after it.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from claimcheck.adapters.library import rows
from claimcheck.adapters.library.merge import Merged, merge
from claimcheck.domain.paper import Paper

_CHUNK = 500  # parameters in one statement
_LIST = ", ".join(rows.COLUMNS)
SELECT = f"SELECT {_LIST} FROM paper"  # noqa: S608 - our own column names
_NEW = f"INSERT INTO paper ({_LIST}, arrived) VALUES ({', '.join('?' * len(rows.COLUMNS))}, ?)"  # noqa: S608
_PUT = f"UPDATE paper SET {', '.join(f'{name} = ?' for name in rows.COLUMNS[1:])} WHERE id = ?"  # noqa: S608
_ARRIVED = "UPDATE paper SET arrived = ? WHERE id = ?"
MARK = "SELECT coalesce(max(arrived), 0) FROM paper"
_LACKING = "INSERT OR REPLACE INTO unindexed (paper) VALUES (?)"  # a new, higher number each time
_VERSION = "INSERT INTO version (paper, version, fingerprint, first_seen, title, abstract) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class Counts:
    """How many papers were new, and how many known ones changed."""

    added: int = 0
    changed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Add up."""
        return Counts(self.added + other.added, self.changed + other.changed)


def turns(papers: Sequence[Paper]) -> list[list[Paper]]:
    """Deal out records so that each turn has a paper once, and the records of one paper keep their order."""
    turns: list[list[Paper]] = []
    count: dict[str, int] = {}
    for paper in papers:
        turn = count[paper.id] = count.get(paper.id, -1) + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(paper)
    return turns


def keep_turn(connection: sqlite3.Connection, papers: Sequence[Paper], today: date) -> Counts:
    """Keep records of different papers; return how many were new or changed one."""
    records = dict(among(connection, "SELECT id, records FROM paper WHERE id IN", [p.id for p in papers]))
    fresh: list[tuple[Paper, bytes]] = []
    told: dict[str, tuple[Paper, bytes]] = {}
    for paper in papers:
        digest = rows.digest(paper)
        if paper.id not in records:
            fresh.append((paper, digest))
        elif digest not in _split(records[paper.id]):
            told[paper.id] = (paper, digest)
    arrived = connection.execute(MARK).fetchone()[0] + 1
    connection.executemany(_NEW, ((*rows.to_row(paper, digest), arrived) for paper, digest in fresh))
    versions = ((p.id, p.version, p.fingerprint, today.isoformat(), None, None) for p, _ in fresh)
    connection.executemany(_VERSION, versions)
    for paper, _ in fresh:
        _remember_titles(connection, paper, today)
    connection.executemany(_LACKING, ((paper.id,) for paper, _ in fresh))
    known = kept(connection, list(told))
    changed = sum(_tell(connection, known[id], *told[id], today, arrived) for id in told)
    return Counts(len(fresh), changed)


def _tell(
    connection: sqlite3.Connection, known: tuple[Paper, bytes], new: Paper, digest: bytes, today: date, arrived: int
) -> bool:
    """Let a known paper hear a record that it has not heard; tell whether it changed anything."""
    before, records = known
    merged = merge(before, new)
    learned = _remember(connection, before, new, merged, today) | _remember_titles(connection, new, today)
    put(connection, merged.paper, records + digest)
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


def kept(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, tuple[Paper, bytes]]:
    """Return papers as they are kept, each with the digests of its records."""
    found = among(connection, f"{SELECT} WHERE id IN", ids)
    return {row[0]: (rows.from_row(row), row[rows.COLUMNS.index("records")]) for row in found}


def put(connection: sqlite3.Connection, paper: Paper, records: bytes) -> None:
    """Write a paper that is known already."""
    id, *values = rows.to_row(paper, records)
    connection.execute(_PUT, (*values, id))


def _split(records: bytes) -> set[bytes]:
    return {records[at : at + rows.DIGEST_SIZE] for at in range(0, len(records), rows.DIGEST_SIZE)}


def among(connection: sqlite3.Connection, select: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
    """Run a statement that ends in IN for any number of values."""
    found: list[tuple[Any, ...]] = []
    for at in range(0, len(values), _CHUNK):
        some = values[at : at + _CHUNK]
        found += connection.execute(f"{select} ({', '.join('?' * len(some))})", some)
    return found
