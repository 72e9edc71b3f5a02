"""Registers that follow the trail: who held a case when, and where to find an entry."""

from collections import defaultdict

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from app.domain import copies, spans
from app.domain.holdings import Following
from app.domain.spans import Span
from app.domain.traces import Trace
from app.domain.trail import Entry
from app.office.faults import Fault
from workflows.grammar import N_


class Held:
    """The copy of the holdings, read for many cases at once; what it has not followed yet is nobody's fault."""

    def __init__(self, session: Session):
        self.session, self.behind = session, spans.behind(session)

    def read(self, ids: list[int]) -> None:
        self.rows = defaultdict(list)
        if self.behind is not None:
            for row in self.session.connection().execute(_SPANS, {"of": ids}):
                self.rows[row[0]].append(row[1:])

    def hold(self, row, told: Following) -> None:
        """`row`: id and number of a case. Raises a Fault."""
        if self.behind is not None and row.number not in self.behind and self.rows[row.id] != spans.foretold(told):
            raise Fault(N_("%(stream)s: the copy of who held it when is not what its trail gives."), stream=row.number)


def hold_traces(session: Session) -> None:
    """Every entry that was followed is to be found by who did what when, and nothing that is not there. Its words are
    not looked at."""
    connection = session.connection()
    row = connection.execute(_OTHERWISE).first()
    if row is None and connection.scalar(_TRACED) != connection.scalar(_FOLLOWED):
        row = connection.execute(_LACKING).first()
    if row is not None:
        raise Fault(N_("%(stream)s: the register by which entries are looked for lacks entry %(seq)s, or names it "
                       "otherwise."), stream=row.stream, seq=row.seq)


_SPANS = select(Span.case_id, Span.no, Span.since, Span.until, Span.holder, Span.unit, Span.due_on).where(
    Span.case_id.in_(bindparam("of", expanding=True))).order_by(Span.case_id, Span.no)
_SAME = and_(Trace.stream == Entry.stream, Trace.seq == Entry.seq)
_NEWER = copies.newer(copies.TRACES)
_TRACED = select(func.count()).select_from(Trace)
_FOLLOWED = select(select(func.count()).select_from(Entry).scalar_subquery()
                   - select(func.count()).select_from(_NEWER).scalar_subquery())
_OTHERWISE = (  # in no order: both are read as they were written, which takes half the time
    select(Trace.stream, Trace.seq).outerjoin(Entry, _SAME)
    .where(or_(Entry.stream.is_(None), Trace.at != Entry.at, Trace.actor != Entry.actor,
               Trace.unit.is_distinct_from(Entry.unit),
               and_(Entry.verb != "stepped", Trace.act != Entry.verb),
               and_(Entry.verb == "stepped", Entry.data.not_like('%"step":"' + Trace.act + '"%'))))
    .limit(1)
)
_LACKING = select(Entry.stream, Entry.seq).where(
    ~select(Trace.id).where(_SAME).exists(),
    ~select(_NEWER.c.seq).where(_NEWER.c.stream == Entry.stream, _NEWER.c.seq == Entry.seq).exists(),
).order_by(Entry.stream, Entry.seq).limit(1)
