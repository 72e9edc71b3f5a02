"""Setting an office up: the calendar as far as it is published, the default terms, the first unit. Runs any number of
times and adds only what is missing."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import influences, ladder, matters, people, register, rules, schedules, trail
from app.domain.cases import Case
from app.domain.clocks import TimeNode
from app.domain.people import Actor, Unit
from app.office import calendar, clocks
from app.office import people as office_people


def found(session: Session, *, at: datetime, words, name: str = "营商环境建设办公室", code: str = "ysb") -> bool:
    """Whether anything had to be added."""
    if trail.head(session):
        return _complete(session, at=at, words=words)
    by = people.SYSTEM
    _record(session, "founded", by, at, words, version="1")
    for schedule in schedules.published():
        calendar.load_year(session, schedule, by=by, at=at, words=words)
    set_rules(session, rules.defaults(), by=by, at=at, words=words)
    set_ladder(session, ladder.defaults(), by=by, at=at, words=words)
    set_influences(session, influences.defaults(), by=by, at=at, words=words)
    office_people.add_unit(session, code=code, name=name, short="营商办", klass="office", by=by, at=at, words=words)
    return True


def set_rules(session: Session, rows: list[rules.TermRule], *, by: Actor, at: datetime, words) -> None:
    session.add_all(rows)
    session.flush()
    _record(session, "rules_set", by, at, words, profile=rows[0].profile, rules=[
        {"purpose": row.purpose, "kind": row.kind, "class": row.klass, "grade": row.grade, "budget": row.budget,
         "counted": row.counted, "cap": row.cap, "remind": row.remind, "basis": row.basis,
         "valid_from": row.valid_from.isoformat()}
        for row in rows
    ])


def set_ladder(session: Session, rows: list[ladder.Rung], *, by: Actor, at: datetime, words) -> None:
    session.add_all(rows)
    session.flush()
    _record(session, "ladder_set", by, at, words, rungs=[ladder.told(row) for row in rows])


def set_influences(session: Session, rows: list[influences.Influence], *, by: Actor, at: datetime, words) -> None:
    session.add_all(rows)
    session.flush()
    _record(session, "influences_set", by, at, words, periods=[
        {"method": row.method, "months": row.months, "basis": row.basis, "valid_from": row.valid_from.isoformat()}
        for row in rows
    ])


def _complete(session: Session, *, at: datetime, words) -> bool:
    """What an office that was set up by an earlier version lacks."""
    by = {"by": people.SYSTEM, "at": at, "words": words}
    standing = set(session.scalars(select(rules.TermRule.purpose).distinct()))
    new = [row for row in rules.defaults() if row.purpose not in standing]
    if new:
        set_rules(session, new, **by)
    no_influences = session.scalar(select(influences.Influence.id).limit(1)) is None
    if no_influences:
        set_influences(session, influences.defaults(), **by)
    no_ladder = session.scalar(select(ladder.Rung.id).limit(1)) is None
    if no_ladder:
        _put_up_ladder(session, **by)
    return bool(new) or no_influences or no_ladder


def _put_up_ladder(session: Session, **by) -> None:
    set_ladder(session, ladder.defaults(), **by)
    known = register.load(session)
    open_nodes = select(TimeNode, Case).join(Case, Case.id == TimeNode.case_id).where(TimeNode.stopped_at.is_(None))
    for node, case in session.execute(open_nodes).all():
        node.next_rung_at = clocks.next_rung_at(node, case, known, matter=matters.waiting(session, case.id))


def office(session: Session) -> Unit:
    return session.scalar(select(Unit).where(Unit.klass == "office", Unit.until.is_(None)))


def _record(session, verb, by: Actor, at, words, **plain):
    trail.append(session, trail.OFFICE, verb, by=by.username, unit=by.first.unit if by.first else None, at=at,
                 words={"verb": words(trail.VERBS[verb].sentence)}, plain=plain)
