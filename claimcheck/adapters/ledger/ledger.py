"""The ledger's port on SQL: what is kept, and how it is found again. Portable; what is a database's own lies behind a `Store`."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlmodel import Session, col, select

from claimcheck.adapters.ledger import codec, paid, retests, spending
from claimcheck.adapters.ledger import reviews as review_rows
from claimcheck.adapters.ledger.batches import SqlBatches
from claimcheck.adapters.ledger.engine import MISFIT, Store, add_once, open_at
from claimcheck.adapters.ledger.spool import Rows, Spool
from claimcheck.adapters.ledger.tables import (
    AnchorCheckRow,
    CallRow,
    DraftRow,
    GapRow,
    JudgementRow,
    RunEndRow,
    RunRow,
    UnusableRow,
)
from claimcheck.domain.evidence import Usage
from claimcheck.domain.gap import Gap
from claimcheck.domain.grounding import AnchorCheck
from claimcheck.domain.retest import Retest
from claimcheck.domain.review import Review
from claimcheck.errors import Exit, StoreUnusable
from claimcheck.ports import Draft, Judgement, JudgementKey, JudgeName, KeptRetest, Passed, RunSummary

T = TypeVar("T")
_WITH_REPORT = (Exit.DONE, Exit.GAPS, Exit.UNAVAILABLE, Exit.BUDGET, Exit.FAIL_ON)


class SqlLedger:
    """The append-only memory in a database; see `ports.Ledger`. May be used from several threads and processes at once."""

    def __init__(self, store: Store) -> None:
        """Take over an open store; `open` is the usual way."""
        self._store = store
        self._spool = Spool(store.path)

    @classmethod
    def open(cls, url: str | None, home: Path) -> Self:
        """Open the ledger that an address names (by default a file in `home`), made or migrated where needed.

        Raise `StoreUnusable` when that cannot be; a database of a newer program, or none of ours, keeps its bytes.
        """
        ledger = cls(open_at(url, home))
        try:
            ledger._spool.take(ledger._take_in)
        except StoreUnusable:
            ledger.close()
            raise
        return ledger

    @property
    def batches(self) -> SqlBatches:
        """What it remembers of batches."""
        return SqlBatches(self._store)

    @property
    def path(self) -> Path:
        """The file that holds the ledger; of a server, what the files in home that belong to it are named after."""
        return self._store.path

    def alone(self, command: str) -> AbstractContextManager[None]:
        """Keep other runs from a ledger that several machines share, as long as this is entered; raise `AlreadyRunning`."""
        return self._store.alone(command)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def __enter__(self) -> Self:
        """Use the ledger in a `with` statement."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the database."""
        self.close()

    def backup(self, path: Path) -> None:
        """Copy the ledger, in use or not, to a new file that is checked before it gets its name."""
        self._store.backup(path)

    def start_run(self, day: date, judge: JudgeName, claims_hash: str) -> int:
        """Open a run and return its number."""
        columns = {"day": day, "started_at": datetime.now(UTC), "claims_hash": claims_hash, **codec.judge_columns(judge)}
        return self._store.write(lambda session: _added(session, RunRow(**columns)))

    def finish_run(self, run_id: int, summary: RunSummary, seconds: float, exit_code: int) -> None:
        """Close a run, once, with what its report needs beyond the retests; gaps that no retest has are kept with it."""
        end = {"seconds": seconds, "exit_code": int(exit_code), "summary": codec.summary_json(summary)}

        def work(session: Session) -> None:
            if add_once(session, RunEndRow, run_id=run_id, **end):
                kept = {_same_gap(row) for row in session.exec(select(GapRow).where(GapRow.run_id == run_id))}
                retests.add_gaps(session, run_id, None, [gap for gap in summary.gaps if _same_gap(gap) not in kept])

        self._store.write(work)

    def judgement(self, key: JudgementKey) -> Judgement | None:
        """Return the judgement kept under a key."""
        wanted = select(JudgementRow).where(JudgementRow.key == codec.key_digest(key))
        found = self._read(lambda session: [codec.judgement(key, row) for row in session.exec(wanted)])
        return found[0] if found else None

    def keep_judgement(self, run_id: int, judgement: Judgement) -> None:
        """Keep a judgement; keeping the same key again changes nothing."""
        self._keep_paid(JudgementRow, {"run_id": run_id, **codec.judgement_columns(judgement)})

    def keep_unusable(self, run_id: int, key: JudgementKey, claim_id: str, day: date, why: str, usage: Usage, raw: str) -> None:
        """Keep an answer that could not be used, for the record and the cost."""
        self._keep_paid(UnusableRow, {"run_id": run_id, "why": why, **codec.judged_columns(key, claim_id, day, usage, raw)})

    def draft(self, kind: str, key: str) -> Draft | None:
        """Return the draft kept under a key."""
        wanted = select(DraftRow).where(DraftRow.kind == kind, DraftRow.key == key)
        found = self._read(lambda session: [codec.draft(row) for row in session.exec(wanted)])
        return found[0] if found else None

    def keep_draft(self, run_id: int, draft: Draft) -> None:
        """Keep a draft; keeping the same key again changes nothing."""
        self._keep_paid(DraftRow, {"run_id": run_id, **codec.draft_columns(draft)})

    def keep_anchor_check(self, run_id: int, claim_id: str, check: AnchorCheck, day: date) -> None:
        """Keep an anchor's check."""
        row = {"run_id": run_id, "claim_id": claim_id, "day": day, **codec.anchor_check_columns(check)}
        self._store.write(lambda session: _added(session, AnchorCheckRow(**row)))

    def keep_retest(self, run_id: int, day: date, retest: Retest, entry: dict[str, object]) -> None:
        """Keep a claim's retest with its entry in the report's JSON twin, its gaps and the claim's wording.

        The same again in the same run changes nothing; in another run it is kept for that run too.
        """
        self._store.write(lambda session: retests.keep(session, run_id, day, retest, entry))

    def previous(self, claim_id: str, claim_fingerprint: str, before: date) -> KeptRetest | None:
        """Return the newest complete retest of the same claim text on an earlier day; of several that day the last kept."""
        return self._read(lambda session: retests.previous(session, claim_id, claim_fingerprint, before))

    def history(self, claim_id: str) -> tuple[KeptRetest, ...]:
        """Return all retests of a claim, oldest first; the same outcome kept by several runs of one day once."""
        return self._read(lambda session: retests.history(session, claim_id))

    def last_run(self) -> tuple[int, RunSummary] | None:
        """Return the newest run that came to a report, with or without gaps."""
        wanted = (
            select(RunEndRow)
            .where(col(RunEndRow.exit_code).in_([int(code) for code in _WITH_REPORT]))
            .order_by(col(RunEndRow.run_id).desc())
            .limit(1)
        )
        found = self._read(lambda session: [(row.run_id, codec.summary(row.summary)) for row in session.exec(wanted)])
        return found[0] if found else None

    def reported(self) -> tuple[tuple[int, date], ...]:
        """Return number and day of every run that came to a report, oldest first."""
        wanted = (
            select(col(RunRow.id), col(RunRow.day))
            .join(RunEndRow, col(RunEndRow.run_id) == col(RunRow.id))
            .where(col(RunEndRow.exit_code).in_([int(code) for code in _WITH_REPORT]))
            .order_by(col(RunRow.id))
        )
        return self._read(lambda session: tuple((int(id), day) for id, day in session.exec(wanted) if id is not None))

    def summary(self, run_id: int) -> RunSummary:
        """Return what a run that came to a report added to its retests."""
        wanted = select(RunEndRow.summary).where(RunEndRow.run_id == run_id)
        return self._read(lambda session: codec.summary(session.exec(wanted).one()))

    def retests(self, run_id: int) -> tuple[KeptRetest, ...]:
        """Return the retests of a run in the order they were kept."""
        return self._read(lambda session: retests.of_run(session, run_id))

    def course(self) -> tuple[Passed, ...]:
        """Return all retests without their entries, in the order they were kept."""
        return self._read(retests.course)

    def retest(self, run_id: int, claim_id: str) -> KeptRetest | None:
        """Return a claim's retest of a run; of several the last kept."""
        return self._read(lambda session: retests.of_claim(session, run_id, claim_id))

    def claim_ids(self) -> tuple[str, ...]:
        """Return the ids of all claims ever retested, in alphabetical order."""
        return self._read(retests.claim_ids)

    def spent(self, day: date) -> Usage:
        """Return what the judgements, drafts and unusable answers of a day took."""
        return self._read(lambda session: spending.of_day(session, day))

    def keep_call(self, run_id: int, day: date, highest: Usage) -> None:
        """Keep what a call may cost, before it is made."""
        row = {"run_id": run_id, "day": day, **codec.usage_columns(highest)}
        self._store.write(lambda session: _added(session, CallRow(**row)))

    def unfinished(self) -> Usage:
        """Return what the runs since the last one that came to its end took; calls of theirs without an answer at their most."""
        return self._read(spending.unfinished)

    def _keep_paid(self, kind: paid.Kind, row: dict[str, Any]) -> None:
        """Keep what was paid for; where the ledger cannot take it, write it down beside it for the next one that opens it."""
        try:
            self._store.write(lambda session: paid.add(session, kind, row))
        except StoreUnusable as wrong:
            if not self._spool.put(kind.__tablename__, row):
                raise
            spooled = f"{wrong}. The answer that was paid for is in {str(self._spool.path)!r} and taken in by the next run"
            raise StoreUnusable(spooled) from wrong

    def _take_in(self, rows: Rows) -> None:
        def work(session: Session) -> None:
            for table, row in rows:
                paid.add(session, paid.KINDS[table], row)

        try:
            self._store.write(work)
        except (KeyError, TypeError, *MISFIT) as wrong:
            name = str(self._spool.path)
            raise StoreUnusable(
                f"the spool file {name!r} does not fit its ledger ({type(wrong).__name__}); move it away"
            ) from wrong

    def last_run_id(self) -> int | None:
        """Return the number of the run that `last_run` returns, without reading what it kept."""
        reported = col(RunEndRow.exit_code).in_([int(code) for code in _WITH_REPORT])
        wanted = select(RunEndRow.run_id).where(reported).order_by(col(RunEndRow.run_id).desc()).limit(1)
        return self._read(lambda session: session.exec(wanted).first())

    def keep_review(self, review: Review, seen: str | None) -> bool:
        """Keep a review if `seen` is still the id of the one kept last for its subject's key; tell whether it was kept.

        Both happen in one transaction, so that of two who decide on the same state, in whatever process, one is told.
        """
        return self._store.write(lambda session: review_rows.keep(session, review, seen))

    def import_reviews(self, reviews: Sequence[Review]) -> int:
        """Keep the reviews that are not there yet, all or none of them; return how many were new."""
        return self._store.write(lambda session: review_rows.add_new(session, reviews))

    def reviews_of(self, claim_id: str) -> tuple[Review, ...]:
        """Return all reviews of a claim in the order they were kept."""
        return self._read(lambda session: review_rows.of_claim(session, claim_id))

    def reviews_after(self, mark: int = 0) -> tuple[int, tuple[Review, ...]]:
        """Return the reviews kept behind a mark, in order, and the mark that later ones will lie behind."""
        return self._read(lambda session: review_rows.after(session, mark))

    def _read(self, work: Callable[[Session], T]) -> T:
        try:
            return self._store.read(work)
        except ValueError as wrong:  # a date, JSON text or word that we cannot have written
            raise self._store.damaged(str(wrong)) from wrong


def _added(session: Session, row: RunRow | UnusableRow | AnchorCheckRow | CallRow) -> int:
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def _same_gap(gap: Gap | GapRow) -> tuple[object, ...]:
    return (gap.what, gap.why, str(gap.kind), gap.claim_id, gap.blocks)
