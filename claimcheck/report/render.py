"""Reports as Markdown: a pure view of the JSON twin.

Templates hold the layout, `words` the wording, `escape` what makes foreign text do nothing. Whatever a template prints is escaped
unless this package made it (`escape.Markdown`), and a value that is missing is an error. A report that would get too long is
rendered again with less of its lesser evidence; it says how much is left to the twin.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined

from claimcheck.domain.dates import PartialDate
from claimcheck.domain.grounding import Grounding
from claimcheck.errors import UsageError
from claimcheck.report import words
from claimcheck.report.escape import Markdown, code, inline, paper_link

Twin = Mapping[str, Any]

_LIMIT = 190_000  # bytes; GitHub shows larger files slowly, or cut
_LONG = 3_000  # characters; no sentence is longer, but a server's message may be
_NAMED_AT_ONCE = 5
_HEADINGS = frozenset({"what-changed", "what-needs-a-person", "claim-by-claim"})
_CLAIM_ID = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class _Detail:
    """How much of each claim is shown; `quiet` claims are those that neither moved nor need a person."""

    open: int
    folded: int
    notes: bool = True
    queries: bool = True
    quiet: bool = True


_FULL = _Detail(open=8, folded=1000)
_DETAILS = (
    _FULL,
    _Detail(open=8, folded=8),
    _Detail(open=5, folded=0),
    _Detail(open=2, folded=0, notes=False, queries=False),
    _Detail(open=1, folded=0, notes=False, queries=False, quiet=False),
    _Detail(open=0, folded=0, notes=False, queries=False, quiet=False),
)


def markdown(twin: Twin) -> str:
    """Return the whole report."""
    text = ""
    for detail in _DETAILS:
        if detail is not _DETAILS[-1] and _at_least(twin, detail) > _LIMIT:
            continue
        text = _render("report.md.j2", _report(twin, detail))
        if len(text.encode()) <= _LIMIT:
            break
    return text


def claim_section(twin: Twin, claim_id: str) -> str:
    """Return one claim's section in full; raise `UsageError` when the report has no such claim."""
    found = next((claim for claim in twin["claims"] if claim["id"] == claim_id), None)
    if found is None:
        known = ", ".join(claim["id"] for claim in twin["claims"]) or "none"
        raise UsageError(f"no claim {claim_id!r} in the report of {twin['generated']}; it has: {known}")
    return _render("claim.md.j2", _section(found, twin["generated"], _FULL))


def _render(name: str, values: Mapping[str, Any]) -> str:
    text = _environment().get_template(name).render(values)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@cache
def _environment() -> Environment:
    # Jinja's own escaping is for HTML; `_printed` escapes everything for Markdown instead.
    environment = Environment(  # noqa: S701
        loader=PackageLoader("claimcheck.report"),
        undefined=StrictUndefined,
        finalize=_printed,
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
        "number": words.number,
    }
    return environment


def _printed(value: object) -> str:
    """Escape what a template prints. Nothing that could be a mistake (none, a list, a boolean) is printed."""
    if isinstance(value, Markdown | Undefined):
        return str(value)
    if isinstance(value, str):
        return inline(value if len(value) <= _LONG else f"{value[:_LONG]} …")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"a template would print {type(value).__name__} {value!r:.80}")


def _at_least(twin: Twin, detail: _Detail) -> int:
    """Return a length that the report cannot fall below, to spare rendering what is much too long."""
    shown = (piece for claim in twin["claims"] if detail.quiet for piece in claim["evidence"][: detail.open + detail.folded])
    return sum(len(piece["title"]) + sum(len(quote["text"][:_LONG]) for quote in piece["quotes"]) for piece in shown)


def _report(twin: Twin, detail: _Detail) -> dict[str, Any]:
    claims, today = twin["claims"], twin["generated"]
    moved = {change["claim"] for change in twin["changes"]}
    shown = [c for c in claims if detail.quiet or c["id"] in moved or _first(c) or words.remarks(c, today)]
    first = not twin["removed"] and all(_first(claim) for claim in claims)
    versions = {piece["paper_id"]: piece["version"] for claim in claims for piece in claim["evidence"]}
    return {
        "twin": twin,
        "headline": _headline(twin),
        "rows": [_row(claim, today, claim in shown, first) for claim in claims],
        "changes": [_change(change, claims) for change in twin["changes"]],
        "first": first,
        "attention": [view for claim in claims if (view := _attention(claim, today))],
        "run_gaps": _grouped([gap for gap in twin["gaps"] if gap["claim"] is None]),
        "sections": [_section(claim, today, detail) for claim in shown],
        "left_out": len(claims) - len(shown),
        "versions": versions,
        "totals": {k: sum(c["coverage"][k] for c in claims) for k in ("identified", "screened", "read", "counted")},
        "queries": len({query for claim in claims for query in claim["coverage"]["queries"]}),
        "window": _window(claims),
        "gaps": _grouped(twin["gaps"]),
    }


