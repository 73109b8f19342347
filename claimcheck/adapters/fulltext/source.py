"""Full texts from arXiv: the HTML page, else the PDF, else the abstract alone, each asked over arXiv's one line.

    the HTML page is there and whole                        html
    it is not there, or cannot be read, or its end is missing:
        the PDF is there and can be read                    pdf
        it is not, but there was HTML without its end       html, marked as cut
        neither                                             the abstract alone
    arXiv did not answer, at either                         SourceUnavailable: nothing is said of the text

Every step down leaves a note. A paper that was withdrawn is not asked for: what is left of it is its record.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from claimcheck.adapters.arxiv.http import Answer
from claimcheck.adapters.arxiv.line import Line, NotThere, NotWanted
from claimcheck.adapters.arxiv.shown import shown
from claimcheck.adapters.fulltext import child
from claimcheck.adapters.fulltext.parsed import CUT, Parsed, Unreadable
from claimcheck.domain.fulltext import Form, FullText, abstract_only, full_text
from claimcheck.domain.paper import Paper

_WEB = "https://arxiv.org"  # HTML pages are made there only; the rest is on the host for programs too

Parser = Callable[[Form, bytes], Parsed]


@dataclass(frozen=True)
class _Kind:
    """How a form is asked for: its name, its path, the types it may come as, and the most bytes after decompression."""

    name: str
    path: str
    types: tuple[str, ...]
    most: int


_KINDS = {
    Form.HTML: _Kind("HTML", "html", ("text/html", "application/xhtml+xml"), 25_000_000),
    Form.PDF: _Kind("PDF", "pdf", ("application/pdf", "application/octet-stream", "binary/octet-stream"), 40_000_000),
}


class ArxivFullTexts:
    """Asks arXiv, or a server that speaks as it does at `site`, over `line`; `parse` reads what comes."""

    def __init__(self, line: Line, site: str, parse: Parser = child.parse) -> None:
        self._line = line
        self._site = site
        self._parse = parse

    def fetch(self, paper: Paper) -> FullText:
        """Return the best form that can be read; see `FullTexts`."""
        if paper.known_withdrawal:
            return abstract_only(paper, ("the paper was withdrawn",))
        notes: list[str] = []
        cut: tuple[Form, Parsed] | None = None
        for form in (Form.HTML, Form.PDF):
            parsed = self._read(form, paper, notes)
            if parsed is None:
                continue
            if CUT not in parsed.flags:
                return full_text(paper, form, parsed.found, notes, parsed.flags)
            notes.append(f"the end of its {_KINDS[form].name} is missing")
            cut = cut or (form, parsed)
        if cut is None:
            return abstract_only(paper, notes)
        return full_text(paper, cut[0], cut[1].found, notes, cut[1].flags)

    def _read(self, form: Form, paper: Paper, notes: list[str]) -> Parsed | None:
        """Return a form's text, or None with a note where it is not there or cannot be read."""
        kind = _KINDS[form]
        url = f"{self._base(form)}/{kind.path}/{paper.arxiv_id}"
        what = f"the {kind.name} of {paper.arxiv_id}"
        try:
            body = self._line.fetch(url, what, lambda answer: _body(answer, kind, what), kind.most)
            parsed = self._parse(form, body)
        except NotThere:
            notes.append(f"arXiv has no {kind.name} of it")
        except NotWanted as wrong:
            notes.append(str(wrong))
        except Unreadable as wrong:
            notes.append(f"its {kind.name} cannot be used: {wrong}")
        else:
            if not parsed.empty:
                return parsed
            notes.append(f"its {kind.name} holds no text that a reader sees")
        return None

    def _base(self, form: Form) -> str:
        host = urlsplit(self._site).hostname or ""
        at_arxiv = host == "arxiv.org" or host.endswith(".arxiv.org")
        return _WEB if form is Form.HTML and at_arxiv else self._site


def _body(answer: Answer, kind: _Kind, what: str) -> bytes:
    """Return the body of an answer of the right type: a page that asks who we are is no paper."""
    said = answer.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    if said and said not in kind.types:
        raise NotWanted(f"arXiv sent {shown(said, 60)} for {what}")
    return answer.body
