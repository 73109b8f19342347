"""arXiv identifiers: what is one, what is not, and why.

Forms after https://info.arxiv.org/help/arxiv_identifier.html: `archive/YYMMNNN` until March 2007, `YYMM.NNNN` until December
2014, `YYMM.NNNNN` since; each may end in `vN`.
"""

import re
from dataclasses import dataclass
from datetime import date

from claimcheck.domain.dates import PartialDate

ARCHIVES = frozenset(
    "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs dg-ga funct-an "
    "gr-qc hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin nucl-ex nucl-th patt-sol physics plasm-ph q-alg q-bio "
    "quant-ph solv-int supr-con".split()
)
_VERSION = r"(?:v([1-9][0-9]{0,2}))?"
_NEW = re.compile(r"([0-9]{2})([0-9]{2})\.([0-9]{4,5})" + _VERSION)
_OLD = re.compile(r"([a-z-]+)(?:\.[A-Z]{2})?/([0-9]{2})([0-9]{2})([0-9]{3})" + _VERSION)
_PREFIX = re.compile(
    r"(?:arxiv:\s?|https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|https?://(?:dx\.)?doi\.org/10\.48550/arxiv\.)",
    re.IGNORECASE,
)


class MalformedId(ValueError):
    """Say why a text is not an arXiv id."""


@dataclass(frozen=True, order=True)
class ArxivId:
    """An arXiv id without its version, in its canonical form, and the version that was named, if any."""

    bare: str
    version: int | None = None

    @classmethod
    def parse(cls, text: str, today: date | None = None) -> "ArxivId":
        """Read an id, an `arXiv:` name or an arxiv.org address.

        Raise `MalformedId` with the reason; a month after `today` is one.
        """
        name = text.strip(" \t")
        prefix = _PREFIX.match(name)
        if prefix:
            name = name[prefix.end() :].removesuffix(".pdf")
        new, old = _NEW.fullmatch(name), _OLD.fullmatch(name)
        if new:
            parsed = _new_style(new)
        elif old:
            parsed = _old_style(old)
        else:
            raise MalformedId(f"{text[:80]!r} has not the form of an arXiv id (such as 2505.14810 or hep-th/9901001)")
        if today and parsed.month.first > today:
            raise MalformedId(f"{text!r} names a month in the future ({parsed.month})")
        return parsed

    @property
    def month(self) -> PartialDate:
        """The month of the first submission, as the id tells it."""
        digits = self.bare.split("/")[-1]
        year = int(digits[:2])
        century = 1900 if "/" in self.bare and year >= 91 else 2000
        return PartialDate.parse(f"{century + year}-{digits[2:4]}")

    @property
    def url(self) -> str:
        """The abstract page, of the named version where one is named."""
        return f"https://arxiv.org/abs/{self}"

    def __str__(self) -> str:
        """Show the id as arXiv writes it."""
        return f"{self.bare}v{self.version}" if self.version else self.bare


def _new_style(found: re.Match[str]) -> ArxivId:
    year, month, number, version = found.groups()
    _check_month(month, found.string)
    yymm = int(year) * 100 + int(month)
    if yymm < 704:
        raise MalformedId(f"{found.string!r}: ids of this form start with 0704 (April 2007)")
    digits = 4 if yymm < 1501 else 5
    if len(number) != digits:
        raise MalformedId(f"{found.string!r}: an id of that month has {digits} digits after the point")
    if int(number) == 0:
        raise MalformedId(f"{found.string!r}: arXiv counts from 1")
    return ArxivId(f"{year}{month}.{number}", int(version) if version else None)


def _old_style(found: re.Match[str]) -> ArxivId:
    archive, year, month, number, version = found.groups()
    if archive not in ARCHIVES:
        raise MalformedId(f"{found.string!r}: arXiv has no archive {archive!r}")
    _check_month(month, found.string)
    if 7 < int(year) < 91 or (year == "07" and int(month) > 3):
        raise MalformedId(f"{found.string!r}: ids of this form end with March 2007")
    if int(number) == 0:
        raise MalformedId(f"{found.string!r}: arXiv counts from 1")
    return ArxivId(f"{archive}/{year}{month}{number}", int(version) if version else None)


def _check_month(month: str, whole: str) -> None:
    if not 1 <= int(month) <= 12:
        raise MalformedId(f"{whole!r} names month {month}, which no year has")
