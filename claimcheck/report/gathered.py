"""What a report gathers from all its claims: the strongest evidence of the last months, and what could not be grounded."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.domain.claim import Part
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import QuoteGrounding, Stance
from claimcheck.domain.grounding import Grounding

_RECENT = timedelta(days=183)
_STRONGEST = 10
STRENGTH = (Stance.REFUTES, Stance.SUPERSEDES, Stance.RELAXES)
_NOT_IN_TEXT = {
    QuoteGrounding.UNGROUNDED: "the judge pointed at no sentence of the paper",
    QuoteGrounding.QUARANTINED: "the judge pointed at a sentence that is not in the paper",
}
_STRUCK_OUT = "the judge's note named an id that it was not given; the id was struck out and not looked up"

Entry = Mapping[str, Any]


def strongest(claims: Sequence[Entry], today: date) -> list[dict[str, Any]]:
    """Counted evidence of the last six months that speaks against a claim or lifts it, the strongest first."""
    ranked = sorted(
        (
            (STRENGTH.index(Stance(piece["stance"])), -piece["confidence"], -when.last.toordinal(), at, piece["paper_id"], piece)
            for at, item in enumerate(claims)
            for piece in item["evidence"]
            if piece["counted"] and piece["stance"] in STRENGTH
            for when in (PartialDate.parse(piece["published"]),)
            if when.last >= today - _RECENT and when.first <= today
        ),
        key=lambda row: row[:-1],
    )
    return [_strong(claims[at]["id"], piece) for _, _, _, at, _, piece in ranked[:_STRONGEST]]


def _strong(claim_id: str, piece: Mapping[str, Any]) -> dict[str, Any]:
    target = "the claim" if piece["part"] == Part.WHOLE else f"the {piece['part']} part of the claim"
    return {
        "claim": claim_id,
        "paper_id": piece["paper_id"],
        "stance": piece["stance"],
        "why": f"{piece['stance']} {target}; judge's confidence {piece['confidence']:.2f}; first submitted {piece['published']}",
        "version": piece["version"],
        "title": piece["title"],
        "published": piece["published"],
        "part": piece["part"],
        "quote": next(iter(piece["quotes"]), None),
    }


def ungrounded(item: Entry) -> list[dict[str, Any]]:
    """Return a claim's anchors that are not grounded, and its evidence that could not be tied to text."""
    rows = [
        {
            "where": f"claim {item['id']}, anchor",
            "citation": anchor["cited"],
            "grounding": anchor["grounding"],
            "reason": anchor["reason"],
            "claim": item["id"],
            "suggested_id": anchor["suggested_id"],
            "suggested_version": anchor["suggested_version"],
        }
        for anchor in item["anchors"]
        if anchor["grounding"] != Grounding.GROUNDED
    ]
    for piece in item["evidence"]:
        row = {"where": f"claim {item['id']}, evidence", "citation": _named(piece)}
        more = {"claim": item["id"], "suggested_id": None, "suggested_version": None}
        if piece["grounding"] in _NOT_IN_TEXT:
            reason = _NOT_IN_TEXT[QuoteGrounding(piece["grounding"])]
            rows.append({**row, "grounding": piece["grounding"], "reason": reason, **more})
        if "unknown_id_in_reason" in piece["flags"]:
            rows.append({**row, "grounding": Grounding.UNCHECKED.value, "reason": _STRUCK_OUT, **more})
    return rows


def _named(piece: Mapping[str, Any]) -> str:
    return str(ArxivId(piece["paper_id"], piece["version"]))
