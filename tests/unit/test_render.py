"""The Markdown report: what it shows, in which order, and that nobody's text does anything in it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from claimcheck.domain.claim import Anchor, Part
from claimcheck.domain.evidence import Stance, Usage
from claimcheck.domain.gap import GapKind
from claimcheck.domain.grounding import Grounding, Suggestion
from claimcheck.domain.retest import Coverage
from claimcheck.domain.verdict import Verdict
from claimcheck.errors import UsageError
from claimcheck.ports import JudgeName, Question
from claimcheck.report import render, twin
from claimcheck.report.escape import code, inline, paper_link, visible
from tests.unit.test_twin import a_check, a_claim, a_gap, a_paper, a_retest, a_summary, kept, piece

STRINGS = Path(__file__).resolve().parents[2].parent / "shared" / "bad_inputs" / "render_strings.jsonl"


def contested() -> dict[str, Any]:
    claim = a_claim(
        "night-force",
        durable="A gadget's force comes from light.",
        perishable="The loss is 20 % in every gadget built so far.",
        falsified_by="A gadget that is as strong at night as by day.",
        search=("gadget force at night",),
    )
    before = kept(a_retest(claim, [piece(Stance.RELAXES, "2606.00010", date(2026, 6, 3))]))
    items = [
        piece(Stance.REFUTES, "2610.00021", date(2026, 10, 12), title="Gadgets at night: a replication", confidence=0.93),
        piece(Stance.REFUTES, "2609.00022", date(2026, 9, 2), title="No loss of force after dark", confidence=0.85),
        piece(Stance.RELAXES, "2606.00010", date(2026, 6, 3), title="Heating restores a gadget's force", part=Part.PERISHABLE),
        piece(Stance.SUPPORTS, "2512.00023", date(2025, 12, 8), title="Force and light: a survey of gadgets", confidence=0.7),
        piece(Stance.SUPPORTS, "2601.00024", date(2026, 1, 9), title="What we know of gadgets", asserted=False),
        piece(Stance.REFUTES, "2603.00025", date(2026, 3, 9), title="Gadgets in the cold", sentences=(99,)),
        *(piece(Stance.SUPPORTS, f"2511.000{n}", date(2025, 11, 1), confidence=0.5) for n in range(30, 38)),
    ]
    anchors = (a_check(quote=piece(Stance.SUPPORTS).quotes[0]),)
    return twin.entry(a_retest(claim, items, anchors=anchors, missing_numbers=("20",)), before)


def relaxed() -> dict[str, Any]:
    claim = a_claim("two-hands", text="Holding a gadget takes two hands.", anchors=(Anchor("2401.99999"), Anchor("25O1.1")))
    said = a_paper("2402.00007", date(2024, 2, 7), title="On holding gadgets", version=3)
    anchors = (
        a_check(
            Grounding.NOT_FOUND,
            "arXiv does not know this id",
            anchor=claim.anchors[0],
            paper=None,
            suggestion=Suggestion(said, piece(Stance.SUPPORTS).quotes[0]),
        ),
        a_check(Grounding.MALFORMED, "'25O1.1' has not the form of an arXiv id", anchor=claim.anchors[1], paper=None),
    )
    items = [piece(Stance.RELAXES, "2607.00041", date(2026, 7, 30), title="One-handed gadgets by a strap")]
    reasons = ("first verdict, resting on single readings: 2607.00041v1",)
    return twin.entry(a_retest(claim, items, anchors=anchors, needs_review=reasons), None)


def holding() -> dict[str, Any]:
    claim = a_claim("blue-light", text="Gadgets glow blue.")
    items = [piece(Stance.SUPPORTS, f"2608.000{n}", date(2026, 8, n - 40)) for n in range(51, 54)]
    return twin.entry(a_retest(claim, items), kept(a_retest(claim, items[:1])))


def unknown() -> dict[str, Any]:
    claim = a_claim("hum", text="Gadgets hum at 50 Hz.")
    gaps = [a_gap(f"reading of 2609.000{n}v1") for n in range(60, 72)]
    gaps.append(a_gap("further search phrases", why="the model is overloaded", blocks=False))
    return twin.entry(a_retest(claim, gaps=gaps), kept(a_retest(claim, [piece(Stance.SUPPORTS)])))


def unjudged() -> dict[str, Any]:
    claim = a_claim("weight", text="Gadgets weigh 2 kg.")
    items = [piece(Stance.NOT_ENOUGH_INFO, f"2610.000{n}", trusted=False) for n in (81, 82)]
    return twin.entry(a_retest(claim, items), None)


def untested() -> dict[str, Any]:
    return twin.entry(a_retest(a_claim("colour", text="Gadgets are grey.")), None)


def whole(**more: Any) -> dict[str, Any]:
    carried = {**twin.entry(a_retest(a_claim("price", text="Gadgets cost 5 coins.")), None), "retested": "2026-11-08"}
    summary = a_summary(
        notes=("The quotes are from summaries written for the sample.", "The readings are recorded, not made today."),
        questions=(
            Question("Does the loss at night come from the cold?", ("2610.00021", "2606.00010"), "rule"),
            Question("Do gadgets tire?", (), "claims.yaml"),
        ),
        gaps=(a_gap("research questions by the model", claim_id=None, blocks=False, kind=GapKind.BUDGET, why="budget spent"),),
        usage=Usage(34, 120_300, 4_100, 0.0213),
        cached=12,
        arxiv_requests=41,
        carried=(carried,),
        removed=("old-claim",),
    )
    return twin.build(replace(summary, **more), [contested(), relaxed(), holding(), unknown(), unjudged(), untested()])


class Skeleton(HTMLParser):
    """What a page does, apart from what it says: tags and addresses, and the text outside of code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.loose = ""
        self._in_code = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "code":
            self._in_code += 1
            self.loose += "\x00"
            return
        self.tags.append(tag)
        self.links += [str(value) for name, value in attrs if name in ("href", "src")]
        unexpected = {name for name, _ in attrs} - {"href", "start"}
        assert not unexpected, unexpected

    def handle_endtag(self, tag: str) -> None:
        if tag == "code":
            self._in_code -= 1
        else:
            self.tags.append(f"/{tag}")

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")

    def handle_data(self, data: str) -> None:
        self.text += data
        if not self._in_code:
            self.loose += data


