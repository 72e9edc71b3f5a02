"""What is somebody's own to do: running terms of his units that wake his posts, and matters that wait for him."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import and_, bindparam, func, or_, select, union_all
from sqlalchemy.orm import Session

from app.domain import notices
from app.domain.base import FAR, among
from app.domain.cases import SUPPORT, Assignment, Case, may_see
from app.domain.clocks import TimeNode
from app.domain.matters import Matter
from app.domain.people import Actor
from app.domain.standing import Offer, Standing
from app.domain.tellings import Telling
from app.domain.trail import Entry

MOST, NEWS = 60, 8
_ORGAN = ("adoption", "appeal_answer", "execute")
_OWN = {"liaison": ("sign", "handle", "part", "standing", *_ORGAN), "discipline": ("sign", "handle", "part", *_ORGAN),
        "dispatcher": ("accept", "check"), "supervisor": ("call_back", "look_back")}
_WATCHED = {"dispatcher": ("reply",)}  # others' work until it comes close


@dataclass(frozen=True)
class Todo:
    """One case on somebody's list, with the date that matters to him and his next step."""

    row: object
    purpose: str | None
    relation: str  # lead, support, office
    matter: str | None
    next: Offer | None


def todos(session: Session, actor: Actor, *, today: date) -> list[Todo]:
    """By due date, one line a case; two queries however long the list is."""
    found: dict[int, Todo] = {}
    connection = session.connection()
    for row in connection.execute(_waiting_for(actor.pattern), actor.given):
        found[row.id] = _todo(row, actor, purpose=None, today=today)
    if (terms := _terms_of(actor.pattern)) is not None:
        for row in connection.execute(terms, {"today": today, "most": MOST, **actor.given}):
            if row.id not in found:
                found[row.id] = _todo(row, actor, purpose=row.purpose, today=today)
    return sorted(found.values(), key=_order)


def how_many(session: Session, actor: Actor, *, today: date, most: int = 100) -> tuple[int, int]:
    """How many cases and how many notices wait for him, counted no further than `most`."""
    return session.connection().execute(_count(actor.pattern), {"today": today, "most": most, **actor.given}).one()


@lru_cache(maxsize=256)
def _count(actor: Actor):
    waiting = _waiting_for(actor).with_only_columns(Matter.id, maintain_column_froms=True).order_by(None)
    count = _rows_of(waiting.limit(bindparam("most")))
    if duties := _duties(actor):  # each no further than the whole is counted, and the next only if that is not enough
        # + 0: for a DISTINCT of the bare column SQLite would read every node in its order
        once = (TimeNode.case_id + 0).label("once")
        some = [_running(duty, actor, once).distinct().limit(bindparam("most")).subquery() for duty in duties]
        every = union_all(*(select(each.c.once) for each in some)).subquery()
        count = count + _rows_of(select(every.c.once).distinct().limit(bindparam("most")))
    return select(count, _rows_of(notices.waiting_for(actor).order_by(None).limit(bindparam("most"))))


def _rows_of(query):
    return select(func.count()).select_from(query.subquery()).scalar_subquery()


def elsewhere(session: Session, actor: Actor) -> list:
    """Matters of his unit that wait for somebody else, the longest waiting first."""
    return session.connection().execute(_elsewhere(actor.pattern), actor.given).all()


@lru_cache(maxsize=256)
def _elsewhere(actor: Actor):
    waits = and_(Matter.case_id == Case.id, Matter.settled_at.is_(None))
    query = select(
        Case.number, Case.title, Matter.purpose, Matter.stage, Matter.reached_at, Matter.asked_by_id
    ).join(Matter, waits)
    # + 0: of the few matters that wait, not of the many cases that the unit ever had
    mine = among(Case.lead_id + 0, actor.units) if actor.units else Matter.asked_by_id == actor.id
    others = or_(*(_his(held) for held in actor.held))
    return query.where(may_see(actor), mine, ~others).order_by(Matter.reached_at).limit(8)


_COLUMNS = (
    Case.id, Case.number, Case.kind, Case.state, Case.title, Case.lead_id, Case.complained_of_id, Case.signed_for_at,
    Case.objected, Case.designated, Case.standing, Case.needs_evidence, Case.ended_from, Case.takers, Case.paused,
    Case.version, Case.dispatched_at, Case.touched_at, Case.listed, Case.escalated, Case.reopened, Case.redone,
)


@lru_cache(maxsize=256)
def _terms_of(actor: Actor):
    duties = _duties(actor)
    if not duties:
        return None
    waits = and_(Matter.case_id == Case.id, Matter.settled_at.is_(None))
    first = [select(_first(duty, actor).subquery().c.id) for each in duties for duty in each.apart()]
    return (
        select(*_COLUMNS, TimeNode.purpose, TimeNode.unit_id, TimeNode.due_on, TimeNode.warn_on, TimeNode.provisional,
               TimeNode.paused_on, Matter.purpose.label("matter"), Matter.stage)
        .join(TimeNode, TimeNode.case_id == Case.id)
        .outerjoin(Matter, waits)
        .where(TimeNode.id.in_(union_all(*first)))
        .order_by(TimeNode.due_on.is_(None), TimeNode.due_on, Case.id)
        .limit(bindparam("most"))
    )


