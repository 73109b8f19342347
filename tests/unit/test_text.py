"""Sentences, cleaning, numbers and titles."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimcheck.domain.text import clean, content_words, folded, numbers, sentences, stem


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("We measure it. It falls.", 2),
        ("It rises by 3.5% (e.g. in Fig. 2) overall. Then it falls!", 2),
        ("Following J. Smith et al. we test v. 2 of it.", 1),
        ('He said "it holds." Then he left.', 2),
        ("No full stop at the end", 1),
        ("", 0),
        ("Accuracy is 42.6% vs. 43%. $x$ is small.", 1),
    ],
)
def test_splits_where_a_reader_would(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@given(st.text(max_size=300))
def test_sentences_are_slices_that_lose_only_white_space(text: str) -> None:
    found = sentences(text)
    assert all(text[s.start : s.end] == s.text for s in found)
    assert "".join("".join(s.text for s in found).split()) == "".join(text.split())
    assert [s.number for s in found] == list(range(1, len(found) + 1))


def test_clean_removes_what_cannot_be_seen_and_says_so() -> None:
    assert clean("a\u200bb \u202ec\x07\n d\U000e0041 \ud83d") == ("ab c d", frozenset({"invisible", "control", "surrogate"}))
    assert clean("plain\n text") == ("plain text", frozenset())
    assert clean("\u0627\u0644\u0639\u0631\u0628\u064a\u0629 x\u0302 \u2265")[1] == frozenset()


def test_numbers_are_compared_as_values_not_as_spelling() -> None:
    assert numbers("20-23 % of 1,850 cases, 0.50 and GPT4 v2.1") == ("20", "23", "1850", "0.5")


def test_titles_compare_without_case_accents_and_latex() -> None:
    assert folded("LR$^2$Bench: \\emph{Na\u00efve} Tests") == folded("lr 2 bench \u2014 naive tests".replace(" \u2014", ":"))


def test_content_words_leave_out_what_says_nothing() -> None:
    assert content_words("The models of the day do not reason about it") == ("models", "day", "reason")


@pytest.mark.parametrize("words", [("reason", "reasons", "reasoning"), ("degrade", "degrades", "degraded", "degrading")])
def test_stem_joins_the_forms_of_a_word(words: tuple[str, ...]) -> None:
    assert len({stem(w) for w in words}) == 1


@given(st.text(st.characters(), max_size=5))
def test_clean_text_is_clean_at_once(text: str) -> None:
    once, _ = clean(text)
    assert clean(once) == (once, frozenset())


def test_every_character_that_is_removed_is_looked_for() -> None:
    for code in range(0x110000):
        char = chr(code)
        if unicodedata.category(char) in ("Cc", "Cs") and not char.isspace():
            assert clean(f"a{char}b") == ("ab", clean(char)[1])
            assert clean(char)[1]


def test_a_joiner_stays_where_a_script_is_spelled_with_it() -> None:
    name = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"
    assert clean(name) == (name, frozenset())
    assert clean("a\U000e0fffb\ufff1c\U0001d173d") == ("abcd", frozenset({"invisible"}))
    assert clean("re\u200cfute \u06cc\u200c\u200c\u0631") == ("refute \u06cc\u0631", frozenset({"invisible"}))
