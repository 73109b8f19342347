"""The labels of the sets in our words: three for sets that know support, contradiction and neither, five for our own.

A set of three has no word for the two stances of ours that are about time. `supersedes` is told as `supports`: a newer
measurement of the same thing shows the thing. `relaxes` is told as `not_enough_info`: that a limit falls under a condition of
its own shows neither that the claim holds as it is worded nor that it does not.
"""

from claimcheck.domain.evidence import Stance

SUPPORTS, REFUTES, NEITHER = Stance.SUPPORTS, Stance.REFUTES, Stance.NOT_ENOUGH_INFO
THREE = (SUPPORTS, REFUTES, NEITHER)
FIVE = tuple(Stance)

_TOLD = {Stance.SUPERSEDES: SUPPORTS, Stance.RELAXES: NEITHER}

STANCES: dict[str, Stance] = {stance.value: stance for stance in Stance}

# None: the label is known, and says that the annotators did not agree; there is nothing to be right about.
LABELS: dict[str, Stance | None] = {
    **dict.fromkeys(("supports", "support", "supported", "supersedes", "entailment"), SUPPORTS),
    **dict.fromkeys(("refutes", "refute", "refuted", "contradict", "contradicts", "contradiction"), REFUTES),
    **dict.fromkeys(("not_enough_info", "nei", "neutral", "relaxes"), NEITHER),
    "disputed": None,
}

SCIFACT = {"support": SUPPORTS, "contradict": REFUTES}


def three(stance: Stance) -> Stance:
    """Return a stance in the words of a set that has three."""
    return _TOLD.get(stance, stance)
