"""Ladder and notices"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table('rungs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=True),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('after', sa.Integer(), nullable=False),
    sa.Column('form', sa.String(length=20), nullable=True),
    sa.Column('basis', sa.String(length=300), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('withdrawn_at', sa.String(27), nullable=True),
    sa.CheckConstraint('level BETWEEN 0 AND 6 AND after >= 0', name=op.f('ck_rungs_sane')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rungs'))
    )
    op.create_table('notices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('form', sa.String(length=20), nullable=False),
    sa.Column('year', sa.Integer(), nullable=True),
    sa.Column('serial', sa.Integer(), nullable=True),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('requirement', sa.Text(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('reply_on', sa.Date(), nullable=True),
    sa.Column('prepared_at', sa.String(27), nullable=False),
    sa.Column('prepared_by_id', sa.Integer(), nullable=True),
    sa.Column('signed_by_id', sa.Integer(), nullable=True),
    sa.Column('issued_at', sa.String(27), nullable=True),
    sa.Column('received_by_id', sa.Integer(), nullable=True),
    sa.Column('received_at', sa.String(27), nullable=True),
    sa.Column('reply', sa.Text(), nullable=True),
    sa.Column('replied_by_id', sa.Integer(), nullable=True),
    sa.Column('replied_at', sa.String(27), nullable=True),
    sa.Column('verdict', sa.String(length=12), nullable=True),
    sa.Column('opinion', sa.Text(), nullable=True),
    sa.Column('judged_by_id', sa.Integer(), nullable=True),
    sa.Column('judged_at', sa.String(27), nullable=True),
    sa.Column('remark', sa.Text(), nullable=True),
    sa.Column('remarked_by_id', sa.Integer(), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['judged_by_id'], ['officers.id'], name=op.f('fk_notices_judged_by_id')),
    sa.ForeignKeyConstraint(['prepared_by_id'], ['officers.id'], name=op.f('fk_notices_prepared_by_id')),
    sa.ForeignKeyConstraint(['received_by_id'], ['officers.id'], name=op.f('fk_notices_received_by_id')),
    sa.ForeignKeyConstraint(['remarked_by_id'], ['officers.id'], name=op.f('fk_notices_remarked_by_id')),
    sa.ForeignKeyConstraint(['replied_by_id'], ['officers.id'], name=op.f('fk_notices_replied_by_id')),
    sa.ForeignKeyConstraint(['signed_by_id'], ['officers.id'], name=op.f('fk_notices_signed_by_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_notices_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices'))
    )
    op.create_index('ix_notices_number', 'notices', ['form', 'year', 'serial'], unique=True)
    op.create_index('ix_notices_state', 'notices', ['state', 'id'], unique=False)
    op.create_index('ix_notices_unit', 'notices', ['unit_id', 'id'], unique=False)
    op.create_table('notice_cases',
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('node_no', sa.Integer(), nullable=True),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('days_late', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_notice_cases_case_id')),
    sa.ForeignKeyConstraint(['notice_id'], ['notices.id'], name=op.f('fk_notice_cases_notice_id')),
    sa.PrimaryKeyConstraint('notice_id', 'case_id', name=op.f('pk_notice_cases'))
    )
    op.create_index(op.f('ix_notice_cases_case_id'), 'notice_cases', ['case_id'], unique=False)
    op.create_table('climbs',
    sa.Column('node_id', sa.Integer(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('at', sa.String(27), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['node_id'], ['time_nodes.id'], name=op.f('fk_climbs_node_id')),
    sa.ForeignKeyConstraint(['notice_id'], ['notices.id'], name=op.f('fk_climbs_notice_id')),
    sa.PrimaryKeyConstraint('node_id', 'level', name=op.f('pk_climbs'))
    )
    op.create_index('ix_climbs_at', 'climbs', ['at'], unique=False)
    op.create_index(op.f('ix_climbs_notice_id'), 'climbs', ['notice_id'], unique=False)


def downgrade() -> None:
    raise NotImplementedError("the trail is never taken back; restore a backup instead")
