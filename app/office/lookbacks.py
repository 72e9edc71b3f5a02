"""Looking back by lot: announce, draw with the first checkpoint after that, hand out, look, reopen what was not put
right; each an entry, so that it can be repeated from the trail alone."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

import workflows
from app.domain import clocks, keys, lookbacks, lots, numbers, texts, trail
from app.domain.cases import Case
from app.domain.errors import NotAllowed, Refusal, Refusals, Refused
from app.domain.lookbacks import HELD, MOST, MUSTS, RESULTS, Look, Lookback, Rule
from app.domain.people import Actor
from app.domain.register import Register
from app.domain.terms import Term
from app.domain.trail import Written
from app.office.steps import take_step
from workflows.grammar import N_

LONGEST = timedelta(days=2 * 366)  # a period


def announce(session: Session, rule: Rule, *, by: Actor, at: datetime, words, register: Register) -> Lookback:
    """Put population and rule on record before anybody can know what will be drawn from them."""
    _let(by)
    _check(rule, register, at)
    rows = lookbacks.population(session, rule)
    if not rows:
        raise Refused(N_("No closed case fits; there is nothing to draw from."))
    if len(rows) > MOST:
        raise Refused(N_("More than %(most)s cases fit; please choose a shorter period or a narrower rule."), most=MOST)
    must = lookbacks.musts(session, rows, rule.musts)
    year = register.calendar.local(at).year
    made = Lookback(
        year=year, serial=numbers.take(session, "lookback", year)[0], kind=rule.kind, klass=rule.klass,
        unit_id=rule.unit_id, since=rule.since, until=rule.until, share=rule.share, musts=list(rule.musts),
        count=len(rows), announced_at=at, announced_by_id=by.id, announced_seq=0)
    made.announced_seq = _announcement(session, made, rows, must, by, at, words, register).seq
    session.add(made)
    session.flush()
    session.execute(insert(Look.__table__), [
        {"lookback_id": made.id, "case_id": row.id, "musts": must[row.id], "reopened": False} for row in rows])
    return made


def draw(session: Session, lookback: Lookback, *, by: Actor, at: datetime, words, register: Register) -> list[str]:
    """Draw with the first checkpoint that holds the announcement, and with no other; hand out what was drawn."""
    _let(by)
    if lookback.drawn_at is not None:
        raise Refused(N_("The lot has been drawn already; it is drawn once."))
    checkpoint = lookbacks.first_checkpoint(session, lookback)
    if checkpoint is None:
        raise Refused(N_("No checkpoint has been signed since the announcement; one comes within five minutes."))
    drawn = repeat(session, lookback, checkpoint.note)
    found = session.scalars(select(Case).join(Look, Look.case_id == Case.id).where(Look.lookback_id == lookback.id))
    cases = {case.number: case for case in found}
    hands, has = {}, Counter()
    for place, number in enumerate(drawn):
        officer, due_on = _whose(cases[number], has, register), _due(cases[number], register, at)
        has[officer] += 1
        hands[number] = {"officer": register.people.username_of(officer), "due_on": due_on.isoformat()}
        session.execute(update(Look).where(Look.lookback_id == lookback.id, Look.case_id == cases[number].id).values(
            place=place + 1, officer_id=officer, due_on=due_on))
    text = keys.parted(checkpoint.note)[0]
    announcement = lookbacks.entry(session, lookback.announced_seq)
    lookback.drawn_at = at
    lookback.drawn_seq = _record(
        session, "lot_drawn", by, at, words, lookback=lookback.number, announcement=lookback.announced_seq,
        checkpoint=text, seed=lots.seed(text, announcement.seal).hex(), drawn=drawn, hands=hands).seq
    session.flush()
    return drawn


def repeat(session: Session, lookback: Lookback, note: str) -> list[str]:
    """The draw once more, from the announcement and a checkpoint; refused with any but the one it is bound to."""
    bound = lookbacks.first_checkpoint(session, lookback)
    try:
        text = keys.parted(note)[0]
    except keys.BadNote:
        raise Refused(N_("This is not a checkpoint."), field="note") from None
    if bound is None or text != keys.parted(bound.note)[0]:
        raise Refused(N_("The draw is bound to the first checkpoint after the announcement; this is another one."),
                      field="note")
    announcement = lookbacks.entry(session, lookback.announced_seq)
    told = trail.facts(announcement)
    return lots.drawn(lots.seed(text, announcement.seal), told["population"], told["musts"], told["rule"]["share"])


def hand(session: Session, lookback: Lookback, case: Case, to: Actor, *, by: Actor, at: datetime, words) -> Written:
    """Somebody else looks at it."""
    _let(by, "supervisor", "director")
    look = _open(session, lookback, case)
    if not to.has("supervisor"):
        raise Refused(N_("Only a supervisor looks back."), field="to")
    if case.takers.get("review") == to.id:
        raise Refused(N_("Whoever reviewed the case does not look back at it."), field="to")
    look.officer_id = to.id
    session.flush()
    return _record(session, "lot_handed", by, at, words, lookback=lookback.number, case=case.number, to=to.username)


def look(session: Session, lookback: Lookback, case: Case, *, result: str, finding: str, reopen: bool, by: Actor,
         at: datetime, words, register: Register) -> None:
    """What was found; where it was not put right, the case may be reopened with the same words, as one act."""
    row = _open(session, lookback, case)
    if row.officer_id != by.id or not by.has("supervisor"):
        raise NotAllowed(N_("Only who was given the case looks back at it."))
    if result not in RESULTS:
        raise Refused(N_("Please choose one of these."), field="result")
    if reopen and result == HELD:
        raise Refused(N_("What was put right is not reopened."), field="reopen")
    finding = texts.required(finding, field="finding", longest=10_000)
    trail.append(session, case.number, "looked_back", by=by.username, unit=by.first.unit, at=at,
                 words={"verb": words(trail.VERBS["looked_back"].sentence), "result": words(RESULTS[result])},
                 plain={"lookback": lookback.number, "result": result, "reopened": reopen}, beside={"finding": finding})
    if reopen:
        take_step(session, case, "reopen", by=by, at=at, seen=None, answers={"reason": finding}, words=words,
                  register=register)
    row.result, row.finding, row.looked_at, row.looked_by_id, row.reopened = result, finding, at, by.id, reopen
    case.touched_at = at
    session.flush()
    _end(session, lookback, by, at, words)


def _check(rule: Rule, register: Register, at: datetime) -> None:
    wrong: list[Refusal] = []
    today = register.today(at)
    if rule.since > rule.until:
        wrong.append(Refused(N_("The period ends before it begins."), field="until"))
    elif rule.until - rule.since > LONGEST:
        wrong.append(Refused(N_("A period is at most two years long."), field="until"))
    if rule.until > today:
        wrong.append(Refused(N_("This day has not come yet."), field="until"))
    if not 1 <= rule.share <= 100:
        wrong.append(Refused(N_("The share is between 1 and 100 percent."), field="share"))
    if rule.kind is not None and rule.kind not in workflows.every():
        wrong.append(Refused(N_("There is no such kind of case."), field="kind"))
    if set(rule.musts) - MUSTS.keys():
        wrong.append(Refused(N_("Please choose one of these."), field="musts"))
    if wrong:
        raise Refusals(wrong)


def _announcement(session: Session, made: Lookback, rows, must, by, at, words, register: Register) -> Written:
    """Population and all: whoever has this entry and the checkpoint needs nothing else to repeat the draw."""
    unit = register.people.unit(made.unit_id)
    return _record(
        session, "lot_announced", by, at, words, lookback=made.number,
        rule={"since": made.since.isoformat(), "until": made.until.isoformat(), "kind": made.kind, "class": made.klass,
              "unit": unit.code if unit else None, "share": made.share, "musts": made.musts},
        population=[row.number for row in rows], digest=lots.digest(row.number for row in rows),
        musts={row.number: must[row.id] for row in rows if must[row.id]})


def _whose(case: Case, has: Counter, register: Register) -> int:
    """Whoever has the fewest; but nobody looks back at what he reviewed himself, where there is another."""
    people = register.people.holding("supervisor", register.people.office.id)
    others = [officer for officer in people if case.takers.get("review") != officer] or list(people)
    return min(others, key=lambda officer: has[officer])


def _due(case: Case, register: Register, at: datetime):
    on = register.today(at)
    rule = register.rules.of("spot_check", kind=case.kind, klass=case.klass, grade=case.grade, on=on)
    return clocks.due(Term(on, rule.budget, rule.counted), register.calendar)


def _open(session: Session, lookback: Lookback, case: Case) -> Look:
    found = session.get(Look, (lookback.id, case.id), with_for_update=True)
    if found is None or found.place is None:
        raise Refused(N_("This case was not drawn."))
    if found.result is not None:
        raise Refused(N_("It has been looked at already."))
    return found


def _end(session: Session, lookback: Lookback, by: Actor, at: datetime, words) -> None:
    """With the last result the lookback is over, and says so."""
    counts = dict(session.execute(select(Look.result, func.count()).where(
        Look.lookback_id == lookback.id, Look.place.is_not(None)).group_by(Look.result)).all())
    if None in counts:
        return
    lookback.ended_at = at
    _record(session, "lot_ended", by, at, words, lookback=lookback.number,
            results={name: counts.get(name, 0) for name in RESULTS})
    session.flush()


def _let(by: Actor, *posts: str) -> None:
    if not by.has(*(posts or ("supervisor",))):
        raise NotAllowed(N_("This is not for your post to do."))


def _record(session: Session, verb: str, by: Actor, at: datetime, words, **plain) -> Written:
    held = next(held for held in by.held if held.post in ("supervisor", "director"))
    return trail.append(session, trail.OFFICE, verb, by=by.username, unit=held.unit, at=at,
                        words={"verb": words(trail.VERBS[verb].sentence)}, plain=plain)
