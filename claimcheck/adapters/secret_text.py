"""Secrets out of text: keys and addresses that hold them are struck out before a line is written or shown."""

import json
import re
from collections.abc import Iterable, Mapping

# What looks like a key although nobody named it as one, and what stands for a user and password in an address.
_LIKE_A_KEY = re.compile(r"\b(?:sk|pk)-[\w*.-]{8,}|\bBearer\s+[^\s\"\\]+|(?<=://)[^/\s@\"]*:[^/\s@\"]*(?=@)", re.IGNORECASE)
_STRUCK = "[secret]"
_SHORTEST = 6  # characters: a shorter value is no secret, and striking it out would spoil the line


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return text without the secrets, as they are and as JSON writes them, and without what looks like one."""
    for secret in sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True):
        text = text.replace(secret, _STRUCK).replace(json.dumps(secret)[1:-1], _STRUCK)
    return _LIKE_A_KEY.sub(_STRUCK, text)


def secrets_of(environment: Mapping[str, str], variables: Iterable[str]) -> tuple[str, ...]:
    """Return the values of variables that hold secrets: each whole, and each of its words where it has several."""
    values = (environment.get(variable, "").strip() for variable in variables)
    return tuple(part for value in values for part in {value, *re.split(r"[\s,]+", value)} if part)
