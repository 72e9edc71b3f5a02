"""Counting working days: against the published schedules, against a slow clerk, and against files nobody can trust."""

import json
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import workdays
from app.domain.errors import Refused
from app.domain.schedules import Schedule, digest, published
from app.domain.schedules import read as read_schedule
from app.domain.workdays import Calendar

LAWS = settings(max_examples=150, derandomize=True, deadline=None)
SHARED = Path(__file__).parents[3] / "shared" / "data" / "holiday_calendars_cn"
BUDGETS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 60)
DAY = timedelta(days=1)
AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def schedules() -> list[tuple[int, list[tuple[date, bool, str]]]]:
    """(year, days) as published: from the shared files where they lie, else from chinesecalendar's own tables."""
    if SHARED.is_dir():
        files = [json.loads(path.read_text()) for path in sorted(SHARED.glob("*.json"))]
        return [(file["year"], [(date.fromisoformat(day["date"]), day["isOffDay"], day["name"])
                                for day in file["days"]]) for file in files if file["days"]]
    from chinese_calendar import constants

    years: dict[int, list] = {year: [] for year in range(2007, 2027)}
    for is_off, table in ((True, constants.holidays), (False, constants.workdays)):
        for on, name in table.items():
            years.setdefault(on.year, []).append((on, is_off, str(name)))
    return sorted((year, days) for year, days in years.items() if year >= 2007)


@pytest.fixture(scope="module")
def off_by_hand() -> dict[date, bool]:
    """Every day of 2007–2026: is it off? Put together without the code under test."""
    named = {on: is_off for _, days in schedules() for on, is_off, _ in days}
    days = (date(2007, 1, 1) + timedelta(days=n) for n in range(7305))
    return {on: named.get(on, on.isoweekday() > 5) for on in days}


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    """The calendar a new installation has."""
    special = {on: (is_off, name) for schedule in published() for on, is_off, name in schedule.days}
    return Calendar([schedule.year for schedule in published()], special)


# --- against the published schedules ---------------------------------------------------------------------------------


def test_every_term_from_every_day_of_twenty_years_ends_where_a_list_of_working_days_says(calendar, off_by_hand):
    worked = [on for on, is_off in off_by_hand.items() if not is_off]
    wrong = []
    for start in off_by_hand:
        first = bisect_right(worked, start)
        for budget in BUDGETS:
            if first + budget > len(worked):
                if calendar.is_known(calendar.add(start, budget)):
                    wrong.append((start, budget, "beyond 2026, and yet called known"))
            elif calendar.add(start, budget) != worked[first + budget - 1]:
                wrong.append((start, budget, calendar.add(start, budget), worked[first + budget - 1]))
    assert wrong == []


def test_every_single_day_of_twenty_years_is_off_or_worked_as_published(calendar, off_by_hand):
    assert {on for on, is_off in off_by_hand.items() if calendar.is_workday(on) == is_off} == set()


def test_calendar_days_that_end_on_a_day_off_end_on_the_next_working_day(calendar, off_by_hand):
    for start in off_by_hand:
        for days in (1, 15, 30, 60):
            end = start + timedelta(days=days)
            if end > date(2026, 12, 20):
                continue
            while off_by_hand[end]:
                end += DAY
            assert calendar.add_days(start, days) == end


@pytest.mark.skipif(not SHARED.is_dir(), reason="the published files lie beside the project, not in it")
def test_the_published_files_give_the_same_calendar_as_the_package(calendar):
    years, special = [], {}
    for path in sorted(SHARED.glob("*.json")):
        parsed = json.loads(path.read_text())
        if parsed["days"]:
            schedule = read_schedule(parsed, source=path.name)
            years.append(schedule.year)
            special |= {on: (is_off, name) for on, is_off, name in schedule.days}
    ours = Calendar(years, special)
    days = [date(2007, 1, 1) + timedelta(days=n) for n in range(7305)]
    assert [on for on in days if ours.is_workday(on) != calendar.is_workday(on)] == []
    assert ours.horizon == calendar.horizon == date(2026, 12, 31)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the published files lie beside the project, not in it")
