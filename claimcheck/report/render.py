"""Reports as Markdown: a pure view of the JSON twin.

Templates hold the layout, `views` what is shown, `words` the wording, `escape` what makes foreign text do nothing. Whatever a
template prints is escaped unless this package made it (`escape.Markdown`), and a value that is missing is an error.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined

from claimcheck.domain.grounding import Grounding
from claimcheck.errors import UsageError
from claimcheck.report import change_words, views, words
from claimcheck.report.escape import Markdown, code, inline, paper_link
from claimcheck.report.views import FULL, Detail, Twin

_LIMIT = 190_000  # bytes; GitHub shows larger files slowly, or cut
_HEADINGS = frozenset({"what-changed", "what-needs-a-person", "claim-by-claim"})
_CLAIM_ID = re.compile(r"[a-z0-9-]+")
_LEAST = Detail(open=0, folded=0, notes=False, queries=False, quiet=False, claims=3, listed=15, longest=200)
_DETAILS = (
    FULL,
    Detail(folded=8),
    Detail(open=5, folded=0),
    Detail(open=2, folded=0, notes=False, queries=False),
    Detail(open=1, folded=0, notes=False, queries=False, quiet=False),
    Detail(open=0, folded=0, notes=False, queries=False, quiet=False),
    Detail(open=1, folded=0, notes=False, queries=False, quiet=False, claims=60, listed=500, longest=600),
    Detail(open=1, folded=0, notes=False, queries=False, quiet=False, claims=20, listed=200, longest=600),
    Detail(open=0, folded=0, notes=False, queries=False, quiet=False, claims=8, listed=40, longest=300),
    _LEAST,
)


def markdown(twin: Twin) -> str:
    """Return the whole report, as much of it as 200 KB hold."""
    text = ""
    for detail in _DETAILS:
        if detail is not _LEAST and _at_least(twin, detail) > _LIMIT:
            continue
        text = _render("report.md.j2", views.report(twin, detail), detail.longest)
        if len(text.encode()) <= _LIMIT:
            break
    return text


def claim_section(twin: Twin, claim_id: str) -> str:
    """Return one claim's section in full; raise `UsageError` when the report has no such claim."""
    found = next((claim for claim in twin["claims"] if claim["id"] == claim_id), None)
    if found is None:
        known = ", ".join(claim["id"] for claim in twin["claims"]) or "none"
        raise UsageError(f"no claim {claim_id!r} in the report of {twin['generated']}; it has: {known}")
    return _render("claim.md.j2", views.section(found, twin["generated"], FULL))


def diff_page(found: Mapping[str, Any]) -> str:
    """Return what changed between two reports, as Markdown."""
    return _render("diff.md.j2", {"diff": found})


def history_page(claim_id: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a claim's verdicts over time and what moved them, newest first, as Markdown."""
    marks = [change_words.arrow(a["verdict"], b["verdict"]) for a, b in pairwise(rows)]
    return _render("history.md.j2", {"id": claim_id, "rows": list(zip(rows, ["", *marks], strict=True))[::-1]})


def _render(name: str, values: Mapping[str, Any], longest: int = FULL.longest) -> str:
    text = _environment(longest).get_template(name).render(values)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@cache
def _environment(longest: int) -> Environment:
    # Jinja's own escaping is for HTML; `_printed` escapes everything for Markdown instead.
    environment = Environment(  # noqa: S701
        loader=PackageLoader("claimcheck.report"),
        undefined=StrictUndefined,
        finalize=lambda value: _printed(value, longest),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "paper": _paper,
        "paper_link": paper_link,
        "papers": _papers,
        "reference": _reference,
        "plain": _plain,
        "title": _title,
        "code": code,
        "words": words,
        "changed": change_words,
        "number": words.number,
    }
    return environment


def _printed(value: object, longest: int) -> str:
    """Escape what a template prints. Nothing that could be a mistake (none, a list, a boolean) is printed."""
    if isinstance(value, Markdown | Undefined):
        return str(value)
    if isinstance(value, str):
        return inline(value if len(value) <= longest else f"{value[:longest]} …")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"a template would print {type(value).__name__} {value!r:.80}")


def _at_least(twin: Twin, detail: Detail) -> int:
    """Return a length that the report cannot fall below, to spare rendering what is much too long."""
    shown = (
        piece
        for claim in twin["claims"][: detail.claims]
        if detail.quiet
        for piece in claim["evidence"][: detail.open + detail.folded]
    )
    return sum(len(piece["title"]) + sum(len(quote["text"][: detail.longest]) for quote in piece["quotes"]) for piece in shown)


def _paper(item: Mapping[str, Any]) -> Markdown:
    """The link, date and title of a piece of evidence or of an anchor, as far as they are known."""
    absent = item.get("grounding") in (Grounding.NOT_FOUND, Grounding.MALFORMED)
    id = item.get("paper_id") or item["id"]
    known = [inline(id) if absent else paper_link(id, item["version"])]
    if item["published"]:
        known.append(inline(item["published"]))
    return Markdown(", ".join([*known, *([_title(item["title"])] if item["title"] else [])]))


def _title(title: str) -> Markdown:
    """A title in italics; one that is empty to the eye is said to be, for two stars in a row would open bold type."""
    seen = inline(title)
    return Markdown(f"*{seen}*" if seen else "(no title)")


def _papers(ids: Sequence[str], versions: Mapping[str, int | None]) -> Markdown:
    return Markdown(", ".join(paper_link(id, versions.get(id)) for id in ids))


def _reference(claim_id: str, linked: bool = True) -> Markdown:
    """A link to a claim's section, by the anchor that GitHub gives its heading: the second of two equal ones ends in -1."""
    if not (linked and _CLAIM_ID.fullmatch(claim_id)):
        return inline(claim_id)
    return Markdown(f"[{claim_id}](#{claim_id}{'-1' if claim_id in _HEADINGS else ''})")


def _plain(word: str) -> str:
    """A value of a scale as words."""
    return word.replace("_", " ")
