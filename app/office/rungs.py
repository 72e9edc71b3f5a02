"""The ladder of supervision as dated rungs, set for one kind of case at a time: looked at, then done in one act. What
has been climbed stays climbed; only the next rung of terms that have begun since the day moves."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

import workflows
from app.domain import ladder, texts, trail
from app.domain.errands import Errand
from app.domain.errors import NotAllowed, Refusals, Refused
from app.domain.ladder import Ladder, Rung
from app.domain.notices import FORMS
from app.domain.people import Actor
from app.domain.register import Register
from app.office import reprojection
from app.office.changes import ByLadder
from workflows.grammar import N_

EDITORS = ("secadmin",)
LEVELS = tuple(level for level in ladder.NAMES if level > 0)  # the reminder comes when the term's own rule says
LATEST = 365  # working days after the end
AHEAD = timedelta(days=2 * 366)
PAPERS = {form.level: form.name for form in FORMS.values()}


@dataclass(frozen=True)
class Wish:
    """A ladder as somebody typed it; what is no number is None and refused with the rest."""

    kind: str | None
    after: dict[int, int | None]
    papers: frozenset[int]  # levels that write one
    basis: str
    valid_from: date | None


def read(given: dict) -> Wish:
    return Wish(
        given.get("kind") or None, {level: _number(given.get(f"after-{level}")) for level in LEVELS},
        frozenset(level for level in LEVELS if level in ladder.BY_ITSELF or given.get(f"paper-{level}")),
        given.get("basis") or "", _date(given.get("valid_from")))


def try_set(wish: Wish, *, by: Actor, register: Register, today: date) -> ByLadder:
    """What setting it would turn; refuses with every wrong field named, and writes nothing."""
    _let(by)
    if wrong := list(_faults(wish, register, today)):
        raise Refusals(wrong)
    rows = _changed(wish, register.ladder)
    if not rows:
        raise Refused(N_("The ladder stands like this already."), field="after-1")
    kept = [row for row in register.ladder if _key(row) not in {_key(row) for row in rows}]
    tried = Ladder([*kept, *(_tried(row, 2**30 + number) for number, row in enumerate(rows))])
    return ByLadder(tried, tuple(rows), wish.kind, wish.valid_from)


def set_ladder(session: Session, wish: Wish, *, by: Actor, at: datetime, words, register: Register) -> Errand:
    """Put the rungs in force with one entry; the errand tells each open term when its next rung comes."""
    change = try_set(wish, by=by, register=register, today=register.today(at))
    replaced = {_key(row) for row in change.rows}
    for row in session.query(Rung).where(Rung.withdrawn_at.is_(None), Rung.valid_from == wish.valid_from):
        if _key(row) in replaced:
            row.withdrawn_at = at
    session.add_all(change.rows)
    session.flush()
    entry = trail.append(
        session, trail.OFFICE, "ladder_set", by=by.username, unit=by.first.unit if by.first else None, at=at,
        words={"verb": words(trail.VERBS["ladder_set"].sentence)},
        plain={"rungs": [ladder.told(row) for row in change.rows]})
    payload = {"cause": "ladder", "kind": wish.kind, "since": wish.valid_from.isoformat(), "entry": entry.seq}
    return reprojection.ask(session, change, payload, by=by, at=at)


def _changed(wish: Wish, stands: Ladder) -> list[Rung]:
    """The rungs that differ from what holds on the day."""
    holds, rows = stands.of(wish.kind, on=wish.valid_from), []
    for level in LEVELS:
        form = PAPERS[level] if level in wish.papers else None
        step = holds.get(level)
        if step is None or (step.after, step.form) != (wish.after[level], form):
            rows.append(Rung(kind=wish.kind, level=level, after=wish.after[level], form=form, basis=wish.basis.strip(),
                             valid_from=wish.valid_from))
    return rows


def _tried(row: Rung, id: int) -> Rung:
    """A copy that is only tried: younger than any that stands."""
    return Rung(id=id, kind=row.kind, level=row.level, after=row.after, form=row.form, basis=row.basis,
                valid_from=row.valid_from)


def _let(by: Actor) -> None:
    if by.id is not None and not by.has(*EDITORS):
        raise NotAllowed(N_("Rules are set by the security administrator."))


def _faults(wish: Wish, register: Register, today: date):
    if wish.kind is not None and wish.kind not in workflows.every():
        yield Refused(N_("There is no such kind of case."), field="kind")
    before = 1
    for level in LEVELS:
        after = wish.after[level]
        if after is None or not 1 <= after <= LATEST:
            yield Refused(N_("A rung comes between 1 and %(latest)s working days after the end."),
                          field=f"after-{level}", latest=LATEST)
        elif after < before:
            yield Refused(N_("A rung does not come before the one below it (%(days)s)."), field=f"after-{level}",
                          days=str(before))
        before = after if after and after > before else before
    try:
        texts.required(wish.basis, field="basis", longest=300)
    except Refused as refused:
        yield refused
    first, last = register.calendar.first, today + AHEAD
    if wish.valid_from is None:
        yield Refused(N_("This is not a date; write it as 2026-11-02."), field="valid_from")
    elif not first <= wish.valid_from <= last:
        yield Refused(N_("A rule begins between %(first)s and %(last)s."), field="valid_from", first=first, last=last)


def _key(row) -> tuple:
    return row.kind, row.level, row.valid_from


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None
