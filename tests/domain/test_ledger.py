"""The ledger: every filter, both sorts, paged by key; each row once, and as many queries for one as for all."""

from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from app.domain import cases, clocks, ledger
from app.domain.base import prepare
from app.domain.cases import Case
from app.domain.ledger import Filter
from tests.conftest import Office

PAUSE = {"category": "hearing", "reason": "听证"}


def counted(session):
    """How many statements run inside: `with counted(session) as statements`."""
    class Counting(list):
        def __enter__(self):
            event.listen(session.get_bind().engine, "before_cursor_execute", self.note)
            return self

        def note(self, _connection, _cursor, statement, *_rest):
            self.append(statement)

        def __exit__(self, *_error):
            event.remove(session.get_bind().engine, "before_cursor_execute", self.note)

    return Counting()


def walk(office, wanted: Filter, by="supervisor", limit=4) -> list[int]:
    """Every row of every page, in order."""
    seen, after = [], None
    for _ in range(200):
        page = ledger.page(office.session, office.by(by), wanted, today=office.today, after=after, limit=limit)
        assert len(page.rows) <= limit
        seen += [row.id for row in page.rows]
        if page.after is None:
            return seen
        assert len(page.rows) == limit, "only the last page is short"
        after = page.after
    raise AssertionError("the pages never end")


@pytest.fixture(scope="module")
def open_books(databases, made_once):
    """Forty cases in every state and of every lamp, filed on different days, many due on the same one; made once."""
    def make():
        engine = prepare(create_engine(databases.copy("books")))
        office = Office(Session(engine.connect().execution_options(write=True)))
        return office, fill(office)

    return made_once("books", databases.dialect, make)


@pytest.fixture
def office(open_books):
    """What a test adds is taken back; the books stay as they were made."""
    with open_books[0].session.begin_nested() as savepoint:
        yield open_books[0]
        savepoint.rollback()
    open_books[0].until(2026, 9, 30)


@pytest.fixture
def books(open_books):
    return open_books[1]


def fill(office) -> list[Case]:
    for n in range(10):
        office.until(2026, 9, 1 + n)
        for kind in ("complaint", "finding", "task", "complaint"):
            title = f"联合验收 {n}" if n % 2 else f"用地规划 {n}"
            office.file(kind, title=title, facts="。", source=("12345", "省平台")[n % 2],
                        sealed=n == 9 and kind == "task")
    office.until(2026, 9, 14)
    made = list(office.session.query(Case).filter(Case.sealed.is_(False)).order_by(Case.id))
    for n, case in enumerate(made):
        if n % 6 == 0:
            continue
        office.assign(case, lead=("zjj", "gd")[n % 2], supports=["zrzy"] if n % 3 == 0 else [],
                      grade="major" if n % 12 == 9 else "ordinary")
        if n % 6 == 1:
            continue
        liaison, principal = (("liaison", "principal"), ("outsider", "outside_principal"))[n % 2]
        office.start(case, by=liaison)
        match n % 12:
            case 2:
                office.step(case, "ask_pause", liaison, review_on="2026-10-10", **PAUSE)
                office.step(case, "sign", principal)
                office.step(case, "grant_pause", "director")
            case 3:
                office.step(case, "make_standing", "director", reason="历史遗留", review_on="2026-11-01")
            case 4 | 5:
                office.step(case, "propose_end", "dispatcher", ground="withdrawn", reason="撤回")
                office.step(case, "end", "director")
            case 8 | 10 | 11:
                if n % 3 == 0:
                    office.step(case, "finish_part", "supporter", result="已出具")
                office.submit(case, by=liaison)
                office.step(case, "sign", principal)
                office.close(case)
                if n % 12 > 8:
                    office.review(case)
                if n % 12 == 11:
                    office.step(case, "reopen", "supervisor", reason="反弹")
                    office.step(case, "list", "director", reason="重大")
    office.until(2026, 9, 30)
    return made


def units(office, code: str) -> int:
    return office.register.people.by_code[code].id


FILTERS = {
    "everything": (Filter(), lambda office, case: True),
    "a kind": (Filter(kind="task"), lambda office, case: case.kind == "task"),
    "a state": (Filter(states=("rectifying",)), lambda office, case: case.state == "rectifying"),
    "several states": (Filter(states=ledger.OPEN), lambda office, case: case.state in ledger.OPEN),
    "a source": (Filter(source="省平台"), lambda office, case: case.source == "省平台"),
    "a word": (Filter(q="联合验收"), lambda office, case: "联合验收" in case.title),
    "a character": (Filter(q="规"), lambda office, case: "规" in case.title),
    "since a day": (Filter(since=date(2026, 9, 5)), lambda office, case: case.filed_on >= date(2026, 9, 5)),
    "until a day": (Filter(until=date(2026, 9, 5)), lambda office, case: case.filed_on <= date(2026, 9, 5)),
    "one day": (Filter(since=date(2026, 9, 5), until=date(2026, 9, 5)),
                lambda office, case: case.filed_on == date(2026, 9, 5)),
    "standing": (Filter(mark="standing"), lambda office, case: case.standing),
    "listed": (Filter(mark="listed"), lambda office, case: case.listed),
    "reopened": (Filter(mark="reopened"), lambda office, case: case.reopened > 0),
    "red": (Filter(lamp="red"), lambda office, case: lamp(office, case) == "red"),
    "yellow": (Filter(lamp="yellow"), lambda office, case: lamp(office, case) == "yellow"),
    "green": (Filter(lamp="green"), lambda office, case: lamp(office, case) == "green"),
    "grey": (Filter(lamp="grey"), lambda office, case: lamp(office, case) == "grey"),
    "blue": (Filter(lamp="blue"), lambda office, case: lamp(office, case) == "blue"),
    "much at once": (Filter(kind="complaint", states=("rectifying",), lamp="red", q="验收 联合", source="省平台"),
                     lambda office, case: case.kind == "complaint" and case.state == "rectifying"
                     and lamp(office, case) == "red" and case.source == "省平台"),
    "nothing": (Filter(kind="task", source="来信"), lambda office, case: False),
}


