"""arXiv's abstract page, read for one thing: whether the newest version was withdrawn. The API does not say so."""

import re
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser

from claimcheck.adapters.arxiv.atom import Incomplete
from claimcheck.domain.paper import Withdrawal

_NOTICE = re.compile(r"\s*this (?:paper|article|submission|version)[^.]{0,40} has been withdrawn\b", re.IGNORECASE)
_VERSION = re.compile(r"\[v([1-9][0-9]{0,2})\]([^\[]*)")
_DAY = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})\b|\b(\d{4})-(\d{2})-(\d{2})\b", re.ASCII)
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
# The parts of the page that are read: a tag, and a class that it must have.
_PARTS = {
    "title": ("title", None),
    "heading": ("h1", "title"),
    "notice": ("span", "error"),
    "history": ("div", "submission-history"),
}


def withdrawal(body: bytes, id: str) -> Withdrawal | None:
    """Return the withdrawal of the newest version, or None when the page tells of none.

    Raise `Incomplete` for anything that is not the whole abstract page of that paper: "not withdrawn" is never read from another.
    """
    page = _Page()
    page.feed(body.decode("utf-8", errors="replace"))
    page.close()
    versions = {int(number): text for number, text in _VERSION.findall(page.text("history"))}
    own_title = re.match(rf"\s*\[{re.escape(id)}(?:v[0-9]+)?\]", page.text("title"))
    if not (own_title and page.text("heading").strip() and page.is_closed("history") and versions):
        raise Incomplete(f"a page that is not the whole abstract page of {id}")
    newest = max(versions)
    if "(withdrawn)" in versions[newest].lower() or any(_NOTICE.match(text) for text in page.texts("notice")):
        return Withdrawal(newest, _day(versions[newest]), "abstract page")
    return None


@dataclass
class _Part:
    text: str = ""
    depth: int = 1


class _Page(HTMLParser):
    """Collects the text of the parts, each with what is nested in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found: dict[str, list[_Part]] = {name: [] for name in _PARTS}

    def texts(self, name: str) -> list[str]:
        return [part.text for part in self._found[name]]

    def text(self, name: str) -> str:
        return "".join(self.texts(name)[:1])

    def is_closed(self, name: str) -> bool:
        return bool(self._found[name]) and not any(part.depth for part in self._found[name])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        for name, (own_tag, own_class) in _PARTS.items():
            open_part = self._open(name)
            if tag == own_tag and open_part:
                open_part.depth += 1
            elif tag == own_tag and (own_class is None or own_class in classes):
                self._found[name].append(_Part())

    def handle_endtag(self, tag: str) -> None:
        for name, (own_tag, _) in _PARTS.items():
            if tag == own_tag and (open_part := self._open(name)):
                open_part.depth -= 1

    def handle_data(self, data: str) -> None:
        for name in _PARTS:
            if open_part := self._open(name):
                open_part.text += data

    def _open(self, name: str) -> _Part | None:
        found = self._found[name]
        return found[-1] if found and found[-1].depth else None


def _day(text: str) -> date | None:
    found = _DAY.search(text)
    if not found:
        return None
    day, month, year, iso_year, iso_month, iso_day = found.groups()
    try:
        if iso_year:
            return date(int(iso_year), int(iso_month), int(iso_day))
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        return None
