"""Holdings as rows, a copy that follows the tree.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0008", "0007", None, None


def upgrade() -> None:
    op.create_table(
        "spans",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("until", sa.String(27), nullable=False),
        sa.Column("holder", sa.String(length=12), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_spans_case_id")),
        sa.PrimaryKeyConstraint("case_id", "no", name=op.f("pk_spans")),
    )
    op.create_index("ix_spans_until", "spans", ["until", "since"])
    op.create_table(
        "span_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_span_marks")),
    )
    op.execute("INSERT INTO span_marks (id, size, rule) VALUES (1, 0, 0)")  # of no definition: whoever follows begins