def test_a_year_that_is_not_published_yet_is_refused():
    parsed = json.loads((SHARED / "2027.json").read_text())
    with pytest.raises(Refused, match="2027 has no days"):
        read_schedule(parsed, source="2027.json")


@pytest.mark.parametrize(("start", "budget", "end", "why"), [
    ((2026, 9, 14), 10, (2026, 9, 28), "20 September is worked, 25 September is off"),
    ((2026, 9, 30), 1, (2026, 10, 8), "seven days of holiday lie between"),
    ((2026, 2, 13), 3, (2026, 2, 25), "Spring Festival, with 14 and 28 February worked"),
    ((2024, 2, 28), 1, (2024, 2, 29), "a leap day is a day"),
    ((2024, 2, 29), 1, (2024, 3, 1), "and a start"),
    ((2018, 12, 28), 1, (2018, 12, 29), "a Saturday worked by next year's notice"),
    ((2018, 12, 29), 1, (2019, 1, 2), "30 December 2018 to 1 January 2019 off by next year's notice"),
])
def test_the_days_a_clerk_would_look_up(calendar, start, budget, end, why):
    assert calendar.add(date(*start), budget) == date(*end), why


def test_a_calendar_term_from_a_leap_day():
    plain = Calendar([2024, 2025], {})
    assert plain.add_days(date(2024, 2, 29), 365) == date(2025, 2, 28)
    assert plain.add_days(date(2024, 1, 30), 30) == date(2024, 2, 29)


# --- the horizon -----------------------------------------------------------------------------------------------------


def test_beyond_the_horizon_dates_are_counted_by_weekday_and_called_provisional(calendar):
    end = calendar.add(date(2026, 12, 30), 10)
    assert end == date(2027, 1, 13), "weekends only: nobody knows the holidays of 2027 yet"
    assert not calendar.is_known(end)
    assert calendar.is_known(date(2026, 12, 31)) and not calendar.is_known(date(2027, 1, 1))


def test_far_beyond_the_horizon_it_says_so_instead_of_guessing(calendar):
    with pytest.raises(Refused, match="too far beyond"):
        calendar.between(date(2026, 1, 1), date(2050, 1, 1))
    with pytest.raises(Refused, match="too far beyond"):
        calendar.add(date(2026, 1, 1), 5000)
    for days in (10_000, 10_000_000):
        with pytest.raises(Refused, match="too far beyond"):
            calendar.add_days(date(2026, 1, 1), days)


def test_before_its_first_year_it_says_so(calendar):
    with pytest.raises(Refused, match="before the first year"):
        calendar.add(date(1999, 12, 31), 1)


def test_a_year_missing_in_the_middle_ends_the_horizon_before_it():
    assert Calendar([2024, 2025, 2027], {}).horizon == date(2025, 12, 31)


def test_a_calendar_without_a_year_is_refused():
    with pytest.raises(Refused, match="No calendar"):
        Calendar([], {})


def test_days_are_never_counted_backwards(calendar):
    with pytest.raises(Refused, match="forwards"):
        calendar.add(date(2026, 1, 5), -1)
    with pytest.raises(Refused, match="forwards"):
        calendar.add_days(date(2026, 1, 5), -1)


# --- laws ------------------------------------------------------------------------------------------------------------

dates = st.dates(date(2024, 1, 1), date(2025, 12, 31))
specials = st.dictionaries(dates, st.booleans(), max_size=40)
counts = st.integers(0, 200)


def made(special: dict[date, bool]) -> Calendar:
    return Calendar([2024, 2025], {on: (is_off, "x") for on, is_off in special.items()})


def slowly(special: dict[date, bool], start: date, workdays: int) -> date:
    """A clerk with a pencil: one day at a time."""
    on = start
    while workdays:
        on += DAY
        workdays -= not special.get(on, on.isoweekday() > 5)
    return on


@LAWS
@given(specials, dates, counts)
def test_the_running_sum_counts_like_a_slow_clerk(special, start, count):
    assert made(special).add(start, count) == slowly(special, start, count)


@LAWS
@given(specials, dates, counts)
def test_adding_and_counting_are_inverse(special, start, count):
    calendar = made(special)
    end = calendar.add(start, count)
    assert calendar.between(start, end) == count
    assert calendar.between(end, start) == -count
    assert count == 0 or calendar.is_workday(end)


