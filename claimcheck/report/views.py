"""What a report shows, in which order, and how much of it: the same for Markdown and for browsers.

A report that would get too long is made again with less (`Detail`): first lesser evidence goes, then claims that neither moved
nor need a person, then whatever is long. What is left out is counted, and stands in the JSON twin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claimcheck.domain.dates import PartialDate
from claimcheck.report import words
from claimcheck.report.change_words import arrow

Twin = Mapping[str, Any]

_NAMED_AT_ONCE = 5
_FLOW = ("identified", "screened", "read", "counted")


@dataclass(frozen=True)
class Detail:
    """How much is shown.

    Of each claim so many pieces of evidence `open` and `folded`, and whether with the judge's words and the queries; whether
    claims are shown that neither moved nor need a person (`quiet`), how many claims and items of a list, and how much of a text.
    """

    open: int = 8
    folded: int = 1000
    notes: bool = True
    queries: bool = True
    quiet: bool = True
    claims: int = 100_000
    listed: int = 100_000
    longest: int = 3_000


FULL = Detail()


def report(twin: Twin, detail: Detail = FULL) -> dict[str, Any]:
    """Return all that a report's template prints."""
    claims, today = twin["claims"], twin["generated"]
    first = not twin["removed"] and all(_first(claim) for claim in claims)
    moved = {change["claim"] for change in twin["changes"]}
    ordered = sorted(claims, key=lambda claim: claim["id"] not in moved)
    loud = [c for c in ordered if c["id"] in moved or _news(c, first) or words.needs_person(c, today)]
    quiet = [c for c in ordered if c not in loud] if detail.quiet else []
    shown = sorted([*loud, *quiet][: detail.claims], key=ordered.index)
    linked = {claim["id"] for claim in shown}
    attention = [view for claim in ordered if (view := _attention(claim, today))]
    return {
        "twin": twin,
        "detail": detail,
        "headline": headline(twin),
        "tallies": words.counted(claim["verdict"] for claim in claims),
        "rows": [_row(claim, today, claim["id"] in linked, first) for claim in ordered][: detail.listed],
        "changes": [_change(change, claims) for change in twin["changes"]][: detail.listed],
        "first": first,
        "attention": attention[: detail.listed],
        "run_gaps": _grouped([gap for gap in twin["gaps"] if gap["claim"] is None])[: detail.listed],
        "sections": [section(claim, today, detail, _open(claim, moved, first)) for claim in shown],
        "left_out": len(claims) - len(shown),
        "versions": {piece["paper_id"]: piece["version"] for claim in claims for piece in claim["evidence"]},
        "strongest": twin["strongest"],
        "ungrounded": twin["ungrounded"][: detail.listed],
        "questions": twin["questions"][: detail.listed],
        "totals": {name: sum(claim["coverage"][name] for claim in claims) for name in _FLOW},
        "queries": len({query for claim in claims for query in claim["coverage"]["queries"]}),
        "window": _window(claims),
        "gaps": _grouped(twin["gaps"])[: detail.listed],
        "more": {
            "rows": max(0, len(claims) - detail.listed),
            "changes": max(0, len(twin["changes"]) - detail.listed),
            "attention": max(0, len(attention) - detail.listed),
            "ungrounded": max(0, len(twin["ungrounded"]) - detail.listed),
            "questions": max(0, len(twin["questions"]) - detail.listed),
            "gaps": max(0, len(_grouped(twin["gaps"])) - detail.listed),
        },
    }


def section(claim: Twin, today: str, detail: Detail, unfolded: bool = True) -> dict[str, Any]:
    """Return what a claim's section shows."""
    pieces = claim["evidence"]
    foremost = [piece for piece in pieces if piece["counted"] or piece["unjudged"]][: detail.open]
    lesser = [piece for piece in pieces if piece not in foremost]
    decisive = [piece for piece in pieces if piece["decisive"]] if words.resolved(claim) else []
    return {
        "claim": claim,
        "today": today,
        "detail": detail,
        "unfolded": unfolded,
        "mark": _mark(claim),
        "parts": [(name, part) for name, part in claim["parts"].items() if part["text"]],
        "decisive": decisive[:_NAMED_AT_ONCE],
        "more_decisive": len(decisive[_NAMED_AT_ONCE:]),
        "foremost": foremost,
        "folded": lesser[: detail.folded],
        "hidden": len(lesser[detail.folded :]),
        "claim_gaps": _grouped(claim["gaps"]),
    }


