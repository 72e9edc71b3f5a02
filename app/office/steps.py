"""Taking a step: the one story behind every button of every kind."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import workflows
from app.domain import cases, changes, tellings, trail
from app.domain.cases import Case
from app.domain.errors import Moved, Refused, Word
from app.domain.matters import Matter
from app.domain.people import Actor
from app.domain.register import Register
from app.domain.standing import stand
from app.domain.trail import Entry, Written
from app.office import answers as told
from app.office import clocks, decisions, hands
from app.office.taking import Taking
from workflows.grammar import MATTERS, N_


def take_step(session: Session, case: Case, name: str, *, by: Actor, at: datetime, seen: int | None, answers: dict,
              words, register: Register, files: tuple[str, ...] = ()) -> Written:
    """Move the case by one step of its table, with everything that hangs on it; refuses before it changes anything.

    `seen` is the version the page showed (None for verbs that read the case just now); `words` translates into the
    record language. Raises NotAllowed, Moved, Refused; on Refusals each field has its sentence.
    """
    standing = stand(session, case, by=by, today=register.today(at))
    step, held = standing.right_to(name)
    if seen is not None and seen != case.version:
        raise _moved(session, case, register)
    standing.let(step)
    taking = Taking(session, case, standing, step, held, by, at, told.check(step.asks, answers), register)
    _check_named(taking)
    clocks.check_days(taking)
    decisions.check(taking)

    before = case.state
    if not standing.workflow.fire(step, standing):
        raise Refused(N_("This step cannot be taken now."))
    with session.no_autoflush:
        hands.move(taking)
        _mark(taking, before)
        _put_matter(taking)
        clocks.turn(taking, before=before, after=standing.state)
        hands.assign_parts(taking)
        _settle_matter(taking)
        case.state = standing.state
        clocks.show(case, standing.nodes, standing.workflow.state[case.state], register,
                    matter=standing.matter)
        entry = _record(taking, before, words, files)
        _tell(taking, entry)
    changes.write(session)
    return entry


def _check_named(taking: Taking) -> None:
    """Units and cases that an answer names must be there."""
    for ask in taking.step.asks:
        named = taking.answers[ask.name]
        if ask.kind == "unit" and named is not None:
            taking.unit(ask.name)
        if ask.kind == "case" and named is not None:
            if named == taking.case.number:
                raise Refused(N_("A case is not merged into itself."), field=ask.name)
            if cases.find(taking.session, named, taking.by) is None:
                raise Refused(N_("There is no case with this number, or it is not for you to see."), field=ask.name)


def _mark(taking: Taking, before: str) -> None:
    case, step = taking.case, taking.step
    for mark, value in step.sets:
        match value:
            case "at":
                setattr(case, mark, taking.at)
            case "at?":
                setattr(case, mark, getattr(case, mark) or taking.at)
            case "from":
                setattr(case, mark, before)
            case _:
                setattr(case, mark, value)
    if step.counts:
        setattr(case, step.counts, getattr(case, step.counts) + 1)
    case.takers = {**_still_apart(taking), step.name: taking.by.id}


def _still_apart(taking: Taking) -> dict:
    """Who took which step last. Of those who assigned only the last one counts, else two dispatchers lock a case."""
    if taking.step.hands != "assign":
        return taking.case.takers
    assigning = {step.name for step in taking.standing.workflow.steps if step.hands == "assign"}
    return {name: who for name, who in taking.case.takers.items() if name not in assigning}


def _put_matter(taking: Taking) -> None:
    """Open the matter that this step puts up, or carry the waiting one to its next stage."""
    step, standing = taking.step, taking.standing
    if step.opens:
        stage = MATTERS[step.opens].stages[0]
        plain, _ = told.parted(step.asks, taking.answers)
        standing.matter = Matter(
            case_id=taking.case.id, purpose=step.opens, stage=stage, unit_id=_stage_unit(taking, stage), answers=plain,
            asked_by_id=taking.by.id, asked_at=taking.at, asked_seq=0, reached_at=taking.at,
        )
        taking.session.add(standing.matter)
    elif step.signs:
        standing.matter.stage = standing.matter.next_stage()
        standing.matter.unit_id = _stage_unit(taking, standing.matter.stage)
        standing.matter.reached_at = taking.at
    else:
        return
    taking.matter = {"purpose": standing.matter.purpose, "stage": standing.matter.stage, "outcome": None}


def _settle_matter(taking: Taking) -> None:
    if taking.step.settles:
        matter = taking.standing.matter
        matter.settled_at, matter.outcome = taking.at, taking.step.outcome
        taking.matter = {"purpose": matter.purpose, "stage": matter.stage, "outcome": matter.outcome}


def _stage_unit(taking: Taking, stage: str) -> int:
    return taking.case.lead_id if stage == "principal" else taking.register.people.office.id


def _record(taking: Taking, before: str, words, files) -> Written:
    case, step, workflow = taking.case, taking.step, taking.standing.workflow
    plain, beside = told.parted(step.asks, taking.answers)
    labels = {"verb": words(step.label), "from": words(workflow.state[before].label),
              "to": words(workflow.state[case.state].label)} | told.labels(step.asks, taking.answers, words)
    entry = trail.append(
        taking.session, case.number, "stepped", by=taking.by.username, unit=taking.held.unit, at=taking.at,
        words=labels,
        plain={"step": step.name, "from": before, "to": case.state, "answers": plain, "lead": taking.code(case.lead_id),
               "supports": taking.supports, "matter": taking.matter, "clocks": taking.clocks, "files": list(files)},
        beside=beside,
    )
    if step.opens:
        taking.standing.matter.asked_seq = entry.seq
    if step.moves_version:
        case.version = entry.seq
    case.touched_at = taking.at
    return entry


def _tell(taking: Taking, entry: Entry) -> None:
    found = [officer for role in taking.step.tells for officer in _hearers(taking, role)]
    tellings.tell(taking.session, entry, found, but=taking.by.id)


def _hearers(taking: Taking, role: str):
    people, case = taking.register.people, taking.case
    match role:
        case "lead" | "liaison" | "principal":
            posts = ("principal",) if role == "principal" else ("liaison", "discipline")
            unit = case.lead_id or taking.old_lead
            return [o for post in posts for o in people.holding(post, unit)] if unit else []
        case "old_lead":
            return people.holding("liaison", taking.old_lead) if taking.old_lead else []
        case "supports":
            return [o for hand in taking.standing.supports for o in people.holding("liaison", hand.unit_id)]
        case "support":
            return people.holding("liaison", taking.unit("unit", living=False).id)
        case _:
            return people.holding(role)


def _moved(session: Session, case: Case, register: Register) -> Moved:
    """Who moved it meanwhile, and when."""
    entry = session.scalar(select(Entry).where(Entry.stream == case.number, Entry.seq == case.version))
    steps = workflows.get(case.kind).step
    stepped = entry.verb == "stepped"
    label = steps[trail.facts(entry)["step"]].label if stepped else trail.VERBS[entry.verb].sentence
    return Moved(
        N_("%(who)s took “%(step)s” at %(at)s, after you opened this page. Nothing of yours was done; here is how the "
           "case stands now."),
        who=register.people.named(entry.actor), step=Word(label), at=register.calendar.local(entry.at),
    )

