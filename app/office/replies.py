"""The reply limit of a notice: a time node of the unit it went to, hung on the first case that the notice is about."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import clocks, notices
from app.domain.cases import Case
from app.domain.clocks import TimeNode
from app.domain.notices import Notice
from app.domain.register import Register

Facts = dict[int, list[dict]]  # case → what its entry says of the clocks


def begin(session: Session, notice: Notice, *, at: datetime, register: Register) -> Facts:
    """The limit runs from the day the paper goes out, or goes back to the unit; an earlier one is kept as it ended."""
    case = _carrying(session, notice)
    last = session.scalar(select(func.max(TimeNode.no)).where(TimeNode.case_id == case.id)) or 0
    node, fact = clocks.start_reply(
        case.id, last + 1, notice_id=notice.id, unit_id=notice.unit_id, days=notice.days, basis=notice.number, at=at,
        calendar=register.calendar)
    node.next_rung_at = register.ladder.next_at(node, case.kind, register.calendar, of_office=False)
    session.add(node)
    session.flush()
    return _of(node, fact, register)


def end(session: Session, notice: Notice, *, at: datetime, register: Register) -> Facts:
    """It stops with the reply. A paper issued before limits were counted has none."""
    _carrying(session, notice)
    node = notices.limit(session, notice.id)
    if node is None or not node.runs:
        return {}
    return _of(node, clocks.stop(node, at=at, calendar=register.calendar), register)


def _carrying(session: Session, notice: Notice):
    """The case that carries the limit, locked so that nobody else numbers its next node meanwhile."""
    first = notices.subjects(session, notice.id)[0].case_id
    return session.execute(select(Case.id, Case.kind).where(Case.id == first).with_for_update()).one()


def _of(node: TimeNode, fact: dict, register: Register) -> Facts:
    return {node.case_id: [fact | {"unit": register.people.units[node.unit_id].code}]}
