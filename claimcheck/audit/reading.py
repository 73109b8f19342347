"""From files to citations: each by its kind, LaTeX with the BibTeX files that belong to it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from claimcheck.audit import bib, latex, prose
from claimcheck.audit.citation import Citation, Document, once_each
from claimcheck.domain.bibtex import entries
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.mentions import Mention

Find = Callable[[str, str], Document | None]  # the file that a document (by name) names, or None where it is not there
_LATEX, _BIBTEX = (".tex", ".ltx", ".latex"), (".bib", ".bibtex")


@dataclass(frozen=True)
class Cited:
    """The citations of some documents, in order of place, and what could not be looked at."""

    citations: tuple[Citation, ...]
    gaps: tuple[Gap, ...] = ()


def read(documents: Sequence[Document], today: date, find: Find) -> Cited:
    """Return all citations of the documents. BibTeX files among them count for every LaTeX document."""
    listed = {document.name: document for document in documents if _is(document, _BIBTEX)}
    found: list[Citation] = []
    gaps: list[Gap] = []
    for document in documents:
        if _is(document, _BIBTEX):
            found += bib.citations(document, entries(document.text))
        elif _is(document, _LATEX):
            more, missing = _of_latex(document, list(listed.values()), today, find)
            found += more
            gaps += missing
        else:
            named = _named(listed.values())
            found += prose.citations(document, today, named)
    return Cited(once_each(found), tuple(gaps))


def _of_latex(document: Document, listed: Sequence[Document], today: date, find: Find) -> tuple[list[Citation], list[Gap]]:
    beside, gaps = [], []
    for name in latex.bibliographies(document.text):
        if any(PurePath(one.name).name == PurePath(name).name for one in listed):
            continue
        other = find(document.name, name)
        if other:
            beside.append(other)
        else:
            what = f"bibliography {name} of {document.name}"
            gaps.append(
                Gap(what, "the file is not there, so what its keys cite is not known; name it on the command line", GapKind.PAPER)
            )
    cited = latex.keys(document.text)
    text = Document(document.name, latex.plain(document.text))
    found = list(prose.citations(text, today, _named([*listed, *beside])))
    return [*found, *(one for other in beside for one in bib.citations(other, entries(other.text), cited))], gaps


def _named(listed: Iterable[Document]) -> dict[str, tuple[Mention, ...]]:
    found: dict[str, tuple[Mention, ...]] = {}
    for document in listed:
        found = {**bib.papers(document, entries(document.text)), **found}
    return found


def _is(document: Document, endings: tuple[str, ...]) -> bool:
    return document.name.casefold().endswith(endings)
