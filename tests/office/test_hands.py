"""Whose hands a case passes into: assigned, joined, called on, released, reassigned; and who is not let in."""

from datetime import date

import pytest
from sqlalchemy import select

from app.domain import cases, clocks
from app.domain.cases import Assignment
from app.domain.errors import Refusals, Refused
from app.domain.people import SYSTEM
from app.office import people as office_people
from app.office.verification import first_fault

PART = {"task": "出具核实意见", "due_on": None}
OBJECTION = {"basis": "三定规定第 4 条", "right_unit": "zrzy", "reason": "属自规局职责"}


def wrong_fields(refusal) -> list[str]:
    return [each.field for each in refusal.value.refusals]


# --- assigning -------------------------------------------------------------------------------------------------------


def test_the_clocks_run_from_dispatch_and_the_accept_node_stops(office):
    case = office.handed()
    assert set(office.nodes(case)) == {"handle", "sign", "object", "reply"}
    assert office.nodes(case)["handle"].started_at == office.now
    assert case.due_on == date(2026, 9, 28) == office.nodes(case)["handle"].due_on
    office.later(days=2)
    office.step(case, "sign_for", "liaison")
    assert office.nodes(case)["handle"].due_on == date(2026, 9, 28), "signing for it late wins no time"
    assert "sign" not in office.nodes(case)


def test_starting_work_signs_for_it_if_that_was_not_done(office):
    case = office.handed()
    office.later(hours=3)
    office.start(case)
    assert case.signed_for_at == office.now
    other = office.handed()
    office.step(other, "sign_for", "liaison")
    signed_at = office.now
    office.later(hours=3)
    office.start(other)
    assert other.signed_for_at == signed_at


def test_it_is_signed_for_once(office):
    case = office.handed()
    office.step(case, "sign_for", "liaison")
    with pytest.raises(Refused, match="signed for already"):
        office.step(case, "sign_for", "liaison")


@pytest.mark.parametrize(("answers", "sentence"), [
    ({"lead": "nowhere"}, "no such unit"),
    ({"lead": "市住建局"}, "no such unit"),
    ({"lead": "zf"}, "cannot lead a case"),
    ({"lead": "sj"}, "cannot lead a case"),
    ({"supports": [{"unit": "zjj"} | PART]}, "leads the case; it cannot support it as well"),
    ({"supports": [{"unit": "zrzy"} | PART, {"unit": "zrzy"} | PART]}, "named twice"),
    ({"supports": [{"unit": "nowhere"} | PART]}, "no such unit"),
    ({"supports": [{"unit": "zf"} | PART]}, "cannot support a case"),
    ({"supports": [{"unit": "zrzy", "task": " "}]}, "see the fields"),
    ({"supports": [{"unit": "", "task": "x"}]}, "see the fields"),
    ({"supports": [{"unit": "zrzy", "task": "x", "due_on": "soon"}]}, "see the fields"),
    ({"supports": [{"unit": "zrzy", "task": "x", "due_on": "2026-09-28"}]}, "before the lead's"),
    ({"supports": [{"unit": "zrzy", "task": "x", "due_on": "2026-12-01"}]}, "before the lead's"),
    ({"supports": [{"unit": "zrzy", "task": "x", "due_on": "2026-09-11"}]}, "in the past"),
])
def test_an_assignment_that_cannot_be_meant_is_refused_at_its_field(office, answers, sentence):
    case = office.file()
    usual = {"grade": "ordinary", "lead": "zjj", "request": "办", "basis": "目录", "supports": []}
    with pytest.raises(Refused, match=sentence) as refusal, office.session.begin_nested():
        office.step(case, "assign", "dispatcher", **(usual | answers))
    fields = wrong_fields(refusal) if isinstance(refusal.value, Refusals) else [refusal.value.field]
    assert fields == [next(iter(answers))]
    assert (case.state, case.lead_id, case.version) == ("filed", None, 1)
    assert cases.hands(office.session, case.id) == []


def test_a_supporting_unit_has_its_own_task_and_its_own_earlier_date(office):
    case = office.file(grade="advice")
    parts = [{"unit": "zrzy", "task": "出具用地意见", "due_on": "2026-09-16"}, {"unit": "gd"} | PART]
    office.step(case, "assign", "dispatcher", grade="advice", lead="zjj", supports=parts, request="办", basis="目录")
    lead, zrzy, gd = cases.hands(office.session, case.id)
    own = {node.no: node.due_on for node in clocks.of_case(office.session, case.id) if node.purpose == "part"}
    assert (lead.role, zrzy.task, own[zrzy.node_no]) == ("lead", "出具用地意见", date(2026, 9, 16))
    handle = office.nodes(case)["handle"].due_on
    assert handle == date(2026, 9, 20), "five working days, the make-up Sunday counted"
    assert own[gd.node_no] < handle, "its own five days would end with the lead's: it ends the working day before"