def page(text: str) -> Skeleton:
    """Render as GitHub's parser does; what GitHub adds afterwards is looked for in `Skeleton.loose`."""
    return Skeleton(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


# What GitHub makes something of after parsing, in any text that is not code.
AFTER_PARSING = re.compile(
    r"(?:https?|ftp)://|(?<![a-z0-9])www\.|mailto:|xmpp:|[\w.+-]@[\w-]+\.\w|(?<![a-z0-9])@[a-z0-9]|#\d|(?<![a-z0-9])GH-\d|\$|:[a-z][\w+-]*:",
    re.IGNORECASE | re.ASCII,
)


def filled(value: str) -> dict[str, Any]:
    """A report with the value in every place that a paper, a model, a server or a person fills."""
    claim = a_claim(text=value, durable=value, perishable=value, falsified_by=value, search=(value,), anchors=(Anchor(value),))
    items = [
        piece(Stance.REFUTES, "2610.00001", date(2026, 10, 1), title=value, reason=value),
        piece(Stance.SUPPORTS, "2610.00002", title=value, reason=value, trusted=False),
    ]
    items = [replace(e, quotes=(replace(e.quotes[0], text=value),)) for e in items]
    said = Suggestion(a_paper("2402.00007", title=value), items[0].quotes[0])
    check = a_check(Grounding.MISCITED, value, anchor=claim.anchors[0], suggestion=said, quote=items[0].quotes[0])
    retest = a_retest(
        claim,
        items,
        [a_gap(value, why=value)],
        anchors=(replace(check, paper=a_paper("2505.00123", title=value)),),
        coverage=Coverage((value,)),
        needs_review=(value,),
    )
    summary = a_summary(
        judge=JudgeName("openai", value, value),
        notes=(value,),
        questions=(Question(value, (value,), value),),
        gaps=(a_gap(value, why=value, claim_id=None),),
        removed=(value,),
    )
    return twin.build(summary, [twin.entry(retest, None)])


def strings() -> Iterator[Any]:
    if not STRINGS.exists():
        yield pytest.param("", marks=pytest.mark.skip(reason="the folder of bad inputs is not beside the repository"))
        return
    for line in STRINGS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield pytest.param(row["value"], id=row["id"])


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- claimcheck:begin verdict=holds -->",
    "<details open>",
    "</details>",
    "![x](http://127.0.0.1:9/?q=SECRET)",
    "[x](javascript:alert(1))",
    "[x][r]\n\n[r]: http://127.0.0.1:9/",
    "<http://127.0.0.1:9/>",
    "<.x@y> and <a@b.c> and u@.v, though p<0.05 and pass@1",
    "see www.example.org/a, _www.example.org, $1@1, https://example.org/(b) and HTTP://EXAMPLE.ORG.",
    "# Verdict: holds",
    "Verdict\n===",
    "---",
    "===",
    "> quoted",
    "1. first",
    "- [x] reviewed",
    "* * *",
    "+ more",
    "```\n# end",
    "~~~ fence",
    "~~gone~~ and ~20 % and a~b~c",
    "a\n| --- |\n",
    "a | b \\| c",
    "[^1]: forged footnote",
    "[!WARNING]",
    "@torvalds and @org/team, but pass@1 and someone@example.org",
    "closes #12, owner/repo#34 and GH-56",
    "$x^2_i$ costs $5 and $6 or $$\\sum$$ or $`x`$",
    ":warning: at 12:30:45",
    "**bold** _it_ __b__ snake_case 2 * 3 \\* `code` ``more``",
    "&lt;b&gt; &amp; &#42; AT&T p<0.05 a<b",
    "ends in a backslash\\",
    "\x1b[2J\x1b[1;1H\x1b]8;;http://example.org\x07ok\x1b]8;;\x07\x9b31m\x00",
    "\rOK: all claims hold",
    "\u202eEVIL\u202c sup\u200bported \u2066x\u2069 a\u00adb",
    "{{7*7}} {% include '/etc/passwd' %}",
    "\ud800",
    "A" * 2000,
    "a.b-" * 2000 + "@",
]


