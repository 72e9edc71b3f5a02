"""Running limits: time nodes of a case, what starts, stops, pauses and stretches them, and the lamp they show.

`due_on`, `warn_on` and `provisional` are projections that only `project` writes; overdue and the lamp are not stored.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, bindparam, func, select, text
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from app.domain import terms
from app.domain.base import FAR, Base, Instant, only
from app.domain.errors import Refused
from app.domain.rules import WORKDAY, Rules
from app.domain.workdays import Calendar
from workflows.grammar import N_, PURPOSES

MISSED, _RUNS = text("stopped_on IS NULL OR stopped_on > due_on"), text("stopped_at IS NULL")
FIXED = "date"  # the end was given as a date, not as a number of days


class TimeNode(Base):
    """A running term of a case. `no` numbers the nodes of a case, so that the trail can name them."""

    __tablename__ = "time_nodes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    no: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    duty: Mapped[bool] = mapped_column(Boolean)
    budget: Mapped[int]
    counted: Mapped[str] = mapped_column(String(8))
    cap: Mapped[int]
    extensions: Mapped[int]
    remind: Mapped[int]
    basis: Mapped[str] = mapped_column(String(300))
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("term_rules.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"))  # whose reply limit it is
    started_at: Mapped[datetime] = mapped_column(Instant)
    started_on: Mapped[date]
    first_due_on: Mapped[date]  # as it was before any pause or extension
    extended: Mapped[int]  # days added
    stretches: Mapped[int]  # in how many extensions
    paused_on: Mapped[date | None]
    due_on: Mapped[date | None]
    warn_on: Mapped[date | None]
    provisional: Mapped[bool] = mapped_column(Boolean)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    stopped_on: Mapped[date | None]
    rung: Mapped[int | None]  # the last rung of the ladder that was claimed
    next_rung_at: Mapped[datetime | None] = mapped_column(Instant)

    suspensions: Mapped[list["Suspension"]] = relationship(order_by="Suspension.no", cascade="all, delete-orphan")

    __table_args__ = (
        Index("ix_time_nodes_case_id_no", "case_id", "no", unique=True),
        Index("ix_time_nodes_unit_due", "unit_id", "due_on", "case_id", "warn_on", "duty", "rung", **only(_RUNS)),
        Index("ix_time_nodes_waiting", "unit_id", "purpose", "warn_on", "case_id", **only(_RUNS)),
        Index("ix_time_nodes_desk", "unit_id", "purpose", func.coalesce("due_on", FAR), "case_id", **only(_RUNS)),
        Index("ix_time_nodes_missed", "due_on", "unit_id", "case_id", **only(MISSED)),
        Index("ix_time_nodes_notice", "notice_id", **only(notice_id.is_not(None))),
        Index("ix_time_nodes_next_rung", "next_rung_at", **only(next_rung_at.is_not(None))),
        CheckConstraint("paused_on IS NULL OR due_on IS NULL", name="paused_has_no_due"),
        CheckConstraint("stopped_at IS NULL OR next_rung_at IS NULL", name="stopped_climbs_nothing"),
    )

    @property
    def runs(self) -> bool:
        return self.stopped_at is None

    @property
    def term(self) -> terms.Term:
        pauses = tuple((pause.since_on, pause.until_on) for pause in self.suspensions)
        return terms.Term(self.started_on, self.budget + self.extended, self.counted, pauses)


class Suspension(Base):
    """One pause of a node, from a day up to, not including, another."""

    __tablename__ = "suspensions"

    node_id: Mapped[int] = mapped_column(ForeignKey("time_nodes.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(String(20))
    since_on: Mapped[date]
    until_on: Mapped[date | None]
    review_on: Mapped[date | None]

    __table_args__ = (CheckConstraint("until_on IS NULL OR until_on >= since_on", name="in_order"),)


@dataclass(frozen=True)
class Setting:
    """What turning a clock needs to know: the calendar, the rules, and what the case is."""

    calendar: Calendar
    rules: Rules
    kind: str
    klass: str | None
    grade: str | None


def start(case_id: int, no: int, purpose: str, *, unit_id: int, at: datetime, setting: Setting,
          due_on: date | None = None) -> tuple[TimeNode, dict]:
    """A new node and the fact of it for the trail; `due_on` where a plan gives the date itself."""
    calendar, on = setting.calendar, setting.calendar.on(at)
    rule = setting.rules.of(purpose, kind=setting.kind, klass=setting.klass, grade=setting.grade, on=on)
    if due_on is not None and due_on < on:
        raise Refused(N_("The date lies in the past."), field="due_on")
    budget, counted = (rule.budget, rule.counted) if due_on is None else ((due_on - on).days, FIXED)
    return _begun(case_id, no, purpose, unit_id=unit_id, at=at, calendar=calendar, budget=budget, counted=counted,
                  cap=rule.cap, extensions=rule.extensions, remind=rule.remind, basis=rule.basis, rule_id=rule.id)


def start_reply(case_id: int, no: int, *, days: int, **more) -> tuple[TimeNode, dict]:
    """The reply limit of a notice: its days are those of the form, and nobody pauses or extends it."""
    return _begun(case_id, no, "answer", cap=0, extensions=0, budget=days, counted=WORKDAY, remind=1, **more)


def _begun(case_id: int, no: int, purpose: str, *, at: datetime, calendar: Calendar, **more) -> tuple[TimeNode, dict]:
    node = TimeNode(case_id=case_id, no=no, purpose=purpose, duty=PURPOSES[purpose].duty, started_at=at,
                    started_on=calendar.on(at), extended=0, stretches=0, suspensions=[], provisional=False, **more)
    project(node, calendar)
    node.first_due_on = node.due_on
    return node, fact("start", node, budget=node.budget, counted=node.counted, basis=node.basis)


def stop(node: TimeNode, *, at: datetime, calendar: Calendar) -> dict:
    """End the node; its due date stays as it was, so that what was late stays late."""
    on = calendar.on(at)
    if node.paused_on is not None:
        node.suspensions[-1].until_on = on
        node.paused_on = None
        project(node, calendar)
    node.stopped_at, node.stopped_on, node.next_rung_at = at, on, None
    return fact("stop", node)


def pause(node: TimeNode, *, category: str, review_on: date | None, on: date, calendar: Calendar) -> dict:
    """Stop the clock from a day on that is neither before it last began to run nor in the future (the caller's)."""
    if not node.runs or node.paused_on is not None:
        raise Refused(N_("The clock is paused already."))
    check_pause(node, on)
    number = len(node.suspensions) + 1
    node.suspensions.append(Suspension(no=number, category=category, since_on=on, review_on=review_on))
    node.paused_on = on
    project(node, calendar)
    return fact("pause", node, category=category, since_on=iso(on), review_on=iso(review_on))


def check_pause(node: TimeNode, on: date) -> None:
    last = max([node.started_on, *(pause.until_on for pause in node.suspensions)])
    if on < last:
        raise Refused(N_("The clock last began to run on %(day)s; a pause cannot begin before."), field="since_on",
                      day=last)


def resume(node: TimeNode, *, at: datetime, calendar: Calendar) -> dict:
    if not node.runs or node.paused_on is None:
        raise Refused(N_("The clock is not paused."))
    node.suspensions[-1].until_on = calendar.on(at)
    node.paused_on = None
    project(node, calendar)
    return fact("resume", node)


def extend(node: TimeNode, days: int, *, calendar: Calendar) -> dict:
    node.extended += days
    node.stretches += 1
    project(node, calendar)
    return fact("extend", node, days=days)


def project(node: TimeNode, calendar: Calendar) -> None:
    """Write the dates that follow from the ledger of the node; nobody else writes them."""
    node.due_on, node.warn_on, node.provisional = projection(node, calendar)


def projection(node: TimeNode, calendar: Calendar) -> tuple[date | None, date | None, bool]:
    """When it ends, from when on it warns, and whether that lies beyond the published calendar."""
    due_on = due(node.term, calendar)
    if due_on is None:
        return None, None, False
    return due_on, warn_from(due_on, node.remind, calendar), not calendar.is_known(due_on)


def due(term: terms.Term, calendar: Calendar) -> date | None:
    if term.counted == FIXED:  # the first day counts here: a plan's date may be the very day it is given on
        term = replace(term, start=term.start - timedelta(days=1), budget=term.budget + 1)
    return terms.due(term, calendar)


def warn_from(due_on: date, remind: int, calendar: Calendar) -> date:
    """The first day of the reminder window: `remind` working days before the end."""
    on, left = due_on, remind
    while left > 0 and on > calendar.first:
        on -= timedelta(days=1)
        left -= calendar.is_workday(on)
    return on


def fact(act: str, node: TimeNode, **more) -> dict:
    """What the trail keeps of one turn of a clock; replaying these must give the same dates."""
    return {"act": act, "node": node.no, "purpose": node.purpose, "due_on": iso(node.due_on)} | more


GREEN, YELLOW, RED, GREY, BLUE = "green", "yellow", "red", "grey", "blue"


@dataclass(frozen=True)
class Lamp:
    """`days`: working days left (green, yellow) or late (red); `why` for the words beside the colour."""

    colour: str
    why: str
    days: int = 0


def lamp(*, due_on, warn_on, today: date, calendar: Calendar, stopped_on=None, paused=False, standing=False) -> Lamp:
    if stopped_on is not None:
        late = calendar.between(due_on, stopped_on) if due_on and stopped_on > due_on else 0
        return Lamp(BLUE, "late" if due_on and stopped_on > due_on else "met", late)
    if standing:
        return Lamp(GREY, "standing")
    if paused:
        return Lamp(GREY, "paused")
    if due_on is None:
        return Lamp(BLUE, "done")
    if today > due_on:
        return Lamp(RED, "overdue", calendar.between(due_on, today))
    days = calendar.between(today, due_on)
    if today == due_on:
        return Lamp(YELLOW, "today")
    return Lamp(YELLOW if warn_on and today >= warn_on else GREEN, "left", days)


def of_case(session: Session, case_id: int, *, running: bool = False) -> list[TimeNode]:
    return list(session.scalars(_RUNNING if running else _WHOLE, {"of": case_id}).unique())


_NODES = select(TimeNode).where(TimeNode.case_id == bindparam("of")).order_by(TimeNode.no)
_RUNNING = _NODES.where(TimeNode.stopped_at.is_(None))  # those few that were ever paused look for it themselves
_WHOLE = _NODES.options(joinedload(TimeNode.suspensions))


def iso(on: date | None) -> str | None:
    return None if on is None else on.isoformat()
