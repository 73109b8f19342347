"""arXiv's raw answers, checked for completeness before anything in them, or their emptiness, is believed.

arXiv says "try again" in many ways that a lenient reader takes for "nothing found": a web page or a line of text with status 200,
an empty or cut body, a page with fewer records than it must have. Only a well-formed Atom feed whose count and records fit
together passes here. A document type is refused before it is read, so there are no entities to expand or to fetch.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

from claimcheck.adapters.arxiv.shown import shown

ATOM = "{http://www.w3.org/2005/Atom}"
_OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ERROR_ID = re.compile(r"https?://(?:export\.|www\.)?arxiv\.org/api/errors")
_COUNT = re.compile(r"[0-9]{1,15}")
_DEEPEST = 32
_MOST_ELEMENTS = 1_000_000


class Incomplete(Exception):
    """The answer cannot be believed to be whole; it may be when asked for again."""


class ErrorEntry(Exception):
    """The answer is arXiv's message that the question is wrong; asking again is pointless."""


@dataclass(frozen=True)
class Page:
    """A whole page: how many records match in all, and the entries of this page in their order.

    `leaves_out` tells that arXiv counted ids which it did not answer (see `read`).
    """

    total: int
    entries: tuple[ET.Element, ...]
    leaves_out: bool = False


def read(body: bytes, start: int, size: int, asked: int | None = None) -> Page:
    """Return the page of at most `size` records from `start`; raise `Incomplete` or `ErrorEntry`.

    For a question by ids, `asked` is their number: arXiv has at times counted ids that do not exist in totalResults. A page that
    is short in just that way is returned with `leaves_out` set, for the caller to find out.
    """
    root = _parse(body)
    if (message := _error(root)) is not None:
        raise ErrorEntry(message)
    total = _total(root)
    begins = root.findtext(f"{_OPENSEARCH}startIndex")
    if begins is not None and begins.strip() != str(start):
        raise Incomplete(f"a page that starts at record {shown(begins)} instead of {start}")
    entries = tuple(root.findall(f"{ATOM}entry"))
    leaves_out = asked == total and len(entries) < total
    expected = max(0, min(size, total - start))
    if len(entries) != expected and not leaves_out:
        raise Incomplete(f"{len(entries)} records where there must be {expected} (of {total} in all)")
    _check_repeats(entries, whole=start == 0 and len(entries) == total)
    return Page(total, entries, leaves_out)


def feed(entries: Sequence[ET.Element], total: int) -> bytes:
    """Return a feed of these entries, with `total` as its number of records."""
    root = ET.Element(f"{ATOM}feed")
    ET.SubElement(root, f"{_OPENSEARCH}totalResults").text = str(total)
    root.extend(entries)
    return bytes(ET.tostring(root, encoding="utf-8"))


def error_message(body: bytes) -> str | None:
    """Return arXiv's own words when the body is its error feed, else None."""
    try:
        return _error(_parse(body))
    except Incomplete:
        return None


class _Builder:
    """Builds the tree, but stops at a document type, and at depths and sizes that no feed has."""

    def __init__(self) -> None:
        self._tree = ET.TreeBuilder()
        self._depth = self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise Incomplete("a document that is deeper or larger than any feed")
        self._tree.start(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._tree.end(tag)

    def data(self, text: str) -> None:
        self._tree.data(text)

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise Incomplete(f"a document of type {shown(name)}, and feeds have none")

    def close(self) -> ET.Element:
        return self._tree.close()


def _parse(body: bytes) -> ET.Element:
    if not body.strip():
        raise Incomplete("an empty answer")
    if body.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise Incomplete("a web page instead of a feed")
    parser = ET.XMLParser(target=_Builder())  # noqa: S314 - the builder stops at a document type, before any entity
    try:
        parser.feed(body)
        root: ET.Element = parser.close()
    except (ET.ParseError, ValueError, LookupError) as wrong:  # the latter two for encodings that are not known
        begins = body[:80].decode("utf-8", errors="replace")
        raise Incomplete(f"text that begins {shown(begins, 60)} and is no well-formed feed ({shown(str(wrong))})") from None
    if root.tag != f"{ATOM}feed":
        raise Incomplete(f"a document of kind {shown(root.tag)} instead of an Atom feed")
    return root


def _error(root: ET.Element) -> str | None:
    ids = [(entry.findtext(f"{ATOM}id"), entry.findtext(f"{ATOM}summary")) for entry in root.findall(f"{ATOM}entry")]
    for id, summary in [*ids, (root.findtext(f"{ATOM}id"), None)]:
        if id and _ERROR_ID.match(id.strip()):
            return (summary or "").strip() or "(it does not say why)"
    return None


def _total(root: ET.Element) -> int:
    counts = [(element.text or "").strip() for element in root.findall(f"{_OPENSEARCH}totalResults")]
    if len(counts) != 1:
        raise Incomplete("a feed that does not say how many records there are (totalResults)")
    if not _COUNT.fullmatch(counts[0]):
        raise Incomplete(f"a feed whose totalResults is {shown(counts[0])}")
    return int(counts[0])


def _check_repeats(entries: Sequence[ET.Element], whole: bool) -> None:
    """Refuse a record that stands twice, for it may stand where another should.

    Where everything that matches is on the page (`whole`), nothing else can be missing.
    """
    ids = [id.strip() for entry in entries if (id := entry.findtext(f"{ATOM}id"))]
    if not whole and len(set(ids)) < len(ids):
        raise Incomplete(f"a page with the same record twice ({len(set(ids))} of {len(ids)} differ)")