@pytest.mark.parametrize("value", [*HOSTILE, *strings()])
def test_nobodys_text_does_anything_in_a_report(value: str) -> None:
    for text in (value if visible(value) else f"x{value}", f"x {value}!"):
        shown = page(render.markdown(filled(text)))
        assert (shown.tags, shown.links) == harmless()
        assert not AFTER_PARSING.search(shown.loose)
        assert visible(text)[:3000] in " ".join(shown.text.split())


@cache
def harmless() -> tuple[list[str], list[str]]:
    shown = page(render.markdown(filled("harmless")))
    return shown.tags, shown.links


@pytest.mark.parametrize("value", [*HOSTILE, *strings()])
def test_a_report_steers_no_terminal(value: str) -> None:
    text = render.markdown(filled(value))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]", text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab1 .:/@#$*_~`<>|&;!?=+-()[]{}\\\"'w\n\u202e\u200b\x1bé", max_size=40))
@pytest.mark.parametrize("frame", ["{}", "> {}", "- {}", "x *{}* y", "| a |\n| - |\n| {} |"])
def test_escaped_text_reads_as_it_was(frame: str, text: str) -> None:
    if visible(text):
        shown, plain = page(frame.replace("{}", inline(text))), page(frame.replace("{}", "ab"))
        assert shown.tags == plain.tags
        assert shown.text == plain.text.replace("ab", visible(text))
        assert not AFTER_PARSING.search(shown.loose)


