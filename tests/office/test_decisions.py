"""Accountability: fact sheet, suggestion, answer, decision with its influence period, execution, appeal, correction."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain import influences, trail
from app.domain.errors import Refusal, Refused
from app.domain.influences import Influence
from app.domain.rules import TermRule
from app.office import founding


@pytest.fixture
def suggested(office):
    """A suggestion that lies with the organ with power."""
    case = office.file("accountability", origin=office.handed())
    office.assign(case, lead="jw")
    office.start(case, by="discipline")
    return case


def decided(office, case, **more):
    office.submit(case, by="discipline", **more)
    office.step(case, "sign", "discipline_principal")
    office.close(case)
    return case


def refused(office, case, field=None, **more) -> Refusal:
    with pytest.raises(Refused) as refusal, office.session.begin_nested():
        office.submit(case, by="discipline", **more)
    assert field is None or refusal.value.field == field
    return refusal.value


def test_no_suggestion_goes_out_without_its_fact_sheet(office):
    case = office.file("accountability", origin=office.handed())
    with pytest.raises(Refused, match="fact sheet has not been written"):
        office.step(case, "assign", "dispatcher", grade="ordinary", lead="jw", request="移送", basis="条例",
                    supports=[], approval="市政府负责同志批准")
    office.set_out(case)
    office.assign(case, lead="jw")
    assert case.state == "assigned"


def test_a_person_is_named_beside_the_entry_and_only_where_one_is_meant(office):
    case = office.file("accountability", origin=office.handed())
    with pytest.raises(Refusal) as refusal, office.session.begin_nested():
        office.set_out(case, subject=None)
    assert [each.field for each in refusal.value.refusals] == ["subject"]
    office.set_out(case, subject="建管科科长 张三")
    entry = office.session.scalars(trail.of(case.number)).all()[-1]
    assert "张三" not in entry.data and "subject" in trail.facts(entry)["beside"]
    office.set_out(case, subject_kind="organisation", subject=None)


def test_the_organ_has_a_term_of_its_own_to_answer_and_an_answer_ends_it(office, suggested):
    node = office.nodes(suggested)["adoption"]
    assert (node.budget, node.basis) == (30, "《信访工作条例》第四十条")
    assert office.register.people.units[node.unit_id].code == "jw"
    office.step(suggested, "answer", "discipline", adopted="yes", letter="澜纪函〔2026〕2号", reason="启动核查")
    assert "adoption" not in office.nodes(suggested)
    with pytest.raises(Refused, match="No suggestion waits"):
        office.step(suggested, "answer", "discipline", adopted="yes", letter=None, reason="再答")


def test_a_decision_answers_the_suggestion_too(office, suggested):
    office.submit(suggested, by="discipline")
    assert "adoption" not in office.nodes(suggested)


def test_a_new_organ_gets_a_full_term_to_answer(office, suggested):
    office.later(days=10)
    office.reassign(suggested, lead="gd")
    node = office.nodes(suggested)["adoption"]
    assert (office.register.people.units[node.unit_id].code, node.started_on) == ("gd", office.today)


@pytest.mark.parametrize(("method", "also", "until"), [
    ("official_warning", None, date(2027, 3, 14)), ("official_demerit", None, date(2027, 9, 14)),
    ("official_major_demerit", None, date(2028, 3, 14)), ("official_downgrading", None, date(2028, 9, 14)),
    ("official_removal", None, date(2028, 9, 14)), ("party_warning", None, date(2027, 9, 14)),
    ("party_serious_warning", None, date(2028, 3, 14)), ("party_removal", None, date(2028, 9, 14)),
    ("party_probation_1", None, date(2027, 9, 14)), ("party_probation_2", None, date(2028, 9, 14)),
    ("party_warning", "official_major_demerit", date(2028, 3, 14)), ("admonition", None, None), ("none", None, None),
])
def test_the_influence_period_follows_from_the_method(office, suggested, method, also, until):
    office.submit(suggested, by="discipline", method=method, also=also)
    assert office.last(suggested)["answers"]["effective_until"] == (until and until.isoformat())


@pytest.mark.parametrize(("on", "months", "end"), [
    (date(2026, 8, 31), 6, date(2027, 2, 28)), (date(2027, 8, 31), 6, date(2028, 2, 29)),
    (date(2026, 12, 31), 12, date(2027, 12, 31)), (date(2028, 2, 29), 24, date(2030, 2, 28)),
    (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2026, 11, 30), 18, date(2028, 5, 30)),
])
def test_months_end_on_the_day_of_the_same_number_or_the_last(on, months, end):
    assert influences.ends(on, months) == end


def test_an_influence_that_would_end_before_its_rule_is_refused_and_a_longer_one_kept(office, suggested):
    told = refused(office, suggested, "effective_until", method="official_warning", effective_until="2027-03-13")
    assert "第八条" in told.told() and "6 months" in told.told()
    refused(office, suggested, "effective_until", method="admonition", effective_until=office.today.isoformat())
    office.submit(suggested, by="discipline", method="official_warning", effective_until="2027-06-30")
    assert office.last(suggested)["answers"]["effective_until"] == "2027-06-30"


def test_a_rule_that_begins_later_does_not_reach_back(office, suggested):
    office.session.add(Influence(method="official_warning", months=9, basis="新法", valid_from=date(2026, 9, 10)))
    office.session.flush()
    office.submit(suggested, by="discipline", method="official_warning", decided_on="2026-09-09")
    assert office.last(suggested)["answers"]["effective_until"] == "2027-03-09"
    office.step(suggested, "hand_back", "discipline_principal", reason="日期有误")
    office.submit(suggested, by="discipline", method="official_warning", decided_on="2026-09-10")
    assert office.last(suggested)["answers"]["effective_until"] == "2027-06-10"


def test_contradictions_in_a_decision_are_named_beside_their_field(office, suggested):
    tomorrow = (office.today + timedelta(days=1)).isoformat()
    spared = {"tolerance": "exempted", "tolerance_ground": "trial", "tolerance_basis": "容错办法第五条"}
    refused(office, suggested, "decided_on", decided_on=tomorrow)
    refused(office, suggested, "also", method="talk", also="talk")
    refused(office, suggested, "also", method="none", also="talk")
    refused(office, suggested, "method", **spared)
    assert {each.field for each in refused(office, suggested, tolerance="exempted").refusals} == {
        "tolerance_ground", "tolerance_basis"}
    office.submit(suggested, by="discipline", **spared | {"method": "none"})
    assert office.last(suggested)["answers"]["tolerance_basis"] == "容错办法第五条"


def test_it_is_reviewed_only_when_executed_answered_and_past_its_appeal(office, suggested):
    case, on = decided(office, suggested), office.today.isoformat()

    def review_is_refused(why: str) -> None:
        with pytest.raises(Refused, match=why), office.session.begin_nested():
            office.step(case, "review", "supervisor", finding="已执行")

    review_is_refused("appeal period is not over")
    office.step(case, "appeal", "discipline", appealed_on=on, grounds="认为过重")
    review_is_refused("An appeal has not been answered")
    with pytest.raises(Refused, match="recorded already"), office.session.begin_nested():
        office.step(case, "appeal", "discipline", appealed_on=on, grounds="再诉")
    assert office.nodes(case)["appeal_answer"].budget == 30
    office.step(case, "answer_appeal", "discipline", outcome="upheld", document="复 1", answered_on=on, reason="维持")
    review_is_refused("execution of the decision has not been recorded")
    office.execute(case)
    office.step(case, "review", "supervisor", finding="已执行")
    assert case.state == "reviewed"


def test_an_appeal_after_its_time_is_refused_and_a_wrong_decision_is_put_right_even_then(office, suggested):
    case = decided(office, suggested)
    office.execute(case)
    office.later(days=60)
    on = office.today.isoformat()
    right = {"document": "9 号", "corrected_on": on, "reason": "复查"}
    with pytest.raises(Refused, match="appeal period is over"), office.session.begin_nested():
        office.step(case, "appeal", "supervisor", appealed_on=on, grounds="认为过重")
    office.step(case, "review", "supervisor", finding="已执行")
    office.later(days=400)
    with pytest.raises(Refusal) as refusal, office.session.begin_nested():
        office.step(case, "put_right", "discipline", correction="changed", **right)
    assert [each.field for each in refusal.value.refusals] == ["method"]
    office.step(case, "put_right", "discipline", correction="cleared", **right)
    assert case.state == "reviewed"


def test_an_office_of_an_earlier_version_is_given_the_rules_it_lacks_once(office):
    session, new = office.session, ("adoption", "appeal_answer", "execute")
    for row in session.scalars(select(TermRule).where(TermRule.purpose.in_(new))):
        session.delete(row)
    for row in session.scalars(select(Influence)):
        session.delete(row)
    session.flush()
    assert founding.found(session, at=office.now, words=str)
    assert set(session.scalars(select(TermRule.purpose).where(TermRule.purpose.in_(new)))) == set(new)
    assert len(session.scalars(select(Influence)).all()) == len(influences.defaults())
    verbs = [entry.verb for entry in session.scalars(trail.of("office"))]
    assert verbs[-2:] == ["rules_set", "influences_set"]
    assert not founding.found(session, at=office.now, words=str)
