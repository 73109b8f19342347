"""The shape of an answer: each value is what it must be, or the answer cannot be read. Nothing missing is taken for nothing."""

from typing import Any

from claimcheck.adapters.arxiv.shown import shown

_GLANCE = 40


class Unreadable(Exception):
    """Say what came in place of an answer, or what one lacks."""


def record(value: object, what: str) -> dict[str, Any]:
    """Return a JSON object."""
    if not isinstance(value, dict):
        raise Unreadable(f"{_glance(value)} where {what} belongs")
    return value


def entries(of: dict[str, Any], name: str) -> list[Any]:
    """Return a member that is a list."""
    value = _member(of, name)
    if not isinstance(value, list):
        raise Unreadable(f"{_glance(value)} for {name}, which is a list")
    return value


def count(of: dict[str, Any], name: str) -> int:
    """Return a member that counts something."""
    value = _member(of, name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unreadable(f"{_glance(value)} for {name}, which is a count")
    return value


def text(of: dict[str, Any], name: str) -> str | None:
    """Return a member that is text, or null."""
    value = _member(of, name)
    if value is not None and not isinstance(value, str):
        raise Unreadable(f"{_glance(value)} for {name}, which is text")
    return value


def texts(of: dict[str, Any], name: str) -> tuple[str, ...]:
    """Return a member that is a list of texts, or null; single nulls in it are left out."""
    if _member(of, name) is None:
        return ()
    values = [value for value in entries(of, name) if value is not None]
    if not all(isinstance(value, str) for value in values):
        raise Unreadable(f"{_glance(values)} for {name}, which are texts")
    return tuple(values)


def flag(of: dict[str, Any], name: str) -> bool:
    """Return a member that is true or false, or null, which is false."""
    value = _member(of, name)
    if value is not None and not isinstance(value, bool):
        raise Unreadable(f"{_glance(value)} for {name}, which is true or false")
    return bool(value)


def _member(of: dict[str, Any], name: str) -> Any:
    if name not in of:
        raise Unreadable(f"an answer without {name}")
    return of[name]


def _glance(value: object) -> str:
    return "null" if value is None else shown(repr(value)[: 2 * _GLANCE], _GLANCE)
