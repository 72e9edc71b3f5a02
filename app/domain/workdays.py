"""Working days: published days off and make-up workdays, the city's own days, and how far ahead they are known.

全国年节及纪念日放假办法 (2024) Art. 2; Art. 4 leaves minority festivals to the local government, hence the local layer.
"""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, Integer, String, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.base import Base, Instant
from app.domain.errors import Refused
from app.domain.schedules import Schedule
from workflows.grammar import N_

NATIONAL, LOCAL = "national", "local"


class CalendarDay(Base):
    """One day that does not follow its weekday. `layer` is national or local; the local one wins."""

    __tablename__ = "calendar_days"

    on: Mapped[date] = mapped_column("day", primary_key=True)
    layer: Mapped[str] = mapped_column(String(10), primary_key=True)
    is_off: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(String(80))
    notice: Mapped[int] = mapped_column(Integer)  # year of the notice: a December day can stand in the next year's


class CalendarYear(Base):
    """A year whose schedule has been published, and by whom."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    source: Mapped[str] = mapped_column(String(200))
    loaded_at: Mapped[datetime] = mapped_column(Instant)


class Day(NamedTuple):
    on: date
    is_off: bool
    name: str  # the holiday's name; "" where the weekday decides
    is_special: bool  # a holiday, or a weekend day that is worked


_WEEK = bytes((1, 1, 1, 1, 1, 0, 0))  # worked or not, Monday first


class Calendar:
    """Counting, made fast by a running sum over the known years; beyond them weekends only, and `is_known` says so."""

    def __init__(self, years, special: dict[date, tuple[bool, str]], zone: str = "Asia/Shanghai"):
        years = sorted(years)
        if not years:
            raise Refused(N_("No calendar is loaded; load a year first."))
        self.zone = ZoneInfo(zone)
        self.first = date(years[0], 1, 1)
        last = years[0]
        while last + 1 in years:
            last += 1
        self.horizon = date(last, 12, 31)
        self.special = dict(sorted(special.items()))
        self._special_days = list(self.special)
        self._base = self.first.toordinal()
        self._sums = self._running_sums(max(years) + 6)

    def _running_sums(self, last_year: int) -> array:
        count = date(last_year, 12, 31).toordinal() + 1 - self._base
        worked = bytearray((_WEEK * (count // 7 + 2))[self.first.weekday() :][:count])
        for on, (is_off, _name) in self.special.items():
            if 0 <= (place := on.toordinal() - self._base) < count:
                worked[place] = not is_off
        return array("i", accumulate(worked))

    def _is_off(self, on: date) -> bool:
        found = self.special.get(on)
        return found[0] if found else on.weekday() >= 5

    def day(self, on: date) -> Day:
        off, name = self.special.get(on, (on.weekday() >= 5, ""))
        return Day(on, off, name, off != (on.weekday() >= 5) or bool(name))

    def specials(self, since: date, until: date) -> list[tuple[date, bool, str]]:
        """The days of this span that somebody published: day, is off, name."""
        days = self._special_days[bisect_left(self._special_days, since):bisect_right(self._special_days, until)]
        return [(on, *self.special[on]) for on in days]

    def is_workday(self, on: date) -> bool:
        return not self._is_off(on)

    def is_known(self, on: date) -> bool:
        return self.first <= on <= self.horizon

    def between(self, after: date, until: date) -> int:
        """Working days later than `after` and not later than `until`; negative the other way round."""
        return self._sum(until) - self._sum(after)

    def add(self, start: date, workdays: int) -> date:
        """The day that is `workdays` working days after `start`, which itself is not counted (民法典 Art. 201)."""
        if workdays < 0:
            raise Refused(N_("Days are counted forwards."))
        if workdays == 0:
            return start
        return self._day(bisect_left(self._sums, self._sum(start) + workdays), start, workdays)

    def add_days(self, start: date, days: int) -> date:
        """`days` calendar days after `start`; a last day that is off moves to the next working day (Art. 203)."""
        if days < 0:
            raise Refused(N_("Days are counted forwards."))
        return self.next_workday(self._day(start.toordinal() - self._base + days, start, days))

    def next_workday(self, on: date) -> date:
        while self._is_off(on):
            on += timedelta(days=1)
        return on

    def on(self, at: datetime) -> date:
        """The local day of a moment."""
        return at.astimezone(self.zone).date()

    def starts(self, on: date) -> datetime:
        """The moment a local day begins."""
        return datetime(on.year, on.month, on.day, tzinfo=self.zone).astimezone(UTC)

    def worked(self, since: datetime, until: datetime) -> float:
        """Working time between two moments, in days of eight hours (08:30–12:00, 13:30–18:00)."""
        if until <= since:
            return 0.0
        first, last = self.on(since), self.on(until)
        whole = self.between(first, last) - self.is_workday(last) if last > first else 0
        minutes = whole * 480 - self._minutes_before(since) + self._minutes_before(until)
        if last > first and self.is_workday(first):
            minutes += 480
        return minutes / 480

    def _minutes_before(self, at: datetime) -> float:
        """Working minutes of its own day that lie before a moment."""
        local = self.local(at)
        if not self.is_workday(local.date()):
            return 0.0
        minute = local.hour * 60 + local.minute + local.second / 60
        return sum(min(max(minute - opens, 0), closes - opens) for opens, closes in ((510, 720), (810, 1080)))

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def _sum(self, on: date) -> int:
        index = on.toordinal() - self._base
        if index < 0:
            raise Refused(N_("%(day)s lies before the first year of the calendar."), day=on.isoformat())
        if index >= len(self._sums):
            raise Refused(N_("%(day)s lies too far beyond the published calendar."), day=on.isoformat())
        return self._sums[index]

    def _day(self, index: int, start: date, count: int) -> date:
        if index >= len(self._sums):
            raise Refused(N_("%(day)s lies too far beyond the published calendar."), day=f"{start} + {count}")
        return date.fromordinal(self._base + index)


@dataclass(frozen=True)
class Layers:
    """The calendar as it is kept: which years are published, the nation's days, and the city's own over them.

    A change is tried on these values before it is written, so that a dry run needs no transaction.
    """

    years: frozenset[int]
    national: dict[date, tuple[bool, str, int]]  # is off, name, year of the notice
    local: dict[date, tuple[bool, str]]

    def calendar(self, zone: str = "Asia/Shanghai") -> Calendar:
        special = {on: (is_off, name) for on, (is_off, name, _notice) in self.national.items()}
        return Calendar(self.years, special | self.local, zone)

    def tells(self, on: date, is_off: bool) -> bool:
        """Whether a day is off, or worked, by what is kept of it and by its weekday."""
        told = self.local.get(on) or self.national.get(on) or (on.weekday() >= 5,)
        return told[0] == is_off

    def loaded(self, schedule: Schedule) -> "Layers":
        """As `load` leaves it: a year's notice takes the place of what it said before."""
        kept = {on: day for on, day in self.national.items() if day[2] != schedule.year}
        told = {on: (is_off, name, schedule.year) for on, is_off, name in schedule.days}
        return replace(self, years=self.years | {schedule.year}, national=kept | told)

    def with_own(self, on: date, is_off: bool, name: str) -> "Layers":
        return replace(self, local=self.local | {on: (is_off, name)})

    def without_own(self, on: date) -> "Layers":
        return replace(self, local={day: told for day, told in self.local.items() if day != on})


