"""The ladder climbs by itself: in order, once, in working time, and only against whoever holds the case."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain import clocks, ladder, notices, tellings, trail
from app.domain.clocks import TimeNode
from app.domain.ladder import Climb
from app.domain.notices import Notice
from app.office import ladder as climbing
from app.office import verification


def tick(office) -> int:
    """What one pass of time does."""
    done = 0
    while lot := climbing.climb(office.session, at=office.now, register=office.register, words=str):
        done += lot
    return done


def handle(office, case) -> TimeNode:
    return next(n for n in clocks.of_case(office.session, case.id, running=True) if n.purpose == "handle")


def levels(office, node) -> list[int]:
    query = select(Climb.level).where(Climb.node_id == node.id).order_by(Climb.level)
    return list(office.session.scalars(query))


def started(office, **more):
    case = office.file(**more)
    office.assign(case)
    office.start(case)
    return case


def day_after(office, node, workdays: int) -> None:
    on = office.register.calendar.add(node.due_on, workdays)
    office.until(on.year, on.month, on.day, 9, 30)


def test_nothing_speaks_before_the_reminder_window(office):
    case = started(office)
    node = handle(office, case)
    assert node.next_rung_at == ladder.opening(office.register.calendar, node.warn_on)
    assert tick(office) == 0


def test_the_reminder_goes_to_the_liaison_and_is_said_once(office):
    case = started(office)
    node = handle(office, case)
    office.until(node.warn_on.year, node.warn_on.month, node.warn_on.day, 9, 0)
    assert (tick(office), tick(office)) == (1, 0)
    entry = office.session.scalars(trail.of(case.number)).all()[-1]
    assert entry.verb == "climbed" and trail.facts(entry)["level"] == 0 and entry.actor == "system"
    told = set(office.session.scalars(select(tellings.Telling.officer_id).where(
        tellings.Telling.stream == case.number, tellings.Telling.seq == entry.seq)))
    assert office.by("liaison").id in told


def test_at_night_and_on_days_off_it_is_silent(office):
    case = started(office)
    node = handle(office, case)
    on = node.warn_on
    office.until(on.year, on.month, on.day, 7, 0)
    assert tick(office) == 0
    office.until(on.year, on.month, on.day, 22, 0)
    assert tick(office) == 0
    while office.register.calendar.is_workday(on):
        on += timedelta(days=1)
    office.until(on.year, on.month, on.day, 10, 0)
    assert tick(office) == 0


def test_one_slip_urges_a_unit_about_all_its_late_cases(office):
    cases = [started(office) for _ in range(3)]
    node = handle(office, cases[0])
    day_after(office, node, 1)
    tick(office)
    slips = office.session.scalars(select(Notice).where(Notice.form == "urge")).all()
    assert len(slips) == 1 and slips[0].number == f"催〔{office.today.year}〕1号" and slips[0].state == "issued"
    assert [row.number for row in notices.subjects(office.session, slips[0].id)] == [case.number for case in cases]


def test_a_sealed_case_is_urged_on_a_slip_of_its_own(office):
    plain, sealed, other, hidden = [started(office) for _ in range(4)]
    sealed.sealed = hidden.sealed = True
    day_after(office, handle(office, plain), 1)
    tick(office)
    slips = office.session.scalars(select(Notice.id).where(Notice.form == "urge").order_by(Notice.id)).all()
    named = [[row.number for row in notices.subjects(office.session, id)] for id in slips]
    assert sorted(named) == sorted([[plain.number, other.number], [sealed.number], [hidden.number]])


def test_after_a_week_without_service_no_rung_is_left_out_and_the_papers_wait_for_a_signature(office):
    case = started(office)
    node = handle(office, case)
    day_after(office, node, 12)
    tick(office)
    assert levels(office, node) == [0, 1, 2, 3]
    papers = office.session.scalars(select(Notice).where(Notice.form != "urge").order_by(Notice.id)).all()
    assert [(paper.form, paper.state, paper.number) for paper in papers] == [
        ("supervise", "prepared", None), ("circular", "prepared", None)]
    assert tick(office) == 0
    assert case.state == "rectifying"  # time takes no step


def test_no_rung_without_the_one_before_it(office):
    case = started(office)
    node = handle(office, case)
    for late in range(1, 40, 3):
        day_after(office, node, late)
        tick(office)
        assert levels(office, node) == list(range(len(levels(office, node))))
    assert levels(office, node) == [0, 1, 2, 3, 4, 5, 6]
    assert handle(office, case).next_rung_at is None


def test_a_closing_that_lies_with_the_office_climbs_nothing_against_the_lead(office):
    case = started(office)
    office.submit(case)
    node = handle(office, case)
    office.step(case, "sign", "principal")
    day_after(office, node, 8)
    tick(office)
    assert levels(office, node) == []


def test_a_request_for_time_holds_the_ladder_until_it_is_decided(office):
    case = started(office)
    node = handle(office, case)
    office.until(node.warn_on.year, node.warn_on.month, node.warn_on.day, 9, 0)
    office.step(case, "ask_extension", "liaison", days=3, reason="等待第三方检测。")
    office.step(case, "sign", "principal")
    assert handle(office, case).next_rung_at is None
    assert tick(office) == 0
    office.step(case, "decline", "director", reason="可先办理其余部分。")
    assert handle(office, case).next_rung_at is not None
    assert tick(office) == 1


def test_what_is_closed_climbs_nothing(office):
    case = started(office)
    node = handle(office, case)
    office.submit(case)
    office.step(case, "sign", "principal")
    office.close(case)
    day_after(office, node, 20)
    before = office.session.scalar(select(func.count()).select_from(Climb).where(Climb.node_id == node.id))
    tick(office)
    assert before == 0 and levels(office, node) == []


def test_the_trail_still_verifies(office):
    case = started(office)
    day_after(office, handle(office, case), 6)
    tick(office)
    assert verification.first_fault(office.session, calendar=office.register.calendar) is None


@pytest.mark.parametrize("level", range(7))
def test_every_rung_has_a_name(level):
    assert ladder.NAMES[level]
