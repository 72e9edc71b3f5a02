"""What somebody has typed into a long form and not yet sent; it outlives a lost session."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, bindparam, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant


class Draft(Base):
    __tablename__ = "drafts"

    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    form: Mapped[str] = mapped_column(String(80), primary_key=True)  # new/complaint, TS-2026-0001/submit
    fields: Mapped[dict] = mapped_column(JSON)
    saved_at: Mapped[datetime] = mapped_column(Instant)


def keep(session: Session, officer_id: int, form: str, fields: dict, *, at: datetime) -> None:
    session.merge(Draft(officer_id=officer_id, form=form, fields=fields, saved_at=at))


def of(session: Session, officer_id: int, form: str) -> Draft | None:
    return session.get(Draft, (officer_id, form))


def drop(session: Session, officer_id: int, form: str) -> None:
    session.connection().execute(_DROP, {"of": officer_id, "called": form})


_TABLE = Draft.__table__
_DROP = delete(_TABLE).where(_TABLE.c.officer_id == bindparam("of"), _TABLE.c.form == bindparam("called"))
