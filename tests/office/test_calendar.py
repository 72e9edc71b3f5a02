"""A year is published: dates beyond the horizon move, each with an entry, and nothing else does."""

from datetime import date

import pytest

from app.domain import clocks, holdings, trail
from app.domain.people import SYSTEM
from app.domain.schedules import read as read_schedule
from app.office import calendar
from app.office.verification import first_fault

# 3 days off for the New Year, and Sunday 27 December 2026 worked for it.
YEAR_2027 = read_schedule({"year": 2027, "days": [
    {"name": "元旦", "date": "2026-12-27", "isOffDay": False}, {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
    {"name": "元旦", "date": "2027-01-04", "isOffDay": True}, {"name": "元旦", "date": "2027-01-05", "isOffDay": True},
]}, source="国务院办公厅")


def load(office, schedule=YEAR_2027) -> None:
    calendar.load_year(office.session, schedule, by=SYSTEM, at=office.now, words=str)
    office.reload()


@pytest.fixture
def december(office):
    office.until(2026, 12, 22)
    return office


def handle(office, case) -> clocks.TimeNode:
    return next(node for node in clocks.of_case(office.session, case.id) if node.purpose == "handle")


def last(office, case):
    return office.session.scalars(trail.of(case.number)).all()[-1]


def test_a_date_beyond_the_horizon_is_provisional_and_moves_with_an_entry(december):
    office, case = december, december.file()
    office.assign(case)
    node = handle(office, case)
    assert (node.due_on, node.provisional) == (date(2027, 1, 5), True), "ten days, weekends only"
    load(office)
    assert (node.due_on, node.provisional) == (date(2027, 1, 7), False), "one day worked more, three off"
    assert case.due_on == date(2027, 1, 7)
    entry = last(office, case)
    assert (entry.verb, entry.actor) == ("reprojected", "system")
    facts = {clock["purpose"]: clock["due_on"] for clock in trail.facts(entry)["clocks"]}
    assert facts["handle"] == "2027-01-07" and "sign" not in facts
    assert first_fault(office.session, calendar=office.register.calendar) is None


def test_what_ends_before_the_new_days_is_left_alone(december):
    office, case = december, december.file()
    office.assign(case)
    before = {node.purpose: node.due_on for node in clocks.of_case(office.session, case.id)}
    load(office)
    after = {node.purpose: node.due_on for node in clocks.of_case(office.session, case.id)}
    assert before["sign"] == after["sign"] and before["object"] == after["object"]
    far = office.file("finding")
    load(office)
    assert last(office, far).verb == "filed", "the same year once more moves nothing"


def test_a_stopped_and_a_paused_clock_are_not_moved(december):
    office, stopped, paused = december, december.file(), december.file()
    for case in (stopped, paused):
        office.assign(case)
        office.start(case)
    office.submit(stopped)
    office.step(stopped, "sign", "principal")
    office.step(paused, "ask_pause", "liaison", category="hearing", reason="听证", review_on="2027-01-20")
    office.step(paused, "sign", "principal")
    office.step(paused, "grant_pause", "director")
    load(office)
    assert handle(office, stopped).due_on == date(2027, 1, 5), "what ended, ended against the date of its day"
    assert handle(office, paused).due_on is None
    office.until(2027, 1, 11)
    office.step(paused, "resume", "liaison", reason="听证已毕")
    assert first_fault(office.session, calendar=office.register.calendar) is None


def test_a_plans_date_stays_as_the_plan_says(december):
    office, case = december, december.file("task")
    office.assign(case, due_on="2027-01-04")
    assert handle(office, case).provisional
    load(office)
    assert (handle(office, case).due_on, handle(office, case).provisional) == (date(2027, 1, 4), False)
    assert first_fault(office.session, calendar=office.register.calendar) is None


def test_a_moved_part_changes_when_its_unit_began_to_hold_the_case(december):
    office, case = december, december.file()
    office.assign(case, supports=["zrzy"])
    office.start(case)
    load(office)
    part = next(node for node in clocks.of_case(office.session, case.id) if node.purpose == "part")
    assert part.due_on == date(2026, 12, 28), "Sunday the 27th is worked now"
    office.until(2026, 12, 29, 12)
    spans = holdings.of(office.session.scalars(trail.of(case.number)).all(), office.register.calendar, office="ysb",
                        now=office.now)
    assert (spans[-1].holder, spans[-1].since) == ("support", office.register.calendar.starts(date(2026, 12, 29)))


def test_moving_dates_makes_nobodys_page_stale(december):
    office, case = december, december.file()
    office.assign(case)
    seen = case.version
    load(office)
    office.step(case, "sign_for", "liaison", seen=seen)
