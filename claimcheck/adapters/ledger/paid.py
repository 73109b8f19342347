"""Answers that were paid for, whichever table they are kept in."""

from typing import Any

from sqlmodel import Session, select

from claimcheck.adapters.ledger.engine import add_once
from claimcheck.adapters.ledger.tables import DraftRow, JudgementRow, UnusableRow

Kind = type[JudgementRow] | type[DraftRow] | type[UnusableRow]

KINDS: dict[str, Kind] = {"judgement": JudgementRow, "draft": DraftRow, "unusable": UnusableRow}


def add(session: Session, kind: Kind, row: dict[str, Any]) -> None:
    """Add an answer, unless it is there already: a spool may be taken in twice when the first time was cut off."""
    if kind is not UnusableRow:
        add_once(session, kind, **row)
    elif not session.exec(select(UnusableRow.id).filter_by(**row)).first():
        session.add(UnusableRow(**row))
