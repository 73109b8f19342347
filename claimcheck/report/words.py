"""What the twin's values are called in a report: how a verdict was reached, why evidence does not count, what to look at."""

from collections.abc import Iterable, Mapping
from typing import Any

from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.domain.evidence import DENIES, NOT_JUDGED
from claimcheck.domain.grounding import Grounding
from claimcheck.domain.verdict import Verdict

# The lines of the verdict rule (see domain/verdict.py), as a reader of one report needs them.
_RULE = {
    Verdict.OVERTURNED: (
        "at least two papers refute it, four times as many as support it, and nothing was left unlooked at or unjudged"
    ),
    Verdict.CONTESTED: "at least one paper refutes it",
    Verdict.SUPERSEDED: "no paper refutes it, and a newer measurement of the same thing replaces it",
    Verdict.RELAXED: "no paper refutes it, and its limit no longer binds under a stated method or condition",
    Verdict.HOLDS: "it is supported, no paper speaks against it, and nothing was left unlooked at",
    Verdict.UNJUDGED: "papers bear on it by readings whose stance may not be counted, and they may refute it",
    Verdict.UNTESTED: "it was searched in full, and no newer paper bears on it",
    Verdict.UNKNOWN: "something could not be looked at, so that nothing can be said",
}
_MAY_BEAR = "papers that were read may bear on it, by a judge that may not be trusted to say that they do not"
_UNKNOWN_THOUGH_SUPPORTED = "something could not be looked at, and it may speak against it"
_RESOLVED = {
    Verdict.OVERTURNED: "What overturned it",
    Verdict.CONTESTED: "What contests it",
    Verdict.SUPERSEDED: "What superseded it",
    Verdict.RELAXED: "What relaxed it",
}
_AGAINST = ("refutes", "relaxes", "supersedes")
_TARGET = {"whole": "the claim", "durable": "the durable part", "perishable": "the perishable part"}
_FLAGS = {
    "invisible": "invisible characters were removed from the paper's text",
    "control": "control characters were removed from the paper's text",
    "surrogate": "broken characters were removed from the paper's text",
    "invisible_in_reason": "invisible characters were removed from the judge's note",
    "control_in_reason": "control characters were removed from the judge's note",
    "surrogate_in_reason": "broken characters were removed from the judge's note",
    "hidden_text": "text that no reader sees was found in the paper, and taken out before the judge read it",
    "cut": "the end of the paper's text is missing",
    "instructions": "the paper has instruction-like sentences; they were withheld from the judge",
    "instruction_set_aside": "instruction-like sentence set aside: the judge pointed at it, and it shows nothing",
    "mixed_script": "words of the paper mix letters of look-alike alphabets",
    "combining_marks": "piled-up marks were removed from the paper's text",
    "read_html": "read by passages of its HTML",
    "read_pdf": "read by passages of its PDF",
    "shortened": "the judge read only the first half of the paper's text",
    "unknown_id_in_reason": "an id that the judge was not given was struck out of its note",
}
_DONE = {"accept": "Accepted", "reject": "Rejected", "correct": "Corrected"}
_NAMED = 5  # papers that a reason names
# Flags that the sentence on counting already tells.
_TOLD = frozenset({"withdrawn", "reported", NOT_JUDGED, DENIES, "no_sentence", "sentence_not_in_paper", "rejected"})
_DEFINITE = frozenset(
    {Grounding.MALFORMED, Grounding.NOT_FOUND, Grounding.MISCITED, Grounding.METADATA_MISMATCH, Grounding.WITHDRAWN}
)
_KINDS = {
    "source": "arXiv",
    "judge": "the judge",
    "outage": "an outage",
    "batch": "a batch",
    "budget": "the budget",
    "paper": "a paper's record",
    "recording": "the recording",
    "citation": "a citation",
}


