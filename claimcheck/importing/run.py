"""The use case: notes in, a draft of claims.yaml out, by rule or with a model that points at numbers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from claimcheck.domain.claim import ClaimsFile
from claimcheck.domain.units import Notes, read
from claimcheck.errors import BudgetReached, JudgeUnavailable, Refused
from claimcheck.importing.copying import draft
from claimcheck.importing.draft import Draft
from claimcheck.importing.founded import unfounded
from claimcheck.importing.rules import Picked, pick, pick_by_number
from claimcheck.importing.writing import write
from claimcheck.ports import Pointer, UnusableAnswer

Parse = Callable[[str], ClaimsFile]
_MOST_LINES, _MOST_CHARACTERS = 600, 60_000  # that a model is shown


@dataclass(frozen=True)
class Imported:
    """The draft, its text, and why a model that was wanted did not point (None when it did, or none was wanted)."""

    draft: Draft
    text: str
    by_rule_because: str | None = None

    @property
    def to_check(self) -> int:
        """How many places a person is asked to check."""
        return sum(1 for line in self.text.splitlines() if re.search(r"(?:^|\s)# check:", line) and not line.startswith("#"))


async def draft_claims(notes: str, today: date, parse: Parse, pointer: Pointer | None = None) -> Imported:
    """Draft a claims file from notes. `parse` reads a claims file, and raises `Refused` for one that is not as it must be.

    What it refuses of a finding is commented out. Raise `Denied` when the model server refuses us; when it only does not answer
    well, the draft is made by rule.
    """
    units = read(notes)
    picked, drafted_by, because = pick(units), "rule", None
    if pointer:
        try:
            picked, drafted_by = await _pointed(units, pointer), pointer.model
        except (JudgeUnavailable, UnusableAnswer, BudgetReached) as wrong:
            because = str(wrong)
    made = _standing(draft(units, picked, today, drafted_by), parse)
    text = write(made)
    missing = unfounded(parse(text), notes)
    if missing:  # a bug: everything was copied
        raise RuntimeError(f"the draft holds what the notes do not: {', '.join(missing)}")
    return Imported(made, text, because)


async def _pointed(notes: Notes, pointer: Pointer) -> Picked:
    lines = [unit.text for unit in notes.units]
    if len(lines) > _MOST_LINES or sum(map(len, lines)) > _MOST_CHARACTERS:
        raise UnusableAnswer(f"the notes are too long for a model ({len(lines)} lines); split the file")
    pointing, _ = await pointer.point(lines)
    return pick_by_number(notes, pointing)


def _standing(made: Draft, parse: Parse) -> Draft:
    """Comment out findings that a claims file may not hold, each with the reason."""
    if _reads(made, parse):
        return made
    checked = []
    for finding in made.findings:
        try:
            if not finding.refused:
                parse(write(replace(made, findings=(finding,))))
        except Refused as wrong:
            finding = replace(finding, refused=_reason(wrong.problems[0]))
        checked.append(finding)
    return replace(made, findings=tuple(checked))


def _reads(made: Draft, parse: Parse) -> bool:
    try:
        parse(write(made))
    except Refused:
        return False
    return True


def _reason(problem: str) -> str:
    """Return a problem without the file and line that it names: those are of no file that anybody sees."""
    return problem.split(": ", 1)[-1]
