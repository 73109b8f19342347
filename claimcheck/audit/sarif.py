"""What an audit found as SARIF 2.1.0, which code hosts show beside the lines of a change (OASIS, 2020).

A citation that stands is no result. A fingerprint holds the paper and what is said of it, not the line: a paragraph that moves
takes its results along.
"""

import hashlib
from typing import Any
from urllib.parse import quote

from claimcheck import __version__
from claimcheck.audit.finding import Audit, Finding
from claimcheck.domain.grounding import Grounding
from claimcheck.report.escape import visible

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RULES = {
    Grounding.MISCITED: ("error", "The cited paper does not say this"),
    Grounding.METADATA_MISMATCH: ("warning", "Date or title differ from the paper's"),
    Grounding.NOT_FOUND: ("error", "arXiv does not know the cited paper"),
    Grounding.MALFORMED: ("error", "This is no arXiv id"),
    Grounding.WITHDRAWN: ("warning", "The cited paper was withdrawn"),
    Grounding.UNCHECKED: ("note", "The citation could not be checked"),
}
_ORDER = list(_RULES)


def as_sarif(done: Audit) -> dict[str, Any]:
    """Return the log of one run."""
    seen: dict[str, int] = {}
    results = [_result(finding, seen) for finding in done.findings if finding.grounding in _RULES]
    driver = {"name": "claimcheck", "version": __version__, "rules": [_rule(kind) for kind in _ORDER]}
    gaps = [{"level": "warning", "message": {"text": f"not looked at: {visible(g.what)}: {visible(g.why)}"}} for g in done.gaps]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": gaps}],
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(kind: Grounding) -> dict[str, Any]:
    level, text = _RULES[kind]
    return {"id": kind.value, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}}


def _result(finding: Finding, seen: dict[str, int]) -> dict[str, Any]:
    one, kind = finding.citation, finding.grounding
    suggested = f" Suggested instead: {finding.suggested_id}." if finding.suggested_id else ""
    region = {"startLine": one.line, "startColumn": one.column, "endLine": one.end_line, "endColumn": one.end_column}
    place = {"artifactLocation": {"uri": _address(one.file)}, "region": region}
    return {
        "ruleId": kind.value,
        "ruleIndex": _ORDER.index(kind),
        "level": _RULES[kind][0],
        "message": {"text": f"{visible(one.text)}: {visible(finding.check.reason)}.{suggested}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"claimcheckCitation/v1": _fingerprint(finding, seen)},
    }


def _fingerprint(finding: Finding, seen: dict[str, int]) -> str:
    one = finding.citation
    told = "\x1f".join((finding.grounding, one.file, one.id.bare if one.id else one.text, one.statement))
    seen[told] = seen.get(told, 0) + 1
    return hashlib.sha256(f"{told}\x1f{seen[told]}".encode()).hexdigest()[:32]


def _address(name: str) -> str:
    """Return a file's address: relative as it was named, with what an address cannot hold escaped."""
    path = name.replace("\\", "/")
    return f"file://{quote(path)}" if path.startswith("/") else quote(path.removeprefix("./"))
