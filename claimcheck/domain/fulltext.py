"""Full texts: what is read of a paper beyond its abstract.

A full text is sections of visible text. The first is always the abstract as the paper's record has it; references,
acknowledgements and what is no part of the argument are left out. Its sentences are numbered over the whole, and each stands at
fixed characters of its section, so that a quote can be checked against the section by anybody.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from claimcheck.domain.paper import Paper
from claimcheck.domain.text import ABSTRACT, Sentence, sentences

_LONGEST_TITLE = 120
_UNTITLED = "text"


class Form(StrEnum):
    """What a paper was read from."""

    HTML = "html"
    PDF = "pdf"
    ABSTRACT = "abstract"


class Kind(StrEnum):
    """What a section is for, as far as its title says."""

    ABSTRACT = "abstract"
    INTRODUCTION = "introduction"
    RELATED = "related"
    METHOD = "method"
    RESULTS = "results"
    CONCLUSION = "conclusion"
    APPENDIX = "appendix"
    OTHER = "other"
    LEFT_OUT = "left out"


_BOILERPLATE = (
    r"references?|bibliography|literature cited|works cited|acknowledge?ments?|acknowledgment|funding|author contributions?"
    r"|contributions of authors|credit author.*|competing interests?|conflicts? of interests?|declarations?.*|disclosures?"
    r"|ethics statement|ethical considerations?|ethics.*|broader impacts?.*|impact statement.*|societal impacts?"
    r"|reproducibility.*|.*checklist|data availability.*|code availability.*|availability.*|licen[cs]es?|supplementary materials?"
    r"|(?:full |our )?prompts?(?: templates?)?|prompts? (?:used|for) .*|table of contents|contents|list of (?:figures|tables)"
    r"|ai (?:use|usage|assistance).*|use of (?:llms?|ai|large language models).*|ccs concepts|keywords?|index terms"
)
_LEFT_OUT = re.compile(rf"(?:{_BOILERPLATE})", re.IGNORECASE)
_BY_TITLE = (
    (Kind.ABSTRACT, re.compile(r"^abstract$", re.IGNORECASE)),
    (
        Kind.RELATED,
        re.compile(r"\b(?:related|previous|prior) (?:work|works|research|literature)\b|\bbackground\b", re.IGNORECASE),
    ),
    (Kind.CONCLUSION, re.compile(r"\bconclu(?:sions?|ding)\b|\bdiscussions?\b|\blimitations?\b|\bsummary\b", re.IGNORECASE)),
    (Kind.INTRODUCTION, re.compile(r"\bintroduction\b|\bmotivation\b", re.IGNORECASE)),
    (
        Kind.RESULTS,
        re.compile(r"\bresults?\b|\bexperiments?\b|\bfindings?\b|\bevaluations?\b|\banalys[ie]s\b|\bablations?\b", re.IGNORECASE),
    ),
    (
        Kind.METHOD,
        re.compile(r"\bmethod\w*\b|\bapproach\b|\bset-?up\b|\bdata(?:sets?)?\b|\bimplementation\b|\bpreliminar", re.IGNORECASE),
    ),
    (Kind.APPENDIX, re.compile(r"\bappendi(?:x|ces)\b|\bsupplement", re.IGNORECASE)),
)
_TAG = re.compile(
    r"^(?:(?:appendix|section)\s+)?(?:[A-Z]|\d{1,2}|[IVX]{1,5})(?:\.\d{1,2}){0,3}(?:-[A-Z]\d{0,2})?[.:)]?\s+", re.IGNORECASE
)


@dataclass(frozen=True)
class Found:
    """A piece of a text as a reader of a form found it: a heading, how deep it is (from 1), and what stands under it."""

    title: str
    text: str
    level: int = 1


@dataclass(frozen=True)
class Section:
    """A section's title, which no other section of the paper has, and its visible text: a line a paragraph."""

    title: str
    kind: Kind
    text: str

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The section's sentences, numbered from 1: none goes over the end of a line."""
        found, start = [], 0
        for line in self.text.split("\n"):
            found += [(s.text, start + s.start, start + s.end) for s in sentences(line)]
            start += len(line) + 1
        return tuple(Sentence(n, text, a, b, self.title) for n, (text, a, b) in enumerate(found, 1))


