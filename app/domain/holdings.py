"""Who held a case when: every minute of its life has exactly one holder, computed from its trail and nothing else.

Office: filed, closed; while a signed closing, an objection or a request waits for it. Lead: otherwise while assigned or
rectifying. Supporting unit: from the end of its part's due date, or from the lead's call if that is earlier, until it
finishes (several: the earliest due). Complainant: a pause that waits for the complainant. Nobody: other pauses.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from app.domain.workdays import Calendar
from workflows.grammar import N_, OFFICE_POSTS

OFFICE, LEAD, SUPPORT, COMPLAINANT, NOBODY = "office", "lead", "support", "complainant", "nobody"
OVER = ("reviewed", "ended")


@dataclass(frozen=True)
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


@dataclass
class _Part:
    due_on: date | None = None
    called_at: datetime | None = None

    def held_from(self, calendar: Calendar) -> datetime | None:
        ends = calendar.starts(self.due_on + timedelta(days=1)) if self.due_on else None
        return min((at for at in (ends, self.called_at) if at), default=None)


@dataclass
class _Life:
    """What the replay of a trail knows at one moment."""

    state: str = ""
    lead: str | None = None
    matter: tuple[str, str] | None = None  # purpose, stage
    pause: str | None = None
    parts: dict[str, _Part] = field(default_factory=dict)
    dues: dict[str, date | None] = field(default_factory=dict)
    seq: int = 0
    since: datetime | None = None  # up to when its time has been dealt out

    def holder(self, at: datetime, calendar: Calendar, office: str) -> Holding | None:
        def held(holder, unit, why, due_on=None, category=None):
            return Holding(at, at, holder, unit, why, due_on, category, self.seq)

        if self.state in OVER or not self.state:
            return None
        if self.state == "filed":
            return held(OFFICE, office, N_("Filed, to be assigned"), self.dues.get("accept"))
        if self.state == "closed":
            due_on = self.dues.get("call_back") or self.dues.get("look_back")
            return held(OFFICE, office, N_("Closed, to be reviewed"), due_on)
        if self.matter and self.matter[1] in OFFICE_POSTS:
            return held(OFFICE, office, _WAITING[self.matter[0]], self.dues.get("check"))
        if self.pause:
            whose = COMPLAINANT if self.pause == "complainant" else NOBODY
            return held(whose, None, N_("Paused"), category=self.pause)
        late = [(part.due_on or date.max, unit) for unit, part in self.parts.items()
                if (since := part.held_from(calendar)) and since <= at]
        if late:
            _, unit = min(late)
            called = self.parts[unit].called_at
            due_on = self.parts[unit].due_on
            why = N_("Called on by the lead") if called and (not due_on or calendar.on(called) <= due_on) else N_(
                "Its part is overdue")
            return held(SUPPORT, unit, why, due_on)
        why = N_("Assigned, to be started") if self.state == "assigned" else N_("In rectification")
        return held(LEAD, self.lead, why, self.dues.get("handle"))


_WAITING = {
    "objection": N_("An objection waits for the office"),
    "closing": N_("A signed closing waits for the office"),
    "extension": N_("A request for time waits for the office"),
    "pause": N_("A request to pause waits for the office"),
    "ending": N_("A proposal to end waits for the office"),
}


def of(entries: Iterable, calendar: Calendar, *, office: str, now: datetime) -> list[Holding]:
    """The holdings of one case from its entries in order, up to `now` or to its end."""
    life, spans = _Life(), []
    for entry in entries:
        if entry.verb in ("filed", "stepped", "reprojected", "reruled"):
            _advance(spans, life, entry.at, calendar, office)
            _apply(life, entry)
    _advance(spans, life, now, calendar, office)
    return _joined(spans)


def _advance(spans: list, life: _Life, until: datetime, calendar: Calendar, office: str) -> None:
    """Let time pass up to the next entry; only a part that falls due changes hands meanwhile."""
    since, life.since = life.since, until
    if since is None or until <= since:
        return
    changes = (part.held_from(calendar) for part in life.parts.values())
    edges = sorted({since, until, *(at for at in changes if at and since < at < until)})
    for start, end in pairwise(edges):
        if held := life.holder(start, calendar, office):
            spans.append(replace(held, since=start, until=end))


def _apply(life: _Life, entry) -> None:
    data = json.loads(entry.data)
    life.seq = entry.seq
    if entry.verb == "filed":
        life.state = "filed"
    if entry.verb == "stepped":
        life.state = data["to"]
        life.lead = data["lead"]
        if data["matter"]:
            matter = data["matter"]
            life.matter = None if matter["outcome"] else (matter["purpose"], matter["stage"])
        for change in data["supports"] or ():
            _change_part(life, change, entry.at)
    for clock in data["clocks"] or ():
        _turn(life, clock)


def _change_part(life: _Life, change: dict, at: datetime) -> None:
    match change["act"]:
        case "join":
            life.parts[change["unit"]] = _Part()
        case "call" if change["unit"] in life.parts:
            life.parts[change["unit"]].called_at = at
        case "finish" | "leave":
            life.parts.pop(change["unit"], None)


def _turn(life: _Life, clock: dict) -> None:
    due_on = date.fromisoformat(clock["due_on"]) if clock["due_on"] else None
    match clock["act"]:
        case "pause":
            life.pause = clock["category"]
        case "resume":
            life.pause = None
        case "stop" if clock["purpose"] == "handle":
            life.pause = None
    if clock["purpose"] == "part":
        if clock["unit"] in life.parts:
            life.parts[clock["unit"]].due_on = due_on
    elif clock["act"] != "stop":
        life.dues[clock["purpose"]] = due_on
    elif clock["purpose"] != "handle":
        life.dues.pop(clock["purpose"], None)


def _joined(spans: list[Holding]) -> list[Holding]:
    """Neighbours with the same holder, reason and date become one."""
    joined: list[Holding] = []
    for span in spans:
        last = joined[-1] if joined else None
        same = last and last.until == span.since and all(
            getattr(last, name) == getattr(span, name) for name in ("holder", "unit", "why", "due_on", "category")
        )
        if same:
            joined[-1] = replace(last, until=span.until)
        elif span.until > span.since:
            joined.append(span)
    return joined
