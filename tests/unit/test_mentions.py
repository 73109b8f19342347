"""Which arXiv papers and which dates a person's text names, and where."""

import json
from datetime import date
from pathlib import Path

import pytest

from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.domain.mentions import mentions
from claimcheck.domain.statement import statement
from claimcheck.domain.worded_dates import dates

IDS = Path(__file__).resolve().parents[3] / "shared" / "bad_inputs" / "ids.jsonl"
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("see arXiv:2505.14810v2.", ["2505.14810v2"]),
        ("(arXiv: 2505.14810, arXiv:hep-th/9901001)", ["2505.14810", "hep-th/9901001"]),
        (
            "https://arxiv.org/abs/2505.14810#comments and http://www.arxiv.org/pdf/2305.11383v1.pdf",
            ["2505.14810", "2305.11383v1"],
        ),
        ("doi:10.48550/arXiv.2201.11903", ["2201.11903"]),
        ("https://doi.org/10.48550/arXiv.2201.11903.", ["2201.11903"]),
        (
            "https://huggingface.co/papers/2505.14810 or https://ar5iv.labs.arxiv.org/html/2305.11383",
            ["2505.14810", "2305.11383"],
        ),
        ("a bare 2505.14810, a bare math.GT/0309136", ["2505.14810", "math/0309136"]),
        ("[2505.14810](https://arxiv.org/abs/2505.14810)", ["2505.14810", "2505.14810"]),
        ("arXiv:2505.14810—which is new", ["2505.14810"]),
    ],
)
def test_papers_are_found_in_every_form_that_people_write(text: str, ids: list[str]) -> None:
    found = mentions(text)
    assert [str(m.id) for m in found] == ids
    assert all(text[m.start : m.end] == m.text for m in found)


@pytest.mark.parametrize(
    "text", ["arXiv:2513.12345", "arXiv:2505.1481", "https://arxiv.org/abs/2201.00000", "arXiv:hep-xx/9901001"]
)
def test_what_was_meant_as_an_id_and_is_none_is_told_with_the_reason(text: str) -> None:
    (found,) = mentions(f"It holds ({text}).")
    assert found.id is None
    assert found.wrong
    assert found.text == text


@pytest.mark.parametrize(
    "text",
    [
        "it took 1234.5678 s",
        "pi is 3.14159, and 2513.12345 no month",
        "https://arxiv.org.evil.example/abs/2201.11903",
        "https://arxiv.org@evil.example/abs/2201.11903",
        "https://arxiv.org/list/cs.CL/recent",
        "arXiv: a server for preprints",
        "version 2505.14810.1",
        "10.1000/2505.14810",
        "\uff12\uff12\uff10\uff11.\uff11\uff11\uff19\uff10\uff13",
    ],
)
def test_numbers_and_other_addresses_are_no_papers(text: str) -> None:
    assert mentions(text, TODAY) == ()


@pytest.mark.skipif(not IDS.exists(), reason="the folder `shared` with the ids is not beside the repository")
def test_every_good_id_of_the_shared_cases_is_found_in_a_sentence_and_no_bad_one_is_made_good() -> None:
    for line in IDS.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        value = case["value"]
        found = mentions(f"As said in {value} it holds.", TODAY)
        if case["expect"] == "ok":
            assert [m.id for m in found] == [ArxivId.parse(value)], case["id"]
        else:  # an id that a person could read there may be taken; nothing may be made up
            assert all(m.id is None or m.id.bare.split("/")[-1] in value for m in found), case["id"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(2025-05, x)", ["2025-05"]),
        ("on 2025-05-14 and 2025/06", ["2025-05-14", "2025-06"]),
        ("May 2025; 12 May 2025; May 12, 2025; Sept. 2024", ["2025-05", "2025-05-12", "2025-05-12", "2024-09"]),
        ("Q3 2025, 2024-Q1, late 2023", ["2025", "2024", "2023"]),
        ("(Liu et al., 2023) said in 2022", ["2023", "2022"]),
        ("2000 problems, in 2000 problems, 20.2023, v2023", []),
        ("31 February 2025", []),
    ],
)
def test_dates_are_read_as_precisely_as_they_are_written(text: str, told: list[str]) -> None:
    found = dates(text)
    assert [str(d.date) for d in found] == told
    assert all(text[d.start : d.end] == d.text for d in found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Chains **dilute** context (2025-05, arXiv:2505.14810).", "Chains dilute context."),
        ("Chains dilute context [1, 2]; see arXiv:2505.14810", "Chains dilute context"),
        ("arXiv:2505.14810 (2025-05): chains dilute context", "chains dilute context"),
        ("[Li et al.](https://arxiv.org/abs/2505.14810) find that chains dilute context", "find that chains dilute context"),
        ("As arXiv:2505.14810 shows, chains dilute context", "As arXiv:2505.14810 shows, chains dilute context"),
        ("A [MASK] token (about 5 %) is enough here \\cite[p.~2]{li}", "A [MASK] token (about 5 %) is enough here"),
        ("(arXiv:2505.14810)", ""),
        ("See https://arxiv.org/abs/2505.14810.", ""),
    ],
)
def test_a_statement_is_the_sentence_without_its_citation(text: str, told: str) -> None:
    assert statement(text) == told
