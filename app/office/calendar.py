"""The calendar of the office: a year's schedule is loaded, a day of the city's own is set or taken away. Each is first
tried on values, then written with an entry of the office; the dates that depend on it are moved by `reprojection`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain import register, schedules, texts, trail, workdays
from app.domain.cases import Case
from app.domain.errands import Errand
from app.domain.errors import NotAllowed, Refused
from app.domain.people import Actor
from app.domain.schedules import Schedule
from app.domain.workdays import LOCAL, CalendarDay, CalendarYear, Layers
from app.office import reprojection
from app.office.changes import ByCalendar
from workflows.grammar import N_

EDITORS = ("secadmin", "director")


@dataclass(frozen=True)
class YearNotice:
    """The schedule of a year, as published."""

    schedule: Schedule

    def tried(self, layers: Layers) -> Layers:
        return layers.loaded(self.schedule)

    @property
    def digest(self) -> str:
        return schedules.digest(self.schedule)


@dataclass(frozen=True)
class OwnDay:
    """A day off or a make-up workday of the city's own (全国年节及纪念日放假办法 Art. 4)."""

    on: date
    is_off: bool
    name: str
    reason: str

    def tried(self, layers: Layers) -> Layers:
        return layers.with_own(self.on, self.is_off, self.name)

    @property
    def digest(self) -> str:
        return _digest(self.on, "off" if self.is_off else "worked", self.name)


@dataclass(frozen=True)
class OwnDayGone:
    on: date
    reason: str

    def tried(self, layers: Layers) -> Layers:
        return layers.without_own(self.on)

    @property
    def digest(self) -> str:
        return _digest(self.on, "removed")


Change = YearNotice | OwnDay | OwnDayGone


def try_out(session: Session, change: Change, *, by: Actor, today: date) -> ByCalendar | None:
    """What it would do to the dates, by values alone; None where every day counts as before."""
    if by.id is not None and not by.has(*EDITORS):
        raise NotAllowed(N_("The calendar is set by the security administrator or the director."))
    before = workdays.layers(session)
    _check(change, before, today)
    tried = change.tried(before)
    since = workdays.changed_from(before.calendar(), tried.calendar()) if before.years else None
    return ByCalendar(tried.calendar(), since, change.digest) if since else None


def make(session: Session, change: Change, *, by: Actor, at: datetime, today: date, words) -> Errand | None:
    """Write the change with its entry; the errand that moves the dates, None where none can move."""
    turned = try_out(session, change, by=by, today=today)
    _write(session, change, by=by, at=at, words=words)
    if turned is None:
        return None
    payload = {"cause": "calendar", "since": turned.since.isoformat(), "digest": turned.digest}
    return reprojection.ask(session, turned, payload, by=by, at=at)


def load_year(session: Session, schedule: Schedule, *, by: Actor, at: datetime, words) -> int:
    """A year's schedule and every date that moves with it, at once; returns how many have moved."""
    before = workdays.layers(session)
    _write(session, YearNotice(schedule), by=by, at=at, words=words)
    if not before.years or not session.scalar(select(Case.id).limit(1)):
        return 0
    after = workdays.calendar(session)
    since = workdays.changed_from(before.calendar(), after)
    change = ByCalendar(after, since, schedules.digest(schedule)) if since else None
    known = register.load(session)
    return reprojection.carry_out(session, change, by=by, at=at, words=words, register=known) if change else 0


def _check(change: Change, layers: Layers, today: date) -> None:
    match change:
        case OwnDay(on, is_off, name, reason):
            texts.required(name, field="name", longest=80)
            texts.required(reason, field="reason", longest=2000)
            _check_year(layers, on)
            if layers.tells(on, is_off):
                raise Refused(N_("%(day)s is that already."), field="on", day=on)
            if on < today and not is_off:
                raise Refused(_PASSED, field="on", day=on)
        case OwnDayGone(on, reason):
            texts.required(reason, field="reason", longest=2000)
            if on not in layers.local:
                raise Refused(N_("%(day)s is no day of the city's own."), field="on", day=on)
            if on < today and not layers.tells(on, False) and layers.without_own(on).tells(on, False):
                raise Refused(_PASSED, field="on", day=on)


_PASSED = N_("%(day)s has passed as a day off; nobody worked on it, and no term may end earlier for it.")


def _check_year(layers: Layers, on: date) -> None:
    if on.year not in layers.years:
        raise Refused(N_("The schedule of %(year)s is not loaded yet; load it before the city's own days."), field="on",
                      year=on.year)


def _write(session: Session, change: Change, *, by: Actor, at: datetime, words) -> None:
    record = _recorder(session, by, at, words)
    match change:
        case YearNotice(schedule):
            workdays.load(session, schedule, at=at)
            off = sum(is_off for _on, is_off, _name in schedule.days)
            record("calendar_loaded", year=schedule.year, source=schedule.source, off=off,
                   worked=len(schedule.days) - off, digest=change.digest)
        case OwnDay(on, is_off, name, reason):
            session.merge(CalendarDay(on=on, layer=LOCAL, is_off=is_off, name=name, notice=on.year))
            record("calendar_day_set", reason=reason, day=on.isoformat(), off=is_off, name=name)
        case OwnDayGone(on, reason):
            found = session.get(CalendarDay, (on, LOCAL))
            record("calendar_day_removed", reason=reason, day=on.isoformat(), off=found.is_off, name=found.name)
            session.execute(delete(CalendarDay).where(CalendarDay.on == on, CalendarDay.layer == LOCAL))
    session.flush()


def _recorder(session: Session, by: Actor, at: datetime, words) -> Callable[..., object]:
    def record(verb: str, *, reason: str | None = None, **plain):
        return trail.append(
            session, trail.OFFICE, verb, by=by.username, unit=by.first.unit if by.first else None, at=at,
            words={"verb": words(trail.VERBS[verb].sentence)}, plain=plain, beside={"reason": reason})

    return record


@dataclass(frozen=True)
class Edition:
    """A year of the calendar as terms use it now: whose schedule, loaded when, and a digest of its days."""

    year: int
    source: str | None  # None: not published, weekends only
    loaded_at: datetime | None
    digest: str


def editions(session: Session, first: int, last: int) -> list[Edition]:
    """SHA-256 over the named days of each year, the city's own included, so that a count can say what it rests on."""
    between = CalendarDay.on.between(date(first, 1, 1), date(last, 12, 31))
    rows = session.execute(select(CalendarDay.on, CalendarDay.layer, CalendarDay.is_off, CalendarDay.name).where(
        between).order_by(CalendarDay.on, CalendarDay.layer)).all()
    years = {row.year: row for row in session.scalars(select(CalendarYear).where(
        CalendarYear.year.between(first, last)))}
    return [
        Edition(year, years[year].source if year in years else None, years[year].loaded_at if year in years else None,
                _digest(*(f"{row.on} {row.layer} {int(row.is_off)} {row.name}" for row in rows if row.on.year == year)))
        for year in range(first, last + 1)
    ]


def _digest(*parts) -> str:
    return sha256("\n".join(str(part) for part in parts).encode()).hexdigest()
