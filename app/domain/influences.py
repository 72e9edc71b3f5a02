"""Influence periods: how long a sanction has its effect, by method, as dated settings with their basis."""

from calendar import monthrange
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant

LONGEST = 120


class Influence(Base):
    """Of several of one method, the one with the latest beginning holds; a method without any has no period of its own
    and the decision says when its influence ends."""

    __tablename__ = "influences"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    method: Mapped[str] = mapped_column(String(40))
    months: Mapped[int]
    basis: Mapped[str] = mapped_column(String(300))
    valid_from: Mapped[date]
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("months BETWEEN 1 AND 120", name="sane"),
        Index("ix_influences_method", "method", "valid_from"),
    )


def in_force(session: Session) -> list[Influence]:
    query = select(Influence).where(Influence.withdrawn_at.is_(None))
    return list(session.scalars(query.order_by(Influence.method, Influence.valid_from, Influence.id)))


def of(session: Session, methods, *, on: date) -> Influence | None:
    """The longest period among methods that are combined, as it stood on the day of the decision."""
    held = {row.method: row for row in in_force(session) if row.method in methods and row.valid_from <= on}
    return max(held.values(), key=lambda row: row.months, default=None)


def ends(on: date, months: int) -> date:
    """The day of the same number that many months later; the last of the month where it has none (民法典 Art. 202)."""
    years, month = divmod(on.month - 1 + months, 12)
    year, month = on.year + years, month + 1
    return date(year, month, min(on.day, monthrange(year, month)[1]))


def defaults() -> list[Influence]:
    since = date(2004, 1, 1)
    official = "《中华人民共和国公职人员政务处分法》第八条"
    party = "《中国共产党纪律处分条例》关于处分影响期的规定"
    rows = (
        ("official_warning", 6, official), ("official_demerit", 12, official), ("official_major_demerit", 18, official),
        ("official_downgrading", 24, official), ("official_removal", 24, official),
        ("party_warning", 12, party), ("party_serious_warning", 18, party), ("party_removal", 24, party),
        ("party_probation_1", 12, party), ("party_probation_2", 24, party),
    )
    return [Influence(method=method, months=months, basis=basis, valid_from=since) for method, months, basis in rows]
