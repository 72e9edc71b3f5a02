"""Setting an office up: the calendar as far as it is published, the default terms, the first unit. Runs any number of
times and adds only what is missing."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import people, rules, schedules, trail, workdays
from app.domain.cases import Case
from app.domain.people import Actor, Unit
from app.office import calendar
from app.office import people as office_people


def found(session: Session, *, at: datetime, words, name: str = "营商环境建设办公室", code: str = "ysb") -> bool:
    """Whether anything had to be added."""
    if trail.head(session):
        return False
    by = people.SYSTEM
    _record(session, "founded", by, at, words, version="1")
    for schedule in schedules.published():
        load_year(session, schedule, by=by, at=at, words=words)
    set_rules(session, rules.defaults(), by=by, at=at, words=words)
    office_people.add_unit(session, code=code, name=name, short="营商办", klass="office", by=by, at=at, words=words)
    return True


def load_year(session: Session, schedule: schedules.Schedule, *, by: Actor, at: datetime, words) -> None:
    workdays.load(session, schedule, at=at)
    off = sum(is_off for _, is_off, _ in schedule.days)
    _record(session, "calendar_loaded", by, at, words, year=schedule.year, source=schedule.source, off=off,
            worked=len(schedule.days) - off, digest=schedules.digest(schedule))
    if session.scalar(select(Case.id).limit(1)):
        calendar.reproject(session, schedule, by=by, at=at, words=words)


def set_rules(session: Session, rows: list[rules.TermRule], *, by: Actor, at: datetime, words) -> None:
    session.add_all(rows)
    session.flush()
    _record(session, "rules_set", by, at, words, profile=rows[0].profile, rules=[
        {"purpose": row.purpose, "kind": row.kind, "class": row.klass, "grade": row.grade, "budget": row.budget,
         "counted": row.counted, "cap": row.cap, "remind": row.remind, "basis": row.basis,
         "valid_from": row.valid_from.isoformat()}
        for row in rows
    ])


def office(session: Session) -> Unit:
    return session.scalar(select(Unit).where(Unit.klass == "office", Unit.until.is_(None)))


def _record(session, verb, by: Actor, at, words, **plain):
    trail.append(session, trail.OFFICE, verb, by=by.username, unit=by.first.unit if by.first else None, at=at,
                 words={"verb": words(trail.VERBS[verb].sentence)}, plain=plain)
