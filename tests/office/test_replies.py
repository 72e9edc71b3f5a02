"""The reply limit of a notice is a time node like any other: counted, stopped, moved, explained and replayed."""

from datetime import date

import pytest
from sqlalchemy import select

from app.domain import clocks, notices, supervision, trail
from app.domain.clocks import TimeNode
from app.domain.errors import Refusals
from app.domain.notices import Notice
from app.office import calendar, reprojection, rules, verification, why
from app.office import ladder as climbing
from app.office import notices as papers
from app.office.changes import change_of


@pytest.fixture
def issued(office):
    """A supervision notice about two late cases of one unit, signed this morning."""
    cases = [office.at_work() for _ in range(2)]
    late(office, cases[0], 6)
    notice = papers.prepare(office.session, "supervise", [(case, office.nodes(case)["handle"]) for case in cases],
                            requirement="限期整改。", by=office.by("supervisor"), at=office.now, words=str,
                            register=office.register)
    do(office, "sign", notice, "director")
    return notice, cases


def late(office, case, days: int) -> None:
    on = office.register.calendar.add(office.nodes(case)["handle"].due_on, days)
    office.until(on.year, on.month, on.day, 10)


def do(office, act, notice, by, **more):
    return getattr(papers, act)(office.session, notice, by=office.by(by), at=office.now, seen=None, words=str,
                                register=office.register, **more)


def tick(office) -> int:
    done = 0
    while lot := climbing.climb(office.session, at=office.now, register=office.register, words=str):
        done += lot
    return done


def limits(office, notice) -> list[TimeNode]:
    query = select(TimeNode).where(TimeNode.notice_id == notice.id).order_by(TimeNode.id)
    return list(office.session.scalars(query))


def holds(office) -> bool:
    return verification.first_fault(office.session, calendar=office.register.calendar) is None


def test_it_begins_with_the_paper_once_and_is_the_addressees(office, issued):
    notice, cases = issued
    [node] = limits(office, notice)
    assert (node.case_id, node.purpose, node.unit_id) == (cases[0].id, "answer", notice.unit_id)
    assert node.due_on == notice.reply_on == office.register.calendar.add(office.today, 5)
    facts = [trail.facts(office.session.scalars(trail.of(case.number)).all()[-1])["clocks"] for case in cases]
    assert facts[0][0]["act"] == "start" and facts[0][0]["basis"] == notice.number and facts[1] is None
    assert holds(office)


def test_it_stops_with_the_reply_and_what_was_late_stays_late(office, issued):
    notice, _cases = issued
    do(office, "receive", notice, "liaison")
    on = office.register.calendar.add(notice.reply_on, 2)
    office.until(on.year, on.month, on.day, 10)
    [tally] = [t for t in supervision.tallies(office.session, office.by("supervisor"), today=office.today)
               if t.unit_id == notice.unit_id]
    assert tally.overdue == 3, "two cases and the answer"
    do(office, "reply", notice, "liaison", text="已整改。")
    [node] = limits(office, notice)
    lamp = clocks.lamp(due_on=node.due_on, warn_on=node.warn_on, today=office.today,
                       calendar=office.register.calendar, stopped_on=node.stopped_on)
    assert (lamp.colour, lamp.why, lamp.days) == ("blue", "late", 2)
    assert holds(office)


def test_an_answer_that_is_not_enough_begins_it_anew(office, issued):
    notice, _cases = issued
    do(office, "receive", notice, "liaison")
    do(office, "reply", notice, "liaison", text="已整改。")
    office.later(days=1)
    do(office, "judge", notice, "supervisor", verdict="not_enough", opinion="未说明责任人。")
    first, second = limits(office, notice)
    assert not first.runs and second.runs and second.due_on == office.register.calendar.add(office.today, 5)
    row = next(r for r in office.session.execute(notices.waiting_for(office.by("liaison"))) if r.id == notice.id)
    assert row.due_on == second.due_on and row.stopped_on is None
    assert holds(office)


def test_the_office_closes_the_case_and_the_answer_is_still_owed(office, issued):
    notice, cases = issued
    office.submit(cases[0])
    office.step(cases[0], "sign", "principal")
    office.close(cases[0])
    [node] = limits(office, notice)
    assert node.runs and holds(office)


def test_a_slip_that_time_wrote_has_one_too_and_it_is_reminded_of_and_never_written_about(office):
    cases = [office.at_work() for _ in range(3)]
    late(office, cases[0], 1)
    tick(office)
    slip = office.session.scalars(select(Notice).where(Notice.form == "urge")).one()
    [node] = limits(office, slip)
    assert node.case_id == cases[0].id and node.next_rung_at is not None
    papers_then = len(office.session.scalars(select(Notice.id)).all())
    for case in cases:  # so that nothing but the answer is late
        office.submit(case)
        office.step(case, "sign", "principal")
        office.close(case)
    office.until(node.warn_on.year, node.warn_on.month, node.warn_on.day, 10)
    tick(office)
    [node] = limits(office, slip)
    assert (node.rung, node.next_rung_at) == (0, None)
    office.later(days=60)
    tick(office)
    [node] = limits(office, slip)
    written = office.session.scalars(select(Notice).order_by(Notice.id)).all()[papers_then:]
    assert node.rung == 0 and all(notices.subjects(office.session, each.id)[0].purpose != "answer" for each in written)


def test_it_moves_with_the_calendar_and_explains_its_own_days(office, issued):
    notice, cases = issued
    [node] = limits(office, notice)
    before, said = node.due_on, {"by": office.by("secadmin"), "at": office.now, "words": str}
    day = office.register.calendar.add(office.today, 2)
    errand = calendar.make(office.session, calendar.OwnDay(day, True, "本市节日", "市政府通知"), today=office.today,
                           **said)
    office.reload()
    change = change_of(errand.payload, office.register)
    reprojection.carry_out(office.session, change, register=office.register, **said)
    errand.state = "done"
    office.session.flush()
    office.session.refresh(node)
    assert node.due_on == office.register.calendar.add(before, 1) and notice.reply_on == before, "the paper is printed"
    told = why.of(office.session, cases[0], node, office.register)
    assert [act.act for act in told.acts] == ["start", "move"] and node.basis == notice.number
    assert [d.on for d in told.days if d.why == "holiday"] == [day]
    assert isinstance(node.due_on, date) and holds(office)


def test_no_rule_is_set_for_it(office):
    row = rules.read({"profile": "本市", "purpose": "answer", "budget": "5", "counted": "workday", "basis": "办法",
                      "valid_from": office.today.isoformat()})
    with pytest.raises(Refusals) as refused:
        rules.try_set([row], to_open=False, by=office.by("secadmin"), register=office.register, today=office.today)
    assert [each.field for each in refused.value.refusals] == ["purpose"]
