"""The outbox: who is to be told of which entry. Written in the transaction of the entry itself."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain import bundles, letters
from app.domain.base import Base, Instant
from app.domain.rows import Many
from app.domain.trail import Written


class Telling(Base):
    __tablename__ = "tellings"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    stream: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_tellings_officer", "officer_id", "at"),
        Index("ix_tellings_entry", "stream", "seq"),
    )


def tell(session: Session, entry: Written, officers, *, but: int | None = None) -> None:
    """Let these officers know of an entry, each once, and not the one who made it."""
    rows = [
        {"officer_id": officer, "stream": entry.stream, "seq": entry.seq, "at": entry.at}
        for officer in dict.fromkeys(officers)
        if officer != but
    ]
    if rows:
        bundles.write(session, _ADD, rows)
        letters.write(session, entry.stream, entry.seq)


_ADD = Many(Telling.__table__, "officer_id", "stream", "seq", "at")


def since(officer_id: int, after: datetime, limit: int = 12):
    """What an officer was told of after a moment, newest first."""
    return (
        select(Telling.stream, Telling.seq, Telling.at)
        .where(Telling.officer_id == officer_id, Telling.at > after)
        .order_by(Telling.at.desc(), Telling.id.desc())
        .limit(limit)
    )


def of_stream(stream: str):
    """Who was told of which entry of a stream, and when he read it."""
    return select(Telling.seq, Telling.officer_id, Telling.at, Telling.read_at).where(
        Telling.stream == stream).order_by(Telling.seq, Telling.id)


def pass_on(session: Session, *, of: int, to: int) -> None:
    session.execute(update(Telling).where(Telling.officer_id == of, Telling.read_at.is_(None)).values(officer_id=to))
