"""Dates as people write them in notes: 2025-05, May 2025, 12 May 2025, Q3 2025, late 2025, (2025).

A date is as precise as what is written: of "Q3 2025" the year is all that claims.yaml can hold, so that is what comes out, with a
word to the person. A year alone counts only where nothing else is likely: 2,000 problems are none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from claimcheck.domain.dates import PartialDate

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_ORDINAL = r"(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)[0-9]{2})"
_ISO = re.compile(
    rf"(?<![\w.:/-]){_YEAR}(?P<mark>[-/])(?P<month>0[1-9]|1[0-2])(?:(?P=mark)(?P<day>[0-3][0-9]))?(?![\w/-]|\.[0-9])"
)
_WORDED = re.compile(
    rf"\b(?:(?P<day>[0-3]?[0-9]){_ORDINAL}\s+)?{_MONTH}\b\.?,?\s+(?:(?P<day2>[0-3]?[0-9]){_ORDINAL},\s*)?{_YEAR}(?![\w-])",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:Q[1-4]\s*(?:of\s+)?[/'-]?\s*(?P<year>(?:19|20)[0-9]{2})|(?P<year2>(?:19|20)[0-9]{2})[\s-]?Q[1-4]\b"
    r"|(?:early|mid|late|spring|summer|autumn|fall|winter|end of|H[12])[\s-]+(?:of\s+)?(?P<year3>(?:19|20)[0-9]{2}))(?!\w)",
    re.IGNORECASE,
)
_BARE_YEAR = re.compile(rf"(?:(?<=[(\[])|(?<=, )|\b(?:in|since|as of|during|until)\s+){_YEAR}(?![\w%-]|[.,][0-9]|\s+[a-z]+s\b)")


@dataclass(frozen=True)
class WrittenDate:
    """A date at `start` to `end` of a text; `vague` when the text says it otherwise than the date can tell."""

    text: str
    start: int
    end: int
    date: PartialDate
    vague: bool = False

    @property
    def is_year(self) -> bool:
        """Tell whether no more than the year is known."""
        return (self.date.last - self.date.first).days > 31


def dates(text: str) -> tuple[WrittenDate, ...]:
    """Return every date in a text, in order; none overlaps another, and none that no calendar has is among them."""
    found: list[WrittenDate] = []
    for one in sorted(_all(text), key=lambda d: d.start):
        if not found or one.start >= found[-1].end:
            found.append(one)
    return tuple(found)


def _all(text: str) -> Iterator[WrittenDate]:
    for found in _ISO.finditer(text):
        yield from _made(found, found["year"], int(found["month"]), found["day"])
    for found in _WORDED.finditer(text):
        yield from _made(found, found["year"], _number(found["month"]), found["day"] or found["day2"])
    for found in _VAGUE.finditer(text):
        yield from _made(found, found["year"] or found["year2"] or found["year3"], None, None, vague=True)
    for found in _BARE_YEAR.finditer(text):
        yield from _made(found, found["year"], None, None)


def _made(found: re.Match[str], year: str, month: int | None, day: str | None, vague: bool = False) -> Iterator[WrittenDate]:
    written = "-".join([year, *([f"{month:02}"] if month else []), *([f"{int(day):02}"] if day else [])])
    try:
        yield WrittenDate(found[0], found.start(), found.end(), PartialDate.parse(written), vague)
    except ValueError:
        return


def _number(name: str) -> int:
    return next(at for at, month in enumerate(_MONTHS, 1) if month.startswith(name.casefold()[:3]))
