"""Copies: papers with the id or title of another one, or an abstract that begins as its does.

Many claims rank the same papers, and to read and compare these was half of a first match's time: what a paper may share is worked
out once, as long as the library stays as it is.
"""

from collections.abc import Iterable, Sequence

from claimcheck.domain.paper import Paper
from claimcheck.domain.text import folded
from claimcheck.ports import Library

_BEGINNING = 300  # characters: no two papers begin alike for so long, and to compare all of it takes long
_MOST = 200_000  # papers remembered, some 300 bytes each


class Copies:
    """Tells the copies among a library's papers."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._at = -1
        self._marks: dict[str, tuple[int, ...]] = {}

    def sifted(self, ids: Sequence[str], cited: Iterable[Paper], at: int, before: Sequence[str] = ()) -> tuple[str, ...]:
        """Leave out the anchors, and copies of an anchor, of a paper chosen before or of a better-ranked one.

        `at` is the library's mark: when it moves on, papers may have changed. What the library does not have is left out, too.
        """
        known = self._of((*before, *ids), at)
        seen = {mark for paper in cited for mark in _marks(paper)}
        seen.update(*(known[id] for id in before if id in known))
        kept = []
        for id in ids:
            if id in known and seen.isdisjoint(known[id]):
                seen.update(known[id])
                kept.append(id)
        return tuple(kept)

    def _of(self, ids: Sequence[str], at: int) -> dict[str, tuple[int, ...]]:
        if at != self._at or len(self._marks) > _MOST:
            self._at, self._marks = at, {}
        marks = self._marks
        for id, paper in self._library.get_many(id for id in ids if id not in marks).items():
            marks[id] = _marks(paper)
        return {id: marks[id] for id in ids if id in marks}


def _marks(paper: Paper) -> tuple[int, ...]:
    told = (paper.id, folded(paper.title), folded(paper.abstract[:_BEGINNING]))
    return tuple(hash(mark) for mark in told if mark)
