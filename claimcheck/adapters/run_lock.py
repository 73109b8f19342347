"""One run at a time: an operating-system lock on an open file, so that a dead holder's lock is free at once.

Who holds it stands in a file beside it, for the message only; what a killed run left there is known by its process being gone.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from claimcheck.errors import AlreadyRunning, StoreUnusable

_TRIES, _PAUSE = 10, 0.02  # a holder that has just got the lock has yet to say so


@contextmanager
def run_lock(home: Path, command: str = "refresh") -> Iterator[None]:
    """Hold the lock of `home`; raise `AlreadyRunning`, naming the holder, when another process has it."""
    lock, holder = _lock(home), home / "refresh.holder.json"
    _acquire(lock, home)
    try:
        _write(holder, command)
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def refuse_second(home: Path) -> None:
    """Raise `AlreadyRunning` when another process holds the lock, before anything that takes long. Makes no folder."""
    if home.is_dir():
        lock = _lock(home)
        _acquire(lock, home)
        lock.release()


def _lock(home: Path) -> FileLock:
    return FileLock(home / "refresh.lock")


def _acquire(lock: FileLock, home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        named = _named(home / "refresh.holder.json")
        raise AlreadyRunning(f"another run in {str(home)!r} is going on{named}; wait for it to end") from None
    except (OSError, NotImplementedError) as wrong:
        why = getattr(wrong, "strerror", None) or wrong
        raise StoreUnusable(f"cannot lock {str(home)!r}: {why}; make the folder writable") from None


def _write(holder: Path, command: str) -> None:
    """Say who holds the lock. Only for the message: the lock itself is the operating system's."""
    said = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds"), "command": command}
    part = holder.with_suffix(".tmp")
    try:
        part.write_text(json.dumps(said), encoding="utf-8")
        os.replace(part, holder)
    except OSError as wrong:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise StoreUnusable(
            f"cannot write to {str(holder.parent)!r}: {wrong.strerror or wrong}; make room or make it writable"
        ) from None


def _named(holder: Path) -> str:
    for _ in range(_TRIES):
        try:
            held = json.loads(holder.read_text(encoding="utf-8"))
            pid, since = int(held["pid"]), str(held["since"])[:25]
            command = "".join(c for c in str(held.get("command", "refresh"))[:40] if c.isprintable())
            if _lives(pid):
                return f" (claimcheck {command}, process {pid}, since {since})"
        except (OSError, ValueError, KeyError, TypeError):
            pass
        time.sleep(_PAUSE)
    return ""


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
