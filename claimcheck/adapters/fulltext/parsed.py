"""What a parser hands back, and its form on the wire between processes and on disk."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from claimcheck.domain.fulltext import Found

HIDDEN = "hidden_text"
CUT = "cut"
HIDDEN_WORDS = 3  # fewer words out of sight are layout: a phantom in a formula, a mark
_MOST = 3_000_000  # characters of text; the longest theses have half of that


@dataclass(frozen=True)
class Parsed:
    """Sections in reading order, and what was found on the way (`hidden_text`, `cut`, and the flags of `text.clean`)."""

    found: tuple[Found, ...]
    flags: frozenset[str] = field(default_factory=frozenset)

    @property
    def empty(self) -> bool:
        """Tell whether there is no text at all."""
        return not any(one.text.strip() for one in self.found)


class Unreadable(Exception):
    """A file cannot be read as what it is said to be; the message says why, in our words."""


def to_json(parsed: Parsed) -> dict[str, object]:
    """Return the parsed text as JSON values; raise `Unreadable` when it is too long."""
    if sum(len(one.text) for one in parsed.found) > _MOST:
        raise Unreadable(f"it has more than {_MOST:,} characters of text")
    return {"found": [[one.title, one.text, one.level] for one in parsed.found], "flags": sorted(parsed.flags)}


def from_json(row: Mapping[str, object]) -> Parsed:
    """Return what `to_json` wrote; raise `ValueError` for anything else."""
    found, flags = row.get("found"), row.get("flags")
    if not isinstance(found, list) or not isinstance(flags, list) or not all(isinstance(flag, str) for flag in flags):
        raise ValueError("not a parsed text")
    return Parsed(tuple(_found(one) for one in found), frozenset(flags))


def dumps(row: Mapping[str, object]) -> bytes:
    """Return JSON in ASCII: whatever a text holds, it can be written."""
    return json.dumps(row, ensure_ascii=True).encode("ascii")


def _found(one: object) -> Found:
    if not (isinstance(one, list) and len(one) == 3):
        raise ValueError("not a section")
    title, text, level = one
    if not (isinstance(title, str) and isinstance(text, str) and isinstance(level, int)):
        raise ValueError("not a section")
    return Found(title, text, level)
