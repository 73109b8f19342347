"""A look at a library that changes nothing: not a byte of its file, and no index is built."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from claimcheck.adapters.library.database import looking
from claimcheck.adapters.library.index import FORMAT, IndexBroken, seal


@dataclass(frozen=True)
class LibraryLook:
    """How many papers there are, the day of the newest harvest, and what the index lacks; `index` says why it will be built."""

    papers: int
    harvested: str | None
    unindexed: int
    index: str | None


def look(folder: Path) -> LibraryLook | None:
    """Return what the library in a folder holds, or None when there is none yet; raise `StoreUnusable`."""
    file = folder / "library.sqlite"
    if not file.exists():
        return None
    with looking(file) as connection:
        papers = connection.execute("SELECT count(*) FROM paper").fetchone()[0]
        harvested = connection.execute("SELECT max(last) FROM asked WHERE query LIKE 'cat:%'").fetchone()[0]
        unindexed = connection.execute("SELECT count(*) FROM unindexed").fetchone()[0]
        return LibraryLook(papers, harvested, unindexed, _index(folder, connection))


def _index(folder: Path, connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT folder, format, seal FROM text_index").fetchone()
    if row is None:
        return "it was never built"
    name, form, sealed = row
    if form != FORMAT:
        return f"its format is {form!r}, this claimcheck's is {FORMAT!r}"
    try:
        return None if seal(folder / name) == sealed else "its files are not those that were written last"
    except IndexBroken as wrong:
        return str(wrong)
