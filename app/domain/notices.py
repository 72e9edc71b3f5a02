"""Notices: numbered papers to a unit, prepared, signed, received, answered and judged; and who may do which of it."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import ForeignKey, Index, Integer, String, Text, and_, bindparam, exists, false, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant, among
from app.domain.cases import Case, Naming
from app.domain.clocks import TimeNode
from app.domain.people import Actor
from workflows.grammar import N_

PREPARED, ISSUED, RECEIVED, REPLIED, JUDGED, WITHDRAWN = (
    "prepared", "issued", "received", "replied", "judged", "withdrawn")
STATES = {
    PREPARED: N_("Waits for signature"), ISSUED: N_("Issued"), RECEIVED: N_("Receipt signed"), REPLIED: N_("Replied"),
    JUDGED: N_("Judged"), WITHDRAWN: N_("Withdrawn"),
}


@dataclass(frozen=True)
class Form:
    """A kind of notice: the rung it belongs to, its colour, and the working days within which it is to be answered."""

    name: str
    level: int
    label: str
    colour: str
    days: int
    prefix: str  # of its number


FORMS = {form.name: form for form in (
    Form("urge", 1, N_("Urging slip"), "yellow", 3, "催"),
    Form("supervise", 2, N_("Supervision notice"), "orange", 5, "督"),
    Form("circular", 3, N_("Circular of criticism"), "red", 5, "通"),
    Form("summons", 4, N_("Notice of a talk"), "red", 5, "约"),
    Form("listing", 5, N_("Supervised listing"), "red", 10, "挂"),
    Form("suggestion", 6, N_("Letter suggesting accountability"), "red", 10, "问"),
)}


@dataclass(frozen=True)
class Act:
    """One line of the table: who takes a notice from where to where. `by_unit`: with a post of the addressed unit."""

    name: str
    label: str
    sources: tuple[str, ...]
    to: str
    by: tuple[str, ...]
    by_unit: bool = False


ACTS = {act.name: act for act in (
    Act("sign", N_("Sign and issue"), (PREPARED,), ISSUED, ("director",)),
    Act("withdraw", N_("Withdraw"), (PREPARED,), WITHDRAWN, ("director", "supervisor")),
    Act("receive", N_("Sign the receipt"), (ISSUED,), RECEIVED, ("liaison", "principal"), by_unit=True),
    Act("reply", N_("Reply"), (RECEIVED,), REPLIED, ("liaison", "principal"), by_unit=True),
    Act("judge", N_("Judge the reply"), (REPLIED,), JUDGED, ("supervisor",)),
)}
OTHER_ACTS = {"prepare": N_("Prepare a notice"), "urge": N_("Urge at once"), "remark": N_("Write an instruction on it")}


def label_of(act: str) -> str:
    return ACTS[act].label if act in ACTS else OTHER_ACTS[act]


VERDICTS = {"enough": N_("Enough"), "not_enough": N_("Not enough")}


class Notice(Base):
    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    form: Mapped[str] = mapped_column(String(20))
    year: Mapped[int | None]
    serial: Mapped[int | None]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    state: Mapped[str] = mapped_column(String(12))
    requirement: Mapped[str] = mapped_column(Text)
    days: Mapped[int]  # working days to reply in, from the day it is issued
    reply_on: Mapped[date | None]  # as the paper says; where it has moved since, its time node knows
    prepared_at: Mapped[datetime] = mapped_column(Instant)
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))  # None: the ladder
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    issued_at: Mapped[datetime | None] = mapped_column(Instant)
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    received_at: Mapped[datetime | None] = mapped_column(Instant)
    reply: Mapped[str | None] = mapped_column(Text)
    replied_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    replied_at: Mapped[datetime | None] = mapped_column(Instant)
    verdict: Mapped[str | None] = mapped_column(String(12))
    opinion: Mapped[str | None] = mapped_column(Text)
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    judged_at: Mapped[datetime | None] = mapped_column(Instant)
    remark: Mapped[str | None] = mapped_column(Text)  # 批示
    remarked_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int]

    __table_args__ = (
        Index("ix_notices_number", "form", "year", "serial", unique=True),
        Index("ix_notices_state", "state", "id"),
        Index("ix_notices_unit", "unit_id", "id"),
    )

    @property
    def number(self) -> str | None:
        """〔2026〕12号; none before it is issued, so that a withdrawn paper leaves no gap."""
        return written(self.form, self.year, self.serial)


class Subject(Base):
    """A case that a notice is about, with what was late on the day it was prepared."""

    __tablename__ = "notice_cases"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    node_no: Mapped[int | None]
    purpose: Mapped[str] = mapped_column(String(20))
    due_on: Mapped[date | None]
    days_late: Mapped[int]


def written(form: str, year: int | None, serial: int | None) -> str | None:
    return None if serial is None else f"{FORMS[form].prefix}〔{year}〕{serial}号"


@lru_cache(maxsize=256)
def visible_to(actor: Actor):
    """The office, leaders and auditors see every issued notice, the office also what waits; a unit those to itself.

    A notice about a sealed case is there only for those named on the case.
    """
    if actor.id is None:
        return false()
    named = exists().where(Naming.case_id == Case.id, Naming.officer_id == actor.id).correlate(Case)
    hidden = exists().where(Subject.notice_id == Notice.id, Case.id == Subject.case_id, Case.sealed.is_(True), ~named)
    unsealed = ~hidden.correlate(Notice)
    if actor.is_of_office:
        return unsealed
    issued = and_(Notice.issued_at.is_not(None), unsealed)
    return issued if actor.sees_every_case else and_(among(Notice.unit_id, actor.units), issued)


def find(session: Session, id: int, actor: Actor, *, to_write: bool = False) -> Notice | None:
    query = select(Notice).where(Notice.id == id, visible_to(actor))
    return session.scalar(query.with_for_update() if to_write else query)


def subjects(session: Session, notice_id: int) -> list:
    """The cases of a notice: number, title and what was late."""
    return session.connection().execute(_SUBJECTS, {"of": notice_id}).all()


def subjects_of(session: Session, ids: list[int]) -> dict[int, list[str]]:
    """Notice → the numbers of its cases."""
    found: dict[int, list[str]] = {}
    if ids:
        for notice_id, number in session.connection().execute(_NUMBERS, {"ids": ids}):
            found.setdefault(notice_id, []).append(number)
    return found


_NUMBERS = select(Subject.notice_id, Case.number).join(Case, Case.id == Subject.case_id).where(
    Subject.notice_id.in_(bindparam("ids", expanding=True))).order_by(Subject.case_id)
_SUBJECTS = select(
    Subject.case_id, Subject.node_no, Subject.purpose, Subject.due_on, Subject.days_late, Case.number, Case.title,
    Case.kind, Case.state, Case.sealed,
).join(Case, Case.id == Subject.case_id).where(Subject.notice_id == bindparam("of")).order_by(Subject.case_id)


def waiting(session: Session, actor: Actor, most: int) -> list:
    """What somebody has to do with notices: sign, receive, reply, judge; the oldest first."""
    query = _waiting_for(actor.pattern)
    return session.connection().execute(query, {"most": most, **actor.given}).all()


@lru_cache(maxsize=256)
def _waiting_for(actor: Actor):
    return waiting_for(actor).limit(bindparam("most"))


@lru_cache(maxsize=256)
def waiting_for(actor: Actor):
    """The same as a select; of a pattern, it is given who it is about when it is run."""
    whose = []
    for act in ACTS.values():
        if act.name == "withdraw":
            continue
        for held in actor.held:
            if held.post in act.by:
                mine = among(Notice.state, act.sources)
                whose.append(mine & among(Notice.unit_id, held.covers) if act.by_unit else mine)
    return listed().where(or_(*whose) if whose else false(), visible_to(actor)).order_by(Notice.id)


def listed():
    """Notices as lists show them, each with the dates of its newest reply limit."""
    newest = select(func.max(TimeNode.id)).where(TimeNode.notice_id == Notice.id).correlate(Notice).scalar_subquery()
    return select(
        Notice.id, Notice.form, Notice.year, Notice.serial, Notice.unit_id, Notice.state, Notice.prepared_at,
        Notice.issued_at, Notice.version, func.coalesce(TimeNode.due_on, Notice.reply_on).label("due_on"),
        TimeNode.warn_on, TimeNode.stopped_on, TimeNode.provisional,
    ).outerjoin(TimeNode, TimeNode.id == newest)


def limit(session: Session, notice_id: int) -> TimeNode | None:
    """The time node of its reply limit, the newest of them."""
    return session.scalar(_LIMIT, {"of": notice_id})


_LIMIT = select(TimeNode).where(TimeNode.notice_id == bindparam("of")).order_by(TimeNode.id.desc()).limit(1)


def of_cases(session: Session, case_ids: list[int]) -> dict[int, list]:
    """Case → the notices that were issued about it."""
    found: dict[int, list] = {}
    for row in session.connection().execute(_OF_CASES, {"ids": case_ids}):
        found.setdefault(row.case_id, []).append(row)
    return found


_OF_CASES = select(
    Subject.case_id, Notice.id, Notice.form, Notice.year, Notice.serial, Notice.state, Notice.unit_id,
    Notice.issued_at, Notice.reply, Notice.verdict,
).join(Subject, Subject.notice_id == Notice.id).where(
    Subject.case_id.in_(bindparam("ids", expanding=True)), Notice.issued_at.is_not(None)).order_by(Notice.id)
