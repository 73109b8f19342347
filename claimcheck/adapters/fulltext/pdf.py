"""PDF files to sections of visible text.

Text comes line by line. Lines that repeat from page to page, page numbers and arXiv's stamp are left out; words broken at a
line's end are put together, with the hyphen where the paper writes them so elsewhere; headings are told by their form.
"""

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from claimcheck.adapters.fulltext import hidden
from claimcheck.adapters.fulltext.headings import sections
from claimcheck.adapters.fulltext.lines import tidy
from claimcheck.adapters.fulltext.parsed import HIDDEN, HIDDEN_WORDS, Parsed, Unreadable
from claimcheck.adapters.fulltext.pdf_page import without_hidden
from claimcheck.domain.fulltext import Found

_HEAD = 1_024  # bytes in which a PDF must say that it is one
_MOST_PAGES = 400
_REPEATED = 3  # pages on which a line must stand to be a running head
_STAMP = re.compile(r"^arxiv:\s?\S+\s+\[[\w.-]+\]", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"^(?:page\s+)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?$", re.IGNORECASE)
_HYPHEN = re.compile(r"(\w[\w-]*)-\n(\w+)")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?:][\"'\u201d\u2019)\]]*$")
# pypdf tells of every oddity of a file; what matters comes as an exception.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def parse(body: bytes) -> Parsed:
    """Return the sections of a PDF; raise `Unreadable`."""
    if b"%PDF-" not in body[:_HEAD]:
        raise Unreadable("it is no PDF")
    flags: set[str] = set()
    try:
        pages = list(_pages(PdfReader(io.BytesIO(body), strict=False), flags))
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, ZeroDivisionError) as wrong:
        raise Unreadable(f"the PDF cannot be read ({type(wrong).__name__})") from wrong
    except RecursionError as wrong:
        raise Unreadable("the PDF refers to itself without end") from wrong
    lines = list(_without_running_heads(pages))
    if not any(hidden.words_in(line) for line in lines):
        raise Unreadable("the PDF holds no text that a reader sees")
    joiner = Joiner(lines)
    found = tuple(Found(piece.title, joiner.text(piece.lines), piece.level) for piece in sections(lines))
    return Parsed(found, frozenset(flags))


def _pages(reader: PdfReader, flags: set[str]) -> Iterator[list[str]]:
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("the PDF is locked with a password")
    if len(reader.pages) > _MOST_PAGES:
        raise Unreadable(f"the PDF has {len(reader.pages)} pages, more than {_MOST_PAGES}")
    for page in reader.pages:
        shows, unseen = without_hidden(page)
        if hidden.words_in(" ".join(unseen)) >= HIDDEN_WORDS:
            flags.add(HIDDEN)
        yield list(_lines(page.extract_text() if shows else "", flags))


def _lines(text: str, flags: set[str]) -> Iterator[str]:
    for line in text.split("\n"):
        visible, odd = hidden.readable(line)
        flags |= odd
        if visible:
            yield visible


def _without_running_heads(pages: Sequence[Sequence[str]]) -> Iterator[str]:
    """Leave out what stands at the top or foot of many pages, numbers aside, and what counts pages."""
    edges = Counter(_like(line) for page in pages for line in {*page[:2], *page[-2:]})
    for page in pages:
        for at, line in enumerate(page):
            at_edge = at < 2 or at >= len(page) - 2
            if at_edge and (_PAGE_NUMBER.match(line) or edges[_like(line)] >= _REPEATED):
                continue
            if not _STAMP.match(line):
                yield line


def _like(line: str) -> str:
    return re.sub(r"\d+", "#", line).casefold()


class Joiner:
    """Puts lines together to paragraphs, and words that a line's end broke."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._known = Counter(word.casefold() for line in lines for word in _WORD.findall(line))

    def text(self, lines: Sequence[str]) -> str:
        """Return the lines as paragraphs, a line each."""
        whole = _HYPHEN.sub(self._joined, "\n".join(lines))
        return "\n".join(line for paragraph in _paragraphs(whole.split("\n")) for line in tidy(paragraph))

    def _joined(self, found: re.Match[str]) -> str:
        """Put a broken word together: with the hyphen where the paper writes it so elsewhere, or where a capital follows."""
        head, tail = found.groups()
        hyphened, joined = f"{head}-{tail}", f"{head}{tail}"
        seen = self._known
        keep = not tail[:1].islower() or (seen[hyphened.casefold()] > seen[joined.casefold()])
        return hyphened if keep else joined


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """A paragraph ends where a line ends a sentence and falls well short of the others."""
    usual = sorted(len(line) for line in lines)[len(lines) // 2] if lines else 0
    held: list[str] = []
    for line in lines:
        held.append(line)
        if _SENTENCE_END.search(line) and len(line) < 0.8 * usual:
            yield " ".join(held)
            held = []
    yield " ".join(held)
