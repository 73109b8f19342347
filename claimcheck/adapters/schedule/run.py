"""Running a scheduler's own program, and saying in one line what it did not do."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from claimcheck.errors import StoreUnusable

_SECONDS = 30


@dataclass(frozen=True)
class Done:
    """How a program ended, and what it wrote."""

    code: int
    out: bytes
    error: str


def run(words: Sequence[str], given: bytes = b"", missing: str = "") -> Done:
    """Run a program; raise `StoreUnusable` when it is not there (saying what to do: `missing`) or does not end."""
    try:
        done = subprocess.run(  # noqa: S603 (fixed words)
            words, input=given, capture_output=True, timeout=_SECONDS, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except FileNotFoundError:
        raise StoreUnusable(f"there is no {words[0]!r} on this machine; {missing}") from None
    except (OSError, subprocess.TimeoutExpired) as wrong:
        why = "did not end" if isinstance(wrong, subprocess.TimeoutExpired) else wrong.strerror
        raise StoreUnusable(f"{words[0]!r} cannot be run ({why}); {missing}") from None
    return Done(done.returncode, done.stdout, _line(done.stderr))


def _line(said: bytes) -> str:
    text = " ".join(said.decode("utf-8", "replace").split())
    return "".join(char if char.isprintable() else "?" for char in text)[:300]
