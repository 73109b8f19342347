"""Units: what can be a finding or a question by itself: a sentence of prose, a list item, a table row. Numbered from 1."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from claimcheck.domain import bibtex
from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.domain.mentions import Mention, mentions
from claimcheck.domain.outline import Block, Kind, Places, outline
from claimcheck.domain.statement import opens_with_citation, plain, statement
from claimcheck.domain.text import content_words
from claimcheck.domain.worded_dates import WrittenDate, dates

_FINDINGS = re.compile(
    r"\b(?:found|findings?|claims?|results?|identified|evidence|know[ns]?|observ\w+|shows?|takeaways?)\b", re.I
)
_PAPERS = re.compile(
    r"\b(?:anchors?|anchor papers|references?|bibliograph\w*|sources|works cited|citations?|reading list"
    r"|(?:key|related|cited) (?:papers|work))\b",
    re.I,
)
_QUESTIONS = re.compile(r"\bquestions?\b", re.I)
_TASKS = re.compile(r"\b(?:tasks?|instructions?|to-?dos?|next steps?|deliverables?)\b", re.I)
_MARKER = re.compile(
    r"\[\^?-?@?([\w:.-]{1,40}(?:\s*[,;]\s*\^?-?@?[\w:.-]{1,40})*)\]"
    r"|\\[a-zA-Z]{0,12}cite[a-zA-Z]{0,12}\*?(?:\s*\[[^\]]*\]){0,2}\s*\{([^{}]+)\}|(?<!\w)@([A-Za-z][\w:-]{2,40})"
)
_BRACKETS = re.compile(r"\[[^\[\]]*\]\([^()]*\)|\([^()]*\)|\[[^\[\]]*\]")


@dataclass(frozen=True)
class Mark:
    """A mark such as `[1]`, `[@key]` or a LaTeX citation, at `start` to `end` of a unit, and the papers that its entry names."""

    name: str
    start: int
    end: int
    papers: tuple[Mention, ...] = ()


@dataclass(frozen=True)
class Unit:
    """One unit: its text as it stands in the whole from `start` on, the papers and dates in it, and its marks.

    Places of papers, dates and marks count from the unit's own start.
    """

    number: int
    kind: Kind
    under: str
    text: str
    start: int
    line: int
    label: str = ""
    papers: tuple[Mention, ...] = ()
    dates: tuple[WrittenDate, ...] = ()
    marks: tuple[Mark, ...] = ()

    @cached_property
    def statement(self) -> str:
        """What it states, without its citation."""
        return _cell(self.text) if self.kind is Kind.ROW else statement(self.text)

    @property
    def by_mark(self) -> tuple[Mention, ...]:
        """The papers that its marks lead to."""
        return tuple(paper for mark in self.marks for paper in mark.papers)

    @property
    def ids(self) -> tuple[str, ...]:
        """The papers that it names or leads to, each once."""
        return tuple(dict.fromkeys(str(m.id) for m in (*self.papers, *self.by_mark) if m.id))

    @property
    def dated(self) -> dict[ArxivId, WrittenDate]:
        """The date that it gives each paper: one beside it in the same brackets, in an entry or a row anywhere.

        Only where there are as many dates as papers is it plain which is whose.
        """
        spans = [(0, len(self.text))]
        if not self.is_entry and self.kind is not Kind.ROW:
            spans = [found.span() for found in _BRACKETS.finditer(self.text)]
        given: dict[ArxivId, WrittenDate] = {}
        for start, end in spans:
            papers = list(dict.fromkeys(m.id for m in self.papers if m.id and start <= m.start < end))
            written = [d for d in self.dates if start <= d.start < end and not d.vague]
            if len(papers) == len(written):
                given |= dict(zip(papers, written, strict=True))
        return given

    @property
    def is_entry(self) -> bool:
        """Tell whether it is about a paper, as an entry of a list of papers is, and no statement that cites one."""
        listed = self.lists_papers or self.label.startswith("[") or opens_with_citation(self.text)
        return self.kind is Kind.ITEM and listed

    @property
    def lists_papers(self) -> bool:
        """Tell whether it stands under a heading such as References."""
        return bool(_PAPERS.search(self.under))

    @property
    def lists_findings(self) -> bool:
        """Tell whether it stands under a heading that announces findings."""
        return bool(_FINDINGS.search(self.under)) and not self.lists_papers and not self.lists_questions

    @property
    def lists_questions(self) -> bool:
        """Tell whether it stands under a heading that announces questions."""
        return bool(_QUESTIONS.search(self.under)) and "?" not in self.under

    @property
    def lists_tasks(self) -> bool:
        """Tell whether it stands under a heading that announces tasks."""
        return bool(_TASKS.search(self.under))


@dataclass(frozen=True)
class Notes:
    """The notes as units. `entries` are the papers of BibTeX entries in them."""

    units: tuple[Unit, ...]
    entries: tuple[Mention, ...] = ()

    @property
    def papers(self) -> tuple[Mention, ...]:
        """Every mention of a paper, well formed or not."""
        return (*(m for unit in self.units for m in unit.papers), *self.entries)


def read(text: str, named: Mapping[str, tuple[Mention, ...]] | None = None) -> Notes:
    """Read a text. `named` are papers that marks lead to beyond those of its own lists and BibTeX entries.

    Ids are not held against today's date here: what is to come is for the reader to say.
    """
    listed = bibtex.entries(text)
    keyed = {entry.key: papers_of(text, entry) for entry in listed}
    body = _blanked(text, listed)
    blocks, places = outline(body), Places(body)
    labelled = {**(named or {}), **_labelled(blocks), **keyed}
    units: list[Unit] = []
    for block in blocks:
        spans = block.spans if block.kind is Kind.PROSE else ((block.start, block.end),)
        units += [_unit(body, block, span, labelled, len(units) + at, places.of(span[0])[0]) for at, span in enumerate(spans, 1)]
    return Notes(tuple(units), tuple(m for found in keyed.values() for m in found))


def papers_of(text: str, entry: bibtex.Entry) -> tuple[Mention, ...]:
    """Return the arXiv papers that a BibTeX entry names, with their places in the text; of an eprint field that one alone."""
    field, kind = entry.fields.get("eprint"), f"{entry.value('archiveprefix')}{entry.value('eprinttype')}".casefold()
    if field and kind in ("", "arxiv"):
        found = mentions(f"arXiv:{field.value.strip()}") if not mentions(field.value) else mentions(field.value)
        good = [m for m in found if m.id or kind == "arxiv"]
        if good:
            return (replace(good[0], text=field.value, start=field.start, end=field.end),)
    inside = mentions(text[entry.start : entry.end])
    moved = [replace(m, start=entry.start + m.start, end=entry.start + m.end) for m in inside if not m.bare]
    return tuple({m.id or m.text: m for m in reversed(moved)}.values())[::-1]


def _unit(
    body: str, block: Block, span: tuple[int, int], labelled: Mapping[str, Sequence[Mention]], number: int, line: int
) -> Unit:
    text = body[slice(*span)]
    papers = mentions(text)
    written = tuple(d for d in dates(text) if not any(m.start <= d.start < m.end for m in papers))
    marks = tuple(_marks(text, labelled))
    return Unit(number, block.kind, block.under, text, span[0], line, block.label, papers, written, marks)


def _marks(text: str, labelled: Mapping[str, Sequence[Mention]]) -> Iterator[Mark]:
    for found in _MARKER.finditer(text):
        for name in dict.fromkeys(re.split(r"\s*[,;]\s*", (found[1] or found[2] or found[3]).strip())):
            bare = name.lstrip("^@-")
            yield Mark(bare, found.start(), found.end(), tuple(labelled.get(bare, ())))


def _blanked(text: str, entries: Sequence[bibtex.Entry]) -> str:
    """Return a text with blanks where BibTeX entries stand, so that all else keeps its place."""
    pieces, at = [], 0
    for entry in entries:
        pieces += [text[at : entry.start], re.sub(r"[^\n]", " ", text[entry.start : entry.end])]
        at = entry.end
    return "".join((*pieces, text[at:]))


def _labelled(blocks: Sequence[Block]) -> dict[str, tuple[Mention, ...]]:
    """Return the papers of numbered entries and footnotes, by their label."""
    found: dict[str, tuple[Mention, ...]] = {}
    for block in blocks:
        name = block.label.strip("[]().:^@ ")
        if name and (block.label.startswith("[") or _PAPERS.search(block.under)):
            papers = mentions(block.text)
            if papers:
                found.setdefault(name, papers)
    return found


def _cell(row: str) -> str:
    """Return the cell of a table's row that says most."""
    cells = [statement(cell) or plain(cell) for cell in row.strip().strip("|").split("|")]
    telling = [cell for cell in cells if not mentions(cell) or len(content_words(cell)) > 3]
    best = max(telling, key=lambda cell: len(content_words(cell)), default="")
    return best if len(content_words(best)) >= 3 else ""
