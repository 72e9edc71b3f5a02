"""Cases, whose hands they are in, and who may see them."""

from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    exists,
    false,
    func,
    inspect,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import FAR, Base, Instant, among, only
from app.domain.people import Actor

LEAD, SUPPORT = "lead", "support"
OVER = ("reviewed", "ended")


class Case(Base):
    __tablename__ = "cases"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)
    redacted: Mapped[str | None] = mapped_column(Text)  # what the unit complained of works from
    source: Mapped[str] = mapped_column(String(120))
    outside_number: Mapped[str | None] = mapped_column(String(200))
    klass: Mapped[str | None] = mapped_column("class", String(120))
    grade: Mapped[str] = mapped_column(String(20))
    indicator: Mapped[str | None] = mapped_column(String(120))
    place: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Instant)
    filed_at: Mapped[datetime] = mapped_column(Instant)
    filed_on: Mapped[date]
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    complained_of_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    proposal: Mapped[dict | None] = mapped_column(JSON)  # lead, supports, date as the imported ledger names them
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("errands.id"))

    request: Mapped[str | None] = mapped_column(Text)
    basis: Mapped[str | None] = mapped_column(Text)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    dispatched_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_for_at: Mapped[datetime | None] = mapped_column(Instant)
    objected: Mapped[bool] = mapped_column(Boolean, default=False)
    designated: Mapped[bool] = mapped_column(Boolean, default=False)
    standing: Mapped[bool] = mapped_column(Boolean, default=False)
    escalated: Mapped[bool] = mapped_column(Boolean, default=False)
    listed: Mapped[bool] = mapped_column(Boolean, default=False)
    sealed: Mapped[bool] = mapped_column(Boolean, default=False)
    needs_evidence: Mapped[bool] = mapped_column(Boolean, default=False)
    ended_from: Mapped[str | None] = mapped_column(String(20))
    redone: Mapped[int] = mapped_column(Integer, default=0)
    reopened: Mapped[int] = mapped_column(Integer, default=0)
    takers: Mapped[dict] = mapped_column(JSON, default=dict)  # step → the officer who took it last

    version: Mapped[int] = mapped_column(Integer)  # seq of the last entry that moved state, hands or a matter
    touched_at: Mapped[datetime] = mapped_column(Instant)
    due_on: Mapped[date | None]  # projections of the leading time node, written by the clocks
    warn_on: Mapped[date | None]
    paused: Mapped[bool] = mapped_column(Boolean, default=False)

    __table_args__ = (
        # Exactly one lead unit from dispatch on, none before it or after an upheld objection.
        CheckConstraint("(dispatched_at IS NULL) = (lead_id IS NULL)", name="lead_from_dispatch_on"),
        CheckConstraint("state <> 'filed' OR lead_id IS NULL", name="filed_has_no_lead"),
        CheckConstraint("state IN ('filed', 'ended') OR lead_id IS NOT NULL", name="handed_has_a_lead"),
        Index("ix_cases_outside", "source", "outside_number", unique=True),
        Index("ix_cases_state_due", "state", func.coalesce("due_on", FAR), "id"),
        Index("ix_cases_state", "state", "id"),
        Index("ix_cases_kind", "kind", "id"),
        Index("ix_cases_lead", "lead_id", "id"),
        Index("ix_cases_filed_on", "filed_on", "id"),
        Index("ix_cases_origin", "origin_id"),
        Index("ix_cases_batch", "batch_id"),
    )


class Assignment(Base):
    """One unit's hand in one case. At most one living lead, and no unit twice: a lead is never also a support."""

    __tablename__ = "assignments"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    role: Mapped[str] = mapped_column(String(8))
    task: Mapped[str | None] = mapped_column(Text)
    node_no: Mapped[int | None]  # the support's own time node
    joined_at: Mapped[datetime] = mapped_column(Instant)
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("role IN ('lead', 'support')", name="role"),
        Index("ix_assignments_case", "case_id", "id"),
        Index("ix_assignments_one_lead", "case_id", unique=True, **only(and_(role == LEAD, left_at.is_(None)))),
        Index("ix_assignments_once", "case_id", "unit_id", unique=True, **only(left_at.is_(None))),
        Index("ix_assignments_unit", "unit_id", "case_id", **only(left_at.is_(None))),
    )


