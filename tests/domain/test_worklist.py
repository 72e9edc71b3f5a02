"""What is somebody's own to do: by due date, one line a case, and never what waits for somebody else."""

import re
from datetime import date

import pytest
from sqlalchemy import event

from app.domain import cases, standing, worklist
from app.domain.people import SYSTEM
from app.office import people as office_people


def todos(office, by: str) -> list[worklist.Todo]:
    return worklist.todos(office.session, office.by(by), today=office.today)


def numbers(office, by: str) -> list[str]:
    return [todo.row.number for todo in todos(office, by)]


def handed(office, **more):
    case = office.file()
    office.assign(case, **more)
    return case


def test_a_new_case_is_every_dispatchers_and_nobody_elses(office):
    case = office.file()
    assert numbers(office, "dispatcher") == numbers(office, "second_dispatcher") == [case.number]
    for by in ("registrar", "supervisor", "director", "liaison", "principal", "leader", "auditor", "sysadmin"):
        assert numbers(office, by) == [], by


def test_a_case_wanders_from_desk_to_desk(office):
    case, everybody = office.file(), ("dispatcher", "second_dispatcher", "liaison", "principal", "supporter",
                                      "supervisor", "director", "outsider")

    def where() -> set[str]:
        return {by for by in everybody if case.number in numbers(office, by)}

    both = {"dispatcher", "second_dispatcher"}
    assert where() == both
    office.assign(case, supports=["zrzy"])
    assert where() == {"liaison", "supporter"}
    office.start(case)
    office.step(case, "finish_part", "supporter", result="已出具")
    assert where() == {"liaison"}
    office.submit(case)
    assert where() == {"liaison", "principal"}
    office.step(case, "sign", "principal")
    assert where() == both
    office.close(case)
    assert where() == {"supervisor"}
    office.review(case)
    assert where() == set()


@pytest.mark.parametrize(("step", "facts"), [
    ("ask_extension", {"days": 2, "reason": "鉴定未出"}),
    ("ask_pause", {"category": "hearing", "reason": "听证", "review_on": "2026-10-10"}),
])
def test_a_request_goes_over_the_principals_desk_to_the_directors(office, step, facts):
    case = handed(office)
    office.step(case, step, "liaison", **facts)
    assert numbers(office, "principal") == [case.number] and numbers(office, "director") == []
    office.step(case, "sign", "principal")
    assert numbers(office, "principal") == [] and numbers(office, "director") == [case.number]
    (todo,) = todos(office, "director")
    assert todo.next.step.name == {"ask_extension": "grant_extension", "ask_pause": "grant_pause"}[step]


def test_the_list_is_in_the_order_of_the_dates_with_one_line_a_case(office):
    cases = [office.file(title=f"第 {n} 件") for n in range(3)]
    for case, grade in zip(cases, ("major", "advice", "ordinary"), strict=True):
        office.assign(case, grade=grade)
    mine = todos(office, "liaison")
    assert len(mine) == 3 and [todo.row.due_on for todo in mine] == sorted(todo.row.due_on for todo in mine)
    assert {todo.purpose for todo in mine} == {"sign"}, "signing for it comes first"
    for case in cases:
        office.start(case)
    assert numbers(office, "liaison") == [cases[n].number for n in (1, 2, 0)]


@pytest.mark.parametrize("by", ["dispatcher", "second_dispatcher", "liaison", "principal", "supporter", "supervisor",
                                "director"])
def test_the_next_step_on_a_row_is_one_that_can_really_be_taken(office, by):
    cases = [office.file() for _ in range(7)]
    for n, case in enumerate(cases):
        if n:
            office.assign(case, supports=["zrzy"])
        if n > 1:
            office.start(case)
        if n == 3:
            office.step(case, "ask_extension", "liaison", days=2, reason="x")
            office.step(case, "sign", "principal")
        if n > 3:
            office.step(case, "finish_part", "supporter", result="已出具")
            office.submit(case)
        if n > 4:
            office.step(case, "sign", "principal")
        if n > 5:
            office.close(case)
    for todo in todos(office, by):
        if todo.next is None:
            continue
        case = next(case for case in cases if case.number == todo.row.number)
        held = standing.stand(office.session, case, by=office.by(by), today=office.today)
        held.right_to(todo.next.step.name)
        held.let(todo.next.step)


def test_a_supports_row_shows_its_own_part_and_its_own_date(office):
    case = handed(office, supports=["zrzy"])
    office.start(case)
    (todo,) = todos(office, "supporter")
    assert (todo.purpose, todo.relation, todo.next.step.name) == ("part", "support", "report")
    assert todo.row.due_on < case.due_on
    office.until(2026, 9, 18)
    assert todos(office, "supporter")[0].next.step.name == "finish_part", "when its date comes close"


def test_while_there_is_time_a_report_comes_before_a_closing(office):
    case = handed(office)
    office.start(case)
    assert todos(office, "liaison")[0].next.step.name == "report"
    office.until(2026, 9, 24)
    assert todos(office, "liaison")[0].next.step.name == "submit"


