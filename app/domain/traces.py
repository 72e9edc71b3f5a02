"""Where to find an entry: a row and its words beside every entry of every trail, written with it.

The trail itself is sealed and has no key of its own that lasts; this is a register over it that can be made again from
it at any time, and that proves nothing. What was erased leaves its words here no hold: whoever finds by them looks at
the entry and its values again. A complainant's identity is never taken in.
"""

import json
from datetime import datetime

from sqlalchemy import Index, Integer, String, insert, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain import bigrams
from app.domain.base import Base, Instant

NEVER = "complainant."  # keys that begin so hold who somebody is
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
        Index("ix_traces_about", "about", sqlite_where=about.is_not(None), postgresql_where=about.is_not(None)),
    )


def of(row: dict, data: dict, words: dict, beside: dict) -> dict:
    """The trace of an entry, with its tokens."""
    about = data.get("case")
    return {
        "stream": row["stream"], "seq": row["seq"], "at": row["at"], "actor": row["actor"], "unit": row["unit"],
        "act": data.get("step") if row["verb"] == "stepped" else row["verb"],
        "about": about if isinstance(about, str) else None,
        "tokens": bigrams.tokens(*words.values(), *_plain(data), *(
            value for key, value in beside.items() if value and not key.startswith(NEVER))),
    }


def add(connection, traces: list[dict]) -> None:
    connection.execute(_ADD, [{key: value for key, value in trace.items() if key != "tokens"} for trace in traces])
    postgresql = connection.dialect.name == "postgresql"
    connection.execute(_ADD_WORDS[postgresql], [
        {"stream": trace["stream"], "seq": trace["seq"],
         "tokens": sorted(trace["tokens"]) if postgresql else " ".join(sorted(trace["tokens"]))}
        for trace in traces])


def lacking(connection, most: int = 500) -> list[dict]:
    """Traces of entries that were made before there were any; to be added lot by lot until none is left."""
    rows = connection.execute(_LACKING, {"most": most}).mappings().all()
    values: dict[tuple, dict] = {}
    for row in rows:
        found = connection.execute(_VALUES, {"stream": row["stream"], "seq": row["seq"]})
        values[row["stream"], row["seq"]] = dict(found.all())
    return [of(row | {"at": datetime.fromisoformat(row["at"])}, json.loads(row["data"]), json.loads(row["words"]),
               values[row["stream"], row["seq"]]) for row in map(dict, rows)]


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
_LACKING = text(
    "SELECT e.stream, e.seq, e.at, e.actor, e.unit, e.verb, e.data, e.words FROM entries e "
    "LEFT JOIN traces t ON t.stream = e.stream AND t.seq = e.seq WHERE t.id IS NULL "
    "ORDER BY e.at, e.stream, e.seq LIMIT :most")
_VALUES = text("SELECT key, value FROM entry_values WHERE stream = :stream AND seq = :seq")