def _first(claim: Twin) -> bool:
    return claim["previous_verdict"] is None and not claim["edited"] and not claim["carried"]


def _headline(twin: Twin) -> str:
    claims, today = twin["claims"], twin["generated"]
    needing = sum(_attention(claim, today) is not None for claim in claims)
    unlooked = sum(gap["blocks"] for gap in twin["gaps"])
    sentences = [
        f"{words.number(len(claims), 'claim')}: {words.in_words(c['verdict'] for c in claims)}." if claims else "No claims.",
        f"{words.number(len(twin['changes']), 'verdict')} changed; {words.number(needing, 'claim')} "
        f"{'needs' if needing == 1 else 'need'} a person.",
        f"Not complete: {words.number(unlooked, 'thing')} could not be looked at."
        if unlooked
        else "Complete: nothing that a verdict needs was left unlooked at.",
    ]
    return " ".join(sentences)


def _row(claim: Twin, today: str, linked: bool, first_report: bool) -> dict[str, Any]:
    decisive = [piece for piece in claim["evidence"] if piece["decisive"]]
    new = ("first test",) if _first(claim) and not first_report else ()
    return {
        "claim": claim,
        "linked": linked,
        "newest": max(decisive, key=lambda p: (PartialDate.parse(p["published"]).last, p["paper_id"]), default=None),
        "remarks": ", ".join((*new, *words.remarks(claim, today))),
        "changed": claim["previous_verdict"] not in (None, claim["verdict"]) and not claim["carried"],
    }


def _change(change: Twin, claims: Sequence[Twin]) -> dict[str, Any]:
    claim = next(c for c in claims if c["id"] == change["claim"])
    pieces = [piece for piece in claim["evidence"] if piece["paper_id"] in change["because"] and piece["counted"]]
    decisive = [piece for piece in pieces if piece["decisive"]] or pieces
    return {
        **change,
        "day": claim["previous_day"],
        "pieces": decisive[:_NAMED_AT_ONCE],
        "more": len(pieces) - len(decisive[:_NAMED_AT_ONCE]),
        "blocked": any(gap["blocks"] for gap in claim["gaps"]),
    }


def _attention(claim: Twin, today: str) -> dict[str, Any] | None:
    """What a person must look at: reasons, anchors found wrong, and gaps that the verdict needs closed; None for nothing."""
    reasons = words.attention(claim, today)
    anchors = [anchor for anchor in claim["anchors"] if words.failed(anchor)]
    gaps = _grouped([gap for gap in claim["gaps"] if gap["blocks"]])
    if not (reasons or anchors or gaps):
        return None
    return {"id": claim["id"], "verdict": claim["verdict"], "reasons": reasons, "anchors": anchors, "gaps": gaps}


def _section(claim: Twin, today: str, detail: _Detail) -> dict[str, Any]:
    pieces = claim["evidence"]
    foremost = [piece for piece in pieces if piece["counted"] or piece["unjudged"]][: detail.open]
    lesser = [piece for piece in pieces if piece not in foremost]
    decisive = [piece for piece in pieces if piece["decisive"]] if words.resolved(claim) else []
    return {
        "claim": claim,
        "today": today,
        "detail": detail,
        "parts": [(name, part) for name, part in claim["parts"].items() if part["text"]],
        "decisive": Markdown("; ".join(_paper(piece) for piece in decisive[:_NAMED_AT_ONCE])),
        "more_decisive": len(decisive[_NAMED_AT_ONCE:]),
        "foremost": foremost,
        "folded": lesser[: detail.folded],
        "hidden": len(lesser[detail.folded :]),
        "claim_gaps": _grouped(claim["gaps"]),
    }


def _grouped(gaps: Sequence[Twin]) -> list[dict[str, Any]]:
    """Put gaps of one reason together: a server that was down leaves hundreds of them."""
    groups: dict[tuple[str, str, bool], list[str]] = {}
    for gap in sorted(gaps, key=lambda gap: not gap["blocks"]):
        groups.setdefault((gap["kind"], gap["why"], gap["blocks"]), []).append(gap["what"])
    return [
        {
            "kind": words.kind({"kind": kind}),
            "why": why.rstrip(". "),
            "blocks": blocks,
            "what": _listed(list(dict.fromkeys(what))[:_NAMED_AT_ONCE]),
            "more": max(0, len(set(what)) - _NAMED_AT_ONCE),
        }
        for (kind, why, blocks), what in groups.items()
    ]


def _listed(what: Sequence[str]) -> str:
    """Name things one after the other, and what they have in common (`reading of`) only once."""
    common = what[0].rpartition(" ")[0] + " "
    shared = common.strip() and all(name.startswith(common) for name in what)
    return ", ".join([what[0], *(name.removeprefix(common) if shared else name for name in what[1:])])


def _window(claims: Sequence[Twin]) -> tuple[str, str] | None:
    windows = [claim["coverage"]["window"] for claim in claims if claim["coverage"]["window"]]
    return (min(w[0] for w in windows), max(w[1] for w in windows)) if windows else None


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
