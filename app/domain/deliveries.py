"""How an officer wants to be told outside the program: where to, in which hours never, and whether once a day."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant
from app.domain.errors import Refusals, Refused
from workflows.grammar import N_

EMAIL, WEBHOOK = "email", "webhook"
CHANNELS = {EMAIL: N_("E-mail"), WEBHOOK: N_("Group robot")}
QUIET = ("22:00", "07:00")  # local time
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_ACCOUNT = re.compile(r"[\w.@-]{1,64}")


class Delivery(Base):
    """One officer's settings; who has none is told in the program only."""

    __tablename__ = "deliveries"

    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254))  # where mail goes
    webhook: Mapped[str | None] = mapped_column(String(64))  # his account in the group, to be mentioned
    by_email: Mapped[bool] = mapped_column(Boolean, default=False)
    by_webhook: Mapped[bool] = mapped_column(Boolean, default=False)
    quiet_from: Mapped[str] = mapped_column(String(5), default=QUIET[0])
    quiet_until: Mapped[str] = mapped_column(String(5), default=QUIET[1])
    digest_at: Mapped[str | None] = mapped_column(String(5))  # mail once a day at this local time
    changed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("NOT by_email OR email IS NOT NULL", name="email_has_an_address"),
        CheckConstraint("NOT by_webhook OR webhook IS NOT NULL", name="webhook_has_an_account"),
        CheckConstraint("quiet_from <> quiet_until", name="quiet_has_an_end"),
    )


def of(session: Session, officer_id: int) -> Delivery | None:
    return session.get(Delivery, officer_id)


def change(session: Session, officer_id: int, *, at: datetime, email: str, webhook: str, by_email: bool,
           by_webhook: bool, quiet_from: str, quiet_until: str, digest_at: str) -> Delivery:
    """Set everything at once; Refusals name each field that cannot be so."""
    email, webhook = email.strip(), webhook.strip()
    refusals = [*_checked(email, webhook, by_email, by_webhook), *_times(quiet_from, quiet_until, digest_at)]
    if refusals:
        raise Refusals(refusals)
    found = of(session, officer_id) or Delivery(officer_id=officer_id)
    found.email, found.webhook, found.by_email, found.by_webhook = email or None, webhook or None, by_email, by_webhook
    found.quiet_from, found.quiet_until, found.digest_at = quiet_from, quiet_until, digest_at or None
    found.changed_at = at
    session.add(found)
    session.flush()
    return found


def is_address(text: str) -> bool:
    """Whether mail can be written to it: RFC 5321's plain form, at most 254 characters."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def _checked(email: str, webhook: str, by_email: bool, by_webhook: bool):
    if email and not is_address(email):
        yield Refused(N_("This is no mail address we can write to."), field="email")
    elif by_email and not email:
        yield Refused(N_("Please say where mail should go."), field="email")
    if webhook and not _ACCOUNT.fullmatch(webhook):
        yield Refused(N_("An account in the group has at most 64 letters, digits, dots and dashes."), field="webhook")
    elif by_webhook and not webhook:
        yield Refused(N_("Please say whom the robot should mention."), field="webhook")


def _times(quiet_from: str, quiet_until: str, digest_at: str):
    given = {"quiet_from": quiet_from, "quiet_until": quiet_until} | ({"digest_at": digest_at} if digest_at else {})
    wrong = [name for name, text in given.items() if _time(text) is None]
    for name in wrong:
        yield Refused(N_("A time of day is written like 07:30."), field=name)
    if wrong:
        return
    if quiet_from == quiet_until:
        yield Refused(N_("Quiet hours begin and end at different times."), field="quiet_until")
    elif digest_at and _is_within(_time(digest_at), _time(quiet_from), _time(quiet_until)):
        yield Refused(N_("The one mail a day would fall into the quiet hours."), field="digest_at")


def _time(text: str) -> time | None:
    return time.fromisoformat(text) if re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text) else None


def _is_within(clock: time, since: time, until: time) -> bool:
    """Whether a time of day lies in hours that may go across midnight; the last minute is no longer in them."""
    return since <= clock < until if since < until else clock >= since or clock < until


def quiet_until(at: datetime, since: str, until: str, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that `at` lies in are over; None outside of them."""
    local = at.astimezone(zone)
    if not _is_within(local.time(), _time(since), _time(until)):
        return None
    end = _at(local, _time(until), zone)
    return end if end > at else _at(local + timedelta(days=1), _time(until), zone)


def next_digest(after: datetime, clock: str, zone: ZoneInfo) -> datetime:
    """The first moment at this local time that is not before `after`."""
    local = after.astimezone(zone)
    today = _at(local, _time(clock), zone)
    return today if today >= after else _at(local + timedelta(days=1), _time(clock), zone)


def _at(day: datetime, clock: time, zone: ZoneInfo) -> datetime:
    """A local time as a moment that exists, in UTC: PEP 495 moves what a change of clocks leaves out forward."""
    from_zone = datetime.combine(day.date(), clock, tzinfo=zone)
    return from_zone.astimezone(_UTC)


_UTC = ZoneInfo("UTC")