@LAWS
@given(specials, dates, counts, counts)
def test_two_terms_in_a_row_are_one_long_term(special, start, first, second):
    calendar = made(special)
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second)


@LAWS
@given(specials, dates, dates, counts)
def test_a_holiday_never_brings_a_date_forward_and_a_make_up_day_never_puts_one_off(special, other, start, count):
    before = made(special).add(start, count)
    assert made(special | {other: True}).add(start, count) >= before or special.get(other) is True
    assert made(special | {other: False}).add(start, count) <= before or special.get(other) is False


@LAWS
@given(specials, dates, dates, st.integers(0, 120))
def test_a_holiday_never_brings_a_calendar_term_forward(special, other, start, days):
    calendar = made(special)
    end = calendar.add_days(start, days)
    assert end >= start + timedelta(days=days) and calendar.is_workday(end)
    assert all(not calendar.is_workday(start + timedelta(days=n)) for n in range(days, (end - start).days))
    assert made(special | {other: True}).add_days(start, days) >= end


@LAWS
@given(specials, dates, st.integers(0, 30))
def test_what_a_day_says_of_itself_agrees_with_the_count(special, start, days):
    calendar = made(special)
    end = start + timedelta(days=days)
    shown = [calendar.day(start + timedelta(days=n)) for n in range(1, days + 1)]
    assert sum(not day.is_off for day in shown) == calendar.between(start, end)


moments = st.integers(0, 90 * 1440).map(lambda minute: datetime(2024, 3, 1, tzinfo=UTC) + timedelta(minutes=minute))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(specials, moments, st.integers(0, 20 * 1440))
def test_working_time_is_the_minutes_of_office_hours_between_two_moments(special, since, minutes):
    calendar = made(special)
    counted = 0
    for n in range(minutes):
        local = (since + timedelta(minutes=n)).astimezone(calendar.zone)
        clock = local.hour * 60 + local.minute
        counted += calendar.is_workday(local.date()) and (510 <= clock < 720 or 810 <= clock < 1080)
    assert calendar.worked(since, since + timedelta(minutes=minutes)) == pytest.approx(counted / 480)


def test_no_time_passes_backwards(calendar):
    assert calendar.worked(AT, AT) == 0 == calendar.worked(AT, AT - DAY)


def test_a_moment_belongs_to_the_day_it_is_in_shanghai(calendar):
    assert calendar.on(datetime(2026, 9, 14, 15, 59, 59, tzinfo=UTC)) == date(2026, 9, 14)
    assert calendar.on(datetime(2026, 9, 14, 16, 0, tzinfo=UTC)) == date(2026, 9, 15)
    assert calendar.starts(date(2026, 9, 15)) == datetime(2026, 9, 14, 16, 0, tzinfo=UTC)


# --- schedule files --------------------------------------------------------------------------------------------------

GOOD = {"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True},
                               {"name": "元旦", "date": "2026-12-27", "isOffDay": False}]}


def test_a_good_file_is_read_with_december_days_of_the_year_before():
    schedule = read_schedule(GOOD, source="国办发明电〔2026〕7号")
    assert schedule == Schedule(2027, "国办发明电〔2026〕7号", (
        (date(2027, 1, 1), True, "元旦"), (date(2026, 12, 27), False, "元旦")))


def day(**changes) -> dict:
    return GOOD | {"days": [GOOD["days"][0], GOOD["days"][1] | changes]}


def without(key: str) -> dict:
    return GOOD | {"days": [{name: value for name, value in GOOD["days"][0].items() if name != key}]}


