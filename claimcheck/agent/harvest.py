"""Harvest: what is new in the watched categories since each was last harvested, into the library.

A category is asked for in windows of at most thirty days, oldest first, and each is noted as soon as it is in the library; the
papers of each page of an answer are kept as it comes. So a harvest that was killed, or met by an outage, goes on where it
stopped; the windows that are noted are the category's coverage. A harvest begins a week inside what was covered before, because
arXiv announces a paper days after its submission; a record that comes twice changes nothing. What cannot be had in full is not
noted: it is a gap, and asked for again next time.

A category that was never harvested is begun a week ago. What is older is back-filled by the claims' own queries (`search.py`), or
by a harvest from an earlier day (`claimcheck library update --since`), or by an import.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import OVERLAP, Window, slices, stretches, uncovered
from claimcheck.domain.paper import Paper
from claimcheck.errors import SourceUnavailable
from claimcheck.ports import Library, PaperSource

_DAYS = 30  # a window; the largest category has some 6,000 papers in as many days, and arXiv's limit is 30,000


@dataclass(frozen=True)
class Harvested:
    """How a category's harvest went: the windows wanted, how many papers were new or changed, and what failed, if anything."""

    category: str
    windows: tuple[Window, ...]
    new: int = 0
    problem: SourceUnavailable | None = None
    unusable: bool = False  # that records could not be used is all that failed


def categories(claims: Iterable[Claim]) -> tuple[str, ...]:
    """Return the categories that the claims watch, in order."""
    return tuple(sorted({category for claim in claims for category in claim.categories}))


def covered(library: Library, source: str, category: str) -> tuple[Window, ...]:
    """Return the stretches of days for which a category was harvested in full."""
    return stretches(library.asked(source, _name(category)))


def wanted(library: Library, source: str, category: str, today: date, since: date | None = None) -> tuple[Window, ...]:
    """Return the windows that a harvest asks for: from `since`, else from where the last one ended."""
    done = covered(library, source, category)
    first = since or (done[-1].first if done else today - OVERLAP)
    parts = uncovered(Window(first, today), done) if first <= today else ()
    return tuple(window for part in parts for window in slices(part, _DAYS))


def harvest(
    library: Library,
    source: PaperSource,
    category: str,
    today: date,
    since: date | None = None,
    done: Callable[[], None] = lambda: None,
) -> Harvested:
    """Ask for what a category lacks, and call `done` after each window. An outage ends the harvest; what came before is kept."""
    windows, new, problem = wanted(library, source.name, category, today, since), 0, None

    def keep(papers: Sequence[Paper]) -> None:
        nonlocal new
        new += library.add(papers, today)

    for window in windows:
        try:
            found = source.new_in(category, window, keep)
        except SourceUnavailable as wrong:
            return Harvested(category, windows, new, wrong)
        if found.unusable:
            problem = problem or SourceUnavailable(unusable(found.unusable))
        else:
            library.note_asked(source.name, _name(category), window, found.total, ())
        done()
    return Harvested(category, windows, new, problem, problem is not None)


def unusable(records: Sequence[str]) -> str:
    """Say that records of an answer were set aside."""
    return f"{len(records)} records of the answer could not be used: {'; '.join(records[:3])}"


def _name(category: str) -> str:
    """Return under what a category's coverage is kept, beside that of queries: no query has a colon in it."""
    return f"cat:{category}"
