"""The report as a page for browsers: one file that asks for nothing and runs nothing.

It shows what the Markdown shows, in the same order (`views`), with charts, and with quotes marked inside their abstracts where
the library has the version that was read. Everything is escaped on its way in; links lead to arXiv's abstract pages, built from
ids that were checked, and to places in the page. The page's policy forbids scripts, requests and styles but its own.

A page of 10,000 pieces of evidence must still open at once: one that would get too large is made again with fewer abstracts,
charts and lesser evidence; it says what it leaves to the JSON twin.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined
from markupsafe import Markup, escape

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.text import ABSTRACT
from claimcheck.ports import Passed
from claimcheck.report import change_words, drawings, views, words
from claimcheck.report.escape import visible
from claimcheck.report.views import Detail, Twin

_LIMIT = 4_800_000  # bytes


@dataclass(frozen=True)
class _Measure:
    """How much of a report the page shows: besides `detail`, of how many claims a chart, and whose abstracts."""

    detail: Detail
    charts: int
    abstracts: str  # all, foremost or none
    each: int  # bytes that a piece of evidence takes at least, without its texts


_FOREMOST, _LESSER = Detail(open=8), Detail(open=8, folded=12, notes=False, queries=False)
_MEASURES = (
    _Measure(Detail(open=8), 60, "all", 500),
    _Measure(_FOREMOST, 60, "foremost", 500),
    _Measure(_FOREMOST, 40, "none", 500),
    _Measure(_LESSER, 40, "none", 400),
    _Measure(Detail(open=4, folded=4, notes=False, queries=False), 40, "none", 400),
    _Measure(Detail(open=2, folded=0, notes=False, queries=False), 20, "none", 400),
    _Measure(Detail(open=1, folded=0, notes=False, queries=False, quiet=False, listed=2000, longest=1000), 20, "none", 400),
    _Measure(
        Detail(open=1, folded=0, notes=False, queries=False, quiet=False, claims=100, listed=500, longest=500), 0, "none", 400
    ),
)


def page(twin: Twin, abstracts: Mapping[str, str], course: Iterable[Passed]) -> str:
    """Return the page. `abstracts` are those of the library's newest versions; `course` is that of all days."""
    drawn = drawings.Drawings(twin, tuple(course))
    text = ""
    for measure in _MEASURES:
        if measure is not _MEASURES[-1] and _at_least(twin, abstracts, measure) > _LIMIT:
            continue
        text = _page(twin, abstracts if measure.abstracts != "none" else {}, drawn, measure)
        if len(text.encode()) <= _LIMIT:
            break
    return text


def _page(twin: Twin, abstracts: Mapping[str, str], drawn: "drawings.Drawings", measure: _Measure) -> str:
    shown = views.report(twin, measure.detail)
    charted = [section["claim"]["id"] for section in shown["sections"]][: measure.charts]
    return (
        _environment(measure.detail.longest)
        .get_template("page.html.j2")
        .render(
            shown,
            style=Markup(_style()),  # noqa: S704  our own file
            policy=_policy(),
            drawn=drawn,
            charted=frozenset(charted),
            in_abstract=lambda piece: segments(piece["quotes"], abstracts.get(piece["paper_id"])),
            all_abstracts=measure.abstracts == "all",
        )
        + "\n"
    )


def segments(quotes: Sequence[Mapping[str, Any]], abstract: str | None) -> list[tuple[str, bool]]:
    """Cut an abstract into stretches that are quoted and stretches that are not.

    Nothing is returned when no quote is from it, or when a quote does not stand where it was: then it is of another version.
    """
    own = sorted((quote["start"], quote["end"]) for quote in quotes if quote["where"] == ABSTRACT)
    if not own or abstract is None:
        return []
    if any(abstract[q["start"] : q["end"]] != q["text"] for q in quotes if q["where"] == ABSTRACT):
        return []
    cut, at = [], 0
    for start, end in own:
        cut += [(abstract[at:start], False), (abstract[max(at, start) : end], True)]
        at = max(at, end)
    return [(text, marked) for text, marked in (*cut, (abstract[at:], False)) if text]


@cache
def _style() -> str:
    return (resources.files("claimcheck.report") / "templates" / "page.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _environment(longest: int) -> Environment:
    environment = Environment(
        loader=PackageLoader("claimcheck.report"),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=lambda value: _printed(value, longest),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "paper_link": paper_link,
        "named": lambda piece: str(ArxivId(piece["paper_id"], piece["version"])),
        "words": words,
        "changed": change_words,
        "number": words.number,
        "plain": lambda word: word.replace("_", " "),
        "marked": marked,
    }
    return environment


def _printed(value: object, longest: int) -> object:
    """Take out of what a template prints what is not seen or steers; what could be a mistake is not printed."""
    if isinstance(value, Markup | Undefined):
        return value
    if isinstance(value, str):
        return visible(value if len(value) <= longest else f"{value[:longest]} …")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"a template would print {type(value).__name__} {value!r:.80}")


def paper_link(id: str, version: int | None = None, text: str | None = None) -> Markup:
    """Return a link to the abstract page of that version; what is no arXiv id is shown as text."""
    try:
        parsed = ArxivId.parse(id)
    except MalformedId:
        return escape(visible(text or id))
    named = ArxivId(parsed.bare, version or parsed.version)
    return Markup('<a href="{}">{}</a>').format(named.url, visible(text) if text and visible(text) else str(named))


def marked(cut: Sequence[tuple[str, bool]]) -> Markup:
    """Return the stretches of an abstract, the quoted ones marked."""
    return Markup("").join(_stretch(text, quoted) for text, quoted in cut)


def _stretch(text: str, quoted: bool) -> Markup:
    # `visible` strips; the blanks at the ends keep stretches apart.
    before, after = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() else "")
    seen = escape(f"{before}{visible(text)}{after}")
    return Markup("<mark>{}</mark>").format(seen) if quoted else seen


def _at_least(twin: Twin, abstracts: Mapping[str, str], measure: _Measure) -> int:
    """Return a size that the page cannot fall below, to spare making what is much too large."""
    detail = measure.detail
    if not detail.quiet:
        return 0
    size = 0
    for claim in twin["claims"]:
        for at, piece in enumerate(claim["evidence"][: detail.open + detail.folded]):
            size += measure.each + len(piece["title"]) + sum(len(quote["text"]) for quote in piece["quotes"])
            if measure.abstracts == "all" or (measure.abstracts == "foremost" and at < detail.open):
                size += len(abstracts.get(piece["paper_id"], ""))
    return size
