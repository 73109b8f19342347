"""Numbers for arXiv ids, which the index keeps beside each paper: a stored text takes fifty times as long to read as a number.

`YYMM.NNNNN` becomes YYMMNNNNN, and `archive/YYMMNNN` YYMMNNN behind the archive's place in the alphabet. An id that is neither
has the number NONE and is read from the store.
"""

from claimcheck.domain.arxiv_id import ARCHIVES, ArxivId, MalformedId

NONE = -1
_NAMES = tuple(sorted(ARCHIVES))
_PLACES = {name: place for place, name in enumerate(_NAMES, start=1)}
_ARCHIVE = 10**12
_MONTH = 10**5
_FIVE_DIGITS = 1501  # from this month on


def number_of(id: str) -> int:
    """Return the number of a bare id."""
    try:
        known = ArxivId.parse(id)
    except MalformedId:
        return NONE
    if known.bare != id:
        return NONE
    archive, _, digits = id.rpartition("/")
    return _PLACES[archive] * _ARCHIVE + int(digits) if archive else int(id[:4]) * _MONTH + int(id[5:])


def id_of(number: int) -> str:
    """Return the id of a number that is not NONE."""
    place, rest = divmod(number, _ARCHIVE)
    if place:
        return f"{_NAMES[place - 1]}/{rest:07}"
    month, count = divmod(number, _MONTH)
    return f"{month:04}.{count:0{5 if month >= _FIVE_DIGITS else 4}}"
