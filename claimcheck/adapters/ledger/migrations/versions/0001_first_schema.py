"""The first schema: runs, judgements, unusable answers, drafts, anchor checks, claim texts, retests and gaps; append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = ("run", "run_end", "judgement", "unusable", "draft", "anchor_check", "claim_text", "retest", "gap")


def upgrade() -> None:
    """Make the tables, and have the database itself refuse to change or delete a row."""
    _runs()
    _answers()
    _anchor_checks()
    _retests()
    if op.get_bind().dialect.name == "sqlite":
        for table in _APPEND_ONLY:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER keep_{table}_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
                )


def _runs() -> None:
    op.create_table(
        "run",
        _id(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        *_texts("judge_kind", "judge_model", "judge_prompt", "claims_hash"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_table(
        "run_end",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=False),
        *_texts("summary"),
        sa.PrimaryKeyConstraint("run_id", name="pk_run_end"),
        _of_run("run_end"),
    )


def _answers() -> None:
    op.create_table(
        "judgement",
        *_judged(),
        *_texts("reading", "answered_by"),
        sa.PrimaryKeyConstraint("id", name="pk_judgement"),
        sa.UniqueConstraint("key", name="uq_judgement_key"),
        _of_run("judgement"),
    )
    op.create_index("ix_judgement_day", "judgement", ["day"])
    op.create_table(
        "unusable",
        *_judged(),
        *_texts("why"),
        sa.PrimaryKeyConstraint("id", name="pk_unusable"),
        _of_run("unusable"),
    )
    op.create_index("ix_unusable_day", "unusable", ["day"])
    op.create_table(
        "draft",
        _id(),
        _run_id(),
        sa.Column("day", sa.Date(), nullable=False),
        *_texts("kind", "key", "texts"),
        *_took(),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sa.UniqueConstraint("kind", "key", name="uq_draft_kind_key"),
        _of_run("draft"),
    )
    op.create_index("ix_draft_day", "draft", ["day"])


def _anchor_checks() -> None:
    op.create_table(
        "anchor_check",
        _id(),
        _run_id(),
        sa.Column("day", sa.Date(), nullable=False),
        *_texts("claim_id", "anchor_id", "grounding", "reason"),
        *_maybe_texts("cited_title", "cited_date", "paper_id", "quote", "suggested_id", "suggested_quote"),
        sa.Column("paper_version", sa.Integer(), nullable=True),
        sa.Column("asked", sa.Date(), nullable=True),
        sa.Column("withdrawal_asked", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_anchor_check"),
        _of_run("anchor_check"),
    )


def _retests() -> None:
    op.create_table(
        "claim_text",
        _id(),
        sa.Column("first_day", sa.Date(), nullable=False),
        *_texts("claim_id", "fingerprint", "text"),
        *_maybe_texts("durable", "perishable"),
        sa.PrimaryKeyConstraint("id", name="pk_claim_text"),
        sa.UniqueConstraint("claim_id", "fingerprint", name="uq_claim_text_claim_id_fingerprint"),
    )
    op.create_table(
        "retest",
        _id(),
        _run_id(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        *_texts("claim_id", "claim_fingerprint", "verdict", "computed", "needs_review", "entry", "digest"),
        sa.PrimaryKeyConstraint("id", name="pk_retest"),
        sa.UniqueConstraint("run_id", "claim_id", "digest", name="uq_retest_run_id_claim_id_digest"),
        _of_run("retest"),
    )
    op.create_index("ix_retest_claim_id_day", "retest", ["claim_id", "day"])
    op.create_table(
        "gap",
        _id(),
        _run_id(),
        sa.Column("retest_id", sa.Integer(), nullable=True),
        sa.Column("blocks", sa.Boolean(), nullable=False),
        *_texts("kind", "what", "why"),
        *_maybe_texts("claim_id"),
        sa.PrimaryKeyConstraint("id", name="pk_gap"),
        sa.ForeignKeyConstraint(["retest_id"], ["retest.id"], name="fk_gap_retest_id"),
        _of_run("gap"),
    )
    op.create_index("ix_gap_run_id", "gap", ["run_id"])


def _judged() -> list[sa.Column[object]]:
    return [
        _id(),
        _run_id(),
        sa.Column("day", sa.Date(), nullable=False),
        *_texts("key", "claim_fingerprint", "paper_id", "paper_fingerprint", "judge_kind", "judge_model", "judge_prompt"),
        *_texts("rules", "claim_id", "raw"),
        sa.Column("paper_version", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        *_took(),
    ]


def _took() -> list[sa.Column[object]]:
    return [
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("usd", sa.Float(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
    ]


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _run_id() -> sa.Column[object]:
    return sa.Column("run_id", sa.Integer(), nullable=False)


def _texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _maybe_texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=True) for name in names]


def _of_run(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=f"fk_{table}_run_id")
