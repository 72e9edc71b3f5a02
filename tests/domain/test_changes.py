"""What is written plainly is what the session itself would have written, and it knows of it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select

from app.domain import changes, matters
from app.domain.cases import Case
from app.domain.clocks import Suspension, TimeNode
from app.domain.matters import Matter

AT = datetime(2026, 11, 2, 1, tzinfo=UTC)


@pytest.fixture
def case(office):
    case = office.file()
    office.assign(case)
    return case


@pytest.fixture
def heard(session):
    """How each statement begins."""
    said = []

    def hear(_connection, _cursor, statement, _parameters, _context, _many):
        said.append(statement.split()[:2])

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", hear)
    yield said
    event.remove(connection, "before_cursor_execute", hear)


def written(heard: list) -> list:
    return [said for said in heard if said[0] not in ("SELECT", "SAVEPOINT", "RELEASE")]


def nodes(session, case) -> list[TimeNode]:
    return session.scalars(select(TimeNode).where(TimeNode.case_id == case.id).order_by(TimeNode.id)).all()


def test_the_session_has_nothing_left_to_write(session, case, heard):
    case.basis, case.takers = "改", {**case.takers, "start": 3}
    running = nodes(session, case)
    assert len(running) > 1
    for node in running:
        node.basis = "改"
    changes.write(session)
    session.flush()
    assert written(heard) == [["UPDATE", "cases"], ["UPDATE", "time_nodes"]] and not session.dirty
    session.expire_all()
    assert case.basis == "改" and case.takers["start"] == 3
    assert {node.basis for node in nodes(session, case)} == {"改"}


def test_what_was_set_to_what_it_is_is_not_written(session, case, heard):
    case.basis = case.basis
    changes.write(session)
    assert written(heard) == [] and not session.dirty


def test_a_second_change_is_written_as_well(session, case):
    for basis in ("一", "二"):
        case.basis = basis
        changes.write(session)
    session.expire_all()
    assert case.basis == "二"


def test_a_column_with_another_name_than_its_attribute(session, case):
    case.klass = "enterprise"
    changes.write(session)
    assert session.scalar(select(Case.klass).where(Case.id == case.id)) == "enterprise"


@pytest.mark.parametrize("new", [True, False])
def test_what_is_new_or_known_by_more_than_its_number_is_left_to_the_session(session, office, case, new):
    office.start(case)
    node = nodes(session, case)[-1]
    pause = Suspension(node_id=node.id, no=1, category="hearing", since_on=office.today, until_on=None)
    session.add(pause)
    if not new:
        session.flush()
        pause.until_on = office.today
    case.basis = "改"
    changes.write(session)
    session.expire_all()
    assert case.basis == "改" and session.get(Suspension, (node.id, 1)).until_on == (None if new else office.today)


def matter(case, **more) -> Matter:
    return Matter(case_id=case.id, purpose="objection", stage="dispatcher", unit_id=case.lead_id, answers={"days": 3},
                  asked_by_id=1, asked_at=AT, asked_seq=1, reached_at=AT, **more)


def test_a_new_row_is_written_with_the_changed_ones_and_has_its_number(session, case, heard):
    made = matter(case)
    session.add(made)
    case.basis = "改"
    changes.write(session)
    session.flush()
    assert written(heard) == [["UPDATE", "cases"], ["INSERT", "INTO"]]
    assert made.id and made.settled_at is None and made.outcome is None and session.get(Matter, made.id) is made
    made.outcome = "granted"
    changes.write(session)
    session.expire_all()
    assert (made.outcome, made.answers, made.asked_at) == ("granted", {"days": 3}, AT)


def test_what_a_new_row_does_not_say_is_not_read_again(session, case, heard):
    made = matter(case)
    session.add(made)
    changes.write(session)
    heard.clear()
    assert made.outcome is None and made.settled_at is None and heard == []


def test_the_old_one_goes_before_the_new_one_that_takes_its_place(session, case):
    """One matter of a case waits at a time; the database says so."""
    for _ in range(2):
        waiting = matters.waiting(session, case.id)
        if waiting:
            waiting.settled_at = AT
        session.add(matter(case))
        with session.no_autoflush:
            changes.write(session)
    assert session.scalars(select(Matter.settled_at).where(Matter.case_id == case.id).order_by(Matter.id)).all() == [
        AT, None]


def test_a_new_row_that_brings_others_is_left_to_the_session(session, office, case):
    old = nodes(session, case)[0]
    facts = {each.key: getattr(old, each.key) for each in TimeNode.__mapper__.column_attrs}
    pause = Suspension(no=1, category="hearing", since_on=office.today)
    made = TimeNode(**facts | {"id": None, "no": 99, "suspensions": [pause]})
    session.add(made)
    changes.write(session)
    session.expire_all()
    assert made.suspensions == [pause] and pause.node_id == made.id


def test_a_new_row_is_gone_when_it_is_taken_back(session, case):
    savepoint = session.begin_nested()
    made = matter(case)
    session.add(made)
    changes.write(session)
    savepoint.rollback()
    assert made not in session and matters.waiting(session, case.id) is None


def test_what_is_taken_back_to_a_savepoint_is_as_it_was(session, case):
    before = case.basis
    savepoint = session.begin_nested()
    case.basis = "改"
    changes.write(session)
    savepoint.rollback()
    assert case.basis == before