def number(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def how(claim: Mapping[str, Any]) -> str:
    """Say how the verdict follows from what was counted."""
    computed, tally = Verdict(claim["computed_verdict"]), claim["tally"]
    rule = _RULE[computed]
    if computed is Verdict.UNJUDGED and not tally["unjudged"]:
        rule = _MAY_BEAR
    if computed is Verdict.UNKNOWN and tally["supports"]:
        rule = _UNKNOWN_THOUGH_SUPPORTED
    if computed is Verdict.CONTESTED:
        rule += f". Not overturned: {_not_overturned(tally)}"
    return f"{_counts(tally)} → {computed}: {rule}."


def standing(claim: Mapping[str, Any]) -> str:
    """Say what the verdict is compared with, or nothing."""
    verdict, previous, day = claim["verdict"], claim["previous_verdict"], claim["previous_day"]
    if claim["edited"]:
        return "The claim's text was edited since it was last tested; earlier verdicts are of the old text."
    if previous is None:
        return "Tested for the first time."
    since = f" on {day}" if day else ""
    if verdict == Verdict.UNKNOWN:
        return f"Last known as {previous}{since}."
    return f"Unchanged since {day or 'the last report'}." if verdict == previous else f"It was {previous}{since}."


def awaiting(claim: Mapping[str, Any]) -> str:
    """Say that a change of verdict waits for a person, or nothing."""
    verdict, computed = claim["verdict"], claim["computed_verdict"]
    if verdict == computed:
        return ""
    return f"By today's readings alone it would be {computed}; it stays {verdict} until a person has looked."


def confidence(value: float | None) -> str:
    """Return a verdict's confidence in words and as a number, or nothing where it rests on no stance."""
    if value is None:
        return ""
    word = "low" if value < 0.5 else "moderate" if value < 0.75 else "high"
    return f"{word} confidence ({value:.2f})"


def stance(piece: Mapping[str, Any]) -> str:
    """Say what a piece of evidence does to which part of the claim."""
    target = _TARGET[piece["part"]]
    if piece["unjudged"]:
        return _lean(piece, target)
    return f"says too little on {target}" if piece["stance"] == "not_enough_info" else f"{piece['stance']} {target}"


def conflicts(claim: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return the evidence that nobody judged and that may be in conflict with the claim: what to read first."""
    return tuple(piece for piece in claim["evidence"] if piece["unjudged"] and _may_conflict(piece))


def counting(piece: Mapping[str, Any]) -> str:
    """Say whether evidence counts, how, or why not."""
    if piece["counted"]:
        shifted = piece["counts_as"] not in (None, piece["stance"])
        return f"Counted (for the claim as a whole as: {piece['counts_as']})" if shifted else "Counted"
    flags = set(piece["flags"])
    reasons = (
        ("rejected" in flags, "a person rejected it"),
        ("withdrawn" in flags, "the paper was withdrawn"),
        (piece["grounding"] == "quarantined", "the judge pointed at a sentence that is not in the paper"),
        (piece["grounding"] == "ungrounded", _pointless(flags)),
        (piece["unjudged"] or NOT_JUDGED in flags, _unjudged(flags)),
        (not piece["asserted"], "the paper reports another's finding"),
        (piece["stance"] == "not_enough_info" and not piece["unjudged"], "the paper says too little"),
    )
    return f"Not counted: {'; '.join(text for applies, text in reasons if applies)}"


def reviewed(item: Mapping[str, Any]) -> str:
    """Say what a person decided on a piece of evidence or an anchor, or nothing; earlier retests knew no reviews."""
    review = item.get("review")
    if not review:
        return ""
    until = f", until {review['expires']}" if review["expires"] else ""
    why = f": {review['reason']}" if review["reason"] else ""
    return f"{_DONE[review['action']]} by {review['by']} on {review['day']}{until}{why}"


def flags(piece: Mapping[str, Any]) -> str:
    """Say what else a reader should know of a piece of evidence, or nothing."""
    return "; ".join(_FLAGS.get(flag, flag) for flag in piece["flags"] if flag not in _TOLD)


def figures_differ(piece: Mapping[str, Any]) -> str:
    """Say which figures of the claim the quoted sentences put otherwise, or nothing; earlier retests compared none."""
    rows = [row for row in piece.get("figures", ()) if not row["agrees"]]
    said = (f"the claim says {row['claim']}, these sentences say {', '.join(row['paper'])}" for row in rows)
    return f"Figures differ: {'; '.join(said)}." if rows else ""


def resolved(claim: Mapping[str, Any]) -> str:
    """Name what the decisive papers did, or nothing for verdicts that resolve nothing."""
    return _RESOLVED.get(Verdict(claim["computed_verdict"]), "")


def kind(gap: Mapping[str, Any]) -> str:
    """Say who or what kept us from looking."""
    return _KINDS.get(gap["kind"], str(gap["kind"]))


def failed(anchor: Mapping[str, Any]) -> bool:
    """Tell whether an anchor was found to be wrong, rather than not looked at."""
    return anchor["grounding"] in _DEFINITE


def attention(claim: Mapping[str, Any], today: str) -> tuple[str, ...]:
    """Return the reasons why a person must look at a claim, but for its anchors and gaps."""
    reasons = list(claim["needs_review_reasons"])
    if claim["verdict"] == Verdict.UNJUDGED and not reasons:
        reasons.append(f"{number(claim['tally']['unjudged'], 'newer paper')} bear on it; a person or a model must read them")
    papers = [str(ArxivId(piece["paper_id"], piece["version"])) for piece in conflicts(claim)]
    first = [paper for paper in papers if not any(paper in reason for reason in reasons)]
    if first:
        named = ", ".join(first[:_NAMED]) + (f" and {len(first) - _NAMED} more" if len(first) > _NAMED else "")
        reasons.append(f"possible conflicts, to be read first: {named}")
    due = claim["review_by"]
    if due and due <= today and not any("review_by" in reason for reason in reasons):
        reasons.append(f"its review_by date, {due}, has come")
    return tuple(reasons)


def needs_person(claim: Mapping[str, Any], today: str) -> bool:
    """Tell whether a person must look at a claim: for a reason, an anchor found wrong, or a gap that its verdict needs closed."""
    gaps = any(gap["blocks"] for gap in claim["gaps"])
    return bool(attention(claim, today)) or gaps or any(failed(anchor) for anchor in claim["anchors"])


def remarks(claim: Mapping[str, Any], today: str) -> tuple[str, ...]:
    """Return the table's short remarks on a claim."""
    rows = (
        (claim["edited"], "edited"),
        (bool(attention(claim, today)), "needs review"),
        (any(failed(anchor) for anchor in claim["anchors"]), "anchor in doubt"),
        (any(gap["blocks"] for gap in claim["gaps"]), "gaps"),
        (claim["carried"], "not retested"),
    )
    return tuple(text for applies, text in rows if applies)


def counted(verdicts: Iterable[str]) -> list[tuple[str, int]]:
    """Count verdicts, those that speak against claims first."""
    found = list(verdicts)
    order = ("overturned", "contested", "superseded", "relaxed", "unjudged", "unknown", "untested", "holds")
    return [(verdict, found.count(verdict)) for verdict in order if verdict in found]


def in_words(verdicts: Iterable[str]) -> str:
    """Count verdicts in words, those that speak against claims first."""
    return ", ".join(f"{count} {'holding' if verdict == 'holds' else verdict}" for verdict, count in counted(verdicts))


def _pointless(flags: set[str]) -> str:
    if "instruction_set_aside" in flags:
        return "the judge pointed only at sentences that give instructions to their reader"
    return "the judge pointed at no sentence of the paper"


def _unjudged(flags: set[str]) -> str:
    if DENIES in flags:
        return "it is read as support, and its sentences say that something was not found"
    return "it was found, but its stance was not judged"


def _may_conflict(piece: Mapping[str, Any]) -> bool:
    return piece["stance"] in _AGAINST or DENIES in piece["flags"]


def _lean(piece: Mapping[str, Any], target: str) -> str:
    """Say of a stance that may not be counted where it leans, and no more."""
    if _may_conflict(piece):
        return f"possible conflict with {target}, please read"
    return f"bears on {target}" + (", leaning to support" if piece["stance"] == "supports" else "")


def _counts(tally: Mapping[str, int]) -> str:
    verbs = (
        ("refutes", "refutes", "refute"),
        ("supersedes", "supersedes", "supersede"),
        ("relaxes", "relaxes", "relax"),
        ("supports", "supports", "support"),
        ("unjudged", "bears on it, not judged", "bear on it, not judged"),
    )
    said = [(tally[name], one if tally[name] == 1 else many) for name, one, many in verbs if tally[name]]
    if not said:
        return "No newer paper counts"
    (first, verb), *others = said
    return ", ".join([f"{number(first, 'newer paper')} {verb}", *(f"{count} {verb}" for count, verb in others)])


def _not_overturned(tally: Mapping[str, int]) -> str:
    if tally["refutes"] < 2:
        return "one paper alone never overturns"
    if tally["refutes"] < 4 * tally["supports"]:
        return "that takes four times as many as support it"
    if tally["unjudged"]:
        return "papers that bear on it were not judged, and they may support it"
    return "something could not be looked at, and it may support it"