def headline(twin: Twin) -> tuple[str, str]:
    """Say where the claims stand, and what moved and whether all was looked at."""
    claims, today = twin["claims"], twin["generated"]
    needing = sum(words.needs_person(claim, today) for claim in claims)
    unlooked = sum(gap["blocks"] for gap in twin["gaps"])
    standing = (
        f"{words.number(len(claims), 'claim')}: {words.in_words(c['verdict'] for c in claims)}." if claims else "No claims."
    )
    moved = (
        f"{words.number(len(twin['changes']), 'verdict')} changed; {words.number(needing, 'claim')} "
        f"{'needs' if needing == 1 else 'need'} a person."
    )
    looked = (
        f"Not complete: {words.number(unlooked, 'thing')} could not be looked at."
        if unlooked
        else "Complete: nothing that a verdict needs was left unlooked at."
    )
    return standing, f"{moved} {looked}"


def _first(claim: Twin) -> bool:
    return claim["previous_verdict"] is None and not claim["edited"] and not claim["carried"]


def _news(claim: Twin, first_report: bool) -> bool:
    """Tell whether a claim is new or edited; in a first report all are, and none is news."""
    return (_first(claim) and not first_report) or (claim["edited"] and not claim["carried"])


def _open(claim: Twin, moved: set[str], first_report: bool) -> bool:
    return claim["id"] in moved or _news(claim, first_report)


def _mark(claim: Twin) -> str:
    return "" if claim["carried"] else arrow(claim["previous_verdict"], claim["verdict"])


def _row(claim: Twin, today: str, linked: bool, first_report: bool) -> dict[str, Any]:
    decisive = [piece for piece in claim["evidence"] if piece["decisive"]]
    new = ("first test",) if _first(claim) and not first_report else ()
    return {
        "claim": claim,
        "linked": linked,
        "mark": _mark(claim),
        "newest": max(decisive, key=lambda p: (PartialDate.parse(p["published"]).last, p["paper_id"]), default=None),
        "remarks": ", ".join((*new, *words.remarks(claim, today))),
        "changed": claim["previous_verdict"] not in (None, claim["verdict"]) and not claim["carried"],
    }


def _change(change: Twin, claims: Sequence[Twin]) -> dict[str, Any]:
    claim = next(c for c in claims if c["id"] == change["claim"])
    pieces = [piece for piece in claim["evidence"] if piece["paper_id"] in change["because"] and piece["counted"]]
    decisive = [piece for piece in pieces if piece["decisive"]] or pieces
    moves = claim.get("moved_by") or []
    decided = [move for move in moves if move["decided"]]
    return {
        **change,
        "mark": arrow(change["from"], change["to"]),
        "day": claim["previous_day"],
        "moves": decided[:_NAMED_AT_ONCE],
        "more_decided": len(decided[_NAMED_AT_ONCE:]),
        "beside": len(moves) - len(decided),
        "pieces": decisive[:_NAMED_AT_ONCE],
        "more": len(pieces) - len(decisive[:_NAMED_AT_ONCE]),
        "blocked": any(gap["blocks"] for gap in claim["gaps"]),
    }


def _attention(claim: Twin, today: str) -> dict[str, Any] | None:
    """What a person must look at: reasons, anchors found wrong, and gaps that the verdict needs closed; None for nothing."""
    if not words.needs_person(claim, today):
        return None
    return {
        "id": claim["id"],
        "verdict": claim["verdict"],
        "reasons": words.attention(claim, today),
        "anchors": [anchor for anchor in claim["anchors"] if words.failed(anchor)],
        "gaps": _grouped([gap for gap in claim["gaps"] if gap["blocks"]]),
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
