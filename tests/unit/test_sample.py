"""The sample library: facts as the data has them, summaries in our own words, every anchor of claims.yaml."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.domain.text import sentences

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "claimcheck" / "sample" / "papers.jsonl"
DATA = ROOT.parent / "shared" / "data" / "arxiv.jsonl.gz"
FACTS = ("version", "title", "authors", "categories", "published", "updated", "seen", "journal_ref", "doi", "withdrawn")
FIELDS = {"id", "abstract", *FACTS}
LONGEST_SHARED_RUN = 7

Record = dict[str, Any]


@pytest.fixture(scope="module")
def sample() -> list[Record]:
    return [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def originals(sample: list[Record]) -> dict[str, Record]:
    if not DATA.exists():
        pytest.skip("the folder ../shared with the papers' metadata is not beside this repository")
    wanted = {paper["id"] for paper in sample}
    found: dict[str, Record] = {}
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for line in lines:
            # Only the lines that start with a wanted id are worth the price of parsing them.
            named = re.match(r'\{"id":\s*"([^"]+)"', line)
            if named and named.group(1) in wanted:
                found[named.group(1)] = json.loads(line)
    return found


def test_sample_has_at_least_80_papers_each_with_the_fields_of_a_paper(sample: list[Record]) -> None:
    assert len(sample) >= 80
    for paper in sample:
        assert set(paper) | {"withdrawn"} == FIELDS, paper["id"]
        assert paper["title"], paper["id"]


def test_ids_are_valid_distinct_and_in_order(sample: list[Record]) -> None:
    ids = [paper["id"] for paper in sample]
    assert ids == sorted(set(ids))
    assert [ArxivId.parse(name) for name in ids] == [ArxivId(name) for name in ids]


def test_each_summary_is_three_to_five_sentences(sample: list[Record]) -> None:
    counts = {paper["id"]: len(sentences(paper["abstract"])) for paper in sample}
    assert {name: count for name, count in counts.items() if not 3 <= count <= 5} == {}


def test_summaries_tell_of_the_paper_and_not_of_its_abstract(sample: list[Record]) -> None:
    mention = re.compile(r"\b(the|its|their) abstract\b(?! tokens)", re.IGNORECASE)
    assert [paper["id"] for paper in sample if mention.search(paper["abstract"])] == []


def test_every_anchor_of_the_claims_is_in_the_sample(sample: list[Record]) -> None:
    claims = (ROOT / "claims.yaml").read_text(encoding="utf-8")
    anchors = set(re.findall(r"- id: (\d{4}\.\d{4,5})", claims))
    assert anchors
    assert anchors - {paper["id"] for paper in sample} == set()


@pytest.mark.slow
def test_facts_are_those_of_the_data(sample: list[Record], originals: dict[str, Record]) -> None:
    assert {paper["id"] for paper in sample} == set(originals)
    for paper in sample:
        theirs = originals[paper["id"]]
        assert {fact: paper.get(fact) for fact in FACTS} == {fact: theirs.get(fact) for fact in FACTS}, paper["id"]


@pytest.mark.slow
def test_no_summary_copies_eight_words_in_a_row(sample: list[Record], originals: dict[str, Record]) -> None:
    assert originals
    for paper in sample:
        copied = _runs(paper["abstract"]) & _runs(originals[paper["id"]]["abstract"])
        assert not copied, (paper["id"], copied)


def _runs(text: str, length: int = LONGEST_SHARED_RUN + 1) -> set[tuple[str, ...]]:
    # Letters and digits only, so that a changed hyphen or mark does not hide a copied run.
    tokens = re.findall(r"[a-z0-9]+", text.casefold())
    return {tuple(tokens[start : start + length]) for start in range(len(tokens) - length + 1)}
