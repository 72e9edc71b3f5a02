"""Holdings as rows, so that sums over many cases need not read their trails: a copy that may be thrown away.

It follows the leaves of the tree; whatever came after, or was never taken in, is named by `behind` and read from its
trail instead. So a sum is right whether the copy is there or not, and only its price differs.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import groupby

from sqlalchemy import ForeignKey, Index, Integer, String, bindparam, delete, insert, select, union
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain import copies, holdings, trail
from app.domain.base import Base, Instant
from app.domain.cases import Case
from app.domain.holdings import Holding
from app.domain.register import Register
from app.domain.trail import Entry, Unsequenced
from app.domain.tree import Leaf

FAR = datetime(9999, 12, 31, tzinfo=UTC)  # until when the last holder has it, if no further entry comes
RULE = 1  # of the definition; with another one the copy is made anew


class Span(Base):
    """One holding of a case, as its trail foretells it: a part that is yet to fall due changes hands by itself."""

    __tablename__ = "spans"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    no: Mapped[int] = mapped_column(Integer, primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    holder: Mapped[str] = mapped_column(String(12))
    unit: Mapped[str | None] = mapped_column(String(40))
    due_on: Mapped[date | None]

    __table_args__ = (Index("ix_spans_until", "until", "since"),)


def follow(session: Session, register: Register, *, most: int) -> int:
    """Copy the holdings of the cases of so many further leaves; how many leaves there were. One at a time does it."""
    connection = session.connection()
    done = copies.begin(connection, copies.HOLDINGS, RULE, forget=lambda: connection.execute(delete(Span.__table__)))
    found = connection.execute(_LEAVES, {"done": done, "most": most}).all()
    if not found:
        return 0
    streams = sorted({stream for _position, stream in found} - {trail.OFFICE})
    ids = dict(connection.execute(_IDS, {"of": streams}).all())
    connection.execute(_FORGET, {"ids": list(ids.values())})
    rows = [row for stream, entries in told(session, streams) if stream in ids
            for row in _rows(ids[stream], entries, register)]
    if rows:
        connection.execute(insert(Span.__table__), rows)
    copies.reach(connection, copies.HOLDINGS, found[-1][0] + 1)
    return len(found)


def behind(session: Session) -> set[str] | None:
    """The streams that say more than the copy does; None where there is no copy by the definition of today."""
    connection = session.connection()
    done = copies.size(connection, copies.HOLDINGS, RULE)
    return None if done is None else set(connection.scalars(_NEWER, {"done": done})) - {trail.OFFICE}


def told(session: Session, streams: list[str]) -> Iterator[tuple[str, list]]:
    """Each stream with the entries that say who held its case."""
    found = session.connection().execute(_ENTRIES, {"of": streams})
    return ((stream, list(entries)) for stream, entries in groupby(found, key=lambda entry: entry.stream))


def foretold(told: holdings.Following) -> list[tuple]:
    """What the rows of a case say of it: (no, since, until, holder, unit, due_on)."""
    return [(no, since, until, holder, unit, due_on)
            for no, (since, until, (holder, unit, _why, due_on, _category), _seq) in enumerate(told.bare(FAR), 1)]


def held(rows: Iterable) -> list[Holding]:
    """Rows of one case as holdings."""
    return [Holding(row.since, row.until, row.holder, row.unit, "", row.due_on) for row in rows]


def _rows(case_id: int, entries: list, register: Register) -> list[dict]:
    told = holdings.Following(register.calendar, register.people.office.code)
    for entry in entries:
        told.hear(entry.seq, entry.at, entry.verb, json.loads(entry.data))
    return [dict(zip(_COLUMNS, (case_id, *row), strict=True)) for row in foretold(told)]


_COLUMNS = ("case_id", "no", "since", "until", "holder", "unit", "due_on")
_LEAVES = select(Leaf.position, Leaf.stream).where(Leaf.position >= bindparam("done")).order_by(
    Leaf.position).limit(bindparam("most"))
_IDS = select(Case.number, Case.id).where(Case.number.in_(bindparam("of", expanding=True)))
_FORGET = delete(Span.__table__).where(Span.case_id.in_(bindparam("ids", expanding=True)))
_NEWER = union(select(Unsequenced.stream), select(Leaf.stream).where(Leaf.position >= bindparam("done")))
_ENTRIES = select(Entry.stream, Entry.seq, Entry.at, Entry.verb, Entry.data).where(
    Entry.stream.in_(bindparam("of", expanding=True)), Entry.verb.in_(holdings.TELLING),
).order_by(Entry.stream, Entry.seq)