@dataclass(frozen=True)
class _Duty:
    """Running nodes that are somebody's to see to; those of others are, once they come close."""

    units: tuple[int, ...]
    purposes: tuple[str, ...]
    once_close: bool

    def apart(self) -> list["_Duty"]:
        return [_Duty((unit,), (purpose,), self.once_close) for unit in self.units for purpose in self.purposes]


def _duties(actor: Actor) -> list[_Duty]:
    return [
        _Duty(tuple(held.covers), table[held.post], table is _WATCHED)
        for held in actor.held for table in (_OWN, _WATCHED) if held.post in table
    ]


def _running(duty: _Duty, actor: Actor, column):
    query = select(column).join(Case, TimeNode.case_id == Case.id).where(
        TimeNode.stopped_at.is_(None), among(TimeNode.unit_id, duty.units), among(TimeNode.purpose, duty.purposes),
        may_see(actor))
    return query.where(TimeNode.warn_on <= bindparam("today")) if duty.once_close else query


def _first(duty: _Duty, actor: Actor):
    """Of one purpose and unit, in the order of an index, so that no more is read than is shown."""
    order = TimeNode.warn_on if duty.once_close else func.coalesce(TimeNode.due_on, FAR)
    return _running(duty, actor, TimeNode.id).order_by(order, TimeNode.case_id).limit(bindparam("most"))


@lru_cache(maxsize=256)
def _waiting_for(actor: Actor):
    """Matters at the stage of one of his posts, the longest waiting first."""
    return (
        select(*_COLUMNS, Case.due_on, Case.warn_on, Case.lead_id.label("unit_id"), Matter.purpose.label("matter"),
               Matter.stage, Matter.reached_at)
        .join(Matter, and_(Matter.case_id == Case.id, Matter.settled_at.is_(None)))
        .where(or_(False, *(_his(held) for held in actor.held)), may_see(actor))
        .order_by(Matter.reached_at)
        .limit(MOST)
    )


def _his(held):
    return and_(Matter.stage == held.post, among(Matter.unit_id, held.covers))


def _todo(row, actor: Actor, *, purpose: str | None, today: date) -> Todo:
    glance = Glance(row, actor, purpose=purpose, today=today)
    offers = [offer for offer in glance.offers() if offer.step.first and offer.reason is None]
    relation = "support" if purpose == "part" else "lead" if row.lead_id in actor.units else "office"
    return Todo(row, purpose, relation, row.matter, _preferred(offers, row, today))


def _preferred(offers: list[Offer], row, today: date) -> Offer | None:
    """The first of the table; while there is time to spare, a report comes before a closing, later after it."""
    calm = row.warn_on is not None and row.warn_on > today
    offers = sorted(offers, key=lambda offer: (offer.step.name in ("submit", "finish_part")) == calm)
    return offers[0] if offers else None


def _order(todo: Todo):
    return (todo.row.due_on is None, todo.row.due_on or date.max, todo.row.id)


class Glance(Standing):
    """A standing as far as one row of a list knows it; what it does not know holds."""

    def __init__(self, row, by: Actor, *, purpose: str | None, today: date):
        matter = _GlancedMatter(row.matter, row.stage) if row.matter else None
        part = Assignment(unit_id=row.unit_id, role=SUPPORT) if purpose == "part" else None
        super().__init__(row, matter=matter, hands=[part] if part else [], nodes=[], evidence=1, by=by, today=today)

    @property
    def paused(self) -> bool:
        return bool(self.case.paused)

    @property
    def open_parts(self) -> list:
        return self.supports if self.supports and self.by.units else []

    @property
    def lapsed(self) -> set[str]:
        return {"appeal"}


@dataclass(frozen=True)
class _GlancedMatter:
    purpose: str
    stage: str

    at_last_stage = Matter.at_last_stage


def news(session: Session, actor: Actor, after: datetime) -> list:
    """What he was told of since he last looked, newest first, with the case it concerns."""
    return session.connection().execute(_news(actor.pattern), {"after": after, **actor.given}).all()


@lru_cache(maxsize=256)
def _news(actor: Actor):
    return (
        select(Telling.at, Entry.actor, Entry.unit, Entry.verb, Entry.data, Case.number, Case.title, Case.kind)
        .join(Entry, and_(Entry.stream == Telling.stream, Entry.seq == Telling.seq))
        .join(Case, Case.number == Telling.stream)
        .where(Telling.officer_id == actor.id, Telling.at > bindparam("after", type_=Telling.at.type), may_see(actor))
        .order_by(Telling.at.desc(), Telling.id.desc())
        .limit(NEWS)
    )

