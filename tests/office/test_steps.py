"""Taking steps: the whole way of a case, every step of every kind at least once, and what refuses it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import workflows
from app.domain import cases, clocks, files, matters, trail
from app.domain.catalogue import CatalogueRow
from app.domain.errors import Moved, NotAllowed, Refusals, Refused
from app.domain.people import SYSTEM
from app.domain.tellings import Telling
from app.office import people as office_people
from app.office.verification import first_fault
from tests.conftest import Office

PART = {"task": "出具核实意见", "due_on": None}


def wrong_fields(refusal) -> list[str]:
    return [each.field for each in refusal.value.refusals]


# --- the whole way ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["complaint", "finding", "task"])
def test_a_case_goes_from_filing_to_review_by_the_hands_of_five_people(office, kind):
    case = office.file(kind)
    office.assign(case)
    office.later(hours=2)
    office.step(case, "sign_for", "liaison")
    office.start(case)
    office.later(days=2)
    office.submit(case)
    office.step(case, "sign", "principal")
    office.later(days=1)
    office.close(case)
    office.later(days=2)
    office.review(case)
    assert case.state == "reviewed"
    assert office.steps_of(case) == ["assign", "sign_for", "start", "submit", "sign", "close", "review"]
    assert clocks.of_case(office.session, case.id, running=True) == [], "no term runs on in the end"


def test_an_accountability_case_goes_from_a_case_to_execution_by_the_organ_with_power(office):
    case = office.file("accountability", origin=office.handed(), complained_of=office.register.people.by_code["zjj"])
    office.assign(case, lead="jw")
    office.step(case, "sign_for", "discipline")
    office.start(case, by="discipline")
    office.submit(case, by="discipline")
    office.step(case, "sign", "discipline_principal")
    office.close(case)
    with pytest.raises(Refused, match="appeal period is not over"):
        office.review(case)
    office.until(2026, 12, 1)
    office.review(case)
    assert case.state == "reviewed"


@pytest.mark.parametrize("kind", workflows.every())
def test_every_step_of_every_kind_is_taken_at_least_once(office, kind):
    """One life with everything in it; afterwards the whole trail is verified."""
    more = {"origin": office.file()} if kind == "accountability" else {}
    case = office.file(kind, by={"accountability": "supervisor"}.get(kind), **more)
    lead, liaison, principal = (("jw", "discipline", "discipline_principal") if kind == "accountability"
                                else ("zjj", "liaison", "principal"))
    said = {"reason": "理由"}

    def assign(supports=("zrzy", "gd")):
        office.assign(case, lead=lead, supports=supports)

    def ask(what, **facts):
        office.step(case, what, liaison, **facts)

    def next_week():
        return (office.today + timedelta(days=7)).isoformat()

    office.step(case, "instruct", "leader", instruction="限期办结")
    office.step(case, "propose_end", "dispatcher", ground="withdrawn", **said)
    office.step(case, "keep_open", "director", **said)
    office.step(case, "propose_end", "dispatcher", ground="refused", channel="市信访局", **said)
    office.step(case, "end", "director")
    office.step(case, "restore", "director", **said)
    assert case.state == "filed"
    assign()
    ask("object", basis="三定规定", right_unit="qx", **said)
    office.step(case, "uphold", "second_dispatcher", **said)
    assert case.state == "filed"
    assign()
    office.step(case, "escalate", "director", **said)
    office.step(case, "list", "director", **said)
    office.reassign(case, lead=lead, supports=["zrzy"])
    ask("object", basis="三定规定", right_unit="qx", **said)
    office.step(case, "overrule", "dispatcher", **said)
    office.step(case, "sign_for", liaison)
    office.start(case, by=liaison)
    office.step(case, "report", liaison, progress="已会商")
    office.step(case, "report", "supporter", progress="已看现场")
    office.step(case, "add_support", "dispatcher", supports=[{"unit": "gd"} | PART])
    office.step(case, "drop_support", "dispatcher", unit="gd", **said)
    office.step(case, "call", liaison, unit="zrzy", need="请即出意见")
    office.step(case, "finish_part", "supporter", result="已出具")
    ask("ask_extension", days=3, **said)
    ask("withdraw", **said)
    ask("ask_extension", days=3, **said)
    office.step(case, "hand_back", principal, **said)
    ask("ask_extension", days=3, **said)
    office.step(case, "sign", principal)
    office.step(case, "grant_extension", "director")
    ask("ask_pause", category="hearing", review_on=next_week(), **said)
    office.step(case, "sign", principal)
    office.step(case, "decline", "director", **said)
    ask("ask_pause", category="hearing", review_on=next_week(), **said)
    office.step(case, "sign", principal)
    office.step(case, "grant_pause", "director")
    office.later(days=3)
    office.step(case, "resume", liaison, reason="听证已毕")
    office.step(case, "make_standing", "director", review_on=next_week(), **said)
    office.step(case, "take_stock", "supervisor", finding="仍在推进", review_on=next_week())
    office.step(case, "end_standing", "director", **said)
    if kind == "accountability":
        ask("answer", adopted="yes", letter=None, **said)
    office.submit(case, by=liaison)
    office.step(case, "sign", principal)
    office.step(case, "send_back", "dispatcher", **said)
    office.submit(case, by=liaison)
    office.step(case, "sign", principal)
    office.close(case, by="dispatcher")
    if kind == "accountability":
        on = office.today.isoformat()
        office.step(case, "appeal", "supervisor", appealed_on=on, grounds="认为过重")
        office.step(case, "answer_appeal", liaison, outcome="upheld", document="复 1", answered_on=on, **said)
        office.step(case, "put_right", liaison, correction="cleared", document="9 号", corrected_on=on, **said)
    office.step(case, "instruct", "leader", instruction="回头看")
    office.step(case, "reopen", "supervisor", **said)
    office.submit(case, by=liaison)
    office.step(case, "sign", principal)
    office.close(case, by="dispatcher")
    office.later(days=45)
    office.review(case)
    office.step(case, "reopen", "supervisor", **said)
    taken = set(office.steps_of(case)) - {None}
    assert taken == set(workflows.get(kind).step)
    assert (case.reopened, case.redone, case.escalated, case.listed) == (2, 1, True, True)
    assert first_fault(office.session, calendar=office.register.calendar) is None


# --- who may, and when -----------------------------------------------------------------------------------------------


def test_a_second_clerk_is_told_who_moved_it(office):
    case = office.file()
    seen = case.version
    office.assign(case)
    with pytest.raises(Moved) as refusal:
        office.step(case, "propose_end", "second_dispatcher", seen=seen, ground="withdrawn", reason="撤回")
    assert "何静" in refusal.value.told() and "Assign" in refusal.value.told()
    assert refusal.value.facts["at"].astimezone(office.now.tzinfo) == office.now


def test_of_eight_clerks_at_once_one_takes_the_step_and_seven_are_told_who_did(engine):
    with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
        number = Office(session).file().number
        session.commit()

    def press(_n: int) -> str:
        with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
            office = Office(session)
            case = cases.find(session, number, office.by("dispatcher"), to_write=True)
            try:
                office.step(case, "assign", "dispatcher", seen=1, grade="ordinary", lead="zjj", supports=[],
                            request="办", basis="目录")
                session.commit()
                return "assigned"
            except Moved as refusal:
                return refusal.told().partition(" at ")[0]

    with ThreadPoolExecutor(8) as clerks:
        said = sorted(clerks.map(press, range(8)))
    assert said == ["assigned", *["何静 took “Assign”"] * 7]
    with Session(engine) as session:
        assert [entry.seq for entry in session.scalars(trail.of(number))] == [1, 2]
        assert first_fault(session, calendar=Office(session).register.calendar) is None


def test_a_page_from_before_the_very_first_step_says_it_was_filed(office):
    case = office.file()
    with pytest.raises(Moved) as refusal:
        office.step(case, "assign", "dispatcher", seen=0)
    assert "唐晓燕" in refusal.value.told() and "Filed" in refusal.value.told()


@pytest.mark.parametrize("step", ["report", "finish_part", "escalate", "instruct"])
def test_what_moves_neither_state_nor_hands_never_makes_a_page_stale(office, step):
    case = office.at_work(supports=["zrzy"])
    seen = case.version
    facts = {"report": ("liaison", {"progress": "已会商"}), "finish_part": ("supporter", {"result": "已出具"}),
             "escalate": ("director", {"reason": "重大"}), "instruct": ("leader", {"instruction": "速办"})}[step]
    office.step(case, step, facts[0], **facts[1])
    office.submit(case, seen=seen)
    assert case.version > seen


@pytest.mark.parametrize("username", ["outsider", "outside_principal", "county", "auditor", "sysadmin", "secadmin",
                                      "logadmin", "registrar", "leader", "supporter", "principal"])
def test_nobody_but_the_leads_liaison_signs_for_it(office, username):
    case = office.handed(supports=["zrzy"])
    with pytest.raises(NotAllowed):
        office.step(case, "sign_for", username)
    office.step(case, "sign_for", "liaison")


def test_an_officer_who_lost_his_post_takes_no_step(office):
    case = office.handed()
    officer = office_people.officer_called(office.session, "liaison")
    post = office.session.scalar(select(office_people.Post).where(office_people.Post.officer_id == officer.id))
    office_people.end_post(office.session, officer, post, by=SYSTEM, at=office.now, words=str)
    office.reload()
    with pytest.raises(NotAllowed):
        office.step(case, "sign_for", "liaison")


def test_a_step_that_does_not_exist_is_refused(office):
    with pytest.raises(Refused, match="no such step"):
        office.step(office.file(), "explode", "director")


def test_a_step_out_of_turn_is_refused_and_says_where_the_case_stands(office):
    case = office.file()
    office.assign(case)
    with pytest.raises(Refused) as refusal:
        office.review(case)
    assert refusal.value.told() == "“Review after asking the complainant” cannot be taken while the case is “Assigned”."


def test_every_wrong_answer_is_named_at_once(office):
    case = office.file()
    with pytest.raises(Refusals) as refusal:
        office.step(case, "assign", "dispatcher", grade="huge", lead="", request=" ", basis="x" * 301, colour="red")
    assert wrong_fields(refusal) == ["grade", "lead", "request", "basis", None]
    assert "colour" in str(refusal.value.refusals[-1])


def test_whoever_assigned_it_does_not_close_it(office):
    case = office.signed()
    with pytest.raises(Refused, match="kept apart"):
        office.close(case, by="dispatcher")
    office.close(case, by="second_dispatcher")


def test_of_two_dispatchers_the_last_to_assign_is_kept_apart_and_the_other_closes(office):
    """An office with two dispatchers must not be locked out by a reassignment."""
    case = office.handed()
    office.reassign(case, lead="zjj")
    office.start(case)
    office.submit(case)
    office.step(case, "sign", "principal")
    with pytest.raises(Refused, match="kept apart"):
        office.close(case, by="second_dispatcher")
    office.close(case, by="dispatcher")


@pytest.mark.parametrize("decision", ["send_back", "uphold", "overrule"])
def test_whoever_assigned_it_neither_sends_back_nor_decides_an_objection(office, decision):
    case = office.handed()
    if decision == "send_back":
        office.start(case)
        office.submit(case)
        office.step(case, "sign", "principal")
    else:
        office.step(case, "object", "liaison", basis="三定", right_unit="gd", reason="不属我局")
    with pytest.raises(Refused, match="kept apart"):
        office.step(case, decision, "dispatcher", reason="理由")
    office.step(case, decision, "second_dispatcher", reason="理由")


def both_posts(office) -> None:
    """The liaison is made principal of his unit as well."""
    officer = office_people.officer_called(office.session, "liaison")
    unit = office.session.get(office_people.Unit, office.register.people.by_code["zjj"].id)
    office_people.give_post(office.session, officer, "principal", unit, by=SYSTEM, at=office.now, words=str)
    office.reload()


@pytest.mark.parametrize(("step", "facts"), [
    ("submit", {"statement": "已办", "result": "solved"}), ("ask_extension", {"days": 2, "reason": "理由"}),
    ("ask_pause", {"category": "hearing", "reason": "听证", "review_on": "2026-09-30"}),
])
def test_nobody_signs_what_he_put_up_himself(office, step, facts):
    case = office.at_work()
    both_posts(office)
    office.step(case, step, "liaison", **facts)
    with pytest.raises(Refused, match="kept apart"):
        office.step(case, "sign", "liaison")
    office.step(case, "sign", "principal")


def test_whoever_proposed_an_ending_does_not_sign_it(office):
    officer = office_people.officer_called(office.session, "dispatcher")
    unit = office.session.get(office_people.Unit, office.register.people.office.id)
    office_people.give_post(office.session, officer, "director", unit, by=SYSTEM, at=office.now, words=str)
    office.reload()
    case = office.file()
    office.step(case, "propose_end", "dispatcher", ground="withdrawn", reason="撤回")
    with pytest.raises(Refused, match="kept apart"):
        office.step(case, "end", "dispatcher")
    office.step(case, "end", "director")


# --- objections ------------------------------------------------------------------------------------------------------

OBJECTION = {"basis": "三定规定第 4 条", "right_unit": "zrzy", "reason": "属自规局职责"}


def test_an_upheld_objection_leaves_nobody_in_charge(office):
    case = office.handed(supports=["zrzy"])
    office.step(case, "object", "liaison", **OBJECTION)
    office.step(case, "uphold", "second_dispatcher", reason="成立")
    assert (case.state, case.lead_id, case.dispatched_at, case.signed_for_at) == ("filed", None, None, None)
    assert cases.hands(office.session, case.id) == []
    assert set(office.nodes(case)) == {"accept", "reply"}, "the promise to the complainant runs on"
    assert office.nodes(case)["reply"].started_at == case.filed_at


def test_a_case_is_returned_only_once(office):
    case = office.handed()
    office.step(case, "object", "liaison", **OBJECTION)
    office.step(case, "uphold", "second_dispatcher", reason="成立")
    office.assign(case, lead="zrzy")
    with pytest.raises(Refused, match="only once"):
        office.step(case, "object", "supporter", **OBJECTION | {"right_unit": "gd"})


def test_after_designation_there_is_no_second_objection(office):
    case = office.handed()
    office.step(case, "object", "liaison", **OBJECTION)
    office.step(case, "overrule", "second_dispatcher", reason="指定你局")
    assert case.designated and case.state == "assigned"
    with pytest.raises(Refused):
        office.step(case, "object", "liaison", **OBJECTION)
    office.start(case)


def test_an_objection_comes_in_time(office):
    case = office.handed()
    office.until(2026, 9, 16, 23)
    assert office.nodes(case)["object"].due_on == office.today
    with office.session.begin_nested() as savepoint:
        office.step(case, "object", "liaison", **OBJECTION)
        savepoint.rollback()
    office.until(2026, 9, 17, 0, 1)
    with pytest.raises(Refused, match="time to object is over"):
        office.step(case, "object", "liaison", **OBJECTION)


def test_an_objection_comes_before_the_work(office):
    with pytest.raises(Refused, match="cannot be taken while"):
        office.step(office.at_work(), "object", "liaison", **OBJECTION)


def test_while_an_objection_waits_nothing_else_is_begun(office):
    case = office.handed()
    office.step(case, "object", "liaison", **OBJECTION)
    for step, by, facts in (("start", "liaison", {}), ("sign_for", "liaison", {}), ("object", "liaison", OBJECTION),
                            ("propose_end", "second_dispatcher", {"ground": "withdrawn", "reason": "撤"}),
                            ("ask_extension", "liaison", {"days": 1, "reason": "x"})):
        with pytest.raises(Refused, match="waiting for a decision"):
            office.step(case, step, by, **facts)


@pytest.mark.parametrize("missing", OBJECTION)
def test_an_objection_names_its_basis_the_right_unit_and_a_reason(office, missing):
    case = office.handed()
    with pytest.raises(Refusals) as refusal:
        office.step(case, "object", "liaison", **(OBJECTION | {missing: " "}))
    assert wrong_fields(refusal) == [missing]


# --- closing, sending back, re-opening -------------------------------------------------------------------------------


def test_a_closing_needs_the_principals_signature(office):
    case = office.at_work()
    with pytest.raises(Refused, match="has not signed"):
        office.close(case)
    office.submit(case)
    with pytest.raises(Refused, match="has not signed"):
        office.close(case)


def test_the_handling_clock_stops_when_the_principal_has_signed_and_the_office_has_its_own(office):
    case = office.signed()
    assert set(office.nodes(case)) == {"check", "reply"}
    assert case.due_on == office.nodes(case)["check"].due_on


def test_what_is_sent_back_counts_and_begins_a_new_term(office):
    case = office.signed()
    office.later(days=1)
    office.step(case, "send_back", "second_dispatcher", reason="现场未整改")
    handle = office.nodes(case)["handle"]
    assert (case.redone, handle.started_on, case.due_on) == (1, office.today, handle.due_on)
    assert matters.waiting(office.session, case.id) is None
    office.submit(case)
    office.step(case, "sign", "principal")
    office.close(case)
    assert office.last(case)["matter"]["outcome"] == "accepted"


def test_a_closing_handed_back_by_the_principal_lies_with_the_liaison_again(office):
    case = office.at_work()
    office.submit(case)
    office.step(case, "hand_back", "principal", reason="不实")
    with pytest.raises(Refused, match="nothing to sign"):
        office.step(case, "sign", "principal")
    assert "handle" in office.nodes(case)
    office.submit(case)


def test_a_signed_closing_is_no_longer_the_units_to_take_back(office):
    case = office.at_work()
    office.submit(case)
    office.step(case, "withdraw", "liaison", reason="补材料")
    office.submit(case)
    office.step(case, "sign", "principal")
    with pytest.raises(Refused, match="no request of yours"):
        office.step(case, "withdraw", "liaison", reason="补材料")


def test_a_class_that_asks_for_evidence_is_closed_only_with_evidence_from_the_unit(office):
    office.session.add(CatalogueRow(item="3.2", kind="complaint", klass="工程建设", grade=None, basis="目录",
                                    unit_id=office.register.people.by_code["zjj"].id, needs_evidence=True,
                                    since=date(2026, 1, 1)))
    case = office.signed(klass="工程建设")
    with pytest.raises(Refused, match="only with evidence"):
        office.close(case)
    facts = dict(case_id=case.id, seq=1, sha256="0" * 64, size=1, type="text/plain", name="a.txt", purpose="after",
                 added_by_id=None, unit_id=1, added_at=office.now)
    office.session.add(files.File(**facts, from_unit=False))
    office.session.flush()
    with pytest.raises(Refused, match="only with evidence"):
        office.close(case)
    office.session.add(files.File(**facts, from_unit=True))
    office.session.flush()
    office.close(case)


def test_reopening_keeps_the_number_and_the_old_closing(office):
    case = office.closed()
    before = office.session.scalars(trail.of(case.number)).all()
    office.later(days=3)
    office.step(case, "reopen", "supervisor", reason="又反弹")
    after = office.session.scalars(trail.of(case.number)).all()
    assert [entry.seal for entry in after[:-1]] == [entry.seal for entry in before]
    assert (case.state, case.reopened, case.lead_id is not None) == ("rectifying", 1, True)
    assert office.nodes(case)["handle"].started_on == office.today
    settled = office.session.scalars(select(matters.Matter).where(matters.Matter.case_id == case.id)).all()
    assert [matter.outcome for matter in settled] == ["accepted"]


def test_a_reviewed_case_may_come_back_and_an_ended_one_may_not_be_reopened(office):
    case = office.closed()
    office.review(case)
    office.step(case, "reopen", "supervisor", reason="又反弹")
    office.step(case, "propose_end", "dispatcher", ground="withdrawn", reason="撤")
    office.step(case, "end", "director")
    with pytest.raises(Refused, match="cannot be taken while"):
        office.step(case, "reopen", "supervisor", reason="又反弹")


@pytest.mark.parametrize(("answers", "ok"), [
    ({"asked": "satisfied"}, True), ({"asked": "mostly", "solved": "yes"}, True), ({"asked": "unreached"}, False),
    ({"asked": "declined"}, False), ({"asked": "anonymous"}, False), ({"asked": "dissatisfied"}, False),
    ({"asked": "unreached", "finding": "三次电话无人接听"}, True), ({}, False), ({"asked": "delighted"}, False),
])
def test_a_complaint_is_reviewed_by_asking_or_by_writing_why_not(office, answers, ok):
    case = office.closed()
    if ok:
        office.step(case, "review", "supervisor", **answers)
    else:
        with pytest.raises(Refusals):
            office.step(case, "review", "supervisor", **answers)


# --- ending and restoring --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answers", "missing"), [
    ({"ground": "refused"}, ["channel"]), ({"ground": "transferred"}, ["channel"]), ({"ground": "merged"}, ["into"]),
    ({"ground": "whim"}, ["ground"]), ({}, ["ground"]), ({"ground": "refused", "channel": " "}, ["channel"]),
])
def test_an_ending_carries_its_ground_and_what_the_ground_asks_for(office, answers, missing):
    with pytest.raises(Refusals) as refusal:
        office.step(office.file(), "propose_end", "dispatcher", reason="理由", **answers)
    assert wrong_fields(refusal) == missing


def test_only_an_existing_other_case_can_be_merged_into(office):
    case, other = office.file(), office.file()
    for into in ("TS-2026-9999", "nonsense", case.number):
        with pytest.raises(Refused) as refusal, office.session.begin_nested():
            office.step(case, "propose_end", "dispatcher", ground="merged", reason="同一事项", into=into)
        assert refusal.value.field == "into"
    office.step(case, "propose_end", "dispatcher", ground="merged", reason="同一事项", into=other.number)


@pytest.mark.parametrize("state", ["filed", "assigned", "rectifying"])
def test_an_ended_case_stops_every_clock_and_goes_back_to_where_it_was(office, state):
    case = {"filed": office.file, "assigned": lambda: office.handed(), "rectifying": lambda: office.at_work()}[state]()
    lead = case.lead_id
    office.step(case, "propose_end", "dispatcher", ground="withdrawn", reason="撤回")
    office.step(case, "end", "director")
    assert (case.state, case.ended_from, case.due_on, office.nodes(case)) == ("ended", state, None, {})
    office.later(days=10)
    office.step(case, "restore", "director", reason="撤回无效")
    assert (case.state, case.ended_from, case.lead_id) == (state, None, lead)
    assert case.due_on is not None and case.due_on >= office.today


def test_a_case_that_was_kept_open_goes_on(office):
    case = office.at_work()
    office.step(case, "propose_end", "dispatcher", ground="withdrawn", reason="撤回")
    with pytest.raises(Refused, match="waiting for a decision"):
        office.submit(case)
    office.step(case, "keep_open", "director", reason="不同意")
    office.submit(case)


# --- what a step leaves behind ---------------------------------------------------------------------------------------


def test_texts_of_persons_are_kept_beside_and_choices_plain(office):
    case = office.signed()
    entries = {trail.facts(entry)["step"]: entry for entry in office.session.scalars(trail.of(case.number))
               if entry.verb == "stepped"}
    submitted = trail.facts(entries["submit"])
    assert submitted["answers"] == {"result": "solved"}
    assert set(submitted["beside"]) == {"statement"}
    assert "联合验收" not in entries["submit"].data
    assert trail.values(office.session, case.number, [entries["submit"].seq])[entries["submit"].seq] == {
        "statement": "已出具联合验收意见书。"}


def test_the_entry_carries_the_words_of_its_day_in_the_record_language(office):
    case = office.file()
    from app.office.steps import take_step

    answers = {"grade": "ordinary", "lead": "zjj", "request": "办", "basis": "目录", "supports": []}
    entry = take_step(office.session, case, "assign", by=office.by("dispatcher"), at=office.now, seen=None,
                      answers=answers, words=lambda label: f"<{label}>", register=office.register)
    assert '"verb":"<Assign>"' in entry.words and '"to":"<Assigned>"' in entry.words
    assert '"grade":"<Ordinary>"' in entry.words
    assert (entry.actor, entry.unit) == ("dispatcher", "ysb")


def test_the_right_people_hear_of_it_and_not_the_one_who_did_it(office):
    case = office.file()
    entry = office.assign(case, supports=["zrzy"])
    hearers = office.session.scalars(select(Telling.officer_id).where(
        Telling.stream == entry.stream, Telling.seq == entry.seq)).all()
    names = {office.register.people.username_of(officer) for officer in hearers}
    assert names == {"liaison", "supporter"}
    entry = office.step(case, "sign_for", "liaison")
    hearers = office.session.scalars(select(Telling.officer_id).where(
        Telling.stream == entry.stream, Telling.seq == entry.seq)).all()
    assert {office.register.people.username_of(officer) for officer in hearers} == {"dispatcher", "second_dispatcher"}
