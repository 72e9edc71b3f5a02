"""The database's own refusal: what is in the trail cannot be changed, removed or replaced, on either database.

SQLite fires delete triggers for INSERT OR REPLACE only with `PRAGMA recursive_triggers`; PostgreSQL needs a statement
trigger for TRUNCATE. A value beside an entry may only be erased: value and salt together become NULL.
"""

SEALED = ("entries",)
ERASABLE = "entry_values"


def triggers(dialect: str) -> list[str]:
    return _postgresql() if dialect == "postgresql" else _sqlite()


def _sqlite() -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
    made = []
    for table in SEALED:
        made.append(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
        made.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
    made.append(f"CREATE TRIGGER {ERASABLE}_no_delete BEFORE DELETE ON {ERASABLE} {refuse}")
    made.append(
        f"CREATE TRIGGER {ERASABLE}_erase_only BEFORE UPDATE ON {ERASABLE} WHEN NOT (NEW.value IS NULL AND NEW.salt "
        f"IS NULL AND NEW.stream = OLD.stream AND NEW.seq = OLD.seq AND NEW.key = OLD.key) {refuse}"
    )
    return made


def _postgresql() -> list[str]:
    made = [
        """CREATE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE EXCEPTION 'the trail is append-only'; END$$""",
    ]
    for table in SEALED:
        made.append(f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()")
    made.append(f"CREATE TRIGGER {ERASABLE}_no_delete BEFORE DELETE ON {ERASABLE} "
                "FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()")
    made.append(
        f"CREATE TRIGGER {ERASABLE}_erase_only BEFORE UPDATE ON {ERASABLE} FOR EACH ROW WHEN (NOT (NEW.value IS NULL "
        "AND NEW.salt IS NULL AND NEW.stream = OLD.stream AND NEW.seq = OLD.seq AND NEW.key = OLD.key)) "
        "EXECUTE FUNCTION trail_is_append_only()"
    )
    for table in (*SEALED, ERASABLE):
        made.append(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()")
    return made


def names(dialect: str) -> set[str]:
    return {statement.split()[2] for statement in triggers(dialect) if statement.startswith("CREATE TRIGGER")}


def present(session) -> set[str]:
    """The triggers of these tables that the database has now."""
    from sqlalchemy import text

    if session.get_bind().dialect.name == "postgresql":
        query = text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')")
    else:
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return set(session.scalars(query)) & names(session.get_bind().dialect.name)
