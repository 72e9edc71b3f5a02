"""Terms stop, start or run on with the new state of a case; pauses and extensions are carried out as decided."""

from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, select

from app.domain import clocks
from app.domain.cases import Case
from app.domain.clocks import TimeNode
from app.domain.errors import Refused
from app.domain.matters import Matter
from app.domain.people import UnitView
from app.domain.register import Register
from app.office.taking import Taking
from workflows.grammar import MATTERS, N_, OFFICE_POSTS, PURPOSES

SUSPENDED = ("handle", "reply")  # what a pause stops and an extension stretches
QUARTER = timedelta(days=92)


def turn(taking: Taking, *, before: str, after: str) -> None:
    """Every clock that this step moves; afterwards the case shows its leading date."""
    state, step = taking.standing.workflow.state[after], taking.step
    stops, starts = set(step.stops), list(step.starts)
    if taking.matter and taking.matter["outcome"] is None and taking.matter["stage"] == _last_stage(taking):
        stops |= set(MATTERS[taking.matter["purpose"]].stops)
        starts += MATTERS[taking.matter["purpose"]].starts
    if before != after:
        lasting = {*state.terms, *state.keeps}
        stops |= {node.purpose for node in taking.standing.nodes if node.purpose not in lasting
                  and not PURPOSES[node.purpose].is_of_notice}  # a notice is answered whatever becomes of the case
        starts += state.terms
    for node in taking.standing.nodes:
        if node.runs and node.purpose in stops:
            stop_node(taking, node)
    if "handle" not in taking.standing.running:
        _resume(taking)  # the promise to the complainant waits no longer than the unit's own clock did
    for purpose in dict.fromkeys(starts):
        if purpose not in taking.standing.running:
            _start(taking, purpose, due_on=_given_date(taking, purpose))
    if step.clock:
        _CLOCKS[step.clock](taking)


def start_part(taking: Taking, unit: UnitView, due_on: date | None) -> TimeNode:
    """A supporting unit's own term; it ends before the lead's."""
    lead = taking.standing.running.get("handle")
    latest = _workday_before(taking, lead.due_on) if lead and lead.due_on else None
    if due_on and due_on < taking.today:
        raise Refused(N_("The date lies in the past."), field="supports")
    if due_on and latest and due_on > latest:
        raise Refused(N_("A supporting unit's date lies before the lead's (%(day)s)."), field="supports",
                      day=lead.due_on)
    node = _start(taking, "part", unit=unit, due_on=due_on)
    if latest and node.due_on > latest >= taking.today:
        taking.clocks.pop()
        _drop(taking, node)
        node = _start(taking, "part", unit=unit, due_on=latest)
    return node


def stop_node(taking: Taking, node: TimeNode | None) -> None:
    if node is not None and node.runs:
        fact = clocks.stop(node, at=taking.at, calendar=taking.register.calendar)
        taking.clocks.append(fact | {"unit": taking.code(node.unit_id)})


def show(case: Case, nodes: list[TimeNode], state, register: Register, *, matter: Matter | None) -> None:
    """Write the projections that follow: the date the case is known by, and when each node climbs its next rung."""
    case.due_on, case.warn_on, case.paused = shown(nodes, state)
    for node in nodes:
        node.next_rung_at = next_rung_at(node, case, register, matter=matter)


def next_rung_at(node, case, register: Register, *, matter: Matter | None) -> datetime | None:
    """While a matter lies with the office, the lead that waits for it climbs nothing."""
    waits = matter is not None and matter.settled_at is None and matter.stage in OFFICE_POSTS
    if waits and node.unit_id == case.lead_id and not PURPOSES[node.purpose].is_of_notice:
        return None
    of_office = node.unit_id == register.people.office.id
    return register.ladder.next_at(node, case.kind, register.calendar, of_office=of_office)


def shown(nodes: list[TimeNode], state) -> tuple[date | None, date | None, bool]:
    """Due date, reminder and pause of the leading running node."""
    order = ("check", "standing", *state.terms)
    running = {node.purpose: node for node in nodes if node.runs}
    leading = next((running[purpose] for purpose in order if purpose in running), None)
    return (leading.due_on, leading.warn_on, leading.paused_on is not None) if leading else (None, None, False)


def begin(case: Case, *, purposes, register: Register, at) -> tuple[list[TimeNode], list[dict]]:
    """The first terms of a new case, and what its first entry says of them."""
    setting = clocks.Setting(register.calendar, register.rules, case.kind, case.klass, case.grade)
    nodes, facts = [], []
    for number, purpose in enumerate(purposes, 1):
        node, fact = clocks.start(case.id, number, purpose, unit_id=register.people.office.id, at=at, setting=setting)
        nodes.append(node)
        facts.append(fact | {"unit": register.people.office.code})
    return nodes, facts


