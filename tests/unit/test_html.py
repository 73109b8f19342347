"""The page for browsers: all that the Markdown says, nothing that asks or runs, and nobody's text does anything."""

import base64
import hashlib
import json
import re
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest

from claimcheck.domain.evidence import Stance
from claimcheck.domain.verdict import Verdict
from claimcheck.ports import Passed
from claimcheck.report import html, twin, views
from claimcheck.report.escape import visible
from tests.unit.test_render import HOSTILE, filled, strings, whole
from tests.unit.test_twin import a_claim, a_retest, a_summary, kept, piece

ABSTRACT = "We measure gadgets in setting 21. The effect is there. It is stronger at night."
DAYS = (date(2026, 11, 8), date(2026, 11, 15), date(2026, 11, 22))


def passed(id: str, day: date, verdict: Verdict) -> Passed:
    return Passed(1, day, id, "fingerprint", verdict, complete=True)


COURSE = tuple(
    passed(id, day, verdict)
    for day, *verdicts in zip(DAYS, ("holds", "relaxed", "contested"), ("untested", "untested", "relaxed"), strict=True)
    for id, verdict in zip(("night-force", "two-hands"), map(Verdict, verdicts), strict=True)
)


class Page(HTMLParser):
    """What a page does (tags, attributes that ask or run, links), and what it says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.marked: list[str] = []
        self.text = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("style", "src", "srcset", "action", "formaction", "background"), name
            if name == "href":
                self.links.append(str(value))
            if name == "id":
                self.ids.append(str(value))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "mark":
            self.marked.append(data)
        if self._inside != "style":
            self.text += f" {data} "


def page(built: dict[str, Any], abstracts: dict[str, str] | None = None, course: tuple[Passed, ...] = ()) -> str:
    return html.page(built, abstracts or {}, course)


def harmless() -> Page:
    return Page(page(filled("harmless")))


PLAIN = harmless()


@pytest.mark.parametrize("value", [*HOSTILE, *strings()])
def test_nobodys_text_does_anything_in_a_page(value: str) -> None:
    text = value if visible(value) else f"x{value}"
    shown = Page(page(filled(text)))
    assert (shown.tags, shown.links) == (PLAIN.tags, PLAIN.links)
    assert visible(text)[:3000] in " ".join(shown.text.split())


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_that_is_not_seen_or_steers_is_in_a_page(value: str) -> None:
    text = page(filled(f"x{value}"))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]", text)


def test_a_page_asks_for_nothing_and_runs_nothing() -> None:
    text = page(whole(), {"2610.00021": ABSTRACT}, COURSE)
    shown = Page(text)
    assert not {"script", "img", "iframe", "link", "form", "object", "embed", "base", "image"} & set(shown.tags)
    assert all(re.fullmatch(r"https://arxiv\.org/abs/[a-z-]*/?[\d.]+(v\d+)?|#[\w-]+", link) for link in shown.links)
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", text)
    assert "http" not in re.sub(r"https://arxiv\.org/abs/|http://www\.w3\.org/", "", text).replace("http-equiv", "")


def test_the_policy_allows_only_the_pages_own_style() -> None:
    text = page(whole())
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'" in text.replace("&#39;", "'")
    assert text.count("<style") == 1


def test_sections_stand_in_the_promised_order_and_links_within_lead_somewhere() -> None:
    text = page(whole(), course=COURSE)
    heads = re.findall(r"<h2 id=\"([a-z]+)\"", text)
    assert heads == ["overview", "changed", "person", "claims", "strongest", "ungrounded", "questions", "coverage", "provenance"]
    shown = Page(text)
    assert {link[1:] for link in shown.links if link.startswith("#")} <= set(shown.ids)
    assert len(shown.ids) == len(set(shown.ids))


def test_a_page_says_what_the_markdown_says() -> None:
    said = " ".join(Page(page(whole(), course=COURSE)).text.split())
    for text in (
        "2 verdicts changed; 3 claims need a person. Not complete: 12 things could not be looked at.",
        "The quotes are from summaries written for the sample.",
        "What contests it:",
        "suggested instead: 2402.00007v3",
        "reading of 2609.00060v1",
        "Does the loss at night come from the cold?",
        "34 calls, 120,300 tokens in, 4,100 out, 0.0213 USD; 12 readings remembered from earlier days.",
        "old-claim: no longer in claims.yaml",
        "Not counted: the paper reports another's finding",
        "holds (2026-11-08) → relaxed (2026-11-15) → contested (2026-11-22)",
    ):
        assert text in said, text


def test_a_quote_is_marked_inside_the_abstract_that_was_read() -> None:
    shown = Page(page(whole(), {"2610.00021": ABSTRACT}))
    assert shown.marked == ["The effect is there."]
    assert "We measure gadgets in setting 21." in " ".join(shown.text.split())


@pytest.mark.parametrize(
    ("quotes", "expected"),
    [
        ([("b.", 3, 5)], [("a. ", False), ("b.", True), (" c.", False)]),
        ([("c.", 6, 8), ("a.", 0, 2)], [("a.", True), (" b. ", False), ("c.", True)]),
        ([("x.", 3, 5)], []),
        ([], []),
    ],
)
def test_an_abstract_is_cut_where_quotes_stand_and_not_shown_for_another_version(quotes: Any, expected: Any) -> None:
    given = [{"text": text, "where": "abstract", "start": start, "end": end} for text, start, end in quotes]
    assert html.segments(given, "a. b. c.") == expected
    assert html.segments(given, None) == []
    assert html.segments([{**quote, "where": "Section 3"} for quote in given], "a. b. c.") == []


def test_what_a_person_decided_is_shown() -> None:
    built = whole()
    review = {"by": "ann <b>", "action": "accept", "reason": "I read it", "day": "2026-11-20", "expires": "2027-01-01"}
    built["claims"][0]["evidence"][0]["review"] = review
    said = " ".join(Page(page(built)).text.split())
    assert "ed by ann <b> on 2026-11-20, until 2027-01-01: I read it." in said


def test_same_twin_same_bytes_also_out_of_json() -> None:
    again = json.loads(json.dumps(whole()))
    assert page(whole(), course=COURSE) == page(again, course=COURSE)


def test_each_chart_has_a_title_a_description_and_the_same_as_a_table() -> None:
    text = page(whole(), course=COURSE)
    charts = re.findall(r"<svg .*?</svg>", text, re.DOTALL)
    assert len(charts) == 4
    for chart in charts:
        assert re.search(
            r'role="img" aria-labelledby="(\S+) (\S+)" class="chart"><title id="\1">[^<]+</title><desc id="\2">[^<]+<', chart
        )
        assert not re.search(r"#[0-9a-f]{6}|style=|date|metadata", chart)
    assert text.count("The same as a table") == len(charts)
    assert "night-force: holds from 2026-11-08, relaxed from 2026-11-15, contested from 2026-11-22" in text


def test_one_day_has_no_timeline_and_one_paper_no_chart() -> None:
    built = twin.build(a_summary(), [twin.entry(a_retest(a_claim(), [piece(Stance.SUPPORTS)]), None)])
    assert page(built, course=(passed("gadgets", DAYS[-1], Verdict.HOLDS),)).count("<svg") == 1


def test_of_several_retests_on_a_day_the_timeline_has_the_last() -> None:
    built = twin.build(a_summary(), [twin.entry(a_retest(a_claim("c"), [piece(Stance.SUPPORTS)]), None)])
    twice = ((DAYS[1], Verdict.CONTESTED), (DAYS[0], Verdict.HOLDS), (DAYS[0], Verdict.RELAXED))
    text = page(built, course=tuple(passed("c", day, verdict) for day, verdict in twice))
    assert "c: relaxed from 2026-11-08, contested from 2026-11-15" in text


def test_a_page_of_many_claims_counts_verdicts_instead_of_drawing_each(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [twin.entry(a_retest(a_claim(f"c-{n}"), [piece(Stance.SUPPORTS)]), None) for n in range(50)]
    course = tuple(passed(entry["id"], day, Verdict.HOLDS) for day in DAYS for entry in entries)
    text = page(twin.build(a_summary(), entries), course=course)
    assert "2026-11-15: 50 holds" in text


def test_a_page_stays_under_its_limit_and_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [piece(Stance.SUPPORTS, f"2609.{n:05}") for n in range(1, 21)]
    entry = twin.entry(a_retest(a_claim(), items), kept(a_retest(a_claim(), items)))
    built = twin.build(a_summary(), [{**entry, "id": f"claim-{n}"} for n in range(30)])
    monkeypatch.setattr(html, "_LIMIT", 250_000)
    text = page(built)
    assert len(text.encode()) <= 250_000
    assert "in the JSON twin" in text


def test_a_value_that_is_missing_is_an_error_never_a_blank() -> None:
    built = whole()
    built["claims"][0]["asserted"] = None
    with pytest.raises(TypeError, match="would print NoneType"):
        page(built)


def test_what_changed_leads_the_table() -> None:
    rows = views.report(whole())["rows"]
    assert [row["claim"]["id"] for row in rows][:2] == ["night-force", "hum"]
    assert [row["mark"] for row in rows][:2] == ["▼", "▶"]
