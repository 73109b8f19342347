"""Repairing an anchor in claims.yaml in place: another paper's id where a wrong one stands, and not a byte elsewhere.

The characters of one value are replaced, found by the parser's line and column, so that comments, order, quotes and layout stay
as a person wrote them. A title or date that was given for the old paper becomes the new one's. The file is read strictly before
and after: it must come out as the same claims but for that anchor, or nothing is written.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import yaml

from claimcheck.adapters import text_file
from claimcheck.adapters.claims_yaml.loader import digest, parse
from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import Anchor, ClaimsFile
from claimcheck.domain.dates import PartialDate
from claimcheck.errors import Refused, Stale, StoreUnusable

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_LINE_END = re.compile(r"\r\n|\r|\n")
_BOM = "\ufeff"


class EditableClaims:
    """A claims file that anchors may be repaired in; see `ports.ClaimsText`."""

    def __init__(self, path: Path, today: date) -> None:
        """Take the file, and the day that its dates are checked against."""
        self._path = path
        self._today = today

    def digest(self) -> str:
        """Return the SHA-256 of the file as it is now."""
        return digest(self._path)

    def repair(self, claim_id: str, old: str, new: Anchor, digest: str) -> None:
        """Put an anchor in the place of the one that a claim cites as `old`, if the file still has that digest."""
        repair_anchor(self._path, claim_id, old, new, digest, self._today)


def repair_anchor(path: Path, claim_id: str, old: str, new: Anchor, digest: str, today: date) -> str:
    """Put an anchor in the place of the one that a claim cites as `old`; return the SHA-256 of the file as it is then.

    `new` gives title and date for an anchor that names them. Raise `Stale` when the file is not the one with that digest,
    `Refused` when it has no such anchor or is written in a way that cannot be edited in place; then nothing was written.
    """
    path = Path(os.path.realpath(path))
    data = text_file.read(path)
    _same(data, digest, path)
    before = parse(data, str(path), today)
    text = _text(data, path)
    edits = _edits(text, path, claim_id, old, new)
    for start, end, value in sorted(edits, reverse=True):
        text = text[:start] + value + text[end:]
    changed = text.encode()
    _check(before, parse(changed, str(path), today), claim_id, old, new, path)
    _write(path, changed, data)
    return hashlib.sha256(changed).hexdigest()


def _same(data: bytes, digest: str, path: Path) -> None:
    if hashlib.sha256(data).hexdigest() != digest:
        raise Stale(f"{path} was changed since this page was made; nothing was written. Load the page again")


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused([f"{path}: is not UTF-8; save it so, or change the anchor by hand"]) from None


def _edits(text: str, path: Path, claim_id: str, old: str, new: Anchor) -> list[tuple[int, int, str]]:
    mark = len(_BOM) if text.startswith(_BOM) else 0
    lines = [mark, *(mark + found.end() for found in _LINE_END.finditer(text[mark:]))]
    for anchor in _anchors(yaml.compose(text[mark:], Loader=_LOADER), claim_id):
        values = _entries(anchor) if isinstance(anchor, yaml.MappingNode) else {"id": anchor}
        if _is(values.get("id"), old):
            wanted = {"id": new.id, "title": new.title, "date": str(new.date) if new.date else None}
            return [_edit(text, lines, path, node, wanted[key], key) for key, node in values.items()]
    raise Refused([f"{path}: claim {claim_id!r} has no anchor {old!r}; load the page again"])


def _edit(text: str, lines: list[int], path: Path, node: yaml.Node, value: str | None, key: str) -> tuple[int, int, str]:
    """Return what to replace from where to where. A quoted value stays quoted; a block of text is left to a person."""
    start, end = (lines[m.line] + m.column for m in (node.start_mark, node.end_mark))
    if not isinstance(node, yaml.ScalarNode) or node.style in ("|", ">"):
        raise Refused([f"{path}:{node.start_mark.line + 1}: the anchor's {key!r} is written as a block; change it by hand"])
    if value is None:
        raise Refused([f"{path}:{node.start_mark.line + 1}: the new paper's {key} is not known; change the anchor by hand"])
    if key == "title" or node.style == '"':
        return start, end, json.dumps(value, ensure_ascii=False)
    return start, end, f"'{value}'" if node.style == "'" else value


def _anchors(top: yaml.Node | None, claim_id: str) -> Iterator[yaml.Node]:
    for inquiry in _items(_entries(top).get("inquiries")):
        for claim in _items(_entries(inquiry).get("claims")):
            fields = _entries(claim)
            if getattr(fields.get("id"), "value", None) == claim_id and "anchors" in fields:
                found = fields["anchors"]
                yield from _items(found) if isinstance(found, yaml.SequenceNode) else [found]


def _entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _is(node: yaml.Node | None, old: str) -> bool:
    try:
        return isinstance(node, yaml.ScalarNode) and str(ArxivId.parse(node.value)) == old
    except MalformedId:
        return False


def _check(before: ClaimsFile, after: ClaimsFile, claim_id: str, old: str, new: Anchor, path: Path) -> None:
    """See that the file says what it said, but for that anchor."""

    def put(anchor: Anchor) -> Anchor:
        date_given: PartialDate | None = new.date if anchor.date else None
        return Anchor(new.id, new.title if anchor.title else None, date_given) if anchor.id == old else anchor

    expected = tuple(
        replace(claim, anchors=tuple(put(anchor) for anchor in claim.anchors)) if claim.id == claim_id else claim
        for claim in before.claims
    )
    if (after.inquiries, after.claims) != (before.inquiries, expected):
        raise Refused([f"{path}: claim {claim_id!r} rests on {new.id} already, or on {old!r} twice; change it by hand"])


def _write(path: Path, changed: bytes, data: bytes) -> None:
    """Put the new file in the old one's place, whole or not at all, if that is still the one that was read."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        with open(handle, "wb") as file:
            file.write(changed)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, path.stat().st_mode & 0o7777)
        _same(path.read_bytes(), hashlib.sha256(data).hexdigest(), path)
        os.replace(temporary, path)
    except OSError as wrong:
        raise StoreUnusable(
            f"{str(path)!r} cannot be written: {wrong.strerror or wrong}; make it and its folder writable"
        ) from wrong
    finally:
        with suppress(OSError):
            os.unlink(temporary)
