"""Recordings: the judgements of a run in a file, same judgements, same bytes; and the judge that replays them.

A recording is JSON Lines. First a header, `{"recording": 1, "judge": {"kind", "model", "prompt"}, "note"}`; then a line for each
reading, `{"claim", "durable", "perishable", "paper", "version", "attempt", "answer"}`: `claim` is the claim's text, `attempt` may
be left out for the first reading, and `answer` is what a model answers (`model_answer.py`). What that cannot say of a reading
stands beside it where it is not the default: `model`, `trusted`, `bears`, `flags`.

A pair is found by claim text, paper, version and attempt, and by what was read of the paper: a line that has `text`, a hash, is
of a reading by passages of the full text, and stands for those very passages. A line that names the claim's parts is of a claim
with just these parts.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path

from claimcheck.adapters.model_answer import Unusable, given_ids, parse_object, parts_of, reading
from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import Claim, Part
from claimcheck.domain.evidence import Reading, Usage
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import ABSTRACT
from claimcheck.errors import Refused, StoreUnusable
from claimcheck.ports import Answer, JudgeName, NotRecorded, Question, QuestionMaterial, UnusableAnswer

_FORMAT = 1
_REQUIRED = frozenset({"claim", "paper", "version", "answer"})
_OPTIONAL = frozenset({"durable", "perishable", "attempt", "model", "trusted", "bears", "flags", "text"})
_Key = tuple[str, str, int | None, int, str]


@dataclass(frozen=True)
class _Line:
    """One recorded reading; `parts` is None where the line does not say which parts the claim had."""

    key: _Key
    parts: tuple[str | None, str | None] | None
    answer: Mapping[str, object]
    beside: Mapping[str, object]


class RecordedJudge:
    """Replays a recording; asks nobody. Raise `Refused` for a file that is not a whole recording, with all its bad lines."""

    def __init__(self, path: Path | Traversable) -> None:
        try:
            content = path.read_bytes()
        except OSError as wrong:
            raise Refused([f"{path}: the recording cannot be read ({wrong.strerror or wrong})"]) from None
        header, self._lines = _load(content, path.name)
        self.name = JudgeName("recorded", header.model, hashlib.sha256(content).hexdigest()[:16])
        self.can_reread = any(attempt > 1 for *_, attempt, _ in self._lines)

    async def read(self, claim: Claim, paper: Paper, attempt: int = 1) -> Answer:
        """Return the recorded reading; raise `NotRecorded` when this very pair is not there."""
        line = self._lines.get((claim.text, paper.id, paper.version, attempt, _text(paper)))
        if line is None:
            raise NotRecorded(f"the recording has no reading {attempt} of {paper.arxiv_id} for this claim")
        if line.parts is not None and line.parts != (claim.durable, claim.perishable):
            raise NotRecorded(f"the recording has {paper.arxiv_id} for this claim with other parts")
        try:
            found = reading(line.answer, parts_of(claim), given_ids(claim, paper.id))
        except Unusable as wrong:
            raise UnusableAnswer(str(wrong)) from None
        return Answer(_with(found, line.beside), Usage(), str(line.beside.get("model", self.name.model)))

    async def phrases(self, claim: Claim) -> tuple[tuple[str, ...], Usage]:
        """Return no phrases: none are recorded."""
        return (), Usage()

    async def questions(self, material: Sequence[QuestionMaterial]) -> tuple[tuple[Question, ...], Usage]:
        """Draft no questions: none are recorded."""
        return (), Usage()


class RecordingWriter:
    """Collects judgements and writes them as a recording on `close`: whole, or not at all. Same judgements, same bytes."""

    def __init__(self, path: Path, judge: JudgeName, note: str = "") -> None:
        self._path, self._judge, self._note = path, judge, note
        self._lines: dict[_Key, dict[str, object]] = {}

    def write(self, claim: Claim, paper: Paper, attempt: int, answer: Answer) -> None:
        """Take up a judgement; the last one of a pair stands."""
        found = answer.reading
        line: dict[str, object] = {
            "claim": claim.text,
            "durable": claim.durable,
            "perishable": claim.perishable,
            "paper": paper.id,
            "version": paper.version,
            "attempt": attempt,
            "answer": {
                "reason": found.reason,
                "sentences": list(found.sentences),
                "stance": found.stance.value,
                "part": found.part.value,
                "asserted": found.asserted,
                "confidence": found.confidence,
            },
        }
        line |= _beside(answer, claim, paper, self._judge.model)
        if text := _text(paper):
            line["text"] = text
        self._lines[(claim.text, paper.id, paper.version, attempt, text)] = line

    def close(self) -> None:
        """Write the recording; raise `StoreUnusable` when it cannot be written, and leave what was there as it was."""
        judge = {"kind": self._judge.kind, "model": self._judge.model, "prompt": self._judge.prompt}
        rows: list[dict[str, object]] = [{"recording": _FORMAT, "judge": judge, "note": self._note}]
        rows += [self._lines[key] for key in sorted(self._lines, key=lambda k: (k[0], k[1], k[2] or 0, *k[3:]))]
        _write_whole(self._path, "".join(f"{json.dumps(row, ensure_ascii=True)}\n" for row in rows).encode())


def _text(paper: Paper) -> str:
    """Return what tells a reading by passages from others, or nothing for one by the abstract."""
    return "" if paper.form == ABSTRACT else paper.fingerprint


def _beside(answer: Answer, claim: Claim, paper: Paper, model: str) -> dict[str, object]:
    """Return what the answer alone would not bring back."""
    found = answer.reading
    beside: dict[str, object] = {
        "trusted": found.trusted,
        "bears": found.bears,
        "flags": sorted(found.flags),
        "model": answer.model,
    }
    usual: dict[str, object] = {"trusted": True, "bears": found.stance.value != "not_enough_info", "flags": [], "model": model}
    return {name: value for name, value in beside.items() if value != usual[name] and value != ""}


def _with(found: Reading, beside: Mapping[str, object]) -> Reading:
    flags = beside.get("flags", ())
    assert isinstance(flags, list | tuple)
    return replace(
        found,
        trusted=bool(beside.get("trusted", found.trusted)),
        bears=bool(beside.get("bears", found.bears)),
        flags=found.flags | frozenset(flags),
    )


def _write_whole(path: Path, content: bytes) -> None:
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    except OSError as wrong:
        with suppress(OSError):
            os.unlink(temporary)
        raise StoreUnusable(
            f"the recording {path} cannot be written ({wrong.strerror or wrong}); free some space or name another"
        ) from None


def _load(content: bytes, name: str) -> tuple[JudgeName, dict[_Key, _Line]]:
    problems: list[str] = []
    rows = list(_rows(content, name, problems))
    header = _header(rows[0][1]) if rows and rows[0][0] == 1 else "a recording begins with a header line"
    if isinstance(header, str):
        raise Refused([f"{name}:1: {header}", *problems])
    lines: dict[_Key, _Line] = {}
    for number, row in rows[1:]:
        line = _line(row)
        if isinstance(line, str):
            problems.append(f"{name}:{number}: {line}")
        elif line.key in lines:
            problems.append(f"{name}:{number}: the same reading was given before")
        else:
            lines[line.key] = line
    if problems:
        raise Refused(sorted(problems, key=lambda p: int(p.removeprefix(f"{name}:").split(":")[0])))
    return header, lines


def _rows(content: bytes, name: str, problems: list[str]) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the objects of a JSON Lines file with their line numbers; keep what is wrong with the others."""
    for number, raw in enumerate(content.split(b"\n"), 1):
        if not raw.strip():
            continue
        try:
            yield number, parse_object(raw.decode("utf-8"))
        except UnicodeDecodeError:
            problems.append(f"{name}:{number}: not UTF-8")
        except Unusable as wrong:
            problems.append(f"{name}:{number}: {str(wrong).replace('the answer', 'the line')}")


