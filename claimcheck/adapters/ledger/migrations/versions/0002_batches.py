"""Batches: readings handed in together, how far each batch came, and what came of each reading; append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("batch", "batch_step", "batch_line", "batch_line_end")


def upgrade() -> None:
    """Make the tables, and have the database itself refuse to change or delete a row."""
    _batches()
    _lines()
    if op.get_bind().dialect.name == "sqlite":
        for table in _APPEND_ONLY:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER keep_{table}_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
                )


def _batches() -> None:
    op.create_table(
        "batch",
        _whole("id"),
        _whole("run_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        *_texts("token", "place"),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.UniqueConstraint("token", name="uq_batch_token"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_batch_run_id"),
    )
    op.create_table(
        "batch_step",
        _whole("id"),
        _whole("batch_id"),
        *_texts("step", "name"),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch_step"),
        sa.UniqueConstraint("batch_id", "step", name="uq_batch_step_batch_id_step"),
        _of_batch("batch_step"),
    )


def _lines() -> None:
    op.create_table(
        "batch_line",
        _whole("id"),
        _whole("batch_id"),
        *_texts("line", "claim_fingerprint", "paper_id", "paper_fingerprint", "judge_kind", "judge_model", "judge_prompt"),
        *_texts("rules", "claim_id", "parts", "given"),
        sa.Column("paper_version", sa.Integer(), nullable=True),
        _whole("attempt"),
        _whole("prompt_tokens"),
        sa.Column("shortened", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch_line"),
        sa.UniqueConstraint("batch_id", "line", name="uq_batch_line_batch_id_line"),
        _of_batch("batch_line"),
    )
    op.create_table(
        "batch_line_end",
        _whole("id"),
        _whole("batch_id"),
        _whole("run_id"),
        *_texts("line", "outcome", "why"),
        sa.PrimaryKeyConstraint("id", name="pk_batch_line_end"),
        sa.UniqueConstraint("batch_id", "line", name="uq_batch_line_end_batch_id_line"),
        _of_batch("batch_line_end"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_batch_line_end_run_id"),
    )


def _whole(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _of_batch(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=f"fk_{table}_batch_id")
