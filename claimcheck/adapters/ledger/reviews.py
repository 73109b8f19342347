"""What people decided, in the ledger: kept in order, never changed."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from claimcheck.adapters.ledger import codec
from claimcheck.adapters.ledger.engine import add_once
from claimcheck.adapters.ledger.tables import ReviewRow
from claimcheck.domain.review import Review


def keep(session: Session, review: Review, seen: str | None) -> bool:
    """Keep a review if `seen` is still the id of the one kept last for its subject's key; tell whether it was kept."""
    of = review.subject
    last = (
        select(ReviewRow.key)
        .where(ReviewRow.claim_id == of.claim_id, ReviewRow.target == of.target, ReviewRow.paper_id == of.paper_id)
        .order_by(col(ReviewRow.id).desc())
        .limit(1)
    )
    return session.exec(last).first() == seen and add_once(session, ReviewRow, **codec.review_columns(review))


def add_new(session: Session, reviews: Sequence[Review]) -> int:
    """Keep the reviews that are not there yet; return how many were new."""
    return sum(add_once(session, ReviewRow, **codec.review_columns(review)) for review in reviews)


def of_claim(session: Session, claim_id: str) -> tuple[Review, ...]:
    """Return all reviews of a claim in the order they were kept."""
    wanted = select(ReviewRow).where(ReviewRow.claim_id == claim_id).order_by(col(ReviewRow.id))
    return tuple(codec.review(row) for row in session.exec(wanted))


def after(session: Session, mark: int) -> tuple[int, tuple[Review, ...]]:
    """Return the reviews kept behind a mark, in order, and the mark that later ones will lie behind."""
    rows = list(session.exec(select(ReviewRow).where(col(ReviewRow.id) > mark).order_by(col(ReviewRow.id))))
    return max((row.id or 0 for row in rows), default=mark), tuple(codec.review(row) for row in rows)
