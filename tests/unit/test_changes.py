"""Changes: each cause told apart, and what decided computed by the rule."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from claimcheck.domain.evidence import Evidence, Stance
from claimcheck.domain.gap import Gap
from claimcheck.domain.grounding import Grounding
from claimcheck.domain.verdict import RULES_VERSION, Verdict
from claimcheck.ports import JudgeName
from claimcheck.report import change_words, render, twin
from claimcheck.report.changes import Cause, Move, moves
from claimcheck.report.diff import diff, history
from tests.unit.test_render import HOSTILE, page
from tests.unit.test_twin import TODAY, a_check, a_claim, a_gap, a_paper, a_retest, a_summary, kept, piece

SUPPORT, REFUTE = piece(Stance.SUPPORTS, "2609.00001"), piece(Stance.REFUTES, "2610.00002", date(2026, 10, 2))
JUDGE = JudgeName("openai", "some-model", "abc")


def entry(items: Sequence[Evidence] = (), gaps: Sequence[Gap] = (), judge: JudgeName = JUDGE, **more: Any) -> dict[str, Any]:
    claim = more.pop("claim", a_claim())
    return twin.entry(a_retest(claim, items, gaps, **more), None, judge=judge)


def told(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str | None, bool]]:
    return [(move.cause.value, move.paper_id, move.decided) for move in moves(before, after)]


def test_nothing_is_different() -> None:
    assert moves(entry([SUPPORT]), entry([SUPPORT])) == ()


def test_a_new_paper_that_flips_the_verdict_decided() -> None:
    (move,) = moves(entry([SUPPORT]), entry([SUPPORT, REFUTE]))
    assert (move.cause, move.before, move.after, move.decided) == (Cause.NEW_PAPER, None, "refutes the claim", True)
    assert (move.paper_id, move.version, move.published) == ("2610.00002", 1, "2026-10-02")
    assert (move.quote, move.where) == ("The effect is there.", "abstract")


def test_a_new_paper_that_leaves_the_verdict_did_not_decide() -> None:
    more = piece(Stance.SUPPORTS, "2610.00009")
    assert told(entry([SUPPORT]), entry([SUPPORT, more])) == [("new_paper", "2610.00009", False)]


def test_what_decided_is_told_from_what_came_along() -> None:
    more = piece(Stance.SUPPORTS, "2610.00009")
    assert told(entry([SUPPORT]), entry([more, SUPPORT, REFUTE])) == [
        ("new_paper", "2610.00002", True),
        ("new_paper", "2610.00009", False),
    ]


def test_papers_that_overturn_only_together_decided_together() -> None:
    refuting = [piece(Stance.REFUTES, f"2610.0000{n}") for n in range(1, 9)]
    found = moves(entry([SUPPORT]), entry([SUPPORT, *refuting]))
    assert entry([SUPPORT, *refuting])["verdict"] == "overturned"
    assert [move.decided for move in found] == [True] * 8


def test_a_new_version_that_says_otherwise() -> None:
    again = replace(SUPPORT, stance=Stance.REFUTES, paper=replace(SUPPORT.paper, version=2))
    (move,) = moves(entry([SUPPORT]), entry([again]))
    assert (move.cause, move.before, move.after) == (Cause.NEW_VERSION, "supports the claim", "refutes the claim")
    assert (move.version, move.decided) == (2, True)


def test_a_new_version_that_says_the_same_is_no_change() -> None:
    assert moves(entry([SUPPORT]), entry([replace(SUPPORT, paper=replace(SUPPORT.paper, version=2))])) == ()


def test_a_withdrawn_paper_is_told_from_one_that_is_gone() -> None:
    withdrawn = replace(SUPPORT, flags=SUPPORT.flags | {"withdrawn"})
    assert told(entry([SUPPORT]), entry([withdrawn])) == [("withdrawn", "2609.00001", True)]
    assert told(entry([SUPPORT]), entry([])) == [("gone", "2609.00001", True)]


def test_the_same_version_read_once_more_by_the_same_judge() -> None:
    again = replace(SUPPORT, stance=Stance.REFUTES)
    assert told(entry([SUPPORT]), entry([again])) == [("reread", "2609.00001", True)]


def test_another_model_that_reads_otherwise() -> None:
    again = replace(SUPPORT, stance=Stance.REFUTES)
    other = JudgeName("openai", "other-model", "abc")
    found = moves(entry([SUPPORT]), entry([again], judge=other))
    assert [(m.cause, m.paper_id, m.decided) for m in found] == [(Cause.JUDGE, "2609.00001", True), (Cause.JUDGE, None, False)]
    assert (found[1].before, found[1].after) == ("openai some-model, prompt abc", "openai other-model, prompt abc")


def test_changed_rules_decide_where_the_same_evidence_came_to_another_verdict() -> None:
    unjudged = piece(Stance.SUPPORTS, "2609.00003", trusted=False)
    before = {**entry([SUPPORT, unjudged]), "verdict": "holds", "computed_verdict": "holds"}
    before["provenance"] = {**before["provenance"], "rules": "1"}
    found = moves(before, entry([SUPPORT, unjudged]))
    assert [(move.cause, move.before, move.after) for move in found] == [(Cause.RULES, "rules 1", f"rules {RULES_VERSION}")]
    assert found[0].decided


def test_a_reworded_claim_is_named_before_its_papers() -> None:
    other = entry([replace(SUPPORT, stance=Stance.REFUTES)], claim=a_claim(text="Gadgets gain force at night."))
    found = moves(entry([SUPPORT]), other)
    assert {move.cause for move in found} == {Cause.CLAIM_TEXT}
    assert ("Gadgets lose 20 % of their force at night.", "Gadgets gain force at night.") in {(m.before, m.after) for m in found}


def test_a_review_is_told_from_a_reading() -> None:
    after = entry([replace(SUPPORT, stance=Stance.REFUTES)])
    after["evidence"][0]["review"] = {"by": "ann", "action": "correct", "reason": "misread", "day": "2026-11-20", "expires": None}
    assert told(entry([SUPPORT]), after) == [("review", "2609.00001", True)]


def test_an_expired_review_is_a_change_too() -> None:
    before = entry([replace(SUPPORT, stance=Stance.REFUTES)])
    before["evidence"][0]["review"] = {
        "by": "ann",
        "action": "correct",
        "reason": None,
        "day": "2026-06-01",
        "expires": "2026-11-01",
    }
    assert told(before, entry([SUPPORT])) == [("review", "2609.00001", True)]


def test_what_could_not_be_looked_at_moves_a_verdict() -> None:
    (move,) = moves(entry([SUPPORT]), entry([SUPPORT], [a_gap()]))
    assert (move.cause, move.decided) == (Cause.SEARCH, True)
    assert (move.before, move.after) == ("all was looked at", "1 thing could not be looked at")


def test_a_flip_that_comes_to_wait_and_is_confirmed() -> None:
    waiting = entry([SUPPORT, REFUTE], verdict=Verdict.HOLDS, needs_review=("one reading",))
    first = moves(entry([SUPPORT]), waiting)
    assert Cause.CONFIRMED in {move.cause for move in first}
    assert "contested awaits confirmation, holds stays" in {move.after for move in first}
    (confirmed,) = moves(waiting, entry([SUPPORT, REFUTE]))
    assert (confirmed.cause, confirmed.decided) == (Cause.CONFIRMED, True)


def test_an_anchor_that_drifted_decides_nothing() -> None:
    drifted = (a_check(Grounding.WITHDRAWN, "withdrawn", paper=a_paper("2505.00123", version=3, title="Gadgets at dawn")),)
    (move,) = moves(entry([SUPPORT]), entry([SUPPORT], anchors=drifted))
    assert (move.cause, move.decided) == (Cause.ANCHOR, False)
    assert move.after == "version 3, withdrawn, titled 'Gadgets at dawn'"


def test_retests_kept_before_provenance_was_are_still_compared() -> None:
    before = {name: value for name, value in entry([SUPPORT]).items() if name not in ("provenance", "moved_by")}
    assert told(before, entry([SUPPORT, REFUTE])) == [("new_paper", "2610.00002", True)]


@pytest.mark.parametrize(
    "items",
    [
        [],
        [SUPPORT],
        [SUPPORT, REFUTE],
        [piece(Stance.SUPPORTS, trusted=False)],
        [piece(Stance.SUPERSEDES, "2609.00002"), SUPPORT],
    ],
)
def test_the_verdict_can_be_computed_again_from_the_twin(items: list[Evidence]) -> None:
    from claimcheck.report.changes import _state

    for gaps in ([], [a_gap()]):
        shown = entry(items, gaps)
        assert _state(shown).verdict == shown["computed_verdict"]


def two() -> tuple[dict[str, Any], dict[str, Any]]:
    claims = [a_claim(name) for name in ("flips", "stays", "moves", "gone", "new")]
    flips, stays, moving, gone, new = claims
    before = [entry([SUPPORT], claim=flips), entry([], claim=stays), entry([SUPPORT], claim=moving), entry([], claim=gone)]
    more = piece(Stance.SUPPORTS, "2610.00009")
    after = [
        entry([], claim=stays),
        entry([SUPPORT, REFUTE], claim=flips),
        entry([SUPPORT, more], claim=moving),
        entry([], claim=new),
    ]
    return twin.build(a_summary(day=date(2026, 11, 15)), before), twin.build(a_summary(), after)


def test_a_diff_leads_with_what_flipped_and_counts_the_rest() -> None:
    found = diff(*two())
    assert [(row["id"], row["change"]) for row in found["claims"]] == [
        ("flips", "flipped"),
        ("new", "new"),
        ("gone", "removed"),
        ("moves", "moved"),
        ("stays", "same"),
    ]
    assert (found["from"], found["to"]) == ("2026-11-15", "2026-11-22")
    assert json.loads(json.dumps(found)) == found


def test_a_diff_reads_well_in_a_terminal() -> None:
    assert change_words.diff_text(diff(*two())).splitlines() == [
        "2026-11-15 → 2026-11-22: 1 verdict changed, 1 claim new, 1 claim removed, 1 claim with other evidence and the same"
        " verdict, 1 unchanged",
        "",
        "flips  ▼ holds → contested",
        "  * new paper 2610.00002v1, 2026-10-02, A study of gadgets, number 02: refutes the claim",
        "      “The effect is there.”",
        "",
        "new  new: untested",
        "",
        "gone  removed; it was untested",
        "",
        "moves  stays holds",
        "    new paper 2610.00009v1, 2026-09-01, A study of gadgets, number 09: supports the claim",
        "",
        "* marks what the verdict moved by: without it, or by it alone, the rule gives another.",
    ]


def test_a_diff_as_markdown_links_the_papers() -> None:
    text = render.diff_page(diff(*two()))
    assert text.startswith("# What changed from 2026-11-15 to 2026-11-22\n\n1 verdict changed,")
    assert "- ▼ **flips**: holds → **contested**.\n  - **New paper** [2610.00002v1](https://arxiv.org/abs/2610.00002v1)" in text
    assert "stays\n" not in text


def test_a_history_names_what_moved_each_verdict() -> None:
    week = [
        kept(a_retest(a_claim(), items), date(2026, 11, day))
        for day, items in ((8, [SUPPORT]), (15, [SUPPORT]), (22, [SUPPORT, REFUTE]))
    ]
    assert change_words.history_text(history(week)).splitlines() == [
        "2026-11-08    holds",
        "2026-11-15    holds",
        "2026-11-22  ▼ contested",
        "  * new paper 2610.00002v1, 2026-10-02, A study of gadgets, number 02: refutes the claim",
        "      “The effect is there.”",
        "",
        "* marks what the verdict moved by: without it, or by it alone, the rule gives another.",
    ]
    text = render.history_page("gadgets", history(week))
    assert text.index("2026-11-22: ▼ **contested**") < text.index("2026-11-08: **holds**")


def test_an_edited_claim_is_told_in_its_history() -> None:
    rows = history([kept(a_retest(a_claim(), [SUPPORT])), kept(a_retest(a_claim(text="Other."), [SUPPORT]), TODAY)])
    assert [move["cause"] for move in rows[1]["moves"]] == ["claim_text"]


@pytest.mark.parametrize("value", HOSTILE)
def test_nobodys_text_does_anything_in_a_diff(value: str) -> None:
    def shown(value: str) -> tuple[str, str]:
        hostile = replace(REFUTE, paper=replace(REFUTE.paper, title=value), quotes=(replace(REFUTE.quotes[0], text=value),))
        after = entry([hostile], claim=a_claim(text=value))
        found = diff(*(twin.build(a_summary(), [one]) for one in (entry([SUPPORT]), after)))
        return render.diff_page(found), change_words.diff_text(found)

    ours, plain = shown(f"x{value}"), shown("harmless")
    assert (page(ours[0]).tags, page(ours[0]).links) == (page(plain[0]).tags, page(plain[0]).links)
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in ours[1].replace("\n", ""))


def test_moves_are_plain_json() -> None:
    move = Move(Cause.GONE, before="supports the claim", paper_id="2609.00001")
    assert json.loads(json.dumps(move.as_json()))["cause"] == "gone"
