"""Records of papers as JSON: our own form, and that of arXiv's public metadata snapshot, told apart record by record.

Ours has `authors` and `categories` as lists, dates as YYYY-MM-DD, and null for what is not known. The snapshot has a list
`versions` with the day of each, `authors_parsed`, and categories in one string; its `update_date` is that of the record, not of
the paper, and is not used.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.text import clean

_SNAPSHOT_ONLY = ("versions", "authors_parsed", "submitter")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f]")  # what `clean` removes from ASCII text
_SHOWN = 60


class Unusable(ValueError):
    """Say why a record cannot be used."""


def paper_of(record: object) -> Paper:
    """Return the paper of a record; raise `Unusable`."""
    if not isinstance(record, dict):
        raise Unusable("is not a JSON object")
    try:
        if isinstance(record.get("authors"), str) or any(name in record for name in _SNAPSHOT_ONLY):
            return _from_snapshot(_Fields(record))
        return _from_ours(_Fields(record))
    except MalformedId as error:
        raise Unusable(str(error)) from None


class _Fields:
    """The fields of a record, each read as what it must be. Gathers what cleaning removed."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._record = record
        self.flags: set[str] = set()

    def id(self) -> ArxivId:
        value = self._record.get("id")
        if not isinstance(value, str):
            raise Unusable("has no id" if value is None else f"its id is {_shown(value)}, not text")
        return ArxivId.parse(value)

    def text(self, name: str) -> str | None:
        value = self._record.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise Unusable(f"its {name} is {_shown(value)}, not text")
        return self.clean(value) or None

    def required(self, name: str) -> str:
        text = self.text(name)
        if text is None:
            raise Unusable(f"has no {name}")
        return text

    def items(self, name: str, kind: type) -> list[Any]:
        value = self._record.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
            raise Unusable(f"its {name} are {_shown(value)}, not a list of the right kind")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(text for item in self.items(name, str) if (text := self.clean(item)))

    def day(self, name: str) -> date | None:
        value = self._record.get(name)
        return None if value is None else _day(value, name)

    def version(self, value: object) -> int | None:
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 999:
            raise Unusable(f"its version is {_shown(value)}, not a number from 1 on")
        return value

    def value(self, name: str) -> Any:
        return self._record.get(name)

    def clean(self, text: str) -> str:
        if text.isascii() and not _CONTROL.search(text):
            return " ".join(text.split())  # the same as `clean`, sixty times as fast
        visible, removed = clean(text)
        self.flags |= removed
        return visible


def _from_ours(fields: _Fields) -> Paper:
    id = fields.id()
    return Paper(
        id=id.bare,
        version=fields.version(fields.value("version")) or id.version,
        title=fields.required("title"),
        abstract=fields.required("abstract"),
        authors=fields.texts("authors"),
        categories=_categories(fields.texts("categories")),
        published=fields.day("published"),
        updated=fields.day("updated"),
        seen=fields.day("seen"),
        comment=fields.text("comment"),
        journal_ref=fields.text("journal_ref"),
        doi=fields.text("doi"),
        withdrawal=_withdrawal(fields, fields.value("withdrawn")),
        flags=frozenset(fields.flags),
    )


def _from_snapshot(fields: _Fields) -> Paper:
    id, days = fields.id(), _version_days(fields)
    newest = max(days, default=None)
    return Paper(
        id=id.bare,
        version=newest or id.version,
        title=fields.required("title"),
        abstract=fields.required("abstract"),
        authors=_authors(fields),
        categories=_categories(tuple((fields.text("categories") or "").split())),
        published=days.get(1),
        updated=days[newest] if newest else None,
        comment=fields.text("comments"),
        journal_ref=fields.text("journal-ref"),
        doi=fields.text("doi"),
        flags=frozenset(fields.flags),
    )


def _version_days(fields: _Fields) -> dict[int, date | None]:
    days: dict[int, date | None] = {}
    for item in fields.items("versions", dict):
        name, created = item.get("version"), item.get("created")
        if not isinstance(name, str) or not re.fullmatch("v[1-9][0-9]{0,2}", name):
            raise Unusable(f"its versions name {_shown(name)}, not v1, v2 and so on")
        days[int(name[1:])] = None if created is None else _mail_day(created)
    return days


def _authors(fields: _Fields) -> tuple[str, ...]:
    """Read `authors_parsed` (last name, first names, suffix, …), else the text `authors`."""
    parsed = fields.items("authors_parsed", list)
    if not all(isinstance(part, str) for author in parsed for part in author):
        raise Unusable(f"its authors_parsed are {_shown(parsed)}, not lists of names")
    names: Iterable[str]
    if parsed:
        names = (f"{' '.join(author[1:2])} {' '.join(author[:1])} {' '.join(author[2:3])}" for author in parsed)
    else:
        names = re.split(r",(?:\s+and\s)?|\s+and\s+", fields.text("authors") or "")
    return tuple(name for one in names if (name := fields.clean(one)))


def _withdrawal(fields: _Fields, value: object) -> Withdrawal | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Unusable(f"its withdrawn is {_shown(value)}, not a version and a date")
    day = value.get("date")
    return Withdrawal(fields.version(value.get("version")), None if day is None else _day(day, "withdrawn"), "record")


def _categories(names: tuple[str, ...]) -> tuple[str, ...]:
    if any(" " in name for name in names):
        raise Unusable(f"its categories are {_shown(names)}, not a list of names")
    return names


def _day(value: object, name: str) -> date:
    """Read a day, or a moment, which falls on its day in UTC."""
    try:
        if isinstance(value, str) and len(value) == len("YYYY-MM-DD"):
            return date.fromisoformat(value)
        if isinstance(value, str) and len(value) > len("YYYY-MM-DDT"):
            return _utc_day(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        pass
    raise Unusable(f"its {name} is {_shown(value)}, not a day")


def _mail_day(value: object) -> date:
    """Read a date as mail has it: Mon, 2 Apr 2007 19:18:42 GMT."""
    try:
        if isinstance(value, str):
            return _utc_day(parsedate_to_datetime(value))
    except (ValueError, OverflowError, TypeError, IndexError):
        pass
    raise Unusable(f"its versions name the date {_shown(value)}")


def _utc_day(moment: datetime) -> date:
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def _shown(value: object) -> str:
    return ascii(value)[:_SHOWN]
