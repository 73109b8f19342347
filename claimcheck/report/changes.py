"""Changes: what is different between two retests of a claim, and which of it moved the verdict.

Two entries of the JSON twin are compared paper by paper, and each difference gets the first cause of `Cause` that fits. Which
differences decided is computed, not guessed: the verdict rule is applied once more with one of them undone, or with one of them
alone done to the earlier evidence. What alone makes or unmakes the flip decided it; where no single one does, those did together
that the old or the new verdict rests on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from claimcheck.domain.evidence import Stance
from claimcheck.domain.verdict import RESTS_ON, Tally, Verdict, verdict
from claimcheck.report import words

Entry = Mapping[str, Any]


class Cause(StrEnum):
    """Why something is different; of several causes the first here is named."""

    CLAIM_TEXT = "claim_text"  # the claim was reworded, so that earlier readings are of another text
    REVIEW = "review"  # a person judged a piece of evidence, or such a judgement expired
    NEW_PAPER = "new_paper"
    WITHDRAWN = "withdrawn"
    NEW_VERSION = "new_version"
    JUDGE = "judge"  # another model, prompt or kind of judge reads
    RULES = "rules"  # claimcheck's own rules changed
    REREAD = "reread"  # the same version, read once more by the same judge
    GONE = "gone"  # no longer among the evidence
    SEARCH = "search"  # what could not be looked at then was looked at now, or the reverse
    CONFIRMED = "confirmed"  # a change that awaited confirmation was confirmed, or came to wait
    ANCHOR = "anchor"  # an anchor drifted: another version, title or grounding


@dataclass(frozen=True)
class Move:
    """One difference. `before` and `after` say in words what was and is; `decided` that the verdict moved by it."""

    cause: Cause
    before: str | None = None
    after: str | None = None
    paper_id: str | None = None
    version: int | None = None
    title: str | None = None
    published: str | None = None
    quote: str | None = None
    where: str | None = None
    decided: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        return {**asdict(self), "cause": self.cause.value}


@dataclass(frozen=True)
class _State:
    """What a verdict is computed from: for each paper the stance that counts, None where its stance may not be counted."""

    stances: Mapping[str, str | None]
    doubtful: int
    complete: bool

    @property
    def verdict(self) -> Verdict:
        """Apply the rule of today."""
        found = list(self.stances.values())
        counts = {stance.value: found.count(stance.value) for stance in Stance if stance is not Stance.NOT_ENOUGH_INFO}
        return verdict(Tally(**counts, unjudged=found.count(None), doubtful=self.doubtful), self.complete)

    def with_paper(self, id: str, other: "_State") -> "_State":
        """Return this state with one paper as it is in another."""
        rest = {known: stance for known, stance in self.stances.items() if known != id}
        return replace(self, stances={**rest, id: other.stances[id]} if id in other.stances else rest)


def moves(before: Entry, after: Entry) -> tuple[Move, ...]:
    """Return what is different in `after`, an empty tuple for nothing.

    What decided comes first, and what concerns the whole claim before single papers, which stand in the order of the evidence.
    """
    old, new = _state(before), _state(after)
    flipped = before["computed_verdict"] != after["computed_verdict"]
    found = [*_by_paper(before, after, old, new, flipped), *_of_the_whole(before, after, old, new, flipped)]
    if flipped and not any(move.decided for move in found):
        found = [replace(move, decided=_rested_on(move, before, after, old, new)) for move in found]
    found += _confirmed(before, after)
    return tuple(sorted([*found, *_anchors(before, after)], key=lambda move: (not move.decided, move.paper_id is not None)))


def provenance(entry: Entry) -> dict[str, Any]:
    """Return who read and by which rules; values are None in retests that were kept before these were."""
    known: Mapping[str, Any] = entry.get("provenance") or {}
    return {"judge": known.get("judge"), "rules": known.get("rules"), "claim": known.get("claim")}


def _state(entry: Entry) -> _State:
    bears = {p["paper_id"]: p["counts_as"] if p["counted"] else None for p in entry["evidence"] if p["counted"] or p["unjudged"]}
    return _State(bears, entry["tally"].get("doubtful", 0), not any(gap["blocks"] for gap in entry["gaps"]))


def _by_paper(before: Entry, after: Entry, old: _State, new: _State, flipped: bool) -> Iterator[Move]:
    was = {piece["paper_id"]: piece for piece in before["evidence"]}
    now = {piece["paper_id"]: piece for piece in after["evidence"]}
    for id in dict.fromkeys((*now, *was)):
        told = (_told(was.get(id)), _told(now.get(id)))
        if told[0] == told[1]:
            continue
        piece = now.get(id) or was[id]
        undone, alone = new.with_paper(id, old).verdict, old.with_paper(id, new).verdict
        decided = flipped and (undone is not new.verdict or alone is new.verdict is not old.verdict)
        quote = next(iter(piece["quotes"]), None) or {"text": None, "where": None}
        yield Move(
            _cause(was.get(id), now.get(id), before, after),
            before=told[0],
            after=told[1],
            paper_id=id,
            version=piece["version"],
            title=piece["title"],
            published=piece["published"],
            quote=quote["text"],
            where=quote["where"],
            decided=decided,
        )


def _told(piece: Entry | None) -> str | None:
    """Say what a piece of evidence counts as, or None where it neither counts nor waits for a judge."""
    if piece is None or not (piece["counted"] or piece["unjudged"]):
        return None
    shifted = piece["counted"] and piece["counts_as"] != piece["stance"]
    return words.stance(piece) + (f", which counts as {piece['counts_as']}" if shifted else "")


def _cause(was: Entry | None, now: Entry | None, before: Entry, after: Entry) -> Cause:
    if was and _provenance_differs("claim", before, after):
        return Cause.CLAIM_TEXT
    if (was or {}).get("review") != (now or {}).get("review"):
        return Cause.REVIEW
    if was is None:
        return Cause.NEW_PAPER
    if now is None:
        return Cause.GONE
    causes = (
        ("withdrawn" in now["flags"] and "withdrawn" not in was["flags"], Cause.WITHDRAWN),
        (was["version"] != now["version"], Cause.NEW_VERSION),
        (_provenance_differs("judge", before, after), Cause.JUDGE),
        (_provenance_differs("rules", before, after), Cause.RULES),
    )
    return next((cause for applies, cause in causes if applies), Cause.REREAD)


def _provenance_differs(name: str, before: Entry, after: Entry) -> bool:
    was, now = provenance(before)[name], provenance(after)[name]
    return None not in (was, now) and was != now


def _of_the_whole(before: Entry, after: Entry, old: _State, new: _State, flipped: bool) -> Iterator[Move]:
    was, now = provenance(before), provenance(after)
    if _provenance_differs("claim", before, after):
        yield Move(Cause.CLAIM_TEXT, before["text"], after["text"], decided=flipped)
    if _provenance_differs("judge", before, after):
        yield Move(Cause.JUDGE, _named(was["judge"]), _named(now["judge"]))
    if _provenance_differs("rules", before, after):
        # By the rules of today, the evidence of then would have come to another verdict.
        decided = flipped and old.verdict != before["computed_verdict"]
        yield Move(Cause.RULES, f"rules {was['rules']}", f"rules {now['rules']}", decided=decided)
    if (old.complete, old.doubtful) != (new.complete, new.doubtful):
        undone = replace(new, complete=old.complete, doubtful=old.doubtful).verdict
        alone = replace(old, complete=new.complete, doubtful=new.doubtful).verdict
        decided = flipped and (undone is not new.verdict or alone is new.verdict is not old.verdict)
        yield Move(Cause.SEARCH, _looked(before), _looked(after), decided=decided)


def _named(judge: Mapping[str, str]) -> str:
    return f"{judge['kind']} {judge['model']}, prompt {judge['prompt']}"


def _looked(entry: Entry) -> str:
    missing = sum(gap["blocks"] for gap in entry["gaps"])
    doubtful = entry["tally"].get("doubtful", 0)
    told = f"{words.number(missing, 'thing')} could not be looked at" if missing else "all was looked at"
    return told + (f", {words.number(doubtful, 'paper')} may bear on it, though a judge finds that unlikely" if doubtful else "")


def _rested_on(move: Move, before: Entry, after: Entry, old: _State, new: _State) -> bool:
    if move.paper_id is None:
        return False
    rests = {
        *RESTS_ON.get(Verdict(before["computed_verdict"]), frozenset()),
        *RESTS_ON.get(Verdict(after["computed_verdict"]), frozenset()),
    }
    return bool({old.stances.get(move.paper_id), new.stances.get(move.paper_id)} & rests)


def _confirmed(before: Entry, after: Entry) -> Iterator[Move]:
    """The verdict that is reported lags behind the computed one while a flip awaits confirmation."""
    waited, waits = (entry["verdict"] != entry["computed_verdict"] for entry in (before, after))
    if waited == waits:
        return
    told = ("{computed_verdict} awaited confirmation", "{computed_verdict} awaits confirmation, {verdict} stays")
    was = told[0].format(**before) if waited else None
    now = told[1].format(**after) if waits else f"{after['verdict']} is reported"
    yield Move(Cause.CONFIRMED, was, now, decided=waited and before["verdict"] != after["verdict"])


def _anchors(before: Entry, after: Entry) -> Iterator[Move]:
    was = {anchor["cited"]: anchor for anchor in before["anchors"]}
    for anchor in after["anchors"]:
        earlier = was.get(anchor["cited"])
        if earlier is None or _anchor(earlier) == _anchor(anchor):
            continue
        known = {"paper_id": anchor["id"], "version": anchor["version"], "title": anchor["title"]}
        yield Move(Cause.ANCHOR, _anchor(earlier), _anchor(anchor), published=anchor["published"], **known)


def _anchor(anchor: Entry) -> str:
    version = f"version {anchor['version']}, " if anchor["version"] else ""
    title = f", titled {anchor['title']!r}" if anchor["title"] else ""
    return f"{version}{anchor['grounding'].replace('_', ' ')}{title}"
