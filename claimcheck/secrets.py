"""Secrets: what of the environment may be shown nowhere, and how it is struck out of a text.

Keys are read from the environment and sent to the servers that they are for. What such a server says back, an exception, or a
library's log may hold them; `strike` takes them out, in the spellings that they travel in.
"""

import base64
import json
import logging
import re
from collections.abc import Iterable, Mapping
from typing import TextIO
from urllib.parse import quote, unquote, urlsplit

STRUCK = "[key]"
_SHORTEST = 4  # characters; what is shorter stands in every text
_KEPT_IN = re.compile(r"(?:^|_|^PG)(?:KEY|KEYS|TOKEN|SECRET|PASSWORD|NOTIFY)$")
_OURS = re.compile(r"^(?:CLAIMCHECK|OPENAI|OPENALEX|SEMANTIC_SCHOLAR)_")
# What looks like a key although nobody named it as one, and what stands for a user and password in an address.
_LIKELY = re.compile(r"\b(?:sk|pk)-[\w*.-]{8,}|\bBearer\s+[^\s\"\\]+|(?<=://)[^/\s@\"]*:[^/\s@\"]*(?=@)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(/)")


def of_environment(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the secrets among environment variables: the values of keys, and what addresses carry of them."""
    found: list[str] = []
    for name, value in variables.items():
        if _KEPT_IN.search(name):
            found += [value.strip(), *(piece for piece in re.split(r"[\s,]+", value) if piece)]
        if _OURS.match(name) and "://" in value:
            found += [secret for address in re.split(r"[\s,]+", value) for secret in of_address(address)]
    return _spellings(found)


def of_address(address: str | None) -> tuple[str, ...]:
    """Return the password that an address carries, as it is written, as it is sent, and together with its name."""
    try:
        parts = urlsplit(address or "")
        name, password = parts.username or "", parts.password or ""
    except ValueError:
        return ()
    secret = password or ("" if parts.scheme.startswith("postgres") else name)  # a database's user name is no secret
    if not secret:
        return ()
    both = f"{unquote(name)}:{unquote(password)}"
    return _spellings((secret, unquote(secret), base64.b64encode(both.encode()).decode()))


def strike(text: str, secrets: Iterable[str]) -> str:
    """Return a text without these secrets."""
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, STRUCK)
    return text


def strike_likely(text: str, secrets: Iterable[str]) -> str:
    """Return a text without these secrets, nor what looks like one: for records that are kept, whatever a library says there."""
    return _LIKELY.sub(STRUCK, strike(text, secrets))


def strike_json(text: str, secrets: Iterable[str]) -> str | None:
    """Return JSON without these secrets; None where one is spelled with escapes, for then nothing of it can be kept."""
    known = tuple(secrets)
    text = strike(text, known)
    if "\\" not in text:
        return text
    read = text
    for _ in range(3):  # JSON in JSON in JSON
        read = _ESCAPE.sub(lambda found: found[2] or chr(int(found[1], 16)), read.replace("\\\\", "\\"))
        if any(secret in read for secret in known):
            return None
    return text


class Guarded:
    """A stream for people through which no secret passes."""

    def __init__(self, stream: TextIO, secrets: tuple[str, ...]) -> None:
        self._stream, self._secrets = stream, secrets

    def write(self, text: str) -> int:
        """Write a text without the secrets in it."""
        self._stream.write(strike(text, self._secrets))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts without the secrets in them."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        """Be the stream in everything else."""
        return getattr(self._stream, name)


class Filter(logging.Filter):
    """Strikes secrets out of log records, whatever file or stream they go to."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the finished, safe message in place of what it is made of."""
        told = record.getMessage()
        safe = strike(told, self._secrets)
        if safe != told:
            record.msg, record.args = safe, None
        if record.exc_info and self._secrets:
            record.exc_text = strike(logging.Formatter().formatException(record.exc_info), self._secrets)
        return True


def _spellings(found: Iterable[str]) -> tuple[str, ...]:
    """Return each secret, also as it stands in an address and in JSON; the longest first, so that no rest of one stays."""
    each = {spelled for secret in found for spelled in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])}
    return tuple(sorted((one for one in each if len(one) >= _SHORTEST), key=lambda one: (-len(one), one)))
