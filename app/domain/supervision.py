"""Who is late: per unit the time nodes that are overdue, by what was said of them, due soon and open; the list behind
each number; and how many were missed week by week."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.domain.cases import Case, may_see
from app.domain.clocks import TimeNode
from app.domain.ladder import Climb
from app.domain.matters import Matter
from app.domain.people import Actor

LEVELS = (1, 2, 3, 4, 5, 6)
UNSAID = "unsaid"  # overdue, and no more than reminded of
WEEKS = 12


def rung(level: int) -> str:
    """What the column of a rung is called in an address."""
    return f"rung{level}"


WHICH = ("overdue", "soon", "open", UNSAID, *map(rung, LEVELS))


@dataclass(frozen=True)
class Tally:
    unit_id: int
    overdue: int
    soon: int
    open: int
    oldest: date | None  # the earliest due date that has passed
    said: dict[str, int] = field(default_factory=dict)  # column → overdue nodes whose last rung it is

    @property
    def on_time(self) -> int:
        return self.open - self.overdue - self.soon


_COUNTED = (TimeNode.stopped_at.is_(None), TimeNode.duty.is_(True))


def _here(actor: Actor):
    """Everybody's terms, or those of his own units."""
    return (may_see(actor),) if actor.sees_every_case else (may_see(actor), TimeNode.unit_id.in_(actor.units))


def _conditions(which: str, today: date) -> tuple:
    late = TimeNode.due_on < today
    if which == "soon":
        return TimeNode.due_on >= today, TimeNode.warn_on <= today
    if which == UNSAID:
        return late, or_(TimeNode.rung.is_(None), TimeNode.rung == 0)
    if which in map(rung, LEVELS):
        return late, TimeNode.rung == int(which[-1])
    return (late,) if which == "overdue" else ()


def tallies(session: Session, actor: Actor, *, today: date) -> list[Tally]:
    """One row per unit that has anything open, the latest first."""
    columns = (UNSAID, *map(rung, LEVELS))
    counted = [func.sum(case((and_(*_conditions(which, today)), 1), else_=0))
               for which in ("overdue", "soon", *columns)]
    oldest = func.min(case((TimeNode.due_on < today, TimeNode.due_on)))
    query = (
        select(TimeNode.unit_id, func.count(), oldest, *counted).join(Case, Case.id == TimeNode.case_id)
        .where(*_COUNTED, *_here(actor)).group_by(TimeNode.unit_id)
    )
    rows = [Tally(id, overdue, soon, count, first, dict(zip(columns, said, strict=True)))
            for id, count, first, overdue, soon, *said in session.execute(query)]
    return sorted(rows, key=lambda tally: (-tally.overdue, -tally.soon, tally.unit_id))


def late_nodes(actor: Actor, *, today: date, unit_id: int | None = None, which: str = "overdue"):
    """The nodes behind a number of the board, the longest overdue first, each with what waits for a decision."""
    waits = and_(Matter.case_id == Case.id, Matter.settled_at.is_(None))
    query = (
        select(
            Case.id, Case.number, Case.title, Case.kind, Case.state, Case.lead_id, Case.listed, Case.version,
            Case.sealed, TimeNode.purpose, TimeNode.unit_id, TimeNode.due_on, TimeNode.warn_on, TimeNode.paused_on,
            TimeNode.id.label("node_id"), TimeNode.provisional, TimeNode.rung, TimeNode.notice_id,
            Matter.purpose.label("matter"), Matter.stage,
        )
        .join(Case, Case.id == TimeNode.case_id).outerjoin(Matter, waits)
        .where(*_COUNTED, *_conditions(which, today), *_here(actor))
        .order_by(TimeNode.due_on, TimeNode.id)
    )
    return query if unit_id is None else query.where(TimeNode.unit_id == unit_id)


def reminders(session: Session, node_ids: list[int]) -> dict[int, list]:
    """Node → the rungs it has climbed and when."""
    found: dict[int, list] = {}
    query = select(Climb.node_id, Climb.level, Climb.at).where(Climb.node_id.in_(node_ids)).order_by(Climb.level)
    for row in session.execute(query):
        found.setdefault(row.node_id, []).append(row)
    return found


@dataclass(frozen=True)
class Week:
    """Terms that ran out in one week and were not met by then, by unit."""

    monday: date
    units: Counter

    @property
    def total(self) -> int:
        return self.units.total()


def weeks(session: Session, actor: Actor, *, today: date, count: int = WEEKS) -> list[Week]:
    """The last weeks up to yesterday, the oldest first; reads an index that holds nothing but what was missed."""
    first = today - timedelta(days=today.weekday(), weeks=count - 1)
    query = (
        select(TimeNode.due_on, TimeNode.unit_id, func.count()).join(Case, Case.id == TimeNode.case_id)
        .where(TimeNode.due_on >= first, TimeNode.due_on < today, _MISSED, *_here(actor))
        .group_by(TimeNode.due_on, TimeNode.unit_id)
    )
    found = [Week(first + timedelta(weeks=at), Counter()) for at in range(count)]
    for due_on, unit_id, missed in session.execute(query):
        found[(due_on - first).days // 7].units[unit_id] += missed
    return found


# The second as the index says it, so that both databases know it for the index's own condition.
_MISSED = and_(TimeNode.duty.is_(True), or_(TimeNode.stopped_on.is_(None), TimeNode.stopped_on > TimeNode.due_on))
