"""The append-only ledger in a database: what was judged, checked and retested, and on which day. SQLite through sqlmodel."""

from claimcheck.adapters.ledger.ledger import SqlLedger

__all__ = ["SqlLedger"]
