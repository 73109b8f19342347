"""Single records of an arXiv answer: which can be used, and what our domain makes of them."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from claimcheck.adapters.arxiv.atom import ATOM
from claimcheck.adapters.arxiv.shown import shown
from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import clean

_ENTRY_ID = re.compile(r"https?://(?:export\.|www\.)?arxiv\.org/abs/([A-Za-z.-]+/[0-9]+(?:v[0-9]+)?|[0-9.]+(?:v[0-9]+)?)")
_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[a-z]+)*)?")
_GLANCE = 200  # characters in which something must be visible
_AHEAD = timedelta(days=2)  # time zones, and announcements dated ahead


def entry_id(entry: ET.Element) -> ArxivId:
    """Return the id that an entry is for; raise `MalformedId`."""
    return read_id(entry.findtext(f"{ATOM}id") or "")


def read_id(text: str) -> ArxivId:
    """Return the id in an entry's address; raise `MalformedId` for any other address."""
    found = _ENTRY_ID.fullmatch(text.strip())
    if not found:
        raise MalformedId(f"{shown(text)} is not the address of an arXiv paper")
    return ArxivId.parse(found[1])


def fault(entry: ET.Element, today: date) -> str | None:
    """Say why an entry cannot be used, naming it, or return None."""
    title = entry.findtext(f"{ATOM}title") or ""
    try:
        id = entry_id(entry)
        why = _date_fault(entry, today) or _text_fault(entry) or _link_fault(entry)
        return f"the record of {id} cannot be used: {why}" if why else None
    except MalformedId as wrong:
        return f"a record titled {shown(title, 60)} cannot be used: {wrong}"


def paper(result: Any) -> Paper:
    """Return the paper of a `arxiv.Result`; its text is cleaned, and the flags say of what."""
    id = read_id(result.entry_id)
    flags: set[str] = set()

    def cleaned(text: str | None) -> str:
        visible, removed = clean(text or "")
        flags.update(removed)
        return visible

    return Paper(
        id=id.bare,
        version=id.version,
        title=cleaned(result.title),
        abstract=cleaned(result.summary),
        authors=tuple(name for author in result.authors if (name := cleaned(author.name))),
        categories=tuple(term for term in result.categories if _CATEGORY.fullmatch(term)),
        published=result.published.date(),
        updated=result.updated.date(),
        comment=cleaned(result.comment) or None,
        journal_ref=cleaned(result.journal_ref) or None,
        doi=cleaned(result.doi) or None,
        flags=frozenset(flags),
    )


def once_each(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Return each paper once, in its newest version, where it first stood; titles of its other versions are kept with it."""
    newest: dict[str, Paper] = {}
    for one in papers:
        other = newest.setdefault(one.id, one)
        if other is not one:
            older, newer = sorted((other, one), key=lambda p: p.version or 0)
            titles = dict.fromkeys((*newer.older_titles, *older.older_titles, older.title))
            newest[one.id] = replace(newer, older_titles=tuple(t for t in titles if t != newer.title))
    return tuple(newest.values())


def _date_fault(entry: ET.Element, today: date) -> str | None:
    # A run for an earlier day meets versions that are newer than it; only those newer than any day so far are impossible.
    latest = {"published": today, "updated": max(today, datetime.now(UTC).date())}
    for name, limit in latest.items():
        text = entry.findtext(f"{ATOM}{name}")
        try:
            when = datetime.fromisoformat((text or "").strip().replace("Z", "+00:00"))
            day = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC).date()
        except (ValueError, OverflowError):
            return f"its date ({name}) is {shown(text or '')}"
        if day > limit + _AHEAD:
            return f"its date ({name}), {day}, is in the future"
    return None


def _text_fault(entry: ET.Element) -> str | None:
    missing = [n for n in ("title", "summary") if not clean((entry.findtext(f"{ATOM}{n}") or "")[:_GLANCE])[0]]
    return f"it has no {' and no '.join(missing)}" if missing else None


def _link_fault(entry: ET.Element) -> str | None:
    for link in entry.findall(f"{ATOM}link"):
        address = link.get("href") or ""
        if (link.get("title") == "pdf" or link.get("type") == "application/pdf") and not _at_arxiv(address):
            return f"its PDF lies at {shown(address)}, not at arXiv"
    return None


def _at_arxiv(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and port in (None, 80, 443) and (host == "arxiv.org" or host.endswith(".arxiv.org"))