def _header(row: Mapping[str, object]) -> JudgeName | str:
    if row.get("recording") != _FORMAT or isinstance(row.get("recording"), bool):
        return f'the header does not say "recording": {_FORMAT}'
    judge = row.get("judge")
    if not isinstance(judge, dict):
        return "the header names no judge"
    told = [judge.get(key) for key in ("kind", "model", "prompt")]
    kind, model, prompt = (value if isinstance(value, str) else "" for value in told)
    return JudgeName(kind, model, prompt) if kind and model else "the header names no judge's kind and model"


def _line(row: Mapping[str, object]) -> _Line | str:
    """Check one reading; return what is wrong with it where it cannot be used."""
    missing, unknown = _REQUIRED - row.keys(), row.keys() - _REQUIRED - _OPTIONAL
    if missing or unknown:
        return "; ".join([f"{k} is missing" for k in sorted(missing)] + [f"unknown key {k[:40]!r}" for k in sorted(unknown)])
    claim, paper, version, attempt = row["claim"], row["paper"], row["version"], row.get("attempt", 1)
    if not isinstance(claim, str) or not claim:
        return "claim is no text"
    if not isinstance(paper, str) or not _is_bare(paper):
        return "paper is no arXiv id without a version"
    if version is not None and not _counts(version):
        return "version is neither a whole number from 1 nor null"
    if not _counts(attempt):
        return "attempt is no whole number from 1"
    assert isinstance(version, int | None)
    assert isinstance(attempt, int)
    wrong = _wrong_beside(row)
    if wrong:
        return wrong
    answer = row["answer"]
    if not isinstance(answer, dict):
        return "answer is no object"
    try:
        reading(answer, _parts(row), frozenset())
    except Unusable as unusable:
        return f"answer: {unusable}"
    beside = {k: row[k] for k in ("model", "trusted", "bears", "flags") if k in row}
    return _Line((claim, paper, version, attempt, str(row.get("text", ""))), _named_parts(row), answer, beside)


def _wrong_beside(row: Mapping[str, object]) -> str | None:
    for name in ("durable", "perishable"):
        if not isinstance(row.get(name), str | None):
            return f"{name} is neither text nor null"
    for name in ("trusted", "bears"):
        if not isinstance(row.get(name, True), bool):
            return f"{name} is neither true nor false"
    for name in ("model", "text"):
        if not isinstance(row.get(name, ""), str):
            return f"{name} is no text"
    flags = row.get("flags", [])
    if not isinstance(flags, list) or not all(isinstance(f, str) for f in flags):
        return "flags is no list of texts"
    return None


def _named_parts(row: Mapping[str, object]) -> tuple[str | None, str | None] | None:
    if not {"durable", "perishable"} & row.keys():
        return None
    durable, perishable = row.get("durable"), row.get("perishable")
    assert isinstance(durable, str | None)
    assert isinstance(perishable, str | None)
    return durable, perishable


def _parts(row: Mapping[str, object]) -> frozenset[Part]:
    if _named_parts(row) is None:
        return frozenset(Part)
    return frozenset({Part.WHOLE}) | {p for p in (Part.DURABLE, Part.PERISHABLE) if row.get(p.value)}


def _is_bare(text: str) -> bool:
    try:
        return ArxivId.parse(text).bare == text
    except MalformedId:
        return False


def _counts(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
