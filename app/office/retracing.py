"""Registers that follow the trail: who held a case when, and where to find an entry."""

from datetime import date
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from sqlalchemy import String, and_, bindparam, cast, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from app.domain import copies, spans
from app.domain.base import moment, raw
from app.domain.holdings import Following
from app.domain.spans import Span
from app.domain.traces import Trace
from app.domain.trail import Entry
from app.office.faults import Fault
from app.office.recounting import CASES
from workflows.grammar import N_


class Held:
    """The copy of the holdings, read for many cases at once; what it has not followed yet is nobody's fault."""

    def __init__(self, session: Session):
        self.session, self.behind = session, spans.behind(session)

    def read(self, bounds: dict) -> None:
        """`bounds`: the first and the last number of a case."""
        if self.behind is not None:
            found = raw(self.session.connection(), _SPANS, bounds)
            self.rows = {case: list(rows) for case, rows in groupby(found, itemgetter(0))}

    def hold(self, row, told: Following) -> None:
        """`row`: id and number of a case. Raises a Fault."""
        if self.behind is None or row.number in self.behind:
            return
        stand = [(no, _moment(since), _moment(until), holder, unit, due_on and _day(due_on))
                 for _, no, since, until, holder, unit, due_on in self.rows.get(row.id, ())]
        if stand != spans.foretold(told):
            raise Fault(N_("%(stream)s: the copy of who held it when is not what its trail gives."), stream=row.number)


def hold_traces(session: Session, first: int | None, last: int | None) -> None:
    """What is found by who did what when is there, and as the entry says. Words are not looked at."""
    _lacks(session.connection().execute(_OTHERWISE[first is not None, last is not None],
                                        {"first": first, "last": last}).first())


def hold_followed(session: Session) -> None:
    """Every entry that was followed is to be found."""
    connection = session.connection()
    if connection.scalar(_TRACED) != connection.scalar(_FOLLOWED):
        _lacks(connection.execute(_LACKING).first())


def _lacks(row) -> None:
    if row is not None:
        raise Fault(N_("%(stream)s: the register by which entries are looked for lacks entry %(seq)s, or names it "
                       "otherwise."), stream=row.stream, seq=row.seq)


_moment, _day = lru_cache(512)(moment), lru_cache(512)(date.fromisoformat)  # one ends when the next begins
_SPANS = select(
    Span.case_id, Span.no, type_coerce(Span.since, String), type_coerce(Span.until, String), Span.holder, Span.unit,
    cast(Span.due_on, String),
).where(Span.case_id.in_(CASES)).order_by(Span.case_id, Span.no)
_SAME = and_(Trace.stream == Entry.stream, Trace.seq == Entry.seq)
_NEWER = copies.newer(copies.TRACES)
_TRACED = select(func.count()).select_from(Trace)
_FOLLOWED = select(select(func.count()).select_from(Entry).scalar_subquery()
                   - select(func.count()).select_from(_NEWER).scalar_subquery())
_ODD = (
    select(Trace.stream, Trace.seq).outerjoin(Entry, _SAME)
    .where(or_(Entry.stream.is_(None), Trace.at != Entry.at, Trace.actor != Entry.actor,
               Trace.unit.is_distinct_from(Entry.unit),
               and_(Entry.verb != "stepped", Trace.act != Entry.verb),
               and_(Entry.verb == "stepped", Entry.data.not_like('%"step":"' + Trace.act + '"%'))))
    .order_by(Trace.id).limit(1)
)
_FROM, _TO = _ODD.where(Trace.id > bindparam("first")), Trace.id <= bindparam("last")
_OTHERWISE = {(False, False): _ODD, (True, False): _FROM, (False, True): _ODD.where(_TO),
              (True, True): _FROM.where(_TO)}
_LACKING = select(Entry.stream, Entry.seq).where(
    ~select(Trace.id).where(_SAME).exists(),
    ~select(_NEWER.c.seq).where(_NEWER.c.stream == Entry.stream, _NEWER.c.seq == Entry.seq).exists(),
).order_by(Entry.stream, Entry.seq).limit(1)
