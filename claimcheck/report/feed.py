"""The feed: an Atom feed (RFC 4287) of verdict changes, for people who prefer that to being told.

It is a function of the ledger: same retests, same bytes. A change is what the report calls one: a claim's verdict differs from
that of its last complete retest on an earlier day, under the same text; of several retests on a day the last counts. The hundred
newest changes are in it, newest first. Ids are made from what the ledger holds and never change, so that no reader sees an entry
twice.

All text is of type `text`: XML's writer escapes it, and what XML cannot hold, or no reader would see, is taken out before.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree import ElementTree as Xml

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.verdict import Verdict
from claimcheck.ports import KeptRetest, Ledger, Passed
from claimcheck.report.escape import visible

MOST = 100
_ATOM = "http://www.w3.org/2005/Atom"
_EPOCH = "1970-01-01"
_PAPERS = 10  # that an entry names
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Change:
    """A retest whose verdict differs from the one before."""

    passed: Passed
    before: Verdict


def atom(ledger: Ledger) -> str:
    """Return the feed of a ledger."""
    course = ledger.course()
    newest = changes(course)[: -MOST - 1 : -1]
    feed, name = Xml.Element("feed", xmlns=_ATOM), _name(course)
    _add(feed, "title", "claimcheck: verdicts that changed")
    _add(feed, "id", name.urn)
    _add(
        feed, "updated", _moment(newest[0].passed.day.isoformat() if newest else course[0].day.isoformat() if course else _EPOCH)
    )
    _add(_add(feed, "author"), "name", "claimcheck")
    _add(feed, "link", rel="self", type="application/atom+xml", href="feed.xml")
    _add(feed, "generator", "claimcheck")
    for change in newest:
        _entry(feed, name, change, ledger.retest(change.passed.run_id, change.passed.claim_id))
    Xml.indent(feed, " ")
    return f"<?xml version='1.0' encoding='utf-8'?>\n{Xml.tostring(feed, encoding='unicode')}\n"


def changes(course: Sequence[Passed]) -> list[Change]:
    """Return the changes of verdict, oldest first, those of a day by claim."""
    last_of_day: dict[tuple[str, str, str], Passed] = {}
    for passed in course:
        last_of_day[passed.claim_id, passed.claim_fingerprint, passed.day.isoformat()] = passed
    complete: dict[tuple[str, str, str], Passed] = {}
    for passed in course:
        if passed.complete:
            complete[passed.claim_id, passed.claim_fingerprint, passed.day.isoformat()] = passed
    found: list[Change] = []
    known: dict[tuple[str, str], Verdict] = {}
    for key in sorted(last_of_day, key=lambda key: (key[2], key[0], key[1])):
        passed, before = last_of_day[key], known.get(key[:2])
        if before is not None and passed.verdict != before:
            found.append(Change(passed, before))
        if key in complete:
            known[key[:2]] = complete[key].verdict
    return found


def _entry(feed: Xml.Element, name: UUID, change: Change, kept: KeptRetest | None) -> None:
    passed, day = change.passed, change.passed.day.isoformat()
    key = (passed.claim_id, passed.claim_fingerprint, day, change.before, passed.verdict)
    entry = _add(feed, "entry")
    _add(entry, "title", f"{passed.claim_id}: {change.before} → {passed.verdict}", type="text")
    _add(entry, "id", uuid5(name, "\n".join(key)).urn)
    _add(entry, "updated", _moment(day))
    _add(entry, "link", rel="alternate", type="text/markdown", href=f"{day}.md")
    _add(entry, "content", "\n".join(_content(change, kept.entry if kept else {})), type="text")


def _content(change: Change, told: Mapping[str, Any]) -> Iterator[str]:
    yield f"{change.passed.claim_id}: {change.before} → {change.passed.verdict}"
    if told.get("text"):
        yield str(told["text"])
    fresh = list(told.get("newly_counted", ()))
    pieces = {piece["paper_id"]: piece for piece in told.get("evidence", ()) if piece["counted"]}
    for piece in [pieces[id] for id in fresh if id in pieces][:_PAPERS]:
        yield f"{_paper(piece)} {piece['stance']}: {piece['title']}"
    if len(fresh) > _PAPERS:
        yield f"and {len(fresh) - _PAPERS} more"
    if told.get("needs_review"):
        yield "A person must look at it; see the report."


def _paper(piece: Mapping[str, Any]) -> str:
    try:
        return f"arXiv:{ArxivId(ArxivId.parse(piece['paper_id']).bare, piece['version'])}"
    except MalformedId:
        return str(piece["paper_id"])


def _name(course: Sequence[Passed]) -> UUID:
    """Name the feed by the first retest that the ledger ever kept: that never changes."""
    first = [course[0].day.isoformat(), course[0].claim_id, course[0].claim_fingerprint] if course else []
    return uuid5(NAMESPACE_URL, "\n".join(["claimcheck feed", *first]))


def _moment(day: str) -> str:
    return f"{day}T00:00:00Z"


def _add(parent: Xml.Element, tag: str, text: str = "", **attributes: str) -> Xml.Element:
    child = Xml.SubElement(parent, tag, attributes)
    lines = (_NOT_XML.sub("", visible(line)) for line in text.split("\n"))
    child.text = "\n".join(lines) or None
    return child
