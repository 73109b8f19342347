"""What an audit found, in words and as JSON."""

from collections import Counter
from typing import Any

from claimcheck.audit.finding import Audit, Finding
from claimcheck.domain.evidence import Quote
from claimcheck.domain.grounding import Grounding
from claimcheck.report.escape import visible

SCHEMA_VERSION = 1


def as_text(done: Audit, everything: bool = False) -> str:
    """Return a line for each citation that does not stand, or has a note; for each one with `everything`."""
    shown = [f for f in done.findings if everything or f.notes or f.grounding is not Grounding.GROUNDED]
    lines = [line for finding in shown for line in _lines(finding)]
    lines += [f"not looked at: {visible(gap.what)}: {visible(gap.why)}" for gap in done.gaps]
    counted = Counter(finding.grounding for finding in done.findings)
    told = ", ".join(f"{counted[kind]} {kind}" for kind in Grounding if counted[kind])
    return "\n".join([*lines, f"{len(done.findings)} citations{f': {told}' if told else ''}"])


def as_json(done: Audit) -> dict[str, Any]:
    """Return everything, for programs."""
    counted = Counter(finding.grounding for finding in done.findings)
    return {
        "schema_version": SCHEMA_VERSION,
        "files": list(done.files),
        "complete": not done.gaps,
        "counts": {kind.value: counted[kind] for kind in Grounding},
        "citations": [_entry(finding) for finding in done.findings],
        "gaps": [{"what": gap.what, "why": gap.why} for gap in done.gaps],
    }


def _lines(finding: Finding) -> list[str]:
    one = finding.citation
    suggested = f"; suggested instead: {finding.suggested_id}" if finding.suggested_id else ""
    place, reason = f"{visible(one.file)}:{one.line}:{one.column}", visible(finding.check.reason)
    head = f"{place}: {finding.grounding}: {visible(one.text)}: {reason}{suggested}"
    return [head, *(f"    note: {visible(note)}" for note in finding.notes)]


def _entry(finding: Finding) -> dict[str, Any]:
    one, check, paper = finding.citation, finding.check, finding.check.paper
    return {
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "end_line": one.end_line,
        "end_column": one.end_column,
        "citation": one.text,
        "id": one.id.bare if one.id else None,
        "version": paper.version if paper else None,
        "title": paper.title if paper else None,
        "published": str(paper.when) if paper else None,
        "statement": one.statement or None,
        "grounding": finding.grounding.value,
        "reason": check.reason,
        "notes": list(finding.notes),
        "suggested_id": finding.suggested_id,
        "quote": _quote(check.quote),
    }


def _quote(quote: Quote | None) -> dict[str, Any] | None:
    return {"text": quote.text, "where": quote.where, "start": quote.start, "end": quote.end} if quote else None
