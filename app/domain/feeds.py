"""An officer's calendar at a secret address: open time nodes of his units, as a calendar program asks for them.

The address holds 128 random bits and is kept as their SHA-256 only. It lives as long as one of the posts he held when
it was made; a post given later brings nothing back to life.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, and_, bindparam, delete, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant
from app.domain.cases import Case, may_see
from app.domain.clocks import TimeNode
from app.domain.people import Actor, Officer, Post
from app.domain.trail import Entry, Head

MOST = 1000


class Feed(Base):
    __tablename__ = "feeds"

    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of what stands in the address
    made_at: Mapped[datetime] = mapped_column(Instant)


def of(session: Session, officer_id: int) -> Feed | None:
    """His feed, if its address still answers."""
    return session.scalar(_LIVING.where(Feed.officer_id == officer_id))


def renew(session: Session, officer_id: int, *, at: datetime) -> str:
    """A new address, returned this once; the old one is dead."""
    revoke(session, officer_id)
    token = secrets.token_urlsafe(16)
    session.add(Feed(officer_id=officer_id, token=digest(token), made_at=at))
    session.flush()
    return token


def revoke(session: Session, officer_id: int) -> None:
    session.execute(delete(Feed).where(Feed.officer_id == officer_id))


def behind(session: Session, token: str) -> Feed | None:
    """The living feed of an address; one look-up by digest, found or not, so that time tells nothing."""
    return session.scalar(_LIVING.where(Feed.token == digest(token)))


def digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


_POST = exists().where(Post.officer_id == Feed.officer_id, Post.until.is_(None), Post.since <= Feed.made_at)
_LIVING = select(Feed).join(Officer, Officer.id == Feed.officer_id).where(Officer.left_at.is_(None), _POST)


@dataclass(frozen=True)
class Date:
    """One day of the calendar: which case, what for, when; and how often it has changed."""

    number: str
    node: int
    purpose: str
    due_on: date
    provisional: bool
    revision: int  # of the case's stream, so that it grows with every change
    changed_at: datetime


def dates(session: Session, actor: Actor) -> list[Date]:
    """Open time nodes of the units he has a post in, by due date; never of a sealed case, were he named on it."""
    units = {id for held in actor.held for id in held.covers}
    query = (
        select(Case.number, TimeNode.no, TimeNode.purpose, TimeNode.due_on, TimeNode.provisional, Head.seq, Entry.at)
        .join(TimeNode, TimeNode.case_id == Case.id)
        .join(Head, Head.stream == Case.number)
        .join(Entry, and_(Entry.stream == Head.stream, Entry.seq == Head.seq))
        .where(TimeNode.stopped_at.is_(None), TimeNode.due_on.is_not(None), TimeNode.unit_id.in_(units),
               Case.sealed.is_(False), may_see(actor))
        .order_by(TimeNode.due_on, Case.id, TimeNode.no)
        .limit(bindparam("most"))
    )
    return [Date(*row) for row in session.execute(query, {"most": MOST})]
