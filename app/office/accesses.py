"""The access log on its way in and out: what was noted is kept, and as many rows as are asked for are given out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import accesses, cases, trail
from app.domain.accesses import KINDS, Wanted
from app.domain.cases import Case
from app.domain.files import File
from app.domain.notices import Notice
from app.domain.people import Actor, Unit
from app.domain.register import Register
from workflows.grammar import N_

BATCH = 400
READERS = ("logadmin", "auditor")
HEADS = (N_("Time"), N_("What happened"), N_("Account"), N_("Name"), N_("Unit"), N_("Case"), N_("Page"), N_("Detail"),
         N_("Times"), N_("Address"), N_("Device"))
# What somebody was told is not there → the column that says whether it is.
_THINGS = {"case": Case.number, "file": File.id, "notice": Notice.id, "unit": Unit.code}


def keep(connection, noted: list[dict]) -> int:
    """Write down what a process has noted. A page that was not found is written down only where the thing is there:
    `sought` = (what, which)."""
    there = _there(connection, {row["sought"] for row in noted if row.get("sought")})
    rows = [{key: value for key, value in row.items() if key != "sought"} for row in noted
            if not row.get("sought") or row["sought"] in there]
    found = accesses.merged(rows)
    accesses.add(connection, found)
    return len(found)


def _there(connection, sought: set[tuple]) -> set[tuple]:
    found = set()
    for what, column in _THINGS.items():
        if keys := [key for kind, key in sought if kind == what]:
            found |= {(what, key) for key in connection.scalars(select(column).where(column.in_(keys)))}
    return found


@dataclass(frozen=True)
class Reading:
    """Whose export it is, of what, as of when."""

    actor: Actor
    wanted: Wanted
    register: Register
    at: datetime
    words: object


def masked(session: Session, rows, actor: Actor) -> set[str]:
    """The numbers among these rows that this reader is not shown."""
    numbers = {row.case_number for row in rows if row.case_number}
    return cases.sealed_to(session, numbers, actor) if numbers else set()


def fitting(session: Session, wanted: Wanted, actor: Actor) -> bool:
    """Whether there is anything to look for: a sealed case is not there for who is not named on it."""
    return not (wanted.case and cases.sealed_to(session, {wanted.case}, actor))


def rows(session: Session, reading: Reading) -> Iterator[list]:
    """A row for each access, in the same memory for any number of them."""
    if not fitting(session, reading.wanted, reading.actor):
        return
    found = iter(session.execute(accesses.chosen(reading.wanted).execution_options(yield_per=BATCH)))
    people, words, local = reading.register.people, reading.words, reading.register.calendar.local
    while batch := list(islice(found, BATCH)):
        hidden = masked(session, batch, reading.actor)
        for row in batch:
            unit = people.by_code.get(row.unit or "")
            number = words(N_("a sealed case")) if row.case_number in hidden else row.case_number
            yield [local(row.at).replace(microsecond=0), words(KINDS[row.kind]), row.username,
                   people.named(row.username) if row.username else None, unit.name if unit else None, number,
                   row.place, row.detail, row.times, row.address, row.device]


def record(session: Session, reading: Reading, *, format: str, count: int, said: str, sha256: str):
    """Taking the log along is an entry."""
    by = reading.actor
    as_of = reading.register.calendar.local(reading.at).replace(microsecond=0).isoformat()
    return trail.append(
        session, trail.OFFICE, "accesses_exported", by=by.username, unit=by.first.unit, at=reading.at,
        words={"verb": reading.words(trail.VERBS["accesses_exported"].sentence)},
        plain={"format": format, "filter": said, "rows": count, "sha256": sha256, "as_of": as_of})
