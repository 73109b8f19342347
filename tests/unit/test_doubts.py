"""What a sentence names that stands nowhere in the papers that it cites."""

import pytest

from claimcheck.domain.doubts import doubts, figures_not_in, names_not_in


@pytest.mark.parametrize(
    ("statement", "text", "missing"),
    [
        ("They hit 20-23 % on puzzles.", "Models imitate.", ("20-23 %",)),
        ("They hit 20-23 % on puzzles.", "They solve 21.5 % of them.", ()),
        ("They hit 20-23 % on puzzles.", "They solve 60 % of them.", ("20-23 %",)),
        ("Half the compute is enough.", "We use 50 % of the compute.", ()),
        ("Found in 2025-05 by version 2.", "Models imitate.", ()),
    ],
)
def test_figures_are_missed_unless_a_text_agrees(statement: str, text: str, missing: tuple[str, ...]) -> None:
    assert figures_not_in(statement, ["Nothing here.", text]) == missing


@pytest.mark.parametrize(
    ("statement", "text", "missing"),
    [
        ("LLM Programs decompose tasks.", "Effective reasoning without thinking.", ("LLM Programs",)),
        ("LLM Programs decompose tasks.", "Large language model programs.", ()),
        ("LLM Programs decompose tasks.", "We define an LLM program.", ()),
        ("SoftCoT freezes the backbone.", "SoftCoT: soft chains of thought.", ()),
        ("SoftCoT freezes the backbone.", "Soft chains of thought.", ("SoftCoT",)),
        ("CoT is imitation.", "Chain-of-thought is imitation.", ()),
        ("Language Models and BERT are read.", "Nothing of that.", ()),
    ],
)
def test_names_are_missed_unless_they_stand_there_or_in_full(statement: str, text: str, missing: tuple[str, ...]) -> None:
    assert names_not_in(statement, [text]) == missing


def test_nothing_read_is_no_doubt() -> None:
    assert doubts("SoftCoT reaches 20 %.", []) == ()
