"""Whatever goes wrong with one node, the worker lives: it is logged and put off, and everything else goes on."""

import logging

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from app import climbing, jobs, postroom
from app.domain import clocks
from app.domain.clocks import TimeNode
from app.domain.notices import Notice
from app.extensions import db
from app.office import ladder


@pytest.fixture
def broken(app, web_office):
    """Four late cases of one unit, the second of which nothing can be written about; one of another unit."""
    office, found = web_office, []
    for name in ("climbing_carefully", "resting", "put_off"):
        app.extensions.pop(name, None)
    for lead, by in (*[("zjj", "liaison")] * 4, ("gd", "outsider")):
        case = office.file()
        office.assign(case, lead=lead)
        office.start(case, by=by)
        found.append(next(n for n in clocks.of_case(office.session, case.id, running=True) if n.purpose == "handle"))
        if len(found) == 2:
            office.session.flush()
            office.session.execute(text("UPDATE streams SET seq = seq - 1 WHERE stream = :of"), {"of": case.number})
    on = office.register.calendar.add(found[0].due_on, 1)
    office.until(on.year, on.month, on.day, 10)
    ids = [node.id for node in found]
    for node in office.session.scalars(select(TimeNode).where(TimeNode.id.not_in(ids))):
        node.next_rung_at = None
    office.session.commit()
    return ids


def pass_time(app, at, rounds: int = 40) -> list[bool]:
    with app.app_context():
        return [climbing.one(str, at=at) for _ in range(rounds)]


def rungs(app, ids) -> list:
    with app.app_context():
        found = dict(db.session.execute(select(TimeNode.id, TimeNode.rung).where(TimeNode.id.in_(ids))).all())
        db.session.remove()
    return [found[id] for id in ids]


def test_a_node_that_cannot_climb_is_put_off_and_all_others_climb(app, web_office, broken, caplog):
    with caplog.at_level(logging.ERROR):
        pass_time(app, web_office.now)
    assert rungs(app, broken) == [1, 0, 1, 1, 1], "past reminding, it only fails to be urged"
    assert "no rung was climbed" in caplog.text
    with app.app_context():
        assert climbing.waits(at=web_office.now) is False, "nothing calls the worker for it"
        assert climbing.waits(at=web_office.now + climbing.PUT_OFF) is True
        serials = db.session.scalars(select(Notice.serial).where(Notice.form == "urge").order_by(Notice.serial)).all()
        db.session.remove()
    assert serials == list(range(1, len(serials) + 1)), "what was rolled back left no gap"


def test_the_worker_goes_on_with_errands_and_letters(app, web_office, broken):
    assert pass_time(app, web_office.now)[-1] is False
    with app.app_context():
        assert jobs.one(app) is False and postroom.one(app, at=web_office.now) is False
        db.session.remove()


def test_it_climbs_as_soon_as_what_was_wrong_is_put_right(app, web_office, broken):
    pass_time(app, web_office.now)
    case_id = web_office.session.scalar(select(TimeNode.case_id).where(TimeNode.id == broken[1]))
    web_office.session.execute(text("UPDATE streams SET seq = seq + 1 WHERE stream = (SELECT number FROM cases "
                                    "WHERE id = :id)"), {"id": case_id})
    web_office.session.commit()
    web_office.later(hours=1, minutes=1)
    pass_time(app, web_office.now)
    assert rungs(app, broken) == [1, 1, 1, 1, 1]


def test_a_database_that_is_away_blames_no_node(app, web_office, broken, monkeypatch):
    def away(*_given, **_more):
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(ladder, "climb", away)
    with app.app_context():
        assert climbing.one(str, at=web_office.now) is False
        assert climbing.waits(at=web_office.now) is False, "it rests"
        db.session.remove()
    monkeypatch.undo()
    app.extensions.pop("resting")
    pass_time(app, web_office.now)
    assert rungs(app, broken)[0] == 1