@pytest.mark.parametrize(("parsed", "sentence"), [
    ([], "which year"), (None, "which year"), ("2027", "which year"), (7, "which year"), ({}, "which year"),
    ({"days": GOOD["days"]}, "which year"), (GOOD | {"year": "2027"}, "which year"),
    (GOOD | {"year": None}, "which year"), (GOOD | {"year": 2027.0}, "which year"),
    (GOOD | {"year": True}, "not a year"),
    (GOOD | {"year": 19}, "19 is not a year"), (GOOD | {"year": 99999}, "99999 is not a year"),
    ({"year": 2027}, "no list of days"), (GOOD | {"days": {}}, "no list of days"), (GOOD | {"days": "x"}, "no list"),
    (GOOD | {"days": None}, "no list of days"), (GOOD | {"days": []}, "2027 has no days"),
    (day(date="2027-01-01"), "2027-01-01 twice"), (day(date="2027-13-01"), "Day 2"), (day(date="tomorrow"), "Day 2"),
    (day(date=None), "Day 2"), (day(date=20270101), "Day 2"), (day(date="2027-02-29"), "Day 2"),
    (day(date="2024-01-01"), "2024-01-01 does not belong"), (day(date="2029-01-01"), "2029-01-01 does not belong"),
    (day(isOffDay="yes"), "Day 2"), (day(isOffDay=1), "Day 2"), (day(isOffDay=None), "Day 2"),
    (without("date"), "Day 1"), (without("isOffDay"), "Day 1"), (without("name"), "Day 1"),
    (GOOD | {"days": ["2027-01-01"]}, "Day 1"), (GOOD | {"days": [None]}, "Day 1"), (GOOD | {"days": [[]]}, "Day 1"),
])
def test_a_doubtful_file_is_refused_with_a_sentence(parsed, sentence):
    with pytest.raises(Refused, match=sentence):
        read_schedule(parsed, source="x.json")


def test_the_digest_says_exactly_which_days_were_loaded():
    schedule = read_schedule(GOOD, source="x")
    turned = Schedule(2027, "y", tuple(reversed(schedule.days)))
    other = Schedule(2027, "x", tuple((on, not is_off, name) for on, is_off, name in schedule.days))
    assert digest(schedule) == digest(turned) != digest(other)


# --- in the database -------------------------------------------------------------------------------------------------


def test_loading_a_year_moves_the_horizon_and_the_december_before(session):
    before = workdays.calendar(session)
    assert before.is_workday(date(2026, 12, 27)) is False
    workdays.load(session, read_schedule(GOOD, source="x"), at=AT)
    after = workdays.calendar(session)
    assert (before.horizon, after.horizon) == (date(2026, 12, 31), date(2027, 12, 31))
    assert after.is_workday(date(2026, 12, 27)) and not after.is_workday(date(2027, 1, 1))


def test_loading_a_year_again_takes_the_place_of_what_stood_there(session):
    workdays.load(session, read_schedule(GOOD, source="x"), at=AT)
    corrected = {"year": 2027, "days": [{"name": "元旦", "date": "2027-01-04", "isOffDay": True}]}
    for _ in range(2):
        workdays.load(session, read_schedule(corrected, source="corrected"), at=AT)
    calendar = workdays.calendar(session)
    assert calendar.is_workday(date(2027, 1, 1)) and not calendar.is_workday(date(2027, 1, 4))
    assert not calendar.is_workday(date(2026, 12, 27)), "the make-up day of the first version is gone too"


def test_loading_a_year_leaves_december_days_that_stand_in_the_next_years_notice(session):
    """30 December 2018 is off by the notice of 2019; the schedule of 2018 may be loaded again without losing it."""
    by_year = {schedule.year: schedule for schedule in published()}
    workdays.load(session, by_year[2018], at=AT)
    calendar = workdays.calendar(session)
    assert calendar.is_workday(date(2018, 12, 29)) and not calendar.is_workday(date(2018, 12, 31))


def test_the_citys_own_days_win_over_the_national_schedule(session):
    session.add(workdays.CalendarDay(on=date(2026, 10, 1), layer="local", is_off=False, name="本市", notice=2026))
    session.add(workdays.CalendarDay(on=date(2026, 9, 16), layer="local", is_off=True, name="城市日", notice=2026))
    session.flush()
    calendar = workdays.calendar(session)
    assert calendar.is_workday(date(2026, 10, 1)) and not calendar.is_workday(date(2026, 9, 16))
    workdays.load(session, next(s for s in published() if s.year == 2026), at=AT)
    again = workdays.calendar(session)
    assert again.is_workday(date(2026, 10, 1)) and not again.is_workday(date(2026, 9, 16)), "a new schedule leaves them"
