"""Running limits: the ledger of a node and the facts in the trail agree, whatever is done to it in whatever order."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import clocks, terms
from app.domain.clocks import Lamp, Setting, TimeNode
from app.domain.errors import Refused
from app.domain.rules import DAY, WORKDAY, Rule, Rules
from app.domain.workdays import Calendar
from workflows.grammar import PURPOSES

LAWS = settings(max_examples=150, derandomize=True, deadline=None)
ONE = timedelta(days=1)
MONDAY = datetime(2024, 3, 4, 1, 0, tzinfo=UTC)
CALENDAR = Calendar([2024], {date(2024, 4, 4): (True, "清明节"), date(2024, 4, 5): (True, "清明节"),
                             date(2024, 4, 7): (False, "清明节")})


def setting(budget=10, counted=WORKDAY, *, cap=10, extensions=1, remind=3, purpose="handle") -> Setting:
    rule = Rule(1, "p", purpose, None, None, None, budget, counted, cap, extensions, remind, "依据", date(2004, 1, 1))
    return Setting(CALENDAR, Rules([rule]), "complaint", None, "ordinary")


def begun(budget=10, counted=WORKDAY, **more) -> TimeNode:
    due_on = more.pop("due_on", None)
    node, _ = clocks.start(1, 1, "handle", unit_id=1, at=MONDAY, setting=setting(budget, counted, **more),
                           due_on=due_on)
    return node


def paused(node: TimeNode, on: date, category="hearing") -> dict:
    return clocks.pause(node, category=category, review_on=on + 30 * ONE, on=on, calendar=CALENDAR)


def at(on: date) -> datetime:
    return CALENDAR.starts(on) + timedelta(hours=10)


# --- the ledger and its replay ---------------------------------------------------------------------------------------


def told_by(facts: list[tuple[date, dict]]) -> tuple[date | None, bool]:
    """What somebody who has only the trail would say: where does it end, has it stopped? Counted day by day."""
    struck, added, since, stopped = set(), 0, None, False
    start, first = facts[0]
    for on, fact in facts[1:]:
        match fact["act"]:
            case "extend":
                added += fact["days"]
            case "pause":
                since = date.fromisoformat(fact["since_on"])
            case "resume" | "stop":
                if since is not None:
                    struck |= {since + n * ONE for n in range((on - since).days)}
                since, stopped = None, fact["act"] == "stop"
    if since is not None:
        return None, stopped
    budget, on, counted = first["budget"] + added, start, first["counted"]
    if counted == clocks.FIXED:  # the day it was given on is the first that a pause can take out
        due = start + budget * ONE
        for lost in sorted(struck):
            due += ONE * (lost <= due)
        return due, stopped
    while budget:
        on += ONE
        budget -= on not in struck and (counted == DAY or CALENDAR.is_workday(on))
    while counted == DAY and (on in struck or not CALENDAR.is_workday(on)):
        on += ONE
    return on, stopped


acts = st.lists(st.tuples(st.sampled_from(["pause", "resume", "extend", "stop"]), st.integers(0, 9), st.integers(0, 4)),
                max_size=12)


@LAWS
@given(acts, st.sampled_from([(10, WORKDAY, None), (30, DAY, None), (0, None, date(2024, 4, 30))]))
def test_the_ledger_and_the_replay_agree_after_whatever_was_done(acts, kind):
    budget, counted, due_on = kind
    node, fact = clocks.start(1, 1, "handle", unit_id=1, at=MONDAY, due_on=due_on,
                              setting=setting(budget or 10, counted or WORKDAY))
    today, facts = date(2024, 3, 4), [(date(2024, 3, 4), fact)]
    for act, days, back in acts:
        today += days * ONE
        try:
            match act:
                case "pause":
                    fact = paused(node, today - back * ONE)
                case "resume":
                    fact = clocks.resume(node, at=at(today), calendar=CALENDAR)
                case "extend" if node.runs and node.paused_on is None:
                    fact = clocks.extend(node, back + 1, calendar=CALENDAR)
                case "stop" if node.runs:
                    fact = clocks.stop(node, at=at(today), calendar=CALENDAR)
                case _:
                    continue
        except Refused:
            continue
        facts.append((today, fact))
        due, stopped = told_by(facts)
        assert (node.due_on, node.stopped_at is not None) == (due, stopped)
        assert fact["due_on"] == (None if due is None else due.isoformat())
        assert clocks.due(node.term, CALENDAR) == node.due_on, "verification computes the projection anew"
        assert (node.paused_on is None) == (node.due_on is not None), "paused has no date; running has one"


def test_a_refused_pause_changes_nothing():
    node = begun()
    before = (node.due_on, node.warn_on, node.paused_on, list(node.suspensions))
    with pytest.raises(Refused, match="pause cannot begin before"):
        paused(node, date(2024, 3, 3))
    assert (node.due_on, node.warn_on, node.paused_on, list(node.suspensions)) == before


def test_a_paused_clock_is_not_paused_again_and_a_running_one_not_resumed():
    node = begun()
    with pytest.raises(Refused, match="not paused"):
        clocks.resume(node, at=MONDAY, calendar=CALENDAR)
    paused(node, date(2024, 3, 5))
    with pytest.raises(Refused, match="paused already"):
        paused(node, date(2024, 3, 6))


def test_a_stopped_clock_is_neither_paused_nor_resumed():
    node = begun()
    clocks.stop(node, at=MONDAY, calendar=CALENDAR)
    with pytest.raises(Refused):
        paused(node, date(2024, 3, 5))
    with pytest.raises(Refused):
        clocks.resume(node, at=MONDAY, calendar=CALENDAR)


def test_a_second_pause_does_not_begin_before_the_first_one_ended():
    node = begun()
    paused(node, date(2024, 3, 5))
    clocks.resume(node, at=at(date(2024, 3, 12)), calendar=CALENDAR)
    with pytest.raises(Refused, match="pause cannot begin before"):
        paused(node, date(2024, 3, 11))
    paused(node, date(2024, 3, 12))
    assert len(node.suspensions) == 2


# --- stories ---------------------------------------------------------------------------------------------------------


def test_ten_working_days_from_a_monday_end_on_the_monday_after_next():
    node = begun(10)
    assert (node.due_on, node.first_due_on, node.provisional) == (date(2024, 3, 18), date(2024, 3, 18), False)


def test_three_working_days_of_pause_are_three_working_days_more():
    node = begun(10)
    paused(node, date(2024, 3, 6))
    clocks.resume(node, at=at(date(2024, 3, 11)), calendar=CALENDAR)
    assert (node.first_due_on, node.due_on) == (date(2024, 3, 18), date(2024, 3, 21))


def test_an_extension_is_counted_in_the_same_days_as_the_term():
    working, calendar_days = begun(10), begun(10, DAY)
    clocks.extend(working, 5, calendar=CALENDAR)
    clocks.extend(calendar_days, 5, calendar=CALENDAR)
    assert (working.due_on, working.stretches) == (date(2024, 3, 25), 1)
    assert calendar_days.due_on == date(2024, 3, 19)


def test_a_plans_date_is_the_date_even_on_a_day_off():
    node = begun(due_on=date(2024, 3, 9))
    assert (node.due_on, node.counted) == (date(2024, 3, 9), clocks.FIXED)


def test_a_plans_date_is_explained_in_calendar_days():
    node = begun(due_on=date(2024, 3, 9))
    rows = list(terms.count(node.term, CALENDAR, node.due_on))
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]


def test_a_plans_date_may_be_today_and_not_yesterday():
    assert begun(due_on=date(2024, 3, 4)).due_on == date(2024, 3, 4)
    with pytest.raises(Refused, match="past"):
        begun(due_on=date(2024, 3, 3))


@pytest.mark.parametrize(("budget", "counted", "due_on"), [(3, WORKDAY, None), (3, DAY, None), (0, None, "plan")])
def test_a_pause_that_begins_after_the_end_moves_nothing(budget, counted, due_on):
    node = begun(budget or 3, counted or WORKDAY, due_on=date(2024, 3, 7) if due_on else None)
    assert node.due_on == date(2024, 3, 7)
    paused(node, date(2024, 3, 14))
    clocks.resume(node, at=at(date(2024, 3, 28)), calendar=CALENDAR)
    assert node.due_on == date(2024, 3, 7), "what is late stays late"


def test_a_plans_date_of_today_waits_for_a_pause_of_today():
    node = begun(due_on=date(2024, 3, 4))
    paused(node, date(2024, 3, 4))
    clocks.resume(node, at=at(date(2024, 3, 6)), calendar=CALENDAR)
    assert node.due_on == date(2024, 3, 6)


def test_what_was_late_when_it_stopped_stays_late():
    node = begun(1)
    clocks.stop(node, at=at(date(2024, 3, 8)), calendar=CALENDAR)
    assert (node.due_on, node.stopped_on) == (date(2024, 3, 5), date(2024, 3, 8))


def test_a_clock_that_is_stopped_while_paused_gets_its_date_back():
    node = begun(10)
    paused(node, date(2024, 3, 6))
    fact = clocks.stop(node, at=at(date(2024, 3, 11)), calendar=CALENDAR)
    assert (node.due_on, node.paused_on) == (date(2024, 3, 21), None)
    assert fact["due_on"] == "2024-03-21"


def test_a_date_beyond_the_published_calendar_is_provisional():
    node, _ = clocks.start(1, 1, "handle", unit_id=1, at=datetime(2024, 12, 25, 1, tzinfo=UTC), setting=setting(10))
    assert node.provisional
    clocks.stop(node, at=datetime(2024, 12, 27, 1, tzinfo=UTC), calendar=CALENDAR)
    assert node.provisional


def test_the_reminder_window_opens_so_many_working_days_before_the_end():
    node = begun(10, remind=3)
    assert node.warn_on == date(2024, 3, 13), "Wednesday, three working days before Monday the 18th"
    assert begun(10, remind=0).warn_on == date(2024, 3, 18)


@LAWS
@given(st.dates(date(2024, 1, 31), date(2024, 12, 31)), st.integers(0, 15))
def test_as_many_working_days_lie_in_the_window_as_the_rule_says(due_on, remind):
    opens = clocks.warn_from(due_on, remind, CALENDAR)
    assert sum(CALENDAR.is_workday(opens + n * ONE) for n in range((due_on - opens).days)) == remind


def test_rights_that_lapse_are_no_duties():
    assert {name for name, purpose in PURPOSES.items() if not purpose.duty} == {"object", "appeal", "standing"}
    node, _ = clocks.start(1, 1, "object", unit_id=1, at=MONDAY, setting=setting(2, purpose="object"))
    assert node.duty is False


def test_no_rule_no_term():
    with pytest.raises(Refused, match="No rule says how long"):
        clocks.start(1, 1, "reply", unit_id=1, at=MONDAY, setting=setting())


def test_a_node_can_be_drawn_day_by_day_after_all_that_was_done_to_it():
    node = begun(10)
    paused(node, date(2024, 3, 6))
    clocks.resume(node, at=at(date(2024, 3, 11)), calendar=CALENDAR)
    clocks.extend(node, 2, calendar=CALENDAR)
    rows = list(terms.count(node.term, CALENDAR, node.due_on))
    assert (rows[-1].on, rows[-1].number) == (node.due_on, 12)


# --- lamps -----------------------------------------------------------------------------------------------------------

DUE = date(2024, 3, 18)


@pytest.mark.parametrize(("facts", "lamp"), [
    (dict(today=date(2024, 3, 12)), Lamp("green", "left", 4)),
    (dict(today=date(2024, 3, 13)), Lamp("yellow", "left", 3)),
    (dict(today=date(2024, 3, 18)), Lamp("yellow", "today")),
    (dict(today=date(2024, 3, 19)), Lamp("red", "overdue", 1)),
    (dict(today=date(2024, 3, 25)), Lamp("red", "overdue", 5)),
    (dict(today=date(2024, 3, 25), stopped_on=date(2024, 3, 18)), Lamp("blue", "met")),
    (dict(today=date(2024, 3, 25), stopped_on=date(2024, 3, 20)), Lamp("blue", "late", 2)),
    (dict(today=date(2024, 3, 25), paused=True, due_on=None, warn_on=None), Lamp("grey", "paused")),
    (dict(today=date(2024, 3, 25), standing=True), Lamp("grey", "standing")),
    (dict(today=date(2024, 3, 25), due_on=None, warn_on=None), Lamp("blue", "done")),
])
def test_a_lamp_shows(facts, lamp):
    assert clocks.lamp(**(dict(due_on=DUE, warn_on=date(2024, 3, 13), calendar=CALENDAR) | facts)) == lamp


def test_nothing_paused_or_standing_is_ever_red():
    for days in range(0, 400, 7):
        today = date(2024, 1, 1) + days * ONE if days < 366 else date(2024, 12, 31)
        for grey in ({"paused": True}, {"standing": True}):
            assert clocks.lamp(due_on=DUE, warn_on=DUE, today=today, calendar=CALENDAR, **grey).colour == "grey"
