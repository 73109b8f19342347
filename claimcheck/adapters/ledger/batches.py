"""The ledger's memory of batches, on the same database: what was handed in, how far it came, what came of each reading.

A batch is kept before anything of it is sent, and each further step before the next request, so that a run that is killed at any
point leaves enough to find what it paid for. What comes of a line is kept once, in one transaction with its judgement: however
often answers are collected, each counts once.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from claimcheck.adapters.ledger import codec
from claimcheck.adapters.ledger.engine import Store, add_all_once, add_once
from claimcheck.adapters.ledger.tables import (
    BatchLineEndRow,
    BatchLineRow,
    BatchRow,
    BatchStepRow,
    JudgementRow,
    Row,
    UnusableRow,
)
from claimcheck.ports import (
    Batch,
    BatchLine,
    BatchStep,
    Judgement,
    JudgementKey,
    JudgeName,
    LineEnd,
    LineOutcome,
    OpenBatch,
)

_LINE_COLUMNS = tuple(Row.metadata.tables["batch_line"].columns)
_ASKED_OTHERWISE = (LineOutcome.TOO_LONG, LineOutcome.UNUSABLE)


class SqlBatches:
    """The memory of batches; see `ports.BatchLedger`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep_batch(self, run_id: int, day: date, batch: Batch, at: datetime) -> None:
        """Keep a batch before anything of it is sent."""
        row = {"run_id": run_id, "day": day, "token": batch.token, "place": batch.place, "kept_at": at}
        lines = [_line_columns(line) for line in batch.lines]

        def work(session: Session) -> None:
            if add_once(session, BatchRow, **row):
                id = _id(session, batch.token)
                add_all_once(session, BatchLineRow, [{"batch_id": id, **line} for line in lines])

        self._store.write(work)

    def note_step(self, token: str, step: BatchStep, at: datetime, name: str = "") -> None:
        """Keep how far a batch came; the same step again changes nothing."""
        row = {"step": str(step), "name": name, "kept_at": at}
        self._store.write(lambda session: add_once(session, BatchStepRow, batch_id=_id(session, token), **row))

    def open_batches(self, place: str) -> tuple[OpenBatch, ...]:
        """Return the batches that were handed in there and did not end, oldest first."""
        ended = select(BatchStepRow.batch_id).where(BatchStepRow.step == str(BatchStep.ENDED))
        wanted = select(BatchRow).where(BatchRow.place == place, col(BatchRow.id).not_in(ended)).order_by(col(BatchRow.id))

        def work(session: Session) -> tuple[OpenBatch, ...]:
            return tuple(_opened(session, row) for row in session.exec(wanted))

        try:
            return self._store.read(work)
        except (ValueError, TypeError) as wrong:  # JSON or a word that we cannot have written
            raise self._store.damaged(str(wrong)) from wrong

    def keep_ends(self, run_id: int, day: date, token: str, ends: Sequence[LineEnd]) -> None:
        """Keep what came of lines, with the judgements and unusable answers, each line once."""

        def work(session: Session) -> None:
            id = _id(session, token)
            same = (BatchLineEndRow.batch_id == id, col(BatchLineEndRow.line).in_([end.line.id for end in ends]))
            known = set(session.exec(select(BatchLineEndRow.line).where(*same)))
            new = list({end.line.id: end for end in reversed(ends) if end.line.id not in known}.values())
            told = [{"line": end.line.id, "outcome": str(end.outcome), "why": end.why} for end in new]
            add_all_once(session, BatchLineEndRow, [{"batch_id": id, "run_id": run_id, **row} for row in told])
            add_all_once(session, JudgementRow, [{"run_id": run_id, **row} for row in _judgements(new, day)])
            add_all_once(session, UnusableRow, [{"run_id": run_id, **row} for row in _unusable(new, day)])

        self._store.write(work)

    def unanswered(self) -> dict[JudgementKey, tuple[LineOutcome, str]]:
        """Return what last came of readings that are still without a judgement because they were too long or unusable."""
        same = (BatchLineRow.batch_id == BatchLineEndRow.batch_id) & (BatchLineRow.line == BatchLineEndRow.line)
        wanted = (
            select(BatchLineRow, BatchLineEndRow)
            .where(same)
            .where(col(BatchLineEndRow.outcome).in_([str(outcome) for outcome in _ASKED_OTHERWISE]))
            .order_by(col(BatchLineEndRow.id))
        )
        return self._store.read(
            lambda session: {_key(line): (LineOutcome(end.outcome), end.why) for line, end in session.exec(wanted)}
        )


def _judgements(ends: Sequence[LineEnd], day: date) -> list[codec.Columns]:
    found = ((end, end.answer) for end in ends)
    return [codec.judgement_columns(Judgement(end.line.key, answer, end.line.claim_id, day)) for end, answer in found if answer]


def _unusable(ends: Sequence[LineEnd], day: date) -> list[codec.Columns]:
    return [
        {"why": end.why, **codec.judged_columns(end.line.key, end.line.claim_id, day, end.usage, end.raw)}
        for end in ends
        if end.outcome is LineOutcome.UNUSABLE
    ]


def _id(session: Session, token: str) -> int:
    found = session.exec(select(BatchRow.id).where(BatchRow.token == token)).one()
    assert found is not None
    return found


def _opened(session: Session, row: BatchRow) -> OpenBatch:
    # Plain rows, for there may be 50,000 of them.
    wanted = select(*_LINE_COLUMNS).where(BatchLineRow.batch_id == row.id).order_by(col(BatchLineRow.id))
    batch = Batch(row.token, row.place, tuple(_line(line) for line in session.connection().execute(wanted)))
    steps = list(session.exec(select(BatchStepRow).where(BatchStepRow.batch_id == row.id).order_by(col(BatchStepRow.id))))
    names = {step.step: step.name for step in steps}
    return OpenBatch(
        batch=batch,
        kept=row.kept_at,
        since=steps[-1].kept_at if steps else row.kept_at,
        file=names.get(str(BatchStep.CREATING)),
        remote=names.get(str(BatchStep.CREATED)),
    )


def _line_columns(line: BatchLine) -> codec.Columns:
    key = line.key
    return {
        "line": line.id,
        "claim_fingerprint": key.claim,
        "paper_id": key.paper_id,
        "paper_version": key.version,
        "paper_fingerprint": key.paper,
        **codec.judge_columns(key.judge),
        "attempt": key.attempt,
        "rules": key.rules,
        "claim_id": line.claim_id,
        "parts": codec.dump(line.parts),
        "given": codec.dump(line.given),
        "prompt_tokens": line.prompt_tokens,
        "shortened": line.shortened,
    }


def _line(row: Any) -> BatchLine:
    parts, given = tuple(json.loads(row.parts)), tuple(json.loads(row.given))
    return BatchLine(row.line, _key(row), row.claim_id, parts, given, row.prompt_tokens, row.shortened)


def _key(row: Any) -> JudgementKey:
    judge = JudgeName(row.judge_kind, row.judge_model, row.judge_prompt)
    return JudgementKey(
        row.claim_fingerprint, row.paper_id, row.paper_version, row.paper_fingerprint, judge, row.attempt, row.rules
    )
