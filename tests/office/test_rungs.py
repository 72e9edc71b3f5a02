"""The ladder edited: looked at first, done in one act with one entry; what has been climbed never moves."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain import ladder, trail
from app.domain.errors import NotAllowed, Refusals, Refused
from app.domain.ladder import Climb
from app.office import ladder as climbing
from app.office import reprojection, rungs, verification
from app.office.changes import change_of

GIVEN = {"kind": "", "basis": "市营商办〔2026〕9号", "valid_from": "2026-01-01", "after-1": "2", "after-2": "4",
         "after-3": "10", "after-4": "15", "after-5": "20", "after-6": "30",
         **{f"paper-{n}": "yes" for n in range(2, 7)}}


def wish(**more):
    return rungs.read(GIVEN | {name.replace("_", "-", 1) if name[:5] in ("after", "paper") else name: value
                               for name, value in more.items()})


def foretold(office, wished):
    change = rungs.try_set(wished, by=office.by("secadmin"), register=office.register, today=office.today)
    return reprojection.foretell(office.session, change, today=office.today, register=office.register)


def put(office, wished):
    said = {"by": office.by("secadmin"), "at": office.now, "words": str}
    errand = rungs.set_ladder(office.session, wished, register=office.register, **said)
    office.reload()
    reprojection.carry_out(office.session, change_of(errand.payload, office.register), register=office.register, **said)
    errand.state = "done"
    return errand


def tick(office):
    while climbing.climb(office.session, at=office.now, register=office.register, words=str):
        pass


def days_late(office, node, days):
    on = office.register.calendar.add(node.due_on, days)
    office.until(on.year, on.month, on.day, 9, 30)


def test_the_dry_run_names_the_next_rungs_that_would_move_and_writes_nothing(office):
    case = office.at_work()
    days_late(office, office.nodes(case)["handle"], 0)
    tick(office)
    before = office.nodes(case)["handle"].next_rung_at
    told = foretold(office, wish())
    move = next(each for each in told.first if (each.number, each.purpose) == (case.number, "handle"))
    assert move.before == before
    assert move.after == ladder.opening(office.register.calendar, office.register.calendar.add(
        office.nodes(case)["handle"].due_on, 2))
    assert told.is_whole and told.later >= 1 and office.nodes(case)["handle"].next_rung_at == before
    assert [e.verb for e in office.session.scalars(trail.of(trail.OFFICE))].count("ladder_set") == 1, "the founding"


def test_what_is_done_is_what_was_foretold_and_one_entry_says_so(office):
    cases = [office.at_work() for _ in range(3)]
    days_late(office, office.nodes(cases[0])["handle"], 0)
    tick(office)
    told = foretold(office, wish())
    put(office, wish())
    for move in told.first:
        node = next(n for c in cases if c.number == move.number for p, n in office.nodes(c).items()
                    if p == move.purpose)
        office.session.refresh(node)
        assert node.next_rung_at == move.after
    entry = office.session.scalars(trail.of(trail.OFFICE)).all()[-1]
    assert entry.verb == "ladder_set" and [(r["level"], r["after"]) for r in trail.facts(entry)["rungs"]] == [
        (1, 2), (2, 4)]
    assert verification.first_fault(office.session, calendar=office.register.calendar) is None


def test_what_has_been_climbed_never_moves(office):
    case = office.at_work()
    days_late(office, office.nodes(case)["handle"], 6)
    tick(office)
    id = office.nodes(case)["handle"].id
    query = select(Climb.level, Climb.at, Climb.notice_id).where(Climb.node_id == id).order_by(Climb.level)
    climbed = office.session.execute(query).all()
    assert [row.level for row in climbed] == [0, 1, 2]
    put(office, wish(after_1="7", after_2="8", after_3="12"))
    tick(office)
    assert office.session.execute(query).all() == climbed
    days_late(office, office.nodes(case)["handle"], 12)
    tick(office)
    assert [row.level for row in office.session.execute(query)] == [0, 1, 2, 3]


def test_a_ladder_of_one_kind_leaves_the_others_alone(office):
    complaint, task = office.at_work(), office.at_work(kind="task")
    told = foretold(office, wish(kind="task"))
    assert {move.number for move in told.first} <= {task.number}
    put(office, wish(kind="task"))
    on = office.today
    assert office.register.ladder.of("task", on=on)[1].after == 2
    assert office.register.ladder.of("complaint", on=on)[1].after == 1 and complaint.state == "rectifying"


def test_terms_that_began_before_its_day_keep_their_ladder(office):
    case = office.at_work()
    days_late(office, office.nodes(case)["handle"], 0)
    tick(office)
    told = foretold(office, wish(valid_from=(office.today + timedelta(days=1)).isoformat()))
    assert told.moved == 0


def test_a_rung_that_was_moved_away_meanwhile_is_not_climbed_by_a_worker_that_has_not_heard(office):
    case = office.at_work()
    node = office.nodes(case)["handle"]
    days_late(office, node, 0)
    tick(office)
    rungs.set_ladder(office.session, wish(after_1="4", after_2="4"), by=office.by("secadmin"), at=office.now, words=str,
                     register=office.register)
    office.reload()
    days_late(office, node, 1)
    tick(office)
    levels = office.session.scalars(select(Climb.level).where(Climb.node_id == node.id)).all()
    assert levels == [0]
    days_late(office, node, 4)
    tick(office)
    assert 1 in office.session.scalars(select(Climb.level).where(Climb.node_id == node.id)).all()


def test_without_a_paper_the_office_is_told_and_nothing_waits_for_a_signature(office):
    put(office, rungs.read({k: v for k, v in GIVEN.items() if k != "paper-2"}))
    case = office.at_work()
    days_late(office, office.nodes(case)["handle"], 4)
    tick(office)
    row = office.session.execute(select(Climb.notice_id).where(
        Climb.node_id == office.nodes(case)["handle"].id, Climb.level == 2)).one()
    assert row.notice_id is None


@pytest.mark.parametrize(("more", "field"), [
    ({"after_1": "0"}, "after-1"), ({"after_1": "-1"}, "after-1"), ({"after_3": "x"}, "after-3"),
    ({"after_3": ""}, "after-3"), ({"after_6": "99999"}, "after-6"), ({"after_4": "9"}, "after-4"),
    ({"kind": "nothing"}, "kind"), ({"basis": " "}, "basis"), ({"basis": "字" * 301}, "basis"),
    ({"valid_from": "2026-02-30"}, "valid_from"), ({"valid_from": "1999-01-01"}, "valid_from"),
    ({"valid_from": "2099-01-01"}, "valid_from"),
])
def test_what_is_wrong_is_named_beside_its_field_and_nothing_is_set(office, more, field):
    with pytest.raises(Refusals) as refused:
        foretold(office, wish(**more))
    assert field in [each.field for each in refused.value.refusals]


def test_the_same_ladder_again_is_no_change(office):
    put(office, wish())
    with pytest.raises(Refused):
        foretold(office, wish())


@pytest.mark.parametrize("username", ["director", "supervisor", "sysadmin", "logadmin", "liaison", "auditor"])
def test_nobody_but_the_security_administrator_sets_it(office, username):
    with pytest.raises(NotAllowed):
        rungs.set_ladder(office.session, wish(), by=office.by(username), at=office.now, words=str,
                         register=office.register)


def test_set_twice_from_one_day_the_later_holds_and_the_earlier_is_withdrawn(office):
    put(office, wish())
    put(office, wish(after_1="3"))
    day = date(2026, 1, 1)
    rows = [row for row in office.register.ladder if (row.level, row.valid_from) == (1, day)]
    assert [row.after for row in rows] == [3]
