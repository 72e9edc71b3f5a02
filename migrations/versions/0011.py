"""What waits for somebody is found in the order of its days, without reading all that ever waited for his unit.
The table of links goes: nothing ever wrote to it, cases point to each other by their origin and their trails.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0011", "0010", None, None


def upgrade() -> None:
    op.create_index("ix_time_nodes_desk", "time_nodes",
                    ["unit_id", "purpose", sa.text("coalesce(due_on, '9999-12-31')"), "case_id"],
                    sqlite_where=_RUNS, postgresql_where=_RUNS)
    op.create_index("ix_matters_reached", "matters", ["reached_at"], sqlite_where=_WAITS, postgresql_where=_WAITS)
    op.drop_table("links")


_RUNS, _WAITS = sa.text("stopped_at IS NULL"), sa.text("settled_at IS NULL")


def downgrade() -> None:
    raise NotImplementedError("the trail is never taken back; restore a backup instead")
