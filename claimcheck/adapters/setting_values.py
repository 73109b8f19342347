"""How the value of a setting is read: each reader returns it in its own type, or raises ValueError saying what is allowed.

Values come as text from the environment, typed from TOML, and either way from the command line.
"""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from claimcheck.adapters import database_address

RECORDED = "recorded:"
EMBEDDED = "embedded:"
SQLITE = "sqlite:///"
ALONE = 64  # model calls under way; beyond it the client library of one process burns its time on bookkeeping
_LONGEST = 500  # characters
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_WHOLE = re.compile(r"[0-9]{1,12}")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
# Between addresses, and not inside one, which may have commas of its own.
BETWEEN_ADDRESSES = re.compile(r"[\s,]+(?=[a-z][a-z0-9+.-]*://)", re.IGNORECASE)
_MOST_ADDRESSES = 20
_CLUSTER = re.compile(r"local:(?P<workers>[0-9]{1,3})|(?:tcp|tls)://(?:[A-Za-z0-9._-]{1,250}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}")
_MAIL = re.compile(r"[!#-;=?-~]{1,64}@[A-Za-z0-9.-]{1,180}")


def path(value: object) -> Path:
    """Read a path; `~` would only be expanded by a shell."""
    text = str(value) if isinstance(value, str | Path) else ""
    if not text.strip() or text.startswith("~") or any(ord(c) < 0x20 for c in text):
        raise ValueError("write a path; '~' is not expanded here")
    return Path(text)


def text(value: object) -> str:
    """Read a short text; blanks and line ends around it do not count."""
    stripped = value.strip() if isinstance(value, str) else ""
    if not stripped or not stripped.isprintable() or len(stripped) > _LONGEST:
        raise ValueError(f"write a text of at most {_LONGEST} visible characters")
    return stripped


def number(lowest: float, highest: float) -> Callable[[object], float]:
    """Return a reader of numbers in a range; NaN lies in none."""

    def read(value: object) -> float:
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            raise ValueError(f"write a number from {lowest:g} to {highest:,.10g}")
        return float(value)

    return read


def whole(lowest: int, highest: int) -> Callable[[object], int]:
    """Return a reader of whole numbers in a range."""

    def read(value: object) -> int:
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise ValueError(f"write a whole number from {lowest} to {highest}")
        return value

    return read


def switch(value: object) -> bool:
    """Read on or off."""
    known = {"on": True, "true": True, "1": True, "yes": True, "off": False, "false": False, "0": False, "no": False}
    word = str(value).strip().lower() if isinstance(value, str | int) else ""
    if word not in known:
        raise ValueError("write on or off")
    return known[word]


def url(value: object) -> str:
    """Read the address of a server, without a slash at its end. Keys and passwords have no place in it."""
    advice = "write an address such as http://127.0.0.1:8080/v1, without user name, password or '?'"
    try:
        address = text(value)
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError(advice) from None
    if not sound or not address.isascii() or any(c in address for c in ' @?#\\"<>'):
        raise ValueError(advice)
    return address.rstrip("/")


def arxiv_url(value: object) -> str:
    """Read the address that arXiv queries go to; of a bare server it is completed."""
    address = url(value)
    if urlsplit(address).scheme == "http" and not is_loopback(address):
        raise ValueError("write an https address; http only for a loopback one such as http://127.0.0.1:8090/api/query")
    return address if urlsplit(address).path else f"{address}/api/query"


def service_url(value: object) -> str:
    """Read the address of a service that may be sent a key: over https, or on this machine."""
    address = url(value)
    if urlsplit(address).scheme == "http" and not is_loopback(address):
        raise ValueError("write an https address; http only for a loopback one such as http://127.0.0.1:8091")
    return address


def is_loopback(address: str) -> bool:
    """Tell whether an address names this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def judge(value: object) -> str:
    """Read the choice of a judge."""
    choice = str(value)
    if choice in ("auto", "openai", "embedded", "lexical"):
        return choice
    kind = next((prefix for prefix in (RECORDED, EMBEDDED) if choice.startswith(prefix)), None)
    if kind is None:
        raise ValueError("write auto, openai, embedded, embedded:FOLDER, lexical or recorded:FILE")
    return f"{kind}{path(choice.removeprefix(kind))}"


def citations(value: object) -> str:
    """Read the choice of who is asked which papers cite an anchor."""
    choice = str(value)
    if choice not in ("none", "semantic_scholar", "openalex", "both"):
        raise ValueError("write none, semantic_scholar, openalex or both")
    return choice


def ledger(value: object) -> str:
    """Read the address of the ledger."""
    address = text(value)
    if database_address.is_postgres(address):
        return database_address.checked(address)
    if not address.startswith(SQLITE) or "?" in address or address.removeprefix(SQLITE) in ("", ":memory:"):
        raise ValueError("write sqlite:///FILE or postgresql+psycopg://…, or take the setting out: the ledger then lies in home")
    return address


def cluster(value: object) -> str:
    """Read the address of a cluster's scheduler, or how many workers are to be started here."""
    address = str(value).strip()
    found = _CLUSTER.fullmatch(address)
    if not found or (found["workers"] and not 1 <= int(found["workers"]) <= 256):
        raise ValueError("write local:N (N workers on this machine, at most 256), tcp://HOST:PORT or tls://HOST:PORT")
    return address


def key(value: object) -> str:
    """Read an API key; a line end behind it does not count."""
    stripped = text(value)
    if not stripped.isascii() or " " in stripped:
        raise ValueError("a key has no blanks and only ASCII characters; copy it again")
    return stripped


def contact(value: object) -> str:
    """Read a mail address."""
    address = text(value)
    if not _MAIL.fullmatch(address):
        raise ValueError("write a mail address such as you@example.org")
    return address


def addresses(value: object) -> str:
    """Read addresses to notify, with blanks or commas between; what each may be is the notifier's to know."""
    given = BETWEEN_ADDRESSES.split(value.strip(" \t\r\n,")) if isinstance(value, str) else []
    sound = all(_ADDRESS.fullmatch(one) and one.isprintable() and len(one) <= 4 * _LONGEST for one in given)
    if not sound or not 0 < len(given) <= _MOST_ADDRESSES:
        raise ValueError(f"write up to {_MOST_ADDRESSES} addresses such as mailto://... or slack://..., blanks between them")
    return " ".join(given)
