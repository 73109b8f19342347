"""Papers out of a JSON Lines file, plain or gzipped, in batches; what cannot be used is set aside with its line number."""

import gzip
import io
import json
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from claimcheck.adapters.library.records import Unusable, paper_of
from claimcheck.domain.paper import Paper
from claimcheck.errors import Refused

BATCH = 4_000
_LONGEST = 4_000_000  # bytes of a line; the longest real records (thousands of authors) stay below a tenth of it
_SHOWN = 20
_BUFFER = 1 << 18  # bytes
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class ImportReport:
    """What an import came to: lines read, papers added and changed, and the lines set aside (the first 20, and how many)."""

    read: int
    added: int
    changed: int
    unusable: tuple[str, ...]
    unusable_count: int


@dataclass
class Reader:
    """Reads a file; counts the lines that hold something, and those of them that cannot be used."""

    path: Path
    read: int = 0
    unusable_count: int = 0
    unusable: list[str] = field(default_factory=list)
    broken: str | None = None  # why reading ended before the file did

    def batches(self) -> Iterator[list[Paper]]:
        """Yield the usable papers; raise `Refused` when the file cannot be opened. Afterwards, `broken` tells of a cut end."""
        batch: list[Paper] = []
        try:
            with _opened(self.path) as file:
                for number, line in _lines(file):
                    self._take(number, line, batch)
                    if len(batch) == BATCH:
                        yield batch
                        batch = []
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self.broken = f"is cut off or damaged after {self.read:,} records ({error})"
        except OSError as error:
            self.broken = f"could be read no further than {self.read:,} records ({error.strerror or error})"
        if batch:
            yield batch

    def _take(self, number: int, line: bytes | None, batch: list[Paper]) -> None:
        self.read += 1
        try:
            batch.append(_paper(line))
        except Unusable as error:
            self.unusable_count += 1
            if len(self.unusable) < _SHOWN:
                self.unusable.append(f"line {number}: {error}")


def _opened(path: Path) -> BinaryIO:
    """Open the file, unpacked; by its first bytes, for names deceive."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Refused([f"{path}: is not a file; name a JSON Lines file (.jsonl or .jsonl.gz)"])
        file = path.open("rb")
    except FileNotFoundError:
        raise Refused([f"{path}: there is no such file; name a JSON Lines file (.jsonl or .jsonl.gz)"]) from None
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise Refused([f"{path}: cannot be read ({why}); mend that, or name another file"]) from None
    if file.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
        file.close()
        return io.BufferedReader(gzip.open(path), _BUFFER)
    return file


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines that are not blank, with their numbers from 1; None for one that is too long to be a record."""
    number = 0
    while line := file.readline(_LONGEST):
        number += 1
        if len(line) == _LONGEST and not line.endswith(b"\n"):
            while (rest := file.readline(_LONGEST)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line.strip():
            yield number, line


def _paper(line: bytes | None) -> Paper:
    if line is None:
        raise Unusable(f"is longer than {_LONGEST:,} bytes")
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unusable("is not UTF-8") from None
    except (ValueError, RecursionError):
        raise Unusable("is not JSON") from None
    return paper_of(record)