def test_the_grade_decides_the_term(office):
    for grade, due_on in (("advice", date(2026, 9, 20)), ("ordinary", date(2026, 9, 28)),
                          ("complex", date(2026, 10, 14)), ("major", date(2026, 11, 13))):
        case = office.file()
        office.assign(case, grade=grade)
        assert (case.grade, case.due_on) == (grade, due_on)


def test_a_task_takes_the_date_of_its_plan(office):
    case = office.file("task")
    office.assign(case, due_on="2026-12-20")
    assert office.nodes(case)["handle"].due_on == date(2026, 12, 20), "a Sunday, and still the date of the plan"
    for due_on, sentence in (("2026-09-13", "past"), ("20.12.2026", "see the fields")):
        with pytest.raises(Refused, match=sentence), office.session.begin_nested():
            office.assign(office.file("task"), due_on=due_on)


def accused(office, *, redacted=None, kind="complaint", **more):
    return office.file(kind, complained_of=office.register.people.by_code["zjj"], redacted=redacted, **more)


def test_the_unit_complained_of_leads_only_from_a_redacted_text(office):
    case = accused(office)
    for answers in ({"lead": "zjj"}, {"lead": "gd", "supports": ["zjj"]}):
        with pytest.raises(Refused, match="write the redacted text first") as refusal, office.session.begin_nested():
            office.assign(case, **answers)
        assert refusal.value.field == ("supports" if "supports" in answers else "lead")
    office.assign(accused(office, redacted="化名"), lead="zjj")


def test_the_unit_held_to_account_never_leads_its_own_case_redacted_or_not(office):
    case = accused(office, kind="accountability", origin=office.file(), redacted="化名")
    with pytest.raises(Refused, match="held to account cannot lead"), office.session.begin_nested():
        office.assign(case, lead="zjj")
    office.assign(case, lead="jw")


def test_the_successor_of_a_unit_answers_for_it_and_the_old_one_is_assigned_nothing(office):
    old, new = (office.session.get(office_people.Unit, office.register.people.by_code[c].id) for c in ("zjj", "gd"))
    case = office.handed(supports=["zrzy"])
    office_people.succeed(office.session, old, new, reason="机构改革", by=SYSTEM, at=office.now, words=str)
    office.reload()
    with pytest.raises(Refused, match="no longer exists"), office.session.begin_nested():
        office.assign(office.file(), lead="zjj")
    office.step(case, "sign_for", "outsider")
    office.start(case, by="liaison")
    assert case.lead_id == old.id, "the case keeps the name it was assigned under"


def test_a_part_of_a_unit_that_was_succeeded_can_still_be_called_for_released_and_finished(office):
    old, new = (office.session.get(office_people.Unit, office.register.people.by_code[c].id) for c in ("zrzy", "gd"))
    cases_ = [office.at_work(supports=["zrzy"]) for _ in range(2)]
    office_people.succeed(office.session, old, new, reason="机构改革", by=SYSTEM, at=office.now, words=str)
    office.reload()
    office.step(cases_[0], "call", "liaison", unit="zrzy", need="请即出意见")
    office.step(cases_[0], "finish_part", "outsider", result="已出具")
    office.step(cases_[1], "drop_support", "dispatcher", unit="zrzy", reason="机构已撤")
    assert first_fault(office.session, calendar=office.register.calendar) is None


def test_a_successor_that_leads_is_not_taken_on_as_support_too(office):
    old, new = (office.session.get(office_people.Unit, office.register.people.by_code[c].id) for c in ("zjj", "gd"))
    case = office.at_work()
    office_people.succeed(office.session, old, new, reason="机构改革", by=SYSTEM, at=office.now, words=str)
    office.reload()
    with pytest.raises(Refused, match="leads the case"), office.session.begin_nested():
        office.step(case, "add_support", "dispatcher", supports=[{"unit": "gd"} | PART])


# --- parts -----------------------------------------------------------------------------------------------------------


def test_a_case_is_closed_only_when_every_part_is_done(office):
    case = office.signed(supports=["zrzy"])
    with pytest.raises(Refused, match="has not finished its part"):
        office.close(case)
    office.step(case, "finish_part", "supporter", result="已出具")
    office.close(case)


def test_a_unit_finishes_its_own_part_and_only_once(office):
    case = office.at_work(supports=["zrzy", "gd"])
    office.step(case, "finish_part", "supporter", result="已出具")
    assert office.last(case)["supports"] == [{"act": "finish", "unit": "zrzy"}]
    with pytest.raises(Refused, match="no open part"):
        office.step(case, "finish_part", "supporter", result="已出具")
    assert [hand.done_at for hand in cases.hands(office.session, case.id)][1:] == [office.now, None]
    assert [node.purpose for node in clocks.of_case(office.session, case.id, running=True)].count("part") == 1


