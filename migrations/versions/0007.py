"""Reply limits of notices as time nodes, and what the overdue board reads.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0007", "0006", None, None


def upgrade() -> None:
    op.execute("ALTER TABLE time_nodes ADD COLUMN notice_id INTEGER "
               "CONSTRAINT fk_time_nodes_notice_id REFERENCES notices (id)")
    op.create_index("ix_time_nodes_notice", "time_nodes", ["notice_id"],
                    sqlite_where=_OF_NOTICE, postgresql_where=_OF_NOTICE)
    op.drop_index("ix_time_nodes_unit_due", "time_nodes")
    op.create_index("ix_time_nodes_unit_due", "time_nodes", ["unit_id", "due_on", "case_id", "warn_on", "duty", "rung"],
                    sqlite_where=_RUNS, postgresql_where=_RUNS)
    op.create_index("ix_time_nodes_missed", "time_nodes", ["due_on", "unit_id", "case_id"],
                    sqlite_where=_MISSED, postgresql_where=_MISSED)


_RUNS = sa.text("stopped_at IS NULL")
_MISSED = sa.text("stopped_on IS NULL OR stopped_on > due_on")
_OF_NOTICE = sa.text("notice_id IS NOT NULL")


def downgrade() -> None:
    raise NotImplementedError("the trail is never taken back; restore a backup instead")
