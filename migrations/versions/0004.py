"""The tree over all seals, its tiles, and the checkpoints.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0004", "0003", None, None


def upgrade() -> None:
    op.create_table(
        "leaves",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_leaves")),
        sa.UniqueConstraint("stream", "seq", name=op.f("uq_leaves_stream_seq")),
    )
    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "no", name=op.f("pk_tiles")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoints")),
    )
    for statement in _BY_HAND[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the trail is never taken back; restore a backup instead")


_BY_HAND = {
    "sqlite": (
        """
        CREATE TRIGGER leaves_no_update BEFORE UPDATE ON leaves BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER leaves_no_delete BEFORE DELETE ON leaves BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER tiles_no_delete BEFORE DELETE ON tiles BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER tiles_grow_only BEFORE UPDATE ON tiles WHEN NOT (NEW.level = OLD.level AND NEW.no = OLD.no AND substr(NEW.hashes, 1, length(OLD.hashes)) = OLD.hashes) BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER leaves_no_replace BEFORE INSERT ON leaves WHEN EXISTS (SELECT 1 FROM leaves WHERE (position = NEW.position) OR (stream = NEW.stream AND seq = NEW.seq) OR rowid = NEW.rowid) BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER checkpoints_no_replace BEFORE INSERT ON checkpoints WHEN EXISTS (SELECT 1 FROM checkpoints WHERE (id = NEW.id) OR rowid = NEW.rowid) BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER tiles_no_replace BEFORE INSERT ON tiles WHEN EXISTS (SELECT 1 FROM tiles WHERE (level = NEW.level AND no = NEW.no) OR rowid = NEW.rowid) BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
    ),
    "postgresql": (
        """
        CREATE TRIGGER leaves_no_change BEFORE UPDATE OR DELETE ON leaves FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER checkpoints_no_change BEFORE UPDATE OR DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER tiles_no_delete BEFORE DELETE ON tiles FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER tiles_grow_only BEFORE UPDATE ON tiles FOR EACH ROW WHEN (NOT (NEW.level = OLD.level AND NEW.no = OLD.no AND substr(NEW.hashes, 1, length(OLD.hashes)) = OLD.hashes)) EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER leaves_no_truncate BEFORE TRUNCATE ON leaves FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER checkpoints_no_truncate BEFORE TRUNCATE ON checkpoints FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER tiles_no_truncate BEFORE TRUNCATE ON tiles FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()
        """,
    ),
}
