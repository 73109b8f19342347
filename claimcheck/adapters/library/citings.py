"""Who cites a paper, as the citation sources answered last; kept with the hints, so that a run the same day orders papers alike.

The table is made when there is first something to keep: a library whose owner asks no citation source stays as it was.
"""

import json
import sqlite3
from datetime import date

from claimcheck.adapters.library.database import Database
from claimcheck.domain.citing import Citations, Citing
from claimcheck.ports import KeptCitations

_TABLE = """CREATE TABLE IF NOT EXISTS citing (
    source TEXT NOT NULL, paper TEXT NOT NULL, day TEXT NOT NULL,
    elsewhere INTEGER NOT NULL,       -- citing papers that are not at arXiv
    papers TEXT NOT NULL,             -- JSON: id, contexts, intents, influential of each
    PRIMARY KEY (source, paper)
)"""
_THERE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'citing'"


class Citings:
    """The answers, in the library's file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, source: str, id: str, citations: Citations, day: date) -> None:
        """Keep an answer in place of the one before it."""
        papers = [[p.id, list(p.contexts), list(p.intents), p.influential] for p in citations.papers]
        row = (source, id, day.isoformat(), citations.elsewhere, json.dumps(papers))
        with self._database.write() as connection:
            connection.execute(_TABLE)
            connection.execute("INSERT OR REPLACE INTO citing (source, paper, day, elsewhere, papers) VALUES (?,?,?,?,?)", row)

    def newest(self, source: str, id: str) -> KeptCitations | None:
        """Return the last answer, or None."""
        with self._database.read() as connection:
            row = _row(connection, source, id)
        if row is None:
            return None
        day, elsewhere, papers = row
        citing = tuple(Citing(id, tuple(said), tuple(why), built) for id, said, why, built in json.loads(papers))
        return KeptCitations(Citations(citing, elsewhere), date.fromisoformat(day))


def _row(connection: sqlite3.Connection, source: str, id: str) -> tuple[str, int, str] | None:
    if connection.execute(_THERE).fetchone() is None:
        return None
    select = "SELECT day, elsewhere, papers FROM citing WHERE source = ? AND paper = ?"
    found: tuple[str, int, str] | None = connection.execute(select, (source, id)).fetchone()
    return found
