"""Column mappings kept by the office: which heading of whose ledger means which field."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant


class Mapping(Base):
    __tablename__ = "mappings"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    source: Mapped[str | None] = mapped_column(String(120))
    columns: Mapped[dict] = mapped_column(JSON)  # heading → field
    saved_at: Mapped[datetime] = mapped_column(Instant)
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))

    __table_args__ = (Index("ix_mappings_source", "kind", "source"),)


def named(session: Session, name: str) -> Mapping | None:
    return session.scalar(select(Mapping).where(Mapping.name == name))


def of_source(session: Session, kind: str, source: str) -> Mapping | None:
    """The one kept last for this source."""
    query = select(Mapping).where(Mapping.kind == kind, Mapping.source == source)
    return session.scalar(query.order_by(Mapping.saved_at.desc(), Mapping.id.desc()).limit(1))


def every(session: Session) -> list[Mapping]:
    return list(session.scalars(select(Mapping).order_by(Mapping.name)))
