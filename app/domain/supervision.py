"""Who is late: per unit the time nodes that are overdue, due soon and open, and the list behind each number."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.domain.cases import Case, may_see
from app.domain.clocks import TimeNode
from app.domain.people import Actor


@dataclass(frozen=True)
class Tally:
    unit_id: int
    overdue: int
    soon: int
    open: int
    oldest: date | None  # the earliest due date that has passed

    @property
    def on_time(self) -> int:
        return self.open - self.overdue - self.soon


_COUNTED = (TimeNode.stopped_at.is_(None), TimeNode.duty.is_(True))


def tallies(session: Session, actor: Actor, *, today: date) -> list[Tally]:
    """One row per unit that has anything open, the latest first."""
    late = TimeNode.due_on < today
    soon = (TimeNode.due_on >= today) & (TimeNode.warn_on <= today)
    query = (
        select(
            TimeNode.unit_id,
            func.sum(case((late, 1), else_=0)),
            func.sum(case((soon, 1), else_=0)),
            func.count(),
            func.min(case((late, TimeNode.due_on))),
        )
        .join(Case, Case.id == TimeNode.case_id)
        .where(*_COUNTED, may_see(actor))
        .group_by(TimeNode.unit_id)
    )
    rows = [Tally(*row) for row in session.execute(query)]
    return sorted(rows, key=lambda tally: (-tally.overdue, -tally.soon, tally.unit_id))


def late_nodes(actor: Actor, *, today: date, unit_id: int | None = None, which: str = "overdue"):
    """The nodes behind a number of the board, the longest overdue first."""
    conditions = {
        "overdue": (TimeNode.due_on < today,),
        "soon": (TimeNode.due_on >= today, TimeNode.warn_on <= today),
        "open": (),
    }[which]
    query = (
        select(
            Case.id, Case.number, Case.title, Case.kind, Case.state, Case.lead_id, Case.listed, Case.version,
            TimeNode.purpose, TimeNode.unit_id, TimeNode.due_on, TimeNode.warn_on, TimeNode.paused_on,
            TimeNode.id.label("node_id"), TimeNode.provisional,
        )
        .join(Case, Case.id == TimeNode.case_id)
        .where(*_COUNTED, *conditions, may_see(actor))
        .order_by(TimeNode.due_on, TimeNode.id)
    )
    return query if unit_id is None else query.where(TimeNode.unit_id == unit_id)
