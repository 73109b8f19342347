"""Documents of a set as papers, and the way back to the set's own sentences."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.evaluation.documents import document, numbered, passage

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "data" / "claims" / "scifact" / "corpus.jsonl.gz"


def test_sentences_that_both_split_alike_keep_their_places() -> None:
    found = document("2001.00001", "On mice", ["We fed mice.", "They grew.", "Fat mice slept."])
    assert found.places((3, 1)) == (2, 0)


def test_one_sentence_of_ours_stands_for_all_of_the_sets_that_it_covers() -> None:
    found = document("2001.00001", "On mice", ["RESULTS", "they grew by 3 grams.", "We conclude."])
    assert [s.text for s in found.paper.sentences] == ["RESULTS they grew by 3 grams.", "We conclude."]
    assert found.places((1,)) == (0, 1)
    assert found.places((2,)) == (2,)


def test_several_sentences_of_ours_may_lie_in_one_of_the_sets() -> None:
    found = document("2001.00001", "On mice", ["They grew. They slept.", "We conclude."])
    assert len(found.paper.sentences) == 3
    assert found.places((1, 2)) == (0,)


def test_a_number_that_is_not_there_stands_for_nothing() -> None:
    assert document("2001.00001", "On mice", ["They grew."]).places((7,)) == ()


def test_invisible_characters_are_removed_and_told() -> None:
    found = document("2001.00001", "On\u200b mice", ["They grew.", "\u200b", "They slept."])
    assert (found.paper.title, found.paper.abstract) == ("On mice", "They grew. They slept.")
    assert "invisible" in found.paper.flags
    assert found.places((2,)) == (2,)


def test_every_document_has_an_id_of_its_own_that_is_one() -> None:
    ids = {numbered(n): n for n in (1, 2, 99_999, 100_000, 1_199_988, 1_199_989)}
    assert len(ids) == 6
    assert [ArxivId.parse(id).bare for id in ids] == list(ids)
    assert list(ids)[-1] == "2101.00001"


def test_the_same_passage_has_the_same_id_in_whichever_file_it_stands() -> None:
    assert passage("T", ("One.", "Two.")).paper == passage("T", ("One.", "Two.")).paper
    assert passage("T", ("One.", "Two.")).paper.id != passage("T", ("One.", "Three.")).paper.id


@given(st.lists(st.text(max_size=30), max_size=6))
def test_pointing_at_everything_stands_for_every_sentence_that_says_something(told: list[str]) -> None:
    found = document("2001.00001", "T", told)
    said = [i for i, (start, end) in enumerate(found.spans) if start < end]
    assert sorted(found.places(s.number for s in found.paper.sentences)) == said


@pytest.mark.skipif(not CORPUS.exists(), reason="SciFact's corpus is not beside the repository")
def test_the_numbering_of_a_real_corpus_is_the_sets_own() -> None:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            told = json.loads(line)["abstract"]
            found = document(numbered(number), "T", told)
            assert sorted(found.places(s.number for s in found.paper.sentences)) == list(range(len(told)))
            if number == 500:
                break
