"""What a database holds when it is opened, compared with what this program knows; the same for every store."""

from dataclasses import dataclass

from claimcheck.adapters.ledger.migrations import History
from claimcheck.errors import StoreUnusable


@dataclass(frozen=True)
class Look:
    """What a database holds: (table, column) pairs, and the schema revision it names; None when there is nothing in it yet."""

    revision: str | None = None
    columns: frozenset[tuple[str, str]] = frozenset()


def missing(found: Look, history: History) -> str | None:
    """Say in words what a schema that calls itself the newest lacks, or return None."""
    from claimcheck.adapters.ledger.tables import Row

    if found.revision != history.head:
        return None
    wanted = {(table.name, column.name) for table in Row.metadata.sorted_tables for column in table.columns}
    lacks = min(wanted - found.columns, default=None)
    return f"column {lacks[1]} of table {lacks[0]} is missing" if lacks else None


def refuse_newer(place: str, found: Look, history: History) -> None:
    """Raise `StoreUnusable` when a newer program wrote a ledger."""
    if found.revision not in (None, history.head) and not history.knows(str(found.revision)):
        raise StoreUnusable(
            f"the ledger {place!r} was written by a newer claimcheck (its schema is {found.revision}, this one knows "
            f"{history.head} at most); update claimcheck, or choose another ledger. Nothing was changed"
        )