def _start(taking: Taking, purpose: str, *, unit: UnitView | None = None, due_on: date | None = None) -> TimeNode:
    whose = PURPOSES[purpose].whose
    unit_id = unit.id if unit else taking.case.lead_id if whose == "lead" else taking.register.people.office.id
    node, fact = clocks.start(
        taking.case.id, _next_no(taking), purpose, unit_id=unit_id, at=taking.at, setting=taking.setting, due_on=due_on,
    )
    taking.session.add(node)
    taking.standing.nodes.append(node)
    taking.clocks.append(fact | {"unit": taking.code(unit_id)})
    return node


def _drop(taking: Taking, node: TimeNode) -> None:
    taking.session.expunge(node)
    taking.standing.nodes.remove(node)


def _next_no(taking: Taking) -> int:
    if not hasattr(taking, "_last_no"):
        with taking.session.no_autoflush:
            last = taking.session.connection().scalar(_LAST, {"of": taking.case.id})
        taking._last_no = last or 0
    return max(taking._last_no, *(node.no for node in taking.standing.nodes), 0) + 1


_LAST = select(func.max(TimeNode.no)).where(TimeNode.case_id == bindparam("of"))


def _given_date(taking: Taking, purpose: str) -> date | None:
    """The date that the step itself gives: a plan's for handling, the next look at a standing rectification."""
    name = {"handle": "due_on", "standing": "review_on"}.get(purpose)
    given = taking.answers.get(name) if name else None
    return date.fromisoformat(given) if given else None


def check_days(taking: Taking) -> None:
    """The days that a step was told, before anything changes."""
    handle, answers = taking.standing.running.get("handle"), taking.answers
    if (given := answers.get("done_on")) and handle and handle.due_on:
        done_on = date.fromisoformat(given)
        if not taking.today <= done_on <= handle.due_on:
            raise Refused(N_("The date must lie between today and the end of the term (%(day)s)."), field="done_on",
                          day=handle.due_on)
    if given := answers.get("review_on"):
        review_on = date.fromisoformat(given)
        if not taking.today < review_on <= taking.today + QUARTER:
            raise Refused(N_("The next look must come within a quarter."), field="review_on")
    if given := answers.get("since_on"):
        clocks.check_pause(handle, date.fromisoformat(given))
        if date.fromisoformat(given) > taking.today:
            raise Refused(N_("A pause cannot begin in the future."), field="since_on")
    if taking.step.opens == "extension":
        _check_extension(handle, answers["days"])


def _check_extension(node: TimeNode, days: int) -> None:
    if node.stretches >= node.extensions:
        raise Refused(N_("This term has been extended as often as its rule allows (%(times)s)."), field="days",
                      times=node.extensions)
    if node.extended + days > node.cap:
        raise Refused(N_("The rule allows at most %(days)s more days."), field="days", days=node.cap - node.extended)


def _extend(taking: Taking) -> None:
    days = taking.standing.matter.answers["days"]
    running = taking.standing.running
    _check_extension(running["handle"], days)
    for purpose in SUSPENDED:
        if purpose in running:
            fact = clocks.extend(running[purpose], days, calendar=taking.register.calendar)
            taking.clocks.append(fact | {"unit": taking.code(running[purpose].unit_id)})


def _pause(taking: Taking) -> None:
    asked = taking.standing.matter.answers
    since_on = date.fromisoformat(asked["since_on"]) if asked.get("since_on") else taking.today
    for purpose in SUSPENDED:
        if (node := taking.standing.running.get(purpose)) and node.paused_on is None:
            fact = clocks.pause(
                node, category=asked["category"], review_on=date.fromisoformat(asked["review_on"]), on=since_on,
                calendar=taking.register.calendar,
            )
            taking.clocks.append(fact | {"unit": taking.code(node.unit_id)})


def _resume(taking: Taking) -> None:
    for node in taking.standing.nodes:
        if node.runs and node.paused_on is not None:
            fact = clocks.resume(node, at=taking.at, calendar=taking.register.calendar)
            taking.clocks.append(fact | {"unit": taking.code(node.unit_id)})


def _last_stage(taking: Taking) -> str:
    return MATTERS[taking.matter["purpose"]].stages[-1]


def _workday_before(taking: Taking, on: date) -> date:
    on -= timedelta(days=1)
    while not taking.register.calendar.is_workday(on):
        on -= timedelta(days=1)
    return on


_CLOCKS = {"extend": _extend, "pause": _pause, "resume": _resume}
