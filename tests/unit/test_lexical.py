"""The lexical judge says which papers to look at, and no more than it knows."""

import asyncio
import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claimcheck.adapters.embedded.lexical import LexicalJudge
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Reading, Stance, evidence
from claimcheck.domain.grounding import AnchorFacts, Grounding, LookUp, ground
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import clean

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
CLAIM = Claim(
    "c",
    "i",
    "Training models on long reasoning chains lowers their adherence to formatting instructions.",
    PartialDate.parse("2025"),
    (),
)


def paper(abstract: str, title: str = "A study") -> Paper:
    return Paper("2601.00001", title, abstract, 1)


def read(subject: Paper, claim: Claim = CLAIM) -> Reading:
    return asyncio.run(LexicalJudge().read(claim, subject)).reading


SAYS_IT = paper(
    "Reasoning is popular. We find that training on long reasoning chains lowers adherence to formatting instructions of models."
)


def test_the_words_of_the_claim_lean_to_support_and_are_not_trusted() -> None:
    found = read(SAYS_IT)
    assert (found.stance, found.trusted, found.bears, found.sentences) == (Stance.SUPPORTS, False, True, (2,))
    assert "shares 9 of 9 content words" in found.reason
    assert "lexical" in found.reason
    tied = evidence(SAYS_IT, found)
    assert not tied.counted
    assert tied.unjudged


def test_an_anchor_that_says_the_claim_is_grounded() -> None:
    anchor = Anchor(SAYS_IT.id)
    facts = AnchorFacts(anchor, LookUp.FOUND, paper=SAYS_IT, evidence=evidence(SAYS_IT, read(SAYS_IT)))
    check = ground(CLAIM, facts)
    assert check.grounding is Grounding.GROUNDED
    assert check.quote is not None
    assert "We find" in check.quote.text


def test_the_same_topic_bears_and_its_stance_is_left_open() -> None:
    found = read(paper("Models write code. We compare long reasoning chains of agents. More follows."))
    assert (found.stance, found.trusted, found.bears) == (Stance.NOT_ENOUGH_INFO, False, True)
    assert 2 in found.sentences
    assert found.reason.endswith("lexical reading, stance not judged")


def test_another_topic_does_not_bear() -> None:
    found = read(paper("We map lakes from orbit. Water levels fell in dry years."))
    assert (found.stance, found.bears, found.sentences) == (Stance.NOT_ENOUGH_INFO, False, ())


def test_a_paper_without_an_abstract_does_not_make_it_fall() -> None:
    found = read(paper("", "Training on long reasoning chains lowers adherence to formatting instructions of models"))
    assert not found.trusted
    assert found.sentences == ()


EXPLICIT = "We fail to replicate that training models on long reasoning chains lowers adherence to formatting instructions."


def test_only_an_explicit_denial_in_the_claims_own_words_is_trusted() -> None:
    found = read(paper(f"Here is some background. {EXPLICIT}"))
    assert (found.stance, found.trusted, found.sentences) == (Stance.REFUTES, True, (2,))


@pytest.mark.parametrize(
    "sentence",
    [
        EXPLICIT.replace("We fail", "Others fail"),
        EXPLICIT.replace("fail to replicate", "find"),
        "We fail to replicate that reasoning chains help.",
        EXPLICIT.replace("replicate that training", "replicate an older finding. Training"),
    ],
)
def test_less_than_that_is_not_trusted(sentence: str) -> None:
    assert not read(paper(sentence)).trusted


def test_a_claim_worded_as_a_denial_is_never_refuted_by_words() -> None:
    denial = replace(CLAIM, text=CLAIM.text.replace("lowers", "does not lower"))
    assert not read(paper(EXPLICIT), denial).trusted


def test_parts_of_a_claim_make_papers_bear_that_its_text_alone_would_not() -> None:
    subject = paper("A small module holds the capacity. The context dilutes. The backbone stays frozen.")
    assert not read(subject).bears
    parted = replace(CLAIM, durable="Module capacity holds.", perishable="Context dilutes while a frozen backbone stays small.")
    assert read(subject, parted).bears


def test_it_asks_nobody_and_drafts_nothing() -> None:
    judge = LexicalJudge()
    assert (judge.name.kind, judge.name.model, judge.can_reread) == ("embedded", "lexical-1", False)
    assert asyncio.run(judge.phrases(CLAIM))[0] == ()
    assert asyncio.run(judge.questions([]))[0] == ()


def labelled() -> list[tuple[Claim, Paper, str]]:
    """The pairs of the development half with their papers."""
    dev = SHARED / "retest" / "dev"
    pairs = [json.loads(line) for line in (dev / "pairs.jsonl").read_text().splitlines()]
    rows = [json.loads(line) for line in (dev / "claims.jsonl").read_text().splitlines()]
    claims = {r["id"]: replace(CLAIM, text=r["text"], durable=r["durable_part"], perishable=r["perishable_part"]) for r in rows}
    wanted = {p["paper_id"] for p in pairs}
    papers: dict[str, Paper] = {}
    with gzip.open(SHARED / "arxiv.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line[8:18] in wanted or line[7:17] in wanted:
                row: dict[str, Any] = json.loads(line)
                papers[row["id"]] = Paper(row["id"], clean(row["title"])[0], clean(row["abstract"])[0])
    return [(claims[p["claim_id"]], papers[p["paper_id"]], p["label"]) for p in pairs]


@pytest.mark.skipif(not SHARED.exists(), reason="needs the labelled pairs beside the repository")
def test_the_figures_in_its_docstring_are_those_measured() -> None:
    found = [(read(p, c), label) for c, p, label in labelled()]
    bearing = [label for reading, label in found if reading.bears]
    right = sum(label != "not_enough_info" for label in bearing)
    assert round(right / len(bearing), 2) == 0.73
    assert round(right / sum(label != "not_enough_info" for _, label in found), 2) == 0.89
    assert not any(reading.trusted for reading, _ in found)
