"""What a model server's failures mean: ask again, ask otherwise, or never again; and how they are shown, without the key."""

import email.utils
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from claimcheck.secrets import STRUCK, strike

_MAX_MESSAGE = 300
_SECRET = re.compile(r"\b(?:sk|pk|key)-[\w*.-]{3,}|\bBearer\s+\S+", re.IGNORECASE)
_AGAIN = frozenset({408, 409, 425, 429})
_DENIED = frozenset({401, 402, 403, 404})
_DENIED_CODES = frozenset(
    "insufficient_quota billing_hard_limit_reached billing_not_active account_deactivated invalid_api_key model_not_found".split()
)
_TOO_LONG_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
_TOO_LONG = re.compile(
    r"(?:maximum|available|exceeds?\b.*) context|context (?:length|window|size)|prompt is too long", re.IGNORECASE
)


class Kind(Enum):
    """What to do about a failure."""

    AGAIN = "again"  # it may pass: wait and ask again
    ADAPTED = "adapted"  # a parameter was refused and is left out from now on: ask again at once
    TOO_LONG = "too long"  # shorten the question
    REJECTED = "rejected"  # this question will never be answered; others may
    UNREACHABLE = "unreachable"  # what is there is no model server
    DENIED = "denied"  # no question will be answered: key, quota or model name


@dataclass(frozen=True)
class Failure:
    """A failed request: the message is one line without the key; `billed` when the server may charge for it all the same."""

    kind: Kind
    message: str
    wait: float | None = None
    billed: bool = False


def of_status(status: int, codes: Iterable[str | None], message: str, wait: float | None) -> Failure:
    """Tell what an error status, with the error's code and type, means."""
    told = f"{status}: {message}" if message else str(status)
    known = {c for c in codes if c}
    if status in _DENIED or known & _DENIED_CODES:
        return Failure(Kind.DENIED, told)
    if status == 413 or (status < 500 and status != 429 and (known & _TOO_LONG_CODES or _TOO_LONG.search(message))):
        return Failure(Kind.TOO_LONG, told)
    if status in _AGAIN or status >= 500:
        return Failure(Kind.AGAIN, told, wait)
    return Failure(Kind.REJECTED if status in (400, 422) else Kind.UNREACHABLE, told)


def seconds_to_wait(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return what a Retry-After header asks for, given in seconds or as a date; None when it says nothing sensible."""
    given = headers.get("retry-after", "").strip()
    try:
        seconds = float(given)
    except ValueError:
        try:
            when = email.utils.parsedate_to_datetime(given)
        except ValueError:
            return None
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - (now or datetime.now(UTC))).total_seconds()
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def one_line(text: str, secrets: Iterable[str]) -> str:
    """Return a server's message so that it can be shown: one line, no key, nothing invisible, at most 300 characters."""
    line = " ".join(_SECRET.sub(STRUCK, strike(text, secrets)).split())
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    return line if len(line) <= _MAX_MESSAGE else f"{line[: _MAX_MESSAGE - 1]}…"
