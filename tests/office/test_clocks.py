"""Terms as steps turn them: extensions, pauses, standing rectification, and their bounds."""

from datetime import date

import pytest

from app.domain.errors import Refusals, Refused
from app.office.verification import first_fault


def wrong_fields(refusal) -> list[str]:
    return [each.field for each in refusal.value.refusals]


# --- extensions and pauses -------------------------------------------------------------------------------------------


def test_an_extension_moves_the_units_date_and_the_promise_with_it(office):
    case = office.at_work()
    promise = office.nodes(case)["reply"].due_on
    office.extend(case, 10)
    assert office.nodes(case)["handle"].due_on == office.register.calendar.add(date(2026, 9, 28), 10) == case.due_on
    assert office.nodes(case)["reply"].due_on > promise


@pytest.mark.parametrize("days", [0, -1, 11, 1001, "many", "", None])
def test_an_extension_beyond_its_bounds_is_refused_at_its_field(office, days):
    case = office.at_work()
    with pytest.raises(Refused) as refusal, office.session.begin_nested():
        office.step(case, "ask_extension", "liaison", days=days, reason="鉴定未出")
    fields = wrong_fields(refusal) if isinstance(refusal.value, Refusals) else [refusal.value.field]
    assert fields == ["days"]


def test_a_term_is_extended_as_often_as_its_rule_allows(office):
    case = office.at_work()
    office.extend(case, 4)
    with pytest.raises(Refused, match="as often as its rule allows"), office.session.begin_nested():
        office.step(case, "ask_extension", "liaison", days=2, reason="再次")


def test_an_extension_is_asked_before_the_end(office):
    case = office.at_work()
    office.until(2026, 9, 28, 23)
    with office.session.begin_nested() as savepoint:
        office.step(case, "ask_extension", "liaison", days=2, reason="鉴定未出")
        savepoint.rollback()
    office.until(2026, 9, 29, 0, 1)
    with pytest.raises(Refused, match="this case is overdue"):
        office.step(case, "ask_extension", "liaison", days=2, reason="鉴定未出")


def test_a_paused_case_has_no_date_and_cannot_be_submitted_or_paused_again(office):
    case = office.at_work()
    office.pause(case)
    assert (case.due_on, case.paused) == (None, True)
    for step, facts in (("submit", {"statement": "已办", "result": "solved"}),
                        ("ask_extension", {"days": 1, "reason": "x"}),
                        ("ask_pause", {"category": "hearing", "reason": "x", "review_on": "2026-09-30"})):
        with pytest.raises(Refused, match="paused already"):
            office.step(case, step, "liaison", **facts)


def test_a_pause_gives_back_every_working_day_it_took(office):
    case = office.at_work()
    office.pause(case)
    office.until(2026, 9, 21)
    office.step(case, "resume", "dispatcher", reason="听证已毕")
    calendar = office.register.calendar
    lost = calendar.between(date(2026, 9, 13), date(2026, 9, 20))
    assert (lost, case.due_on) == (6, calendar.add(date(2026, 9, 28), lost - 1)), "the 14th itself was not counted"
    assert not case.paused


@pytest.mark.parametrize("since_on", ["2026-09-13", "2026-09-18", "not a day"])
def test_a_pause_begins_neither_before_the_clock_ran_nor_in_the_future(office, since_on):
    case = office.at_work()
    office.later(days=2)
    with pytest.raises(Refused) as refusal, office.session.begin_nested():
        office.step(case, "ask_pause", "liaison", category="hearing", reason="听证", review_on="2026-10-10",
                    since_on=since_on)
    fields = wrong_fields(refusal) if isinstance(refusal.value, Refusals) else [refusal.value.field]
    assert fields == ["since_on"], "said to the liaison who typed it, not to the director who signs"


def test_a_pause_may_begin_on_an_earlier_day_of_the_running_term(office):
    case = office.at_work()
    office.later(days=2)
    office.pause(case, since_on="2026-09-15")
    assert office.nodes(case)["handle"].paused_on == date(2026, 9, 15)


@pytest.mark.parametrize("review_on", ["2026-09-14", "2026-09-13", "2026-12-16", "2027-09-14"])
def test_a_pause_and_a_standing_case_are_looked_at_again_within_a_quarter(office, review_on):
    case = office.at_work()
    for step, by, facts in (("ask_pause", "liaison", {"category": "hearing"}), ("make_standing", "director", {})):
        with pytest.raises(Refused, match="within a quarter") as refusal, office.session.begin_nested():
            office.step(case, step, by, reason="理由", review_on=review_on, **facts)
        assert refusal.value.field == "review_on"


def test_a_paused_case_that_is_reassigned_runs_again(office):
    case = office.at_work()
    office.pause(case)
    office.later(days=2)
    office.reassign(case)
    assert not [node.purpose for node in office.nodes(case).values() if node.paused_on]
    assert not case.paused
    assert first_fault(office.session, calendar=office.register.calendar) is None


# --- standing rectification ------------------------------------------------------------------------------------------


def test_a_standing_case_has_reviews_and_no_deadline_and_is_not_closed_by_them(office):
    case = office.at_work()
    office.step(case, "make_standing", "director", reason="历史遗留", review_on="2026-11-30")
    assert case.standing and "handle" not in office.nodes(case)
    assert (office.nodes(case)["standing"].due_on, office.nodes(case)["standing"].duty) == (date(2026, 11, 30), False)
    with pytest.raises(Refused, match="standing rectification"):
        office.submit(case)
    office.later(days=40)
    office.step(case, "take_stock", "supervisor", finding="仍在推进", review_on="2026-12-31")
    assert office.nodes(case)["standing"].due_on == date(2026, 12, 31)
    office.step(case, "end_standing", "director", reason="条件具备")
    assert not case.standing and set(office.nodes(case)) == {"handle", "reply"}
    office.submit(case)


@pytest.mark.parametrize("step", ["take_stock", "end_standing"])
def test_what_is_not_standing_is_not_reviewed_as_such(office, step):
    by, facts = {"take_stock": ("supervisor", {"finding": "x", "review_on": "2026-10-01"}),
                 "end_standing": ("director", {"reason": "x"})}[step]
    with pytest.raises(Refused, match="not a standing rectification"):
        office.step(office.at_work(), step, by, **facts)
