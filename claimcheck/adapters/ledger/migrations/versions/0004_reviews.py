"""Reviews: what people decided on evidence and anchors; append-only like all else."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and have the database itself refuse to change or delete a row."""
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("key", "claim_id", "claim_fingerprint", "target", "paper_id", "paper_fingerprint", "action", "reviewer", "at"),
        *_texts("reason", "sentences", "judged", "judge"),
        *_maybe_texts("stance", "part", "replacement", "undoes"),
        sa.Column("paper_version", sa.Integer(), nullable=True),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("asserted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        sa.UniqueConstraint("key", name="uq_review_key"),
    )
    op.create_index("ix_review_claim_id_target_paper_id", "review", ["claim_id", "target", "paper_id"])
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER keep_review_{change.lower()} BEFORE {change} ON review "
                f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )


def _texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _maybe_texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=True) for name in names]
