"""Units: what can be a finding or a question by itself: a sentence of prose, a list item, a table row. Numbered from 1."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from claimcheck.domain import bibtex
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
    r"\[\^?@?([\w:.-]{1,40}(?:\s*[,;]\s*\^?@?[\w:.-]{1,40})*)\]|\\cite[a-z]*\*?\{([^{}]+)\}|(?<!\w)@([A-Za-z][\w:-]{2,40})"
)


@dataclass(frozen=True)
class Unit:
    """One unit: its text as it stands in the notes, the papers and dates in it, and those that its marks `[1]` lead to."""

    number: int
    kind: Kind
    under: str
    text: str
    line: int
    label: str = ""
    papers: tuple[Mention, ...] = ()
    dates: tuple[WrittenDate, ...] = ()
    by_label: tuple[Mention, ...] = ()

    @property
    def statement(self) -> str:
        """What it states, without its citation."""
        return _cell(self.text) if self.kind is Kind.ROW else statement(self.text)

    @property
    def ids(self) -> tuple[str, ...]:
        """The papers that it names or leads to, each once."""
        return tuple(dict.fromkeys(str(m.id) for m in (*self.papers, *self.by_label) if m.id))

    @property
    def is_entry(self) -> bool:
        """Tell whether it is about a paper, as an entry of a list of papers is, and no statement that cites one."""
        return self.kind is Kind.ITEM and (self.lists_papers or opens_with_citation(self.text))

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
    named: Mapping[str, tuple[Mention, ...]] = field(default_factory=dict)

    @property
    def papers(self) -> tuple[Mention, ...]:
        """Every mention of a paper, well formed or not."""
        return (*(m for unit in self.units for m in unit.papers), *self.entries)


def read(text: str) -> Notes:
    """Read notes; ids are not held against today's date, for that is the claims file's business."""
    listed = bibtex.entries(text)
    keyed = {entry.key: _of_entry(text, entry) for entry in listed}
    body = _blanked(text, listed)
    blocks, places = outline(body), Places(body)
    labelled = {**_labelled(blocks), **keyed}
    units: list[Unit] = []
    for block in blocks:
        spans = block.spans if block.kind is Kind.PROSE else ((block.start, block.end),)
        units += [_unit(body, block, span, labelled, len(units) + at, places.of(span[0])[0]) for at, span in enumerate(spans, 1)]
    return Notes(tuple(units), tuple(m for found in keyed.values() for m in found), labelled)


def _unit(
    body: str, block: Block, span: tuple[int, int], labelled: Mapping[str, Sequence[Mention]], number: int, line: int
) -> Unit:
    text = body[slice(*span)]
    papers = mentions(text)
    names = dict.fromkeys(
        name for found in _MARKER.finditer(text) for name in re.split(r"\s*[,;]\s*", found[1] or found[2] or found[3])
    )
    led = tuple(m for name in names for m in labelled.get(name.lstrip("^@"), ()))
    written = tuple(d for d in dates(text) if not any(m.start <= d.start < m.end for m in papers))
    return Unit(number, block.kind, block.under, text, line, block.label, papers, written, led)


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
        name = block.label.lstrip("^@")
        if name and (block.label.startswith("^") or not name.isdigit() or _PAPERS.search(block.under)):
            papers = mentions(block.text)
            if papers:
                found.setdefault(name, papers)
    return found


def _of_entry(text: str, entry: bibtex.Entry) -> tuple[Mention, ...]:
    eprint = entry.value("eprint")
    if eprint and (found := mentions(f"arXiv:{eprint}")) and found[0].id:
        return found[:1]
    return tuple({m.id: m for m in mentions(text[entry.start : entry.end]) if m.id and not m.bare}.values())


def _cell(row: str) -> str:
    """Return the cell of a table's row that says most."""
    cells = [statement(cell) or plain(cell) for cell in row.strip().strip("|").split("|")]
    telling = [cell for cell in cells if not mentions(cell) or len(content_words(cell)) > 3]
    best = max(telling, key=lambda cell: len(content_words(cell)), default="")
    return best if len(content_words(best)) >= 3 else ""
