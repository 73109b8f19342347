"""What calls took, by day and by run, the calls of killed runs included."""

from datetime import date

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, case, col, select

from claimcheck.adapters.ledger.tables import CallRow, DraftRow, JudgementRow, RunEndRow, UnusableRow
from claimcheck.domain.evidence import Usage

_ANSWERED = (JudgementRow, DraftRow, UnusableRow)
_Kind = type[JudgementRow] | type[DraftRow] | type[UnusableRow] | type[CallRow]


def of_day(session: Session, day: date) -> Usage:
    """Return what the answers that were kept on a day took."""
    return sum((_sum(session, kind, col(kind.day) == day) for kind in _ANSWERED), Usage())


def unfinished(session: Session) -> Usage:
    """Return what the runs since the last one that came to its end took.

    Where fewer answers are kept than calls were begun, as many calls count at what they may have cost, the dearest first: a run
    that was killed may have paid for them.
    """
    ended = session.exec(select(func.coalesce(func.max(RunEndRow.run_id), 0))).one()
    answered = sum((_sum(session, kind, col(kind.run_id) > ended) for kind in _ANSWERED), Usage())
    begun = _sum(session, CallRow, col(CallRow.run_id) > ended)
    return answered + _dearest(session, ended, max(0, begun.calls - answered.calls))


def _dearest(session: Session, ended: int, count: int) -> Usage:
    """Return what the dearest of the calls begun may have cost, so many of them; the row of a batch stands for many calls."""
    wanted = (
        select(CallRow)
        .where(CallRow.run_id > ended)
        .order_by(col(CallRow.usd).desc(), (col(CallRow.prompt_tokens) + col(CallRow.completion_tokens)).desc())
        .limit(count)
    )
    lost = Usage()
    for row in session.exec(wanted) if count else ():
        if lost.calls < count:
            lost += Usage(row.calls, row.prompt_tokens, row.completion_tokens, row.usd, estimated=True)
    return lost


def _sum(session: Session, row: _Kind, where: ColumnElement[bool]) -> Usage:
    estimated = case((col(row.estimated), 1), else_=0)
    columns = (row.calls, row.prompt_tokens, row.completion_tokens, row.usd, estimated)
    wanted = select(*(func.coalesce(func.sum(column), 0) for column in columns)).where(where)
    calls, prompt, completion, usd, guessed = session.exec(wanted).one()
    return Usage(calls, prompt, completion, float(usd), guessed > 0)
