"""What every place to fetch full texts from promises: the fake one, arXiv's adapter on a local server, and the kept ones."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from claimcheck.adapters.arxiv import Arxiv
from claimcheck.adapters.fulltext import ArxivFullTexts, KeptFullTexts
from claimcheck.domain.fulltext import Form, Found, FullText
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.errors import SourceUnavailable
from claimcheck.ports import FullTexts
from tests.arxiv_server import Reply, Request, http, serving
from tests.fakes import FakeFullTexts
from tests.pdf_maker import pdf, text

IN_HTML = Paper("2501.00001", "In HTML", "It is studied. It is reported.", version=1)
IN_PDF = Paper("2501.00002", "In PDF", "It is studied. It is reported.", version=3)
NOWHERE = Paper("hep-th/9901001", "Nowhere", "It is studied. It is reported.", version=1)
UNASKED = Paper("2501.00004", "Not asked", "It is studied. It is reported.", version=1)
SECTIONS = (Found("1 Introduction", "We begin."), Found("2 Results", "It falls by 3.2 points."))
PAGE = "".join(f"<section><h2>{one.title}</h2><p>{one.text}</p></section>" for one in SECTIONS)
HTML = f'<html><body><article class="ltx_document">{PAGE}</article></body></html>'
PDF = pdf(text(*(line for one in SECTIONS for line in (one.title, one.text))))


def answer(request: Request) -> Reply:
    if request.path == f"/html/{IN_HTML.arxiv_id}":
        return http(HTML, Content_Type="text/html; charset=utf-8")
    if request.path == f"/pdf/{IN_PDF.arxiv_id}":
        return http(PDF, Content_Type="application/pdf")
    return http("not now", "503 Service Unavailable") if UNASKED.id in request.path else http("none", "404 Not Found")


def fake() -> FullTexts:
    return FakeFullTexts({IN_HTML.id: (Form.HTML, SECTIONS), IN_PDF.id: (Form.PDF, SECTIONS)}, down=[UNASKED.id])


@pytest.fixture(params=["fake", "arxiv", "kept"])
def texts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FullTexts]:
    with ExitStack() as stack:
        if request.param == "fake":
            yield fake()
        elif request.param == "kept":
            yield KeptFullTexts(tmp_path / "texts", fake())
        else:
            server = stack.enter_context(serving(answer))
            arxiv = Arxiv(server.url, pace=0, pace_file=tmp_path / "pace", tries=2, max_wait=1, today=date(2026, 11, 22))
            yield ArxivFullTexts(arxiv.line, arxiv.site)


def told(full: FullText) -> list[tuple[str, str]]:
    return [(section.title, section.text) for section in full.sections]


@pytest.mark.parametrize(("paper", "form"), [(IN_HTML, Form.HTML), (IN_PDF, Form.PDF)])
def test_the_best_form_is_read_and_named(texts: FullTexts, paper: Paper, form: Form) -> None:
    full = texts.fetch(paper)
    assert (full.id, full.version, full.form) == (paper.id, paper.version, form)
    assert told(full)[-1] == ("2 Results", "It falls by 3.2 points.")
    assert told(full)[0] == ("abstract", paper.abstract)
    assert bool(full.notes) is (form is not Form.HTML)


def test_a_paper_without_a_text_is_its_abstract_and_says_why(texts: FullTexts) -> None:
    full = texts.fetch(NOWHERE)
    assert full.form is Form.ABSTRACT
    assert told(full) == [("abstract", NOWHERE.abstract)]
    assert full.notes == ("arXiv has no HTML of it", "arXiv has no PDF of it")


def test_a_text_that_could_not_be_asked_for_is_never_the_abstract_alone(texts: FullTexts) -> None:
    with pytest.raises(SourceUnavailable):
        texts.fetch(UNASKED)


def test_a_withdrawn_paper_is_its_record(texts: FullTexts) -> None:
    gone = replace(IN_HTML, withdrawal=Withdrawal(1, None, "abstract page"))
    assert texts.fetch(gone).form is Form.ABSTRACT


def test_the_same_paper_gives_the_same_text(texts: FullTexts) -> None:
    assert texts.fetch(IN_PDF) == texts.fetch(IN_PDF)


def test_sentences_stand_where_they_say(texts: FullTexts) -> None:
    full = texts.fetch(IN_HTML)
    assert [s.text for s in full.sentences] == ["It is studied.", "It is reported.", "We begin.", "It falls by 3.2 points."]
    assert all(full.part(s.where)[s.start : s.end] == s.text for s in full.sentences)
