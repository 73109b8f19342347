"""Recordings replay what was judged, say so where they cannot, and are written whole or not at all."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claimcheck.adapters.embedded.lexical import LexicalJudge
from claimcheck.adapters.recorded import RecordedJudge, RecordingWriter
from claimcheck.domain.claim import Anchor, Claim, Part
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Reading, Stance, Usage
from claimcheck.domain.excerpt import excerpt
from claimcheck.domain.fulltext import Form, Found, full_text
from claimcheck.domain.paper import Paper
from claimcheck.errors import Refused, StoreUnusable
from claimcheck.ports import Answer, JudgeName, NotRecorded, UnusableAnswer

NAME = JudgeName("openai", "model-1", "0123456789abcdef")
CLAIM = Claim(
    "c", "i", "Long chains lower adherence.", PartialDate.parse("2025"), (Anchor("2505.14810"),), durable="They compete."
)
PAPER = Paper("2601.00001", "A title", "First one. Second one.", 2)
HEADER = {"recording": 1, "judge": {"kind": "openai", "model": "model-1", "prompt": "0123"}, "note": "by hand"}
ANSWER = {"stance": "refutes", "part": "whole", "asserted": True, "sentences": [1], "confidence": 0.7, "reason": "It does not."}
LINE = {"claim": CLAIM.text, "durable": CLAIM.durable, "perishable": None, "paper": PAPER.id, "version": 2, "answer": ANSWER}


def written(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def read(judge: RecordedJudge, claim: Claim = CLAIM, paper: Paper = PAPER, attempt: int = 1) -> Answer:
    return asyncio.run(judge.read(claim, paper, attempt))


def test_a_recorded_reading_is_replayed_at_no_cost(tmp_path: Path) -> None:
    path = written(tmp_path / "r.jsonl", HEADER, LINE)
    judge = RecordedJudge(path)
    answer = read(judge)
    assert (answer.reading.stance, answer.reading.sentences, answer.reading.reason) == (Stance.REFUTES, (1,), "It does not.")
    assert (answer.usage, answer.model) == (Usage(), "model-1")
    assert (judge.name.kind, judge.name.model, len(judge.name.prompt)) == ("recorded", "model-1", 16)
    assert asyncio.run(judge.phrases(CLAIM))[0] == ()
    assert asyncio.run(judge.questions([]))[0] == ()


def test_the_claim_is_known_by_its_text_and_not_by_its_id(tmp_path: Path) -> None:
    judge = RecordedJudge(written(tmp_path / "r.jsonl", HEADER, LINE))
    assert read(judge, replace(CLAIM, id="other", anchors=())).reading.stance is Stance.REFUTES


@pytest.mark.parametrize(
    ("claim", "paper", "attempt"),
    [
        (replace(CLAIM, text="Another."), PAPER, 1),
        (CLAIM, replace(PAPER, version=3), 1),
        (CLAIM, replace(PAPER, version=None), 1),
        (CLAIM, replace(PAPER, id="2601.00002"), 1),
        (CLAIM, PAPER, 2),
        (replace(CLAIM, durable=None), PAPER, 1),
        (replace(CLAIM, perishable="It passes."), PAPER, 1),
    ],
)
def test_what_was_not_recorded_is_said_to_be_missing_and_not_silent(
    tmp_path: Path, claim: Claim, paper: Paper, attempt: int
) -> None:
    judge = RecordedJudge(written(tmp_path / "r.jsonl", HEADER, LINE))
    assert not judge.can_reread
    with pytest.raises(NotRecorded):
        read(judge, claim, paper, attempt)


def test_further_readings_are_replayed_where_they_were_recorded(tmp_path: Path) -> None:
    second = LINE | {"attempt": 2, "answer": ANSWER | {"stance": "supports"}}
    judge = RecordedJudge(written(tmp_path / "r.jsonl", HEADER, LINE, second))
    assert judge.can_reread
    assert read(judge, attempt=2).reading.stance is Stance.SUPPORTS
    with pytest.raises(NotRecorded):
        read(judge, attempt=3)


def test_a_line_that_names_no_parts_is_of_any(tmp_path: Path) -> None:
    line = {k: v for k, v in LINE.items() if k not in ("durable", "perishable")}
    about_part = line | {"paper": "2601.00002", "answer": ANSWER | {"part": "perishable"}}
    judge = RecordedJudge(written(tmp_path / "r.jsonl", HEADER, line, about_part))
    assert read(judge).reading.stance is Stance.REFUTES
    with pytest.raises(UnusableAnswer, match="part"):
        read(judge, paper=replace(PAPER, id="2601.00002"))


def test_all_bad_lines_are_refused_at_once_with_their_numbers(tmp_path: Path) -> None:
    faults: list[tuple[object, str]] = [
        ("{not json", "not one JSON object"),
        (LINE | {"extra": 1}, "unknown key 'extra'"),
        ({k: v for k, v in LINE.items() if k != "paper"}, "paper is missing"),
        (LINE | {"paper": "2601.00001v2"}, "without a version"),
        (LINE | {"version": "2"}, "version"),
        (LINE | {"attempt": 0}, "attempt"),
        (LINE | {"attempt": True}, "attempt"),
        (LINE | {"durable": 7}, "durable"),
        (LINE | {"flags": "x"}, "flags"),
        (LINE | {"trusted": "no"}, "trusted"),
        (LINE | {"answer": ANSWER | {"stance": "Refutes"}}, "stance"),
        (LINE | {"answer": ANSWER | {"part": "perishable"}}, "part"),
        (LINE | {"answer": [ANSWER]}, "answer is no object"),
        (json.dumps(LINE)[:-1] + ', "claim": "x"}', "a key twice"),
    ]
    path = written(tmp_path / "r.jsonl", HEADER, LINE, "", *(line for line, _ in faults), LINE)
    with pytest.raises(Refused) as refused:
        RecordedJudge(path)
    assert len(refused.value.problems) == len(faults) + 1
    for number, (problem, (_, why)) in enumerate(zip(refused.value.problems, faults, strict=False), 4):
        assert problem.startswith(f"r.jsonl:{number}: ")
        assert why in problem
    assert "given before" in refused.value.problems[-1]


@pytest.mark.parametrize(
    "first",
    [
        "",
        "not json",
        [1],
        LINE,
        HEADER | {"recording": 2},
        HEADER | {"recording": True},
        HEADER | {"judge": None},
        HEADER | {"judge": {}},
    ],
)
def test_a_file_without_a_header_is_no_recording(tmp_path: Path, first: object) -> None:
    with pytest.raises(Refused, match=r"r\.jsonl:1: "):
        RecordedJudge(written(tmp_path / "r.jsonl", first, LINE))


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        RecordedJudge(tmp_path / "none.jsonl")
    (tmp_path / "r.jsonl").write_bytes(json.dumps(HEADER).encode() + b"\n\xff\xfe\n")
    with pytest.raises(Refused, match=r"r\.jsonl:2: not UTF-8"):
        RecordedJudge(tmp_path / "r.jsonl")


def test_an_id_that_was_not_given_is_struck_out_of_a_recorded_reason_too(tmp_path: Path) -> None:
    line = LINE | {"answer": ANSWER | {"reason": "As 2505.14810 and 2599.99999 say."}}
    reading = read(RecordedJudge(written(tmp_path / "r.jsonl", HEADER, line))).reading
    assert reading.reason == "As 2505.14810 and [id removed] say."
    assert reading.flags == {"unknown_id_in_reason"}


READINGS = st.builds(
    Reading,
    stance=st.sampled_from(Stance),
    part=st.sampled_from([Part.WHOLE, Part.DURABLE]),
    asserted=st.booleans(),
    sentences=st.lists(st.integers(1, 60), min_size=1, max_size=5).map(tuple),
    confidence=st.floats(0, 1),
    reason=st.sampled_from(["", "Because.", "Weil: \u00e4\u00f6 \u2264 5 %.", "[id removed]"]),
    trusted=st.booleans(),
    bears=st.booleans(),
    flags=st.frozensets(st.sampled_from(["shortened", "unknown_id_in_reason"])),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.tuples(st.integers(1, 3), st.sampled_from([None, 1, 2])), READINGS, max_size=4))
def test_what_is_written_is_read_back_the_same(tmp_path: Path, readings: dict[tuple[int, int | None], Reading]) -> None:
    path = tmp_path / "r.jsonl"
    writer = RecordingWriter(path, NAME, "a note")
    for (attempt, version), reading in readings.items():
        writer.write(CLAIM, replace(PAPER, version=version), attempt, Answer(reading, Usage(3), "served-1", "raw"))
    writer.close()
    judge = RecordedJudge(path)
    for (attempt, version), reading in readings.items():
        assert read(judge, paper=replace(PAPER, version=version), attempt=attempt) == Answer(reading, Usage(), "served-1")


def test_the_same_judgements_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    pairs = [
        (replace(CLAIM, text=text), replace(PAPER, version=version), attempt)
        for text in ("B", "A")
        for version in (2, None)
        for attempt in (1, 2)
    ]
    answer = Answer(Reading(Stance.SUPPORTS, sentences=(1,)), Usage(), "model-1")
    for name, order in (("one", pairs), ("two", pairs[::-1] + pairs)):
        writer = RecordingWriter(tmp_path / name, NAME)
        for claim, paper, attempt in order:
            writer.write(claim, paper, attempt, answer)
        writer.close()
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    rows = [json.loads(line) for line in (tmp_path / "one").read_text().splitlines()[1:]]
    assert [(r["claim"], r["version"], r["attempt"]) for r in rows][:3] == [("A", None, 1), ("A", None, 2), ("A", 2, 1)]


def test_a_lexical_reading_is_not_trusted_either_when_it_is_replayed(tmp_path: Path) -> None:
    answer = asyncio.run(LexicalJudge().read(CLAIM, replace(PAPER, abstract="Long chains lower adherence. Others differ.")))
    writer = RecordingWriter(tmp_path / "r.jsonl", LexicalJudge().name)
    writer.write(CLAIM, PAPER, 1, answer)
    writer.close()
    assert read(RecordedJudge(tmp_path / "r.jsonl")).reading == answer.reading
    assert not answer.reading.trusted


def test_a_recording_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "r.jsonl", "the old one")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("claimcheck.adapters.recorded.os.fsync", full)
    with pytest.raises(StoreUnusable, match="No space left"):
        RecordingWriter(path, NAME).close()
    assert path.read_text() == "the old one\n"
    assert [p.name for p in tmp_path.iterdir()] == ["r.jsonl"]


def test_a_recording_in_a_folder_that_is_not_there_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="cannot be written"):
        RecordingWriter(tmp_path / "none" / "r.jsonl", NAME).close()


def test_a_reading_by_passages_stands_for_these_passages_only(tmp_path: Path) -> None:
    told = excerpt(PAPER, full_text(PAPER, Form.HTML, [Found("Results", "Long chains lower adherence. So.")]), CLAIM, 1000)
    other = excerpt(PAPER, full_text(PAPER, Form.HTML, [Found("Results", "Long chains lower it. So.")]), CLAIM, 1000)
    writer = RecordingWriter(tmp_path / "r.jsonl", NAME)
    writer.write(CLAIM, told, 1, Answer(Reading(Stance.REFUTES, sentences=(3,)), Usage(), "model-1"))
    writer.write(CLAIM, PAPER, 1, Answer(Reading(Stance.SUPPORTS, sentences=(1,)), Usage(), "model-1"))
    writer.close()
    judge = RecordedJudge(tmp_path / "r.jsonl")
    assert read(judge, paper=told).reading.stance is Stance.REFUTES
    assert read(judge).reading.stance is Stance.SUPPORTS
    assert not judge.can_reread
    with pytest.raises(NotRecorded):
        read(judge, paper=other)


def test_a_text_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="text is no text"):
        RecordedJudge(written(tmp_path / "r.jsonl", HEADER, {**LINE, "text": 3}))
