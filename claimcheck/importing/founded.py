"""The second look: does every id and date of a claims file stand in the notes? Asked of the finished file, not of the draft."""

from collections.abc import Iterator

from claimcheck.domain import bibtex
from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.domain.claim import ClaimsFile
from claimcheck.domain.mentions import mentions
from claimcheck.domain.worded_dates import dates


def unfounded(file: ClaimsFile, notes: str) -> tuple[str, ...]:
    """Return the ids and dates of a claims file that do not stand in the notes. A paper's id also tells its month."""
    ids = set(_ids(notes))
    written = {str(found.date) for found in dates(notes)} | {str(ArxivId.parse(id).month) for id in ids}
    anchors = [anchor for claim in file.claims for anchor in claim.anchors]
    given = [str(claim.asserted) for claim in file.claims] + [str(anchor.date) for anchor in anchors if anchor.date]
    return (*(a.id for a in anchors if a.id not in ids), *(day for day in given if day not in written))


def _ids(notes: str) -> Iterator[str]:
    for found in mentions(notes):
        if found.id:
            yield str(found.id)
    for entry in bibtex.entries(notes):
        for found in mentions(f"arXiv:{entry.value('eprint')}"):
            if found.id:
                yield str(found.id)
