"""What claims were found to be, in the ledger: each retest kept once a run, never changed."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from claimcheck.adapters.ledger import codec
from claimcheck.adapters.ledger.engine import add_once
from claimcheck.adapters.ledger.tables import ClaimTextRow, GapRow, RetestRow
from claimcheck.domain.gap import Gap
from claimcheck.domain.retest import Retest
from claimcheck.domain.verdict import Verdict
from claimcheck.ports import KeptRetest, Passed


def keep(session: Session, run_id: int, day: date, retest: Retest, entry: dict[str, object]) -> None:
    """Keep a retest with its entry, its gaps and the claim's wording; the same again in the same run changes nothing."""
    add_once(session, ClaimTextRow, **codec.claim_text_columns(retest.claim, day))
    columns = codec.retest_columns(day, retest, entry)
    if add_once(session, RetestRow, run_id=run_id, **columns):
        same = (RetestRow.run_id == run_id, RetestRow.claim_id == retest.claim.id, RetestRow.digest == columns["digest"])
        add_gaps(session, run_id, session.exec(select(RetestRow.id).where(*same)).one(), retest.gaps)


def previous(session: Session, claim_id: str, claim_fingerprint: str, before: date) -> KeptRetest | None:
    """Return the newest complete retest of the same claim text on an earlier day; of several that day the last kept."""
    wanted = (
        select(RetestRow)
        .where(RetestRow.claim_id == claim_id, RetestRow.claim_fingerprint == claim_fingerprint)
        .where(col(RetestRow.complete).is_(True), RetestRow.day < before)
        .order_by(col(RetestRow.day).desc(), col(RetestRow.id).desc())
        .limit(1)
    )
    return _first(session, wanted)


def history(session: Session, claim_id: str) -> tuple[KeptRetest, ...]:
    """Return all retests of a claim, oldest first; the same outcome kept by several runs of one day once."""
    wanted = select(RetestRow).where(RetestRow.claim_id == claim_id).order_by(col(RetestRow.day), col(RetestRow.id))
    distinct: dict[tuple[str, str], RetestRow] = {}
    for row in session.exec(wanted):
        distinct.setdefault((row.verdict, row.digest), row)
    return tuple(codec.kept_retest(row) for row in distinct.values())


def of_run(session: Session, run_id: int) -> tuple[KeptRetest, ...]:
    """Return the retests of a run in the order they were kept."""
    wanted = select(RetestRow).where(RetestRow.run_id == run_id).order_by(col(RetestRow.id))
    return tuple(codec.kept_retest(row) for row in session.exec(wanted))


def of_claim(session: Session, run_id: int, claim_id: str) -> KeptRetest | None:
    """Return a claim's retest of a run; of several the last kept."""
    of = (RetestRow.run_id == run_id, RetestRow.claim_id == claim_id)
    return _first(session, select(RetestRow).where(*of).order_by(col(RetestRow.id).desc()).limit(1))


def course(session: Session) -> tuple[Passed, ...]:
    """Return all retests without their entries, in the order they were kept."""
    row = RetestRow
    columns = (row.run_id, row.day, row.claim_id, row.claim_fingerprint, row.verdict, row.complete)
    found = session.exec(select(*columns).order_by(col(RetestRow.id)))  # type: ignore[call-overload]
    return tuple(Passed(run, day, id, text, Verdict(verdict), bool(done)) for run, day, id, text, verdict, done in found)


def claim_ids(session: Session) -> tuple[str, ...]:
    """Return the ids of all claims ever retested, in alphabetical order."""
    return tuple(sorted(session.exec(select(ClaimTextRow.claim_id).distinct())))


def add_gaps(session: Session, run_id: int, retest_id: int | None, gaps: Iterable[Gap]) -> None:
    """Keep gaps, of a retest or of a run as a whole."""
    session.add_all([GapRow(run_id=run_id, retest_id=retest_id, **codec.gap_columns(gap)) for gap in gaps])


def _first(session: Session, wanted: Any) -> KeptRetest | None:
    row = session.exec(wanted).first()
    return codec.kept_retest(row) if row else None
