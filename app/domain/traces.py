"""Where to find an entry: a row and its words beside every entry of every trail, made after it.

The trail itself is sealed and has no key of its own that lasts; this is a register over it that can be made again from
it at any time, and that proves nothing. It follows the leaves of the tree, so that no step waits for it; what it has
not reached is in `untraced`. What was erased leaves its words here no hold: whoever finds by them looks at the entry
and its values again. A complainant's identity is never taken in.
"""

import json
from datetime import datetime

from sqlalchemy import (
    JSON,
    Index,
    Integer,
    String,
    and_,
    bindparam,
    case,
    cast,
    insert,
    null,
    select,
    text,
    type_coerce,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain import bigrams, copies
from app.domain.base import Base, Instant, only
from app.domain.trail import Entry, Value
from app.domain.tree import Leaf

NEVER = "complainant."  # keys that begin so hold who somebody is
RULE = 1  # of the register; entries that have their trace keep it
_NO_WORDS = ("sha256", "digest", "step", "from", "to", "as_of")  # plain texts nobody would look for


class Trace(Base):
    __tablename__ = "traces"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    stream: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(80))
    unit: Mapped[str | None] = mapped_column(String(40))
    act: Mapped[str] = mapped_column(String(40))  # the step where one was taken, else the verb
    about: Mapped[str | None] = mapped_column(String(40))  # the case that an entry of the office names

    __table_args__ = (
        Index("ix_traces_entry", "stream", "seq", unique=True),
        Index("ix_traces_at", "at", "id"),
        Index("ix_traces_actor", "actor", "at", "id"),
        Index("ix_traces_unit", "unit", "at", "id"),
        Index("ix_traces_act", "act", "at", "id"),
        Index("ix_traces_about", "about", **only(about.is_not(None))),
    )


def ahead(session: Session, *, most: int) -> tuple[int, list[int]]:
    """Up to how many leaves the next stretch goes, 0 where none is left, and which of its leaves are to be traced: in
    the order of time, because words are found in the order of their traces."""
    connection = session.connection()
    done = copies.size(connection, copies.TRACES, RULE) or 0
    rows = connection.execute(_AHEAD, {"done": done, "upto": done + most}).all()
    return done + len(rows) if rows else 0, [row.position for row in rows if row.lacks]


def trace(session: Session, positions: list[int]) -> None:
    """Trace the entries of some leaves, unless somebody did it meanwhile. One at a time does it."""
    connection = session.connection()
    copies.begin(connection, copies.TRACES, RULE)
    rows = connection.execute(_ENTRIES, {"positions": positions}).all()
    values: dict[tuple[str, int], dict] = {}
    for stream, seq, key, value in connection.execute(_VALUES, {"positions": positions}):
        values.setdefault((stream, seq), {})[key] = value
    found = [of(row, json.loads(row.data), json.loads(row.words), values.get((row.stream, row.seq), {}))
             for row in rows]
    if found:
        _add(connection, found)


def reach(session: Session, size: int) -> None:
    """All of so many leaves are traced."""
    connection = session.connection()
    if copies.begin(connection, copies.TRACES, RULE) < size:
        copies.reach(connection, copies.TRACES, size)


def untraced(dialect: str):
    """The entries that have no trace yet, as a table with the columns of Trace; their id is null."""
    newer = copies.newer(copies.TRACES)
    data = cast(Entry.data, JSON) if dialect == "postgresql" else type_coerce(Entry.data, JSON)
    act = case((Entry.verb == "stepped", data["step"].as_string()), else_=Entry.verb)
    query = select(
        null().label("id"), Entry.stream, Entry.seq, Entry.at, Entry.actor, Entry.unit, act.label("act"),
        data["case"].as_string().label("about"))
    query = query.join(newer, and_(Entry.stream == newer.c.stream, Entry.seq == newer.c.seq)).outerjoin(
        Trace, and_(Trace.stream == Entry.stream, Trace.seq == Entry.seq))
    return query.where(Trace.id.is_(None)).subquery("untraced")


def of(entry, data: dict, words: dict, beside: dict) -> dict:
    """The trace of an entry, with its tokens."""
    about = data.get("case")
    return {
        "stream": entry.stream, "seq": entry.seq, "at": entry.at, "actor": entry.actor, "unit": entry.unit,
        "act": data.get("step") if entry.verb == "stepped" else entry.verb,
        "about": about if isinstance(about, str) else None,
        "tokens": bigrams.tokens(*said(data, words), *(
            value for key, value in beside.items() if value and not key.startswith(NEVER))),
    }


def said(data: dict, words: dict) -> list[str]:
    """The texts of an entry itself that it is found by."""
    return [*words.values(), *_plain(data)]


def _add(connection, traces: list[dict]) -> None:
    connection.execute(_ADD, [{key: value for key, value in trace.items() if key != "tokens"} for trace in traces])
    postgresql = connection.dialect.name == "postgresql"
    connection.execute(_ADD_WORDS[postgresql], [
        {"stream": trace["stream"], "seq": trace["seq"],
         "tokens": sorted(trace["tokens"]) if postgresql else " ".join(sorted(trace["tokens"]))}
        for trace in traces])


def _plain(data: dict):
    for key, value in (data | (data.get("answers") or {})).items():
        if isinstance(value, str) and key not in _NO_WORDS:
            yield value


_ADD = insert(Trace.__table__)
_ADD_WORDS = {
    True: text("INSERT INTO trace_words (id, tokens) SELECT id, array_to_tsvector(:tokens) FROM traces "
               "WHERE stream = :stream AND seq = :seq"),
    False: text("INSERT INTO trace_words (rowid, tokens) SELECT id, :tokens FROM traces "
                "WHERE stream = :stream AND seq = :seq"),
}
_is_it = and_(Entry.stream == Leaf.stream, Entry.seq == Leaf.seq)
_is_traced = and_(Trace.stream == Leaf.stream, Trace.seq == Leaf.seq)
_IN_TIME = Entry.at, Leaf.stream, Leaf.seq
_AHEAD = select(Leaf.position, and_(Trace.id.is_(None), Entry.at.is_not(None)).label("lacks")).select_from(
    Leaf).outerjoin(Entry, _is_it).outerjoin(Trace, _is_traced).where(
    Leaf.position >= bindparam("done"), Leaf.position < bindparam("upto")).order_by(*_IN_TIME)
_AMONG = Leaf.position.in_(bindparam("positions", expanding=True))
_ENTRIES = select(
    Entry.stream, Entry.seq, Entry.at, Entry.actor, Entry.unit, Entry.verb, Entry.data, Entry.words,
).select_from(Leaf).join(Entry, _is_it).outerjoin(Trace, _is_traced).where(_AMONG, Trace.id.is_(None)).order_by(
    *_IN_TIME)
_VALUES = select(Value.stream, Value.seq, Value.key, Value.value).select_from(Leaf).join(
    Value, and_(Value.stream == Leaf.stream, Value.seq == Leaf.seq)).where(_AMONG, Value.key.not_like(f"{NEVER}%"))
