"""Gaps: what we meant to look at and could not. A gap is shown in every report and is never a verdict."""

from dataclasses import dataclass
from enum import StrEnum


class GapKind(StrEnum):
    """What kept us from looking."""

    SOURCE = "source"  # arXiv or a citation service did not answer, or not completely
    JUDGE = "judge"  # a paper was not read, or the answer could not be used
    OUTAGE = "outage"  # arXiv or the model was given up for this run
    BATCH = "batch"  # the model answers in a batch that is still under way
    BUDGET = "budget"  # the money, calls or time allowed were spent
    PAPER = "paper"  # one record of an answer could not be used
    RECORDING = "recording"  # the recording does not have this pair
    CITATION = "citation"  # a judge pointed at, or wrote of, something that is not there


@dataclass(frozen=True, order=True)
class Gap:
    """One thing that was not looked at.

    `claim_id` is None when it concerns the whole run; `blocks` tells whether the claim's search or reading is incomplete for it.
    """

    what: str
    why: str
    kind: GapKind = GapKind.SOURCE
    claim_id: str | None = None
    blocks: bool = True
