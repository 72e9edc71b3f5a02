"""The database's own refusal: what is in the trail cannot be changed, removed or replaced, on either database.

SQLite fires delete triggers for INSERT OR REPLACE only with `PRAGMA recursive_triggers`, which a stranger's connection
does not set: so an insert in the place of a row is refused as well. PostgreSQL needs a statement trigger for TRUNCATE.
A value beside an entry may only be erased: value and salt together become NULL. A tile of the tree may only grow.
"""

from sqlalchemy import text

SEALED = {"entries": ("stream, seq",), "leaves": ("position", "stream, seq"), "checkpoints": ("id",)}  # unique keys
ERASABLE, GROWING = "entry_values", "tiles"
KEYS = SEALED | {ERASABLE: ("stream, seq, key",), GROWING: ("level, no",)}
_REFUSE = "BEGIN RAISE EXCEPTION 'the trail is append-only'; END"


def triggers(dialect: str) -> list[str]:
    return _postgresql() if dialect == "postgresql" else _sqlite()


def _sqlite() -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
    made = []
    for table in SEALED:
        made.append(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
    for table in KEYS:
        made.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
    made.append(
        f"CREATE TRIGGER {ERASABLE}_erase_only BEFORE UPDATE ON {ERASABLE} WHEN NOT (NEW.value IS NULL AND NEW.salt "
        f"IS NULL AND NEW.stream = OLD.stream AND NEW.seq = OLD.seq AND NEW.key = OLD.key) {refuse}"
    )
    made.append(
        f"CREATE TRIGGER {GROWING}_grow_only BEFORE UPDATE ON {GROWING} WHEN NOT (NEW.level = OLD.level AND NEW.no = "
        f"OLD.no AND substr(NEW.hashes, 1, length(OLD.hashes)) = OLD.hashes) {refuse}"
    )
    for table, keys in KEYS.items():
        same = [" AND ".join(f"{name} = NEW.{name}" for name in key.split(", ")) for key in keys]
        made.append(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} "
                    f"WHERE ({') OR ('.join(same)}) OR rowid = NEW.rowid) {refuse}")
    return made


def _postgresql() -> list[str]:
    made = [
        f"CREATE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $${_REFUSE}$$",
    ]
    for table in SEALED:
        made.append(f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()")
    for table in (ERASABLE, GROWING):
        made.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()")
    made.append(
        f"CREATE TRIGGER {ERASABLE}_erase_only BEFORE UPDATE ON {ERASABLE} FOR EACH ROW WHEN (NOT (NEW.value IS NULL "
        "AND NEW.salt IS NULL AND NEW.stream = OLD.stream AND NEW.seq = OLD.seq AND NEW.key = OLD.key)) "
        "EXECUTE FUNCTION trail_is_append_only()"
    )
    made.append(
        f"CREATE TRIGGER {GROWING}_grow_only BEFORE UPDATE ON {GROWING} FOR EACH ROW WHEN (NOT (NEW.level = OLD.level "
        "AND NEW.no = OLD.no AND substr(NEW.hashes, 1, length(OLD.hashes)) = OLD.hashes)) "
        "EXECUTE FUNCTION trail_is_append_only()"
    )
    for table in KEYS:
        made.append(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()")
    return made


def names(dialect: str) -> set[str]:
    return {statement.split()[2] for statement in triggers(dialect) if statement.startswith("CREATE TRIGGER")}


def present(session) -> set[str]:
    """The triggers of these tables that the database has now, and that still refuse."""
    if session.get_bind().dialect.name == "postgresql":
        query = text("SELECT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
                     "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND prosrc = :refuse")
        return set(session.scalars(query, {"refuse": _REFUSE})) & names("postgresql")
    made = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    asked = set(_sqlite())
    return {name for name, sql in made if " ".join(sql.split()) in asked}
