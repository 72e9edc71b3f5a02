"""The ledger: people, calendar, rules, cases, trail"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("layer", sa.String(length=10), nullable=False),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "layer", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "calendar_years",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("loaded_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_years")),
    )
    op.create_table(
        "entries",
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("stream", "seq", name=op.f("pk_entries")),
    )
    op.create_index("ix_entries_actor", "entries", ["actor", "at"], unique=False)
    op.create_index("ix_entries_at", "entries", ["at"], unique=False)
    op.create_table(
        "misses",
        sa.Column("what", sa.String(length=120), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_misses")),
    )
    op.create_table(
        "officers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=True),
        sa.Column("password", sa.String(length=200), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("left_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officers")),
        sa.UniqueConstraint("username", name=op.f("uq_officers_username")),
    )
    op.create_table(
        "series",
        sa.Column("prefix", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "year", name=op.f("pk_series")),
    )
    op.create_table(
        "streams",
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_streams")),
    )
    op.create_table(
        "term_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("profile", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("class", sa.String(length=120), nullable=True),
        sa.Column("grade", sa.String(length=20), nullable=True),
        sa.Column("budget", sa.Integer(), nullable=False),
        sa.Column("counted", sa.String(length=8), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("remind", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", sa.String(27), nullable=True),
        sa.CheckConstraint("counted IN ('workday', 'day')", name=op.f("ck_term_rules_counted")),
        sa.CheckConstraint(
            "budget > 0 AND cap >= 0 AND extensions >= 0 AND remind >= 0", name=op.f("ck_term_rules_sane")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_rules")),
    )
    op.create_index("ix_term_rules_purpose", "term_rules", ["purpose"], unique=False)
    op.create_table(
        "units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("short", sa.String(length=40), nullable=False),
        sa.Column("class", sa.String(length=20), nullable=False),
        sa.Column("superior_id", sa.Integer(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["successor_id"], ["units.id"], name=op.f("fk_units_successor_id")),
        sa.ForeignKeyConstraint(["superior_id"], ["units.id"], name=op.f("fk_units_superior_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
    )
    op.create_table(
        "unsequenced",
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("stream", "seq", name=op.f("pk_unsequenced")),
    )
    op.create_table(
        "catalogue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("class", sa.String(length=120), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=20), nullable=True),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("needs_evidence", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_catalogue_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue")),
    )
    op.create_index("ix_catalogue_class", "catalogue", ["kind", "class"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=80), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_drafts_officer_id")),
        sa.PrimaryKeyConstraint("officer_id", "form", name=op.f("pk_drafts")),
    )
    op.create_table(
        "entry_values",
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["stream", "seq"], ["entries.stream", "entries.seq"], name="entry"),
        sa.PrimaryKeyConstraint("stream", "seq", "key", name=op.f("pk_entry_values")),
    )
    op.create_table(
        "errands",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.String(27), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", sa.String(27), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_errands_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errands")),
    )
    op.create_index(
        "ix_errands_waiting",
        "errands",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "tellings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("read_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_tellings_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tellings")),
    )
    op.create_index("ix_tellings_entry", "tellings", ["stream", "seq"], unique=False)
    op.create_index("ix_tellings_officer", "tellings", ["officer_id", "at"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(length=20), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("until", sa.String(27), nullable=True),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_posts_in_order")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_posts_officer_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_posts_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index(
        "ix_posts_held",
        "posts",
        ["officer_id", "post", "unit_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "sign_ins",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.String(27), nullable=False),
        sa.Column("seen_at", sa.String(27), nullable=False),
        sa.Column("until", sa.String(27), nullable=False),
        sa.Column("looked_from", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_sign_ins_officer_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_officer_id"), "sign_ins", ["officer_id"], unique=False)
    op.create_table(
        "views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_views_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
    )
    op.create_index("ix_views_officer", "views", ["officer_id", "name"], unique=True)
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("redacted", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("outside_number", sa.String(length=200), nullable=True),
        sa.Column("class", sa.String(length=120), nullable=True),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column("indicator", sa.String(length=120), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("filed_at", sa.String(27), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=True),
        sa.Column("complained_of_id", sa.Integer(), nullable=True),
        sa.Column("origin_id", sa.Integer(), nullable=True),
        sa.Column("proposal", sa.JSON(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.Column("dispatched_at", sa.String(27), nullable=True),
        sa.Column("signed_for_at", sa.String(27), nullable=True),
        sa.Column("objected", sa.Boolean(), nullable=False),
        sa.Column("designated", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("needs_evidence", sa.Boolean(), nullable=False),
        sa.Column("ended_from", sa.String(length=20), nullable=True),
        sa.Column("redone", sa.Integer(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("takers", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("touched_at", sa.String(27), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("warn_on", sa.Date(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state <> 'filed' OR lead_id IS NULL", name=op.f("ck_cases_filed_has_no_lead")),
        sa.CheckConstraint(
            "state IN ('filed', 'ended') OR lead_id IS NOT NULL", name=op.f("ck_cases_handed_has_a_lead")
        ),
        sa.CheckConstraint("(dispatched_at IS NULL) = (lead_id IS NULL)", name=op.f("ck_cases_lead_from_dispatch_on")),
        sa.ForeignKeyConstraint(["batch_id"], ["errands.id"], name=op.f("fk_cases_batch_id")),
        sa.ForeignKeyConstraint(["complained_of_id"], ["units.id"], name=op.f("fk_cases_complained_of_id")),
        sa.ForeignKeyConstraint(["filed_by_id"], ["officers.id"], name=op.f("fk_cases_filed_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["units.id"], name=op.f("fk_cases_lead_id")),
        sa.ForeignKeyConstraint(["origin_id"], ["cases.id"], name=op.f("fk_cases_origin_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    op.create_index("ix_cases_batch", "cases", ["batch_id"], unique=False)
    op.create_index("ix_cases_filed_on", "cases", ["filed_on", "id"], unique=False)
    op.create_index("ix_cases_kind", "cases", ["kind", "id"], unique=False)
    op.create_index("ix_cases_lead", "cases", ["lead_id", "id"], unique=False)
    op.create_index("ix_cases_origin", "cases", ["origin_id"], unique=False)
    op.create_index("ix_cases_outside", "cases", ["source", "outside_number"], unique=True)
    op.create_index("ix_cases_state", "cases", ["state", "id"], unique=False)
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("task", sa.Text(), nullable=True),
        sa.Column("node_no", sa.Integer(), nullable=True),
        sa.Column("joined_at", sa.String(27), nullable=False),
        sa.Column("called_at", sa.String(27), nullable=True),
        sa.Column("done_at", sa.String(27), nullable=True),
        sa.Column("left_at", sa.String(27), nullable=True),
        sa.CheckConstraint("role IN ('lead', 'support')", name=op.f("ck_assignments_role")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_assignments_case_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_assignments_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index(
        "ix_assignments_once",
        "assignments",
        ["case_id", "unit_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_index(
        "ix_assignments_one_lead",
        "assignments",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("role = 'lead' AND left_at IS NULL"),
        postgresql_where=sa.text("role = 'lead' AND left_at IS NULL"),
    )
    op.create_index(
        "ix_assignments_unit",
        "assignments",
        ["unit_id", "case_id"],
        unique=False,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "complainants",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("firm", sa.Text(), nullable=True),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("is_anonymous", sa.Boolean(), nullable=False),
        sa.Column("consented_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_complainants_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_complainants")),
    )
    op.create_table(
        "files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("from_unit", sa.Boolean(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.Column("struck_at", sa.String(27), nullable=True),
        sa.Column("struck_reason", sa.String(length=2000), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["officers.id"], name=op.f("fk_files_added_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_files_case_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_files_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index("ix_files_case_id", "files", ["case_id", "id"], unique=False)
    op.create_index(op.f("ix_files_sha256"), "files", ["sha256"], unique=False)
    op.create_table(
        "links",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_links_case_id")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_links_other_id")),
        sa.PrimaryKeyConstraint("case_id", "other_id", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_other_id"), "links", ["other_id"], unique=False)
    op.create_table(
        "mappings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=True),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.String(27), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["saved_by_id"], ["officers.id"], name=op.f("fk_mappings_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mappings")),
        sa.UniqueConstraint("name", name=op.f("uq_mappings_name")),
    )
    op.create_index("ix_mappings_source", "mappings", ["kind", "source"], unique=False)
    op.create_table(
        "matters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.String(27), nullable=False),
        sa.Column("asked_seq", sa.Integer(), nullable=False),
        sa.Column("reached_at", sa.String(27), nullable=False),
        sa.Column("settled_at", sa.String(27), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["officers.id"], name=op.f("fk_matters_asked_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_matters_case_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_matters_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matters")),
    )
    op.create_index(
        "ix_matters_stage",
        "matters",
        ["stage", "unit_id", "reached_at"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "ix_matters_waiting",
        "matters",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "namings",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_namings_case_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_namings_officer_id")),
        sa.PrimaryKeyConstraint("case_id", "officer_id", name=op.f("pk_namings")),
    )
    op.create_table(
        "notes",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notes_case_id")),
        sa.PrimaryKeyConstraint("case_id", "no", name=op.f("pk_notes")),
    )
    op.create_table(
        "time_nodes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("duty", sa.Boolean(), nullable=False),
        sa.Column("budget", sa.Integer(), nullable=False),
        sa.Column("counted", sa.String(length=8), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("remind", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("first_due_on", sa.Date(), nullable=False),
        sa.Column("extended", sa.Integer(), nullable=False),
        sa.Column("stretches", sa.Integer(), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("warn_on", sa.Date(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("stopped_at", sa.String(27), nullable=True),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=True),
        sa.Column("next_rung_at", sa.String(27), nullable=True),
        sa.CheckConstraint("paused_on IS NULL OR due_on IS NULL", name=op.f("ck_time_nodes_paused_has_no_due")),
        sa.CheckConstraint(
            "stopped_at IS NULL OR next_rung_at IS NULL", name=op.f("ck_time_nodes_stopped_climbs_nothing")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_time_nodes_case_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["term_rules.id"], name=op.f("fk_time_nodes_rule_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_time_nodes_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_nodes")),
    )
    op.create_index("ix_time_nodes_case_id_no", "time_nodes", ["case_id", "no"], unique=True)
    op.create_index(
        "ix_time_nodes_next_rung",
        "time_nodes",
        ["next_rung_at"],
        unique=False,
        sqlite_where=sa.text("next_rung_at IS NOT NULL"),
        postgresql_where=sa.text("next_rung_at IS NOT NULL"),
    )
    op.create_index(
        "ix_time_nodes_unit_due",
        "time_nodes",
        ["unit_id", "due_on", "case_id", "warn_on", "duty"],
        unique=False,
        sqlite_where=sa.text("stopped_at IS NULL"),
        postgresql_where=sa.text("stopped_at IS NULL"),
    )
    op.create_table(
        "suspensions",
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.CheckConstraint("until_on IS NULL OR until_on >= since_on", name=op.f("ck_suspensions_in_order")),
        sa.ForeignKeyConstraint(["node_id"], ["time_nodes.id"], name=op.f("fk_suspensions_node_id")),
        sa.PrimaryKeyConstraint("node_id", "no", name=op.f("pk_suspensions")),
    )
    op.create_index("ix_cases_state_due", "cases", ["state", sa.text("coalesce(due_on, '9999-12-31')"), "id"])
    for statement in _BY_HAND[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the trail is never taken back; restore a backup instead")


_BY_HAND = {
    "sqlite": (
        """
        CREATE VIRTUAL TABLE case_search USING fts5(tokens, content='', detail=none, columnsize=0)
        """,
        """
        CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER entry_values_no_delete BEFORE DELETE ON entry_values BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER entry_values_erase_only BEFORE UPDATE ON entry_values WHEN NOT (NEW.value IS NULL AND NEW.salt IS NULL AND NEW.stream = OLD.stream AND NEW.seq = OLD.seq AND NEW.key = OLD.key) BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER entries_no_replace BEFORE INSERT ON entries WHEN EXISTS (SELECT 1 FROM entries WHERE (stream = NEW.stream AND seq = NEW.seq) OR rowid = NEW.rowid) BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
        """
        CREATE TRIGGER entry_values_no_replace BEFORE INSERT ON entry_values WHEN EXISTS (SELECT 1 FROM entry_values WHERE (stream = NEW.stream AND seq = NEW.seq AND key = NEW.key) OR rowid = NEW.rowid) BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END
        """,
    ),
    "postgresql": (
        """
        CREATE TABLE case_search (case_id integer PRIMARY KEY REFERENCES cases (id), tokens tsvector NOT NULL)
        """,
        """
        CREATE INDEX ix_case_search_tokens ON case_search USING gin (tokens)
        """,
        """
        CREATE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'the trail is append-only'; END$$
        """,
        """
        CREATE TRIGGER entries_no_change BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER entry_values_no_delete BEFORE DELETE ON entry_values FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER entry_values_erase_only BEFORE UPDATE ON entry_values FOR EACH ROW WHEN (NOT (NEW.value IS NULL AND NEW.salt IS NULL AND NEW.stream = OLD.stream AND NEW.seq = OLD.seq AND NEW.key = OLD.key)) EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER entries_no_truncate BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()
        """,
        """
        CREATE TRIGGER entry_values_no_truncate BEFORE TRUNCATE ON entry_values FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()
        """,
    ),
}
