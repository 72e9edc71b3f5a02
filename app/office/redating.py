"""Running time nodes in the ledger: each shows what its own ledger, the ladder and the waiting matter give, and the
case what its leading node shows."""

from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from types import SimpleNamespace
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

import workflows
from app.domain import clocks, errands
from app.domain.base import day, instant, raw
from app.domain.clocks import Suspension, TimeNode
from app.domain.errands import Errand
from app.domain.matters import Matter
from app.domain.register import Register
from app.domain.workdays import Calendar
from app.office import recounting, reprojection
from app.office.clocks import next_rung_at, shown
from app.office.faults import Fault
from workflows.grammar import N_


class Running(NamedTuple):
    """A running node as it lies in the ledger, its days and moments as texts."""

    case_id: int
    id: int
    no: int
    unit_id: int
    due_on: str | None
    warn_on: str | None
    provisional: bool
    next_rung_at: str | None
    purpose: str  # this and what follows decides on the four before it
    duty: bool
    budget: int
    extended: int
    counted: str
    remind: int
    started_on: str
    paused_on: str | None
    rung: int | None

    runs = True


DECIDING = Running._fields[Running._fields.index("purpose"):]


class _Node(SimpleNamespace):
    """For those who ask a node what it shows."""

    stopped_at, term = None, TimeNode.term


class Dates:
    """Read for many cases at once."""

    def __init__(self, session: Session, register: Register, calendar: Calendar):
        self.session, self.register, self.calendar = session, register, calendar
        moving = select(Errand.id).where(Errand.state == errands.WAITING, Errand.what == reprojection.WHAT).limit(1)
        self.is_moving = session.scalar(moving) is not None  # an errand still moves dates after a change of rules
        self.given = lru_cache(8192)(self._given)  # those of one day, duty and budget show the same

    def read(self, bounds: dict) -> None:
        """`bounds`: the first and the last number of a case."""
        connection = self.session.connection()
        self.stages = dict(raw(connection, _STAGES, bounds))
        self.pauses = {node: tuple((since, until) for _, since, until in rows)
                       for node, rows in groupby(raw(connection, _PAUSES, bounds), _first)}
        running = map(Running._make, raw(connection, _RUNNING, bounds))
        self.running = {case: list(nodes) for case, nodes in groupby(running, _first)}

    def hold(self, case) -> None:
        """Raises the first Fault."""
        running = self.running.get(case.id, ())
        for node in running:
            self._hold_node(case, node)
        due_on, warn_on, paused = shown(running, workflows.get(case.kind).state[case.state])
        if (case.due_on, case.warn_on, case.paused) != (due_on, warn_on, paused):
            raise Fault(N_("%(stream)s is shown as due on %(day)s; by its time nodes that is not so (%(told)s)."),
                        stream=case.number, day=str(case.due_on), told=str(due_on))

    def _hold_node(self, case, node: Running) -> None:
        if self.is_moving:
            return
        ends, climbs = self.given(
            case.kind, node.unit_id == case.lead_id, node.unit_id == self.register.people.office.id,
            self.stages.get(case.id), self.pauses.get(node.id, ()), node[-len(DECIDING):])
        if ends != (node.due_on, node.warn_on, node.provisional):
            raise Fault(N_("%(stream)s: time node %(node)s does not end where its own ledger ends."),
                        stream=case.number, node=node.no)
        if climbs != node.next_rung_at:
            raise Fault(N_("%(stream)s: time node %(node)s does not climb its next rung when the ladder says."),
                        stream=case.number, node=node.no)

    def _given(self, kind: str, leads: bool, is_office: bool, stage: str | None, pauses: tuple,
               deciding: tuple) -> tuple:
        """When a node ends, from when on it warns and whether that is provisional; and when it climbs its next rung."""
        node = _Node(**dict(zip(DECIDING, deciding, strict=True)))
        node.started_on = day(node.started_on)
        node.suspensions = [SimpleNamespace(since_on=day(since), until_on=day(until)) for since, until in pauses]
        node.unit_id = self.register.people.office.id if is_office else 0
        node.due_on, node.warn_on, node.provisional = clocks.projection(node, self.calendar)
        case = SimpleNamespace(kind=kind, lead_id=node.unit_id if leads else None)
        matter = SimpleNamespace(stage=stage, settled_at=None) if stage else None
        climbs = next_rung_at(node, case, self.register, matter=matter)
        return (clocks.iso(node.due_on), clocks.iso(node.warn_on), node.provisional), climbs and instant(climbs)


_OPEN = TimeNode.case_id.in_(recounting.CASES), TimeNode.stopped_at.is_(None)
_RUNNING = select(*(recounting.bare(getattr(TimeNode, name)).label(name) for name in Running._fields)).where(
    *_OPEN).order_by(TimeNode.case_id, TimeNode.no)
_PAUSES = select(Suspension.node_id, recounting.bare(Suspension.since_on), recounting.bare(Suspension.until_on)).join(
    TimeNode, TimeNode.id == Suspension.node_id).where(*_OPEN).order_by(Suspension.node_id, Suspension.no)
_first = itemgetter(0)
_STAGES = select(Matter.case_id, Matter.stage).where(
    Matter.case_id.in_(recounting.CASES), Matter.settled_at.is_(None))
