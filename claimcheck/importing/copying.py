"""Copying: a pick becomes a finding. Texts, ids and dates are taken from the units as they stand; each doubt is told.

The date is the earliest that the units give. Where they give none it is the month that the first paper's id tells, with a doubt:
that too stands in the notes.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.mentions import Mention
from claimcheck.domain.units import Notes, Unit
from claimcheck.domain.worded_dates import WrittenDate
from claimcheck.importing.draft import Cited, Draft, Finding
from claimcheck.importing.rules import Pick, Picked

_LONG = 400  # characters
_MOST_PAPERS = 50


def draft(notes: Notes, picked: Picked, today: date, drafted_by: str = "rule") -> Draft:
    """Return the draft of what was picked."""
    entries = _dates_of_entries(notes.units)
    findings = tuple(copy(one, today, entries) for one in picked.findings)
    used = {ArxivId.parse(paper.id).bare for finding in findings for paper in finding.papers}
    named = dict.fromkeys(m.id.bare for m in notes.papers if m.id)
    unused = tuple(id for id in named if id not in used)
    return Draft(picked.question, findings, picked.questions, picked.doubts, unused, drafted_by)


def copy(picked: Pick, today: date, entries: dict[str, str]) -> Finding:
    """Return the finding that a pick makes; `entries` are the dates that the notes' list of papers gives, by id."""
    units = (*picked.states, *picked.cites)
    text = " ".join(unit.statement or "" for unit in picked.states).strip()
    named = [m for unit in units for m in (*unit.papers, *unit.by_mark)]
    good, doubts = _distinct(named), [_left_out(m) for m in named if m.id is None]
    written = [d for unit in units for d in unit.dates]
    usable = [d for d in written if d.date.first <= today]
    doubts += [f"{d.text!r} lies in the future and is left out" for d in written if d not in usable]
    papers = _dated(good, units, today, entries)
    asserted, more = _asserted(good, usable, papers)
    return Finding(
        text=text,
        asserted=asserted,
        papers=papers[:_MOST_PAPERS],
        line=picked.states[0].line,
        doubts=(*doubts, *more, *_of_text(text, picked), *_of_papers(good, papers)),
        refused=None if papers else "no arXiv id stands here; name the papers that it rests on",
    )


def _distinct(named: Iterable[Mention]) -> list[Mention]:
    """Return the good mentions, one a paper, the one that names a version before others."""
    found: dict[str, Mention] = {}
    for mention in named:
        if mention.id and (mention.id.bare not in found or (mention.id.version and not _version(found[mention.id.bare]))):
            found[mention.id.bare] = mention
    return list(found.values())


def _version(mention: Mention) -> int | None:
    return mention.id.version if mention.id else None


def _dated(good: Sequence[Mention], units: Sequence[Unit], today: date, entries: dict[str, str]) -> tuple[Cited, ...]:
    """Give each paper the date that stands beside it, else the one of its entry in a list of papers."""
    beside = {id.bare: str(d.date) for unit in units for id, d in unit.dated.items() if d.date.first <= today}
    return tuple(Cited(str(m.id), beside.get(m.id.bare) or entries.get(m.id.bare)) for m in good if m.id is not None)


def _asserted(good: Sequence[Mention], written: Sequence[WrittenDate], papers: Sequence[Cited]) -> tuple[str, list[str]]:
    if not written:
        given = [paper.date for paper in papers if paper.date]
        if given:
            return min(given), ["the date is the one that the list of papers gives"]
        first = next((m.id for m in good if m.id), None)
        return (str(first.month), [f"no date stands here; {first.month} is the month of {first}"]) if first else ("", [])
    earliest = min(written, key=lambda d: (d.is_year, d.date.first))
    doubts = []
    if len({str(d.date) for d in written}) > 1:
        doubts.append(
            f"several dates stand here ({', '.join(dict.fromkeys(d.text.strip() for d in written))}); the earliest is taken"
        )
    if earliest.vague:
        doubts.append(f"the notes say {earliest.text.strip()!r}; write the month if you know it")
    elif earliest.is_year:
        doubts.append("only a year stands here; write the month if you know it")
    return str(earliest.date), doubts


def _of_text(text: str, picked: Pick) -> list[str]:
    doubts = []
    if ";" in text:
        doubts.append("two statements? a claim is best one that a single paper can contradict")
    if len(text) > _LONG:
        doubts.append(f"long ({len(text)} characters); split it, or shorten it to what a paper can contradict")
    if picked.states[0].is_entry:
        doubts.append("taken from a list of papers; is it a statement that can be tested?")
    return doubts


def _of_papers(good: Sequence[Mention], papers: Sequence[Cited]) -> list[str]:
    doubts = [f"{m.text} is taken for an arXiv id by its form" for m in good if m.bare]
    for paper in papers:
        month = ArxivId.parse(paper.id).month
        if paper.date and not PartialDate.parse(paper.date).overlaps(month):
            doubts.append(f"{paper.id} is dated {paper.date} here, and its id is of {month}")
    if len(papers) > _MOST_PAPERS:
        doubts.append(f"{len(papers)} papers stand here; the first {_MOST_PAPERS} are taken")
    return doubts


def _left_out(mention: Mention) -> str:
    return f"{mention.text!r} is left out: {mention.wrong}"


def _dates_of_entries(units: Iterable[Unit]) -> dict[str, str]:
    """Return the dates that lists of papers give, by id, where an entry has one paper and one precise date."""
    found: dict[str, str] = {}
    for unit in units:
        good = [m.id for m in unit.papers if m.id]
        if unit.is_entry and len(good) == 1 and len(unit.dates) == 1 and not unit.dates[0].vague:
            found.setdefault(good[0].bare, str(unit.dates[0].date))
    return found
