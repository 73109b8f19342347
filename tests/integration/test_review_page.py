"""The review page over HTTP: what it shows, what it keeps, and what it refuses."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from claimcheck.domain.evidence import Stance
from claimcheck.domain.review import Action, reviewed
from claimcheck.review.app import build
from claimcheck.review.desk import Desk
from claimcheck.review.guard import Guard, Session
from claimcheck.review.texts import Texts
from tests import review_desk
from tests.fakes import FakeFullTexts, FakeLedger
from tests.review_desk import TODAY, keep, paper, piece, tradeoff

pytest.importorskip("starlette.testclient", reason="the test client's HTTP library is not installed")

from starlette.testclient import TestClient

HOST = "127.0.0.1:8765"
ORIGIN = {"origin": f"http://{HOST}"}


class Page:
    """A browser without scripts: it sends a form as the page gave it, with what a person fills in."""

    def __init__(self, desk: Desk, session: Session | None = None) -> None:
        self.desk, self.session = desk, session or Session()
        app = Guard(build(desk, self.session), frozenset({HOST}), self.session)
        self.client = TestClient(app, base_url=f"http://{HOST}", follow_redirects=False)
        if session is None:
            assert self.client.get("/open", params={"token": self.session.token}).status_code == 200

    def get(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    def form(self, html: str, name: str, address: str) -> dict[str, Any]:
        """The fields that the form of an item sends untouched."""
        article = re.search(rf'<article [^>]*id="{name}".*?</article>', html, re.DOTALL)
        assert article, f"no item {name}"
        for inside in re.findall(rf'<form [^>]*action="{address}".*?</form>', article[0], re.DOTALL):
            fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', inside)
            if fields:
                return {key: unescape(value) for key, value in fields}
        raise AssertionError(f"no form for {address}")

    def decide(self, name: str, action: str, at: str = "/claims/tradeoff", **more: Any) -> Any:
        fields = {**self.form(self.get(at), name, "/review"), "action": action, **more}
        return self.client.post("/review", data=fields, headers=ORIGIN)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    found = Page(review_desk.desk(tmp_path))
    with found.client:
        yield found


def kept(page: Page) -> list[Any]:
    return list(page.desk.ledger.reviews_after()[1])


def test_the_queue_shows_what_needs_a_person_conflicts_first(page: Page) -> None:
    found = re.findall(r'<article [^>]*id="([^"]*)"', page.get("/"))
    assert found == [
        "evidence-tradeoff-2506.00002",
        "evidence-tradeoff-2506.00003",
        "evidence-tradeoff-2506.00004",
        "anchor-ceiling-2505.00002",
    ]


def test_quotes_are_marked_in_the_text_read_and_nothing_of_it_is_alive(page: Page) -> None:
    html = page.get("/claims/tradeoff")
    assert "<mark>It &lt;b&gt;alert(2)&lt;/b&gt; measures.</mark>" in html
    assert "<b>alert" not in html
    assert "<i>paper</i>" not in html
    assert "<b>Few</b>" not in page.get("/claims")


def test_a_decision_is_kept_with_who_when_and_what_was_seen(page: Page) -> None:
    answer = page.decide("evidence-tradeoff-2506.00002", "accept", reason="I  read\nit", expires="2027-01-01")
    assert (answer.status_code, answer.headers["location"]) == (303, "/claims/tradeoff#evidence-tradeoff-2506.00002")
    (review,) = kept(page)
    assert (review.action, review.reviewer, review.reason, review.day) == (Action.ACCEPT, "Ada", "I read it", TODAY)
    assert (review.judged, review.judge) == ("refutes", "embedded small")
    assert review.subject.paper == paper(2).fingerprint
    html = page.get("/")
    assert "evidence-tradeoff-2506.00002" not in html
    assert "Accepted</strong> by Ada" in page.get("/claims/tradeoff")


def test_the_page_says_what_the_verdict_will_be(page: Page) -> None:
    assert "With your reviews" not in page.get("/claims/tradeoff")
    page.decide("evidence-tradeoff-2506.00002", "accept")
    html = re.sub(r"<[^>]*>", "", page.get("/claims/tradeoff"))
    assert "With your reviews: unjudged → contested, written at the next refresh." in html


def test_a_correction_takes_stance_part_and_sentences(page: Page) -> None:
    more: dict[str, Any] = {
        "stance": "relaxes",
        "part": "durable",
        "own": "true",
        "sentences": ["3", "1"],
        "reason": "only the effect",
    }
    assert page.decide("evidence-tradeoff-2506.00003", "correct", **more).status_code == 303
    (review,) = kept(page)
    assert (review.stance, review.part, review.asserted, review.sentences) == (Stance.RELAXES, "durable", True, (1, 3))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"action": "reject"}, "it gives no reason"),
        ({"action": "correct", "reason": "x", "stance": "refutes", "part": "whole"}, "a stance needs the sentences"),
        ({"action": "correct", "reason": "x", "stance": "refutes", "part": "whole", "sentences": "9"}, "not in the paper"),
        ({"action": "undo"}, "takes accept, reject"),
        ({"action": "burn"}, "cannot be read"),
        ({"action": "accept", "admin": "yes"}, "cannot be read"),
        ({"action": "accept", "expires": "soon"}, "cannot be read"),
        ({"action": "accept", "expires": "2026-11-21"}, "expires before"),
        ({"action": "accept", "reason": "x" * 1001}, "cannot be read"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_is(page: Page, more: dict[str, str], why: str) -> None:
    answer = page.decide("evidence-tradeoff-2506.00002", **more)
    assert answer.status_code == 422
    assert why in unescape(answer.text)
    assert kept(page) == []


def test_a_reading_without_a_sentence_cannot_be_accepted(page: Page) -> None:
    name = "evidence-tradeoff-2506.00004"
    assert 'class="accept"' not in re.search(rf'id="{name}".*?</article>', page.get("/claims/tradeoff"), re.DOTALL)[0]  # type: ignore[index]
    assert page.decide(name, "accept").status_code == 422


def test_a_stale_form_is_answered_with_409_and_overwrites_nothing(page: Page) -> None:
    name = "evidence-tradeoff-2506.00002"
    form = page.form(page.get("/claims/tradeoff"), name, "/review")
    page.decide(name, "accept")
    answer = page.client.post("/review", data={**form, "action": "reject", "reason": "no"}, headers=ORIGIN)
    assert answer.status_code == 409
    assert "reviewed meanwhile by Ada" in answer.text
    assert [review.action for review in kept(page)] == [Action.ACCEPT]


def test_a_form_made_before_a_new_version_was_read_is_stale(page: Page) -> None:
    form = page.form(page.get("/claims/tradeoff"), "evidence-tradeoff-2506.00002", "/review")
    changed = replace(paper(2), abstract="All else. Is new.", version=2)
    again = tradeoff()
    items = tuple(replace(e, paper=changed) if e.paper.id == changed.id else e for e in again.evidence)
    keep(page.desk.ledger, replace(again, evidence=items))
    answer = page.client.post("/review", data={**form, "action": "accept"}, headers=ORIGIN)
    assert answer.status_code == 409
    assert kept(page) == []


def test_undo_is_a_new_row_and_opens_the_item_again(page: Page) -> None:
    name = "evidence-tradeoff-2506.00002"
    page.decide(name, "reject", reason="off topic")
    form = page.form(page.get("/claims/tradeoff"), name, "/undo")
    assert page.client.post("/undo", data=form, headers=ORIGIN).status_code == 303
    rejected, undone = kept(page)
    assert (undone.action, undone.undoes) == (Action.UNDO, rejected.id)
    assert undone.at > rejected.at
    assert name in page.get("/")
    assert page.decide(name, "accept").status_code == 303


def test_an_expired_review_is_back_in_the_queue_with_the_reason(page: Page) -> None:
    page.decide("evidence-tradeoff-2506.00002", "accept", expires="2026-11-25")
    later = Page(review_desk.on(page.desk, TODAY + timedelta(days=4)))
    html = later.get("/")
    assert html.index("evidence-tradeoff-2506.00002") < html.index("evidence-tradeoff-2506.00003")
    assert "it expired on 2026-11-25" in html
    assert later.decide("evidence-tradeoff-2506.00002", "accept", at="/").status_code == 303


def test_with_htmx_the_item_alone_comes_back(page: Page) -> None:
    form = {**page.form(page.get("/"), "evidence-tradeoff-2506.00002", "/review"), "action": "accept"}
    answer = page.client.post("/review", data=form, headers={**ORIGIN, "hx-request": "true"})
    assert answer.status_code == 200
    assert answer.text.count("<article") == 1
    assert "<html" not in answer.text
    assert 'id="waiting" hx-swap-oob="true">3<' in answer.text
    stale = page.client.post("/review", data=form, headers={**ORIGIN, "hx-request": "true"})
    assert (stale.status_code, stale.text.count("<article")) == (409, 1)


def test_an_anchor_is_repaired_in_claims_yaml_and_put_back_by_undo(page: Page, tmp_path: Path) -> None:
    path, name = tmp_path / "claims.yaml", "anchor-ceiling-2505.00002"
    before = path.read_text()
    form = page.form(page.get("/claims/ceiling"), name, "/repair")
    answer = page.client.post("/repair", data={**form, "replacement": "2504.00009", "reason": ""}, headers=ORIGIN)
    assert answer.status_code == 303
    new = before.replace("2505.00002 ", "2504.00009 ").replace("title: Another title", 'title: "On <i>paper</i> 9"')
    assert path.read_text() == new
    assert kept(page)[0].replacement == "2504.00009"
    assert name not in page.get("/")
    undo = page.form(page.get("/claims/ceiling"), name, "/undo")
    assert page.client.post("/undo", data=undo, headers=ORIGIN).status_code == 303
    assert "- id: 2505.00002   # from a talk" in path.read_text()


def test_a_repair_of_a_file_that_was_edited_meanwhile_is_409(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "claims.yaml"
    form = page.form(page.get("/claims/ceiling"), "anchor-ceiling-2505.00002", "/repair")
    path.write_text(path.read_text() + "# a note\n")
    edited = path.read_text()
    answer = page.client.post("/repair", data={**form, "replacement": "2504.00009", "reason": ""}, headers=ORIGIN)
    assert answer.status_code == 409
    assert path.read_text() == edited
    assert kept(page) == []


def test_the_samples_claims_cannot_be_repaired() -> None:
    page = Page(review_desk.desk())
    html = page.get("/claims/ceiling")
    assert "cannot be changed" in html
    form = page.form(html, "anchor-ceiling-2505.00002", "/review")
    more = {"cited": "2505.00002", "digest": "", "replacement": "2504.00009"}
    assert page.client.post("/repair", data={**form, **more}, headers=ORIGIN).status_code == 422


def test_a_text_that_is_not_what_was_read_is_not_shown_as_such(page: Page) -> None:
    library = page.desk.library
    library.add([replace(paper(2), abstract="Another text. Of version two.", version=2)], TODAY)
    texts = Texts(library, FakeFullTexts())
    html = Page(replace(page.desk, texts=texts)).get("/claims/tradeoff")
    article = re.search(r'id="evidence-tradeoff-2506.00002".*?</article>', html, re.DOTALL)
    assert article
    assert "Another text" not in article[0]
    assert "not at hand any more" in article[0]
    assert 'class="correct"' not in article[0]


def test_the_agreement_is_shown(page: Page) -> None:
    page.decide("evidence-tradeoff-2506.00002", "accept")
    page.decide("evidence-tradeoff-2506.00003", "reject", reason="off topic")
    html = page.get("/agreement")
    assert "1 accepted, 0 corrected, 1 rejected" in html
    assert "<dd>50%</dd>" in html


def test_reviews_are_listed_with_their_reasons_escaped(page: Page) -> None:
    page.decide("evidence-tradeoff-2506.00002", "reject", reason="<img src=x onerror=alert(1)>")
    html = page.get("/reviews")
    assert "&lt;img src=x" in html
    assert "<img" not in html


def test_search_finds_claims_by_their_words(page: Page) -> None:
    assert "/claims/ceiling" not in page.get("/claims?q=longer+chains")
    assert "No claim holds these words" in page.get("/claims?q=%3Cscript%3E")


def test_no_page_changes_anything(page: Page, tmp_path: Path) -> None:
    before = (tmp_path / "claims.yaml").read_bytes()
    for address in ("/", "/claims", "/claims/tradeoff", "/reviews", "/agreement", "/keys", "/review", "/undo", "/repair"):
        page.client.get(address, params={"action": "accept", "claim": "tradeoff"})
    assert kept(page) == []
    assert (tmp_path / "claims.yaml").read_bytes() == before


def test_before_the_first_refresh_the_page_says_so() -> None:
    assert "There is no report yet" in Page(review_desk.desk(ledger=FakeLedger())).get("/")


def test_evidence_under_a_review_that_the_refresh_used_is_shown_as_the_judge_had_it(page: Page) -> None:
    page.decide("evidence-tradeoff-2506.00002", "reject", reason="off topic")
    (review,) = kept(page)
    again = tradeoff()
    items = tuple(reviewed(e, review) if e.paper.id == "2506.00002" else e for e in again.evidence)
    keep(page.desk.ledger, replace(again, evidence=items))
    html = page.get("/claims/tradeoff")
    assert "possible conflict" in html
    form = page.form(html, "evidence-tradeoff-2506.00002", "/undo")
    assert page.client.post("/undo", data=form, headers=ORIGIN).status_code == 303
    assert piece(2, Stance.REFUTES).unjudged
    assert "evidence-tradeoff-2506.00002" in page.get("/")
