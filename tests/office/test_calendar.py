"""A year is published: dates beyond the horizon move, each with an entry, and nothing else does."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from app.domain import clocks, errands, holdings, terms, trail, workdays
from app.domain.errors import NotAllowed, Refused
from app.domain.people import SYSTEM
from app.domain.schedules import Schedule
from app.domain.schedules import read as read_schedule
from app.office import calendar, reprojection
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


# --- trying out, the city's own days, and what no change may do -------------------------------------------------------


def own(on, is_off=True) -> calendar.OwnDay:
    return calendar.OwnDay(on, is_off, "火把节", "州政府令第 3 号")


def make(office, change):
    errand = calendar.make(office.session, change, by=office.by("director"), at=office.now, today=office.today,
                           words=str)
    office.reload()
    while errand and reprojection.go_on(office.session, errand, by=office.by("director"), at=office.now, words=str,
                                        register=office.register):
        pass
    office.session.flush()
    office.session.expire_all()
    return errand


def foretold(office, change):
    turned = calendar.try_out(office.session, change, by=office.by("director"), today=office.today)
    return reprojection.foretell(office.session, turned, today=office.today) if turned else reprojection.Foretold()


def test_the_dry_run_of_a_year_and_its_loading_agree(december):
    office = december
    cases = [office.file(), office.file(), office.file("task")]
    for case in cases[:2]:
        office.assign(case)
    told = foretold(office, calendar.YearNotice(YEAR_2027))
    errand = make(office, calendar.YearNotice(YEAR_2027))
    stands = {(case.number, node.purpose): node.due_on for case in cases
              for node in clocks.of_case(office.session, case.id)}
    assert told.moved == errand.result["moved"] > 0
    assert all(stands[move.number, move.purpose] == move.after != move.before for move in told.first)
    assert first_fault(office.session, calendar=office.register.calendar) is None


def test_a_day_of_the_citys_own_moves_what_runs_over_it_and_its_end_moves_it_back(office):
    case = office.file()
    office.assign(case)
    before = handle(office, case).due_on
    make(office, own(date(2026, 9, 16)))
    assert handle(office, case).due_on == office.register.calendar.add(before, 1)
    make(office, calendar.OwnDayGone(date(2026, 9, 16), "撤销"))
    assert handle(office, case).due_on == before
    assert [entry.verb for entry in office.session.scalars(trail.of(trail.OFFICE))][-2:] == [
        "calendar_day_set", "calendar_day_removed"]


def test_no_day_that_has_passed_is_made_a_workday_so_no_term_is_late_by_it(office):
    office.until(2026, 9, 21)
    for change in (own(date(2026, 9, 19), is_off=False), own(date(2026, 9, 19))):
        with pytest.raises(Refused):
            make(office, change)
    make(office, own(date(2026, 9, 18)))
    with pytest.raises(Refused, match="has passed"):
        make(office, calendar.OwnDayGone(date(2026, 9, 18), "撤销"))


def test_a_sealed_case_is_moved_and_neither_counted_nor_listed(office):
    case = office.file()
    office.assign(case)
    case.sealed = True
    office.session.flush()
    before, told = handle(office, case).due_on, foretold(office, own(date(2026, 9, 16)))
    assert (told.moved, told.first) == (0, [])
    assert make(office, own(date(2026, 9, 16))).result["moved"] == 0
    assert handle(office, case).due_on > before


def test_while_dates_are_being_moved_the_ledger_still_holds_and_a_killed_worker_leaves_it_so(december, monkeypatch):
    office = december
    for _ in range(2):
        office.assign(office.file())
    monkeypatch.setattr(reprojection, "LOT", 1)
    errand = calendar.make(office.session, calendar.YearNotice(YEAR_2027), by=office.by("director"), at=office.now,
                           today=office.today, words=str)
    office.reload()
    reprojection.go_on(office.session, errand, by=office.by("director"), at=office.now, words=str,
                       register=office.register)
    assert 0 < errand.progress < errand.total
    assert first_fault(office.session, calendar=office.register.calendar) is None
    office.session.execute(update(errands.Errand).values(state=errands.DONE))
    assert "own ledger" in str(first_fault(office.session, calendar=office.register.calendar))


def test_only_the_security_administrator_and_the_director_set_the_calendar(office):
    for username in ("supervisor", "sysadmin", "liaison", "auditor"):
        with pytest.raises(NotAllowed):
            calendar.try_out(office.session, own(date(2026, 9, 16)), by=office.by(username), today=office.today)


days = st.dates(date(2026, 9, 14), date(2026, 12, 20))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(start=days, budget=st.integers(1, 40), counted=st.sampled_from(["workday", "day"]), changed=days,
       is_off=st.booleans())
def test_no_change_moves_a_date_earlier_than_its_rule_allows(start, budget, counted, changed, is_off):
    layers = workdays.Layers(frozenset({2026, 2027}), {}, {})
    before, after = layers.calendar(), layers.with_own(changed, is_off, "x").calendar()
    term = terms.Term(start, budget, counted)
    ends, stood = terms.due(term, after), terms.due(term, before)
    assert after.is_workday(ends)
    if counted == "workday":
        assert after.between(start, ends) == budget, "the days its rule gives, neither more nor fewer"
    else:
        assert (ends - start).days >= budget
    assert ends >= stood or not is_off, "a day off never brings a date forward"
    since = workdays.changed_from(before, after)
    assert ends == stood or (since and stood >= since), "what ends before the first changed day stays"


@given(changed=st.lists(st.tuples(st.dates(date(2026, 12, 1), date(2027, 12, 31)), st.booleans()), min_size=1,
                        max_size=12, unique_by=lambda day: day[0]))
@settings(max_examples=10, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_calendar_that_is_tried_is_the_one_that_is_kept(office, changed):
    schedule = Schedule(2027, "x", tuple((on, off, "x") for on, off in changed))
    with office.session.begin_nested() as nested:
        tried = workdays.layers(office.session).loaded(schedule).calendar()
        workdays.load(office.session, schedule, at=office.now)
        kept = workdays.calendar(office.session)
        nested.rollback()
    assert (tried.special, tried.horizon) == (kept.special, kept.horizon)
