"""Text files that people wrote: read whole, within a limit, and decoded without guessing."""

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from claimcheck.errors import Refused

LIMIT = 5_000_000  # bytes
_MOST_SHOWN = 20
_UTF32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# What an editor does not show, or shows as a line end that it is not. Characters that only hide are left to the reader of a text.
_NOT_TEXT = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def read(path: Path, limit: int = LIMIT, if_missing: str = "") -> bytes:
    """Return the bytes of a regular file; raise `Refused` where it cannot be read or is larger than `limit`.

    Pipes and devices are never opened: reading one may wait, or go on, for ever.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise Refused([f"{path}: is a folder; name the file in it"])
        if not stat.S_ISREG(mode):
            raise Refused([f"{path}: is not a regular file; copy what it holds into one"])
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise Refused([f"{path}: there is no such file{if_missing and '; '}{if_missing}"]) from None
    except OSError as wrong:
        why = os.strerror(wrong.errno) if wrong.errno else str(wrong)
        raise Refused([f"{path}: cannot be read ({why}); mend that, or name another file"]) from None
    if len(data) > limit:
        raise Refused([f"{path}: is larger than {limit:,} bytes; split it"])
    return data


def decode(data: bytes, name: str) -> str:
    """Return the text with line ends as newlines; raise `Refused` for what is not plain UTF-8 (or UTF-16 with its mark)."""
    if data.startswith(_UTF32):
        raise Refused([f"{name}: is encoded in UTF-32; save it as UTF-8"])
    try:
        text = data.decode("utf-16" if data.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = len(_one_line_end(data[: wrong.start].decode("latin-1")).split("\n"))
        encoding = "UTF-16" if data.startswith(_UTF16) else "UTF-8"
        where = f"{name}:{line}" if encoding == "UTF-8" else name
        raise Refused([f"{where}: byte 0x{data[wrong.start]:02x} is not {encoding}; save the file as UTF-8"]) from None
    text = _one_line_end(text)
    problems = list(_not_text(text, name))
    if problems:
        raise Refused(problems)
    return text


def character(char: str) -> str:
    """Name a character that may not be visible."""
    name = unicodedata.name(char, "surrogate" if unicodedata.category(char) == "Cs" else "control character")
    return f"U+{ord(char):04X} ({name.lower()})"


def _one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _not_text(text: str, name: str) -> Iterator[str]:
    line, start = 1, 0
    for count, found in enumerate(_NOT_TEXT.finditer(text)):
        if count == _MOST_SHOWN:
            yield f"{name}: more of these follow; is it a text file?"
            return
        line += text.count("\n", start, found.start())
        start = found.start()
        yield f"{name}:{line}: {character(found.group())} stands in the text; take it out"
