"""Answers that were paid for and could not be kept, in a file beside the ledger: the next one that opens it takes them in.

JSON Lines, `{"table": "judgement", "row": {...}}`, flushed to the disk line by line. A last line without an end is of a program
that was killed while it wrote.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from claimcheck.errors import StoreUnusable

logger = logging.getLogger(__name__)

_PATIENCE_S = 10.0
Rows = list[tuple[str, dict[str, Any]]]


class Spool:
    """A spool file; safe for several processes."""

    def __init__(self, ledger: Path) -> None:
        """Name the file after its ledger's."""
        self.path = ledger.with_name(f"{ledger.stem}.spool.jsonl")
        self._lock = FileLock(f"{self.path}.lock")

    def put(self, table: str, row: Mapping[str, Any]) -> bool:
        """Write a row down; tell whether that could be done."""
        line = json.dumps({"table": table, "row": dict(row)}, default=date.isoformat) + "\n"
        try:
            with self._lock.acquire(timeout=_PATIENCE_S), self.path.open("ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except (OSError, Timeout) as wrong:
            logger.warning("the spool file %s cannot be written (%s)", self.path, wrong)
            return False
        return True

    def take(self, keep: Callable[[Rows], None]) -> None:
        """Hand all rows to `keep`, which keeps those that are not kept yet, and remove the file. Raise `StoreUnusable`."""
        if not self.path.exists():
            return
        try:
            with self._lock.acquire(timeout=_PATIENCE_S):
                if self.path.exists():
                    rows = list(_rows(self.path))
                    keep(rows)
                    self.path.unlink()
                    logger.info("%d answers of an earlier run were taken in from %s", len(rows), self.path)
        except (OSError, Timeout) as wrong:
            raise StoreUnusable(f"the spool file {str(self.path)!r} cannot be used ({wrong}); make it readable") from wrong


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    *whole, rest = path.read_bytes().split(b"\n")
    for number, line in enumerate(whole, 1):
        try:
            told = json.loads(line)
            row = {**told["row"], "day": date.fromisoformat(told["row"]["day"])}
            yield str(told["table"]), row
        except (ValueError, KeyError, TypeError) as wrong:
            raise StoreUnusable(f"line {number} of the spool file {str(path)!r} is damaged ({wrong}); move it away") from None
    if rest:
        logger.warning("the last line of %s was cut off when it was written, and is left out", path)
