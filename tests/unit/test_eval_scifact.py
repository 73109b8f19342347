"""The official metric of SciFact, exactly."""

import json
from pathlib import Path

import pytest

from claimcheck.domain.evidence import Stance
from claimcheck.evaluation import chance, scifact, scifact_files
from claimcheck.evaluation.scifact import Gold, GoldClaim, Predicted
from claimcheck.evaluation.scifact_run import score

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "data" / "claims" / "scifact" / "evaluator_fixture"
SUPPORT, CONTRADICT = Stance.SUPPORTS, Stance.REFUTES
OFFICIAL = {"abstract_label_rationale": "abstract_rationalized"}  # the evaluator's name where it is another


def gold(label: Stance, *rationales: set[int]) -> Gold:
    return Gold(label, tuple(frozenset(r) for r in rationales))


def figures(evidence: dict[str, Gold], predicted: dict[str, Predicted]) -> dict[str, dict[str, float]]:
    return scifact.metrics(scifact.count(evidence, predicted))


def test_the_worked_example_of_the_evaluators_documentation() -> None:
    evidence = {"11": gold(SUPPORT, {0, 1}, {11}), "15": gold(CONTRADICT, {4})}
    predicted = {"11": Predicted(SUPPORT, (1, 11, 13)), "16": Predicted(CONTRADICT, (18, 20))}
    found = figures(evidence, predicted)
    half = {"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2}
    assert found["abstract_label_only"] == half
    assert found["abstract_label_rationale"] == half
    sentences = {"precision": 1 / 5, "recall": 1 / 4, "f1": pytest.approx(2 / 9)}
    assert found["sentence_selection"] == sentences
    assert found["sentence_label"] == sentences


def test_gold_as_prediction_is_perfect() -> None:
    evidence = {"1": gold(SUPPORT, {0, 1}, {5}), "2": gold(CONTRADICT, {2})}
    predicted = {id: Predicted(g.label, tuple(sorted(set().union(*g.rationales)))) for id, g in evidence.items()}
    assert all(value == 1 for row in figures(evidence, predicted).values() for value in row.values())


def test_sentences_are_right_for_selection_also_under_a_wrong_label() -> None:
    found = figures({"1": gold(SUPPORT, {3})}, {"1": Predicted(CONTRADICT, (3,))})
    assert found["sentence_selection"]["f1"] == 1
    assert found["sentence_label"]["f1"] == found["abstract_label_only"]["f1"] == 0


def test_half_a_rationale_is_no_rationale() -> None:
    found = figures({"1": gold(SUPPORT, {3, 4})}, {"1": Predicted(SUPPORT, (3,))})
    assert found["abstract_label_only"]["f1"] == 1
    assert found["abstract_label_rationale"]["f1"] == found["sentence_selection"]["f1"] == 0


def test_only_the_first_three_sentences_carry_an_abstract_unless_its_rationales_are_longer() -> None:
    late = Predicted(SUPPORT, (7, 8, 9, 1))
    assert figures({"1": gold(SUPPORT, {1})}, {"1": late})["abstract_label_rationale"]["f1"] == 0
    assert figures({"1": gold(SUPPORT, {1})}, {"1": late})["sentence_selection"]["recall"] == 1
    assert figures({"1": gold(SUPPORT, {1, 7, 8, 9})}, {"1": late})["abstract_label_rationale"]["f1"] == 1


def test_a_sentence_named_twice_is_retrieved_twice_and_right_once() -> None:
    row = figures({"1": gold(SUPPORT, {1})}, {"1": Predicted(SUPPORT, (1, 1))})["sentence_selection"]
    assert (row["precision"], row["recall"]) == (0.5, 1)


def test_nothing_predicted_and_nothing_relevant_score_zero_not_an_error() -> None:
    assert set(scifact.flat(scifact.count({}, {})).values()) == {0.0}
    assert set(scifact.flat(chance.total([])).values()) == {0.0}


def official(name: str) -> dict[str, float]:
    found: dict[str, float] = json.loads((FIXTURES / f"expected_metrics_{name}.json").read_text(encoding="utf-8"))
    return found


def as_official(metrics: dict[str, dict[str, float]]) -> dict[str, float]:
    return {f"{OFFICIAL.get(score, score)}_{part}": value for score, row in metrics.items() for part, value in row.items()}


@pytest.mark.skipif(not FIXTURES.exists(), reason="the evaluator's fixtures are not beside the repository")
def test_the_evaluators_small_fixture_comes_out_exactly() -> None:
    claims = scifact_files.load_claims(FIXTURES / "gold_small.jsonl", None)
    predictions = scifact_files.load_predictions(FIXTURES / "predictions_small.jsonl", claims, None)
    assert as_official(score(claims, predictions)["metrics"]) == official("small")


@pytest.mark.skipif(not FIXTURES.exists(), reason="the evaluator's fixtures are not beside the repository")
def test_the_evaluators_dummy_fixture_comes_out_exactly() -> None:
    lines = (FIXTURES / "predictions_dummy.jsonl").read_text(encoding="utf-8").splitlines()
    # The labels that belong to it are not public; that none of the guesses is right is.
    claims = [GoldClaim(str(json.loads(line)["id"]), "A claim.", {"0": gold(CONTRADICT, {1})}) for line in lines]
    predictions = scifact_files.load_predictions(FIXTURES / "predictions_dummy.jsonl", claims, None)
    assert as_official(score(claims, predictions)["metrics"]) == official("dummy")
