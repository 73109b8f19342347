"""Retests: one claim tested on one day, with everything its section of a report shows. Never edited once kept."""

from dataclasses import dataclass

from claimcheck.domain.claim import Claim, Part
from claimcheck.domain.dates import Window
from claimcheck.domain.evidence import Evidence
from claimcheck.domain.gap import Gap
from claimcheck.domain.grounding import AnchorCheck
from claimcheck.domain.verdict import Decision, Verdict


@dataclass(frozen=True)
class Coverage:
    """What was looked at for a claim: queries asked, the window of days, and how many papers were left after each step."""

    queries: tuple[str, ...] = ()
    window: Window | None = None
    identified: int = 0
    screened: int = 0
    read: int = 0
    counted: int = 0


@dataclass(frozen=True)
class Retest:
    """The outcome for one claim.

    `verdict` differs from `computed` where a flip awaits review; `needs_review` says why a person must look.
    `missing_numbers` are figures of the claim that stand in none of its anchors.
    """

    claim: Claim
    verdict: Verdict
    decisions: dict[Part, Decision]
    needs_review: tuple[str, ...]
    anchors: tuple[AnchorCheck, ...]
    evidence: tuple[Evidence, ...]
    coverage: Coverage
    gaps: tuple[Gap, ...] = ()
    missing_numbers: tuple[str, ...] = ()
    computed: Verdict | None = None

    @property
    def complete(self) -> bool:
        """Tell whether nothing that the verdict needs was left unlooked at."""
        return not any(gap.blocks for gap in self.gaps)


def settle(computed: Verdict, previous: Verdict | None, confirmed: bool) -> tuple[Verdict, bool]:
    """Return the verdict to report and whether a person must look.

    A verdict stays when the change rests on a single judgement that a second and third reading did not confirm.
    """
    if previous is None or computed is previous or confirmed:
        return computed, False
    return previous, True
