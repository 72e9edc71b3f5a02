"""The register: units, officers, calendar, rules and ladder as one value. Every change of them is an entry of the
office's stream, so the last number of that stream says whether a copy is still good."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain import ladder, people, rules, trail, workdays


@dataclass(frozen=True)
class Register:
    seq: int
    people: people.Directory
    calendar: workdays.Calendar
    rules: rules.Rules
    ladder: ladder.Ladder

    def today(self, at: datetime) -> date:
        return self.calendar.on(at)


def load(session: Session, zone: str = "Asia/Shanghai", *, calendar: workdays.Calendar | None = None) -> Register:
    """`calendar`: one that was read already."""
    return Register(
        trail.head(session), people.directory(session), calendar or workdays.calendar(session, zone),
        rules.rules(session), ladder.ladder(session),
    )


def current(session: Session, kept: Register | None, zone: str, *, seq: int | None = None) -> Register:
    """What was kept, or the register read again where the office's stream (now at `seq`, if that is known) has a new
    entry since."""
    seq = trail.head(session) if seq is None else seq
    return kept if kept is not None and kept.seq == seq else load(session, zone)
