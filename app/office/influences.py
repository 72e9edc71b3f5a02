"""Setting an influence period: a dated rule like the terms, each an entry; decisions that stand are not touched."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.domain import influences, texts, trail
from app.domain.errors import NotAllowed, Refusal, Refusals, Refused
from app.domain.influences import LONGEST, Influence
from app.domain.people import Actor
from app.domain.register import Register
from workflows.accountability import METHODS
from workflows.grammar import N_

EDITORS = ("secadmin",)
AHEAD = timedelta(days=2 * 366)
SPARED = "none"  # who is not held to account bears no influence either


def set_period(session: Session, method: str, *, months: int | None, basis: str, valid_from: date | None, by: Actor,
               at: datetime, words, register: Register) -> Influence:
    """From a day on; one that began on the same day gives way to it."""
    if not by.has(*EDITORS):
        raise NotAllowed(N_("Rules are set by the security administrator."))
    _check(method, months, basis, valid_from, register, register.today(at))
    for row in influences.in_force(session):
        if (row.method, row.valid_from) == (method, valid_from):
            row.withdrawn_at = at
    made = Influence(method=method, months=months, basis=basis, valid_from=valid_from)
    session.add(made)
    session.flush()
    period = {"method": method, "months": months, "basis": basis, "valid_from": valid_from.isoformat()}
    trail.append(session, trail.OFFICE, "influences_set", by=by.username, unit=by.first.unit, at=at,
                 words={"verb": words(trail.VERBS["influences_set"].sentence), "method": words(dict(METHODS)[method])},
                 plain={"periods": [period]})
    return made


def _check(method, months, basis, valid_from, register: Register, today: date) -> None:
    wrong: list[Refusal] = []
    if method not in dict(METHODS) or method == SPARED:
        wrong.append(Refused(N_("Please choose one of these."), field="method"))
    if months is None or not 1 <= months <= LONGEST:
        wrong.append(Refused(N_("An influence period is between 1 and %(longest)s months long."), field="months",
                             longest=LONGEST))
    try:
        texts.required(basis, field="basis", longest=300)
    except Refusal as refusal:
        wrong.append(refusal)
    first, last = register.calendar.first, today + AHEAD
    if valid_from is None:
        wrong.append(Refused(N_("This is not a date; write it as 2026-11-02."), field="valid_from"))
    elif not first <= valid_from <= last:
        wrong.append(Refused(N_("A rule begins between %(first)s and %(last)s."), field="valid_from", first=first,
                             last=last))
    if wrong:
        raise Refusals(wrong)
