"""What was held in a period: sums per unit and hand over many cases, and the cases behind each sum.

Read off the trails themselves, some hundred cases at a time, in the same memory for any number of them.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby, islice

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from app.domain import holdings
from app.domain.base import Instant
from app.domain.cases import OVER, Case, may_see
from app.domain.holdings import Holding
from app.domain.people import Actor
from app.domain.register import Register
from app.domain.trail import Entry

BATCH = 400
MOST = 100  # cases shown behind a sum
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wanted:
    """From a day to another, both included; of one kind, one unit, one hand where they are named."""

    since: date
    until: date
    kind: str | None = None
    unit: str | None = None  # its code
    hand: str | None = None

    def fits(self, span: Holding) -> bool:
        return self.unit in (None, span.unit) and self.hand in (None, span.holder)


@dataclass
class Amount:
    """Time in hand: working days of eight hours, calendar days of twenty-four, and what of the former was late."""

    worked: float = 0.0
    late: float = 0.0
    time: timedelta = timedelta()

    @property
    def days(self) -> float:
        return self.time / DAY

    def add(self, span: Holding, calendar) -> None:
        self.worked += span.worked(calendar)
        self.late += span.late(calendar)
        self.time += span.until - span.since

    def plus(self, other: "Amount") -> None:
        self.worked, self.late, self.time = self.worked + other.worked, self.late + other.late, self.time + other.time


@dataclass
class Sum(Amount):
    cases: int = 0


@dataclass
class Behind(Amount):
    """One case behind a sum: as what it was held, from when to when."""

    case: object = None
    hands: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass
class Sums:
    """(unit, hand) → its sum; the whole; and, where a unit or a hand was named, the cases behind."""

    of: dict[tuple[str | None, str], Sum] = field(default_factory=dict)
    all: Sum = field(default_factory=Sum)
    chosen: Sum = field(default_factory=Sum)
    behind: list[Behind] = field(default_factory=list)
    rest: Sum = field(default_factory=Sum)  # of the chosen cases that are not shown


def read(session: Session, actor: Actor, wanted: Wanted, *, register: Register, now: datetime) -> Sums:
    """Everything that was in hand in the period, as far as this reader may see the cases."""
    made, largest = Sums(), []
    for case, spans in lives(session, actor, wanted, register=register, now=now):
        _count(made, spans, register.calendar)
        behind = _behind(case, [span for span in spans if wanted.fits(span)], register.calendar)
        if behind is None or (wanted.unit is None and wanted.hand is None):
            continue
        made.chosen.plus(behind)
        made.chosen.cases += 1
        heapq.heappush(largest, (behind.time, case.id, behind))
        if len(largest) > MOST:
            _, _, smallest = heapq.heappop(largest)
            made.rest.plus(smallest)
            made.rest.cases += 1
    made.behind = [behind for *_, behind in sorted(largest, key=lambda each: (-each[0], each[1]))]
    return made


def lives(session: Session, actor: Actor, wanted: Wanted, *, register: Register,
          now: datetime) -> Iterator[tuple[object, list[Holding]]]:
    """Each case that lived in the period, with what lies in it of its holdings."""
    calendar, office = register.calendar, register.people.office.code
    since, end = calendar.starts(wanted.since), min(calendar.starts(wanted.until + DAY), now)
    chosen = _chosen(actor, wanted.kind is not None)
    found = iter(session.execute(chosen, {"since": since, "end": end, "kind": wanted.kind}))
    while batch := list(islice(found, BATCH)):
        told = session.connection().execute(_ENTRIES, {"of": [case.number for case in batch]})
        entries = {stream: list(each) for stream, each in groupby(told, key=lambda entry: entry.stream)}
        for case in batch:
            spans = holdings.of(entries.get(case.number, ()), calendar, office=office, now=now)
            if inside := [part for span in spans if (part := span.within(since, end))]:
                yield case, inside


def _count(made: Sums, spans: list[Holding], calendar) -> None:
    seen = set()
    for span in spans:
        key = span.unit, span.holder
        amount = made.of.setdefault(key, Sum())
        for each in (amount, made.all):
            each.add(span, calendar)
        amount.cases += key not in seen
        seen.add(key)
    made.all.cases += 1


def _behind(case, spans: list[Holding], calendar) -> Behind | None:
    if not spans:
        return None
    behind = Behind(case=case, since=spans[0].since, until=spans[-1].until,
                    hands=tuple(dict.fromkeys(span.holder for span in spans)))
    for span in spans:
        behind.add(span, calendar)
    return behind


@lru_cache(maxsize=256)
def _chosen(actor: Actor, of_kind: bool):
    """Cases filed before the period ended and not over before it began."""
    columns = Case.id, Case.number, Case.title, Case.kind, Case.state, Case.signed_for_at
    alive = or_(Case.state.not_in(OVER), Case.touched_at >= bindparam("since", type_=Instant))
    query = select(*columns).where(may_see(actor), Case.filed_at < bindparam("end", type_=Instant), alive)
    if of_kind:
        query = query.where(Case.kind == bindparam("kind"))
    return query.order_by(Case.id).execution_options(yield_per=BATCH)


_ENTRIES = select(Entry.stream, Entry.seq, Entry.at, Entry.verb, Entry.data).where(
    Entry.stream.in_(bindparam("of", expanding=True)), Entry.verb.in_(holdings.TELLING),
).order_by(Entry.stream, Entry.seq)
