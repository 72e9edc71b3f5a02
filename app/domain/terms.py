"""How long a term runs, and where it ends: the arithmetic of due dates, free of any table.

A term = budget of days from a start that is not counted, less the days of its pauses. A pause takes out the days from
the one it began on up to, not including, the one it ended on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.rules import DAY, WORKDAY
from app.domain.workdays import Calendar

Span = tuple[date, date | None]  # since, until (not included); None: still


@dataclass(frozen=True)
class Term:
    start: date
    budget: int
    counted: str = WORKDAY
    pauses: tuple[Span, ...] = ()

    @property
    def is_paused(self) -> bool:
        return any(until is None for _, until in self.pauses)


def due(term: Term, calendar: Calendar) -> date | None:
    """The last day of the term; None while it is paused."""
    if term.is_paused:
        return None
    left, end = term.budget, None
    for after, until in _runs(term):
        here = _counted(term, calendar, after, until)
        if until is None or here >= left:
            end = calendar.add(after, left) if term.counted == WORKDAY else after + timedelta(days=left)
            break
        left -= here
    while term.counted == DAY and (not calendar.is_workday(end) or _is_paused_on(term, end)):
        end += timedelta(days=1)  # a term that waits for Monday does not end on a Monday that a pause took out
    return end


def consumed(term: Term, calendar: Calendar, on: date) -> int:
    """Days of the budget used up to and including `on`."""
    return sum(
        _counted(term, calendar, after, min(until or on, on)) for after, until in _runs(term) if after < on
    )


@dataclass(frozen=True)
class Counted:
    on: date
    number: int | None  # which day of the term; None: not counted
    why: str  # counted, off, paused, holiday, worked
    name: str = ""


def count(term: Term, calendar: Calendar, until: date) -> Iterable[Counted]:
    """Day by day from the day after the start: what was counted, what was not, and why."""
    number = 0
    on = term.start
    while on < until:
        on += timedelta(days=1)
        day = calendar.day(on)
        if _is_paused_on(term, on):
            yield Counted(on, None, "paused", day.name)
        elif term.counted != WORKDAY or not day.is_off:
            number += 1
            worked = not day.is_off and day.is_special
            yield Counted(on, number if number <= term.budget else None,
                          ("worked" if worked else "counted") if number <= term.budget else "moved", day.name)
        else:
            yield Counted(on, None, "holiday" if day.name else "off", day.name)


def _runs(term: Term):
    """(after, until) pairs: days later than `after` and not later than `until` run."""
    after = term.start
    for since, until in _merged(term.pauses):
        if since - timedelta(days=1) > after:
            yield after, since - timedelta(days=1)
        if until is None:
            return
        after = max(after, until - timedelta(days=1))
    yield after, None


def _merged(pauses: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for since, until in sorted(pauses, key=lambda pause: pause[0]):
        if until is not None and until <= since:
            continue
        if merged and (merged[-1][1] is None or since <= merged[-1][1]):
            last = merged[-1][1]
            merged[-1] = (merged[-1][0], None if last is None or until is None else max(last, until))
        else:
            merged.append((since, until))
    return merged


def _counted(term: Term, calendar: Calendar, after: date, until: date | None) -> int:
    if until is None or until <= after:
        return 0
    return calendar.between(after, until) if term.counted == WORKDAY else (until - after).days


def _is_paused_on(term: Term, on: date) -> bool:
    return any(since <= on and (until is None or on < until) for since, until in term.pauses)
