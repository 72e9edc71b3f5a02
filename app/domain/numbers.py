"""Gapless series: TS-2026-0001, 〔2026〕12号. A number is taken in the transaction that uses it, or not at all."""

from sqlalchemy import Integer, String, bindparam, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base


class Series(Base):
    __tablename__ = "series"

    prefix: Mapped[str] = mapped_column(String(40), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


def take(session: Session, prefix: str, year: int, count: int = 1) -> range:
    """The next `count` serials of a series; others who want one wait for this transaction to end."""
    connection, taken = session.connection(), {"of": prefix, "in": year, "count": count}
    last = connection.scalar(_TAKE, taken)
    if last is None:
        _begin(session, prefix, year)
        last = connection.scalar(_TAKE, taken)
    return range(last - count + 1, last + 1)


_TAKE = update(Series.__table__).where(Series.prefix == bindparam("of"), Series.year == bindparam("in")).values(
    last=Series.last + bindparam("count")).returning(Series.last)


def written(prefix: str, year: int, serial: int) -> str:
    return f"{prefix}-{year}-{serial:04d}"


def _begin(session: Session, prefix: str, year: int) -> None:
    """Of two at once, one begins it."""
    session.execute(_BEGIN, {"of": prefix, "in": year})


_BEGIN = text('INSERT INTO series (prefix, "year", last) VALUES (:of, :in, 0) ON CONFLICT DO NOTHING')