class Naming(Base):
    """An officer named on a sealed case: for all others it is not there."""

    __tablename__ = "namings"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"), primary_key=True)


class Note(Base):
    """A column of an imported ledger that has no field of its own, kept under its own heading."""

    __tablename__ = "notes"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    no: Mapped[int] = mapped_column(Integer, primary_key=True)
    label: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)


@lru_cache(maxsize=256)
def may_see(actor: Actor):
    """The one rule of sight, as a condition on `Case`.

    Office, leaders and auditors: every case that is not sealed. A unit: where it leads or supports. Others: nothing.
    A sealed case: only who is named on it.
    """
    if actor.id is None:
        return false()
    if actor.sees_every_case:
        ground = None
    elif actor.units:
        hand = and_(Assignment.case_id == Case.id, among(Assignment.unit_id, actor.units), Assignment.left_at.is_(None))
        ground = exists().where(hand).correlate(Case)
    else:
        return false()
    named = exists().where(Naming.case_id == Case.id, Naming.officer_id == actor.id).correlate(Case)
    unsealed = or_(Case.sealed.is_(False), named)
    return unsealed if ground is None else and_(ground, unsealed)


@lru_cache(maxsize=256)
def visible_to(actor: Actor) -> Select:
    return select(Case).where(may_see(actor))


def find(session: Session, number: str, actor: Actor, *, to_write: bool = False) -> Case | None:
    """The case of this number, if this actor may see it; locked where it is going to be written."""
    if "\0" in number:  # which PostgreSQL takes in no text
        return None
    return session.scalar(_numbered(actor.pattern, to_write), {"number": number, **actor.given})


def glance(session: Session, number: str, actor: Actor):
    """The same, to be looked at only."""
    if "\0" in number:
        return None
    return session.connection().execute(_columns_of(actor.pattern), {"number": number, **actor.given}).first()


@lru_cache(maxsize=256)
def _columns_of(actor: Actor) -> Select:
    columns = (getattr(Case, each.key).label(each.key) for each in inspect(Case).column_attrs)
    return select(*columns).where(may_see(actor), Case.number == bindparam("number"))


@lru_cache(maxsize=256)
def _numbered(actor: Actor, to_write: bool) -> Select:
    query = visible_to(actor).where(Case.number == bindparam("number"))
    return query.with_for_update(of=Case) if to_write else query


def sealed_to(session: Session, numbers, actor: Actor) -> set[str]:
    """Those of these numbers that stand for sealed cases on which this actor is not named."""
    named = exists().where(Naming.case_id == Case.id, Naming.officer_id == (actor.id or 0)).correlate(Case)
    query = select(Case.number).where(Case.number.in_(sorted(numbers)), Case.sealed.is_(True), ~named)
    return set(session.scalars(query))


def related(session: Session, case, actor: Actor) -> list:
    """The case that a case came from, and those that it led to, as far as this actor sees them."""
    return session.connection().execute(_related(actor.pattern), {
        "of": case.id, "origin": case.origin_id, **actor.given}).all()


@lru_cache(maxsize=256)
def _related(actor: Actor) -> Select:
    wanted = or_(Case.origin_id == bindparam("of"), Case.id == bindparam("origin"))
    return select(Case.number, Case.title, Case.state, Case.kind).where(may_see(actor), wanted).order_by(
        Case.id.desc()).limit(8)


def is_blind(case, actor: Actor) -> bool:
    """Whether this actor sees the redacted text only: somebody of the unit complained of, without consent."""
    return case.complained_of_id is not None and not actor.sees_every_case and case.complained_of_id in actor.units


def hands(session: Session, case_id: int) -> list[Assignment]:
    """Whose hands it is in now: the lead and the supports."""
    return list(session.scalars(_HANDS, {"of": case_id}))


_HANDS = select(Assignment).where(Assignment.case_id == bindparam("of"), Assignment.left_at.is_(None)).order_by(
    Assignment.id)
