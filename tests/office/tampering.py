"""What somebody with the database, the files and this program's source can do behind its back."""

import hashlib
import json
from types import SimpleNamespace

from sqlalchemy import select, text

from app.domain import seals, trail, tree
from app.domain.trail import Entry


def behind_its_back(session, *statements, **facts) -> None:
    """Statements, or functions of the session, with no trigger and no constraint in the way; afterwards all triggers
    stand as before."""
    dialect = session.get_bind().dialect.name
    session.flush()
    if dialect == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        for name in seals.names(dialect):
            session.execute(text(f"DROP TRIGGER {name}"))
    else:
        session.execute(text("SET LOCAL session_replication_role = replica"))
    for statement in statements:
        if callable(statement):
            statement(session)
        else:
            assert session.execute(text(statement), facts).rowcount != 0, statement
    if dialect == "sqlite":
        for statement in seals.triggers(dialect):
            session.execute(text(statement))
    else:
        session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()


def reseal(stream: str, seq: int = 1, **changed):
    """Alter an entry, and make the whole rest of its stream fit again: seals, links and head."""

    def done(session) -> None:
        prev, head = None, 0
        for entry in session.scalars(select(Entry).where(Entry.stream == stream).order_by(Entry.seq)).all():
            row = {name: getattr(entry, name) for name in (
                "stream", "seq", "at", "actor", "unit", "verb", "words", "data", "prev")}
            if entry.seq == seq:
                row |= changed
            row["prev"] = prev if prev is not None else row["prev"]
            prev, head = hashlib.sha256(trail.body(SimpleNamespace(**row))).hexdigest(), entry.seq
            session.execute(text("UPDATE entries SET actor = :actor, unit = :unit, words = :words, data = :data, "
                                 "prev = :prev, seal = :seal WHERE stream = :stream AND seq = :seq"),
                            {name: row[name] for name in ("actor", "unit", "words", "data", "prev", "stream", "seq")}
                            | {"seal": prev})
        session.execute(text("UPDATE streams SET seq = :seq, seal = :seal WHERE stream = :stream"),
                        {"seq": head, "seal": prev, "stream": stream})

    return done


def follow_leaves(session) -> None:
    """Let each leaf carry the seal that its entry has now."""
    session.execute(text("UPDATE leaves SET seal = (SELECT seal FROM entries WHERE entries.stream = leaves.stream AND "
                         "entries.seq = leaves.seq)"))


def rebuild_tiles(session) -> None:
    """Make the tree fit the leaves that are there."""
    places = session.execute(text("SELECT stream, seq, seal FROM leaves ORDER BY position")).all()
    rebuild(session, [tuple(place) for place in places])


def rebuild(session, places: list[tuple]) -> None:
    session.execute(text("DELETE FROM tiles"))
    session.execute(text("DELETE FROM leaves"))
    session.execute(tree._ADD_LEAF, [{"position": at, "stream": stream, "seq": seq, "seal": seal}
                                     for at, (stream, seq, seal) in enumerate(places)])
    tree._grow(session.connection(), 0, [tree.merkle.leaf_hash(bytes.fromhex(seal)) for *_, seal in places])


def altered(value):
    """The value with one character or byte changed, as a text of the same kind still."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, int):
        return value + 1
    if value.startswith("{") and (data := json.loads(value)):
        return value.replace(next(iter(data)), next(iter(data)) + "x", 1)
    return value[:-1] + ("0" if value[-1:] != "0" else "1")
