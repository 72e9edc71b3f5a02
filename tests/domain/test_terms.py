"""Where a term ends: laws of pauses, the count that explains a date, and a slow clerk beside the arithmetic."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.domain import terms
from app.domain.rules import DAY, WORKDAY
from app.domain.terms import Term
from app.domain.workdays import Calendar

LAWS = settings(max_examples=200, derandomize=True, deadline=None)
ONE = timedelta(days=1)
PLAIN = Calendar([2026], {})

dates = st.dates(date(2024, 1, 1), date(2024, 8, 31))
calendars = st.dictionaries(dates, st.booleans(), max_size=30).map(
    lambda special: Calendar([2024, 2025], {on: (is_off, "x") for on, is_off in special.items()}))
budgets = st.integers(1, 60)
counted = st.sampled_from([WORKDAY, DAY])
ended_pauses = st.lists(st.tuples(dates, st.integers(0, 30)).map(
    lambda pause: (pause[0], pause[0] + timedelta(days=pause[1]))), max_size=5).map(tuple)


def is_paused(term: Term, on: date) -> bool:
    return any(since <= on and (until is None or on < until) for since, until in term.pauses)


def slowly(term: Term, calendar: Calendar) -> date:
    """A clerk with a pencil: one day at a time, paused days struck out."""
    on, left = term.start, term.budget
    while left:
        on += ONE
        left -= not is_paused(term, on) and (term.counted == DAY or calendar.is_workday(on))
    while term.counted == DAY and (is_paused(term, on) or not calendar.is_workday(on)):
        on += ONE
    return on


@LAWS
@given(calendars, dates, budgets, counted, ended_pauses)
def test_a_term_ends_where_a_slow_clerk_ends_it_whatever_pauses_overlap(calendar, start, budget, counted, pauses):
    term = Term(start, budget, counted, pauses)
    assert terms.due(term, calendar) == slowly(term, calendar)


@LAWS
@given(calendars, dates, budgets, st.integers(0, 40), st.integers(0, 40))
def test_a_pause_of_n_working_days_moves_the_date_by_exactly_n(calendar, start, budget, after, length):
    due = terms.due(Term(start, budget), calendar)
    since = start + timedelta(days=after)
    assume(since <= due)
    until = since + timedelta(days=length)
    lost = max(0, calendar.between(max(start, since - ONE), max(start, until - ONE)))
    assert terms.due(Term(start, budget, WORKDAY, ((since, until),)), calendar) == calendar.add(due, lost)


@LAWS
@given(calendars, dates, budgets, counted, ended_pauses, dates, st.integers(0, 30))
def test_a_pause_never_brings_a_date_forward(calendar, start, budget, counted, pauses, since, length):
    before = terms.due(Term(start, budget, counted, pauses), calendar)
    more = (*pauses, (since, since + timedelta(days=length)))
    assert terms.due(Term(start, budget, counted, more), calendar) >= before


@LAWS
@given(calendars, dates, budgets, counted, ended_pauses, st.permutations(range(5)))
def test_the_order_in_which_pauses_are_told_does_not_matter(calendar, start, budget, counted, pauses, order):
    shuffled = tuple(pauses[n] for n in order if n < len(pauses))
    assert terms.due(Term(start, budget, counted, shuffled), calendar) == terms.due(
        Term(start, budget, counted, pauses), calendar)


@LAWS
@given(calendars, dates, budgets, counted, ended_pauses, dates)
def test_while_it_is_paused_there_is_no_date(calendar, start, budget, counted, pauses, since):
    term = Term(start, budget, counted, (*pauses, (since, None)))
    assert term.is_paused and terms.due(term, calendar) is None


@LAWS
@given(calendars, dates, budgets, counted, ended_pauses)
def test_the_count_explains_the_date_day_by_day(calendar, start, budget, counted, pauses):
    term = Term(start, budget, counted, pauses)
    due = terms.due(term, calendar)
    rows = list(terms.count(term, calendar, due))
    assert [row.on for row in rows] == [start + timedelta(days=n + 1) for n in range((due - start).days)]
    assert [row.number for row in rows if row.number] == list(range(1, budget + 1))
    assert {row.on for row in rows if row.why == "paused"} == {row.on for row in rows if is_paused(term, row.on)}
    last = next(row for row in reversed(rows) if row.number == budget)
    if counted == WORKDAY:
        assert last is rows[-1]
        assert all(calendar.is_workday(row.on) == (row.why in ("counted", "worked")) for row in rows
                   if row.why != "paused")
    else:
        assert all(row.why in ("moved", "paused") for row in rows[rows.index(last) + 1:])


@LAWS
@given(calendars, dates, budgets, ended_pauses)
def test_on_its_last_day_the_budget_is_used_up_and_on_its_first_nothing(calendar, start, budget, pauses):
    term = Term(start, budget, WORKDAY, pauses)
    due = terms.due(term, calendar)
    assert terms.consumed(term, calendar, start) == 0
    assert terms.consumed(term, calendar, due) == budget
    assert terms.consumed(term, calendar, due - ONE) == budget - 1


@LAWS
@given(calendars, dates, budgets, counted, ended_pauses, st.integers(1, 30))
def test_more_days_never_end_earlier(calendar, start, budget, counted, pauses, more):
    assert terms.due(Term(start, budget + more, counted, pauses), calendar) >= terms.due(
        Term(start, budget, counted, pauses), calendar)


@pytest.mark.parametrize(("term", "due", "why"), [
    (Term(date(2026, 3, 2), 1), date(2026, 3, 3), "the first day is not counted"),
    (Term(date(2026, 3, 6), 1), date(2026, 3, 9), "from Friday to Monday"),
    (Term(date(2026, 3, 7), 1), date(2026, 3, 9), "from a day off to the next working day"),
    (Term(date(2026, 3, 2), 5, DAY), date(2026, 3, 9), "the fifth day is a Saturday: Monday"),
    (Term(date(2026, 3, 2), 5, DAY, ((date(2026, 3, 4), date(2026, 3, 5)),)), date(2026, 3, 9), "one day out: Sunday"),
    (Term(date(2026, 3, 2), 5, WORKDAY, ((date(2026, 3, 4), date(2026, 3, 6)),)), date(2026, 3, 11), "two days out"),
    (Term(date(2026, 3, 2), 5, WORKDAY, ((date(2026, 3, 4), date(2026, 3, 4)),)), date(2026, 3, 9), "resumed at once"),
    (Term(date(2026, 3, 2), 5, WORKDAY, ((date(2026, 3, 2), date(2026, 3, 3)),)), date(2026, 3, 9), "paused at once"),
    (Term(date(2026, 3, 2), 2, WORKDAY, ((date(2026, 3, 9), date(2026, 3, 20)),)), date(2026, 3, 4),
     "what was late before the pause stays late"),
    (Term(date(2026, 3, 2), 5, DAY, ((date(2026, 3, 8), date(2026, 3, 18)),)), date(2026, 3, 18),
     "the last day, Saturday, waits for a Monday that the pause took out"),
    (Term(date(2026, 3, 2), 5, WORKDAY, ((date(2026, 3, 4), date(2026, 3, 12)), (date(2026, 3, 5), date(2026, 3, 6)))),
     date(2026, 3, 17), "a pause within a pause counts once"),
])
def test_the_ends_a_clerk_would_check(term, due, why):
    assert terms.due(term, PLAIN) == due, why


def test_each_day_of_a_count_says_why():
    calendar = Calendar([2026], {date(2026, 3, 4): (True, "城市日"), date(2026, 3, 7): (False, "城市日")})
    term = Term(date(2026, 3, 2), 4, WORKDAY, ((date(2026, 3, 3), date(2026, 3, 4)),))
    rows = [(row.on.day, row.number, row.why, row.name) for row in terms.count(term, calendar, date(2026, 3, 10))]
    assert rows == [
        (3, None, "paused", ""), (4, None, "holiday", "城市日"), (5, 1, "counted", ""), (6, 2, "counted", ""),
        (7, 3, "worked", "城市日"), (8, None, "off", ""), (9, 4, "counted", ""), (10, None, "moved", ""),
    ]
