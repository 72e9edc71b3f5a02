"""Delivery: officers' settings, letters, feeds.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0003", "0002", None, None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("webhook", sa.String(length=64), nullable=True),
        sa.Column("by_email", sa.Boolean(), nullable=False),
        sa.Column("by_webhook", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=False),
        sa.Column("quiet_until", sa.String(length=5), nullable=False),
        sa.Column("digest_at", sa.String(length=5), nullable=True),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.CheckConstraint("NOT by_email OR email IS NOT NULL", name=op.f("ck_deliveries_email_has_an_address")),
        sa.CheckConstraint("NOT by_webhook OR webhook IS NOT NULL", name=op.f("ck_deliveries_webhook_has_an_account")),
        sa.CheckConstraint("quiet_from <> quiet_until", name=op.f("ck_deliveries_quiet_has_an_end")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_deliveries_officer_id")),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_deliveries")),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("telling_id", sa.Integer(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=False),
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
        sa.ForeignKeyConstraint(["telling_id"], ["tellings.id"], name=op.f("fk_letters_telling_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_letters_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index("ix_letters_once", "letters", ["telling_id", "channel", "address"], unique=True)
    op.create_index("ix_letters_due", "letters", ["next_at", "id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("ix_letters_officer", "letters", ["officer_id", "id"])
    op.create_table(
        "feeds",
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_feeds_officer_id")),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("token", name=op.f("uq_feeds_token")),
    )


_OPEN = sa.text("state IN ('waiting', 'trying')")


def downgrade() -> None:
    raise NotImplementedError("the trail is never taken back; restore a backup instead")
