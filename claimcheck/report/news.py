"""News: what a run leaves to be seen, and was not told before.

Told is a verdict that changed, an anchor that drifted (a new version, a new title, a withdrawal), a citation that is newly found
not to be grounded, and a gap that was not there before. Each is told once: the run's outcome is held against what was told last,
so a week like the one before is silence, and what could not be told is told by the next run. A run that failed, or that must be
run again (exit codes 5 and 6), is told every time, because silence would read as success.

"We could not look" is no news about a claim: a verdict that is unknown, or an anchor that was not asked for, stays for this
purpose what it was, and the gap is told instead.

A message is inert by construction: it has our own words, ids and numbers, and no text of papers, models or servers.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.grounding import Grounding
from claimcheck.domain.verdict import Verdict
from claimcheck.errors import Exit
from claimcheck.report import words
from claimcheck.report.escape import visible

Twin = Mapping[str, Any]
Seen = dict[str, Any]  # as it is kept: JSON

_LINES = 8  # of a kind in a message
_PAPERS = 4  # that a line names
_CLAIM_ID = re.compile(r"[a-z0-9-]{1,80}")
_DONE = frozenset({Exit.DONE, Exit.GAPS, Exit.FAIL_ON})
_NOT_TOLD = frozenset({Exit.USAGE, Exit.RUNNING, Exit.INTERRUPTED, Exit.TERMINATED})  # a person, or another run, knows
_MEANING = {
    Exit.BUG: "a bug: what it wrote to stderr should be reported",
    Exit.REFUSED: "claims.yaml or a setting was refused; run `claimcheck check`",
    Exit.UNAVAILABLE: "arXiv or the model did not answer; run it again to go on",
    Exit.BUDGET: "the budget was reached; run it again to go on",
    Exit.STORE: "the store cannot be used; run `claimcheck doctor`",
    Exit.DENIED: "key, quota or model name; run `claimcheck doctor`",
}


@dataclass(frozen=True)
class Message:
    """A notification: one line of title, and plain text."""

    title: str
    body: str


@dataclass(frozen=True)
class _Group:
    one: str
    many: str
    lines: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{len(self.lines)} {self.one if len(self.lines) == 1 else self.many}"


def seen(twin: Twin, before: Seen | None = None) -> Seen:
    """Return what of a report may be told, in the form that is kept. What could not be looked at stays as it was `before`."""
    old = before or {}
    return {
        "verdicts": {claim["id"]: _verdict(claim, old.get("verdicts", {})) for claim in twin["claims"]},
        "anchors": {key: now for claim in twin["claims"] for key, now in _anchors(claim, old.get("anchors", {}))},
        "ungrounded": sorted({_citation(row) for row in twin["ungrounded"] if row["grounding"] != Grounding.UNCHECKED}),
        "gaps": sorted({_gap(gap) for gap in twin["gaps"]}),
    }


def news(twin: Twin, before: Seen | None, exit: Exit, report: str) -> Message | None:
    """Return the message that a run leaves, or None when there is nothing to see."""
    now, old = seen(twin, before), before or {}
    groups = (
        _Group("verdict changed", "verdicts changed", tuple(_changes(twin, old.get("verdicts", {})))),
        _Group("anchor drifted", "anchors drifted", tuple(_drifts(now["anchors"], old.get("anchors", {})))),
        _Group("citation not grounded", "citations not grounded", tuple(_ungrounded(twin, set(old.get("ungrounded", ()))))),
        _Group("claim with new gaps", "claims with new gaps", tuple(_gaps(twin, set(old.get("gaps", ()))))),
    )
    told = [group for group in groups if group.lines]
    if not told and exit in _DONE:
        return None
    titles = [group.title for group in told]
    body = [line for group in told for line in (f"{group.title}:", *_cut(group.lines), "")]
    if exit not in _DONE:
        titles.insert(0, f"run not complete (exit {int(exit)})")
        body.insert(0, f"Exit {int(exit)}: {_MEANING.get(exit, 'see the record of the run')}.\n")
    return Message(f"claimcheck: {', '.join(titles)}", "\n".join([*body, f"Report: {visible(report)}"]))


def failure(exit: Exit) -> Message | None:
    """Return the message of a run that came to no report, or None where a person or another run knows of it."""
    if exit in _NOT_TOLD:
        return None
    body = f"Exit {int(exit)}: {_MEANING.get(exit, 'see the record of the run')}.\nNo report was written."
    return Message(f"claimcheck: the run failed (exit {int(exit)})", body)


def _verdict(claim: Mapping[str, Any], before: Mapping[str, Any]) -> list[str | None]:
    text = _digest(claim["text"])
    known = before.get(claim["id"])
    verdict = claim["verdict"]
    if verdict == Verdict.UNKNOWN:
        verdict = known[0] if known and known[1] == text else claim["previous_verdict"]
    return [verdict, text]


def _changes(twin: Twin, before: Mapping[str, Any]) -> Iterable[str]:
    for claim in twin["claims"]:
        now, text = _verdict(claim, before)
        known = before.get(claim["id"], [claim["previous_verdict"], text])
        if now and known[0] and known[1] == text and now != known[0]:
            yield f"{_name(claim['id'])}: {known[0]} -> {now}{_because(claim)}"


def _because(claim: Mapping[str, Any]) -> str:
    ids = [id for id in map(_paper, claim["newly_counted"]) if id]
    more = f" and {len(ids) - _PAPERS} more" if len(ids) > _PAPERS else ""
    return f" ({', '.join(ids[:_PAPERS])}{more})" if ids else ""


def _anchors(claim: Mapping[str, Any], before: Mapping[str, Any]) -> Iterable[tuple[str, list[Any]]]:
    for anchor in claim["anchors"]:
        key = f"{claim['id']} {anchor['id']}"
        was = before.get(key, [None, None, False])
        title = _digest(anchor["title"]) if anchor["title"] else was[1]
        withdrawn = anchor["grounding"] == Grounding.WITHDRAWN or (was[2] and anchor["grounding"] == Grounding.UNCHECKED)
        yield key, [(anchor["version"] if anchor["title"] else None) or was[0], title, bool(withdrawn)]


def _drifts(now: Mapping[str, Any], before: Mapping[str, Any]) -> Iterable[str]:
    for key, (version, title, withdrawn) in now.items():
        if key not in before:
            continue
        claim, _, id = key.partition(" ")
        old_version, old_title, old_withdrawn = before[key]
        ways = (
            (old_version and version != old_version, f"version {version} (was {old_version})"),
            (old_title and title != old_title, "a new title"),
            (withdrawn and not old_withdrawn, "was withdrawn"),
        )
        said = [way for applies, way in ways if applies]
        if said:
            yield f"{_name(claim)}: anchor {_paper(id) or '(no arXiv id)'}: {', '.join(said)}"


def _citation(row: Mapping[str, Any]) -> str:
    return f"{row['claim']} {row['grounding']} {_digest(row['citation'])}"


def _ungrounded(twin: Twin, before: set[str]) -> Iterable[str]:
    rows = {_citation(row): row for row in twin["ungrounded"] if row["grounding"] != Grounding.UNCHECKED}
    for key, row in rows.items():
        if key not in before:
            where = "anchor" if row["where"].endswith("anchor") else "evidence"
            yield f"{_name(row['claim'])}: {where} {_paper(row['citation']) or '(no arXiv id)'}: {row['grounding']}"


def _gap(gap: Mapping[str, Any]) -> str:
    return f"{gap['claim'] or ''} {gap['kind']} {_digest(gap['what'])}"


def _gaps(twin: Twin, before: set[str]) -> Iterable[str]:
    fresh = [gap for gap in twin["gaps"] if _gap(gap) not in before]
    for claim in dict.fromkeys(gap["claim"] for gap in fresh):
        counts = Counter(words.kind(gap) for gap in fresh if gap["claim"] == claim)
        name = _name(claim) if claim else "the whole run"
        yield f"{name}: {', '.join(f'{kind} {count}' for kind, count in sorted(counts.items()))}"


def _cut(lines: Sequence[str]) -> list[str]:
    more = [f"  and {len(lines) - _LINES} more"] if len(lines) > _LINES else []
    return [*(f"  {line}" for line in lines[:_LINES]), *more]


def _name(claim_id: str) -> str:
    return claim_id if _CLAIM_ID.fullmatch(claim_id) else "(a claim)"


def _paper(id: str) -> str:
    try:
        return str(ArxivId.parse(id))
    except MalformedId:
        return ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
