"""Figures: which are found, which are left alone, and when two of them agree."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimcheck.domain.figure_forms import Kind, find
from claimcheck.domain.figures import Compared, compare

INFINITY = Decimal("Infinity")


def said(text: str) -> list[str]:
    return [figure.written for figure in find(text)]


def agree(claim: str, *told: str) -> bool | None:
    """Whether the claim's only figure agrees; None where there is nothing to compare it with."""
    rows = compare(claim, told)
    assert len(rows) <= 1
    return rows[0].agrees if rows else None


@pytest.mark.parametrize(
    ("text", "written", "low", "high"),
    [
        ("solves 20 % of them", "20 %", "20", "20"),
        ("only about 20-23 % of problems", "20-23 %", "20", "23"),
        ("20\u201323% of problems", "20\u201323%", "20", "23"),
        ("20 to 23 percent", "20 to 23 percent", "20", "23"),
        ("between 20% and 23%", "between 20% and 23%", "20", "23"),
        ("between 20% of these", "20%", "20", "20"),
        ("falls from 40 to 23 per cent", "40 to 23 per cent", "23", "40"),
        ("gains 6.5 percentage points", "6.5 percentage points", "6.5", "6.5"),
        (r"of $>$20\%, 1", ">20%", "20", "Infinity"),
        (r"20\%--23\%", "20%--23%", "20", "23"),
        ("by -5 %", "5 %", "5", "5"),
        ("lifts Opus 4.6 to 30.0%", "30.0%", "30.0", "30.0"),
    ],
)
def test_percents_are_found(text: str, written: str, low: str, high: str) -> None:
    (figure,) = find(text)
    assert (figure.kind, figure.written) == (Kind.PERCENT, written)
    assert (figure.low, figure.high) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    ("text", "written", "low", "high"),
    [
        ("2x faster", "2x", "2", "2"),
        ("a 2.5\u00d7 gain", "2.5\u00d7", "2.5", "2.5"),
        (r"2.5$\times$ faster", "2.5\u00d7", "2.5", "2.5"),
        ("2-3x as fast", "2-3x", "2", "3"),
        ("improves 81-fold", "81-fold", "81", "81"),
        ("a threefold rise", "threefold", "3", "3"),
        ("twice the cost", "twice", "2", "2"),
        ("more than double its size", "more than double", "2", "Infinity"),
        ("the cost doubled", "doubled", "2", "2"),
        ("Three times as many tokens", "Three times", "3", "3"),
        ("3 times faster", "3 times", "3", "3"),
    ],
)
def test_multiples_are_found(text: str, written: str, low: str, high: str) -> None:
    (figure,) = find(text)
    assert (figure.kind, figure.written) == (Kind.MULTIPLE, written)
    assert (figure.low, figure.high) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    ("text", "written", "percent", "of"),
    [
        ("half the compute", "half the compute", 50, ("comput",)),
        ("Half of all problems.", "Half of all problems", 50, ("problem",)),
        ("a third of the training FLOPs", "a third of the training FLOPs", 33, ("train", "comput")),
        ("two-thirds of its tokens", "two-thirds of its tokens", 67, ("token",)),
        ("three quarters of our data", "three quarters of our data", 75, ("data",)),
        ("one tenth of the cost", "one tenth of the cost", 10, ("cost",)),
    ],
)
def test_fractions_are_found_with_what_they_are_of(text: str, written: str, percent: int, of: tuple[str, ...]) -> None:
    (figure,) = find(text)
    assert (figure.kind, figure.written, figure.low, figure.of) == (Kind.FRACTION, written, Decimal(percent), of)


@pytest.mark.parametrize(
    ("text", "written", "value", "noun"),
    [
        ("850 problems", "850 problems", 850, "problem"),
        ("the 850-problem set", "850-problem", 850, "problem"),
        ("$850$ problems", "850 problems", 850, "problem"),
        ("1,000 labelled training examples", "1,000 labelled training examples", 1000, "exampl"),
        ("2000 examples", "2000 examples", 2000, "exampl"),
        ("2,024 examples", "2,024 examples", 2024, "exampl"),
        ("7 billion parameters", "7 billion parameters", 7 * 10**9, "parameter"),
        ("a 7-billion-parameter model", "7-billion-parameter", 7 * 10**9, "parameter"),
        ("Llama 2 7B", "7B", 7 * 10**9, "parameter"),
        ("7B models", "7B models", 7 * 10**9, "parameter"),
        ("trained on 20B tokens", "20B tokens", 20 * 10**9, "token"),
        ("128K tokens", "128K tokens", 128_000, "token"),
        ("Using 24 models", "24 models", 24, "model"),
        ("Across 24 models", "24 models", 24, "model"),
    ],
)
def test_counts_are_found_with_their_noun(text: str, written: str, value: int, noun: str) -> None:
    (figure,) = find(text)
    assert (figure.kind, figure.written, figure.low, figure.of) == (Kind.COUNT, written, Decimal(value), (noun,))


