"""The embedded judge: no key, no network. It finds and points, and says a stance only as far as it was measured to be right.

Every sentence is scored towards the claim, the paper as a whole by its row of scores (`features.py`, `weighing.py`). Then:

    likely to bear on the claim, the likeliest stance at or above its threshold    that stance, trusted
    likely to bear on the claim, below                                             that stance, as a lean that never counts
    not likely to bear on it                                                       not_enough_info

The thresholds, and what they were measured to be worth, are in `model/CARD.md`. They were measured on abstracts. So of a paper
read in full the abstract is weighed first; only where it gives no stance to trust are the passages weighed with it, for a lean.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from claimcheck.adapters.embedded import features, lexical
from claimcheck.adapters.embedded.network import Network, Scores
from claimcheck.adapters.embedded.weighing import Weights
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Reading, Stance, Usage
from claimcheck.domain.excerpt import by_abstract
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import ABSTRACT
from claimcheck.errors import StoreUnusable
from claimcheck.ports import Answer, JudgeName, Question, QuestionMaterial

_MOST_SENTENCES = 3
_NEAR_BEST = 0.6  # a further sentence is shown when it bears on the claim at least so much as the best, times this
_VERSION = 1  # of this module's and features.py's rules: another one is another judge, and reads anew
_UNDECIDED = 0.1  # between supporting and the likeliest stance
_STANCES = (Stance.SUPPORTS, Stance.REFUTES, Stance.RELAXES)


class EmbeddedJudge:
    """Reads with the package's own network. Every attempt gives the same reading: asking it again tells nothing new."""

    can_reread = False

    def __init__(self, network: Network) -> None:
        self._network = network
        try:
            self._weights = Weights.of(network.manifest)
            self.name = JudgeName("embedded", str(network.manifest["name"]), f"{network.manifest['digest']}.{_VERSION}")
        except (KeyError, TypeError, ValueError) as wrong:
            raise StoreUnusable(f"the embedded model cannot be used: {wrong}; install claimcheck again") from wrong

    async def read(self, claim: Claim, paper: Paper, attempt: int = 1) -> Answer:
        """Score the paper's title and sentences."""
        scores = await asyncio.to_thread(self._network.score, features.pieces(paper), claim.text)
        return Answer(self._best_reading(claim, paper, scores), Usage(), self.name.model)

    async def phrases(self, claim: Claim) -> tuple[tuple[str, ...], Usage]:
        """Return no phrases: that takes a language model."""
        return (), Usage()

    async def questions(self, material: Sequence[QuestionMaterial]) -> tuple[tuple[Question, ...], Usage]:
        """Draft no questions: that takes a language model."""
        return (), Usage()

    def _best_reading(self, claim: Claim, paper: Paper, scores: Sequence[Scores]) -> Reading:
        if paper.form == ABSTRACT:
            return self._reading(claim, paper, scores)
        told = by_abstract(paper)
        reading = self._reading(claim, told, scores[: 1 + len(told.sentences)])
        return reading if reading.trusted else replace(self._reading(claim, paper, scores), trusted=False)

    def _likeliest(self, claim: Claim, paper: Paper, chances: Mapping[Stance, float]) -> Stance:
        """Return the likeliest stance; where the network can hardly tell support from conflict, repeated words do."""
        first = max(_STANCES, key=lambda s: chances[s])
        undecided = chances[first] - chances[Stance.SUPPORTS] < _UNDECIDED
        return Stance.SUPPORTS if undecided and lexical.repeats(claim, paper) else first

    def _reading(self, claim: Claim, paper: Paper, scores: Sequence[Scores]) -> Reading:
        chances = self._weights.stances(features.row(claim, paper, scores))
        bears = 1 - chances[Stance.NOT_ENOUGH_INFO]
        if bears < self._weights.bears or not paper.sentences:
            reason = f"bears on the claim with probability {bears:.2f}; embedded model"
            return Reading(
                Stance.NOT_ENOUGH_INFO,
                confidence=round(1 - bears, 3),
                reason=reason,
                trusted=False,
                bears=False,
                bearing=round(bears, 3),
            )
        stance = self._likeliest(claim, paper, chances)
        trusted = self._weights.trusts(stance, chances[stance])
        shares = ", ".join(f"{s.value} {chances[s]:.2f}" for s in _STANCES)
        return Reading(
            stance=stance,
            sentences=_point(scores[1:]),
            confidence=round(chances[stance], 3),
            reason=f"bears on the claim with probability {bears:.2f} ({shares}); embedded model"
            + ("" if trusted else ", stance not judged"),
            trusted=trusted,
            bearing=round(bears, 3),
        )


def _point(scores: Sequence[Scores]) -> tuple[int, ...]:
    """Return the numbers of the sentences to look at, at most three: the surest and those near it, in order."""
    ranked = sorted(range(len(scores)), key=lambda at: (-scores[at].bears, at))
    least = _NEAR_BEST * scores[ranked[0]].bears
    return tuple(sorted(at + 1 for at in ranked[:_MOST_SENTENCES] if scores[at].bears >= least))
