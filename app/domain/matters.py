"""Matters put up for a decision: an objection, a closing, a request for time, an ending. One waits at a time."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant, only
from workflows.grammar import MATTERS


class Matter(Base):
    __tablename__ = "matters"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    purpose: Mapped[str] = mapped_column(String(20))
    stage: Mapped[str] = mapped_column(String(20))  # the post it waits for
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))  # whose post that is
    answers: Mapped[dict] = mapped_column(JSON)  # the plain ones: days, category, ground …
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_seq: Mapped[int]
    reached_at: Mapped[datetime] = mapped_column(Instant)  # when it came to its present stage
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(20))

    __table_args__ = (
        Index("ix_matters_waiting", "case_id", unique=True, **only(settled_at.is_(None))),
        Index("ix_matters_reached", "reached_at", **only(settled_at.is_(None))),
        Index("ix_matters_stage", "stage", "unit_id", "reached_at", **only(settled_at.is_(None))),
    )

    @property
    def at_last_stage(self) -> bool:
        return self.stage == MATTERS[self.purpose].stages[-1]

    def next_stage(self) -> str:
        stages = MATTERS[self.purpose].stages
        return stages[stages.index(self.stage) + 1]


def one_waits(session: Session, case_id: int) -> bool:
    """To be asked first where there is mostly none: it takes no making of rows."""
    return session.connection().scalar(_IDS, {"of": case_id}) is not None


def waiting(session: Session, case_id: int) -> Matter | None:
    return session.scalar(_WAITING, {"of": case_id})


_IS_IT = Matter.case_id == bindparam("of"), Matter.settled_at.is_(None)
_IDS, _WAITING = select(Matter.id).where(*_IS_IT), select(Matter).where(*_IS_IT)