def test_the_promise_to_the_complainant_wakes_the_dispatcher_when_it_comes_close(office):
    case = handed(office)
    assert numbers(office, "dispatcher") == []
    reply = office.register.calendar.add(date(2026, 9, 14), 20)
    office.until(reply.year, reply.month, reply.day)
    assert numbers(office, "dispatcher") == [case.number]


def test_a_sealed_case_is_on_no_desk_but_of_those_named(office):
    office.file(sealed=True)
    assert numbers(office, "dispatcher") == []


def test_the_successor_finds_on_his_desk_what_the_old_unit_had(office):
    case = handed(office)
    office.start(case)
    office.submit(case)
    old, new = (office.session.get(office_people.Unit, office.register.people.by_code[c].id) for c in ("zjj", "gd"))
    office_people.succeed(office.session, old, new, reason="改革", by=SYSTEM, at=office.now, words=str)
    office.reload()
    assert numbers(office, "outsider") == [case.number]
    assert numbers(office, "outside_principal") == [case.number]


def test_the_count_is_the_length_of_the_list_and_counts_no_further_than_asked(office):
    for _ in range(5):
        handed(office)
    assert worklist.how_many(office.session, office.by("liaison"), today=office.today) == (5, 0)
    assert worklist.how_many(office.session, office.by("liaison"), today=office.today, most=3) == (3, 0)
    assert worklist.how_many(office.session, office.by("auditor"), today=office.today) == (0, 0)


def test_what_waits_elsewhere_is_what_my_unit_put_up_and_others_hold(office):
    case = handed(office)
    office.start(case)
    office.submit(case)

    def elsewhere(by):
        return [row.number for row in worklist.elsewhere(office.session, office.by(by))]

    assert elsewhere("liaison") == [case.number] and elsewhere("principal") == []
    office.step(case, "sign", "principal")
    assert elsewhere("principal") == [case.number] and elsewhere("outsider") == []


def test_news_is_what_he_was_told_since_he_last_looked_and_may_still_see(office):
    before = office.now
    case = handed(office)
    office.later(hours=1)

    def news(by, after):
        return [row.number for row in worklist.news(office.session, office.by(by), after)]

    assert news("liaison", before.replace(minute=0)) == [case.number]
    assert news("liaison", office.now) == []
    office.step(case, "reassign", "second_dispatcher", lead="gd", supports=[], request="改派", basis="目录", reason="x")
    assert news("liaison", before.replace(minute=0)) == [], "what was taken from the unit is no longer its to read"


@pytest.mark.one_database
@pytest.mark.parametrize("who", ["dispatcher", "supervisor", "liaison", "principal"])
def test_nothing_is_read_whole_to_find_the_few_that_are_shown(office, who):
    actor, connection, plans = office.by(who), office.session.connection(), []

    def explain(_connection, cursor, statement, parameters, _context, _many):
        if not statement.startswith("EXPLAIN"):
            plans.append([row[3] for row in cursor.connection.execute("EXPLAIN QUERY PLAN " + statement, parameters)])

    event.listen(connection, "before_cursor_execute", explain)
    worklist.todos(office.session, actor, today=office.today)
    worklist.how_many(office.session, actor, today=office.today)
    worklist.elsewhere(office.session, actor)
    event.remove(connection, "before_cursor_execute", explain)
    assert len(plans) >= 3
    assert [line for plan in plans for line in plan if re.match(r"SCAN (time_nodes|cases)", line)] == []


def test_of_more_than_are_shown_those_come_first_that_end_first(office, monkeypatch):
    monkeypatch.setattr(worklist, "MOST", 3)
    late = [handed(office) for _ in range(3)]
    office.later(days=7)
    for _ in range(2):
        handed(office)
    assert numbers(office, "liaison") == [case.number for case in late]
    assert worklist.how_many(office.session, office.by("liaison"), today=office.today, most=3) == (3, 0)


def test_the_list_takes_two_queries_however_long_it_is(office):
    actor, statements, bind = office.by("liaison"), [], office.session.get_bind().engine

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    for _ in range(3):
        for _ in range(4):
            handed(office, supports=["zrzy"])
        event.listen(bind, "before_cursor_execute", note)
        worklist.todos(office.session, actor, today=office.today)
        event.remove(bind, "before_cursor_execute", note)
        assert len(statements) == 2
        statements.clear()


def test_officers_with_like_posts_share_their_statements_and_see_their_own(office):
    """A statement of one's own for each officer would cost a third of a megabyte each, in every process."""
    one, other = office.by("liaison"), office.by("county")
    assert one.pattern is other.pattern and one.given != other.given
    assert one.pattern is not office.by("dispatcher").pattern
    case = handed(office)
    for actor, count in ((one, 1), (other, 0)):
        assert len(worklist.todos(office.session, actor, today=office.today)) == count
        assert worklist.how_many(office.session, actor, today=office.today)[0] == count
        assert (cases.glance(office.session, case.number, actor) is not None) == bool(count)