def layers(session: Session) -> Layers:
    national, local = {}, {}
    rows = select(CalendarDay.on, CalendarDay.layer, CalendarDay.is_off, CalendarDay.name, CalendarDay.notice)
    for on, layer, is_off, name, notice in session.execute(rows):
        if layer == LOCAL:
            local[on] = (is_off, name)
        else:
            national[on] = (is_off, name, notice)
    return Layers(frozenset(session.scalars(select(CalendarYear.year))), national, local)


def calendar(session: Session, zone: str = "Asia/Shanghai") -> Calendar:
    return layers(session).calendar(zone)


def changed_from(before: Calendar, after: Calendar) -> date | None:
    """The first day that is off in one and worked in the other, or that only one of them knows; None where they count
    alike. No term that ends before it ends elsewhere."""
    days = [on for on in before.special.keys() | after.special.keys() if before.is_workday(on) != after.is_workday(on)]
    if before.horizon != after.horizon:
        days.append(min(before.horizon, after.horizon) + timedelta(days=1))
    return min(days, default=None)


def load(session: Session, schedule: Schedule, *, at: datetime) -> None:
    """Put the days of a year's notice in the place of those the calendar had from it."""
    named = [on for on, _, _ in schedule.days]
    national = CalendarDay.layer == NATIONAL
    session.execute(delete(CalendarDay).where(national, CalendarDay.notice == schedule.year))
    for start in range(0, len(named), 500):
        session.execute(delete(CalendarDay).where(national, CalendarDay.on.in_(named[start : start + 500])))
    rows = [
        {"on": on, "layer": NATIONAL, "is_off": off, "name": name, "notice": schedule.year}
        for on, off, name in schedule.days
    ]
    session.execute(insert(CalendarDay), rows)
    session.merge(CalendarYear(year=schedule.year, source=schedule.source[:200], loaded_at=at))
    session.flush()
