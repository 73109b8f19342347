"""The JSON twin: DESIGN's keys, verbatim texts, and an order that is chosen."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from claimcheck.domain.claim import Anchor, Claim, Part
from claimcheck.domain.dates import PartialDate, Window
from claimcheck.domain.evidence import Evidence, Reading, Stance, Usage, evidence
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.grounding import AnchorCheck, Grounding, Suggestion
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.retest import Coverage, Retest
from claimcheck.domain.verdict import Verdict, decide_claim
from claimcheck.ports import JudgeName, KeptRetest, Question, RunSummary
from claimcheck.report import twin

TODAY = date(2026, 11, 22)
LAST_WEEK = date(2026, 11, 15)

CLAIM_KEYS = (
    "id inquiry text asserted verdict previous_verdict needs_review confidence parts anchors evidence coverage gaps "
    "computed_verdict previous_day edited needs_review_reasons tally newly_counted no_longer_counted missing_numbers "
    "falsified_by review_by search provenance moved_by"
).split()


def a_paper(id: str = "2609.00001", day: date | None = date(2026, 9, 1), **more: Any) -> Paper:
    given: dict[str, Any] = {
        "title": f"A study of gadgets, number {id[-2:]}",
        "abstract": f"We measure gadgets in setting {id[-2:]}. The effect is there. It is stronger at night.",
        "version": 1,
        "published": day,
    }
    return Paper(id=id, **{**given, **more})


def piece(stance: Stance, id: str = "2609.00001", day: date | None = date(2026, 9, 1), **more: Any) -> Evidence:
    """A reading of an invented paper: what `Reading` does not know goes to the paper."""
    of_reading = {name: more.pop(name) for name in Reading.__dataclass_fields__ if name in more}
    given: dict[str, Any] = {"sentences": (2,), "confidence": 0.8, "reason": "The second sentence says so."}
    return evidence(a_paper(id, day, **more), Reading(stance, **{**given, **of_reading}))


def a_claim(id: str = "gadgets", **more: Any) -> Claim:
    given: dict[str, Any] = {
        "inquiry": "gadgets-at-night",
        "text": "Gadgets lose 20 % of their force at night.",
        "asserted": PartialDate.parse("2025-05"),
        "anchors": (Anchor("2505.00123"),),
    }
    return Claim(id=id, **{**given, **more})


def a_check(grounding: Grounding = Grounding.GROUNDED, reason: str = "its abstract says so", **more: Any) -> AnchorCheck:
    found = a_paper("2505.00123", date(2025, 5, 20), version=2, title="Gadgets after dark")
    given: dict[str, Any] = {"anchor": Anchor("2505.00123"), "paper": found, "asked": TODAY}
    return AnchorCheck(grounding=grounding, reason=reason, **{**given, **more})


def a_retest(claim: Claim, items: Sequence[Evidence] = (), gaps: Sequence[Gap] = (), **more: Any) -> Retest:
    decisions = decide_claim(claim, items, not any(gap.blocks for gap in gaps))
    computed = decisions[Part.WHOLE].verdict
    counted = sum(item.counted for item in items)
    given: dict[str, Any] = {
        "verdict": computed,
        "needs_review": (),
        "anchors": (a_check(),),
        "coverage": Coverage(("claim: gadgets night",), Window(date(2025, 5, 1), TODAY), 90, 40, 20, counted),
        "computed": computed,
    }
    return Retest(claim=claim, decisions=decisions, evidence=tuple(items), gaps=tuple(gaps), **{**given, **more})


def kept(retest: Retest, day: date = LAST_WEEK) -> KeptRetest:
    """The retest as the ledger gives it back: through JSON."""
    entry = json.loads(json.dumps({**twin.entry(retest, None), "retested": day.isoformat()}))
    return KeptRetest(1, day, retest.claim.id, retest.claim.fingerprint, retest.verdict, retest.complete, entry)


def a_summary(**more: Any) -> RunSummary:
    given: dict[str, Any] = {"day": TODAY, "judge": JudgeName("openai", "some-model", "abc123"), "claims_hash": "def456"}
    return RunSummary(**{**given, **more})


def a_gap(what: str = "reading of 2609.00009v1", **more: Any) -> Gap:
    given: dict[str, Any] = {"why": "the model did not answer in 120 s", "kind": GapKind.JUDGE, "claim_id": "gadgets"}
    return Gap(what, **{**given, **more})


def test_entry_has_the_keys_that_other_programs_rely_on() -> None:
    claim = a_claim(durable="Force comes from light.", review_by=date(2026, 12, 1), search=("night gadgets",))
    entry = twin.entry(a_retest(claim, [piece(Stance.REFUTES)]), None)
    assert list(entry) == CLAIM_KEYS
    assert list(entry["anchors"][0])[:7] == ["id", "version", "title", "published", "grounding", "reason", "suggested_id"]
    assert list(entry["evidence"][0])[:12] == (
        "paper_id version title published stance part asserted quotes confidence grounding counted flags".split()
    )
    assert list(entry["coverage"]) == ["queries", "window", "identified", "screened", "read", "counted"]
    assert entry["asserted"] == "2025-05"
    assert entry["coverage"]["window"] == ["2025-05-01", "2026-11-22"]
    assert entry["parts"]["durable"] == {"text": "Force comes from light.", "verdict": "contested"}
    assert entry["parts"]["perishable"] == {"text": None, "verdict": None}
    assert entry["review_by"] == "2026-12-01"


def test_entry_is_plain_json_and_survives_it_unchanged() -> None:
    suggestion = Suggestion(a_paper("2401.00007"), None)
    retest = a_retest(a_claim(), [piece(Stance.REFUTES)], [a_gap()], anchors=(a_check(suggestion=suggestion),))
    entry = twin.entry(retest, kept(retest))
    assert json.loads(json.dumps(entry, allow_nan=False)) == entry


def test_quotes_are_verbatim() -> None:
    abstract = "We find <b>*this*</b> | & $x_1$ @night. It holds."
    entry = twin.entry(a_retest(a_claim(), [piece(Stance.SUPPORTS, abstract=abstract, sentences=(1,))]), None)
    (quote,) = entry["evidence"][0]["quotes"]
    assert quote["text"] == abstract[quote["start"] : quote["end"]] == "We find <b>*this*</b> | & $x_1$ @night."


def test_a_claims_figures_stand_beside_those_of_the_quoted_sentences() -> None:
    abstract = "We ask 31 % of all. It loses 31 % of its force. In 5 gadgets it is 19.6 %."
    other, same = (
        piece(Stance.SUPERSEDES, "2609.00001", abstract=abstract, sentences=(2,)),
        piece(Stance.SUPPORTS, "2609.00002", abstract=abstract, sentences=(2, 3)),
    )
    first, second = twin.entry(a_retest(a_claim(), [other, same]), None)["evidence"]
    assert first["figures"] == [{"claim": "20 %", "paper": ["31 %"], "agrees": False}]
    assert second["figures"] == [{"claim": "20 %", "paper": ["31 %", "19.6 %"], "agrees": True}]


def test_figures_without_a_counterpart_are_not_compared() -> None:
    (shown,) = twin.entry(a_retest(a_claim(), [piece(Stance.SUPPORTS)]), None)["evidence"]
    assert shown["figures"] == []


def test_papers_that_say_nothing_of_the_claim_are_left_out() -> None:
    plain = piece(Stance.NOT_ENOUGH_INFO, "2609.00001", sentences=(), bears=False)
    entry = twin.entry(a_retest(a_claim(), [plain]), None)
    assert entry["evidence"] == []
    assert entry["verdict"] == "untested"


@pytest.mark.parametrize(
    "odd",
    [
        piece(Stance.NOT_ENOUGH_INFO, sentences=(99,), bears=False),
        piece(Stance.SUPPORTS, sentences=()),
        piece(Stance.NOT_ENOUGH_INFO, trusted=False),
        piece(Stance.NOT_ENOUGH_INFO, bears=False, flags=frozenset({"unknown_id_in_reason"})),
        piece(Stance.SUPPORTS, withdrawal=Withdrawal(1, None, "comment")),
    ],
    ids=["quarantined", "ungrounded", "unjudged", "struck_out", "withdrawn"],
)
def test_what_bears_or_could_not_be_tied_is_shown_though_it_does_not_count(odd: Evidence) -> None:
    (shown,) = twin.entry(a_retest(a_claim(), [odd]), None)["evidence"]
    assert not shown["counted"]


def test_evidence_that_decided_comes_first_then_the_surest_then_the_newest_whatever_order_it_came_in() -> None:
    items = [
        piece(Stance.SUPPORTS, "2609.00001", confidence=0.99),
        piece(Stance.REFUTES, "2609.00002", confidence=0.5),
        piece(Stance.REFUTES, "2609.00003", confidence=0.9),
        piece(Stance.REFUTES, "2609.00005", date(2026, 10, 1), confidence=0.5),
        piece(Stance.REFUTES, "2609.00004", confidence=0.5),
        piece(Stance.REFUTES, "2609.00006", confidence=1.0, asserted=False),
    ]
    first, second = (twin.entry(a_retest(a_claim(), order), None)["evidence"] for order in (items, items[::-1]))
    assert [p["paper_id"][-1] for p in first] == ["3", "5", "2", "4", "1", "6"]
    assert first == second


def test_a_perishable_part_that_fell_counts_for_the_claim_as_relaxed() -> None:
    claim = a_claim(perishable="Only at night.")
    entry = twin.entry(a_retest(claim, [piece(Stance.REFUTES, part=Part.PERISHABLE)]), None)
    (shown,) = entry["evidence"]
    assert (shown["stance"], shown["counts_as"], shown["decisive"]) == ("refutes", "relaxes", True)
    assert (entry["verdict"], entry["parts"]["perishable"]["verdict"]) == ("relaxed", "contested")


def test_dates_are_shown_only_as_precisely_as_they_are_known() -> None:
    entry = twin.entry(a_retest(a_claim(), [piece(Stance.SUPPORTS, day=None)]), None)
    assert entry["evidence"][0]["published"] == "2026-09"


def test_a_malformed_anchor_stays_as_it_was_written() -> None:
    check = a_check(Grounding.MALFORMED, "no id", anchor=Anchor("25O5.1"), paper=None)
    anchor = twin.entry(a_retest(a_claim(), anchors=(check,)), None)["anchors"][0]
    assert (anchor["id"], anchor["version"], anchor["title"], anchor["published"]) == ("25O5.1", None, None, None)


def test_a_pinned_anchor_is_named_by_its_paper_and_as_it_was_cited() -> None:
    check = a_check(anchor=Anchor("arXiv:2505.00123v1"))
    anchor = twin.entry(a_retest(a_claim(), anchors=(check,)), None)["anchors"][0]
    assert (anchor["id"], anchor["version"], anchor["cited"]) == ("2505.00123", 2, "arXiv:2505.00123v1")


def test_a_change_names_the_papers_newly_counted_and_those_that_fell_away() -> None:
    gone = piece(Stance.SUPPORTS, "2609.00001")
    before = kept(a_retest(a_claim(), [gone]))
    now = a_retest(
        a_claim(), [replace(gone, flags=gone.flags | {"withdrawn"}), piece(Stance.REFUTES, "2610.00002", date(2026, 10, 2))]
    )
    built = twin.build(a_summary(), [twin.entry(now, before)])
    assert built["changes"] == [
        {"claim": "gadgets", "from": "holds", "to": "contested", "because": ["2610.00002"], "no_longer_counted": ["2609.00001"]}
    ]


def test_a_first_test_and_an_unchanged_verdict_are_no_change() -> None:
    retest = a_retest(a_claim(), [piece(Stance.SUPPORTS)])
    assert twin.build(a_summary(), [twin.entry(retest, None)])["changes"] == []
    assert twin.build(a_summary(), [twin.entry(retest, kept(retest))])["changes"] == []


def test_a_claim_that_was_not_retested_is_marked_and_no_change_is_told_twice() -> None:
    before = kept(a_retest(a_claim(), [piece(Stance.SUPPORTS)]))
    earlier = {**twin.entry(a_retest(a_claim(), [piece(Stance.REFUTES)]), before), "retested": "2026-11-20"}
    built = twin.build(a_summary(carried=(earlier,)), [twin.entry(a_retest(a_claim("other")), None)])
    assert [(c["id"], c["carried"], c["retested"]) for c in built["claims"]] == [
        ("other", False, "2026-11-22"),
        ("gadgets", True, "2026-11-20"),
    ]
    assert built["changes"] == []
    assert "carried" not in earlier


def test_twin_has_the_keys_that_other_programs_rely_on() -> None:
    usage = Usage(3, 1000, 50, 0.0123456789, estimated=True)
    question = Question("And at noon?", ("2609.00001",), "rule")
    summary = a_summary(usage=usage, cached=7, arxiv_requests=4, questions=(question,), notes=("A sample.",), removed=("old",))
    built = twin.build(summary, [twin.entry(a_retest(a_claim()), None)], removed=("older",))
    assert {"schema_version": 1, "generated": "2026-11-22", "complete": True}.items() <= built.items()
    assert built["judge"] == {"kind": "openai", "model": "some-model", "prompt": "abc123"}
    assert built["cost"] == {
        "calls": 3,
        "prompt_tokens": 1000,
        "completion_tokens": 50,
        "usd": 0.012346,
        "cached": 7,
        "estimated": True,
    }
    assert built["runs"] == {"arxiv_requests": 4, "seconds": None}
    assert built["questions"] == [{"text": "And at noon?", "because": ["2609.00001"], "drafted_by": "rule"}]
    assert (built["notes"], built["removed"]) == (["A sample."], ["old", "older"])
    assert twin.build(summary, [], seconds=1.5)["runs"]["seconds"] == 1.5


def test_complete_means_that_no_gap_blocks_anywhere() -> None:
    def complete(of_claim: Sequence[Gap] = (), of_run: Sequence[Gap] = (), carried: Sequence[Gap] = ()) -> bool:
        entries = [twin.entry(a_retest(a_claim(), gaps=of_claim), None)]
        earlier = tuple(twin.entry(a_retest(a_claim("old"), gaps=[gap]), None) for gap in carried)
        return bool(twin.build(a_summary(gaps=tuple(of_run), carried=earlier), entries)["complete"])

    assert complete()
    assert complete([a_gap(blocks=False)], [a_gap(blocks=False, claim_id=None)])
    assert not complete([a_gap()])
    assert not complete((), [a_gap(claim_id=None)])
    assert not complete(carried=[a_gap()])


def test_gaps_of_run_and_claims_stand_together_each_once() -> None:
    of_run, of_claim = a_gap("arXiv", claim_id=None), a_gap()
    built = twin.build(a_summary(gaps=(of_run, of_claim)), [twin.entry(a_retest(a_claim(), gaps=[of_claim]), None)])
    assert [(gap["claim"], gap["what"]) for gap in built["gaps"]] == [(None, "arXiv"), ("gadgets", "reading of 2609.00009v1")]


def test_strongest_is_recent_counted_and_ranked_by_what_it_does() -> None:
    items = [
        piece(Stance.RELAXES, "2609.00001", confidence=0.99),
        piece(Stance.SUPERSEDES, "2609.00002", confidence=0.9),
        piece(Stance.REFUTES, "2609.00003", confidence=0.6),
        piece(Stance.REFUTES, "2609.00004", confidence=0.7, part=Part.DURABLE),
        piece(Stance.SUPPORTS, "2609.00005", confidence=1.0),
        piece(Stance.REFUTES, "2609.00006", confidence=1.0, asserted=False),
        piece(Stance.REFUTES, "2605.00007", date(2026, 5, 22), confidence=1.0),
        piece(Stance.REFUTES, "2605.00008", date(2026, 5, 23), confidence=0.5),
    ]
    strongest = twin.build(a_summary(), [twin.entry(a_retest(a_claim(), items), None)])["strongest"]
    assert [row["paper_id"][-1] for row in strongest] == ["4", "3", "8", "2", "1"]
    assert list(strongest[0])[:4] == ["claim", "paper_id", "stance", "why"]
    assert strongest[0]["why"] == "refutes the durable part of the claim; judge's confidence 0.70; first submitted 2026-09-01"


def test_strongest_holds_at_most_ten() -> None:
    items = [piece(Stance.REFUTES, f"2609.000{n}") for n in range(10, 30)]
    assert len(twin.build(a_summary(), [twin.entry(a_retest(a_claim(), items), None)])["strongest"]) == 10


def test_every_citation_that_could_not_be_grounded_is_listed_with_its_reason() -> None:
    suggestion = Suggestion(a_paper("2401.00007"), None)
    checks = (
        a_check(),
        a_check(Grounding.MISCITED, "says the contrary", suggestion=suggestion),
        a_check(Grounding.UNCHECKED, "arXiv was not asked"),
    )
    items = [
        piece(Stance.SUPPORTS, "2609.00001", sentences=(99,)),
        piece(Stance.SUPPORTS, "2609.00002", sentences=()),
        piece(Stance.SUPPORTS, "2609.00003", flags=frozenset({"unknown_id_in_reason"})),
    ]
    rows = twin.build(a_summary(), [twin.entry(a_retest(a_claim(), items, anchors=checks), None)])["ungrounded"]
    assert [(row["citation"], row["grounding"], row["suggested_id"]) for row in rows] == [
        ("2505.00123", "miscited", "2401.00007"),
        ("2505.00123", "unchecked", None),
        ("2609.00003v1", "unchecked", None),
        ("2609.00001v1", "quarantined", None),
        ("2609.00002v1", "ungrounded", None),
    ]
    assert all(row["reason"] for row in rows)


def test_same_retests_same_bytes_also_out_of_the_ledger() -> None:
    retest = a_retest(a_claim(), [piece(Stance.REFUTES, "2609.00002"), piece(Stance.SUPPORTS)], [a_gap()])
    fresh = kept(retest).entry
    again = json.loads(json.dumps(fresh))
    assert json.dumps(twin.build(a_summary(), [fresh])) == json.dumps(twin.build(a_summary(), [again]))


def test_a_verdict_that_awaits_review_shows_both() -> None:
    retest = a_retest(a_claim(), [piece(Stance.REFUTES)], verdict=Verdict.HOLDS, needs_review=("one reading only",))
    entry = twin.entry(retest, None)
    assert (entry["verdict"], entry["computed_verdict"], entry["needs_review"]) == ("holds", "contested", True)
    assert entry["evidence"][0]["decisive"]


def test_an_edited_claim_is_told_apart() -> None:
    assert twin.entry(a_retest(a_claim()), None, edited=True)["edited"] is True
