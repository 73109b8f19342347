"""Reviews as a YAML file, for review by change request: written so that reading it gives the same reviews, and read strictly.

Only what says something is written. A review's `id` is a hash of all else that it says; whoever writes one by hand leaves it out,
and one that does not fit any more tells that a kept review was edited. Reviews are only ever added: that is refused.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from claimcheck.adapters import text_file
from claimcheck.adapters.claims_yaml import yaml_text
from claimcheck.adapters.claims_yaml.fields import shown
from claimcheck.adapters.claims_yaml.yaml_text import Broken, Mapping, Node, Notes, Scalar, Sequence
from claimcheck.domain.claim import Part
from claimcheck.domain.evidence import Stance
from claimcheck.domain.review import Action, Review, Subject, Target, wrong
from claimcheck.domain.text import clean

_FILE_KEYS = ("version", "reviews")
_HEAD = """\
# What people decided on evidence and anchors (claimcheck review export). Reviews are only ever added: put new ones at the end,
# without an id; `claimcheck review import` computes it.
version: 1
reviews:"""
_BIG = 50_000_000  # bytes


def _visible(text: str) -> str:
    if clean(text)[0] != text:
        raise ValueError("holds characters that a reader does not see, or blanks too many; take them out")
    return text


_Text = Annotated[str, AfterValidator(_visible)]


def written(reviews: Iterable[Review]) -> str:
    """Return reviews as YAML, oldest first; the same reviews give the same bytes in any order."""
    items = sorted(reviews, key=lambda r: (r.at, r.id))
    return "\n".join([_HEAD if items else f"{_HEAD} []", *(_item(review) for review in items)]) + "\n"


def read(path: Path) -> tuple[Review, ...]:
    """Read a file of reviews; raise `Refused` with every problem in it, a line each."""
    return parse(text_file.read(path, _BIG, "write one with `claimcheck review export`"), str(path))


def parse(data: bytes, name: str) -> tuple[Review, ...]:
    """Read the bytes of a file of reviews that problems call `name`."""
    notes = Notes(name)
    top = yaml_text.parse(text_file.decode(data, name), notes)
    found = list(_file(top, notes))
    _check_undos(found, notes)
    notes.refuse_if_any()
    return tuple(review for _, review in found)


def _item(review: Review) -> str:
    of = review.subject
    values: dict[str, object] = {
        "id": review.id,
        "claim": of.claim_id,
        "claim_text": of.claim,
        str(of.target): of.paper_id,
        "paper_version": of.version,
        "paper_text": of.paper or None,
        "action": review.action,
        "stance": review.stance,
        "part": review.part,
        "own_finding": None if review.asserted else "no",
        "sentences": list(review.sentences) or None,
        "replacement": review.replacement,
        "undoes": review.undoes,
        "reason": review.reason or None,
        "expires": review.expires.isoformat() if review.expires else None,
        "reviewer": review.reviewer,
        "at": review.at.isoformat(),
        "judged": review.judged or None,
        "judge": review.judge or None,
    }
    lines = [f"{key}: {_quoted(value)}" for key, value in values.items() if value is not None]
    return "  - " + "\n    ".join(lines)


def _quoted(value: object) -> str:
    """Return a value as YAML and JSON both write it; what may not stand in a text file is written by its number."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in text)


class _Row(BaseModel):
    """One review as it is written."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    claim: _Text
    claim_text: _Text
    evidence: _Text | None = None
    anchor: _Text | None = None
    paper_version: Annotated[int, Field(ge=1, le=9999)] | None = None
    paper_text: str = ""
    action: Action
    stance: Stance | None = None
    part: Part | None = None
    own_finding: Literal["yes", "no"] = "yes"
    sentences: list[Annotated[int, Field(ge=1)]] = []
    replacement: str | None = None
    undoes: str | None = None
    reason: _Text = ""
    expires: date | None = None
    reviewer: _Text
    at: AwareDatetime
    judged: str = ""
    judge: _Text = ""

    def review(self) -> Review:
        """Return the review; raise ValueError where there can be none."""
        if bool(self.evidence) is bool(self.anchor):
            raise ValueError("name one of 'evidence' and 'anchor', with the paper's id")
        target = Target.EVIDENCE if self.evidence else Target.ANCHOR
        of = Subject(self.claim, self.claim_text, target, self.evidence or self.anchor or "", self.paper_version, self.paper_text)
        found = Review(
            subject=of,
            action=self.action,
            reviewer=self.reviewer,
            at=self.at.astimezone(UTC),
            reason=self.reason,
            expires=self.expires,
            stance=self.stance,
            part=self.part,
            asserted=self.own_finding == "yes",
            sentences=tuple(self.sentences),
            replacement=self.replacement,
            undoes=self.undoes,
            judged=self.judged,
            judge=self.judge,
        )
        why = wrong(found)
        if why:
            raise ValueError(why)
        if self.id and self.id != found.id:
            raise ValueError(
                f"its id {self.id[:40]!r} is not that of what it says; leave kept reviews as they are and add new ones"
            )
        return found


def _file(top: Node | None, notes: Notes) -> Iterator[tuple[int, Review]]:
    if isinstance(top, Broken):
        return
    entries = top.entries if isinstance(top, Mapping) else {}
    version, reviews = (entries.get(key, (1, None))[1] for key in _FILE_KEYS)
    for key, (line, _) in entries.items():
        if key not in _FILE_KEYS:
            notes.problem(line, f"unknown key {shown(key)}; known are version, reviews")
    if not isinstance(version, Scalar) or version.text != "1" or not isinstance(reviews, Sequence):
        notes.problem(1, "this is no file of reviews; start it with `version: 1` and `reviews:` with a list")
        return
    for number, item in enumerate(reviews.items, 1):
        try:
            yield item.line, _Row.model_validate(_plain(item)).review()
        except ValidationError as wrongs:
            for one in wrongs.errors(include_url=False):
                where = ".".join(map(str, one["loc"])) or "review"
                notes.problem(item.line, f"review {number}: {shown(where)}: {one['msg']}")
        except ValueError as why:
            notes.problem(item.line, f"review {number}: {why}")


def _plain(node: Node) -> object:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, (_, value) in node.entries.items()}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    return node.text if isinstance(node, Scalar) else None


def _check_undos(found: list[tuple[int, Review]], notes: Notes) -> None:
    """An undo takes back what is earlier; what it names may also be kept in the ledger alone."""
    at = {review.id: review.at for _, review in found}
    for line, review in found:
        if review.undoes in at and at[review.undoes] >= review.at:
            notes.problem(line, f"an undo must be later than the review that it undoes, {review.undoes}")
