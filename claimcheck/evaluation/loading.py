"""Labelled files: JSON Lines, plain or gzipped, read whole; whatever is wrong is refused with file and line, all at once."""

import codecs
import gzip
import io
import json
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from claimcheck.domain.text import clean
from claimcheck.errors import Refused

T = TypeVar("T")
Found = TypeVar("Found")

_MOST_SHOWN = 50
_SHOWN = 60  # characters of a value
_LONGEST = 16_000_000  # bytes of a line
_GZIP = b"\x1f\x8b"
_OTHER_ENCODINGS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Row:
    """One row of a file.

    Its fields are read as what they must be. What is not so is noted, and something harmless returned: the file is refused at
    its end, with everything that is wrong in it.
    """

    def __init__(self, path: Path, number: int, values: Mapping[str, Any], problems: list[str]) -> None:
        self.number = number
        self._path, self._values, self._problems = path, values, problems

    def wrong(self, message: str) -> None:
        """Note what is wrong with the row."""
        self._problems.append(f"{self._path}:{self.number}: {message}")

    def has(self, name: str) -> bool:
        """Tell whether the field is there and not null."""
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """Return a text that must be there, as visible text on one line."""
        found = clean(self._field(name, str, "text", "?"))[0]
        if not found:
            self.wrong(f"{name!r} is empty")
        return found

    def optional(self, name: str) -> str | None:
        """Return a text that may be null or left out."""
        return (clean(self._field(name, str, "text", ""))[0] or None) if self.has(name) else None

    def nullable(self, name: str) -> str:
        """Return a text whose field must be there and may be null or empty."""
        if name not in self._values:
            self.wrong(f"has no {name!r}")
        return self.optional(name) or ""

    def label(self, name: str, known: Mapping[str, Found], fallback: Found) -> Found:
        """Return what a label means; how it is spelt (case, blanks, hyphens) does not matter."""
        label = self._field(name, str, "text", "")
        meant = known.get("_".join(label.strip().casefold().replace("-", " ").replace("_", " ").split()))
        if meant is None:
            if isinstance(self._values.get(name), str):
                self.wrong(f"unknown {name} {_short(label)}; known are {', '.join(known)}")
            return fallback
        return meant

    def id(self, name: str) -> str:
        """Return an id, a text or a whole number, as text."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
            self.wrong(f"has no {name!r}" if value is None else f"{name!r} is {_short(value)}, not an id")
            return ""
        return str(value)

    def flag(self, name: str) -> bool:
        """Return a truth value."""
        return self._field(name, bool, "true or false", False)

    def texts(self, name: str, least: int = 0) -> tuple[str, ...]:
        """Return a list of texts, which may be empty when `least` is 0."""
        kept = len(self._problems)
        found = tuple(clean(text)[0] for text in self.items(name, str, "texts"))
        if least and not any(found) and len(self._problems) == kept:
            self.wrong(f"{name!r} is empty")
        return found

    def ids(self, name: str) -> tuple[str, ...]:
        """Return a list of ids as texts."""
        found = self.items(name, (int, str), "ids")
        return tuple(str(value) for value in found)

    def items(self, name: str, kind: type | tuple[type, ...], plural: str) -> list[Any]:
        """Return a list whose items are all of a kind."""
        found: list[Any] = self._field(name, list, f"a list of {plural}", [])
        if any(isinstance(item, bool) or not isinstance(item, kind) for item in found):
            self.wrong(f"{name!r} is {_short(found)}, not a list of {plural}")
            return []
        return found

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return an object."""
        found: Mapping[str, Any] = self._field(name, dict, "an object", {})
        return found

    def numbers(self, found: object, of: int | None, what: str) -> tuple[int, ...]:
        """Return sentence numbers, counted from 0, of a document of so many sentences (None: not known)."""
        if not isinstance(found, list) or any(isinstance(n, bool) or not isinstance(n, int) for n in found):
            self.wrong(f"{what}: sentences are {_short(found)}, not a list of whole numbers")
            return ()
        for n in found:
            if n < 0 or (of is not None and n >= of):
                has = "" if of is None else f"; the document has 0 to {of - 1}"
                self.wrong(f"{what}: sentence number {n} is out of range{has}")
        return tuple(found)

    def _field(self, name: str, kind: type[T], what: str, fallback: T) -> T:
        value = self._values.get(name)
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        self.wrong(f"has no {name!r}" if value is None else f"{name!r} is {_short(value)}, not {what}")
        return fallback


class Once:
    """Sees to it that an id stands in a file once."""

    def __init__(self) -> None:
        self._first: dict[object, int] = {}

    def see(self, row: Row, key: object, name: str) -> None:
        """Note the id as wrong when an earlier row has it."""
        first = self._first.setdefault(key, row.number)
        if first != row.number:
            row.wrong(f"{name} stands on line {first} already")


def read(path: Path, parse: Callable[[Row], T]) -> list[T]:
    """Return what `parse` makes of each row; raise `Refused` with what is wrong (the first 50 faults)."""
    problems: list[str] = []
    found = [parse(Row(path, number, values, problems)) for number, values in _objects(path, problems)]
    refuse(problems)
    if not found:
        raise Refused([f"{path}: holds no rows; it must have one JSON object a line"])
    return found


def refuse(problems: Sequence[str]) -> None:
    """Raise `Refused` with the first 50 problems, if there are any."""
    distinct = list(dict.fromkeys(problems))
    if distinct:
        more = len(distinct) - _MOST_SHOWN
        raise Refused([*distinct[:_MOST_SHOWN], *([f"and {more} more like these"] if more > 0 else [])])


def _objects(path: Path, problems: list[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    number = 0
    try:
        with _opened(path) as file:
            while line := file.readline(_LONGEST):
                number += 1
                if number == 1 and line.startswith(_OTHER_ENCODINGS):
                    raise Refused([f"{path}:1: is encoded in UTF-16 or UTF-32; save the file as UTF-8"])
                if len(line) == _LONGEST and not line.endswith(b"\n"):
                    raise Refused([f"{path}:{number}: is longer than {_LONGEST:,} bytes; write one JSON object a line"])
                if line.strip():
                    yield from _object(path, number, line, problems)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Refused([f"{path}: is cut off or damaged after line {number} ({error}); fetch it again"]) from None
    except OSError as error:
        raise Refused([f"{path}: cannot be read ({error.strerror or error}); mend that, or name another file"]) from None


def _object(path: Path, number: int, line: bytes, problems: list[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        values = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        problems.append(f"{path}:{number}: byte 0x{line[error.start]:02x} is not UTF-8; save the file as UTF-8")
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep, or a number too long"
        problems.append(f"{path}:{number}: is not JSON ({why}); write one JSON object a line")
    else:
        if isinstance(values, dict):
            yield number, values
        else:
            problems.append(f"{path}:{number}: is {_short(values)}, not a JSON object")


def _opened(path: Path) -> BinaryIO:
    """Open the file, unpacked; by its first bytes, for names deceive."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise Refused([f"{path}: there is no such file; name one in JSON Lines (.jsonl or .jsonl.gz)"]) from None
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise Refused([f"{path}: cannot be read ({why}); mend that, or name another file"]) from None
    if not stat.S_ISREG(mode):
        raise Refused([f"{path}: is not a file; name one in JSON Lines (.jsonl or .jsonl.gz)"])
    file = path.open("rb")
    if file.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
        file.close()
        return io.BufferedReader(gzip.open(path))
    return file


def _short(value: object) -> str:
    shown = ascii(value)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}..."
