"""Entries by which one trail points to another; who may not see the other case does not see the entry either."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import trail
from app.domain.cases import Case, may_see
from app.domain.people import Actor

RAISED_FROM, RAISED = "raised_from", "raised"


def for_eyes_of(session: Session, entries: list, actor: Actor) -> list:
    """The entries without those that name a case this reader is not to know of. Where a case came from stands in it for
    all who see it, unless that other one is sealed. One query, and only where an entry names one."""
    named = {entry.seq: trail.facts(entry) for entry in entries if entry.verb == "linked"}
    if not named:
        return entries
    numbers = {data["to"] for data in named.values()}
    query = select(Case.number, Case.sealed, may_see(actor)).where(Case.number.in_(numbers))
    found = {number: (sealed, seen) for number, sealed, seen in session.execute(query)}
    return [entry for entry in entries if entry.seq not in named or _is_known(named[entry.seq], *found[
        named[entry.seq]["to"]])]


def _is_known(data: dict, is_sealed: bool, is_seen: bool) -> bool:
    return bool(is_seen) or (data["relation"] == RAISED_FROM and not is_sealed)


def attached(entries: list) -> dict | None:
    """What the case was raised from: to, seq and seal of the last entry that stood there then."""
    found = (trail.facts(entry) for entry in entries if entry.verb == "linked")
    return next((data for data in found if data["relation"] == RAISED_FROM), None)
