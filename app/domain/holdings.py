"""Who held a case when: every minute of its life has exactly one holder, computed from its trail and nothing else.

The definition in words is docs/holdings.md. What comes first in it wins: the office's own states, a pause, what waits
for the office, a part that is late or called for, the organ that owes an answer, the lead.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from app.domain import trail
from app.domain.base import day
from app.domain.workdays import Calendar
from workflows.grammar import N_, OFFICE_POSTS

OFFICE, LEAD, SUPPORT, ORGAN, COMPLAINANT, NOBODY = "office", "lead", "support", "organ", "complainant", "nobody"
HOLDERS = (OFFICE, LEAD, SUPPORT, ORGAN, COMPLAINANT, NOBODY)
OVER = ("reviewed", "ended")
TELLING = ("filed", "stepped", "reprojected", "reruled")  # the verbs that say who holds it, and until when it is due


@dataclass(frozen=True, slots=True)
class Holding:
    since: datetime
    until: datetime
    holder: str
    unit: str | None  # its code, where a unit holds
    why: str
    due_on: date | None = None  # of the holder's own term
    category: str | None = None  # of a pause
    seq: int = 0  # the entry it began with

    def worked(self, calendar: Calendar) -> float:
        return calendar.worked(self.since, self.until)

    def late_from(self, calendar: Calendar) -> datetime | None:
        """From when on it was held too long; None where it was not."""
        if self.due_on is None:
            return None
        end = calendar.starts(self.due_on + timedelta(days=1))
        return max(self.since, end) if end < self.until else None

    def late(self, calendar: Calendar) -> float:
        since = self.late_from(calendar)
        return 0.0 if since is None else calendar.worked(since, self.until)

    def within(self, since: datetime, until: datetime) -> "Holding | None":
        """What of it lies in a period; None where nothing does."""
        since, until = max(self.since, since), min(self.until, until)
        return replace(self, since=since, until=until) if since < until else None


@dataclass(slots=True)
class _Part:
    due_on: date | None = None
    called_at: datetime | None = None

    def held_from(self, calendar: Calendar) -> datetime | None:
        ends = calendar.starts(self.due_on + timedelta(days=1)) if self.due_on else None
        return min((at for at in (ends, self.called_at) if at), default=None)


@dataclass(slots=True)
class _Life:
    """What the replay of a trail knows at one moment."""

    state: str = ""
    suggested: bool = False  # whether its lead owes the answer to a suggestion
    lead: str | None = None
    matter: tuple[str, str] | None = None  # purpose, stage
    pause: str | None = None
    parts: dict[str, _Part] = field(default_factory=dict)
    dues: dict[str, date | None] = field(default_factory=dict)
    seq: int = 0
    since: datetime | None = None  # up to when its time has been dealt out
    runs_from: datetime | None = None  # when the lead's clock last began to run

    def holder(self, at: datetime, calendar: Calendar, office: str) -> tuple | None:
        """(holder, unit, why, due_on, category); None before and after its life."""
        if self.state in OVER or not self.state:
            return None
        if self.state == "filed":
            return OFFICE, office, N_("Filed, to be assigned"), self.dues.get("accept"), None
        if self.state == "closed":
            due_on = self.dues.get("call_back") or self.dues.get("look_back")
            return OFFICE, office, N_("Closed, to be reviewed"), due_on, None
        if self.pause:
            return *_paused(self.pause), self.pause
        if self.matter and self.matter[1] in OFFICE_POSTS:
            return OFFICE, office, _WAITING[self.matter[0]], self.dues.get("check"), None
        if self.parts and (late := self._late_part(at, calendar)):
            return late
        if self.suggested:
            return ORGAN, self.lead, N_("The suggestion waits for the organ's answer"), self.dues.get("adoption"), None
        why = N_("Assigned, to be started") if self.state == "assigned" else N_("In rectification")
        return LEAD, self.lead, why, self.dues.get("handle"), None

    def _late_part(self, at: datetime, calendar: Calendar) -> tuple | None:
        late = [(part.due_on or date.max, unit) for unit, part in self.parts.items()
                if (since := part.held_from(calendar)) and since <= at]
        if not late:
            return None
        _, unit = min(late)
        part = self.parts[unit]
        called = part.called_at and (not part.due_on or calendar.on(part.called_at) <= part.due_on)
        why = N_("Called on by the lead") if called else N_("Its part is overdue")
        return SUPPORT, unit, why, part.due_on, None


def _paused(category: str) -> tuple:
    return COMPLAINANT if category == "complainant" else NOBODY, None, N_("Paused"), None


_WAITING = {
    "objection": N_("An objection waits for the office"),
    "closing": N_("A signed closing waits for the office"),
    "extension": N_("A request for time waits for the office"),
    "pause": N_("A request to pause waits for the office"),
    "ending": N_("A proposal to end waits for the office"),
}


def of(entries: Iterable, calendar: Calendar, *, office: str, now: datetime) -> list[Holding]:
    """The holdings of one case from its entries in order, up to `now` or to its end."""
    told = Following(calendar, office)
    for entry in entries:
        if entry.verb in TELLING:
            told.hear(entry.seq, entry.at, entry.verb, trail.facts(entry))
    return told.until(now)


class Following:
    """The same, for whoever reads the entries of a case one after the other anyway; only those of TELLING count."""

    __slots__ = ("calendar", "life", "office", "spans")

    def __init__(self, calendar: Calendar, office: str):
        self.calendar, self.office, self.life, self.spans = calendar, office, _Life(), []

    def hear(self, seq: int, at: datetime, verb: str, data: dict) -> None:
        _advance(self.spans, self.life, at, self.calendar, self.office)
        _apply(self.life, seq, at, verb, data, self.spans, self.calendar)

    def until(self, now: datetime) -> list[Holding]:
        """All holdings up to `now`; nothing is heard afterwards."""
        return [Holding(since, until, *held, seq) for since, until, held, seq in self.bare(now)]

    def bare(self, now: datetime) -> list[list]:
        """The same as they are kept while following."""
        _advance(self.spans, self.life, now, self.calendar, self.office)
        return self.spans


def _advance(spans: list[list], life: _Life, until: datetime, calendar: Calendar, office: str) -> None:
    """Let time pass up to the next entry; only a part that falls due changes hands meanwhile. A span: since, until,
    what `holder` says, the entry it began with; neighbours that say the same are one."""
    since, life.since = life.since, until
    if since is None or until <= since:
        return
    if not life.parts:
        if held := life.holder(since, calendar, office):
            _add(spans, [since, until, held, life.seq])
        return
    changes = (part.held_from(calendar) for part in life.parts.values())
    for start, end in pairwise(sorted({since, until, *(at for at in changes if at and since < at < until)})):
        if held := life.holder(start, calendar, office):
            _add(spans, [start, end, held, life.seq])


def _add(spans: list[list], span: list) -> None:
    last = spans[-1] if spans else None
    if last and last[1] == span[0] and last[2] == span[2]:
        last[1] = span[1]
    else:
        spans.append(span)


def _apply(life: _Life, seq: int, at: datetime, verb: str, data: dict, spans: list[list], calendar: Calendar) -> None:
    life.seq = seq
    if verb == "filed":
        life.state = "filed"
    if verb == "stepped":
        life.state = data["to"]
        life.lead = data["lead"]
        if data["matter"]:
            matter = data["matter"]
            life.matter = None if matter["outcome"] else (matter["purpose"], matter["stage"])
        for change in data["supports"] or ():
            _change_part(life, change, at)
    for clock in data["clocks"] or ():
        _turn(life, clock, at)
        if clock["purpose"] == "handle" and clock["act"] == "pause":
            _stand_still(spans, life, clock.get("since_on"), calendar)


def _change_part(life: _Life, change: dict, at: datetime) -> None:
    match change["act"]:
        case "join":
            life.parts[change["unit"]] = _Part()
        case "call" if change["unit"] in life.parts:
            life.parts[change["unit"]].called_at = at
        case "finish" | "leave":
            life.parts.pop(change["unit"], None)


def _turn(life: _Life, clock: dict, at: datetime) -> None:
    purpose, act = clock["purpose"], clock["act"]
    if purpose == "part":
        if clock["unit"] in life.parts:
            life.parts[clock["unit"]].due_on = day(clock["due_on"])
        return
    if purpose == "handle":
        match act:
            case "pause":
                life.pause = clock["category"]
            case "start" | "resume":
                life.pause, life.runs_from = None, at
            case "stop":
                life.pause = None
    elif purpose == "adoption":
        life.suggested = act != "stop"
    if act != "stop":
        life.dues[purpose] = day(clock["due_on"])
    elif purpose != "handle":
        life.dues.pop(purpose, None)


def _stand_still(spans: list[list], life: _Life, since_on: str | None, calendar: Calendar) -> None:
    """A pause may be granted from an earlier day on; the time since then was nobody's after all."""
    if since_on is None or life.runs_from is None or date.fromisoformat(since_on) >= calendar.on(life.since):
        return
    since = max(calendar.starts(date.fromisoformat(since_on)), life.runs_from)
    spans[:] = [span for span in spans if span[0] < since]
    if spans and spans[-1][1] > since:
        spans[-1][1] = since
    if since < life.since:
        _add(spans, [since, life.since, (*_paused(life.pause), life.pause), life.seq])
