"""Registers that follow the trail: who held a case when, and where to find an entry."""

from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from sqlalchemy import String, and_, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from app.domain import copies, spans
from app.domain.base import day, moment, raw
from app.domain.copies import Mark
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
        stand = [(no, _moment(since), _moment(until), holder, unit, day(due_on))
                 for _, no, since, until, holder, unit, due_on in self.rows.get(row.id, ())]
        if stand != spans.foretold(told):
            raise Fault(N_("%(stream)s: the copy of who held it when is not what its trail gives."), stream=row.number)


def reached(session: Session) -> int:
    """Up to which leaf every entry is to be found by who did what when."""
    return session.connection().scalar(_REACHED) or 0


def hold_traces(session: Session, odd: tuple[str, int] | None, count: int) -> None:
    """Every entry is found by who did what when, as it says, and nothing else is: `odd` is the first of which that was
    seen not to be so, `count` those that should be found. Words are not looked at."""
    if odd is None and session.connection().scalar(_TRACED) != count:
        odd = session.execute(_STRAY).first()
    if odd is not None:
        raise Fault(N_("%(stream)s: the register by which entries are looked for lacks entry %(seq)s, or names it "
                       "otherwise."), stream=odd[0], seq=odd[1])


_moment = lru_cache(512)(moment)  # one ends when the next begins
_SPANS = select(
    Span.case_id, Span.no, type_coerce(Span.since, String), type_coerce(Span.until, String), Span.holder, Span.unit,
    cast(Span.due_on, String),
).where(Span.case_id.in_(CASES)).order_by(Span.case_id, Span.no)
ITS = and_(Trace.stream == Entry.stream, Trace.seq == Entry.seq)
SAID = (  # what the trace of an entry calls its act, and whether the rest of it is as the entry says
    Trace.act, and_(Trace.at == Entry.at, Trace.actor == Entry.actor,
                    Trace.unit.is_not_distinct_from(Entry.unit)).label("is_same"))
_REACHED = select(Mark.size).where(Mark.id == copies.TRACES)
_TRACED = select(func.count()).select_from(Trace)
_STRAY = select(Trace.stream, Trace.seq).where(~select(Entry.seq).where(ITS).exists()).order_by(Trace.id).limit(1)