@dataclass(frozen=True)
class FullText:
    """What a paper's text is, from the best form that could be read.

    `notes` say, a line each, why no better form was read; `flags` what was found in it: `hidden_text` (text that no reader sees,
    which was taken out), `cut` (its end is missing), and those of `text.clean`. The first section is the abstract.
    """

    id: str
    version: int | None
    form: Form
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    flags: frozenset[str] = field(default_factory=frozenset)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences, numbered over the whole, each with its section and where it stands there."""
        found = (s for section in self.sections for s in section.sentences)
        return tuple(replace(s, number=n) for n, s in enumerate(found, 1))

    def part(self, where: str) -> str:
        """Return the text of the section of that title; raise `KeyError`."""
        return {section.title: section.text for section in self.sections}[where]


def full_text(paper: Paper, form: Form, found: Iterable[Found], notes: Iterable[str] = (), flags: Iterable[str] = ()) -> FullText:
    """Make a paper's full text of what was found, in reading order.

    The record's abstract stands first and the text's own is left out, as is what is no part of the argument. A text without any
    section left is the abstract alone.
    """
    sections = (Section(ABSTRACT, Kind.ABSTRACT, paper.abstract), *_distinct(_kept(found)))
    read = form if len(sections) > 1 else Form.ABSTRACT
    return FullText(paper.id, paper.version, read, sections, tuple(notes), frozenset(flags))


def abstract_only(paper: Paper, notes: Iterable[str]) -> FullText:
    """Return the abstract as all that could be read, with the reasons."""
    return full_text(paper, Form.ABSTRACT, (), notes)


def kind_of(title: str) -> Kind:
    """Return what a section of that title is for."""
    bare = _TAG.sub("", title.strip()).strip(" .:")
    if _LEFT_OUT.fullmatch(bare):
        return Kind.LEFT_OUT
    return next((kind for kind, pattern in _BY_TITLE if pattern.search(bare)), Kind.OTHER)


def _kept(found: Iterable[Found]) -> Iterator[Section]:
    """Leave out boilerplate, with all below it, and the text's own abstract; what follows the references is appendix."""
    after_references = False
    above: dict[int, Kind] = {}
    for one in found:
        above = {level: kind for level, kind in above.items() if level < one.level}
        title = one.title.strip()[:_LONGEST_TITLE]
        kind = _kind_below(kind_of(title), above)
        above[one.level] = kind
        after_references = after_references or _is_references(title)
        if kind in (Kind.LEFT_OUT, Kind.ABSTRACT) or not one.text.strip():
            continue
        yield Section(title or _UNTITLED, Kind.APPENDIX if after_references else kind, one.text)


def _kind_below(own: Kind, above: dict[int, Kind]) -> Kind:
    """A subsection whose title does not tell is for what the section around it is for."""
    around = above[max(above)] if above else Kind.OTHER
    return around if own is Kind.OTHER or around in (Kind.LEFT_OUT, Kind.APPENDIX, Kind.RELATED) else own


def _is_references(title: str) -> bool:
    return _TAG.sub("", title).strip(" .:").casefold() in ("references", "reference", "bibliography")


def _distinct(sections: Iterable[Section]) -> Iterator[Section]:
    """Tell sections of the same title apart by a number, so that a quote's `where` names one place."""
    used = {ABSTRACT}
    for section in sections:
        title, count = section.title, 1
        while title in used:
            count += 1
            title = f"{section.title} ({count})"
        used.add(title)
        yield replace(section, title=title)
