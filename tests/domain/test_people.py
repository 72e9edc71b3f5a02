"""Units, officers and posts at a moment: names, successions, covers, and how wrong passwords slow the next try."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.domain import people
from app.domain.people import FORGOTTEN_AFTER, SYSTEM, Directory, Miss, Post, Unit, UnitView, delay
from app.office import people as office_people

AT = datetime(2026, 9, 14, 1, 0, tzinfo=UTC)
SYS = dict(by=SYSTEM, at=AT, words=str)


def unit(session, code: str) -> Unit:
    return session.query(Unit).filter_by(code=code).one()


def succeed(session, old: str, new: str) -> Directory:
    office_people.succeed(session, unit(session, old), unit(session, new), reason="机构改革", **SYS)
    return people.directory(session)


# --- who somebody is -------------------------------------------------------------------------------------------------


def test_an_actor_holds_his_posts_of_that_moment(session):
    directory = people.directory(session)
    actor = people.actor(session, directory, "liaison")
    assert [(held.post, held.unit) for held in actor.held] == [("liaison", "zjj")]
    assert actor.has("liaison") and not actor.has("principal", "dispatcher")
    assert not actor.is_of_office and not actor.sees_every_case
    assert actor.units == {directory.by_code["zjj"].id}


def test_a_post_that_ended_is_no_post(session):
    officer = office_people.officer_called(session, "liaison")
    post = session.query(Post).filter_by(officer_id=officer.id).one()
    office_people.end_post(session, officer, post, **SYS)
    actor = people.actor(session, people.directory(session), "liaison")
    assert actor.held == () and actor.units == frozenset() and actor.first is None


def test_an_officer_of_the_office_acts_for_no_unit(session):
    actor = people.actor(session, people.directory(session), "dispatcher")
    assert actor.is_of_office and actor.sees_every_case and actor.units == frozenset()


def test_of_several_posts_the_office_comes_first(session):
    officer = office_people.officer_called(session, "liaison")
    office_people.give_post(session, officer, "registrar", unit(session, "ysb"), **SYS)
    office_people.give_post(session, officer, "principal", unit(session, "gd"), **SYS)
    actor = people.actor(session, people.directory(session), "liaison")
    assert [held.post for held in actor.held] == ["registrar", "liaison", "principal"]
    assert actor.first.unit == "ysb"


@pytest.mark.parametrize("change", [{"until": AT - timedelta(days=365)}, {"post": "liaison"}])
def test_the_database_refuses_a_post_that_ends_before_it_begins_and_one_held_twice(session, change):
    officer, zjj = office_people.officer_called(session, "liaison"), unit(session, "zjj")
    facts = dict(officer_id=officer.id, unit_id=zjj.id, post="principal", since=AT)
    session.add(Post(**(facts | change)))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()


# --- successions -----------------------------------------------------------------------------------------------------


def test_the_heir_of_a_unit_answers_for_it_however_far_back(session):
    ids = {code: unit(session, code).id for code in ("zjj", "zrzy", "gd")}
    succeed(session, "zjj", "zrzy")
    directory = succeed(session, "zrzy", "gd")
    assert directory.heir(ids["zjj"]) == directory.heir(ids["zrzy"]) == directory.heir(ids["gd"]) == ids["gd"]
    assert directory.covers(ids["gd"]) == set(ids.values())
    assert directory.covers(ids["zjj"]) == {ids["zjj"]}


def test_posts_move_to_the_successor_and_hearers_are_found_there(session):
    zjj = unit(session, "zjj").id
    directory = succeed(session, "zjj", "gd")
    liaison, outsider = (office_people.officer_called(session, name).id for name in ("liaison", "outsider"))
    assert set(directory.holding("liaison", zjj)) == {liaison, outsider}
    actor = people.actor(session, directory, "liaison")
    assert actor.units == {zjj, unit(session, "gd").id}


def test_a_unit_that_is_gone_keeps_its_name_and_is_not_found_by_it(session):
    directory = succeed(session, "zjj", "gd")
    gone = directory.by_code["zjj"]
    assert gone.is_gone and gone.name == "市住房和城乡建设局"
    assert directory.called("市住建局") is None and directory.called("市住房和城乡建设局") is None
    assert directory.called("zjj") == gone, "by its code it is still known"


def test_two_units_may_merge_into_one_and_one_does_not_succeed_itself(session):
    succeed(session, "zjj", "gd")
    directory = succeed(session, "zrzy", "gd")
    assert directory.covers(unit(session, "gd").id) == {unit(session, code).id for code in ("zjj", "zrzy", "gd")}
    for old, new in (("gd", "gd"), ("gd", "zjj"), ("zjj", "qx")):
        with pytest.raises(office_people.Refused):
            succeed(session, old, new)


# --- names -----------------------------------------------------------------------------------------------------------


def view(id: int, name: str, short: str, **more) -> UnitView:
    return UnitView(**(dict(id=id, code=f"u{id}", name=name, short=short, klass="department", superior_id=None,
                            successor_id=None, until=None) | more))


def test_a_unit_is_called_by_code_name_or_short_name_if_only_one_is_called_so():
    units = (view(1, "市住建局", "住建"), view(2, "县住建局", "住建"), view(3, "县", "县"))
    directory = Directory({unit.id: unit for unit in units}, {})
    assert directory.called("u2").id == 2
    assert directory.called("市住建局").id == 1
    assert directory.called("县").id == 3, "name and short name may be the same"
    assert directory.called("住建") is None, "two are called so"
    assert directory.called("没有") is None


def test_a_name_is_free_again_when_its_unit_has_ended():
    units = (view(1, "市住建局", "住建", until=AT.date()), view(2, "市住建局", "住建"))
    directory = Directory({unit.id: unit for unit in units}, {})
    assert directory.called("市住建局").id == 2


def test_every_unit_knows_its_principal(session):
    directory = people.directory(session)
    assert directory.by_code["zjj"].principal == "陈立诚"
    assert directory.by_code["qx"].principal is None
    assert directory.office.code == "ysb"
    assert directory.unit(None) is None and directory.name_of(None) is None


def test_the_dead_keep_their_names_in_the_trail(session):
    directory = people.directory(session)
    assert directory.named("liaison") == "周敏"
    assert directory.named("nobody_of_this_name") == "nobody_of_this_name"


# --- wrong passwords -------------------------------------------------------------------------------------------------


def test_three_tries_are_free_and_then_each_takes_twice_as_long_up_to_a_minute():
    assert [delay(n).total_seconds() for n in range(10)] == [0, 0, 0, 2, 4, 8, 16, 32, 60, 60]
    assert delay(10_000).total_seconds() == 60, "never a lasting lock"


def miss(session, *whats, times=1, at=AT) -> None:
    for _ in range(times):
        people.note_miss(session, list(whats), at=at)
    session.flush()


def test_a_wait_runs_out_by_itself(session):
    miss(session, "account:liaison", times=4)
    waits = [people.wait_for(session, ["account:liaison"], at=AT + timedelta(seconds=s)).total_seconds()
             for s in (0, 1, 3, 4, 60)]
    assert waits == [4, 3, 1, 0, 0]


def test_the_longer_wait_of_account_and_address_counts_and_others_do_not_wait(session):
    miss(session, "account:liaison", times=3)
    miss(session, "address:10.0.0.7", times=5)
    assert people.wait_for(session, ["account:liaison", "address:10.0.0.7"], at=AT).total_seconds() == 8
    assert people.wait_for(session, ["account:principal", "address:10.0.0.8"], at=AT).total_seconds() == 0


def test_misses_are_forgotten_after_a_quarter_of_an_hour(session):
    miss(session, "account:liaison", times=9)
    later = AT + FORGOTTEN_AFTER
    assert people.wait_for(session, ["account:liaison"], at=later).total_seconds() == 0
    miss(session, "account:liaison", at=later)
    assert session.get(Miss, "account:liaison").times == 1


def test_a_right_password_wipes_the_slate(session):
    miss(session, "account:liaison", times=9)
    people.forget_misses(session, ["account:liaison"])
    assert people.wait_for(session, ["account:liaison"], at=AT).total_seconds() == 0


def test_a_furnished_office_is_not_empty(session):
    assert not people.is_empty(session)
