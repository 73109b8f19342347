"""Who holds the lock of a home, for those who only look: nothing is written, and no run is kept from starting for long."""

import fcntl
import json
import os
from pathlib import Path


def held(home: Path) -> str | None:
    """Return in words who holds the lock of `home`, or None when nobody does. Raise `OSError`."""
    try:
        file = os.open(home / "refresh.lock", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(home / "refresh.holder.json")
    finally:
        os.close(file)  # which lets go of the lock, too
    return None


def _holder(path: Path) -> str:
    try:
        told = json.loads(path.read_bytes())
        return f"process {int(told['pid'])}, since {str(told['since'])[:25]}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that did not say which"
