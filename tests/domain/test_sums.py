"""Sums of holdings: they add up to the lives of the cases, are cut at the period, and see what their reader may see."""

from datetime import date, timedelta

import pytest

from app.domain import holdings, spans, sums, trail, tree
from app.domain.cases import Naming
from app.domain.sums import Wanted
from tests.office.conftest import Story

SEPTEMBER = Wanted(date(2026, 9, 1), date(2026, 9, 30))
HOUR = timedelta(hours=1)


@pytest.fixture
def office(session, databases):
    return Story(session, databases.register)


def read(office, by="director", wanted=SEPTEMBER):
    """Read off the trails, off a copy that is behind with some of them, and off a whole one: always the same."""
    office.session.flush()
    reading = dict(register=office.register, now=office.now)
    found = sums.read(office.session, office.by(by), wanted, **reading)
    tree.take_in(office.session, 5)
    spans.follow(office.session, office.register, most=3)
    assert_same(found, sums.read(office.session, office.by(by), wanted, **reading))
    while tree.take_in(office.session, 1000) or spans.follow(office.session, office.register, most=4):
        pass
    assert spans.behind(office.session) == set()
    assert_same(found, sums.read(office.session, office.by(by), wanted, **reading))
    return found


def assert_same(one, other):
    def told(amount):
        return amount.time, round(amount.worked, 6), round(amount.late, 6), getattr(amount, "cases", None)

    assert {key: told(amount) for key, amount in one.of.items()} == {
        key: told(amount) for key, amount in other.of.items()}
    assert [told(each) for each in (one.all, one.chosen, one.rest)] == [
        told(each) for each in (other.all, other.chosen, other.rest)]
    assert [(each.case, each.hands, each.since, each.until, told(each)) for each in one.behind] == [
        (each.case, each.hands, each.since, each.until, told(each)) for each in other.behind]


def furnish(office):
    """Cases in every pair of hands there is."""
    made = [office.file(), office.handed(), office.at_work(supports=["zrzy"]), office.signed(), office.closed()]
    paused, waiting = office.at_work(), office.at_work()
    office.pause(paused)
    office.pause(waiting, category="complainant")
    organ = office.file("accountability", origin=made[0])
    office.later(hours=2)
    office.assign(organ, lead="jw")
    late = office.at_work(supports=["gd"])
    office.until(2026, 9, 28, 15, 20)
    return [*made, paused, waiting, organ, late]


def test_every_row_together_is_the_whole_and_the_whole_is_the_lives_of_the_cases(office):
    made = furnish(office)
    found = read(office)
    lives = timedelta()
    for case in made:
        entries = office.session.scalars(trail.of(case.number)).all()
        spans = holdings.of(entries, office.register.calendar, office="ysb", now=office.now)
        assert spans[0].since == case.filed_at and spans[-1].until == office.now
        lives += spans[-1].until - spans[0].since
    assert {hand for _unit, hand in found.of} == set(holdings.HOLDERS)
    assert found.all.cases == len(made)
    assert found.all.time == lives == sum((amount.time for amount in found.of.values()), timedelta())
    assert found.all.worked == pytest.approx(sum(amount.worked for amount in found.of.values()))
    assert found.of["zrzy", "support"].late == found.of["zrzy", "support"].worked > 0


def test_paused_time_is_nobodys_or_the_complainants(office):
    furnish(office)
    found = read(office).of
    assert {unit for unit, hand in found if hand in ("nobody", "complainant")} == {None}
    assert found[None, "nobody"].cases == found[None, "complainant"].cases == 1


def test_a_period_counts_what_lies_in_it_and_days_in_a_row_add_up(office):
    furnish(office)
    days = [read(office, wanted=Wanted(on, on)).all for on in (date(2026, 9, day) for day in range(14, 29))]
    whole = read(office, wanted=Wanted(date(2026, 9, 14), date(2026, 9, 28))).all
    assert sum((day.time for day in days), timedelta()) == whole.time == read(office).all.time
    assert sum(day.worked for day in days) == pytest.approx(whole.worked)
    assert sum(day.late for day in days) == pytest.approx(whole.late)
    assert read(office, wanted=Wanted(date(2026, 8, 1), date(2026, 9, 13))).of == {}


