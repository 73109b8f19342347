"""Calls to a model server, each kept before it is made, so that a run that is killed meanwhile does not forget what it spent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; its rows can be neither changed nor deleted."""
    op.create_table(
        "model_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("usd", sa.Float(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model_call"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_model_call_run_id"),
    )
    op.create_index("ix_model_call_run_id", "model_call", ["run_id"])
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER keep_model_call_{change.lower()} BEFORE {change} ON model_call "
                f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )
