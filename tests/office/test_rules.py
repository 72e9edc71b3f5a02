"""Terms as dated rules: tried first, then set or withdrawn with an entry; only the terms move that they hold for."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.domain import clocks, errands, profiles, rules, trail
from app.domain.errors import NotAllowed, Refusals, Refused
from app.office import reprojection
from app.office import rules as office_rules
from app.office.verification import first_fault

GOOD = {"profile": "本办", "purpose": "handle", "kind": "complaint", "class": "", "grade": "ordinary", "budget": "15",
        "counted": "workday", "cap": "10", "extensions": "1", "remind": "3", "basis": "市政办〔2026〕8号",
        "valid_from": "2026-09-01"}


def tried(office, to_open=False, by="secadmin", **changes):
    return office_rules.try_set([office_rules.read(GOOD | changes)], to_open=to_open, by=office.by(by),
                                register=office.register, today=office.today)


def foretold(office, change) -> reprojection.Foretold:
    return reprojection.foretell(office.session, change, today=office.today)


def set_(office, to_open=False, rows=None, **changes):
    rows = rows or [office_rules.read(GOOD | changes)]
    errand = office_rules.set_rules(office.session, rows, to_open=to_open, by=office.by("secadmin"), at=office.now,
                                    words=str, register=office.register)
    return carried(office, errand)


def carried(office, errand):
    """The worker does it, lot by lot."""
    office.reload()
    if errand:
        while reprojection.go_on(office.session, errand, by=office.by("secadmin"), at=office.now, words=str,
                                 register=office.register):
            pass
        office.session.flush()
        office.session.expire_all()
    return errand


def test_a_rule_moves_the_terms_that_started_since_its_day_and_each_has_an_entry(office):
    case = office.at_work()
    before = office.nodes(case)["handle"].due_on
    change = tried(office)
    told = foretold(office, change)
    assert (told.moved, told.later, told.first[0].number) == (1, 1, case.number)
    assert office.nodes(case)["handle"].due_on == before, "a dry run writes nothing"
    errand = set_(office)
    node = office.nodes(case)["handle"]
    assert (node.due_on, node.budget, node.basis) == (told.first[0].after, 15, "市政办〔2026〕8号")
    assert case.due_on == node.due_on and errand.result["moved"] == told.moved
    said = office.last(case)["clocks"]
    assert [(clock["act"], clock["budget"], clock["due_on"]) for clock in said] == [
        ("rule", 15, node.due_on.isoformat())]
    assert first_fault(office.session, calendar=office.register.calendar) is None


def test_the_entry_of_the_office_says_which_rule_and_by_whom(office):
    set_(office)
    entry = office.session.scalars(trail.of(trail.OFFICE)).all()[-1]
    said = trail.facts(entry)["rules"][0]
    assert (entry.verb, entry.actor, said["budget"], said["extensions"], said["basis"]) == (
        "rules_set", "secadmin", 15, 1, "市政办〔2026〕8号")


def test_what_started_before_the_rule_keeps_its_date_unless_the_office_says_otherwise(office):
    case, tomorrow = office.at_work(), (office.today + timedelta(days=1)).isoformat()
    assert foretold(office, tried(office, valid_from=tomorrow)).moved == 0
    assert foretold(office, tried(office, to_open=True, valid_from=tomorrow)).moved == 1
    set_(office, valid_from=tomorrow)
    assert office.nodes(case)["handle"].budget == 10
    office.later(days=1)
    assert office.nodes(office.at_work())["handle"].budget == 15, "what starts afterwards goes by it"


def test_what_is_struck_off_is_never_moved(office):
    case = office.signed()
    ended = next(node for node in clocks.of_case(office.session, case.id) if node.purpose == "handle")
    before = ended.due_on
    assert all(move.purpose != "handle" for move in foretold(office, tried(office, to_open=True)).first)
    set_(office, to_open=True)
    office.session.refresh(ended)
    assert (ended.due_on, ended.budget) == (before, 10)


def test_a_more_particular_rule_keeps_its_terms(office):
    case = office.at_work()
    assert foretold(office, tried(office, grade="", kind="")).moved == 0, "the default for ordinary complaints holds"
    office_rules.set_rules(office.session, [office_rules.read(GOOD | {"class": "用地"})], to_open=True,
                           by=office.by("secadmin"), at=office.now, words=str, register=office.register)
    assert office.nodes(case)["handle"].budget == 10


def test_a_paused_term_takes_its_rule_and_shows_it_when_it_goes_on(office):
    case = office.at_work()
    office.pause(case)
    set_(office)
    assert (office.nodes(case)["handle"].due_on, office.nodes(case)["handle"].budget) == (None, 15)
    office.later(days=2)
    office.step(case, "resume", "liaison", reason="听证已毕")
    assert first_fault(office.session, calendar=office.register.calendar) is None


def test_days_that_somebody_granted_are_kept(office):
    case = office.at_work()
    office.extend(case, 4)
    set_(office)
    node = office.nodes(case)["handle"]
    assert node.due_on == office.register.calendar.add(node.started_on, 19)
    set_(office, budget="30", counted="day", valid_from="2026-09-02")
    assert office.nodes(case)["handle"].counted == "workday", "granted in working days: the two do not add up"


def test_a_withdrawn_rule_lets_running_terms_be_unless_told_otherwise(office):
    case = office.at_work()
    set_(office)
    mine = next(rule for rule in office.register.rules if rule.basis == GOOD["basis"])
    args = {"reason": "废止", "by": office.by("secadmin"), "register": office.register}
    assert foretold(office, office_rules.try_withdraw(mine.id, to_open=True, today=office.today, **args)).moved == 1
    errand = office_rules.withdraw(office.session, mine.id, to_open=True, at=office.now, words=str, **args)
    carried(office, errand)
    assert office.nodes(case)["handle"].budget == 10
    with pytest.raises(Refused, match="not in force"):
        office_rules.try_withdraw(mine.id, to_open=False, today=office.today, **args | {"register": office.register})


def test_the_last_rule_for_a_term_cannot_be_withdrawn(office):
    sign = next(rule for rule in office.register.rules if rule.purpose == "sign")
    with pytest.raises(Refused, match="sign"):
        office_rules.try_withdraw(sign.id, reason="x", to_open=False, by=office.by("secadmin"),
                                  register=office.register, today=office.today)


@pytest.mark.parametrize(("changes", "field"), [
    ({"budget": "-1"}, "budget"), ({"budget": "0"}, "budget"), ({"budget": "3651"}, "budget"),
    ({"budget": "9" * 30}, "budget"), ({"budget": "ten"}, "budget"), ({"budget": "1.5"}, "budget"),
    ({"budget": ""}, "budget"), ({"budget": "٣"}, "budget"), ({"remind": "16"}, "remind"), ({"remind": "-1"}, "remind"),
    ({"counted": "day", "budget": "7", "remind": "6"}, "remind"), ({"extensions": "0"}, "extensions"),
    ({"cap": "0"}, "cap"), ({"cap": "4000"}, "cap"), ({"extensions": "10"}, "extensions"),
    ({"kind": "dispute"}, "kind"), ({"purpose": "sleep"}, "purpose"), ({"grade": "huge"}, "grade"),
    ({"kind": "task", "grade": "advice"}, "grade"), ({"counted": "moon"}, "counted"), ({"basis": " "}, "basis"),
    ({"profile": ""}, "profile"), ({"class": "x" * 121}, "class"), ({"class": "\x00"}, "class"),
    ({"valid_from": "1899-01-01"}, "valid_from"), ({"valid_from": "9999-12-31"}, "valid_from"),
    ({"valid_from": "2026-02-30"}, "valid_from"), ({"valid_from": ""}, "valid_from"),
    ({"valid_from": "2004-01-01"}, "valid_from"),
])
def test_a_rule_that_cannot_be_meant_is_refused_at_its_field(office, changes, field):
    with pytest.raises(Refusals) as refusals:
        tried(office, **changes)
    assert [refusal.field for refusal in refusals.value.refusals] == [field]


def test_every_wrong_field_is_named_at_once(office):
    with pytest.raises(Refusals) as refusals:
        tried(office, budget="0", cap="-1", basis="", valid_from="soon")
    assert {refusal.field for refusal in refusals.value.refusals} == {"budget", "cap", "basis", "valid_from"}


def test_rules_are_the_security_administrators_alone(office):
    for username in ("director", "supervisor", "sysadmin", "liaison", "auditor"):
        with pytest.raises(NotAllowed):
            tried(office, by=username)


@pytest.mark.parametrize("name", profiles.names())
def test_every_profile_can_be_taken_over_and_holds_for_every_grade(office, name):
    rows = profiles.of(name, valid_from=office.today)
    set_(office, rows=rows)
    found = rules.rules(office.session)
    for grade in profiles.GRADES:
        handle, reply = (found.of(purpose, kind="complaint", klass=None, grade=grade, on=office.today)
                         for purpose in ("handle", "reply"))
        assert handle.profile == reply.profile == name and handle.basis
        days = [rule.budget * (1.4 if rule.counted == "workday" else 1) for rule in (handle, reply)]
        assert days[1] >= days[0], "the promise to the complainant is never the shorter"


def test_a_killed_worker_goes_on_where_the_last_lot_ended(office, monkeypatch):
    cases = [office.at_work() for _ in range(3)]
    monkeypatch.setattr(reprojection, "LOT", 1)
    office.now = datetime(2026, 9, 14, 2, tzinfo=UTC)
    errand = office_rules.set_rules(office.session, [office_rules.read(GOOD)], to_open=False, by=office.by("secadmin"),
                                    at=office.now, words=str, register=office.register)
    office.reload()
    once = {"by": office.by("secadmin"), "at": office.now, "words": str, "register": office.register}
    assert reprojection.go_on(office.session, errand, **once) and (errand.progress, errand.total) == (1, 3)
    carried(office, errand)
    assert (errand.state, errand.result["moved"]) == (errands.DONE, 3)
    for case in cases:
        verbs = [entry.verb for entry in office.session.scalars(trail.of(case.number))]
        assert verbs.count("reruled") == 1, "no date is moved twice"


@settings(max_examples=8, derandomize=True, deadline=None, phases=[Phase.generate],
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(budget=st.integers(1, 60), counted=st.sampled_from(["workday", "day"]), to_open=st.booleans(),
       since=st.dates(date(2026, 9, 7), date(2026, 9, 21)), grade=st.sampled_from(["", "ordinary", "complex"]))
def test_the_dry_run_and_the_act_agree(office, budget, counted, to_open, since, grade):
    with office.session.begin_nested() as nested:
        office.now = datetime(2026, 9, 14, 1, 12, tzinfo=UTC)
        made = [office.handed(), office.at_work()]
        office.pause(made[1])
        changes = {"budget": str(budget), "counted": counted, "remind": "0", "valid_from": since.isoformat(),
                   "grade": grade}
        told = foretold(office, tried(office, to_open=to_open, **changes))
        errand = set_(office, to_open=to_open, **changes)
        assert errand.result["moved"] == told.moved
        stands = {(case.number, node.purpose): node.due_on
                  for case in made for node in clocks.of_case(office.session, case.id, running=True)}
        assert all(stands[move.number, move.purpose] == move.after for move in told.first)
        assert first_fault(office.session, calendar=office.register.calendar) is None
        nested.rollback()
    office.session.expire_all()
    office.reload()
