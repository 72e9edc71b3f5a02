"""The hands of a case and the nodes that wait for a post are found by searching.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0009", "0008", None, None


def upgrade() -> None:
    op.create_index("ix_assignments_case", "assignments", ["case_id", "id"])
    op.create_index("ix_time_nodes_waiting", "time_nodes", ["unit_id", "purpose", "warn_on", "case_id"],
                    sqlite_where=_RUNS, postgresql_where=_RUNS)


_RUNS = sa.text("stopped_at IS NULL")


def downgrade() -> None:
    raise NotImplementedError("the trail is never taken back; restore a backup instead")
