"""The ladder of supervision as dated rules: which rung follows when, what it prepares, and which have been climbed.

Rungs 0 and 1 speak by themselves; from 2 on a paper is prepared and a person signs (domain practice: 问责 is never
produced by a timer). A rung is claimed once, in order, whatever runs twice.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant
from app.domain.workdays import Calendar
from workflows.grammar import N_, PURPOSES

NAMES = {
    0: N_("Reminder"), 1: N_("Urging"), 2: N_("Supervision"), 3: N_("Circular"), 4: N_("Summons to talk"),
    5: N_("Supervised list"), 6: N_("Suggestion of accountability"),
}
BY_ITSELF = (0, 1)
OPENS = time(8, 30)  # of a working day: no rung speaks before, none on a day off


class Rung(Base):
    """One step of the ladder. An empty kind means any."""

    __tablename__ = "rungs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str | None] = mapped_column(String(20))
    level: Mapped[int]
    after: Mapped[int]  # working days after the end; of level 0: the term's own reminder window decides
    form: Mapped[str | None] = mapped_column(String(20))  # the paper it prepares
    basis: Mapped[str] = mapped_column(String(300))
    valid_from: Mapped[date]
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (CheckConstraint("level BETWEEN 0 AND 6 AND after >= 0", name="sane"),)


class Climb(Base):
    """A rung that a time node has climbed: claimed by this very row."""

    __tablename__ = "climbs"

    node_id: Mapped[int] = mapped_column(ForeignKey("time_nodes.id"), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"), index=True)

    __table_args__ = (Index("ix_climbs_at", "at"),)


@dataclass(frozen=True)
class Step:
    """A rung as it holds for one kind."""

    level: int
    after: int
    form: str | None


class Ladder:
    """All rungs in force, asked by kind."""

    def __init__(self, rows):
        self._rows = sorted(rows, key=lambda row: (row.kind is not None, row.valid_from, row.id))
        self._known: dict[tuple[str | None, date], dict[int, Step]] = {}

    def __iter__(self):
        return iter(self._rows)

    def of(self, kind: str | None, *, on: date) -> dict[int, Step]:
        """Level → its step; a rung of the kind's own comes before one for all, the newer before the older."""
        if (found := self._known.get((kind, on))) is None:
            fits = (row for row in self._rows if row.kind in (None, kind) and row.valid_from <= on)
            found = self._known[kind, on] = {row.level: Step(row.level, row.after, row.form) for row in fits}
        return found

    def next_at(self, node, kind: str, calendar: Calendar, *, of_office: bool) -> datetime | None:
        """When the node climbs its next rung; None where there is none, where nothing runs and where it is paused.

        What is the office's own is reminded of and urged, but no paper is prepared against it here. Of the reply to a
        notice one is reminded: a paper about a paper would breed the next one.
        """
        level = 0 if node.rung is None else node.rung + 1
        if level > 0 and PURPOSES[node.purpose].is_of_notice:
            return None
        if node.due_on is None or node.stopped_at is not None or not node.duty or (of_office and level > 1):
            return None
        step = self.of(kind, on=node.started_on).get(level)
        if step is None:
            return None
        if level == 0:
            on = max(node.warn_on or node.due_on, node.started_on)
        else:
            on = calendar.add(node.due_on, max(step.after, 1))
        return opening(calendar, on)


def opening(calendar: Calendar, on: date) -> datetime:
    """When the office opens on this day, or on the next working day."""
    return calendar.starts(calendar.next_workday(on)) + timedelta(hours=OPENS.hour, minutes=OPENS.minute)


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    return opening(calendar, calendar.on(at) + timedelta(days=1))


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Working time: 08:30 to 18:00 of a working day."""
    local = calendar.local(at)
    return calendar.is_workday(local.date()) and OPENS <= local.time() < time(18)


def told(row) -> dict:
    """A rung as the trail keeps it."""
    return {"kind": row.kind, "level": row.level, "after": row.after, "form": row.form, "basis": row.basis,
            "valid_from": row.valid_from.isoformat()}


def ladder(session: Session) -> Ladder:
    columns = (Rung.id, Rung.kind, Rung.level, Rung.after, Rung.form, Rung.basis, Rung.valid_from)
    return Ladder(session.connection().execute(select(*columns).where(Rung.withdrawn_at.is_(None))).all())


def defaults() -> list[Rung]:
    """三明 2017, 宿迁 2025, 12345 bureaus: the middle of what cities do; each with room for the office's own basis."""
    basis, since = "本办默认督办阶梯，待填本地依据", date(2004, 1, 1)
    rows = ((0, 0, None), (1, 1, "urge"), (2, 5, "supervise"), (3, 10, "circular"), (4, 15, "summons"),
            (5, 20, "listing"), (6, 30, "suggestion"))
    return [Rung(kind=None, level=level, after=after, form=form, basis=basis, valid_from=since)
            for level, after, form in rows]
