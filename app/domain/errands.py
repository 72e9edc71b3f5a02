"""Long work as rows: claimed by one worker, showing how far it is, resumed from the database after any death."""

from datetime import datetime, timedelta

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant, only

WAITING, DONE, FAILED = "waiting", "done", "failed"
CLAIM = timedelta(minutes=2)


class Lost(Exception):
    """Somebody else has taken the errand over, or ended it."""


class Errand(Base):
    __tablename__ = "errands"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    what: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    progress: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    result: Mapped[dict | None] = mapped_column(JSON)
    trouble: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_errands_waiting", "id", **only(state == WAITING)),
    )

    @property
    def is_over(self) -> bool:
        return self.state in (DONE, FAILED)


def ask(session: Session, what: str, payload: dict, *, by: int | None, at: datetime, total: int = 0) -> Errand:
    errand = Errand(what=what, payload=payload, state=WAITING, officer_id=by, asked_at=at, progress=0, total=total)
    session.add(errand)
    session.flush()
    session.info["asked"] = True  # so that whoever commits it knows to ring for the worker
    return errand


def claim(session: Session, worker: str, *, at: datetime, what: str | None = None, id: int | None = None) -> int | None:
    """Take the oldest errand that nobody works on; by compare-and-set, so that one worker gets it."""
    query = waiting(at=at)
    if what is not None:
        query = query.where(Errand.what == what)
    if id is not None:
        query = query.where(Errand.id == id)
    for found in session.scalars(query.limit(20)).all():
        mine = update(Errand).where(Errand.id == found, Errand.state == WAITING, _is_free(at))
        if session.execute(mine.values(claimed_by=worker, claimed_until=at + CLAIM)).rowcount:
            return found
    return None


def waiting(*, at: datetime):
    """The ids of what nobody works on, the oldest first."""
    return select(Errand.id).where(Errand.state == WAITING, _is_free(at)).order_by(Errand.id)


def _is_free(at: datetime):
    return or_(Errand.claimed_until.is_(None), Errand.claimed_until < at)


def go_on(errand: Errand, *, progress: int, at: datetime) -> None:
    """Say how far it is, and keep the claim."""
    errand.progress, errand.claimed_until = progress, at + CLAIM


def end(errand: Errand, *, at: datetime, result: dict | None = None, trouble: str | None = None) -> None:
    errand.state = FAILED if trouble else DONE
    errand.result, errand.trouble, errand.ended_at, errand.claimed_until = result, trouble, at, None


def release(errand: Errand) -> None:
    errand.claimed_by = errand.claimed_until = None
