"""The ledger's column types: text that every database takes, and moments in UTC on every one."""

from datetime import UTC, datetime
from typing import Annotated

from sqlalchemy import DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field


def storable(text: str) -> str:
    """Return text that every database takes: lone surrogates and NUL, which none of them can hold, become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "\ufffd")


class StorableText(TypeDecorator[str]):
    """Text that cannot break a write, whatever a model or a paper put into it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what no database can hold."""
        return None if value is None else storable(value)


class UtcMoment(TypeDecorator[datetime]):
    """A moment, in UTC wherever it lies: SQLite drops the zone, and a server may have another."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn to UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that it is UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


Moment = Annotated[datetime, Field(sa_type=UtcMoment)]
Str = Annotated[str, Field(sa_type=StorableText)]
MaybeStr = Annotated[str | None, Field(sa_type=StorableText)]
