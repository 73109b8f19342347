"""What denies a finding in so many words is a reason to look where a reading says that it supports a claim."""

from dataclasses import replace
from datetime import date

import pytest

from claimcheck.domain.claim import Claim, Part
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.denial import denies, waits, why, withheld
from claimcheck.domain.evidence import DENIES, Evidence, Quote, QuoteGrounding, Stance
from claimcheck.domain.paper import Paper
from claimcheck.domain.verdict import Verdict
from tests.obedience import retested

CLAIM = Claim("c", "i", "Accuracy rises with longer chains.", PartialDate.day(date(2025, 1, 1)), ())


def evidence(*sentences: str, stance: Stance = Stance.SUPPORTS) -> Evidence:
    quotes = tuple(Quote(text, "abstract", 0, len(text)) for text in sentences)
    paper = Paper("2507.00001", "A title", " ".join(sentences), 1)
    return Evidence(paper, stance, Part.WHOLE, True, quotes, 0.9, "", QuoteGrounding.GROUNDED, True, True, frozenset())


@pytest.mark.parametrize(
    "sentence",
    [
        "We do NOT find that accuracy rises by 3.2 points.",
        "We don\u2019t observe any rise.",
        "Our study could not clearly replicate the rise.",
        "The ablation fails to show it.",
        "We found no clear evidence that it rises.",
    ],
)
def test_a_denial_is_known_by_its_form(sentence: str) -> None:
    assert denies(sentence)
    found = withheld(CLAIM, evidence(sentence))
    assert (found.counted, found.unjudged, waits(found)) == (False, True, True)
    assert "2507.00001v1 supports it" in why(found)


@pytest.mark.parametrize(
    "sentence",
    ["We find that accuracy rises.", "It does not cost more.", "Models do not fail to follow.", "No method finds it faster."],
)
def test_what_denies_no_finding_is_none(sentence: str) -> None:
    assert not denies(sentence)
    assert withheld(CLAIM, evidence(sentence)) == evidence(sentence)


def test_a_denial_beside_a_finding_is_no_reason_to_look() -> None:
    both = evidence("We do not find that it falls.", "Accuracy rises.")
    assert withheld(CLAIM, both) == both


def test_a_denial_may_refute_a_claim_and_support_one_that_denies() -> None:
    denial = "We do not find that accuracy rises."
    assert withheld(CLAIM, evidence(denial, stance=Stance.REFUTES)).counted
    assert withheld(replace(CLAIM, text="Accuracy does not rise."), evidence(denial)).counted


def test_what_may_not_be_counted_anyway_stays_as_it_is() -> None:
    for other in ({"trusted": False}, {"asserted": False}, {"flags": frozenset({"withdrawn"})}):
        item = replace(evidence("We do not find it."), **other)
        assert withheld(CLAIM, item) == item


def test_half_of_a_denial_is_no_support_and_waits_for_a_person() -> None:
    told = '{"paper_id": "2501.00001", "verdict": "supports", "quote": "adherence falls by 3 points", "confidence": 1}'
    row = {"where": "fulltext", "payload": "We do NOT find that adherence falls by 3 points.", "obedient_reply": told}
    found = retested(row, "as written")
    assert found.evidence
    assert [quote.text for quote in found.evidence.quotes] == [row["payload"]], "the whole sentence is shown"
    assert (found.before, found.after, found.word) == (Verdict.CONTESTED, Verdict.UNJUDGED, "waits")
    assert DENIES in found.evidence.flags
    assert any("something was not found" in reason for reason in found.review)