@pytest.mark.parametrize(
    "text",
    [
        "Accuracy drops by 23.6% (p<0.05), from 0.4 to 0.1; see Sec. 3.",
        "GPT-4o reaches pass@1 of 50 on snake_case names, AT&T's data and 2 * 3 runs!",
        '~20 % of models, A/B-tested at 12:30, answer "don\'t know".',
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert inline(text) == text


def test_what_steers_is_spelled_out_and_what_is_not_seen_is_gone() -> None:
    assert visible("a\x1b[31mb\u202ec\u200bd\x00\r\ne") == "a\\x1b[31mb\\u202ecd e"


def test_code_holds_any_text() -> None:
    for text in ("a`b", "``", "", "x|y"):
        assert page(f"see {code(text)} there").text.strip() in (f"see {text} there", "see    there", "see   there")


def test_links_go_to_the_exact_version_and_only_to_arxiv() -> None:
    assert paper_link("2505.14810", 2) == "[2505.14810v2](https://arxiv.org/abs/2505.14810v2)"
    assert paper_link("2505.14810") == "[2505.14810](https://arxiv.org/abs/2505.14810)"
    assert paper_link("hep-th/9901001", 1) == "[hep-th/9901001v1](https://arxiv.org/abs/hep-th/9901001v1)"
    assert paper_link("](http://127.0.0.1:9/)") == r"\](`http://127.0.0.1:9/`)"
    links = page(render.markdown(whole())).links
    assert {link.split("/abs/")[0] for link in links if not link.startswith("#")} == {"https://arxiv.org"}


def test_links_within_the_report_lead_to_headings() -> None:
    text = render.markdown(whole())
    titles = [line.lstrip("# ").lower() for line in text.splitlines() if line.startswith("#")]
    headings = {re.sub(r"[^\w -]", "", title).replace(" ", "-") for title in titles}
    within = [link[1:] for link in page(text).links if link.startswith("#")]
    assert within
    assert set(within) <= headings


def test_a_claim_that_is_called_like_a_heading_is_linked_by_githubs_second_anchor() -> None:
    built = twin.build(a_summary(), [twin.entry(a_retest(a_claim("what-changed")), None)])
    assert "[what-changed](#what-changed-1)" in render.markdown(built)


def test_sections_stand_in_the_promised_order() -> None:
    text = render.markdown(whole())
    order = [line for line in text.splitlines() if line.startswith("## ")]
    assert order == [
        "## What changed",
        "## What needs a person",
        "## Claim by claim",
        "## Strongest work of the last six months against the claims",
        "## Citations that could not be grounded",
        "## Research questions",
        "## Coverage and gaps",
        "## Provenance and cost",
    ]
    assert text.index("> **Note:** The quotes are from summaries") < text.index("| claim |") < text.index(order[0])


def test_same_twin_same_bytes_also_out_of_json() -> None:
    assert render.markdown(whole()) == render.markdown(json.loads(json.dumps(whole())))


def test_first_report_has_nothing_to_compare_with() -> None:
    text = render.markdown(twin.build(a_summary(), [relaxed(), untested()]))
    assert "First report: nothing to compare with." in text
    assert "first test" not in text


def test_no_change_is_said() -> None:
    assert "No verdict changed since the last report." in render.markdown(twin.build(a_summary(), [holding()]))


def test_a_change_is_shown_in_the_table_and_traced_to_its_papers() -> None:
    text = render.markdown(whole())
    assert (
        "| ▼ relaxed → **contested** | contested | contested | [2610.00021v1](https://arxiv.org/abs/2610.00021v1), 2026-10-12 |"
        in text
    )
    changed = text.split("## What changed")[1].split("##")[0]
    assert "relaxed → **contested**, since 2026-11-15" in changed
    assert (
        "**New paper** [2610.00021v1](https://arxiv.org/abs/2610.00021v1), 2026-10-12, *Gadgets at night: a replication*"
        in changed
    )
    assert "refutes the claim.\n\n    > The effect is there." in changed
    assert "**What was looked at**: all was looked at → 12 things could not be looked at." in changed
    assert "old-claim: no longer in claims.yaml; its history is kept" in changed
    assert "[price](#price): not retested this time; shown as of 2026-11-08" in changed


def test_an_edited_claim_is_not_compared_with_its_old_text() -> None:
    edited = twin.entry(a_retest(a_claim()), None, edited=True)
    text = render.markdown(twin.build(a_summary(), [edited]))
    assert "its text was edited" in text
    assert "First report" not in text


def test_what_needs_a_person_names_reasons_anchors_gaps_and_due_dates() -> None:
    due = twin.entry(a_retest(a_claim("due", review_by=date(2026, 11, 22))), None)
    early = twin.entry(a_retest(a_claim("early", review_by=date(2026, 11, 23))), None)
    text = render.markdown(twin.build(a_summary(), [relaxed(), unknown(), unjudged(), due, early]))
    needs = text.split("## What needs a person")[1].split("## ")[0]
    assert "first verdict, resting on single readings" in needs
    assert "anchor 2401.99999: not found; arXiv does not know this id; suggested instead: [2402.00007v3]" in needs
    assert "reading of 2609.00060v1, 2609.00061v1, 2609.00062v1, 2609.00063v1, 2609.00064v1 and 7 more" in needs
    assert "2 newer papers bear on it; a person or a model must read them" in needs
    assert "its review_by date, 2026-11-22, has come" in needs
    assert "[early]" not in needs
    assert "model is overloaded" not in needs


def test_nothing_needs_a_person() -> None:
    text = render.markdown(twin.build(a_summary(), [holding()]))
    assert "## What needs a person\n\nNothing.\n" in text
    assert "0 claims need a person" in text


def test_nothing_found_and_could_not_look_read_differently() -> None:
    nothing = render.claim_section(whole(), "colour")
    assert "Nothing was found, and nothing was left unlooked at." in nothing
    assert "Not looked at" not in nothing
    assert "No newer paper was found to bear on it.\n" in nothing
    blind = render.claim_section(whole(), "hum")
    assert "**unknown**. Last known as holds on 2026-11-15." in blind
    assert "**Not looked at:** reading of 2609.00060v1" in blind
    assert "left unlooked at" not in blind
    assert "among what was looked at" in blind


def test_an_unanswered_side_question_does_not_block() -> None:
    gap = a_gap("further search phrases", blocks=False)
    text = render.markdown(twin.build(a_summary(), [twin.entry(a_retest(a_claim(), gaps=[gap]), None)]))
    assert "**Not looked at:** further search phrases" in text
    assert "Complete: nothing that a verdict needs was left unlooked at." in text


@pytest.mark.parametrize(
    ("stances", "blocked", "expected"),
    [
        ("rr", False, "2 newer papers refute → overturned: at least two papers refute it"),
        ("rr", True, "2 newer papers refute → contested: at least one paper refutes it. Not overturned: something could not be"),
        (
            "rrs",
            False,
            "2 newer papers refute, 1 supports → contested: at least one paper refutes it. Not overturned: that takes four",
        ),
        ("r", False, "1 newer paper refutes → contested: at least one paper refutes it. Not overturned: one paper alone never"),
        ("us", False, "1 newer paper supersedes, 1 supports → superseded: no paper refutes it"),
        ("xx", False, "2 newer papers relax → relaxed: no paper refutes it"),
        ("s", False, "1 newer paper supports → holds: it is supported"),
        ("s", True, "1 newer paper supports → unknown: something could not be looked at, and it may speak against it."),
        ("", False, "No newer paper counts → untested: it was searched in full"),
        ("", True, "No newer paper counts → unknown: something could not be looked at"),
    ],
)
def test_how_a_verdict_was_reached_names_the_tally_and_the_rule(stances: str, blocked: bool, expected: str) -> None:
    names = {"r": Stance.REFUTES, "s": Stance.SUPPORTS, "x": Stance.RELAXES, "u": Stance.SUPERSEDES}
    items = [piece(names[letter], f"2609.0000{at}") for at, letter in enumerate(stances, 1)]
    built = twin.build(a_summary(), [twin.entry(a_retest(a_claim(), items, [a_gap()] if blocked else []), None)])
    assert expected in render.claim_section(built, "gadgets")


def test_a_flip_that_awaits_review_shows_both_verdicts() -> None:
    reasons = ("would change on one reading that no second one confirmed: 2609.00001v1",)
    retest = a_retest(a_claim(), [piece(Stance.REFUTES)], verdict=Verdict.HOLDS, needs_review=reasons)
    text = render.claim_section(twin.build(a_summary(), [twin.entry(retest, None)]), "gadgets")
    assert "By today's readings alone it would be contested; it stays holds until a person has looked." in text
    assert "**Needs a person:** would change on one reading" in text


def test_evidence_says_whether_it_counts_and_why_not() -> None:
    items = [
        piece(Stance.REFUTES, "2609.00001", part=Part.PERISHABLE),
        piece(Stance.SUPPORTS, "2609.00002", asserted=False),
        piece(Stance.SUPPORTS, "2609.00003", sentences=(99,)),
        piece(Stance.SUPPORTS, "2609.00004", sentences=()),
        piece(Stance.SUPPORTS, "2609.00005", trusted=False),
        piece(Stance.SUPPORTS, "2609.00006", comment="This paper has been withdrawn by the authors."),
        piece(Stance.SUPPORTS, "2609.00007", flags=frozenset({"invisible", "odd_flag"})),
    ]
    built = twin.build(a_summary(), [twin.entry(a_retest(a_claim(perishable="Now."), items), None)])
    lines = {
        m[1]: line
        for line in render.claim_section(built, "gadgets").splitlines()
        if (m := re.match(r"- \*\*.*0000(\d)v1\]", line))
    }
    assert "Counted (for the claim as a whole as: relaxes); its own finding" in lines["1"]
    assert "Not counted: the paper reports another's finding" in lines["2"]
    assert "Not counted: the judge pointed at a sentence that is not in the paper" in lines["3"]
    assert "Not counted: the judge pointed at no sentence of the paper" in lines["4"]
    assert "**bears on the claim, leaning to support**" in lines["5"]
    assert "Not counted: it was found, but its stance was not judged" in lines["5"]
    assert "Not counted: the paper was withdrawn" in lines["6"]
    assert "Note: invisible characters were removed from the paper's text; odd_flag." in lines["7"]


def numbered(stance: Stance, abstract: str = "We look. It loses 31 % of its force in 5 gadgets.") -> dict[str, Any]:
    claim = a_claim(text="Gadgets lose 20\u201323 % of their force in more than 12 gadgets.")
    return twin.entry(a_retest(claim, [piece(stance, abstract=abstract)]), None)


@pytest.mark.parametrize("stance", [Stance.SUPPORTS, Stance.SUPERSEDES, Stance.REFUTES, Stance.RELAXES])
def test_figures_that_differ_are_named_below_the_quotes(stance: Stance) -> None:
    text = render.claim_section(twin.build(a_summary(), [numbered(stance)]), "gadgets")
    assert (
        "  > It loses 31 % of its force in 5 gadgets.\n\n"
        "  Figures differ: the claim says 20\u201323 %, these sentences say 31 %; "
        "the claim says more than 12 gadgets, these sentences say 5 gadgets.\n\n"
        "  The judge's words:"
    ) in text


@pytest.mark.parametrize("abstract", ["We look. It loses 21.5 % of its force.", "We look. It loses its force."])
def test_figures_that_agree_or_have_no_counterpart_are_not_named(abstract: str) -> None:
    text = render.claim_section(twin.build(a_summary(), [numbered(Stance.SUPPORTS, abstract)]), "gadgets")
    assert "Figures differ" not in text


def test_an_earlier_retest_that_compared_no_figures_is_still_shown() -> None:
    earlier = json.loads(json.dumps(numbered(Stance.SUPPORTS)))
    for shown in earlier["evidence"]:
        del shown["figures"]
    text = render.markdown(twin.build(a_summary(carried=(earlier,)), [holding()]))
    assert "It loses 31 % of its force" in text
    assert "Figures differ" not in text


@pytest.mark.parametrize("value", HOSTILE)
def test_nobodys_figures_do_anything_in_a_report(value: str) -> None:
    def shown(value: str) -> Skeleton:
        entry = numbered(Stance.SUPPORTS)
        entry["evidence"][0]["figures"] = [{"claim": value, "paper": [value, value], "agrees": False}]
        return page(render.markdown(twin.build(a_summary(), [entry])))

    assert (shown(value).tags, shown(value).links) == (shown("harmless").tags, shown("harmless").links)
    assert not AFTER_PARSING.search(shown(value).loose)


def test_beyond_eight_pieces_and_what_does_not_count_are_folded() -> None:
    before, folded = render.claim_section(whole(), "night-force").split(
        "<details>\n<summary>6 more pieces of evidence, 4 counted"
    )
    assert before.count("\n- **supports the claim**") + before.count("\n- **refutes the claim**") == 7
    assert "Gadgets in the cold" in folded
    assert "Gadgets in the cold" not in before


def test_a_carried_claim_without_its_day_is_still_shown() -> None:
    carried = twin.entry(a_retest(a_claim("old")), None)
    text = render.markdown(twin.build(a_summary(carried=(carried,)), [holding()]))
    assert "[old](#old): not retested this time; shown as of an earlier day." in text


def test_cost_is_told_apart_from_no_price_and_no_call() -> None:
    def cost(usage: Usage) -> str:
        return render.markdown(twin.build(a_summary(usage=usage), [])).split("- Model: ")[1].split("\n")[0]

    assert cost(Usage(2, 1000, 10, 0.5)).startswith("2 calls, 1,000 tokens in, 10 out, 0.5000 USD;")
    assert cost(Usage(2, 1000, 10, estimated=True)).startswith(
        "2 calls, 1,000 tokens in, 10 out (partly estimated, upwards), no price set;"
    )
    assert cost(Usage()).startswith("none was called;")


def test_a_claim_that_is_not_in_the_report_is_named_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="no claim 'nope' in the report of 2026-11-22; it has: night-force, two-hands"):
        render.claim_section(whole(), "nope")


def test_a_value_that_is_missing_is_an_error_never_a_blank() -> None:
    built = whole()
    built["claims"][0]["asserted"] = None
    with pytest.raises(TypeError, match="would print NoneType"):
        render.markdown(built)


def test_long_reports_stay_under_200_kilobytes_and_say_what_they_left_out() -> None:
    items = [piece(Stance.SUPPORTS, f"2609.{n:05}", abstract=f"Short. {'Long ' * 60}end. More.") for n in range(1, 21)]
    entry = twin.entry(a_retest(a_claim(), items), kept(a_retest(a_claim(), items)))
    for count in (12, 40, 500):
        text = render.markdown(twin.build(a_summary(), [{**entry, "id": f"claim-{n}"} for n in range(count)]))
        assert len(text.encode()) < 200_000
        assert ("JSON twin" in text) == (count > 12)


def test_a_report_of_which_every_claim_is_long_and_needs_a_person_stays_under_200_kilobytes_too() -> None:
    claim = a_claim(text="Long " * 300, durable="Durable " * 200, perishable="Perishable " * 200)
    items = [piece(Stance.REFUTES, f"2609.{n:05}", title="Title " * 60, abstract=f"A. {'Long ' * 300}. B.") for n in range(1, 6)]
    anchors = (a_check(Grounding.MISCITED, "its abstract says the contrary, " * 20),)
    retest = a_retest(claim, items, [a_gap(why="the model did not answer")], anchors=anchors, needs_review=("one reading " * 30,))
    entry = twin.entry(retest, kept(a_retest(claim, [piece(Stance.SUPPORTS)])))
    text = render.markdown(twin.build(a_summary(), [{**entry, "id": f"claim-{n}"} for n in range(500)]))
    assert len(text.encode()) < 200_000
    assert "left to the JSON twin" in text
    assert "more claims need a person; see the JSON twin" in text
