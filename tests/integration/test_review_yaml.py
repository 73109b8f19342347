"""Reviews as YAML: out and in again without loss, and strictly read."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimcheck.adapters import review_yaml
from claimcheck.domain.claim import Part
from claimcheck.domain.evidence import Stance
from claimcheck.domain.review import Action, Review, Subject, Target, wrong
from claimcheck.domain.text import clean
from claimcheck.errors import Refused

AT = datetime(2026, 11, 22, 10, 11, 12, 131415, tzinfo=UTC)
OF = Subject("c1", "123456", Target.EVIDENCE, "2506.00001", 2, "0e12")
PLAIN = Review(OF, Action.ACCEPT, "Ada", AT)
FULL = Review(
    OF, Action.CORRECT, "Ada", AT, "It's \u201cso\u201d: # no\\", date(2027, 1, 1), Stance.RELAXES, Part.DURABLE, False, (3, 1),
    judged="supports", judge="openai a-model",
)  # fmt: skip
REPAIR = Review(replace(OF, target=Target.ANCHOR), Action.CORRECT, "yes", AT, replacement="2502.17848")
UNDO = Review(OF, Action.UNDO, "Ada", AT + timedelta(seconds=1), undoes=PLAIN.id)

texts = st.text(max_size=40).map(lambda text: clean(text)[0])
reviews = st.builds(
    Review,
    st.builds(Subject, texts.filter(bool), texts.filter(bool), st.sampled_from(Target), st.just("2506.00001"), st.none(), texts),
    st.sampled_from([Action.ACCEPT, Action.REJECT]),
    texts.filter(lambda t: bool(t.strip())),
    st.integers(0, 10**15).map(lambda n: AT - timedelta(microseconds=n)),
    texts.filter(bool),
)


@settings(deadline=None)
@given(st.lists(reviews.filter(lambda r: wrong(r) is None), max_size=4, unique_by=lambda r: r.id))
def test_what_goes_out_comes_in_as_it_was(kept: list[Review]) -> None:
    text = review_yaml.written(kept)
    found = review_yaml.parse(text.encode(), "r.yaml")
    assert sorted(r.id for r in found) == sorted(r.id for r in kept)
    assert set(found) == set(kept)
    assert review_yaml.written(found) == text


def test_every_field_comes_back() -> None:
    kept = (PLAIN, FULL, REPAIR, UNDO, replace(PLAIN, reason="no character: \uffff \U000e1000"))
    assert set(review_yaml.parse(review_yaml.written(kept).encode(), "r.yaml")) == set(kept)


def test_one_written_by_hand_needs_no_id() -> None:
    text = """
version: 1
reviews:
  - claim: c1
    claim_text: abc
    evidence: 2506.00001
    action: correct
    stance: refutes
    part: whole
    sentences: [2]
    reason: It says the contrary.
    reviewer: Ada
    at: 2026-11-22T10:00:00Z
"""
    (found,) = review_yaml.parse(text.encode(), "r.yaml")
    assert (found.stance, found.sentences, found.at) == (Stance.REFUTES, (2,), datetime(2026, 11, 22, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('reason: "', 'reson: "', r"r.yaml:\d+: review 1: 'reson': Extra inputs"),
        ("version: 1\n", "version: 2\n", "start it with `version: 1`"),
        ("version: 1\n", "version: 1\nmore: 2\n", "unknown key 'more'"),
        ('stance: "relaxes"', 'stance: "maybe"', "'stance'"),
        ('reviewer: "Ada"', 'reviewer: "Ada\\u200b"', "does not see"),
        ('reviewer: "Ada"', 'reviewer: "Bob"', "leave kept reviews as they are"),
        ('evidence: "2506.00001"', 'evidence: "2506.00001"\n    anchor: "2506.00001"', "name one of 'evidence' and 'anchor'"),
        ("sentences: [3, 1]", "sentences: []", "needs the sentences"),
        ("sentences: [3, 1]", "sentences: [three]", "'sentences.0'"),
        ('at: "2026-11-22T10:11:12.131415+00:00"', "at: 2026-11-22T10:11:12", "timezone"),
        ("reviews:", "reviews: &a", "YAML anchor"),
    ],
)
def test_what_is_not_understood_is_refused(old: str, new: str, why: str) -> None:
    text = review_yaml.written([FULL])
    assert old in text
    with pytest.raises(Refused, match=why):
        review_yaml.parse(text.replace(old, new).encode(), "r.yaml")


def test_an_undo_must_be_later_than_what_it_undoes() -> None:
    early = replace(UNDO, at=AT)
    with pytest.raises(Refused, match="must be later"):
        review_yaml.parse(review_yaml.written([PLAIN, early]).encode(), "r.yaml")
