"""Papers as rows of the table `paper`, and back."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from claimcheck.domain.paper import Paper, Withdrawal

DIGEST_SIZE = 8
_DECODE = json.JSONDecoder().raw_decode
COLUMNS = (
    "id version when_first when_last records withdrawn published updated seen withdrawal_version withdrawal_day withdrawal_by "
    "withdrawal_asked flags categories authors comment journal_ref doi title abstract"
).split()


def as_int(day: date) -> int:
    """Return a day as the number YYYYMMDD, by which rows and the index compare days."""
    return day.year * 10000 + day.month * 100 + day.day


def as_day(number: int) -> date:
    """Return the day of a number YYYYMMDD."""
    return date(number // 10000, number // 100 % 100, number % 100)


def digest(paper: Paper) -> bytes:
    """Return a digest of all that a record says, by which the same record is known again."""
    said = (
        *(paper.id, paper.version, paper.title, paper.abstract, paper.authors, paper.categories),
        *(paper.published, paper.updated, paper.seen, paper.comment, paper.journal_ref, paper.doi),
        *(paper.withdrawal, paper.withdrawal_asked, paper.older_titles, sorted(paper.flags)),
    )
    return hashlib.blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=DIGEST_SIZE).digest()


def to_row(paper: Paper, records: bytes) -> tuple[object, ...]:
    """Return the values of `COLUMNS`."""
    when, withdrawal = paper.when, paper.withdrawal
    return (
        *(paper.id, paper.version, as_int(when.first), as_int(when.last), records, paper.known_withdrawal is not None),
        *(_iso(paper.published), _iso(paper.updated), _iso(paper.seen)),
        *((withdrawal.version, _iso(withdrawal.day), withdrawal.said_by) if withdrawal else (None, None, None)),
        *(_iso(paper.withdrawal_asked), " ".join(sorted(paper.flags)), " ".join(paper.categories)),
        *(json.dumps(paper.authors, ensure_ascii=False), paper.comment, paper.journal_ref, paper.doi),
        *(paper.title, paper.abstract),
    )


def from_row(row: tuple[Any, ...], older_titles: Iterable[str] = ()) -> Paper:
    """Return the paper of a row, with the distinct titles that it had before."""
    id, version, _, _, _, _, published, updated, seen, of_version, day, by, *rest = row
    asked, flags, categories, authors, comment, journal_ref, doi, title, abstract = rest
    return Paper(
        id=id,
        title=title,
        abstract=abstract,
        version=version,
        authors=tuple(_value(authors)),
        categories=tuple(categories.split()),
        published=_day(published),
        updated=_day(updated),
        seen=_day(seen),
        comment=comment,
        journal_ref=journal_ref,
        doi=doi,
        withdrawal=Withdrawal(of_version, _day(day), by) if by is not None else None,
        withdrawal_asked=_day(asked),
        older_titles=tuple(t for t in dict.fromkeys(older_titles) if t != title) if older_titles else (),
        flags=frozenset(flags.split()),
    )


def _value(written: str) -> Any:
    """Return the value of JSON that `to_row` wrote; what the decoder does beside that takes as long again."""
    return _DECODE(written)[0]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
