"""The dispatch catalogue (派单目录): which unit leads which class of matter, on what basis, at what grade."""

from datetime import date

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base


class CatalogueRow(Base):
    __tablename__ = "catalogue"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    item: Mapped[str] = mapped_column(String(40))  # 3.2
    kind: Mapped[str] = mapped_column(String(20))
    klass: Mapped[str] = mapped_column("class", String(120))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    grade: Mapped[str | None] = mapped_column(String(20))
    basis: Mapped[str] = mapped_column(String(300))
    needs_evidence: Mapped[bool] = mapped_column(Boolean)
    since: Mapped[date]
    until: Mapped[date | None]

    __table_args__ = (Index("ix_catalogue_class", "kind", "class"),)


def proposal(session: Session, *, kind: str, klass: str | None, on: date) -> CatalogueRow | None:
    """The row in force for a class of a kind, the latest first."""
    if not klass:
        return None
    in_force = (CatalogueRow.since <= on, or_(CatalogueRow.until.is_(None), CatalogueRow.until > on))
    return session.scalar(
        select(CatalogueRow)
        .where(CatalogueRow.kind == kind, CatalogueRow.klass == klass, *in_force)
        .order_by(CatalogueRow.since.desc(), CatalogueRow.id.desc())
        .limit(1)
    )


def classes(session: Session, kind: str | None = None) -> list[str]:
    query = select(CatalogueRow.klass).distinct().where(CatalogueRow.until.is_(None)).order_by(CatalogueRow.klass)
    return list(session.scalars(query if kind is None else query.where(CatalogueRow.kind == kind)))
