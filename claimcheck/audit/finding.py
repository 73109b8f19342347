"""Findings: what an audit says of each citation, and of what it could not look at."""

from dataclasses import dataclass

from claimcheck.audit.citation import Citation
from claimcheck.domain.gap import Gap
from claimcheck.domain.grounding import AnchorCheck, Grounding
from claimcheck.errors import Exit


@dataclass(frozen=True)
class Finding:
    """A citation with its grounding. `notes` are what a person may want to know of a citation that stands."""

    citation: Citation
    check: AnchorCheck
    notes: tuple[str, ...] = ()
    suggested_id: str | None = None

    @property
    def grounding(self) -> Grounding:
        """Whether the citation can be tied to a real paper that says it."""
        return self.check.grounding


@dataclass(frozen=True)
class Audit:
    """What was found, in order of place, what could not be looked at, and how the command ends."""

    files: tuple[str, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    exit: Exit