def test_the_smaller_end_of_a_range_takes_its_size_from_the_greater() -> None:
    assert [(int(f.low), int(f.high)) for f in find("7 to 14 billion parameters, 1.7B to 14B parameters")] == [
        (7 * 10**9, 14 * 10**9),
        (17 * 10**8, 14 * 10**9),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "In 2024 models improved, from 2023-2024 results on",
        "see arXiv:2506.02878 and 2506.02878 shows it",
        "as in [12] models [3, 4]",
        "Section 3.2 shows, Table 2 results, Fig. 4 shows, in step 3 models",
        "GPT-4 models, GPT-5.2, Qwen3-14B, Llama 3 models, Gemini 2.5 agents, gpt-4o",
        "v2.1.3 changes, pass@1 scores, top-5",
        "a 95 % confidence interval, 95% CI [18.2, 23.1]",
        "a 4x4 grid, 3 x 3, 4 \u00d7 n, 2 \u00d7 10^5, a 10-fold cross-validation",
        "sampled three times, 5 times, twice, and 3 times over",
        "double-blind, half-precision, the first half of the tokens, half of them, a third model",
        "the 95th percentile, 1e-5 rates, 12,5 %, 12, 000 images, $3B",
        "six models at 50 Hz",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    "text",
    ["more than 20 %", "at least 20 %", "over 20 %", "no less than 20 %", ">20 %", "\u2265 20 %", "20 % or more", "20%+"],
)
def test_open_upwards(text: str) -> None:
    ((low, high),) = [(f.low, f.high) for f in find(f"It solves {text}.")]
    assert (low, high) == (Decimal(20), INFINITY)


@pytest.mark.parametrize(
    "text", ["under 20 %", "less than 20 %", "at most 20 %", "up to 20 %", "no more than 20 %", "\u226420 %"]
)
def test_open_downwards(text: str) -> None:
    ((low, high),) = [(f.low, f.high) for f in find(f"It solves {text}.")]
    assert (low, high) == (-INFINITY, Decimal(20))


@pytest.mark.parametrize(
    ("claim", "told", "expected"),
    [
        ("solve 20-23 %", "solves 31 %", False),
        ("solve 20-23 %", "solves 20.2%", True),
        ("solve 20-23 %", "solves 23.4%", True),
        ("solve 20-23 %", "solves 23.5%", False),
        ("solve 20-23 %", "between 22 and 40 %", True),
        ("solve 20.0 %", "solves 20.4 %", False),
        ("solve more than 20 %", "solves 66.9%", True),
        ("solve more than 20 %", "solves 12 %", False),
        ("solve at least 20 %", "solves 20 %", True),
        ("lose under 0.5 %", "loses 0.7 %", False),
        ("lose under 5 %", "loses at least 3 %", True),
        ("850 problems", "a set of 900 problems", False),
        ("850 problems", "the 850-problem set", True),
        ("850 problems", "20 models", None),
        ("1,000 examples", "1000 examples", True),
        ("7B", "7.1 billion parameters", True),
        ("7B", "13B", False),
        ("7B", "7 billion tokens", None),
        ("2x faster", "twice as fast", True),
        ("twice the cost", "3.5x the cost", False),
        ("twice as fast", "0.5x", None),
        ("half the compute", "52 % of the FLOPs", True),
        ("half the compute", "30 % of the compute", False),
        ("half the compute", "30 % of the training time", None),
        ("half the compute", "30 %", None),
        ("half the compute", "a third of the compute", False),
        ("half the compute", "a third of the problems", None),
        ("half the compute", "2x the compute", None),
        ("no figure", "20 %", None),
        ("20 %", "no figure", None),
    ],
)
def test_figures_of_one_kind_are_compared_and_others_are_not(claim: str, told: str, expected: bool | None) -> None:
    assert agree(claim, told) is expected


def test_one_figure_of_the_paper_that_agrees_is_enough_and_all_are_named_once_in_order() -> None:
    told = ["It reaches 66.9 % and 18.5 %.", "Elsewhere 21 % of 329 instances, and 66.9 % again."]
    assert compare("Models solve 20-23 % of 850 problems.", told) == (Compared("20-23 %", ("66.9 %", "18.5 %", "21 %"), True),)


def test_each_figure_of_the_claim_is_told_once_and_in_its_order() -> None:
    told = ["For 900 problems it is 31 %."]
    rows = compare("On 850 problems, 20 % is solved, so 20 % of 850 problems, at twice the cost.", told)
    assert [(row.claim, row.paper, row.agrees) for row in rows] == [
        ("850 problems", ("900 problems",), False),
        ("20 %", ("31 %",), False),
    ]


FRAGMENTS = st.sampled_from(
    "20 23.5 1,000 2024 7 0 % \\% x \u00d7 - \u2013 to and between more than under half third a of the compute FLOPs problems "
    "models billion B 7B -fold times twice doubled f\u0131ve th\u0131rd + $ \\times [ ] . , or "
    "Llama 99999999999999999999 \u0663".split()
)
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(FRAGMENTS, max_size=12).map(" ".join), st.lists(FRAGMENTS, max_size=8).map("".join)
)


ORDERS = st.lists(TEXTS, max_size=4).flatmap(lambda told: st.tuples(st.just(told), st.permutations(told)))


@given(TEXTS, ORDERS)
def test_any_text_can_be_compared_and_the_order_told_does_not_matter(claim: str, orders: tuple[list[str], list[str]]) -> None:
    first, second = ({(row.claim, frozenset(row.paper), row.agrees) for row in compare(claim, told)} for told in orders)
    assert first == second


@given(TEXTS)
def test_a_text_never_differs_from_itself(text: str) -> None:
    assert all(row.agrees for row in compare(text, [text]))
    assert len(compare(text, [text])) == len({(f.written, f.kind) for f in find(text)})
