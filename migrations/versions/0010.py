"""Letters without an officer: checkpoints lodged outside, one a day and address; settings that hold several addresses.

SQLite cannot take a NOT NULL away: there both tables, which bear no trigger, are made again.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0010", "0009", None, None

LETTERS = ("id", "telling_id", "officer_id", "channel", "address", "state", "at", "next_at", "attempts", "failures",
           "tried_at", "ended_at", "trouble", "claimed_by", "claimed_until")
SETTINGS = ("id", "name", "value", "basis", "since", "set_by")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _alter()
    else:
        _make_again()
    op.create_index("ix_letters_lodged", "letters", ["address", "lodged_on"], unique=True, sqlite_where=_LODGED,
                    postgresql_where=_LODGED)


def _alter() -> None:
    op.alter_column("settings", "value", type_=sa.String(length=1300))
    op.alter_column("letters", "officer_id", nullable=True)
    op.add_column("letters", sa.Column("checkpoint_id", sa.Integer(), nullable=True))
    op.add_column("letters", sa.Column("lodged_on", sa.Date(), nullable=True))
    op.create_foreign_key(op.f("fk_letters_checkpoint_id"), "letters", "checkpoints", ["checkpoint_id"], ["id"])
    op.create_check_constraint(op.f("ck_letters_somebodys_or_lodged"), "letters", _WHOSE)


def _make_again() -> None:
    op.create_table(
        "letters_again",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("telling_id", sa.Integer(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("checkpoint_id", sa.Integer(), nullable=True),
        sa.Column("lodged_on", sa.Date(), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("next_at", sa.String(27), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.String(27), nullable=True),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("trouble", sa.String(length=200), nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", sa.String(27), nullable=True),
        sa.CheckConstraint("(state = 'trying') = (claimed_until IS NOT NULL)",
                           name=op.f("ck_letters_claimed_while_tried")),
        sa.CheckConstraint("state <> 'sent' OR attempts > 0", name=op.f("ck_letters_sent_was_tried")),
        sa.CheckConstraint(_WHOSE, name=op.f("ck_letters_somebodys_or_lodged")),
        sa.ForeignKeyConstraint(["telling_id"], ["tellings.id"], name=op.f("fk_letters_telling_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_letters_officer_id")),
        sa.ForeignKeyConstraint(["checkpoint_id"], ["checkpoints.id"], name=op.f("fk_letters_checkpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    _move("letters", LETTERS)
    op.create_index("ix_letters_once", "letters", ["telling_id", "channel", "address"], unique=True)
    op.create_index("ix_letters_due", "letters", ["next_at", "id"], sqlite_where=_OPEN)
    op.create_index("ix_letters_officer", "letters", ["officer_id", "id"])
    op.create_table(
        "settings_again",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=1300), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
    )
    _move("settings", SETTINGS)
    op.create_index("ix_settings_name", "settings", ["name", "id"])


def _move(table: str, columns: tuple[str, ...]) -> None:
    names = ", ".join(columns)
    op.execute(f"INSERT INTO {table}_again ({names}) SELECT {names} FROM {table}")
    op.drop_table(table)
    op.rename_table(f"{table}_again", table)


_OPEN = sa.text("state IN ('waiting', 'trying')")
_LODGED = sa.text("checkpoint_id IS NOT NULL")
_WHOSE = "(officer_id IS NULL) = (checkpoint_id IS NOT NULL) AND (checkpoint_id IS NULL) = (lodged_on IS NULL)"


def downgrade() -> None:
    raise NotImplementedError("the trail is never taken back; restore a backup instead")
