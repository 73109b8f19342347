"""What every ledger promises: the suite runs against the fake and against each real store."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from claimcheck.domain.claim import Anchor, Claim, Part
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Quote, Reading, Stance, Usage
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.grounding import AnchorCheck, Grounding, Suggestion
from claimcheck.domain.paper import Paper
from claimcheck.domain.retest import Coverage, Retest
from claimcheck.domain.review import Action, Review, Subject, Target
from claimcheck.domain.verdict import Decision, Tally, Verdict
from claimcheck.ports import Answer, Draft, Judgement, JudgementKey, JudgeName, Ledger, Question, RunSummary
from tests.postgres import postgres

DAY = date(2026, 11, 22)
WEEK = timedelta(days=7)
JUDGE = JudgeName("openai", "a-model", "9f2c")
KEY = JudgementKey("claim-print", "2505.14810", 2, "paper-print", JUDGE, 1, "1")
READING = Reading(
    Stance.RELAXES, Part.PERISHABLE, False, (3, 1), 0.75, "It holds only \u2264 2k tokens.", True, True, frozenset({"b", "a"})
)
JUDGEMENT = Judgement(KEY, Answer(READING, Usage(2, 900, 40, 0.01, True), "a-model-2026", '{"stance": "relaxes"}'), "c1", DAY)
SUMMARY = RunSummary(
    day=DAY,
    judge=JUDGE,
    claims_hash="abcd",
    notes=("Quotes are from summaries.",),
    questions=(Question("Does it hold at \u03bb = 1?", ("2505.14810",), "rule"),),
    gaps=(Gap("papers of cs.CL", "arXiv did not answer", GapKind.SOURCE, None, True), Gap("x", "y", GapKind.PAPER, "c1", False)),
    usage=Usage(3, 10, 20, 0.5, True),
    cached=7,
    arxiv_requests=4,
    carried=({"id": "c9", "evidence": []},),
)


def fake(_: Path) -> Ledger:
    if find_spec("tests.fakes") is None:
        pytest.skip("tests/fakes.py is not there")
    from tests.fakes import FakeLedger

    return FakeLedger()


def sqlite(home: Path) -> Ledger:
    from claimcheck.adapters.ledger import SqlLedger

    return SqlLedger.open(None, home)


def postgresql(home: Path) -> Ledger:
    from claimcheck.adapters.ledger import SqlLedger

    return SqlLedger.open(postgres().new(), home)


@pytest.fixture(params=[fake, sqlite, postgresql])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    factory: Callable[[Path], Ledger] = request.param
    opened = factory(tmp_path)
    yield opened
    getattr(opened, "close", lambda: None)()


def claim(id: str = "c1", text: str = "Longer chains follow fewer instructions.") -> Claim:
    return Claim(id, "i1", text, PartialDate.parse("2025-05"), (Anchor("2505.14810"),))


def retest(of: Claim, verdict: Verdict = Verdict.HOLDS, *gaps: Gap) -> Retest:
    return Retest(of, verdict, {Part.WHOLE: Decision(verdict, Tally(), None)}, (), (), (), Coverage(), gaps)


def run_on(ledger: Ledger, day: date) -> int:
    return ledger.start_run(day, JUDGE, "abcd")


def keep(ledger: Ledger, day: date, of: Retest, note: str = "") -> int:
    run = run_on(ledger, day)
    ledger.keep_retest(run, day, of, {"id": of.claim.id, "note": note})
    return run


def test_an_empty_ledger_has_nothing(ledger: Ledger) -> None:
    assert ledger.judgement(KEY) is None
    assert ledger.draft("phrases", "k") is None
    assert ledger.previous("c1", claim().fingerprint, DAY) is None
    assert ledger.history("c1") == ()
    assert ledger.claim_ids() == ()
    assert ledger.last_run() is None
    assert ledger.retests(1) == ()
    assert ledger.spent(DAY) == Usage()
    assert ledger.unfinished() == Usage()


def test_runs_have_numbers_of_their_own(ledger: Ledger) -> None:
    first, second = run_on(ledger, DAY), run_on(ledger, DAY)
    assert second > first


def test_a_judgement_comes_back_as_it_was_kept(ledger: Ledger) -> None:
    ledger.keep_judgement(run_on(ledger, DAY), JUDGEMENT)
    assert ledger.judgement(KEY) == JUDGEMENT


def test_a_key_is_kept_once(ledger: Ledger) -> None:
    run = run_on(ledger, DAY)
    ledger.keep_judgement(run, JUDGEMENT)
    ledger.keep_judgement(run, replace(JUDGEMENT, answer=Answer(Reading(Stance.REFUTES)), day=DAY + WEEK))
    assert ledger.judgement(KEY) == JUDGEMENT
    assert ledger.spent(DAY + WEEK) == Usage()


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, claim="edited"),
        replace(KEY, paper_id="2505.14811"),
        replace(KEY, version=3),
        replace(KEY, version=None),
        replace(KEY, paper="other-text"),
        replace(KEY, judge=replace(JUDGE, kind="embedded")),
        replace(KEY, judge=replace(JUDGE, model="b-model")),
        replace(KEY, judge=replace(JUDGE, prompt="0000")),
        replace(KEY, attempt=2),
        replace(KEY, rules="2"),
    ],
)
def test_every_part_of_a_key_counts(ledger: Ledger, other: JudgementKey) -> None:
    run = run_on(ledger, DAY)
    ledger.keep_judgement(run, JUDGEMENT)
    assert ledger.judgement(other) is None
    ledger.keep_judgement(run, replace(JUDGEMENT, key=other, claim_id="c2"))
    found = ledger.judgement(other)
    assert found is not None
    assert found.claim_id == "c2"


def test_a_draft_comes_back_as_it_was_kept_first(ledger: Ledger) -> None:
    run = run_on(ledger, DAY)
    draft = Draft("questions", "k", ({"text": "Does it?", "because": ["2505.14810"]}, {}), Usage(1, 2, 3, 0.25), DAY)
    ledger.keep_draft(run, draft)
    ledger.keep_draft(run, replace(draft, texts=(), day=DAY + WEEK))
    assert ledger.draft("questions", "k") == draft
    assert ledger.draft("phrases", "k") is None


def test_an_empty_draft_is_not_a_missing_one(ledger: Ledger) -> None:
    draft = Draft("phrases", "k", (), Usage(1), DAY)
    ledger.keep_draft(run_on(ledger, DAY), draft)
    assert ledger.draft("phrases", "k") == draft


def test_previous_is_the_newest_earlier_day(ledger: Ledger) -> None:
    for weeks, verdict in ((3, Verdict.CONTESTED), (1, Verdict.HOLDS), (2, Verdict.RELAXED), (0, Verdict.UNTESTED)):
        keep(ledger, DAY - weeks * WEEK, retest(claim(), verdict))
    found = ledger.previous("c1", claim().fingerprint, DAY)
    assert found is not None
    assert (found.day, found.verdict) == (DAY - WEEK, Verdict.HOLDS)


def test_previous_of_several_on_one_day_is_the_last_kept(ledger: Ledger) -> None:
    keep(ledger, DAY - WEEK, retest(claim(), Verdict.HOLDS), "first")
    last = keep(ledger, DAY - WEEK, retest(claim(), Verdict.RELAXED), "last")
    found = ledger.previous("c1", claim().fingerprint, DAY)
    assert found is not None
    assert (found.run_id, found.entry) == (last, {"id": "c1", "note": "last"})


def test_previous_passes_over_a_retest_that_could_not_look(ledger: Ledger) -> None:
    keep(ledger, DAY - 2 * WEEK, retest(claim()))
    keep(ledger, DAY - WEEK, retest(claim(), Verdict.UNKNOWN, Gap("a query", "no answer", blocks=True)))
    found = ledger.previous("c1", claim().fingerprint, DAY)
    assert found is not None
    assert found.day == DAY - 2 * WEEK


def test_previous_takes_a_retest_whose_gaps_block_nothing(ledger: Ledger) -> None:
    keep(ledger, DAY - WEEK, retest(claim(), Verdict.HOLDS, Gap("a record", "no date", GapKind.PAPER, blocks=False)))
    assert ledger.previous("c1", claim().fingerprint, DAY) is not None


def test_an_edited_claim_has_no_previous_but_keeps_its_history(ledger: Ledger) -> None:
    keep(ledger, DAY - WEEK, retest(claim()))
    edited = claim(text="Longer chains follow as many instructions.")
    assert ledger.previous("c1", edited.fingerprint, DAY) is None
    keep(ledger, DAY, retest(edited))
    assert [kept.claim_fingerprint for kept in ledger.history("c1")] == [claim().fingerprint, edited.fingerprint]


def test_history_is_oldest_first_and_shows_the_same_outcome_of_a_day_once(ledger: Ledger) -> None:
    keep(ledger, DAY, retest(claim()), "now")
    keep(ledger, DAY - WEEK, retest(claim()), "then")
    keep(ledger, DAY, retest(claim()), "now")
    keep(ledger, DAY, retest(claim()), "changed")
    keep(ledger, DAY, retest(claim("c2")), "another claim")
    assert [kept.entry["note"] for kept in ledger.history("c1")] == ["then", "now", "changed"]


def test_each_run_returns_its_retests_in_order_though_nothing_changed(ledger: Ledger) -> None:
    runs = [run_on(ledger, DAY), run_on(ledger, DAY)]
    for run in runs:
        for id in ("c2", "c1", "c3"):
            ledger.keep_retest(run, DAY, retest(claim(id)), {"id": id, "quotes": [{"text": "\u201cso\u201d", "start": 0}]})
    for run in runs:
        kept = ledger.retests(run)
        assert [(k.run_id, k.claim_id, k.day, k.verdict, k.complete) for k in kept] == [
            (run, id, DAY, Verdict.HOLDS, True) for id in ("c2", "c1", "c3")
        ]
        assert kept[0].entry == {"id": "c2", "quotes": [{"text": "\u201cso\u201d", "start": 0}]}
        assert kept[0].claim_fingerprint == claim().fingerprint


def test_an_entry_keeps_its_order(ledger: Ledger) -> None:
    run = run_on(ledger, DAY)
    ledger.keep_retest(run, DAY, retest(claim()), {"z": 1, "a": {"y": None, "b": 0.5}})
    assert repr(ledger.retests(run)[0].entry) == "{'z': 1, 'a': {'y': None, 'b': 0.5}}"


def test_the_course_is_all_retests_in_the_order_they_were_kept(ledger: Ledger) -> None:
    gap = Gap("query a", "no answer")
    runs = [keep(ledger, DAY, retest(claim("b"))), keep(ledger, DAY, retest(claim("a"), Verdict.CONTESTED, gap))]
    runs.append(keep(ledger, DAY, retest(claim("a"), Verdict.HOLDS)))
    course = ledger.course()
    assert [(p.run_id, p.claim_id, p.verdict, p.complete) for p in course] == [
        (runs[0], "b", Verdict.HOLDS, True),
        (runs[1], "a", Verdict.CONTESTED, False),
        (runs[2], "a", Verdict.HOLDS, True),
    ]
    assert {(p.day, p.claim_fingerprint) for p in course if p.claim_id == "a"} == {(DAY, claim("a").fingerprint)}


def test_a_retest_is_found_by_run_and_claim(ledger: Ledger) -> None:
    first, second = keep(ledger, DAY, retest(claim("a")), "first"), keep(ledger, DAY, retest(claim("a")), "second")
    found = ledger.retest(first, "a")
    assert found
    assert found.entry["note"] == "first"
    assert ledger.retest(second, "b") is None
    assert ledger.retest(99, "a") is None


def test_removed_claims_are_still_known(ledger: Ledger) -> None:
    keep(ledger, DAY - WEEK, retest(claim("removed")))
    keep(ledger, DAY, retest(claim("kept")))
    keep(ledger, DAY, retest(claim("kept", "Edited.")))
    assert ledger.claim_ids() == ("kept", "removed")


def test_a_summary_comes_back_as_it_was_kept(ledger: Ledger) -> None:
    run = run_on(ledger, DAY)
    ledger.finish_run(run, SUMMARY, 12.5, 4)
    assert ledger.last_run() == (run, SUMMARY)


@pytest.mark.parametrize("code", [0, 4, 5, 6, 10])
def test_last_run_is_the_newest_that_came_to_a_report(ledger: Ledger, code: int) -> None:
    ledger.finish_run(run_on(ledger, DAY), SUMMARY, 1.0, 0)
    newest = run_on(ledger, DAY)
    run_on(ledger, DAY)
    ledger.finish_run(newest, replace(SUMMARY, notes=("newest",)), 1.0, code)
    found = ledger.last_run()
    assert found is not None
    assert (found[0], found[1].notes) == (newest, ("newest",))


@pytest.mark.parametrize("code", [1, 8, 9, 130, 143])
def test_a_run_that_failed_is_not_the_last_one(ledger: Ledger, code: int) -> None:
    good = run_on(ledger, DAY)
    ledger.finish_run(good, SUMMARY, 1.0, 0)
    ledger.finish_run(run_on(ledger, DAY), SUMMARY, 1.0, code)
    found = ledger.last_run()
    assert found is not None
    assert found[0] == good


def test_reported_runs_are_those_that_came_to_a_report_oldest_first(ledger: Ledger) -> None:
    first, failed, second = run_on(ledger, DAY), run_on(ledger, DAY), run_on(ledger, DAY + WEEK)
    for run, code in ((second, 4), (failed, 8), (first, 0)):
        ledger.finish_run(run, replace(SUMMARY, cached=run), 1.0, code)
    run_on(ledger, DAY + WEEK)
    assert sorted(ledger.reported()) == [(first, DAY), (second, DAY + WEEK)]
    assert ledger.summary(first).cached == first


def test_spent_counts_judgements_drafts_and_unusable_answers_of_the_day(ledger: Ledger) -> None:
    run = run_on(ledger, DAY)
    for number in (1, 2):
        answer = replace(JUDGEMENT.answer, usage=Usage(1, 100, 10, 0.25))
        ledger.keep_judgement(run, replace(JUDGEMENT, key=replace(KEY, attempt=number), answer=answer))
    ledger.keep_draft(run, Draft("phrases", "k", (), Usage(1, 50, 5, 0.5), DAY))
    ledger.keep_unusable(run, KEY, "c1", DAY, "no JSON", Usage(2, 7, 3, 0.125), "well,")
    ledger.keep_unusable(run, KEY, "c1", DAY, "no JSON again", Usage(2, 7, 3, 0.125), "well,")
    ledger.keep_unusable(run, KEY, "c1", DAY + WEEK, "no JSON", Usage(9, 9, 9, 9.0, True), "")
    assert ledger.spent(DAY) == Usage(7, 264, 31, 1.25, False)
    assert ledger.spent(DAY + WEEK) == Usage(9, 9, 9, 9.0, True)


def test_a_run_that_came_to_no_end_is_counted_by_the_next_with_the_calls_it_may_have_paid(ledger: Ledger) -> None:
    run = run_on(ledger, DAY)
    for highest in (Usage(1, 900, 90, 0.25), Usage(1, 900, 90, 0.5), Usage(1, 900, 90, 0.125)):
        ledger.keep_call(run, DAY, replace(highest, estimated=True))
    answer = replace(JUDGEMENT.answer, usage=Usage(1, 100, 10, 0.0625))
    ledger.keep_judgement(run, replace(JUDGEMENT, answer=answer))
    assert ledger.unfinished() == Usage(3, 1900, 190, 0.8125, True), "one answered, two at their most, the dearest"
    assert ledger.spent(DAY) == Usage(1, 100, 10, 0.0625), "the report tells what is kept"
    again = run_on(ledger, DAY + WEEK)
    ledger.keep_call(again, DAY + WEEK, Usage(1, 1, 1, 1.0, True))
    assert ledger.unfinished().calls == 4
    ledger.finish_run(again, SUMMARY, 1.0, 6)
    assert ledger.unfinished() == Usage(), "what ended is done with, whatever its exit code"


def test_a_batch_that_a_killed_run_handed_in_counts_with_all_its_readings_and_once(ledger: Ledger) -> None:
    run = run_on(ledger, DAY)
    ledger.keep_call(run, DAY, Usage(5, 4500, 450, 1.5, True))
    ledger.keep_call(run, DAY, Usage(1, 900, 90, 0.5, True))
    ledger.keep_draft(run, Draft("phrases", "k", (), Usage(1, 50, 5, 0.25), DAY))
    assert ledger.unfinished() == Usage(6, 4550, 455, 1.75, True)


def test_calls_that_were_all_answered_count_what_they_took(ledger: Ledger) -> None:
    run = run_on(ledger, DAY)
    ledger.keep_call(run, DAY, Usage(1, 900, 90, 0.5, True))
    ledger.keep_call(run, DAY, Usage(1, 900, 90, 0.5, True))
    ledger.keep_unusable(run, KEY, "c1", DAY, "no JSON", Usage(2, 7, 3, 0.125), "well,")
    assert ledger.unfinished() == Usage(2, 7, 3, 0.125)


def test_an_unusable_answer_is_no_judgement(ledger: Ledger) -> None:
    ledger.keep_unusable(run_on(ledger, DAY), KEY, "c1", DAY, "no JSON", Usage(1), "well,")
    assert ledger.judgement(KEY) is None


def test_anchor_checks_of_every_kind_can_be_kept(ledger: Ledger) -> None:
    run = run_on(ledger, DAY)
    paper = Paper("2505.14810", "A title", "A sentence.", version=2, withdrawal_asked=DAY)
    quote = Quote("A sentence.", "abstract", 0, 11)
    ledger.keep_anchor_check(run, "c1", AnchorCheck(Anchor("nonsense\ud800"), Grounding.MALFORMED, "no id"), DAY)
    ledger.keep_anchor_check(run, "c1", AnchorCheck(Anchor("2505.14810"), Grounding.UNCHECKED, "no answer"), DAY)
    anchor = Anchor("2505.14810", "Another title", PartialDate.parse("2025-05"))
    for suggestion in (None, Suggestion(paper, None), Suggestion(paper, quote)):
        ledger.keep_anchor_check(run, "c1", AnchorCheck(anchor, Grounding.MISCITED, "no", paper, quote, suggestion, DAY), DAY)


def review(action: Action = Action.CORRECT, paper: str = "2506.00001", minutes: int = 0, of: str = "c1") -> Review:
    return Review(
        subject=Subject(of, "claim-print", Target.EVIDENCE, paper, 2, "paper-print"),
        action=action,
        reviewer="Ada \u03bb",
        at=datetime(2026, 11, 22, 10, 11, 12, 131415, tzinfo=UTC) + timedelta(minutes=minutes),
        reason="It \u2264 holds.",
        expires=DAY + WEEK,
        stance=Stance.RELAXES,
        part=Part.DURABLE,
        asserted=False,
        sentences=(3, 1),
        judged="supports",
        judge="openai a-model",
    )


def test_a_review_comes_back_as_it_was_kept(ledger: Ledger) -> None:
    anchor = Review(Subject("c1", "f", Target.ANCHOR, "2505.1"), Action.CORRECT, "Ada", review().at, replacement="2505.00002")
    assert ledger.keep_review(review(), None)
    assert ledger.keep_review(anchor, None)
    assert ledger.reviews_of("c1") == (review(), anchor)
    assert [kept.id for kept in ledger.reviews_of("c1")] == [review().id, anchor.id]
    assert ledger.reviews_of("c2") == ()


def test_a_review_made_on_a_stale_view_is_not_kept(ledger: Ledger) -> None:
    first, second = review(Action.ACCEPT), review(Action.REJECT, minutes=1)
    assert ledger.keep_review(first, None)
    assert not ledger.keep_review(second, None)
    assert ledger.reviews_of("c1") == (first,)
    assert ledger.keep_review(second, first.id)
    assert ledger.keep_review(review(paper="2506.00002"), None)
    assert ledger.keep_review(review(of="c2"), None)


def test_the_same_review_is_kept_once(ledger: Ledger) -> None:
    assert ledger.import_reviews([review(), review(minutes=1)]) == 2
    assert ledger.import_reviews([review(minutes=1), review(minutes=2), review(minutes=2)]) == 1
    assert len(ledger.reviews_of("c1")) == 3
    assert not ledger.keep_review(review(), review(minutes=2).id)


def test_reviews_behind_a_mark_are_the_new_ones(ledger: Ledger) -> None:
    mark, none = ledger.reviews_after()
    assert none == ()
    ledger.import_reviews([review(), review(of="c2")])
    mark, found = ledger.reviews_after(mark)
    assert found == (review(), review(of="c2"))
    ledger.import_reviews([review(minutes=5)])
    assert ledger.reviews_after(mark)[1] == (review(minutes=5),)


def test_the_number_of_the_last_run_is_that_of_the_last_run(ledger: Ledger) -> None:
    assert ledger.last_run_id() is None
    good = run_on(ledger, DAY)
    ledger.finish_run(good, SUMMARY, 1.0, 4)
    ledger.finish_run(run_on(ledger, DAY), SUMMARY, 1.0, 8)
    run_on(ledger, DAY)
    assert ledger.last_run_id() == good
