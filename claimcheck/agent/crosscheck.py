"""Cross-check: a second judge, of another kind, reads what a verdict rests on and says where it strongly disagrees.

It changes no verdict. A person must look where a stance that it may be trusted with stands on the other side of the first
judge's, or where it finds that the paper almost surely does not bear on the claim at all (measured on held-out claims: so it
finds 2.7 % of the papers that do support a claim, and 42 % of those that only share its topic and words). A recording holds
the first judge's readings only, so a replay is not cross-checked. What a
person has reviewed is not read again.
"""

from dataclasses import replace

from claimcheck.agent.read import read_pair
from claimcheck.agent.state import Context, Pair, Read
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Evidence, Stance
from claimcheck.domain.verdict import RESTS_ON, Verdict

_SUREST = 5  # pieces of evidence that are read again for a claim


async def disputes(context: Context, claim: Claim, items: list[Evidence], verdict: Verdict) -> tuple[str, ...]:
    """Return a reason for review for each piece of decisive evidence that the second judge reads to the contrary.

    What cannot be read a second time disputes nothing: the first reading stands as it would without a second judge.
    """
    if context.second is None:
        return ()
    decisive = [item for item in items if item.counted and not item.review and item.stance in RESTS_ON.get(verdict, ())]
    surest = sorted(decisive, key=lambda e: (-e.confidence, e.paper.id))[:_SUREST]
    other = replace(context, judge=context.second, recorder=None, second=None)
    found = [(item, await read_pair(other, Pair(claim, item.paper))) for item in surest]
    return tuple(
        _reason(item, again.evidence, context.second.name.kind)
        for item, again in found
        if isinstance(again, Read) and _contrary(item, again.evidence)
    )


def _contrary(first: Evidence, second: Evidence) -> bool:
    """Tell whether two readings stand on different sides; refuting, relaxing and superseding stand on one."""
    if second.out_of_the_question:
        return True
    return second.counted and (first.stance is Stance.SUPPORTS) is not (second.stance is Stance.SUPPORTS)


def _reason(first: Evidence, second: Evidence, who: str) -> str:
    if second.out_of_the_question:
        return (
            f"{first.paper.arxiv_id} {first.stance} it ({first.confidence:.2f}) by the judge's reading, and by that of the {who} "
            f"judge hardly bears on it ({second.bearing:.2f})"
        )
    return (
        f"{first.paper.arxiv_id} {first.stance} it ({first.confidence:.2f}) by the judge's reading, and {second.stance} it "
        f"({second.confidence:.2f}) by that of the {who} judge"
    )
