"""Accountability: influence periods. Looking back by lot.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0006", "0005", None, None


def upgrade() -> None:
    op.create_table(
        "influences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", sa.String(27), nullable=True),
        sa.CheckConstraint("months BETWEEN 1 AND 120", name=op.f("ck_influences_sane")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_influences")),
    )
    op.create_index("ix_influences_method", "influences", ["method", "valid_from"])
    op.create_table(
        "lookbacks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("class", sa.String(length=120), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("musts", sa.JSON(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("announced_at", sa.String(27), nullable=False),
        sa.Column("announced_by_id", sa.Integer(), nullable=False),
        sa.Column("announced_seq", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.String(27), nullable=True),
        sa.Column("drawn_seq", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_lookbacks_unit_id")),
        sa.ForeignKeyConstraint(["announced_by_id"], ["officers.id"], name=op.f("fk_lookbacks_announced_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lookbacks")),
    )
    op.create_index("ix_lookbacks_number", "lookbacks", ["year", "serial"], unique=True)
    op.create_table(
        "lookback_cases",
        sa.Column("lookback_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("musts", sa.JSON(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("result", sa.String(length=12), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("looked_at", sa.String(27), nullable=True),
        sa.Column("looked_by_id", sa.Integer(), nullable=True),
        sa.Column("reopened", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["lookback_id"], ["lookbacks.id"], name=op.f("fk_lookback_cases_lookback_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_lookback_cases_case_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_lookback_cases_officer_id")),
        sa.ForeignKeyConstraint(["looked_by_id"], ["officers.id"], name=op.f("fk_lookback_cases_looked_by_id")),
        sa.PrimaryKeyConstraint("lookback_id", "case_id", name=op.f("pk_lookback_cases")),
    )
    op.create_index(op.f("ix_lookback_cases_case_id"), "lookback_cases", ["case_id"])
    op.create_index("ix_lookback_cases_open", "lookback_cases", ["officer_id", "due_on"], sqlite_where=_OPEN,
                    postgresql_where=_OPEN)


_OPEN = sa.text("place IS NOT NULL AND result IS NULL")


def downgrade() -> None:
    raise NotImplementedError("the trail is never taken back; restore a backup instead")
