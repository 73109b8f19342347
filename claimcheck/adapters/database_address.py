"""The address of a PostgreSQL database, as settings and messages need it; without a driver, for `--help` must stay quick.

It is libpq's own kind of address, so that several hosts, `sslmode` and all else that libpq knows may stand in it.
"""

import re
from urllib.parse import parse_qsl, urlsplit

from claimcheck.errors import UsageError

_OURS = re.compile(r"postgres(?:ql)?(?:\+psycopg)?://", re.IGNORECASE)
_ADVICE = "write postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
_SECRET = frozenset({"password", "sslpassword", "passfile"})


def is_postgres(address: str) -> bool:
    """Tell whether an address is meant for PostgreSQL, in whatever spelling."""
    return address.lower().startswith("postgres")


def checked(address: str) -> str:
    """Return an address that names a database; raise ValueError, which quotes nothing of it."""
    if not _OURS.match(address) or not address.isprintable() or any(c in address for c in " \\\"'<>#"):
        raise ValueError(_ADVICE)
    try:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise ValueError(_ADVICE) from None
    if not parts.path.strip("/") or "/" in parts.path.strip("/") or not (_hosts(parts.netloc) or "host" in query):
        raise ValueError(_ADVICE)
    if _SECRET & query.keys():
        raise ValueError("the password stands before the @, or in PGPASSWORD or ~/.pgpass, not behind the '?'")
    return address


def libpq(address: str) -> str:
    """Return an address as libpq reads it."""
    return _OURS.sub("postgresql://", address, count=1)


def has_password(address: str) -> bool:
    """Tell whether an address carries a password."""
    user = address.partition("://")[2].partition("/")[0].rpartition("@")[0]
    return is_postgres(address) and bool(user.partition(":")[2])


def shown(address: str) -> str:
    """Return an address for people: without password and options."""
    parts = urlsplit(address)
    user, at, hosts = parts.netloc.rpartition("@")
    return f"postgresql://{user.partition(':')[0]}{at}{hosts}/{parts.path.strip('/')}"


def backed_up_elsewhere(address: str) -> UsageError:
    """Say that a server's own program makes its backups."""
    return UsageError(
        f"the ledger {shown(address)!r} is on a server: back it up with pg_dump, or make a SQLite copy with "
        "`claimcheck ledger copy ADDRESS FILE`"
    )


def _hosts(netloc: str) -> str:
    return netloc.rpartition("@")[2]
