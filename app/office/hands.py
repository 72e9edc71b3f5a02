"""Whose hands a case passes into: assign, clear, join, leave, call, finish."""

from datetime import date

from app.domain import catalogue
from app.domain.cases import LEAD, SUPPORT, Assignment
from app.domain.clocks import TimeNode
from app.domain.errors import Refused
from app.domain.people import UnitView
from app.office import clocks
from app.office.taking import Taking
from workflows.grammar import N_


def move(taking: Taking) -> None:
    if taking.step.hands:
        _MOVES[taking.step.hands](taking)


def assign(taking: Taking) -> None:
    """Give the case to one lead unit and its supports; whoever held it before leaves."""
    case, lead = taking.case, taking.unit("lead")
    _may_lead(taking, lead)
    asked = taking.answers["supports"]
    units = _distinct(taking, asked, lead)
    taking.old_lead = case.lead_id if case.lead_id != lead.id else None
    named = {unit.id for unit in units}
    for hand in taking.standing.hands:
        if not (hand.role == SUPPORT and hand.unit_id in named and hand.done_at is None):
            _leave(taking, hand)
    taking.session.flush()
    case.lead_id, case.dispatched_at = lead.id, taking.at
    case.request, case.basis = taking.answers["request"], taking.answers["basis"]
    case.grade = taking.answers.get("grade") or case.grade
    case.needs_evidence = _needs_evidence(taking)
    _take_up(taking, Assignment(case_id=case.id, unit_id=lead.id, role=LEAD, joined_at=taking.at))


def assign_parts(taking: Taking) -> None:
    """The supports of an assignment, once the lead's own clock runs: their terms end before it. Parts that were open
    when the case was ended begin anew with it."""
    if taking.step.hands in ("assign", "join"):
        for part in taking.answers["supports"]:
            _join(taking, part)
    if taking.step.to == "back":
        for hand in taking.standing.open_parts:
            hand.node_no = clocks.start_part(taking, taking.register.people.units[hand.unit_id], None).no


def clear(taking: Taking) -> None:
    """After an upheld objection nobody leads and nobody supports."""
    taking.old_lead = taking.case.lead_id
    for hand in taking.standing.hands:
        _leave(taking, hand)
    taking.case.lead_id = taking.case.dispatched_at = None
    taking.case.request = taking.case.basis = None


def join(taking: Taking) -> None:
    """Take units on; one that has finished its part may be given a further one."""
    people = taking.register.people
    units = _distinct(taking, taking.answers["supports"], people.units[people.heir(taking.case.lead_id)])
    named, here = {unit.id for unit in units}, {people.heir(hand.unit_id) for hand in taking.standing.open_parts}
    if named & here:
        raise Refused(N_("This unit supports the case already."), field="supports")
    for hand in taking.standing.supports:
        if hand.unit_id in named:
            _leave(taking, hand)
    taking.session.flush()


def leave(taking: Taking) -> None:
    _leave(taking, _support_of(taking))


def call(taking: Taking) -> None:
    hand = _support_of(taking)
    if hand.called_at is not None:
        raise Refused(N_("This unit has been called on already."), field="unit")
    hand.called_at = taking.at
    taking.supports.append({"act": "call", "unit": taking.answers["unit"]})


def finish(taking: Taking) -> None:
    hand = taking.standing.own_part
    hand.done_at = taking.at
    taking.supports.append({"act": "finish", "unit": taking.code(hand.unit_id)})
    clocks.stop_node(taking, _node_of(taking, hand))


def _may_lead(taking: Taking, lead: UnitView) -> None:
    case, workflow = taking.case, taking.standing.workflow
    if lead.klass in ("leadership", "outside"):
        raise Refused(N_("%(unit)s cannot lead a case."), field="lead", unit=lead.name)
    if lead.id == case.complained_of_id and not workflow.lead_may_be_complained_of:
        raise Refused(N_("The unit held to account cannot lead its own case."), field="lead")
    if lead.id == case.complained_of_id and not case.redacted:
        raise Refused(
            N_("%(unit)s is the unit complained of: write the redacted text first, it works from that."),
            field="lead", unit=lead.name,
        )


def _distinct(taking: Taking, asked: list[dict], lead: UnitView) -> list[UnitView]:
    units = [taking.unit("supports", part["unit"]) for part in asked]
    if lead in units:
        raise Refused(N_("%(unit)s leads the case; it cannot support it as well."), field="supports", unit=lead.name)
    for unit in units:
        if units.count(unit) > 1:
            raise Refused(N_("%(unit)s is named twice."), field="supports", unit=unit.name)
        if unit.klass in ("leadership", "outside"):
            raise Refused(N_("%(unit)s cannot support a case."), field="supports", unit=unit.name)
        if unit.id == taking.case.complained_of_id and not taking.case.redacted:
            raise Refused(
                N_("%(unit)s is the unit complained of: write the redacted text first, it works from that."),
                field="supports", unit=unit.name,
            )
    return units


def _join(taking: Taking, part: dict) -> None:
    unit = taking.unit("supports", part["unit"])
    standing = {hand.unit_id: hand for hand in taking.standing.supports if hand.left_at is None}
    if unit.id in standing:
        standing[unit.id].task = part["task"]
        return
    node = clocks.start_part(taking, unit, date.fromisoformat(part["due_on"]) if part["due_on"] else None)
    _take_up(taking, Assignment(
        case_id=taking.case.id, unit_id=unit.id, role=SUPPORT, task=part["task"], node_no=node.no, joined_at=taking.at,
    ))


def _take_up(taking: Taking, hand: Assignment) -> None:
    taking.session.add(hand)
    taking.standing.hands.append(hand)
    if hand.role == SUPPORT:
        taking.supports.append({"act": "join", "unit": taking.code(hand.unit_id)})


def _leave(taking: Taking, hand: Assignment) -> None:
    hand.left_at = taking.at
    if hand.role == SUPPORT:
        taking.supports.append({"act": "leave", "unit": taking.code(hand.unit_id)})
        clocks.stop_node(taking, _node_of(taking, hand))


def _support_of(taking: Taking) -> Assignment:
    unit = taking.unit("unit", living=False)
    for hand in taking.standing.open_parts:
        if hand.unit_id == unit.id:
            return hand
    raise Refused(N_("%(unit)s has no open part in this case."), field="unit", unit=unit.name)


def _node_of(taking: Taking, hand: Assignment) -> TimeNode | None:
    return next((node for node in taking.standing.nodes if node.no == hand.node_no and node.runs), None)


def _needs_evidence(taking: Taking) -> bool:
    row = catalogue.proposal(taking.session, kind=taking.case.kind, klass=taking.case.klass, on=taking.today)
    return row is not None and row.needs_evidence


_MOVES = {"assign": assign, "clear": clear, "join": join, "leave": leave, "call": call, "finish": finish}