def test_a_unit_joins_later_and_is_released_again(office):
    case = office.at_work()
    office.step(case, "add_support", "dispatcher", supports=[{"unit": "zrzy"} | PART])
    with pytest.raises(Refused, match="supports the case already"), office.session.begin_nested():
        office.step(case, "add_support", "dispatcher", supports=[{"unit": "zrzy"} | PART])
    with pytest.raises(Refused, match="leads the case"), office.session.begin_nested():
        office.step(case, "add_support", "dispatcher", supports=[{"unit": "zjj"} | PART])
    office.step(case, "drop_support", "dispatcher", unit="zrzy", reason="无须配合")
    assert [hand.role for hand in cases.hands(office.session, case.id)] == ["lead"]
    office.step(case, "add_support", "dispatcher", supports=[{"unit": "zrzy"} | PART])


def test_a_unit_that_finished_its_part_can_be_given_a_further_one(office):
    """After a re-opening the same support is often needed again: a new part, its own node, its own completion."""
    case = office.at_work(supports=["zrzy"])
    office.step(case, "finish_part", "supporter", result="已出具")
    office.step(case, "add_support", "dispatcher", supports=[{"unit": "zrzy", "task": "再核一次", "due_on": None}])
    hand = next(hand for hand in cases.hands(office.session, case.id) if hand.role == "support")
    assert (hand.task, hand.done_at) == ("再核一次", None)
    office.step(case, "finish_part", "supporter", result="再次出具")
    assert first_fault(office.session, calendar=office.register.calendar) is None


def test_a_unit_that_finished_and_is_named_again_at_a_reassignment_has_a_new_part(office):
    case = office.at_work(supports=["zrzy"])
    office.step(case, "finish_part", "supporter", result="已出具")
    office.reassign(case, supports=["zrzy"])
    hand = next(hand for hand in cases.hands(office.session, case.id) if hand.role == "support")
    assert hand.done_at is None and office.nodes(case)["part"].no == hand.node_no
    assert first_fault(office.session, calendar=office.register.calendar) is None


def test_a_support_named_again_at_a_reassignment_keeps_its_running_part(office):
    case = office.at_work(supports=["zrzy"])
    before = office.nodes(case)["part"]
    office.later(days=1)
    office.reassign(case, supports=["zrzy"])
    assert office.nodes(case)["part"].no == before.no


def test_the_lead_calls_once_on_a_part_that_is_open(office):
    case = office.at_work(supports=["zrzy"])
    office.step(case, "call", "liaison", unit="zrzy", need="请即出意见")
    with pytest.raises(Refused, match="called on already"), office.session.begin_nested():
        office.step(case, "call", "liaison", unit="zrzy", need="请即出意见")
    with pytest.raises(Refused, match="no open part"), office.session.begin_nested():
        office.step(case, "call", "liaison", unit="gd", need="请即出意见")


def test_parts_of_a_restored_case_have_their_terms_again(office):
    case = office.at_work(supports=["zrzy"])
    office.step(case, "propose_end", "dispatcher", ground="withdrawn", reason="撤回")
    office.step(case, "end", "director")
    assert office.nodes(case) == {}
    office.later(days=30)
    office.step(case, "restore", "director", reason="撤回无效")
    hand = next(hand for hand in cases.hands(office.session, case.id) if hand.role == "support")
    part = office.nodes(case)["part"]
    assert part.no == hand.node_no and part.due_on >= office.today
    assert first_fault(office.session, calendar=office.register.calendar) is None


# --- reassigning -----------------------------------------------------------------------------------------------------


def test_a_new_lead_gets_a_full_term_and_may_object(office):
    case = office.at_work()
    office.later(days=5)
    office.reassign(case)
    assert (case.state, case.signed_for_at) == ("assigned", None)
    assert office.nodes(case)["handle"].started_on == office.today
    assert office.register.people.units[office.nodes(case)["handle"].unit_id].code == "gd"
    hands = select(Assignment).where(Assignment.case_id == case.id).order_by(Assignment.id)
    living = [(hand.role, hand.left_at is None) for hand in office.session.scalars(hands)]
    assert living == [("lead", False), ("lead", True)]
    office.step(case, "object", "outsider", **OBJECTION)


def test_a_support_may_become_the_lead_and_the_lead_a_support(office):
    case = office.at_work(supports=["zrzy"])
    office.reassign(case, lead="zrzy", supports=["zjj"])
    assert {(office.register.people.units[hand.unit_id].code, hand.role)
            for hand in cases.hands(office.session, case.id)} == {("zrzy", "lead"), ("zjj", "support")}
    assert first_fault(office.session, calendar=office.register.calendar) is None
