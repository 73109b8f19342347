"""Picking by rule: which units of the notes are findings, which are questions.

A finding is a unit that states something and names an arXiv paper, or leads to one by a mark such as [1]. An entry of a list of
papers (it stands under such a heading, or opens with its paper) is a finding only where no other unit cites its papers. A list
item under a heading that announces findings is one also without a paper: it is then commented out, for a person to anchor.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from claimcheck.domain.outline import Kind
from claimcheck.domain.statement import plain
from claimcheck.domain.text import content_words
from claimcheck.domain.units import Notes, Unit
from claimcheck.ports import Pointing

_RESEARCH = re.compile(
    r"\W*(?:R?Q(?:uestion)?\s*[0-9]+|RQ|(?:research|open|follow-?up)\s+questions?(?:\s*[0-9]+)?)\W{0,3}[:.)\u2013\u2014-]\W*(?=\w)",
    re.I,
)
_MAIN = re.compile(r"\b(?:the\s+)?(?:main\s+|core\s+|research\s+|central\s+|key\s+)?question(?:\s+is)?\s*:\s*", re.I)
_ASKED = re.compile(r"[^?]{10,600}\?")
_MOST_QUESTIONS, _LONGEST_QUESTION = 50, 1000
_NO_QUESTION = "Which of these findings do newer papers still support?"


@dataclass(frozen=True)
class Pick:
    """Which units make up a finding: those that state it, and those that only name its papers."""

    states: tuple[Unit, ...]
    cites: tuple[Unit, ...] = ()


@dataclass(frozen=True)
class Picked:
    """What was picked from the notes: the question with doubts about it, further questions, and the findings."""

    question: str
    findings: tuple[Pick, ...]
    questions: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def pick(notes: Notes) -> Picked:
    """Pick by rule."""
    questions = _questions(notes.units)
    question, doubts = main_question(notes.units)
    return Picked(question, _findings(notes), tuple(q for q in questions if q != question), doubts)


def main_question(units: Sequence[Unit]) -> tuple[str, tuple[str, ...]]:
    """Return the question that the notes are about, and why a person should look at it."""
    for unit in units:
        named = _MAIN.search(unit.text)
        asked = _ASKED.match(unit.text, named.end()) if named and not _RESEARCH.match(unit.text) else None
        if asked:
            return plain(asked[0].strip(' *_"\u201c')), ()
    for unit in units:
        if (
            unit.text.rstrip(" *_").endswith("?")
            and len(unit.text) < _LONGEST_QUESTION
            and not unit.ids
            and not _RESEARCH.match(unit.text)
        ):
            return plain(unit.text), (f"the first question of the notes (line {unit.line}); is it what they are about?",)
    title = next((plain(unit.text) for unit in units if unit.kind is Kind.HEADING and len(content_words(unit.text)) > 1), "")
    if title:
        return title, ("the notes ask no question; this is their title, write the question",)
    return _NO_QUESTION, ("the notes ask no question; these are not their words, write the question",)


def pick_by_number(notes: Notes, pointing: Pointing) -> Picked:
    """Pick what a model points at. Only units that state something can be a finding, whatever it says."""
    by_number = {unit.number: unit for unit in notes.units}
    found = []
    for one in pointing.findings:
        states = tuple(by_number[n] for n in dict.fromkeys(one.states) if by_number[n].statement)
        cites = tuple(by_number[n] for n in dict.fromkeys(one.cites) if n not in one.states)
        if states:
            found.append(Pick(states, cites))
    question, doubts = main_question(notes.units)
    chosen = _asked(by_number[pointing.question]) if pointing.question else ""
    if chosen:
        question, doubts = chosen, ("chosen by the model; is it what the notes are about?",)
    questions = tuple(dict.fromkeys(_asked(by_number[n]) for n in pointing.questions))
    return Picked(question, tuple(found), tuple(q for q in questions if q and q != question)[:_MOST_QUESTIONS], doubts)


def is_question(unit: Unit) -> bool:
    """Tell whether a unit is a research question to keep in view."""
    if _RESEARCH.match(unit.text):
        return True
    asks = unit.text.rstrip(' *_"\u201d').endswith("?") and not unit.ids
    return asks and unit.kind is Kind.ITEM and not unit.lists_tasks and not unit.lists_findings


def _questions(units: Sequence[Unit]) -> tuple[str, ...]:
    asked = dict.fromkeys(_asked(unit) for unit in units if is_question(unit))
    return tuple(question for question in asked if question)[:_MOST_QUESTIONS]


def _asked(unit: Unit) -> str:
    """Return the question that a unit asks, without its label."""
    named = _MAIN.search(unit.text)
    asked = _ASKED.match(unit.text, named.end()) if named else None
    return plain(asked[0] if asked else _RESEARCH.sub("", unit.text, count=1))[:_LONGEST_QUESTION]


def _findings(notes: Notes) -> tuple[Pick, ...]:
    units = [unit for unit in notes.units if unit.kind in (Kind.PROSE, Kind.ITEM, Kind.ROW) and not is_question(unit)]
    picked: list[Pick] = []
    for at, unit in enumerate(units):
        if unit.is_entry or not (unit.papers or unit.by_mark):
            if unit.kind is Kind.ITEM and unit.lists_findings and unit.statement:
                picked.append(Pick((unit,)))
            continue
        before = units[at - 1] if at else None
        if unit.statement:
            picked.append(Pick((unit,)))
        elif (
            before and before.kind is unit.kind is Kind.PROSE and before.line == unit.line and before.statement and not before.ids
        ):
            picked.append(Pick((before,), (unit,)))  # "It falls. (arXiv:2505.14810)"
    cited = {id for one in picked for unit in (*one.states, *one.cites) for id in unit.ids}
    entries = [Pick((unit,)) for unit in units if unit.is_entry and _stands_alone(unit, cited)]
    return tuple(sorted((*picked, *entries), key=lambda one: one.states[0].number))


def _stands_alone(unit: Unit, cited: Iterable[str]) -> bool:
    """Tell whether an entry states something of a paper that no finding cites; a list of references states nothing."""
    return bool(unit.ids and unit.statement) and not unit.lists_papers and not set(unit.ids) & set(cited)
