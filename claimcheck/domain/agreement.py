"""Agreement: how often people who reviewed a judge's evidence saw it as the judge did.

Each piece counts once, by its newest review that was not undone, whether or not that still stands. An accepted piece is agreed
on; a corrected one has the reviewer's stance; a rejected one does not bear on the claim, as the reviewer sees it, and counts as
`not_enough_info`. Kappa is Cohen's (1960): agreement beyond what both would reach by chance; it is None where chance alone
explains all, and for no reviews.

People review what the queue brings up first, which is what is in doubt: so this is no estimate for all of a judge's readings.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from claimcheck.domain.evidence import Stance
from claimcheck.domain.review import Action, Review, Target


@dataclass(frozen=True)
class Agreement:
    """How often reviewers accepted, corrected and rejected; and (judge's stance, reviewer's stance) pairs with their counts."""

    accepted: int = 0
    corrected: int = 0
    rejected: int = 0
    pairs: Mapping[tuple[Stance, Stance], int] = field(default_factory=dict)

    @property
    def reviews(self) -> int:
        """How many pieces of evidence were reviewed."""
        return self.accepted + self.corrected + self.rejected

    @property
    def accept_rate(self) -> float | None:
        """The share that was accepted as it stood."""
        return self.accepted / self.reviews if self.reviews else None

    @property
    def same_stance(self) -> float | None:
        """The share on which both took the same stance; a correction of sentences alone does not count against it."""
        total = sum(self.pairs.values())
        return sum(n for (judge, person), n in self.pairs.items() if judge is person) / total if total else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of the two stances."""
        total, seen = sum(self.pairs.values()), self.same_stance
        if not total or seen is None:
            return None
        judge, person = Counter[Stance](), Counter[Stance]()
        for (one, other), count in self.pairs.items():
            judge[one] += count
            person[other] += count
        chance = sum(judge[s] * person[s] for s in Stance) / total**2
        return None if chance == 1 else (seen - chance) / (1 - chance)


def agreement(current: Iterable[Review]) -> Agreement:
    """Compare judge and reviewers over the reviews that `review.newest` returns."""
    found = [r for r in current if r.subject.target is Target.EVIDENCE]
    done = Counter(r.action for r in found)
    pairs = Counter((Stance(r.judged), _stance(r)) for r in found if r.judged in list(Stance))
    return Agreement(done[Action.ACCEPT], done[Action.CORRECT], done[Action.REJECT], dict(sorted(pairs.items())))


def _stance(review: Review) -> Stance:
    if review.action is Action.CORRECT and review.stance:
        return review.stance
    return Stance.NOT_ENOUGH_INFO if review.action is Action.REJECT else Stance(review.judged)
