"""BibTeX entries, read tolerantly: a broken entry ends where the next one begins, and never the file.

Values may be in braces (nested), quotes or bare, joined by `#`; strings that were defined with `@string` are put in. A value's
place is that of its text, without its braces.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_ENTRY = re.compile(r"^[ \t]*@[ \t]*([A-Za-z]+)[ \t]*([{(])", re.MULTILINE)
_KEY = re.compile(r"\s*([^\s,{}()=\"]+)\s*,")
_NAME = re.compile(r"[\s,]*([A-Za-z][\w:.-]*)\s*=\s*")
_BARE = re.compile(r"[^\s,{}\"#]+")
_NO_ENTRIES = frozenset({"comment", "preamble"})


@dataclass(frozen=True)
class Field:
    """A field's value without its outer marks, and where it stands."""

    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Entry:
    """An entry with its type and field names in lower case, and where it stands."""

    type: str
    key: str
    fields: Mapping[str, Field]
    start: int
    end: int

    def value(self, name: str) -> str:
        """Return a field's value as people read it: without braces and on one line; empty where it is not there."""
        field = self.fields.get(name)
        return " ".join(re.sub(r"\\[a-zA-Z]+\s*|[{}]", "", field.value).split()) if field else ""


def entries(text: str) -> tuple[Entry, ...]:
    """Return the entries of a text, in order; what is no entry is passed over."""
    starts = list(_ENTRY.finditer(text))
    ends = [*(found.start() for found in starts[1:]), len(text)]
    strings: dict[str, str] = {}
    found: list[Entry] = []
    for start, end in zip(starts, ends, strict=bool(starts)):
        kind = start[1].casefold()
        if kind == "string":
            strings |= {name: field.value for name, field in _fields(text, start.end(), end, strings)}
        elif kind not in _NO_ENTRIES and (key := _KEY.match(text, start.end(), end)):
            fields: dict[str, Field] = {}
            last = key.end()
            for name, field in _fields(text, key.end(), end, strings):
                fields.setdefault(name, field)
                last = field.end
            close = text.find("}" if start[2] == "{" else ")", min(last + 1, end), end)
            found.append(Entry(kind, key[1], fields, start.start(), close + 1 if close >= 0 else end))
    return tuple(found)


def _fields(text: str, at: int, end: int, strings: Mapping[str, str]) -> Iterator[tuple[str, Field]]:
    while name := _NAME.match(text, at, end):
        pieces: list[Field] = []
        at = name.end()
        while piece := _piece(text, at, end, strings):
            pieces.append(piece)
            at = _behind(text, piece, end)
            joined = re.compile(r"\s*#\s*").match(text, at, end)
            if not joined:
                break
            at = joined.end()
        if not pieces:
            return
        yield name[1].casefold(), Field("".join(p.value for p in pieces), pieces[0].start, pieces[-1].end)


def _piece(text: str, at: int, end: int, strings: Mapping[str, str]) -> Field | None:
    if at >= end:
        return None
    if text[at] in '{"':
        close = _close(text, at, end)
        return Field(text[at + 1 : close], at + 1, close)
    bare = _BARE.match(text, at, end)
    return Field(strings.get(bare[0].casefold(), bare[0]), at, bare.end()) if bare else None


def _behind(text: str, piece: Field, end: int) -> int:
    marked = piece.start > 0 and text[piece.start - 1] in '{"' and text[piece.end : piece.end + 1] in ("}", '"')
    return min(piece.end + marked, end)


def _close(text: str, at: int, end: int) -> int:
    """Return where the value that opens at `at` ends; the next line's end where it is never closed."""
    quoted, depth = text[at] == '"', 0
    for place in range(at + 1, end):
        char = text[place]
        if text[place - 1] == "\\":
            continue
        if char == "{":
            depth += 1
        elif char == "}":
            if depth == 0 and not quoted:
                return place
            depth -= 1
        elif char == '"' and quoted and depth <= 0:
            return place
    line = text.find("\n", at, end)
    return line if line >= 0 else end
