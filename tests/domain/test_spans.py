"""The copy of the holdings: it follows the tree, is made anew by another definition, and is never needed."""

import pytest
from sqlalchemy import func, select, update

from app.domain import holdings, spans, trail, tree
from app.domain.copies import Mark
from app.domain.spans import FAR, Span
from tests.office.conftest import Story


@pytest.fixture
def office(session, databases):
    return Story(session, databases.register)


def copied(office, case) -> list[holdings.Holding]:
    return spans.held(office.session.execute(select(Span.__table__).where(Span.case_id == case.id).order_by(Span.no)))


def told(office, case) -> list[tuple]:
    entries = office.session.scalars(trail.of(case.number)).all()
    found = holdings.of(entries, office.register.calendar, office="ysb", now=FAR)
    return [(span.since, span.until, span.holder, span.unit, span.due_on) for span in found]


def follow(office, most=1000) -> int:
    tree.take_in(office.session, 10_000)
    return spans.follow(office.session, office.register, most=most)


def test_it_holds_what_the_trails_say_and_foretell(office):
    made = [office.file(), office.at_work(supports=["zrzy"]), office.closed()]
    assert spans.behind(office.session) is None, "there is no copy yet"
    while follow(office):
        pass
    for case in made:
        assert [(span.since, span.until, span.holder, span.unit, span.due_on) for span in copied(office, case)] == told(
            office, case)
    late = copied(office, made[1])[-1]
    assert (late.holder, late.unit, late.until) == ("support", "zrzy", FAR), "from the end of its due date on"
    assert spans.behind(office.session) == set() and follow(office) == 0


def test_whatever_comes_after_is_named_until_it_has_been_followed(office):
    case, other = office.at_work(), office.at_work()
    while follow(office):
        pass
    office.later(hours=3)
    office.submit(case)
    assert spans.behind(office.session) == {case.number}
    tree.take_in(office.session, 100)
    assert spans.behind(office.session) == {case.number}, "in the tree, but not followed"
    office.step(other, "report", "liaison", progress="在办")
    assert spans.behind(office.session) == {case.number, other.number}
    while follow(office, most=1):
        pass
    assert spans.behind(office.session) == set() and len(copied(office, case)) == len(told(office, case))


def test_a_copy_by_another_definition_is_thrown_away(office):
    case = office.at_work()
    while follow(office):
        pass
    kept = copied(office, case)
    office.session.execute(update(Span.__table__).values(holder="nobody"))
    office.session.execute(update(Mark.__table__).values(rule=spans.RULE - 1))
    assert spans.behind(office.session) is None
    while follow(office):
        pass
    assert copied(office, case) == kept and spans.behind(office.session) == set()


def test_following_costs_what_is_new_and_not_what_there_is(office):
    for _ in range(12):
        case = office.at_work()
    while follow(office):
        pass
    before = office.session.scalar(select(func.count()).select_from(Span))
    office.step(case, "report", "liaison", progress="在办")
    assert follow(office) == 1
    assert office.session.scalar(select(func.count()).select_from(Span)) == before


def test_the_stream_of_the_office_has_no_holder(office):
    office.later(hours=1)
    trail.append(office.session, trail.OFFICE, "ladder_set", by="director", unit="ysb", at=office.now, words={})
    while follow(office):
        pass
    assert spans.behind(office.session) == set()
    assert office.session.scalar(select(func.count()).select_from(Span)) == 0
