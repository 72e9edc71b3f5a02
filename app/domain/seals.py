"""The database's own refusal: what is in the trail cannot be changed, removed or replaced, on either database.

SQLite fires delete triggers for INSERT OR REPLACE only with `PRAGMA recursive_triggers`, which a stranger's connection
does not set: so an insert in the place of a row is refused as well. PostgreSQL needs a statement trigger for TRUNCATE.
A value beside an entry may only be erased: value and salt together become NULL. A tile of the tree may only grow.
"""

import re

from sqlalchemy import text

SEALED = {"entries": ("stream, seq",), "leaves": ("position", "stream, seq"), "checkpoints": ("id",),
          "cosignatures": ("id", "checkpoint_id, line")}  # unique keys
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
    """The triggers that stand as they were made: on their table, switched on, with their condition and their function;
    who else bears such a name refuses nothing."""
    asked = _as_kept(session)
    return {name for name, made, is_on in session.execute(_MADE[session.get_bind().dialect.name], {"refuse": _REFUSE})
            if is_on and " ".join(made.split()) == asked.get(name)}


def standing(session) -> set[str]:
    """The names among ours that any trigger bears, whatever it does."""
    found = session.execute(_MADE[session.get_bind().dialect.name], {"refuse": _REFUSE})
    return {name for name, _made, _is_on in found} & names(session.get_bind().dialect.name)


def _as_kept(session) -> dict[str, str]:
    """name → its statement as the database gives it back."""
    dialect = session.get_bind().dialect.name
    made = [each for each in triggers(dialect) if each.startswith("CREATE TRIGGER")]
    return {each.split()[2]: _by_postgresql(each) if dialect == "postgresql" else each for each in made}


def _by_postgresql(statement: str) -> str:
    """PostgreSQL keeps what it understood and writes it down anew: events in its own order, brackets, types."""
    for table, condition in _CONDITIONS.items():
        statement = re.sub(rf"(ON {table} .*WHEN) .* EXECUTE", rf"\1 {condition} EXECUTE", statement)
    return statement.replace("UPDATE OR DELETE", "DELETE OR UPDATE")


_CONDITIONS = {
    ERASABLE: "((NOT ((new.value IS NULL) AND (new.salt IS NULL) AND ((new.stream)::text = (old.stream)::text) AND "
              "(new.seq = old.seq) AND ((new.key)::text = (old.key)::text))))",
    GROWING: "((NOT ((new.level = old.level) AND (new.no = old.no) AND "
             "(substr(new.hashes, 1, length(old.hashes)) = old.hashes))))",
}
_MADE = {
    "sqlite": text("SELECT name, sql, :refuse <> '' FROM sqlite_master WHERE type = 'trigger'"),
    "postgresql": text(
        "SELECT tgname, replace(pg_get_triggerdef(t.oid), ' ON ' || quote_ident(nspname) || '.', ' ON '), "
        "tgenabled IN ('O', 'A') AND prosrc = :refuse AND lanname = 'plpgsql' AND proconfig IS NULL "
        "FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid JOIN pg_namespace n ON n.oid = relnamespace "
        "JOIN pg_proc p ON p.oid = tgfoid JOIN pg_language l ON l.oid = prolang "
        "WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)"),
}
