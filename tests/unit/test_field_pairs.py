"""The project's own labelled pairs are whole, name only papers by id, and keep apart what is scored."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from claimcheck.domain.arxiv_id import ArxivId

TRAINING = Path(__file__).resolve().parents[2] / "training"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
SAMPLE = Path(__file__).resolve().parents[2] / "claimcheck" / "sample" / "papers.jsonl"
STANCES = {"supports", "refutes", "relaxes", "supersedes"}


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (TRAINING / name).read_text(encoding="utf-8").splitlines()]


CLAIMS, PAPERS = rows("field.jsonl"), rows("field_papers.jsonl")
KNOWN = {row["id"] for row in PAPERS}


def named(claim: dict[str, Any]) -> list[str]:
    return [*claim["papers"], *claim["hard"], *claim["far"]]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def test_every_claim_has_a_contrary_of_its_own_and_papers_that_are_listed_once() -> None:
    for claim in CLAIMS:
        assert claim["contrary"].strip().lower() != claim["claim"].strip().lower()
        assert len(named(claim)) == len(set(named(claim)))
        assert set(named(claim)) <= KNOWN
    assert {id for claim in CLAIMS for id in named(claim)} == KNOWN


def test_every_stance_is_known_and_shown_by_sentences() -> None:
    for claim in CLAIMS:
        for stance, numbers, own in claim["papers"].values():
            assert stance in STANCES
            assert numbers
            assert all(isinstance(number, int) and number > 0 for number in numbers)
            assert isinstance(own, bool)


def test_papers_stand_there_by_id_version_and_hash_and_by_nothing_else() -> None:
    for row in PAPERS:
        assert row.keys() == {"id", "version", "text"}
        assert ArxivId.parse(row["id"]).bare == row["id"]
        assert re.fullmatch(r"[0-9a-f]{16}", row["text"])


def test_refuting_and_relaxing_pairs_are_well_represented() -> None:
    counts = Counter(stance for claim in CLAIMS for stance, *_ in claim["papers"].values())
    assert min(counts[name] for name in ("supports", "refutes", "relaxes")) > 900


def test_no_paper_of_the_sample_is_trained_on() -> None:
    sample = {json.loads(line)["id"] for line in SAMPLE.read_text(encoding="utf-8").splitlines()}
    assert not sample & KNOWN


def test_no_claim_or_paper_of_the_re_test_set_is_trained_on() -> None:
    if not (SHARED / "retest").exists():
        pytest.skip("needs the re-test set in a folder `shared` beside the repository")
    pairs = [json.loads(line) for line in (SHARED / "retest/dev/pairs.jsonl").read_text(encoding="utf-8").splitlines()]
    scored = [json.loads(line) for line in (SHARED / "retest/dev/claims.jsonl").read_text(encoding="utf-8").splitlines()]
    assert not {row["paper_id"] for row in pairs} & KNOWN
    theirs = [set(words(row["text"])) for row in scored]
    for claim in CLAIMS:
        for text in (claim["claim"], claim["contrary"]):
            own = set(words(text))
            assert all(len(own & other) / len(own | other) < 0.6 for other in theirs), text


def test_no_claim_repeats_a_run_of_eight_words_of_its_papers() -> None:
    if not (SHARED / "arxiv.jsonl.gz").exists():
        pytest.skip("needs the papers in a folder `shared` beside the repository")
    runs: dict[str, set[str]] = {}
    with gzip.open(SHARED / "arxiv.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if row["id"] in KNOWN:
                told = words(row["abstract"])
                runs[row["id"]] = {" ".join(told[i : i + 8]) for i in range(len(told) - 7)}
    for claim in CLAIMS:
        told = words(claim["claim"])
        own = {" ".join(told[i : i + 8]) for i in range(len(told) - 7)}
        assert not any(own & runs[id] for id in named(claim))
