"""Verdicts: what all evidence on a claim, taken together, says. A pure rule, so that anyone can recompute it.

Count the papers whose evidence is counted (`Evidence.counted`), once each: `s` support, `x` relax, `u` supersede, `r` refute; `b`
papers that bear on the claim by a reading whose stance may not be counted, and `d` that may bear on it by such a reading, though
it finds that unlikely. The first line that fits decides:

    r >= 2 and r >= 4 s, b = 0, and the search was complete    overturned
    r >= 1                                                     contested
    b >= 1                                                     unjudged    (what nobody judged may refute it)
    u >= 1                                                     superseded
    x >= 1                                                     relaxed
    s >= 1 and the search was complete                         holds
    s >= 1, search not complete                                unknown     (what we did not see may refute it)
    d >= 1                                                     unjudged    (no finding of nothing by a judge that may not judge)
    the search was complete                                    untested
    otherwise                                                  unknown

So verdicts that rest on the absence of something (holds, untested, overturned) need a complete search, those that say "and no
paper refutes it" need every paper that bears on the claim to have been judged, one paper alone never overturns, one supporting
paper needs four refuting ones to be outweighed, and support never moves a verdict towards overturned.

What a stance towards a part means for the claim as a whole: evidence on the durable part counts as it stands; evidence on the
perishable part too, but for `refutes`, which counts as `relaxes`: the perishable part is the one that may fall without the claim.
Evidence on the whole counts for each part; evidence on one part says nothing of the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from claimcheck.domain.claim import Claim, Part
from claimcheck.domain.evidence import Evidence, Stance

RULES_VERSION = "4"
_OVERTURNING = 2
_OUTWEIGHS = 4


class Verdict(StrEnum):
    """Whether a claim still holds."""

    HOLDS = "holds"
    CONTESTED = "contested"
    RELAXED = "relaxed"
    OVERTURNED = "overturned"
    SUPERSEDED = "superseded"
    UNJUDGED = "unjudged"
    UNTESTED = "untested"
    UNKNOWN = "unknown"


# The stances that a verdict rests on, for its confidence and for the report's "how it was reached".
RESTS_ON: dict[Verdict, frozenset[Stance]] = {
    Verdict.HOLDS: frozenset({Stance.SUPPORTS}),
    Verdict.CONTESTED: frozenset({Stance.REFUTES}),
    Verdict.OVERTURNED: frozenset({Stance.REFUTES}),
    Verdict.SUPERSEDED: frozenset({Stance.SUPERSEDES}),
    Verdict.RELAXED: frozenset({Stance.RELAXES}),
}


@dataclass(frozen=True)
class Tally:
    """How many papers took which stance; see the module's docstring."""

    supports: int = 0
    relaxes: int = 0
    supersedes: int = 0
    refutes: int = 0
    unjudged: int = 0
    doubtful: int = 0


@dataclass(frozen=True)
class Decision:
    """A verdict with what it was computed from. `confidence` is None for verdicts that rest on no stance."""

    verdict: Verdict
    tally: Tally
    confidence: float | None


def verdict(tally: Tally, complete: bool) -> Verdict:
    """Apply the table above."""
    table = (
        (_overturns(tally) and complete, Verdict.OVERTURNED),
        (tally.refutes >= 1, Verdict.CONTESTED),
        (tally.unjudged >= 1, Verdict.UNJUDGED),
        (tally.supersedes >= 1, Verdict.SUPERSEDED),
        (tally.relaxes >= 1, Verdict.RELAXED),
        (tally.supports >= 1, Verdict.HOLDS if complete else Verdict.UNKNOWN),
        (tally.doubtful >= 1, Verdict.UNJUDGED),
        (complete, Verdict.UNTESTED),
    )
    return next((answer for fits, answer in table if fits), Verdict.UNKNOWN)


def _overturns(tally: Tally) -> bool:
    outweighed = tally.refutes >= _OVERTURNING and tally.refutes >= _OUTWEIGHS * tally.supports
    return outweighed and not tally.unjudged


def bearing(item: Evidence, part: Part) -> Stance | None:
    """Return the stance that a piece of counted evidence has towards a part, or None where it says nothing of it."""
    if not item.counted:
        return None
    if part is Part.WHOLE:
        falls = item.part is Part.PERISHABLE and item.stance is Stance.REFUTES
        return Stance.RELAXES if falls else item.stance
    return item.stance if item.part in (Part.WHOLE, part) else None


def tally(items: Iterable[Evidence], part: Part = Part.WHOLE) -> Tally:
    """Count papers by stance towards a part. A paper counts once; its order among the others never matters."""
    by_paper: dict[str, Stance | None] = {}
    items = sorted(items, key=_weight)
    for item in items:
        stance = bearing(item, part)
        if stance is not None:
            by_paper[item.paper.id] = stance
        elif item.unjudged and (part is Part.WHOLE or item.part in (Part.WHOLE, part)):
            by_paper.setdefault(item.paper.id, None)
    stances = list(by_paper.values())
    return Tally(
        supports=stances.count(Stance.SUPPORTS),
        relaxes=stances.count(Stance.RELAXES),
        supersedes=stances.count(Stance.SUPERSEDES),
        refutes=stances.count(Stance.REFUTES),
        unjudged=stances.count(None),
        doubtful=len({item.paper.id for item in items if item.doubtful} - by_paper.keys()),
    )


def decide(items: Sequence[Evidence], complete: bool, part: Part = Part.WHOLE) -> Decision:
    """Compute the verdict of a claim or of one part.

    `complete` says whether the search and every reading it called for were answered. Confidence is the weight (sum of
    confidences) of what the verdict rests on, over the weight of all counted evidence plus one: it grows with agreement and with
    the number of papers, and one paper alone stays below one half.
    """
    counts = tally(items, part)
    answer = verdict(counts, complete)
    return Decision(answer, counts, _confidence(items, part, answer))


def decide_claim(claim: Claim, items: Sequence[Evidence], complete: bool) -> dict[Part, Decision]:
    """Decide on the whole claim and on each part that it names."""
    return {part: decide(items, complete, part) for part in Part if claim.part(part)}


def pivots(items: Sequence[Evidence], complete: bool) -> tuple[Evidence, ...]:
    """Return the counted evidence without any one of which the verdict of the whole claim would be another."""
    reached = decide(items, complete).verdict
    return tuple(
        item for item in items if item.counted and decide([i for i in items if i is not item], complete).verdict is not reached
    )


def majority(stances: Sequence[Stance]) -> Stance | None:
    """Return the stance that two of the readings agree on, or None."""
    return next((s for s in Stance if stances.count(s) >= 2), None)


def _confidence(items: Sequence[Evidence], part: Part, answer: Verdict) -> float | None:
    if answer not in RESTS_ON:
        return None
    counted = {i.paper.id: (bearing(i, part), i.confidence) for i in sorted(items, key=_weight) if bearing(i, part)}
    total = sum(weight for _, weight in counted.values())
    on_side = sum(weight for stance, weight in counted.values() if stance in RESTS_ON[answer])
    return round(on_side / (total + 1), 3)


def _weight(item: Evidence) -> tuple[float, str, str, str]:
    return (item.confidence, item.stance, item.part, item.paper.id)
