"""Terms as dated rules: set, taken over from a profile, withdrawn, each tried before it is done and an entry when it
is; the running terms that move with them are left to `reprojection`."""

import re
from dataclasses import asdict
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

import workflows
from app.domain import texts, trail
from app.domain.errands import Errand
from app.domain.errors import NotAllowed, Refusal, Refusals, Refused
from app.domain.people import Actor
from app.domain.register import Register
from app.domain.rules import DAY, WORKDAY, Rule, Rules, TermRule
from app.office import reprojection
from app.office.changes import ByRules
from workflows.grammar import N_, PURPOSES

EDITORS = ("secadmin",)
LONGEST, OFTEN = 3650, 9  # days of a term; extensions of one
AHEAD = timedelta(days=2 * 366)
_NEW = 2**30  # ids of rules that are only tried: younger than any that stand


def try_set(rows: list[TermRule], *, to_open: bool, by: Actor, register: Register, today: date) -> ByRules:
    """What setting these rules would turn; refuses with every wrong field named, and writes nothing."""
    _let(by)
    wrong = [refusal for row in rows for refusal in _faults(row, register, today)]
    if wrong:
        raise Refusals(wrong)
    named = tuple(_view(row, _NEW + number) for number, row in enumerate(rows))
    return ByRules(register.calendar, Rules([*register.rules, *named]), named, to_open)


def set_rules(session: Session, rows: list[TermRule], *, to_open: bool, by: Actor, at: datetime, words,
              register: Register) -> Errand:
    """Put the rules in force with one entry; the errand turns the running terms that they hold for."""
    try_set(rows, to_open=to_open, by=by, register=register, today=register.today(at))
    session.add_all(rows)
    session.flush()
    named = tuple(_view(row, row.id) for row in rows)
    entry = _record(session, "rules_set", by, at, words, profile=rows[0].profile, to_open=to_open,
                    rules=[_told(rule) for rule in named])
    change = ByRules(register.calendar, Rules([*register.rules, *named]), named, to_open, entry=entry.seq)
    return reprojection.ask(session, change, _payload(change), by=by, at=at)


def try_withdraw(id: int, *, reason: str, to_open: bool, by: Actor, register: Register, today: date) -> ByRules:
    """What its end would turn; a term that then had no rule keeps the one it has."""
    _let(by)
    found = tuple(rule for rule in register.rules if rule.id == id)
    if not found:
        raise Refused(N_("This rule is not in force."))
    texts.required(reason, field="reason", longest=2000)
    left = Rules([rule for rule in register.rules if rule.id != id])
    _check_complete(left, today)
    return ByRules(register.calendar, left, found, to_open, withdrawn=True)


def withdraw(session: Session, id: int, *, reason: str, to_open: bool, by: Actor, at: datetime, words,
             register: Register) -> Errand | None:
    """End a rule; terms that run by it go on as they are unless `to_open`."""
    change = try_withdraw(id, reason=reason, to_open=to_open, by=by, register=register, today=register.today(at))
    session.get(TermRule, id).withdrawn_at = at
    session.flush()
    entry = _record(session, "rule_withdrawn", by, at, words, rule=_told(change.named[0]), to_open=to_open,
                    beside={"reason": reason})
    change = ByRules(change.calendar, change.rules, change.named, to_open, withdrawn=True, entry=entry.seq)
    return reprojection.ask(session, change, _payload(change), by=by, at=at) if to_open else None


def read(given: dict) -> TermRule:
    """A rule from what somebody typed; numbers and dates that are none become None and are refused with the rest."""
    return TermRule(
        profile=given.get("profile") or "", purpose=given.get("purpose") or "", kind=given.get("kind") or None,
        klass=(given.get("class") or "").strip() or None, grade=given.get("grade") or None,
        budget=_number(given.get("budget")), counted=given.get("counted") or "", cap=_number(given.get("cap") or "0"),
        extensions=_number(given.get("extensions") or "0"), remind=_number(given.get("remind") or "0"),
        basis=given.get("basis") or "", valid_from=_date(given.get("valid_from")),
    )


def _let(by: Actor) -> None:
    if by.id is not None and not by.has(*EDITORS):
        raise NotAllowed(N_("Rules are set by the security administrator."))


def _faults(row: TermRule, register: Register, today: date) -> list[Refused]:
    wrong = []
    for check in (_check_whose, _check_length, _check_extension, _check_reminder, _check_words):
        try:
            check(row)
        except Refusal as refusal:
            wrong.append(refusal)
    try:
        _check_start(row, register, today)
    except Refusal as refusal:
        wrong.append(refusal)
    return wrong


