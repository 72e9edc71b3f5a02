"""How the city begins and changes: units, officers, catalogue; a renamed unit, officers who hand over; the mark."""

from datetime import UTC, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.demo import roster
from app.demo.library import topics
from app.domain import people, register, trail
from app.domain.cases import Case
from app.domain.people import Officer, Unit
from app.domain.trail import Entry
from app.office import catalogue, founding
from app.office import people as office


def beginning(about: datetime) -> datetime:
    """Half past eight of that day's morning in Shanghai, before anybody works."""
    return datetime(about.year, about.month, about.day, 0, 30, tzinfo=UTC)


def stands(session: Session) -> bool:
    """Whether this ledger was made by the demo."""
    return bool(session.scalar(select(exists().where(Entry.stream == trail.OFFICE, Entry.verb == "furnished"))))


def is_in_use(session: Session) -> bool:
    """Whether anybody works here already: an officer, a case, or a unit beside the office."""
    others = exists().where(Unit.klass != "office")
    return any(session.scalar(select(found)) for found in (exists(select(Case.id)), exists(select(Officer.id)), others))


def settle(session: Session, *, at: datetime, now: datetime, words, passwords: dict, zone: str, told: dict) -> None:
    """Everybody there is at the beginning; the first entry says that what follows is made up."""
    by = {"by": people.SYSTEM, "at": at, "words": words}
    code, name, short = roster.OFFICE
    founding.found(session, at=at, words=words, name=name, code=code)
    trail.append(session, trail.OFFICE, "furnished", by=people.SYSTEM.username, unit=None, at=now,
                 words={"verb": words(trail.VERBS["furnished"].sentence)},
                 plain=told | {"since": at.date().isoformat(), "until": now.date().isoformat()})
    units = {"ysb": founding.office(session)}
    office.change_unit(session, units["ysb"], name=name, short=short, **by)
    above = roster.LEADERSHIP[0]
    for code, name, short, klass in sorted(roster.units(), key=lambda unit: unit[0] != above):
        units[code] = office.add_unit(session, code=code, name=name, short=short, klass=klass,
                                      superior=units.get(above), **by)
    for name, username, title, post, unit in roster.officers():
        officer = _arrive(session, name, username, title, passwords, by)
        office.give_post(session, officer, post, units[unit], **by)
    catalogue.set_rows(session, _rows(), register=register.load(session, zone), **by)


def _arrive(session: Session, name: str, username: str, title: str, passwords: dict, by: dict) -> Officer:
    officer = office.add_officer(session, username=username, name=name, title=title, **by)
    if username in passwords:
        password, hashed = passwords[username]
        office.set_password(session, officer, password, hashed=hashed, **by)
    return officer


def _rows() -> list[catalogue.Row]:
    return [
        catalogue.Row(item=topic.item, kind=kind, klass=topic.klass, unit=topic.lead, basis=topic.basis,
                      grade=topic.grade, needs_evidence=topic.needs_evidence)
        for kind in ("complaint", "finding", "task", "accountability") for topic in topics(kind)
    ]


def changes(city, begins: datetime, passwords: dict):
    """Lives, as it were: each waits for its day and then changes people or units."""
    def moment(share: float):
        on = city.hours.workday(city.register.calendar.on(begins + (city.until - begins) * share), 0)
        return city.hours.moment(on, 8.4)

    def renamed(old, new, name, short, share, reason):
        yield moment(share)
        by = {"by": people.SYSTEM, "at": city.at, "words": city.words}
        before = city.session.scalar(select(Unit).where(Unit.code == old))
        above = city.session.get(Unit, before.superior_id)
        after = office.add_unit(city.session, code=new, name=name, short=short, klass=before.klass, superior=above,
                                **by)
        office.succeed(city.session, before, after, reason=reason.format(year=city.today.year), **by)
        city.reload()

    def handed_over(username, successor, share, reason):
        yield moment(share)
        name, account, title = successor
        by = {"by": people.SYSTEM, "at": city.at, "words": city.words}
        officer = office.officer_called(city.session, username)
        office.hand_over(city.session, officer, _arrive(city.session, name, account, title, passwords, by),
                         reason=reason, **by)
        city.reload()

    yield renamed(*roster.RENAMED)
    for each in roster.HANDED_OVER:
        yield handed_over(*each)
