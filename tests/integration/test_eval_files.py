"""Labelled files: every form that is known is read, every fault is refused with its line, all at once."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from claimcheck.domain.evidence import Stance
from claimcheck.errors import Refused
from claimcheck.evaluation import grounding, pair_files, retest_files, scifact_files

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
CLAIM = {"claim_id": 1, "claim": "Mice grow.", "doc_id": 7, "title": "T", "sentences": ["A.", "B."], "label": "SUPPORTS"}
PAIR: dict[str, Any] = {**CLAIM, "rationales": [[1]]}
NLI = {"premise": "A man sleeps.", "hypothesis": "A man rests.", "label": "entailment"}
DOC = {"doc_id": 4, "title": "T", "abstract": ["A.", "B.", "C."]}
SCI: dict[str, Any] = {
    "id": 1,
    "claim": "Mice grow.",
    "evidence": {"4": [{"sentences": [0], "label": "SUPPORT"}]},
    "cited_doc_ids": [4],
}
DATED = {"id": "m", "text": "Mice grow.", "asserted": "2025-01", "anchor_id": "2501.00001", "queries": ["mice"]}
LABELLED = {"claim_id": "m", "paper_id": "2502.00001", "label": "relaxes", "contested_label": False, "alt_label": None}
CASE = {"id": "g", "claim": "Mice grow.", "cited_id": "2501.00001", "cited_date": "2025-01", "expected": "ok", "accept": ["ok"]}


def file(folder: Path, *rows: object, name: str = "set.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def problems(caught: "pytest.ExceptionInfo[Refused]") -> list[str]:
    return [problem.split("set.jsonl:", 1)[-1] for problem in caught.value.problems]


def refused(path: Path) -> list[str]:
    with pytest.raises(Refused) as caught:
        pair_files.load(path)
    return problems(caught)


def test_both_forms_of_pairs_are_read(tmp_path: Path) -> None:
    first, second = pair_files.load(file(tmp_path, PAIR, "\n", NLI))
    assert (first.label, first.rationale, first.claim.text) == (Stance.SUPPORTS, frozenset({1}), "Mice grow.")
    assert (second.document.paper.abstract, second.claim.text) == ("A man sleeps.", "A man rests.")


@pytest.mark.parametrize(
    ("spelt", "meant"),
    [
        ("SUPPORT", Stance.SUPPORTS),
        ("Not Enough Info", Stance.NOT_ENOUGH_INFO),
        ("CONTRADICT", Stance.REFUTES),
        ("DISPUTED", None),
    ],
)
def test_labels_are_known_as_the_sets_spell_them(tmp_path: Path, spelt: str, meant: Stance | None) -> None:
    assert pair_files.load(file(tmp_path, PAIR | {"label": spelt}))[0].label is meant


def test_a_gzipped_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(gzip.compress(json.dumps(PAIR).encode()))
    assert len(pair_files.load(path)) == 1


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    missing = {name: value for name, value in PAIR.items() if name not in ("claim", "label")}
    found = refused(
        file(
            tmp_path,
            PAIR,
            missing | {"doc_id": 8},
            PAIR | {"doc_id": 9, "label": "MAYBE"},
            PAIR | {"doc_id": 10, "rationales": [[0, 2]]},
            PAIR,
            PAIR | {"doc_id": 11, "sentences": "A. B."},
            "{not json\n",
            [1, 2],
            PAIR | {"doc_id": 12, "claim": "Mice shrink."},
        )
    )
    assert [line.split(":", 1)[0] for line in found] == ["2", "2", "3", "4", "5", "6", "7", "8", "9"]
    whole = "\n".join(found)
    for told in (
        "2: has no 'claim'",
        "2: has no 'label'",
        "3: unknown label 'MAYBE'; known are supports,",
        "4: rationales: sentence number 2 is out of range; the document has 0 to 1",
        "5: claim_id 1, doc_id 7 stands on line 1 already",
        "6: 'sentences' is 'A. B.', not a list of texts",
        "7: is not JSON",
        "8: is [1, 2], not a JSON object",
        "9: claim 1 has another text on line 1",
    ):
        assert told in whole


def test_one_claim_may_meet_several_documents_without_ids_but_not_the_same_one_twice(tmp_path: Path) -> None:
    bare = {name: value for name, value in PAIR.items() if name != "doc_id"}
    assert len(pair_files.load(file(tmp_path, bare, bare | {"title": "Another"}))) == 2
    assert refused(file(tmp_path, bare, bare)) == ["2: claim_id 1 stands on line 1 already"]


def test_a_document_that_says_nothing_is_refused_once(tmp_path: Path) -> None:
    assert refused(file(tmp_path, PAIR | {"sentences": [" ", "\u200b"]})) == ["1: 'sentences' is empty"]


def test_the_first_fifty_faults_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    found = refused(file(tmp_path, *({**NLI, "label": "?"} for _ in range(60))))
    assert len(found) == 51
    assert found[-1] == "and 10 more like these"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (json.dumps(PAIR).encode() + b'\n{"claim": "caf\xe9"}\n', ":2: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        (json.dumps(PAIR).encode("utf-16"), ":1: is encoded in UTF-16 or UTF-32; save the file as UTF-8"),
        (b"", ": holds no rows"),
        (b"\n\n", ": holds no rows"),
        (gzip.compress(json.dumps(PAIR).encode() * 50)[:-20], ": is cut off or damaged after line"),
        (b"[" * 100_000 + b"\n", ":1: is not JSON"),
    ],
)
def test_what_is_no_such_file_is_refused_in_one_line(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(data)
    with pytest.raises(Refused) as caught:
        pair_files.load(path)
    assert len(caught.value.problems) == 1
    assert f"set.jsonl{told}" in caught.value.problems[0]


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(PAIR).encode())
    assert len(pair_files.load(path)) == 1


def test_no_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path, told in ((tmp_path / "none.jsonl", "there is no such file"), (tmp_path, "is not a file")):
        with pytest.raises(Refused, match=told):
            pair_files.load(path)


def faults(path: Path, corpus: Path | None) -> list[str]:
    documents = scifact_files.load_corpus(corpus) if corpus else None
    with pytest.raises(Refused) as caught:
        scifact_files.load_claims(path, documents)
    return problems(caught)


def test_faults_of_claims_against_the_corpus_are_told(tmp_path: Path) -> None:
    corpus = file(tmp_path, DOC, name="corpus.jsonl")

    def with_evidence(id: int, *rationales: tuple[list[int], str], doc: str = "4") -> dict[str, Any]:
        return {**SCI, "id": id, "evidence": {doc: [{"sentences": told, "label": label} for told, label in rationales]}}

    found = faults(
        file(
            tmp_path,
            SCI,
            with_evidence(2, ([3], "SUPPORT")),
            with_evidence(3, ([0], "SUPPORT"), ([1], "CONTRADICT")),
            with_evidence(4, ([0], "SUPPORT"), ([0, 1], "SUPPORT")),
            with_evidence(5, ([0], "NEI")),
            with_evidence(6, ([0], "SUPPORT"), doc="5"),
            {**SCI, "id": 1},
            {**SCI, "id": 7, "cited_doc_ids": [6]},
            {"id": 8, "claim": "Mice."},
        ),
        corpus,
    )
    assert found == [
        "2: document 4: sentence number 3 is out of range; the document has 0 to 2",
        "3: document 4: has two labels; there must be one for a claim and a document",
        "4: document 4: its rationales overlap",
        "5: document 4: unknown label 'NEI'; known are SUPPORT, CONTRADICT; a document without evidence is left out",
        "6: document 5 is not in the corpus",
        "7: claim 1 stands on line 1 already",
        "8: document 6 is not in the corpus",
        "9: has no 'evidence'",
        "9: has no 'cited_doc_ids'",
    ]


def test_predictions_must_be_of_these_claims_and_of_all_of_them(tmp_path: Path) -> None:
    claims = scifact_files.load_claims(file(tmp_path, SCI, {**SCI, "id": 2}), None)
    given = [{"id": 1, "evidence": {}}, {"id": 3, "evidence": {}}]
    with pytest.raises(Refused, match=r"set\.jsonl:2: there is no claim 3 in the claims file"):
        scifact_files.load_predictions(file(tmp_path, *given), claims, None)
    with pytest.raises(Refused, match="has no line for claim 2"):
        scifact_files.load_predictions(file(tmp_path, given[0]), claims, None)


def test_faults_of_a_retest_set_are_told(tmp_path: Path) -> None:
    claims = retest_files.load_claims(file(tmp_path, DATED))
    assert (claims[0].search, str(claims[0].asserted)) == (("mice",), "2025-01")
    with pytest.raises(Refused) as caught:
        retest_files.load_claims(file(tmp_path, DATED, DATED, {**DATED, "id": "n", "asserted": "2025-13"}))
    assert [line[:2] for line in problems(caught)] == ["2:", "3:"]
    wrong = (
        LABELLED,
        LABELLED,
        {**LABELLED, "claim_id": "x"},
        {**LABELLED, "paper_id": "2513.1"},
        {**LABELLED, "paper_id": "2502.00002", "label": "SUPPORT"},
        {**LABELLED, "paper_id": "2502.00003", "alt_label": "maybe"},
        {**LABELLED, "paper_id": "2502.00004", "contested_label": "no"},
    )
    with pytest.raises(Refused) as caught:
        retest_files.load_pairs(file(tmp_path, *wrong), claims)
    assert [line[:2] for line in problems(caught)] == ["2:", "3:", "4:", "5:", "6:", "7:"]


def test_faults_of_grounding_cases_are_told_and_a_malformed_id_is_a_case(tmp_path: Path) -> None:
    assert grounding.load(file(tmp_path, {**CASE, "cited_id": "2513.01234"}))[0].anchor.id == "2513.01234"
    with pytest.raises(Refused) as caught:
        grounding.load(file(tmp_path, CASE, CASE, {**CASE, "id": "h", "cited_date": "2025-13"}, {"id": "i", "claim": "Mice."}))
    assert [line[:2] for line in problems(caught)] == ["2:", "3:", "4:", "4:"]


@pytest.mark.skipif(not SHARED.exists(), reason="the labelled sets are not beside the repository")
@pytest.mark.parametrize(
    "name",
    "healthver/pairs_dev climate_fever/claims citation_integrity/pairs_dev covidfact/pairs_train nli4ct/nli_dev "
    "nli_cad_snli/original_dev nli_conjnli/conj_dev nli_monli/pmonli scifact/pairs_train".split(),
)
def test_the_public_sets_are_read_as_they_are(name: str) -> None:
    path = SHARED / "claims" / f"{name}.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        assert len(pair_files.load(path)) == sum(1 for _ in lines)


@pytest.mark.skipif(not SHARED.exists(), reason="the labelled sets are not beside the repository")
def test_the_development_half_of_the_retest_set_is_read() -> None:
    claims = retest_files.load_claims(SHARED / "retest" / "dev" / "claims.jsonl")
    labelled = retest_files.load_pairs(SHARED / "retest" / "dev" / "pairs.jsonl", claims)
    assert (len(claims), len(labelled), sum(item.bears for item in labelled)) == (20, 215, 146)
    assert len(grounding.load(SHARED / "retest" / "dev" / "grounding.jsonl")) == 10
