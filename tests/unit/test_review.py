"""Reviews: which one counts today, what it makes of evidence, and what it never does."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimcheck.domain.agreement import agreement
from claimcheck.domain.claim import Anchor, Claim, Part
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Evidence, Quote, Reading, Stance, evidence
from claimcheck.domain.grounding import AnchorCheck, AnchorFacts, Grounding, LookUp
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.review import (
    Action,
    Review,
    Standing,
    Subject,
    Target,
    newest,
    reopened,
    reviewed,
    reviewed_anchor,
    standing,
    subject,
    with_reviews,
    wrong,
)
from claimcheck.domain.verdict import Verdict, decide

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CLAIM = Claim("c1", "i1", "Longer chains follow fewer instructions.", PartialDate.parse("2025-05"), (Anchor("2505.00001"),))
SEVERITY = (
    Verdict.HOLDS,
    Verdict.UNTESTED,
    Verdict.RELAXED,
    Verdict.SUPERSEDED,
    Verdict.UNJUDGED,
    Verdict.CONTESTED,
    Verdict.OVERTURNED,
)


def paper(number: int = 1, **more: Any) -> Paper:
    return Paper(f"2506.{number:05}", f"Paper {number}", "One sentence stands here. Another one follows.", version=1, **more)


def piece(number: int = 1, stance: Stance = Stance.SUPPORTS, sentences: tuple[int, ...] = (1,), **more: Any) -> Evidence:
    return evidence(paper(number), Reading(stance, sentences=sentences, confidence=0.8, **more))


def review(action: Action = Action.ACCEPT, of: Evidence | None = None, after: int = 0, **more: Any) -> Review:
    of = of or piece()
    about = more.pop("subject", None) or subject(CLAIM, Target.EVIDENCE, of.paper)
    if action in (Action.REJECT, Action.CORRECT):
        more.setdefault("reason", "it measures something else")
    return Review(about, action, "Ada", NOON + timedelta(minutes=after), judged=of.stance.value, **more)


def correction(stance: Stance, of: Evidence | None = None, sentences: tuple[int, ...] = (2,), **more: Any) -> Review:
    return review(Action.CORRECT, of, stance=stance, part=more.pop("part", Part.WHOLE), sentences=sentences, **more)


def under(item: Evidence, *reviews: Review, today: date = TODAY, claim: Claim = CLAIM) -> Evidence:
    ((found,), _) = with_reviews(claim, [item], newest(reviews, today), today)
    return found


def test_an_accepted_leaning_counts_whoever_judged_it() -> None:
    leaning = piece(trusted=False)
    assert (leaning.counted, leaning.unjudged) == (False, True)
    accepted = under(leaning, review(of=leaning))
    assert (accepted.counted, accepted.unjudged, accepted.stance) == (True, False, Stance.SUPPORTS)
    assert accepted.judged == leaning
    assert decide([leaning], True).verdict is Verdict.UNJUDGED
    assert decide([accepted], True).verdict is Verdict.HOLDS


def test_rejected_evidence_neither_counts_nor_waits() -> None:
    for item in (piece(), piece(trusted=False), piece(stance=Stance.NOT_ENOUGH_INFO, trusted=False, bears=False, bearing=0.3)):
        rejected = under(item, review(Action.REJECT, item))
        assert not any((rejected.counted, rejected.unjudged, rejected.doubtful))
        assert decide([rejected], True).verdict is Verdict.UNTESTED
        assert rejected.stance is item.stance


def test_a_correction_replaces_stance_part_and_sentences_copied_by_code() -> None:
    item = piece(asserted=False, trusted=False)
    corrected = under(item, correction(Stance.REFUTES, item, part=Part.DURABLE))
    assert (corrected.stance, corrected.part, corrected.asserted) == (Stance.REFUTES, Part.DURABLE, True)
    assert corrected.quotes == (Quote("Another one follows.", "abstract", 26, 46),)
    assert corrected.counted
    assert not corrected.flags


def test_a_correction_that_points_outside_the_paper_changes_nothing() -> None:
    item = piece()
    assert under(item, correction(Stance.REFUTES, item, (3,))) == item


@pytest.mark.parametrize("never", ["reported", "withdrawn", "ungrounded", "quarantined"])
def test_accepting_never_makes_count_what_never_counts(never: str) -> None:
    item = {
        "reported": piece(asserted=False),
        "withdrawn": evidence(paper(withdrawal=Withdrawal(1, None, "arXiv")), Reading(Stance.SUPPORTS, sentences=(1,))),
        "ungrounded": piece(sentences=()),
        "quarantined": piece(sentences=(9,)),
    }[never]
    assert not under(item, review(of=item)).counted


def test_the_newest_alone_may_count() -> None:
    reviews = [review(), review(Action.REJECT, after=1, expires=TODAY)]
    assert not under(piece(), *reviews).counted
    tomorrow = TODAY + timedelta(days=1)
    found = under(piece(), *reviews, today=tomorrow)
    assert found.review is None
    assert found.counted


def test_an_undo_brings_back_what_was_before_and_can_be_undone() -> None:
    accept, reject = review(), review(Action.REJECT, after=1)
    undo = review(Action.UNDO, after=2, undoes=reject.id)
    redo = review(Action.UNDO, after=3, undoes=undo.id)
    assert under(piece(), accept, reject, undo).review == accept
    assert under(piece(), accept, reject, undo, redo).review == reject


def test_a_review_of_a_later_day_does_not_count_yet() -> None:
    assert under(piece(), review(), today=TODAY - timedelta(days=1)).review is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"claim": "other"}, Standing.OVERTAKEN),
        ({"paper": "other"}, Standing.OVERTAKEN),
        ({"version": 2}, Standing.OVERTAKEN),
        ({"version": None}, Standing.STANDS),
        ({}, Standing.STANDS),
    ],
)
def test_a_new_version_or_a_changed_text_overtakes(changed: dict[str, Any], expected: Standing) -> None:
    made = review()
    now = replace(made.subject, **changed)
    assert standing(made, now, TODAY) is expected
    assert (reopened(made, now, TODAY) is None) is (expected is Standing.STANDS)


def test_a_review_counts_through_the_day_it_expires_on_and_a_person_is_told_afterwards() -> None:
    made = review(expires=TODAY)
    assert standing(made, made.subject, TODAY) is Standing.STANDS
    tomorrow = TODAY + timedelta(days=1)
    assert standing(made, made.subject, tomorrow) is Standing.EXPIRED
    items, again = with_reviews(CLAIM, [piece()], newest([made], tomorrow), tomorrow)
    assert items == [piece()]
    assert again == ["evidence 2506.00001 was reviewed (accept) by Ada on 2026-11-22; it expired on 2026-11-22"]


def test_a_changed_claim_reopens_and_says_so() -> None:
    edited = replace(CLAIM, text="Longer chains follow as many.")
    _, (why,) = with_reviews(edited, [piece()], newest([review()], TODAY), TODAY)
    assert why.endswith("it is overtaken: the claim's text was changed")


def test_a_changed_review_is_another_one() -> None:
    made = review()
    assert made.id == review().id
    assert len({made.id, replace(made, reason="x").id, replace(made, at=NOON + timedelta(microseconds=1)).id}) == 3


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (replace(review(), reviewer=" "), "names no reviewer"),
        (replace(review(Action.REJECT), reason=""), "no reason"),
        (review(expires=TODAY - timedelta(days=1)), "expires before"),
        (review(Action.UNDO), "names the review it undoes"),
        (review(undoes="x"), "names the review it undoes"),
        (review(Action.CORRECT), "names stance and part"),
        (correction(Stance.REFUTES, sentences=()), "needs the sentences"),
        (replace(review(), reason="x" * 1001), "longer than 1000"),
    ],
)
def test_what_cannot_be_kept_says_why(bad: Review, why: str) -> None:
    assert why in (wrong(bad) or "")


@pytest.mark.parametrize("good", [review(), review(Action.REJECT), correction(Stance.NOT_ENOUGH_INFO, sentences=())])
def test_what_can_be_kept_is_not_wrong(good: Review) -> None:
    assert wrong(good) is None


actions = st.lists(st.tuples(st.sampled_from(Action), st.integers(0, 5), st.integers(0, 9)), max_size=10)


@settings(deadline=None)
@given(actions, st.randoms())
def test_order_never_matters(rows: Sequence[tuple[Action, int, int]], random: Random) -> None:
    reviews: list[Review] = []
    for action, number, after in rows:
        undoes = reviews[number % len(reviews)].id if reviews and action is Action.UNDO else None
        reviews.append(review(action, piece(number), after, undoes=undoes))
    shuffled = [*reviews, *reviews[:3]]
    random.shuffle(shuffled)
    assert newest(shuffled, TODAY) == newest(reviews, TODAY)


stances = st.sampled_from([Stance.SUPPORTS, Stance.REFUTES, Stance.RELAXES, Stance.SUPERSEDES])


@settings(deadline=None)
@given(st.lists(st.tuples(stances, st.booleans()), max_size=8), st.booleans())
def test_no_word_of_a_person_moves_a_verdict_the_wrong_way(others: list[tuple[Stance, bool]], complete: bool) -> None:
    """Of all that a person can say of a piece, support leaves the mildest verdict, and refutation the severest."""
    around = [piece(n, stance, trusted=trusted) for n, (stance, trusted) in enumerate(others, 2)]
    item = piece(trusted=False)
    said = [
        reviewed(item, correction(Stance.SUPPORTS, item)),
        reviewed(item, review(Action.REJECT, item)),
        reviewed(item, correction(Stance.REFUTES, item)),
    ]
    verdicts = [decide([*around, one], complete).verdict for one in said]
    if Verdict.UNKNOWN in verdicts:  # "we could not look" stands on no scale
        assert not complete
        return
    first, middle, last = (SEVERITY.index(v) for v in verdicts)
    assert first <= last
    assert middle <= last
    assert first <= middle or (verdicts[0], verdicts[1]) == (Verdict.HOLDS, Verdict.UNTESTED)


def anchored(grounding: Grounding, of: Paper | None) -> tuple[AnchorCheck, AnchorFacts]:
    anchor = Anchor("2506.00001")
    return AnchorCheck(anchor, grounding, "as found", of), AnchorFacts(anchor, LookUp.FOUND, paper=of)


def test_a_confirmed_anchor_is_grounded_and_a_rejected_one_is_not() -> None:
    about = subject(CLAIM, Target.ANCHOR, paper())
    check, facts = anchored(Grounding.MISCITED, paper())
    confirmed = reviewed_anchor(check, facts, review(subject=about, reason="figure 3 shows it"))
    assert confirmed.grounding is Grounding.GROUNDED
    assert confirmed.reason == "confirmed by Ada on 2026-11-22: figure 3 shows it"
    check, facts = anchored(Grounding.GROUNDED, paper())
    assert reviewed_anchor(check, facts, review(Action.REJECT, subject=about)).grounding is Grounding.MISCITED


def test_no_review_makes_up_for_a_paper_that_is_gone_or_could_not_be_asked_for() -> None:
    about = subject(CLAIM, Target.ANCHOR, paper())
    gone = paper(withdrawal=Withdrawal(1, None, "arXiv"))
    for check, facts in (anchored(Grounding.WITHDRAWN, gone), anchored(Grounding.NOT_FOUND, None)):
        assert reviewed_anchor(check, facts, review(subject=about)) == check
    check, facts = anchored(Grounding.UNCHECKED, paper())
    assert reviewed_anchor(check, replace(facts, unasked="arXiv did not answer"), review(subject=about)) == check


def test_agreement_counts_each_piece_once_and_by_the_newest() -> None:
    supports, refutes, other = piece(1), piece(2, Stance.REFUTES), piece(3)
    reviews = [
        review(Action.REJECT, supports),
        review(of=supports, after=1),
        review(of=refutes),
        correction(Stance.RELAXES, other),
        review(Action.REJECT, piece(4)),
    ]
    found = agreement(newest(reviews, TODAY).values())
    assert (found.accepted, found.corrected, found.rejected) == (2, 1, 1)
    assert found.accept_rate == 0.5
    assert found.pairs[Stance.SUPPORTS, Stance.NOT_ENOUGH_INFO] == 1
    assert found.same_stance == 0.5
    assert found.kappa == pytest.approx((0.5 - 0.25) / (1 - 0.25))


def test_agreement_of_nothing_and_of_one_kind_claims_no_kappa() -> None:
    assert agreement([]).accept_rate is None
    assert agreement([]).kappa is None
    assert agreement([review()]).kappa is None


def test_a_subject_is_known_by_ids_alone() -> None:
    made = Subject("c", "a", Target.ANCHOR, "2505.00001")
    assert replace(made, claim="b", version=3, paper="z").key == made.key
