"""Why a term ends on its day: the rule, the start, each counted and skipped day, pauses, extensions with who granted
them, and the edition of the calendar that was counted by. Reads only; pages and commands put it into words."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clocks, terms, trail
from app.domain.cases import Case
from app.domain.clocks import FIXED, TimeNode
from app.domain.register import Register
from app.domain.trail import Entry
from app.office import calendar
from app.office.calendar import Edition
from workflows.grammar import N_

# What each day of a count is called; %(name)s is the holiday's.
DAYS = {
    "counted": N_("a working day"), "day": N_("calendar day"), "worked": N_("make-up workday"),
    "holiday": N_("%(name)s, off"), "off": N_("weekend"), "paused": N_("paused"),
    "moved": N_("after the last day, which was off"),
}
ACTS = {
    "start": N_("Began"), "stop": N_("Ended"), "pause": N_("Paused"), "resume": N_("Went on"),
    "extend": N_("Extended by %(days)s"), "move": N_("Moved with the calendar"), "rule": N_("Moved with a rule"),
}


@dataclass(frozen=True)
class Act:
    """One turn of this clock, as the trail holds it."""

    act: str
    at: datetime
    actor: str
    unit: str | None
    seq: int
    days: int | None
    due_on: date | None


@dataclass(frozen=True)
class Why:
    node: TimeNode
    days: list[terms.Counted]  # up to the end; up to the pause where it is paused
    acts: list[Act]
    editions: list[Edition]

    @property
    def is_given(self) -> bool:
        """The end was given as a date; nothing was counted."""
        return self.node.counted == FIXED


def of(session: Session, case: Case, node: TimeNode, register: Register) -> Why:
    until = node.due_on or node.paused_on or node.started_on
    days = [] if node.counted == FIXED else list(terms.count(node.term, register.calendar, until))
    return Why(node, days, _acts(session, case, node), calendar.editions(
        session, node.started_on.year, max(until.year, node.started_on.year)))


def nodes(session: Session, case: Case, number: int | None = None) -> list[TimeNode]:
    """One by its number, or those that run."""
    found = clocks.of_case(session, case.id)
    return [node for node in found if (node.runs if number is None else node.no == number)]


def _acts(session: Session, case: Case, node: TimeNode) -> list[Act]:
    query = select(Entry.seq, Entry.at, Entry.actor, Entry.unit, Entry.verb, Entry.data)
    found = session.execute(query.where(Entry.stream == case.number).order_by(Entry.seq))
    return [
        Act(clock["act"], entry.at, entry.actor, entry.unit, entry.seq, clock.get("days"),
            date.fromisoformat(clock["due_on"]) if clock["due_on"] else None)
        for entry in found for clock in trail.facts(entry).get("clocks") or () if clock["node"] == node.no
    ]


def said(counted: terms.Counted, node: TimeNode) -> str:
    """The sentence of a day, still to be translated; a calendar-day term counts days off too and names them."""
    return DAYS["day" if counted.why == "counted" and node.counted == "day" else counted.why]
