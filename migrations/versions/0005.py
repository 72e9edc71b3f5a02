"""The access log, the settings of an installation, and where to find an entry.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0005", "0004", None, None


def upgrade() -> None:
    op.create_table(
        "accesses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("case_number", sa.String(length=40), nullable=True),
        sa.Column("place", sa.String(length=60), nullable=True),
        sa.Column("detail", sa.String(length=120), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("device", sa.String(length=200), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accesses")),
    )
    op.create_index("ix_accesses_at", "accesses", ["at", "id"])
    op.create_index("ix_accesses_username", "accesses", ["username", "at", "id"])
    op.create_index("ix_accesses_kind", "accesses", ["kind", "at", "id"])
    op.create_index("ix_accesses_case", "accesses", ["case_number", "at", "id"])
    op.create_table(
        "settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
    )
    op.create_index("ix_settings_name", "settings", ["name", "id"])
    op.create_table(
        "traces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traces")),
    )
    op.create_index("ix_traces_entry", "traces", ["stream", "seq"], unique=True)
    op.create_index("ix_traces_at", "traces", ["at", "id"])
    op.create_index("ix_traces_actor", "traces", ["actor", "at", "id"])
    op.create_index("ix_traces_unit", "traces", ["unit", "at", "id"])
    op.create_index("ix_traces_act", "traces", ["act", "at", "id"])
    op.create_index("ix_traces_about", "traces", ["about"], sqlite_where=_NAMES_ONE, postgresql_where=_NAMES_ONE)
    for statement in _BY_HAND[op.get_bind().dialect.name]:
        op.execute(statement)


_NAMES_ONE = sa.text("about IS NOT NULL")
_BY_HAND = {
    "sqlite": ("CREATE VIRTUAL TABLE trace_words USING fts5(tokens, content='', detail=none, columnsize=0)",),
    "postgresql": (
        "CREATE TABLE trace_words (id integer PRIMARY KEY REFERENCES traces (id), tokens tsvector NOT NULL)",
        "CREATE INDEX ix_trace_words_tokens ON trace_words USING gin (tokens)",
    ),
}


def downgrade() -> None:
    raise NotImplementedError("the trail is never taken back; restore a backup instead")