def test_a_case_that_was_over_before_the_period_is_not_in_it_and_one_reopened_in_it_is(office):
    case = office.closed()
    office.review(case)
    office.until(2026, 10, 9)
    october = Wanted(date(2026, 10, 1), date(2026, 10, 31))
    assert read(office, wanted=october).all.cases == 0
    office.step(case, "reopen", "supervisor", reason="反弹")
    reopened = office.now
    office.later(hours=5)
    found = read(office, wanted=october)
    assert (found.all.cases, found.all.time) == (1, office.now - reopened)
    assert list(found.of) == [("zjj", "lead")]


def test_a_sum_opens_the_cases_behind_it_and_they_add_up_to_it(office, monkeypatch):
    furnish(office)
    monkeypatch.setattr(sums, "MOST", 2)
    for (unit, hand), amount in read(office).of.items():
        wanted = Wanted(SEPTEMBER.since, SEPTEMBER.until, unit=unit, hand=hand)
        found = read(office, wanted=wanted)
        shown = sums.Amount()
        for behind in found.behind:
            shown.plus(behind)
        shown.plus(found.rest)
        assert len(found.behind) == min(amount.cases, 2)
        assert found.chosen.cases == amount.cases == len(found.behind) + found.rest.cases
        assert shown.time == found.chosen.time == amount.time
        assert shown.worked == pytest.approx(amount.worked) == found.chosen.worked
        assert [each.time for each in found.behind] == sorted((each.time for each in found.behind), reverse=True)
        assert found.rest.cases == 0 or found.rest.time / found.rest.cases <= found.behind[-1].time


def test_a_kind_and_a_unit_narrow_it(office):
    furnish(office)
    assert {unit for unit, _ in read(office, wanted=Wanted(*_september(), kind="accountability")).of} == {"ysb", "jw"}
    assert read(office, wanted=Wanted(*_september(), kind="task")).of == {}
    found = read(office, wanted=Wanted(*_september(), unit="gd"))
    assert [row.hands for row in found.behind] == [("support",)]


def test_a_reader_counts_the_cases_he_may_see_and_no_others(office):
    furnish(office)
    everything = read(office).all.cases
    assert read(office, "auditor").all.cases == read(office, "leader").all.cases == everything
    mine = read(office, "liaison")
    assert 0 < mine.all.cases < everything
    assert mine.of["ysb", "office"].time < read(office).of["ysb", "office"].time
    assert read(office, "supporter").all.cases == 1
    assert read(office, "sysadmin").all.cases == 0


def test_a_sealed_case_is_in_nobodys_sum_but_of_those_named_on_it(office):
    case = office.at_work()
    open_one = office.file()
    case.sealed = True
    office.later(days=1)
    office.session.flush()
    for username in ("director", "auditor", "leader", "liaison"):
        assert ("zjj", "lead") not in read(office, username).of
    office.session.add(Naming(case_id=case.id, officer_id=office.by("director").id))
    office.session.flush()
    assert read(office).all.cases == 2
    assert [row.case.number for row in read(office, wanted=Wanted(*_september(), unit="zjj")).behind] == [case.number]
    assert read(office, "auditor").all.cases == 1, open_one.number


def test_what_began_before_the_period_is_late_in_it_only_from_its_own_end(office):
    case = office.at_work()
    assert case.due_on == date(2026, 9, 28)
    office.until(2026, 10, 12, 18)
    before = read(office, wanted=Wanted(date(2026, 9, 21), date(2026, 9, 28), unit="zjj")).chosen
    after = read(office, wanted=Wanted(date(2026, 10, 8), date(2026, 10, 12), unit="zjj")).chosen
    assert (before.late, after.late) == (0, after.worked) and after.worked > 0


def _september() -> tuple[date, date]:
    return SEPTEMBER.since, SEPTEMBER.until


def test_a_day_is_a_day_of_the_office_and_not_of_greenwich(office):
    office.file()
    midnight = office.register.calendar.starts(date(2026, 9, 15))
    office.now = midnight + HOUR
    found = read(office, wanted=Wanted(date(2026, 9, 15), date(2026, 9, 15)))
    assert found.all.time == HOUR
