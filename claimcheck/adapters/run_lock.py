"""One refresh at a time: an operating-system lock on an open file, so that a dead holder's lock is free at once."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from claimcheck.errors import AlreadyRunning, StoreUnusable


@contextmanager
def run_lock(home: Path) -> Iterator[None]:
    """Hold the lock of `home`; raise `AlreadyRunning`, naming the holder, when another process has it."""
    lock, holder = FileLock(home / "refresh.lock"), home / "refresh.holder.json"
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise AlreadyRunning(f"another refresh of {str(home)!r} is running{_named(holder)}; wait for it to end") from None
    except OSError as wrong:
        raise StoreUnusable(f"cannot lock {str(home)!r}: {wrong.strerror or wrong}; make the folder writable") from None
    try:
        _write(holder)
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _write(holder: Path) -> None:
    """Say who holds the lock. Only for the message: the lock itself is the operating system's."""
    try:
        holder.write_text(
            json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}), encoding="utf-8"
        )
    except OSError as wrong:
        raise StoreUnusable(
            f"cannot write to {str(holder.parent)!r}: {wrong.strerror or wrong}; make room or make it writable"
        ) from None


def _named(holder: Path) -> str:
    try:
        held = json.loads(holder.read_text(encoding="utf-8"))
        return f" (process {int(held['pid'])}, since {str(held['since'])[:25]})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
