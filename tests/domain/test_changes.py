"""What is written plainly is what the session itself would have written, and it knows of it."""

import pytest
from sqlalchemy import event, select

from app.domain import changes
from app.domain.cases import Case
from app.domain.clocks import Suspension, TimeNode


@pytest.fixture
def case(office):
    case = office.file()
    office.assign(case)
    return case


@pytest.fixture
def heard(session):
    """How each statement begins that changes something."""
    said = []

    def hear(_connection, _cursor, statement, _parameters, _context, _many):
        if not statement.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE")):
            said.append(statement.split()[:2])

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", hear)
    yield said
    event.remove(connection, "before_cursor_execute", hear)


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
    assert heard == [["UPDATE", "cases"], ["UPDATE", "time_nodes"]] and not session.dirty
    session.expire_all()
    assert case.basis == "改" and case.takers["start"] == 3
    assert {node.basis for node in nodes(session, case)} == {"改"}


def test_what_was_set_to_what_it_is_is_not_written(session, case, heard):
    case.basis = case.basis
    changes.write(session)
    assert heard == [] and not session.dirty


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


def test_what_is_taken_back_to_a_savepoint_is_as_it_was(session, case):
    before = case.basis
    savepoint = session.begin_nested()
    case.basis = "改"
    changes.write(session)
    savepoint.rollback()
    assert case.basis == before
