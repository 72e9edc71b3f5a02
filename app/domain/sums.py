"""What was held in a period: sums per unit and hand over many cases, and the cases behind each sum.

Read off the copy of the holdings, and off the trails of those cases that it is behind with; in the same memory for any
number of cases.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain, groupby, islice
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from app.domain import holdings, spans
from app.domain.base import Instant
from app.domain.cases import OVER, Case, may_see
from app.domain.holdings import Holding
from app.domain.people import Actor
from app.domain.register import Register
from app.domain.spans import Span

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


class Row(NamedTuple):
    """A case, as far as a sum needs to know it."""

    id: int
    number: str


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
    for case, held in lives(session, actor, wanted, register=register, now=now):
        _count(made, held, register.calendar)
        behind = _behind(case, [span for span in held if wanted.fits(span)], register.calendar)
        if behind is None or (wanted.unit is None and wanted.hand is None):
            continue
        made.chosen.plus(behind)
        made.chosen.cases += 1
        heapq.heappush(largest, (behind.time, case.id, behind))
        if len(largest) > MOST:
            _, _, smallest = heapq.heappop(largest)
            made.rest.plus(smallest)
            made.rest.cases += 1
    made.behind = _named(session, [behind for *_, behind in sorted(largest, key=lambda each: (-each[0], each[1]))])
    return made


def lives(session: Session, actor: Actor, wanted: Wanted, *, register: Register,
          now: datetime) -> Iterator[tuple[object, list[Holding]]]:
    """Each case that lived in the period, with what lies in it of its holdings."""
    calendar = register.calendar
    since, end = calendar.starts(wanted.since), min(calendar.starts(wanted.until + DAY), now)
    newer, given = spans.behind(session), {"since": since, "end": end, "kind": wanted.kind}
    for case, held in chain(_copied(session, actor, wanted, newer, given),
                            _told(session, actor, wanted, newer, given, register=register, now=now)):
        if inside := [part for span in held if (part := span.within(since, end))]:
            yield case, inside


def _copied(session: Session, actor: Actor, wanted: Wanted, newer: set[str] | None, given: dict):
    if newer is None:
        return
    rows = session.execute(_spans(actor, wanted.kind is not None), given)
    for id, each in groupby(rows, key=lambda row: row.case_id):
        first, *others = each
        if first.number not in newer:
            yield Row(id, first.number), spans.held([first, *others])


def _told(session: Session, actor: Actor, wanted: Wanted, newer: set[str] | None, given: dict, *, register: Register,
          now: datetime):
    """Those that the copy is behind with; without a copy, all."""
    for batch in _batches(session, _chosen(actor, wanted.kind is not None), newer, given):
        for number, entries in spans.told(session, sorted(batch)):
            yield batch[number], holdings.of(entries, register.calendar, office=register.people.office.code, now=now)


def _batches(session: Session, chosen, newer: set[str] | None, given: dict) -> Iterator[dict[str, Row]]:
    if newer is None:
        found = iter(session.execute(chosen.order_by(Case.id).execution_options(yield_per=BATCH), given))
        while batch := {row.number: Row(*row) for row in islice(found, BATCH)}:
            yield batch
    else:
        waiting = iter(sorted(newer))
        while numbers := list(islice(waiting, BATCH)):
            yield {row.number: Row(*row) for row in session.execute(chosen.where(Case.number.in_(numbers)), given)}


def _named(session: Session, behind: list[Behind]) -> list[Behind]:
    """The cases that are shown, with what a list says of them."""
    found = {row.id: row for row in session.connection().execute(_SHOWN, {"ids": [each.case.id for each in behind]})}
    for each in behind:
        each.case = found[each.case.id]
    return behind


def _count(made: Sums, held: list[Holding], calendar) -> None:
    seen = set()
    for span in held:
        key = span.unit, span.holder
        amount = made.of.setdefault(key, Sum())
        for each in (amount, made.all):
            each.add(span, calendar)
        amount.cases += key not in seen
        seen.add(key)
    made.all.cases += 1


def _behind(case, held: list[Holding], calendar) -> Behind | None:
    if not held:
        return None
    behind = Behind(case=case, since=held[0].since, until=held[-1].until,
                    hands=tuple(dict.fromkeys(span.holder for span in held)))
    for span in held:
        behind.add(span, calendar)
    return behind


@lru_cache(maxsize=256)
def _chosen(actor: Actor, of_kind: bool):
    """Cases filed before the period ended and not over before it began."""
    alive = or_(Case.state.not_in(OVER), Case.touched_at >= bindparam("since", type_=Instant))
    query = select(Case.id, Case.number).where(Case.filed_at < bindparam("end", type_=Instant), alive)
    return _seen(query, actor, of_kind)


@lru_cache(maxsize=256)
def _spans(actor: Actor, of_kind: bool):
    """What the copy has of the period; the holdings of a case stand together."""
    columns = Span.case_id, Case.number, Span.since, Span.until, Span.holder, Span.unit, Span.due_on
    query = select(*columns).join(Case, Case.id == Span.case_id).where(
        Span.until > bindparam("since", type_=Instant), Span.since < bindparam("end", type_=Instant))
    by_case = Span.case_id + 0, Span.no  # sorted by itself: SQLite would else walk all that there is in this order
    return _seen(query, actor, of_kind).order_by(*by_case).execution_options(yield_per=BATCH)


def _seen(query, actor: Actor, of_kind: bool):
    return query.where(may_see(actor), *((Case.kind == bindparam("kind"),) if of_kind else ()))


_SHOWN = select(Case.id, Case.number, Case.title, Case.kind, Case.state, Case.signed_for_at).where(
    Case.id.in_(bindparam("ids", expanding=True)))
