"""A year is published: every running date that depends on it is moved, with an entry in the trail of its case."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import workflows
from app.domain import clocks, schedules, trail, workdays
from app.domain.cases import Case
from app.domain.clocks import TimeNode
from app.domain.people import Actor, Unit
from app.office.clocks import show


def reproject(session: Session, schedule: schedules.Schedule, *, by: Actor, at: datetime, words) -> int:
    """Count anew what ends in or after the days of this schedule; returns how many dates have moved."""
    since = min(date(schedule.year - 1, 12, 1), *(on for on, _, _ in schedule.days))
    ends_later = select(TimeNode).where(TimeNode.stopped_at.is_(None), TimeNode.due_on >= since)
    touched: dict[int, list[TimeNode]] = {}
    calendar = workdays.calendar(session)
    for node in session.scalars(ends_later.order_by(TimeNode.case_id, TimeNode.no)).all():
        before = node.due_on
        clocks.project(node, calendar)
        touched.setdefault(node.case_id, []).extend([node] if node.due_on != before else [])
    codes = dict(session.execute(select(Unit.id, Unit.code)).all()) if touched else {}
    for case_id, moved in touched.items():
        case = session.get(Case, case_id)
        show(case, clocks.of_case(session, case_id, running=True), workflows.get(case.kind).state[case.state])
        if moved:
            trail.append(
                session, case.number, "reprojected", by=by.username, unit=by.first.unit if by.first else None, at=at,
                words={"verb": words(trail.VERBS["reprojected"].sentence)},
                plain={"clocks": [clocks.fact("move", node) | {"unit": codes[node.unit_id]} for node in moved],
                       "calendar": schedules.digest(schedule)},
            )
    session.flush()
    return sum(len(moved) for moved in touched.values())
