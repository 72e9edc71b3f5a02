"""Saved views of the ledger: query strings with a name, an officer's own or the office's."""

from sqlalchemy import ForeignKey, Index, Integer, String, bindparam, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base


class View(Base):
    __tablename__ = "views"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(500))

    __table_args__ = (Index("ix_views_officer", "officer_id", "name", unique=True),)


def of(session: Session, officer_id: int) -> list:
    return list(session.connection().execute(_OF, {"of": officer_id}))


_OF = select(View.id, View.officer_id, View.name, View.query).where(
    or_(View.officer_id == bindparam("of"), View.officer_id.is_(None))).order_by(View.id)
