"""Full texts: sections, sentences that can be found again, and the passages that a judge is shown."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Quote, QuoteGrounding, Reading, Stance, evidence
from claimcheck.domain.excerpt import CHARACTERS_A_TOKEN, LONGEST, Excerpt, by_abstract, excerpt, passages
from claimcheck.domain.fulltext import Form, Found, FullText, Kind, abstract_only, full_text, kind_of
from claimcheck.domain.paper import Paper

CLAIM = Claim("c", "i", "Longer reasoning lowers adherence by 12 points.", PartialDate.day(date(2025, 1, 1)), ())
PAPER = Paper("2501.00001", "A title", "We study models. We report on them.", version=2, flags=frozenset({"invisible"}))
FOUND = (
    Found("1 Introduction", "Models reason. Adherence is often said to matter."),
    Found("2 Related Work", "Others say that longer reasoning lowers adherence."),
    Found("3 Results", "We ran it.\nLonger reasoning lowers adherence by 12 points. It held for each seed.\nThe end."),
    Found("4 Conclusion", "Birds sing. Fish swim."),
    Found("References", "Somebody. Longer reasoning lowers adherence by 12 points. 2024."),
    Found("A Proofs", "A lemma on adherence."),
)
FULL = full_text(PAPER, Form.HTML, FOUND, ["a note"], ["hidden_text"])


def titles(text: FullText) -> list[str]:
    return [section.title for section in text.sections]


def test_the_abstract_stands_first_and_references_are_left_out() -> None:
    assert titles(FULL) == ["abstract", "1 Introduction", "2 Related Work", "3 Results", "4 Conclusion", "A Proofs"]
    assert FULL.sections[0].text == PAPER.abstract
    assert (FULL.id, FULL.version, FULL.form, FULL.notes) == ("2501.00001", 2, Form.HTML, ("a note",))


def test_what_follows_the_references_is_appendix() -> None:
    assert FULL.sections[-1].kind is Kind.APPENDIX


def test_the_texts_own_abstract_is_left_out_for_the_records() -> None:
    assert titles(full_text(PAPER, Form.PDF, [Found("Abstract", "Another."), Found("1 Method", "So.")])) == [
        "abstract",
        "1 Method",
    ]


def test_a_text_of_boilerplate_alone_is_the_abstract_alone() -> None:
    assert full_text(PAPER, Form.PDF, [Found("References", "One. Two.")]).form is Form.ABSTRACT
    assert abstract_only(PAPER, ["none there"]).sections == FULL.sections[:1]


def test_sections_of_the_same_title_are_told_apart() -> None:
    found = [Found("Results", "One."), Found("Results", "Two."), Found("abstract thoughts", "Three."), Found("", "Four.")]
    assert titles(full_text(PAPER, Form.HTML, found)) == ["abstract", "Results", "Results (2)", "abstract thoughts", "text"]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("4 Results and Discussion", Kind.CONCLUSION),
        ("5.1 Main results", Kind.RESULTS),
        ("IV. EXPERIMENTS", Kind.RESULTS),
        ("Conclusions and Future Work", Kind.CONCLUSION),
        ("2. Related Work", Kind.RELATED),
        ("3 Methodology", Kind.METHOD),
        ("Appendix B Further data", Kind.METHOD),
        ("VI-B Acknowledgment", Kind.LEFT_OUT),
        ("Acknowledgements", Kind.LEFT_OUT),
        ("Acknowledgments", Kind.LEFT_OUT),
        ("NeurIPS Paper Checklist", Kind.LEFT_OUT),
        ("C Prompt Templates", Kind.LEFT_OUT),
        ("Ethics Statement", Kind.LEFT_OUT),
        ("Prompting and references to it", Kind.OTHER),
        ("The instruction tax", Kind.OTHER),
        ("", Kind.OTHER),
    ],
)
def test_titles_say_what_a_section_is_for(title: str, kind: Kind) -> None:
    assert kind_of(title) is kind


def test_a_subsection_belongs_to_what_is_around_it() -> None:
    found = [
        Found("4 Results", "", 1),
        Found("4.1 On birds", "Tweet.", 2),
        Found("5 Checklist", "", 1),
        Found("5.1 Claims", "Yes.", 2),
    ]
    found += [Found("6 More", "Text.", 1)]
    kept = full_text(PAPER, Form.HTML, found).sections[1:]
    assert [(section.title, section.kind) for section in kept] == [("4.1 On birds", Kind.RESULTS), ("6 More", Kind.OTHER)]


TEXTS = st.text("Ab. 9!?\n(é", max_size=80)


@given(st.lists(st.tuples(st.sampled_from(["1 A", "Results", "", "References"]), TEXTS), max_size=6))
def test_every_sentence_is_where_it_says(found: list[tuple[str, str]]) -> None:
    text = full_text(PAPER, Form.HTML, [Found(title, body) for title, body in found])
    told = text.sentences
    assert [s.number for s in told] == list(range(1, len(told) + 1))
    for sentence in told:
        assert text.part(sentence.where)[sentence.start : sentence.end] == sentence.text
        assert "\n" not in sentence.text
    assert all(len([s for s in text.sections if s.title == section.title]) == 1 for section in text.sections)


def chosen(tokens: int, claim: Claim = CLAIM, text: FullText = FULL) -> list[str]:
    return [f"{s.where}: {s.text}" for s in passages(text, claim, tokens)]


def test_the_abstract_is_always_shown() -> None:
    assert chosen(0) == ["abstract: We study models.", "abstract: We report on them."]


def test_the_nearest_sentence_of_the_results_comes_first() -> None:
    assert chosen(32)[2:] == ["3 Results: Longer reasoning lowers adherence by 12 points."]


def test_a_sentence_is_shown_with_its_neighbours_in_its_section() -> None:
    results = [line for line in chosen(1000) if line.startswith("3 Results")]
    assert results == [f"3 Results: {s}" for s in FULL.part("3 Results").replace(". It", ".\nIt").split("\n")[:3]]


def test_sentences_that_share_nothing_are_not_shown() -> None:
    assert not any("Birds" in line or "References" in line for line in chosen(10_000))


def test_passages_stand_in_the_papers_order_and_within_the_budget() -> None:
    for tokens in range(20, 200, 7):
        found = passages(FULL, CLAIM, tokens)
        assert list(found) == sorted(found, key=lambda s: s.number)
        assert sum(len(s.text) for s in found) <= tokens * CHARACTERS_A_TOKEN


def test_a_larger_budget_shows_at_least_as_many_words() -> None:
    sizes = [sum(len(s.text) for s in passages(FULL, CLAIM, tokens)) for tokens in (20, 50, 100, 400)]
    assert sizes == sorted(sizes)


def test_what_is_no_prose_is_not_chosen() -> None:
    table = full_text(PAPER, Form.PDF, [Found("Results", "adherence reasoning 12 " * (LONGEST // 10))])
    assert chosen(100_000, text=table) == chosen(0)


def test_what_the_parts_of_a_claim_say_is_looked_for_too() -> None:
    claim = Claim("c", "i", "Nothing of it.", PartialDate.day(date(2025, 1, 1)), (), durable="A lemma.")
    assert any("lemma" in line for line in chosen(1000, claim))


def test_an_excerpt_is_the_paper_with_other_sentences() -> None:
    told = excerpt(PAPER, FULL, CLAIM, 1000)
    assert (told.id, told.version, told.title, told.abstract) == (PAPER.id, PAPER.version, PAPER.title, PAPER.abstract)
    assert [s.number for s in told.sentences] == list(range(1, len(told.sentences) + 1))
    assert told.sentences[:2] == PAPER.sentences
    assert told.flags == {"invisible", "hidden_text", "read_html"}
    assert told.form == "html"
    assert by_abstract(told).sentences == PAPER.sentences
    assert (by_abstract(told).form, by_abstract(told).fingerprint) == ("abstract", PAPER.fingerprint)
    assert "A lemma" in told.text


def test_the_fingerprint_tells_what_was_read() -> None:
    told = excerpt(PAPER, FULL, CLAIM, 1000)
    assert told.fingerprint == excerpt(PAPER, FULL, CLAIM, 1000).fingerprint
    assert told.fingerprint not in {PAPER.fingerprint, excerpt(PAPER, FULL, CLAIM, 32).fingerprint}
    moved = full_text(PAPER, Form.HTML, [Found(f"{one.title}!", one.text, one.level) for one in FOUND])
    assert told.fingerprint != excerpt(PAPER, moved, CLAIM, 1000).fingerprint


def sentence_of(told: Excerpt, text: str) -> int:
    return next(s.number for s in told.sentences if text in s.text and s.where == "3 Results")


def test_a_quote_is_copied_from_the_section_that_it_names() -> None:
    told = excerpt(PAPER, FULL, CLAIM, 1000)
    found = evidence(told, Reading(Stance.SUPPORTS, sentences=(1, sentence_of(told, "12 points"))))
    assert found.grounding is QuoteGrounding.GROUNDED
    assert found.quotes[0] == Quote("We study models.", "abstract", 0, 16)
    quote = found.quotes[1]
    assert quote.where == "3 Results"
    assert FULL.part("3 Results")[quote.start : quote.end] == quote.text == "Longer reasoning lowers adherence by 12 points."
    assert {"read_html", "hidden_text"} <= found.flags


def test_a_sentence_that_was_not_shown_quarantines_the_reading() -> None:
    told = excerpt(PAPER, FULL, CLAIM, 0)
    assert evidence(told, Reading(Stance.SUPPORTS, sentences=(3,))).grounding is QuoteGrounding.QUARANTINED


def test_a_part_that_was_not_read_has_no_text() -> None:
    with pytest.raises(KeyError):
        PAPER.part("3 Results")
    with pytest.raises(KeyError):
        excerpt(PAPER, FULL, CLAIM, 0).part("References")
