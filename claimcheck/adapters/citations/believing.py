"""What of an answer is believed: a list of citing papers only when it is whole, and an id only when it is one of arXiv's."""

from collections.abc import Iterable

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.citing import Citations, Citing, once_each
from claimcheck.errors import SourceUnavailable, UsageError


def asked_for(id: str) -> str:
    """Return the bare id of the paper to ask for."""
    try:
        return ArxivId.parse(id).bare
    except MalformedId as wrong:
        raise UsageError(f"nobody can be asked who cites a paper: {wrong}") from None


def first_arxiv_id(names: Iterable[str | None]) -> str | None:
    """Return the first of a paper's names and addresses that is an arXiv id, bare; None when none is."""
    for name in names:
        try:
            return ArxivId.parse(name or "").bare
        except MalformedId:
            continue
    return None


def citations(anchor: str, rows: Iterable[Citing | None]) -> Citations:
    """Return what a whole list comes to: a row a citing paper, None for one that is not at arXiv. No paper cites itself."""
    listed = list(rows)
    papers = once_each(row for row in listed if row and row.id != anchor)
    return Citations(papers, sum(row is None for row in listed))


def check_against_count(listed: int, counted: int, who: str, anchor: str) -> None:
    """Raise `SourceUnavailable` when a list lacks most of what the service itself counts.

    Lists and counts are kept apart at the services and differ by a few, so only a list that is empty, or short by more than half,
    is certain not to be whole (as in https://github.com/allenai/s2-folks/issues/117).
    """
    if 2 * listed < counted:
        raise SourceUnavailable(
            f"{who} counts {counted} papers that cite {anchor} and listed only {listed}; run again later to go on"
        )
