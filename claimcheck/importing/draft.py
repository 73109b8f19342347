"""The draft: what was found in the notes, with each doubt that a person must settle."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cited:
    """A paper that a finding rests on, as the notes name it, and the date that they give it."""

    id: str
    date: str | None = None


@dataclass(frozen=True)
class Finding:
    """A statement with its papers. `asserted` is as claims.yaml writes a date; `line` is where it stands in the notes.

    `refused` is the reason why it cannot stand in claims.yaml as it is.
    """

    text: str
    asserted: str
    papers: tuple[Cited, ...]
    line: int
    doubts: tuple[str, ...] = ()
    refused: str | None = None


@dataclass(frozen=True)
class Draft:
    """All that was found; `unused` are ids that the notes name and no finding rests on."""

    question: str
    findings: tuple[Finding, ...]
    questions: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    drafted_by: str = "rule"
