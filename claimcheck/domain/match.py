"""Matches: which of the library's papers a claim was matched with, and where a paper that arrives later would have stood.

Ranking the whole library anew for every claim each week would cost more with every paper kept. So the first match, which does
rank it, leaves a ladder for each query: the scores of its best, 2nd, 3rd, 5th … 200th paper. A new paper, scored by the same
query over the same library, is placed by these: its rank is that of the rung which it reaches. The ranks are fused as in the
first match, and the paper is a candidate when it reaches `bar`: what the last of the first candidates came to. Where the library
had fewer papers than candidates are wanted, the bar is 0, and the library is ranked in full again when there is more; so it is
when as many papers as a match chooses have come since: a bar that many pass is no longer where the last of the best stands.

What is worth more than a look, as reading in full, goes by `places`: the best of a match, and later papers that would have stood
as high, keep their place. So a better paper that comes takes no earlier one's place, and no evidence changes by it.

Weights and the constant of the fusion are the ranking's (`agent/ranking.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

RANKS = (0, 1, 2, 4, 9, 14, 24, 49, 99, 199)


@dataclass(frozen=True)
class Scored:
    """A paper that a search found, and its score."""

    id: str
    score: float


@dataclass(frozen=True)
class Ladder:
    """A query of a match: its terms, what it weighs, the scores that it gave at `RANKS`, and how many papers it found."""

    terms: tuple[str, ...]
    weight: float
    scores: tuple[float, ...]
    found: int

    @classmethod
    def of(cls, terms: tuple[str, ...], weight: float, found: Sequence[Scored]) -> "Ladder":
        """Return the ladder of a ranking."""
        return cls(terms, weight, tuple(found[rank].score for rank in RANKS if rank < len(found)), len(found))

    def place(self, score: float) -> float | None:
        """Return the rank, from 0, that a paper of this score would have had; None when it is below a full ladder."""
        if not self.scores or score < self.scores[-1]:
            return float(self.found) if self.found < RANKS[-1] else None
        if score >= self.scores[0]:
            return 0.0
        rungs = pairwise(zip(RANKS, self.scores, strict=False))
        (above, high), (below, low) = next(pair for pair in rungs if pair[1][1] <= score)
        return below - (below - above) * (score - low) / (high - low)


@dataclass(frozen=True)
class Match:
    """What a claim was matched with, up to a mark of the library.

    `asked` stands for all that the choice depends on but the library: queries, anchors, window. `candidates` are all papers ever
    chosen for the claim, in the order in which they were: what was read once stays evidence. `settled` of them were there when
    the library was last ranked in full. `identified` papers were found by the queries, `screened` were left after copies and
    anchors were taken out. `bars` is what each of the best papers came to when the library was last ranked in full, as many as
    candidates were wanted, 0 where there was none. `places` has for each candidate the best rank, from 0, that it had when it was
    chosen. `citing` are the papers that took part because they cite an anchor.
    """

    mark: int
    asked: str
    candidates: tuple[str, ...]
    settled: int
    identified: int
    screened: int
    bars: tuple[float, ...]
    ladders: tuple[Ladder, ...]
    places: tuple[int, ...] = ()
    citing: tuple[str, ...] = ()

    @property
    def bar(self) -> float:
        """What a paper must come to for being a candidate; 0 where there were fewer papers than are wanted."""
        return self.bars[-1] if self.bars else 0.0

    def place(self, score: float) -> int:
        """Return the rank, from 0, that a paper of this score would have had."""
        return sum(bar > score for bar in self.bars)