def _check_whose(row: TermRule) -> None:
    if row.purpose not in PURPOSES or PURPOSES[row.purpose].is_of_notice:
        raise Refused(N_("Please choose one of these."), field="purpose")
    kinds = workflows.every()
    if row.kind is not None and row.kind not in kinds:
        raise Refused(N_("There is no such kind of case."), field="kind")
    having = [kinds[row.kind]] if row.kind else kinds.values()
    if row.grade is not None and not any(row.grade in dict(workflow.grades) for workflow in having):
        raise Refused(N_("Cases of this kind have no such grade."), field="grade")


def _check_length(row: TermRule) -> None:
    if row.counted not in (WORKDAY, DAY):
        raise Refused(N_("Please choose one of these."), field="counted")
    if row.budget is None or not 1 <= row.budget <= LONGEST:
        raise Refused(N_("A term is between 1 and %(longest)s days long."), field="budget", longest=LONGEST)


def _check_extension(row: TermRule) -> None:
    if row.cap is None or not 0 <= row.cap <= LONGEST:
        raise Refused(N_("An extension adds between 0 and %(longest)s days."), field="cap", longest=LONGEST)
    if row.extensions is None or not 0 <= row.extensions <= OFTEN:
        raise Refused(N_("A term is extended at most %(often)s times."), field="extensions", often=OFTEN)
    if row.cap and not row.extensions:
        raise Refused(N_("Days are allowed for an extension, but no extension is; say how many."), field="extensions")
    if row.extensions and not row.cap:
        raise Refused(N_("An extension is allowed, but no days for it; say how many at most."), field="cap")


def _check_reminder(row: TermRule) -> None:
    """The window is counted in working days, five of which make seven days of a term in calendar days."""
    if row.remind is None or row.remind < 0:
        raise Refused(N_("The reminder comes a whole number of working days before the end, 0 for none."),
                      field="remind")
    if row.budget and row.budget > 0 and row.remind * (7 if row.counted == DAY else 5) > row.budget * 5:
        raise Refused(N_("The reminder window is longer than the term."), field="remind")


def _check_words(row: TermRule) -> None:
    texts.required(row.profile, field="profile", longest=80)
    texts.required(row.basis, field="basis", longest=300)
    texts.optional(row.klass, field="class", longest=120)


def _check_start(row: TermRule, register: Register, today: date) -> None:
    if row.valid_from is None:
        raise Refused(N_("This is not a date; write it as 2026-11-02."), field="valid_from")
    first, last = register.calendar.first, today + AHEAD
    if not first <= row.valid_from <= last:
        raise Refused(N_("A rule begins between %(first)s and %(last)s."), field="valid_from", first=first, last=last)
    for rule in register.rules:
        if _key(rule) == _key(row):
            raise Refused(N_("A rule for the same begins on the same day; withdraw it first."), field="valid_from")


def _check_complete(left: Rules, today: date) -> None:
    """Every term that a workflow starts must still have a rule, whatever the grade."""
    for kind, workflow in workflows.every().items():
        purposes = {"check", "standing", "part"}
        purposes |= {term for state in workflow.states for term in (*state.terms, *state.keeps)}
        purposes |= {term for step in workflow.steps for term in step.starts}
        for purpose in purposes:
            for grade, _label in workflow.grades:
                left.of(purpose, kind=kind, klass=None, grade=grade, on=today)


def _key(rule) -> tuple:
    return rule.purpose, rule.kind, rule.klass, rule.grade, rule.valid_from


def _view(row: TermRule, id: int) -> Rule:
    return Rule(**{name: getattr(row, name) for name in Rule.__annotations__ if name != "id"}, id=id)


def _told(rule: Rule) -> dict:
    told = asdict(rule) | {"class": rule.klass, "valid_from": rule.valid_from.isoformat()}
    return {name: value for name, value in told.items() if name not in ("klass", "profile", "id")}


def _payload(change: ByRules) -> dict:
    rows = [asdict(rule) | {"valid_from": rule.valid_from.isoformat()} for rule in change.named]
    return {"cause": "rules", "rules": rows, "to_open": change.to_open, "withdrawn": change.withdrawn,
            "entry": change.entry}


def _record(session: Session, verb: str, by: Actor, at: datetime, words, *, beside=None, **plain):
    return trail.append(
        session, trail.OFFICE, verb, by=by.username, unit=by.first.unit if by.first else None, at=at,
        words={"verb": words(trail.VERBS[verb].sentence)}, plain=plain, beside=beside)


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if re.fullmatch("-?[0-9]{1,9}", text) else None


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None
