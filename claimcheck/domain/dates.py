"""Dates that may be known only to the month or year, and windows of days."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

OVERLAP = timedelta(days=7)  # what arXiv announces and indexes after the day of submission is there within a week
_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, order=True)
class PartialDate:
    """A day, a month or a year, as precisely as it is known."""

    first: date
    last: date

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """Read YYYY, YYYY-MM or YYYY-MM-DD; raise ValueError for anything else."""
        found = _FORM.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not a date; write YYYY-MM-DD or YYYY-MM")
        year, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None
        try:
            if day is not None and month is not None:
                return cls.day(date(year, month, day))
            if month is not None:
                return cls(date(year, month, 1), _month_end(year, month))
            return cls(date(year, 1, 1), date(year, 12, 31))
        except ValueError as wrong:
            raise ValueError(f"{text!r} is not a date in the calendar ({wrong})") from None

    @classmethod
    def day(cls, day: date) -> "PartialDate":
        """Return the date known to the day."""
        return cls(day, day)

    def overlaps(self, other: "PartialDate") -> bool:
        """Tell whether both may name the same day."""
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        """Show only what is known."""
        if self.first == self.last:
            return self.first.isoformat()
        if (self.first.month, self.last.month) == (1, 12):
            return f"{self.first.year:04}"
        return f"{self.first.year:04}-{self.first.month:02}"


@dataclass(frozen=True, order=True)
class Window:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    def holds(self, when: PartialDate) -> bool:
        """Tell whether a paper of that date may lie in the window."""
        return when.last >= self.first and when.first <= self.last

    def without(self, asked: "list[Window]") -> "Window | None":
        """Return what is still to be asked when the windows in `asked` were answered in full, or None.

        Only a window that reaches back to `first` counts. The remainder starts a week (`OVERLAP`) earlier than the answered
        part ends, because arXiv announces and indexes a paper days after its submission date.
        """
        reached = [w.last for w in asked if w.first <= self.first]
        if not reached:
            return self
        if max(reached) >= self.last:
            return None
        return Window(max(self.first, max(reached) - OVERLAP), self.last)

    def within(self, stretches: "Sequence[Window]") -> bool:
        """Tell whether one of the stretches holds all of the window."""
        return any(s.first <= self.first and self.last <= s.last for s in stretches)


def stretches(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Join windows that overlap or adjoin; return what they cover, in order."""
    joined: list[Window] = []
    for window in sorted(windows):
        if joined and (window.first - joined[-1].last).days <= 1:
            joined[-1] = Window(joined[-1].first, max(joined[-1].last, window.last))
        else:
            joined.append(window)
    return tuple(joined)


def uncovered(window: Window, covered: Iterable[Window]) -> tuple[Window, ...]:
    """Return the parts of a window that were not covered, in order; each begins a week (`OVERLAP`) inside what was."""
    parts, first = [], window.first
    for stretch in stretches(covered):
        if stretch.last < first or stretch.first > window.last:
            continue
        if first < stretch.first:
            parts.append(Window(first, stretch.first - timedelta(days=1)))
        if stretch.last >= window.last:
            return tuple(parts)
        first = max(window.first, stretch.last - OVERLAP)
    return (*parts, Window(first, window.last))


def slices(window: Window, days: int) -> tuple[Window, ...]:
    """Cut a window into windows of at most so many days, in order."""
    cut, first = [], window.first
    while first <= window.last:
        last = min(window.last, first + timedelta(days=days - 1))
        cut.append(Window(first, last))
        first = last + timedelta(days=1)
    return tuple(cut)


def _month_end(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1) if (year, month) != (9999, 12) else None
    return following - timedelta(days=1) if following else date(9999, 12, 31)
