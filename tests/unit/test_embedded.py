"""The embedded judge: what it makes of its network's scores, and that it never says more than its thresholds allow."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimcheck.adapters.embedded import features
from claimcheck.adapters.embedded.features import NAMES
from claimcheck.adapters.embedded.judge import EmbeddedJudge
from claimcheck.adapters.embedded.network import CLASSES, Scores
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Reading, Stance, evidence
from claimcheck.domain.excerpt import excerpt
from claimcheck.domain.fulltext import Form, Found, full_text
from claimcheck.domain.paper import Paper
from claimcheck.errors import StoreUnusable

CLAIM = Claim("c", "i", "Long chains of thought lower adherence to instructions.", PartialDate.parse("2025"), ())
PAPER = Paper("2601.00001", "A study of chains", "We look at chains. Adherence falls by nine points. Code is public.", 1)
NOTHING = Scores(0.01, 0.01, 0.01, 0.97)


def manifest(**trust: float | None) -> dict[str, Any]:
    """Weights that hand on the logits of the best sentence for each stance, and say `neither` by default."""
    weights = [[0.0] * len(NAMES) for _ in CLASSES]
    for line, name in zip(weights, ("supports_most", "refutes_most", "relaxes_most"), strict=False):
        line[NAMES.index(name)] = 1.0
    return {
        "name": "made-up",
        "digest": "0000",
        "features": list(NAMES),
        "weights": weights,
        "bias": [0.0, 0.0, 0.0, 0.0],
        "bears": 0.5,
        "trust": {"supports": None, "refutes": None, "relaxes": None, **trust},
    }


class MadeUp:
    """A network that scores texts by a word in them."""

    def __init__(self, found: dict[str, Any], **scores: Scores) -> None:
        self.manifest = found
        self._scores = scores

    def score(self, texts: Sequence[str], claim: str) -> list[Scores]:
        return [next((s for word, s in self._scores.items() if word in text), NOTHING) for text in texts]


def read(found: dict[str, Any], paper: Paper = PAPER, **scores: Scores) -> Reading:
    judge = EmbeddedJudge(MadeUp(found, **scores))  # type: ignore[arg-type]
    return asyncio.run(judge.read(CLAIM, paper)).reading


def test_a_stance_at_its_threshold_counts_and_points_at_its_sentence() -> None:
    found = read(manifest(supports=0.8), falls=Scores(0.97, 0.01, 0.01, 0.01))
    assert (found.stance, found.trusted, found.bears, found.sentences) == (Stance.SUPPORTS, True, True, (2,))
    assert evidence(PAPER, found).counted


@pytest.mark.parametrize("least", [0.999, None])
def test_below_the_threshold_or_with_the_gate_closed_it_is_a_lean(least: float | None) -> None:
    found = read(manifest(refutes=least), falls=Scores(0.01, 0.97, 0.01, 0.01))
    assert (found.stance, found.trusted, found.bears) == (Stance.REFUTES, False, True)
    assert not evidence(PAPER, found).counted
    assert evidence(PAPER, found).unjudged
    assert "stance not judged" in found.reason


def test_what_does_not_bear_on_the_claim_says_nothing() -> None:
    found = read(manifest(supports=0.0))
    assert (found.stance, found.trusted, found.bears, found.sentences) == (Stance.NOT_ENOUGH_INFO, False, False, ())
    assert not evidence(PAPER, found).unjudged


def test_a_paper_without_a_sentence_bears_on_nothing() -> None:
    found = read(manifest(supports=0.0), Paper("2601.00002", "Adherence falls", "", 1), falls=Scores(0.9, 0.0, 0.0, 0.1))
    assert not found.bears


def test_at_most_three_sentences_are_shown_the_surest_in_their_order() -> None:
    told = "One is it. Two is it. Three is it. Four is it. Five is off."
    shown = {
        "One": Scores(0.5, 0, 0, 0.5),
        "Two": Scores(0.9, 0, 0, 0.1),
        "Three": Scores(0.8, 0, 0, 0.2),
        "Four": Scores(0.85, 0, 0, 0.15),
    }
    assert read(manifest(), Paper("2601.00003", "T", told, 1), **shown).sentences == (2, 3, 4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"features": ["another"]},
        {"weights": [[1.0]]},
        {"trust": {"nonsense": 0.5}},
        {"name": None, "weights": None},
        {"bias": ["x"]},
    ],
)
def test_numbers_that_do_not_fit_the_program_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(StoreUnusable, match="embedded model"):
        EmbeddedJudge(MadeUp({**manifest(), **wrong}))  # type: ignore[arg-type]


shares = st.builds(
    lambda a, b, c, d: Scores(*(x / (a + b + c + d) for x in (a, b, c, d))), *[st.floats(1e-6, 1) for _ in range(4)]
)


@given(st.lists(shares, min_size=4, max_size=4))
def test_every_row_is_finite_and_as_long_as_its_names(scores: list[Scores]) -> None:
    row = features.row(CLAIM, PAPER, scores)
    assert len(row) == len(NAMES)
    assert all(abs(value) < 100 for value in row)


@given(st.text(max_size=80), st.text(max_size=200))
def test_any_text_makes_a_row(title: str, abstract: str) -> None:
    paper = Paper("2601.00004", title, " ".join(abstract.split()), 1)
    texts = features.pieces(paper)
    assert len(texts) == 1 + len(paper.sentences)
    assert len(features.row(CLAIM, paper, [NOTHING] * len(texts))) == len(NAMES)


def in_full(words: str) -> Paper:
    return excerpt(PAPER, full_text(PAPER, Form.HTML, [Found("Results", f"Adherence and chains: {words}.")]), CLAIM, 1000)


def test_of_a_paper_read_in_full_the_abstract_alone_gives_a_stance_to_trust() -> None:
    sure = Scores(0.97, 0.01, 0.01, 0.01)
    found = read(manifest(supports=0.8), in_full("more"), falls=sure, more=Scores(0.01, 0.97, 0.01, 0.01))
    assert (found.stance, found.trusted, found.sentences) == (Stance.SUPPORTS, True, (2,))


def test_where_the_abstract_is_silent_passages_give_a_lean_that_never_counts() -> None:
    found = read(manifest(supports=0.8), in_full("more"), more=Scores(0.97, 0.01, 0.01, 0.01))
    assert (found.stance, found.trusted, found.bears, found.sentences) == (Stance.SUPPORTS, False, True, (4,))
