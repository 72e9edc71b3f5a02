"""Looking back by lot (回头看抽查): what was announced and drawn, who looks at which case until when, what he found."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain import trail
from app.domain.base import Base, Instant, only
from app.domain.cases import Case, may_see
from app.domain.checkpoints import Checkpoint
from app.domain.clocks import TimeNode
from app.domain.people import Actor
from app.domain.trail import Entry
from app.domain.tree import Leaf
from workflows.grammar import N_

MOST = 5_000  # cases in one population; they stand in one entry
LOOKED_AT = ("closed", "reviewed")
CLOSING = ("call_back", "look_back")  # the terms that start when a case is closed
MUSTS = {
    "major": N_("Major"), "reopened": N_("Reopened before"), "redone": N_("Handled again"),
    "overdue": N_("Closed late"), "dissatisfied": N_("Complainant dissatisfied"), "appealed": N_("Appealed"),
}
HELD = "held"
RESULTS = {
    HELD: N_("Put right indeed"), "figures": N_("Put right in figures only"), "paper": N_("Put right on paper only"),
    "form": N_("Put right in form only"), "relapsed": N_("Relapsed"),
}


class Lookback(Base):
    __tablename__ = "lookbacks"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    year: Mapped[int]
    serial: Mapped[int]
    kind: Mapped[str | None] = mapped_column(String(20))
    klass: Mapped[str | None] = mapped_column("class", String(120))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    since: Mapped[date]
    until: Mapped[date]
    share: Mapped[int]  # of the rest, in percent
    musts: Mapped[list] = mapped_column(JSON)
    count: Mapped[int]
    announced_at: Mapped[datetime] = mapped_column(Instant)
    announced_by_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    announced_seq: Mapped[int]  # in the stream of the office
    drawn_at: Mapped[datetime | None] = mapped_column(Instant)
    drawn_seq: Mapped[int | None]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_lookbacks_number", "year", "serial", unique=True),)

    @property
    def number(self) -> str:
        return f"回〔{self.year}〕{self.serial}号"


class Look(Base):
    """One case of a population; with an officer and a date once it is drawn, with a result once it was looked at."""

    __tablename__ = "lookback_cases"

    lookback_id: Mapped[int] = mapped_column(ForeignKey("lookbacks.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    musts: Mapped[list] = mapped_column(JSON)  # why it must be looked at
    place: Mapped[int | None] = mapped_column(Integer)  # in the draw
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    due_on: Mapped[date | None]
    result: Mapped[str | None] = mapped_column(String(12))
    finding: Mapped[str | None] = mapped_column(Text)
    looked_at: Mapped[datetime | None] = mapped_column(Instant)
    looked_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    reopened: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        Index("ix_lookback_cases_open", "officer_id", "due_on", **only(place.is_not(None) & result.is_(None))),
    )


@dataclass(frozen=True)
class Rule:
    """Which cases are announced: closed in a period, of a kind, a class, a unit; what must be, and what share else."""

    since: date
    until: date
    share: int
    musts: tuple[str, ...] = ()
    kind: str | None = None
    klass: str | None = None
    unit_id: int | None = None


def population(session: Session, rule: Rule, *, most: int = MOST) -> list:
    """Rows (id, number, grade, reopened, redone) of what fits, in the order of their numbers. A sealed case is in none:
    whoever is not named on it would learn of it by the announcement."""
    closed = select(TimeNode.case_id, func.max(TimeNode.started_on).label("on")).where(
        TimeNode.purpose.in_(CLOSING)).group_by(TimeNode.case_id).subquery()
    query = select(Case.id, Case.number, Case.grade, Case.reopened, Case.redone).join(
        closed, closed.c.case_id == Case.id).where(
        Case.state.in_(LOOKED_AT), Case.sealed.is_(False), closed.c.on.between(rule.since, rule.until))
    for column, wanted in ((Case.kind, rule.kind), (Case.klass, rule.klass), (Case.lead_id, rule.unit_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    return sorted(session.execute(query.limit(most + 1)), key=lambda row: row.number.encode())


def musts(session: Session, rows: list, wanted) -> dict[int, list[str]]:
    """Case → why it must be looked at, of the reasons that the rule names."""
    late = TimeNode.purpose.in_(("handle", "part")) & (TimeNode.stopped_on > TimeNode.due_on)
    found = {
        "major": {row.id for row in rows if row.grade == "major"},
        "reopened": {row.id for row in rows if row.reopened}, "redone": {row.id for row in rows if row.redone},
        "overdue": _having(session, rows, late),
        "appealed": _having(session, rows, TimeNode.purpose == "appeal_answer"),
        "dissatisfied": _dissatisfied(session, rows),
    }
    return {row.id: [name for name in MUSTS if name in wanted and row.id in found[name]] for row in rows}


def _having(session: Session, rows: list, condition) -> set[int]:
    found: set[int] = set()
    for at in range(0, len(rows), 500):
        ids = [row.id for row in rows[at : at + 500]]
        found |= set(session.scalars(select(TimeNode.case_id).where(TimeNode.case_id.in_(ids), condition)))
    return found


def _dissatisfied(session: Session, rows: list) -> set[int]:
    """By what the last review says."""
    ids, said = {row.number: row.id for row in rows}, {}
    for at in range(0, len(rows), 500):
        streams = [row.number for row in rows[at : at + 500]]
        query = select(Entry.stream, Entry.data).where(
            Entry.stream.in_(streams), Entry.verb == "stepped", Entry.data.like('%"step":"review"%')
        ).order_by(Entry.stream, Entry.seq)
        said |= {stream: '"asked":"dissatisfied"' in data for stream, data in session.execute(query)}
    return {ids[stream] for stream, is_so in said.items() if is_so}


def first_checkpoint(session: Session, lookback: Lookback):
    """The first one whose tree holds the announcement; None before it is signed."""
    place = select(Leaf.position).where(
        Leaf.stream == trail.OFFICE, Leaf.seq == lookback.announced_seq).scalar_subquery()
    query = select(*Checkpoint.__table__.columns).where(Checkpoint.size > place).order_by(Checkpoint.id).limit(1)
    return session.execute(query).first()


def find(session: Session, id: int, *, to_write: bool = False) -> Lookback | None:
    query = select(Lookback).where(Lookback.id == id)
    return session.scalar(query.with_for_update() if to_write else query)


def entry(session: Session, seq: int) -> Entry:
    return session.scalars(select(Entry).where(Entry.stream == trail.OFFICE, Entry.seq == seq)).one()


def rows(actor: Actor, *, drawn: bool):
    """The cases of lookback `of` that this reader may see: those that were drawn, or the whole population."""
    columns = (Case.id, Case.number, Case.title, Case.kind, Case.state, Case.lead_id, Look.musts, Look.place,
               Look.officer_id, Look.due_on, Look.result, Look.finding, Look.looked_at, Look.looked_by_id,
               Look.reopened)
    query = select(*columns).join(Case, Case.id == Look.case_id).where(
        Look.lookback_id == bindparam("of"), may_see(actor))
    return query.where(Look.place.is_not(None)).order_by(Look.place) if drawn else query.order_by(Case.number)


def waiting_for(actor: Actor):
    """What he still has to look at, the first due first."""
    return select(Case.number, Case.title, Case.kind, Look.lookback_id, Look.due_on).join(
        Case, Case.id == Look.case_id).where(
        Look.officer_id == actor.id, Look.place.is_not(None), Look.result.is_(None), may_see(actor),
    ).order_by(Look.due_on, Case.id)
