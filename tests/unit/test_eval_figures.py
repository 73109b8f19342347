"""Figures over counts: intervals, classes, calibration, rankings."""

import pytest

from claimcheck.domain.evidence import Stance
from claimcheck.evaluation import calibration, chance, classes, retrieval
from claimcheck.evaluation.labels import LABELS, NEITHER, REFUTES, SUPPORTS, THREE, three


def share(counts: "dict[str, float] | object") -> dict[str, float | None]:
    assert isinstance(counts, dict)
    return {"share": counts.get("right", 0) / counts["n"] if counts.get("n") else None}


def test_an_interval_is_the_same_for_the_same_counts_and_holds_the_figure() -> None:
    units = [{"n": 1.0, "right": float(i % 4 > 0)} for i in range(80)]
    found = chance.intervals(units, share)
    assert found == chance.intervals(units, share)
    low, high = found["share"]
    assert low < 0.75 < high
    # The normal interval is .75 +- 1.96 sqrt(.75 x .25 / 80).
    assert (low, high) == pytest.approx((0.655, 0.845), abs=0.03)


def test_pairs_of_one_claim_are_drawn_together_so_the_interval_is_wider() -> None:
    alone = [{"n": 1.0, "right": float(i < 20)} for i in range(40)]
    together = [{"n": 10.0, "right": 10.0 * (i < 2)} for i in range(4)]
    (low, high), (lowest, highest) = (chance.intervals(units, share)["share"] for units in (alone, together))
    assert highest - lowest > 2 * (high - low)


def test_one_claim_tells_nothing_of_chance() -> None:
    assert chance.intervals([{"n": 3.0, "right": 2.0}], share) == {}


def test_a_figure_that_is_sometimes_undefined_is_taken_from_the_other_draws() -> None:
    found = chance.intervals([{"n": 1.0, "right": 1.0}, {"x": 1.0}], share)
    assert found == {"share": [1.0, 1.0]}


def test_macro_f1_is_over_the_classes_that_have_labels() -> None:
    confusion = {(SUPPORTS, SUPPORTS): 3.0, (SUPPORTS, NEITHER): 1.0, (REFUTES, REFUTES): 2.0}
    assert classes.labelled(confusion) == (SUPPORTS, REFUTES)
    f1 = {stance: row["f1"] for stance, row in classes.per_class(confusion, THREE).items()}
    assert f1 == {SUPPORTS: pytest.approx(6 / 7), REFUTES: 1.0, NEITHER: 0.0}
    assert classes.macro_f1(confusion, classes.labelled(confusion)) == pytest.approx((6 / 7 + 1) / 2)
    assert classes.accuracy(confusion) == pytest.approx(5 / 6)


def test_a_class_that_is_never_said_has_no_precision_and_its_f1_is_zero() -> None:
    row = classes.per_class({(REFUTES, SUPPORTS): 2.0}, THREE)[REFUTES]
    assert (row["precision"], row["recall"], row["f1"]) == (None, 0.0, 0.0)


def test_calibration_error_is_the_mean_distance_between_sure_and_right() -> None:
    told = [(SUPPORTS, 0.95), (SUPPORTS, 0.95), (REFUTES, 0.95), (SUPPORTS, 0.25)]
    counts = chance.total(calibration.count(label, SUPPORTS, sure) for label, sure in told)
    # Three that are .95 sure and right in 2 of 3; one that is .25 sure and right.
    assert calibration.ece(counts) == pytest.approx((abs(3 * 0.95 - 2) + abs(0.25 - 1)) / 4)
    rows = calibration.reliability(counts)
    assert [row["n"] for row in rows] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 3]
    assert calibration.reliability(calibration.count(SUPPORTS, SUPPORTS, 1.0))[-1]["n"] == 1


def test_thresholds_count_stances_only_and_tell_precision_coverage_and_recall() -> None:
    told = [(SUPPORTS, SUPPORTS, 0.9), (NEITHER, SUPPORTS, 0.6), (REFUTES, REFUTES, 0.9), (REFUTES, NEITHER, 0.99)]
    rows = {row["at"]: row for row in calibration.thresholds(chance.total(calibration.count(*one) for one in told))}
    assert (rows[0.5]["n"], rows[0.5]["precision"], rows[0.5]["coverage"]) == (3, 0.6667, 0.75)
    assert (rows[0.9]["n"], rows[0.9]["precision"], rows[0.9]["coverage"]) == (2, 1.0, 0.5)
    assert rows[0.9]["refutes"] == {"n": 1, "precision": 1.0, "recall": 0.5}
    assert rows[0.95] | {"supports": 0, "refutes": 0} == {
        "at": 0.95,
        "n": 0,
        "precision": None,
        "coverage": 0.0,
        "supports": 0,
        "refutes": 0,
    }


def test_ndcg_and_recall_as_beir_has_them() -> None:
    counts = retrieval.count(["x", "a", "y", "b"], {"a", "b", "c"})
    gain = 1 / 1.5849625 + 1 / 2.3219281
    best = 1 + 1 / 1.5849625 + 0.5
    found = retrieval.figures(counts)
    assert found["ndcg@10"] == pytest.approx(gain / best)
    assert found["recall@10"] == pytest.approx(2 / 3)
    deep = [*map(str, range(50)), "a"]
    assert retrieval.figures(retrieval.count(deep, {"a"})) == {"ndcg@10": 0, "recall@10": 0, "recall@100": 1}
    assert retrieval.figures({})["ndcg@10"] is None


def test_our_stances_of_time_are_told_in_the_words_of_a_set_that_has_none() -> None:
    assert three(Stance.SUPERSEDES) is SUPPORTS
    assert three(Stance.RELAXES) is NEITHER
    assert LABELS["contradiction"] is LABELS["refutes"] is REFUTES