def lamp(office, case) -> str:
    """The lamp as the case page shows it."""
    if case.state in cases.OVER:
        return "blue"
    return clocks.lamp(due_on=case.due_on, warn_on=case.warn_on, today=office.today, paused=case.paused,
                       standing=case.standing, calendar=office.register.calendar).colour


def test_every_filter_gives_each_of_its_rows_once_in_both_sorts(office, books):
    met = set()
    for name, (wanted, holds) in FILTERS.items():
        expected = {case.id for case in books if holds(office, case)}
        met |= {name} if expected else set()
        for sort in ledger.SORTS:
            seen = walk(office, Filter(**(vars(wanted) | {"sort": sort})))
            assert len(seen) == len(set(seen)), f"{name}, {sort}: a row twice"
            assert set(seen) == expected, f"{name}, by {sort}"
    assert FILTERS.keys() - met == {"nothing"}, "every other filter met something here"


def test_the_sorts_are_what_they_say(office, books):
    by_id = {case.id: case for case in books}
    filed = walk(office, Filter())
    assert filed == sorted(filed, reverse=True)
    due = [(by_id[id].due_on or date.max, id) for id in walk(office, Filter(sort="due"))]
    assert due == sorted(due), "undated ones last, and the same day in the order of the books"
    assert len({day for day, _ in due}) < len(due), "many are due on the same day"


@pytest.mark.parametrize("sort", ledger.SORTS)
def test_what_was_filed_meanwhile_turns_no_row_up_twice(office, books, sort):
    first = ledger.page(office.session, office.by("supervisor"), Filter(sort=sort), today=office.today, limit=10)
    office.file("task")
    second = ledger.page(office.session, office.by("supervisor"), Filter(sort=sort), today=office.today,
                         after=first.after, limit=10)
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}


@pytest.mark.parametrize("after", ["x", "~", "~x", "2026-09-14~", "~-1", "' OR 1=1 --~1", "~1 OR 1=1", "2026-13-99~5",
                                   "~99999999999999999999", "2026-09-14~2147483648", "\u0661~\u0661"])
@pytest.mark.parametrize("sort", ledger.SORTS)
def test_a_page_key_that_somebody_made_up_breaks_nothing(office, after, sort):
    page = ledger.page(office.session, office.by("supervisor"), Filter(sort=sort), today=office.today, after=after,
                       limit=5)
    assert len(page.rows) <= 5


def test_a_unit_finds_its_own_hand_and_only_cases_it_may_see(office, books):
    own = {case.id for case in books if case.lead_id == units(office, "zjj")}
    assert set(walk(office, Filter(), by="liaison")) == own
    supported = {case.id for case in books if units(office, "zrzy") in [
        hand.unit_id for hand in cases.hands(office.session, case.id)]}
    assert set(walk(office, Filter(), by="supporter")) == supported
    assert set(walk(office, Filter(unit=units(office, "zrzy")))) == supported
    assert set(walk(office, Filter(unit=units(office, "zrzy")), by="liaison")) == supported & own
    assert walk(office, Filter(), by="sysadmin") == []
    sealed = office.session.query(Case).filter(Case.sealed.is_(True)).one()
    assert set(walk(office, Filter(), by="registrar")) == {case.id for case in books} | {sealed.id}


@pytest.mark.parametrize("wanted", [Filter(), Filter(sort="due"), Filter(lamp="red"), Filter(q="验收"),
                                    Filter(states=ledger.OPEN, sort="due")])
def test_a_page_takes_two_queries_however_many_rows_it_has(office, books, wanted):
    actor = office.by("supervisor")
    for limit in (1, 5, 25):
        with counted(office.session) as statements:
            ledger.page(office.session, actor, wanted, today=office.today, limit=limit)
        assert len(statements) == 2


def test_no_page_counts_or_skips_over_the_whole_table(office, books):
    with counted(office.session) as statements:
        ledger.page(office.session, office.by("supervisor"), Filter(), today=office.today, after="~20")
    words = ("count(",) if office.session.get_bind().dialect.name == "sqlite" else ("count(", "offset")
    assert not any(word in statement.lower() for statement in statements for word in words), "SQLite's OFFSET is 0"


def test_each_row_brings_its_supporting_units_in_order(office, books):
    page = ledger.page(office.session, office.by("supervisor"), Filter(), today=office.today, limit=100)
    for case in books:
        living = [hand.unit_id for hand in cases.hands(office.session, case.id) if hand.role == "support"]
        assert page.supports.get(case.id, []) == living
    assert page.supports


def test_every_running_case_shines_in_exactly_one_colour(office, books):
    for days in range(0, 120, 9):
        today = office.today + timedelta(days=days - 30)
        shining = [set(office.session.scalars(office.session.query(Case.id).filter(
            *ledger.shines(colour, today)).statement)) for colour in ledger.LAMPS]
        assert sum(map(len, shining)) == len(set().union(*shining)) == len(books) + 1
