"""What was told last: a small file in home, so that nothing is told twice and nothing that could not be told is lost."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

_SCHEMA = 1


class Told:
    """The file `notified.json`. One that is missing, damaged or of a newer program counts as "nothing was told"."""

    def __init__(self, home: Path) -> None:
        """Name the file; nothing is read or written yet."""
        self._path = home / "notified.json"

    def read(self) -> dict[str, Any] | None:
        """Return what was told last, or None."""
        try:
            kept = json.loads(self._path.read_bytes())
            return {name: fits(kept[name]) for name, fits in _SHAPE.items()} if kept["schema"] == _SCHEMA else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def write(self, seen: dict[str, Any]) -> None:
        """Keep what was told, whole or not at all. Raise `OSError`."""
        part = self._path.with_suffix(".tmp")
        try:
            part.write_text(json.dumps({"schema": _SCHEMA, **seen}, indent=1, sort_keys=True), encoding="utf-8")
            os.replace(part, self._path)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _lists(length: int) -> Callable[[dict[str, list[Any]]], dict[str, list[Any]]]:
    def read(kept: dict[str, list[Any]]) -> dict[str, list[Any]]:
        if any(not isinstance(row, list) or len(row) != length for row in kept.values()):
            raise ValueError("not as it was written")
        return kept

    return read


def _texts(kept: list[str]) -> list[str]:
    if not isinstance(kept, list) or any(not isinstance(text, str) for text in kept):
        raise ValueError("not as it was written")
    return kept


_SHAPE: dict[str, Callable[[Any], Any]] = {"verdicts": _lists(2), "anchors": _lists(3), "ungrounded": _texts, "gaps": _texts}
