"""What witnesses outside put under checkpoints.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0012", "0011", None, None


def upgrade() -> None:
    op.create_table(
        "cosignatures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checkpoint_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(length=400), nullable=False),
        sa.Column("witness", sa.String(length=100), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("taken_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["checkpoint_id"], ["checkpoints.id"], name=op.f("fk_cosignatures_checkpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cosignatures")),
        sa.UniqueConstraint("checkpoint_id", "line", name=op.f("uq_cosignatures_checkpoint_id_line")),
    )
    for statement in _BY_HAND[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the trail is never taken back; restore a backup instead")


_BY_HAND = {
    "sqlite": (
        """
        CREATE TRIGGER cosignatures_no_update BEFORE UPDATE ON cosignatures BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER cosignatures_no_delete BEFORE DELETE ON cosignatures BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER cosignatures_no_replace BEFORE INSERT ON cosignatures WHEN EXISTS (SELECT 1 FROM cosignatures WHERE (id = NEW.id) OR (checkpoint_id = NEW.checkpoint_id AND line = NEW.line) OR rowid = NEW.rowid) BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
    ),
    "postgresql": (
        """
        CREATE TRIGGER cosignatures_no_change BEFORE UPDATE OR DELETE ON cosignatures FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER cosignatures_no_truncate BEFORE TRUNCATE ON cosignatures FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()
        """,
    ),
}
