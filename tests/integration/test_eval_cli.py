"""`claimcheck eval` from the command line, with recorded readings: what it prints, how it ends, what it refuses."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from claimcheck.adapters.library import LocalLibrary
from claimcheck.adapters.recorded import RecordingWriter
from claimcheck.cli.app import app
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Reading, Stance
from claimcheck.domain.paper import Paper
from claimcheck.errors import Refused, UsageError
from claimcheck.evaluation import pair_files, retest_files, scifact_files
from claimcheck.evaluation.documents import statement
from claimcheck.ports import Answer, JudgeName
from tests.e2e.harness import Workplace

TODAY = "2026-11-22"
SUPPORTS, REFUTES, NEI = Stance.SUPPORTS, Stance.REFUTES, Stance.NOT_ENOUGH_INFO
MICE = ["Mice were fed.", "Feeding made mice grow."]
RATS = ["Rats slept.", "Sleep made rats slow."]
PAIRS = [
    {
        "claim_id": 1,
        "claim": "Mice grow.",
        "doc_id": 1,
        "title": "M",
        "sentences": MICE,
        "label": "SUPPORTS",
        "rationales": [[1]],
    },
    {
        "claim_id": 2,
        "claim": "Rats hurry.",
        "doc_id": 2,
        "title": "R",
        "sentences": RATS,
        "label": "REFUTES",
        "rationales": [[1]],
    },
    {"claim_id": 3, "claim": "Cats purr.", "doc_id": 2, "title": "R", "sentences": RATS, "label": "NEI", "rationales": []},
]
CORPUS = [{"doc_id": 10, "title": "Mice", "abstract": MICE}, {"doc_id": 20, "title": "Rats", "abstract": RATS}]
CLAIMS = [
    {"id": 1, "claim": "Mice grow.", "evidence": {"10": [{"sentences": [1], "label": "SUPPORT"}]}, "cited_doc_ids": [10]},
    {"id": 2, "claim": "Rats hurry.", "evidence": {"20": [{"sentences": [1], "label": "CONTRADICT"}]}, "cited_doc_ids": [20]},
    {"id": 3, "claim": "Rats purr.", "evidence": {}, "cited_doc_ids": [20]},
]
DAY = PartialDate.parse("2025-01")
DATED = [{"id": "m", "text": "Mice grow when fed.", "asserted": "2025-01", "anchor_id": "2501.00001", "queries": ["mice growth"]}]
BEARING = [
    {"claim_id": "m", "paper_id": "2502.00001", "label": "supports", "contested_label": False, "alt_label": None},
    {"claim_id": "m", "paper_id": "2502.00002", "label": "relaxes", "contested_label": True, "alt_label": "refutes"},
]
CASES: list[dict[str, Any]] = [
    {
        "id": "a",
        "claim": "Mice grow when fed.",
        "cited_id": "2501.00001",
        "cited_date": "2025-01",
        "expected": "ok",
        "accept": ["ok"],
    },
    {"id": "b", "claim": "Mice grow when fed.", "cited_id": "2501.00009", "expected": "not_found", "right_id": "2501.00001"},
]
PAPERS = [
    Paper(id, f"On mice that grow when fed, {id}", "Mice were fed. They grew.", 1, published=date(2025, int(id[3]), 3))
    for id in ("2501.00001", "2502.00001", "2502.00002")
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "CLAIMCHECK_JUDGE",
        "CLAIMCHECK_HOME",
        "CLAIMCHECK_CLAIMS",
        "CLAIMCHECK_MODEL",
    ):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def write(name: str, rows: list[dict[str, Any]]) -> str:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return name


def record(answers: list[tuple[Claim, Paper, Reading]]) -> str:
    writer = RecordingWriter(Path("readings.jsonl"), JudgeName("openai", "some-model", "0"))
    for claim, paper, reading in answers:
        writer.write(claim, paper, 1, Answer(reading))
    writer.close()
    return "recorded:readings.jsonl"


def said(stance: Stance, *sentences: int) -> Reading:
    return Reading(stance, sentences=sentences, confidence=0.9, bears=stance is not NEI)


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["eval", *args, "--today", TODAY])


def result(done: Result, code: int = 0) -> dict[str, Any]:
    assert done.exit_code == code, (done.output, done.exception)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def pairs_judge(keep: Callable[[str], bool] = lambda text: True) -> str:
    stances = {"Mice grow.": said(SUPPORTS, 2), "Rats hurry.": said(REFUTES, 2), "Cats purr.": said(NEI)}
    loaded = pair_files.load(Path(write("pairs.jsonl", PAIRS)))
    return record([(p.claim, p.document.paper, stances[p.claim.text]) for p in loaded if keep(p.claim.text)])


def test_pairs_prints_one_object(place: Path) -> None:
    found = result(run("pairs", "pairs.jsonl", "--judge", pairs_judge(), "--json"))
    assert (found["accuracy"], found["macro_f1"], found["n"], found["unreadable"]) == (1.0, 1.0, 3, 0)
    assert found["ece"] == pytest.approx(0.1)
    assert found["per_class"]["refutes"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "n": 1, "said": 1}
    assert found["judge"]["kind"] == "recorded"
    assert set(found["cost"]) == {"calls", "prompt_tokens", "completion_tokens", "usd", "estimated", "cached"}
    assert set(found["intervals"]) >= {"accuracy", "macro_f1", "ece"}


def test_answers_are_kept_apart_from_the_users_ledger_and_asked_for_once(place: Path) -> None:
    judge = pairs_judge()
    first = result(run("pairs", "pairs.jsonl", "--judge", judge, "--json"))
    again = result(run("pairs", "pairs.jsonl", "--judge", judge, "--json"))
    assert (first["cost"]["cached"], again["cost"]["cached"]) == (0, 3)
    assert again | {"cost": 0} == first | {"cost": 0}
    assert sorted(path.name for path in (place / ".claimcheck").iterdir()) == ["eval"]


def test_pairs_that_a_recording_does_not_have_are_a_gap_and_not_wrong(place: Path) -> None:
    judge = pairs_judge(lambda text: text != "Cats purr.")
    found = result(run("pairs", "pairs.jsonl", "--judge", judge, "--json"), code=4)
    assert (found["accuracy"], found["n"], found["unreadable"], found["unread"]) == (1.0, 2, 0, 1)


def test_only_the_first_pairs_are_judged_under_a_limit(place: Path) -> None:
    assert result(run("pairs", "pairs.jsonl", "--judge", pairs_judge(), "--limit", "2", "--json"))["n"] == 2


def test_figures_are_shown_with_their_intervals_counts_and_cost(place: Path) -> None:
    done = run("pairs", "pairs.jsonl", "--judge", pairs_judge(), "--picture", "reliability.svg")
    assert done.exit_code == 0
    for told in ("accuracy", "[1.000, 1.000]", "3 pairs", "0.9 to 1.0", ">= 0.95", "cost: 0 calls, 0 tokens, 0.00 USD"):
        assert told in done.stdout
    assert (place / "reliability.svg").read_text(encoding="utf-8").startswith("<svg ")


def scifact_judge() -> str:
    corpus = scifact_files.load_corpus(Path(write("corpus.jsonl", CORPUS)))
    write("claims.jsonl", CLAIMS)
    told = {("1", "10"): said(SUPPORTS, 2), ("2", "20"): said(REFUTES, 2)}
    every = [(str(row["id"]), str(row["claim"]), doc) for row in CLAIMS for doc in corpus]
    return record([(statement(id, text), corpus[doc].paper, told.get((id, doc), said(NEI))) for id, text, doc in every])


@pytest.mark.parametrize("how", [("--oracle",), ("--retrieve", "2"), ()])
def test_scifact_prints_one_object(place: Path, how: tuple[str, ...]) -> None:
    judge = scifact_judge()
    found = result(run("scifact", "--claims", "claims.jsonl", "--corpus", "corpus.jsonl", *how, "--judge", judge, "--json"))
    scores = {"abstract_label_only", "abstract_label_rationale", "sentence_selection", "sentence_label"}
    assert found["metrics"] == {score: {"precision": 1.0, "recall": 1.0, "f1": 1.0} for score in scores}
    assert set(found["retrieval"]) == {"ndcg@10", "recall@10", "recall@100"}
    assert (found["n"], found["unreadable"], found["retrieval"]["ndcg@10"]) == (3, 0, 1.0)


def test_predictions_are_scored_without_judge_or_corpus(place: Path) -> None:
    guesses = [
        {"id": 1, "evidence": {"10": {"sentences": [1], "label": "SUPPORT"}}},
        {"id": 2, "evidence": {}},
        {"id": 3, "evidence": {"20": {"sentences": [0], "label": "SUPPORT"}}},
    ]
    write("claims.jsonl", CLAIMS)
    found = result(run("scifact", "--claims", "claims.jsonl", "--predictions", write("guesses.jsonl", guesses), "--json"))
    assert found["metrics"]["abstract_label_only"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert not (place / ".claimcheck").exists()


def library() -> None:
    with LocalLibrary.open(Path(".claimcheck") / "library") as store:
        store.add(PAPERS, date(2026, 11, 22))


def retest_judge() -> str:
    claim = retest_files.load_claims(Path(write("dated.jsonl", DATED)))[0]
    write("bearing.jsonl", BEARING)
    return record([(claim, PAPERS[1], said(SUPPORTS, 2)), (claim, PAPERS[2], said(REFUTES, 2))])


def test_retest_prints_one_object(place: Path) -> None:
    library()
    found = result(run("retest", "--claims", "dated.jsonl", "--pairs", "bearing.jsonl", "--judge", retest_judge(), "--json"))
    assert found["recall"] == {"20": 1.0, "50": 1.0, "100": 1.0}
    wanted = {"firm_macro_f1": 1.0, "alternatives_macro_f1": 1.0, "coarse_f1": 1.0}
    assert {name: found["stance"][name] for name in wanted} == wanted
    assert (found["n"], found["unreadable"], found["counts"]["recall"]["gold"]) == (2, 0, 2)


def test_retest_measures_the_search_alone(place: Path) -> None:
    library()
    retest_judge()
    found = result(run("retest", "--claims", "dated.jsonl", "--pairs", "bearing.jsonl", "--no-judge", "--json"))
    assert (found["recall"]["20"], found["stance"], found["verdicts"]) == (1.0, None, None)


def test_grounding_prints_one_object(place: Path) -> None:
    library()
    judge = record([(Claim("a", "e", "Mice grow when fed.", DAY, (Anchor("x"),)), PAPERS[0], said(SUPPORTS, 2))])
    found = result(run("grounding", write("cases.jsonl", CASES), "--judge", judge, "--json"))
    assert (found["correct"], found["total"]) == (2, 2)
    short = [{name: row[name] for name in ("id", "expected", "got", "suggested_id")} for row in found["cases"]]
    assert short == [
        {"id": "a", "expected": "ok", "got": "ok", "suggested_id": None},
        {"id": "b", "expected": "not_found", "got": "not_found", "suggested_id": "2501.00001"},
    ]


def test_another_library_may_be_named(place: Path) -> None:
    library()
    (place / ".claimcheck" / "library").rename(place / "elsewhere")
    retest_judge()
    given = ("retest", "--claims", "dated.jsonl", "--pairs", "bearing.jsonl", "--no-judge", "--json")
    assert isinstance(run(*given).exception, UsageError)
    assert result(run(*given, "--library", "elsewhere"))["recall"]["20"] == 1.0


@pytest.mark.parametrize(
    "args",
    [
        ("scifact", "--claims", "claims.jsonl"),
        ("scifact", "--claims", "claims.jsonl", "--corpus", "corpus.jsonl", "--oracle", "--retrieve", "3"),
        ("retest", "--claims", "dated.jsonl", "--pairs", "bearing.jsonl", "--no-judge", "--judge", "embedded"),
    ],
)
def test_options_that_do_not_go_together_are_told(place: Path, args: tuple[str, ...]) -> None:
    assert isinstance(run(*args).exception, UsageError)


def test_a_refused_file_leaves_no_trace(place: Path) -> None:
    write("pairs.jsonl", [PAIRS[0], PAIRS[1] | {"label": "MAYBE"}])
    assert isinstance(run("pairs", "pairs.jsonl").exception, Refused)
    assert [path.name for path in place.iterdir()] == ["pairs.jsonl"]


def test_faults_are_shown_a_line_each_with_exit_code_3(tmp_path: Path) -> None:
    rows = [PAIRS[0], PAIRS[1] | {"label": "MAYBE"}, PAIRS[2] | {"sentences": []}]
    (tmp_path / "pairs.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    done = Workplace(tmp_path).run("eval", "pairs", "pairs.jsonl")
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (3, "", 2)
    assert lines[0].startswith("claimcheck: pairs.jsonl:2: unknown label 'MAYBE'; known are supports")
    assert lines[1] == "claimcheck: pairs.jsonl:3: 'sentences' is empty"
