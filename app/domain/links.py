"""Entries by which one trail points to another; who may not see the other case does not see the entry either."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import trail
from app.domain.cases import Case, may_see
from app.domain.people import Actor

RAISED_FROM, RAISED = "raised_from", "raised"


def for_eyes_of(session: Session, entries: list, actor: Actor) -> list:
    """The entries without those that name a case this reader may not see. One query, and only where any names one."""
    named = {entry.seq: trail.facts(entry)["to"] for entry in entries if entry.verb == "linked"}
    if not named:
        return entries
    seen = set(session.scalars(select(Case.number).where(Case.number.in_(set(named.values())), may_see(actor))))
    return [entry for entry in entries if entry.seq not in named or named[entry.seq] in seen]


def attached(entries: list) -> dict | None:
    """What the case was raised from: to, seq and seal of the last entry that stood there then."""
    found = (trail.facts(entry) for entry in entries if entry.verb == "linked")
    return next((data for data in found if data["relation"] == RAISED_FROM), None)
