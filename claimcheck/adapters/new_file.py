"""Files that a person will edit: written whole or not at all, and never over one that is there unless that is asked for."""

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from claimcheck.errors import StoreUnusable, UsageError


def write_all(files: Mapping[Path, str], *, force: bool = False) -> None:
    """Write new files as `write_new` does; where one is there, none is written."""
    for path in files:
        _refuse_taken(path, force)
    for path, text in files.items():
        write_new(path, text, force=force)


def write_new(path: Path, text: str, *, force: bool = False) -> None:
    """Write a new file; raise `UsageError` where one is there (with `force` it is replaced), `StoreUnusable` where it cannot be.

    The text goes to a file beside it first. Putting that in its place fails where another process made the file meanwhile.
    """
    _refuse_taken(path, force)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        _place(beside, path, force)
    except OSError as wrong:
        raise StoreUnusable(f"{str(path)!r} cannot be written ({wrong.strerror or wrong}); name another file") from wrong
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _refuse_taken(path: Path, force: bool) -> None:
    if path.is_dir():
        raise UsageError(f"{str(path)!r} is a folder; name a file in it")
    if not force and os.path.lexists(path):
        raise UsageError(_there(path))


def _place(beside: Path, path: Path, force: bool) -> None:
    if force:
        os.replace(beside, path)
        return
    try:
        os.link(beside, path)
    except FileExistsError:
        raise UsageError(_there(path)) from None
    except OSError as wrong:
        if wrong.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV):
            raise
        # A file system without links: what is left is a moment in which another process may make the file.
        os.replace(beside, path)


def _there(path: Path) -> str:
    return f"{str(path)!r} is there already and is left as it is; name another file, or write over it with --force"
