"""Dated rules: of those that fit the most particular one holds, and the younger of two alike."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workflows
from app.domain import rules
from app.domain.errors import Refused
from app.domain.rules import Rule, Rules, TermRule

LAWS = settings(max_examples=150, derandomize=True, deadline=None)
ON = date(2026, 9, 14)


def rule(id=1, kind=None, klass=None, grade=None, since=date(2020, 1, 1), purpose="handle") -> Rule:
    return Rule(id, "p", purpose, kind, klass, grade, id, "workday", 0, 0, 0, "", since)


def chosen(*given: Rule, kind="complaint", klass="工程建设", grade="complex", on=ON) -> int:
    return Rules(given).of("handle", kind=kind, klass=klass, grade=grade, on=on).id


def test_a_class_is_more_particular_than_a_grade_and_a_grade_than_a_kind():
    general, kind = rule(1), rule(2, kind="complaint")
    grade, klass = rule(3, kind="complaint", grade="complex"), rule(4, klass="工程建设")
    assert chosen(general) == 1
    assert chosen(general, kind) == 2
    assert chosen(kind, grade, general) == 3
    assert chosen(klass, grade, kind, general) == 4


def test_a_rule_for_something_else_does_not_fit():
    assert chosen(rule(1), rule(2, kind="task"), rule(3, klass="用地"), rule(4, grade="major")) == 1
    assert chosen(rule(1), rule(2, klass="工程建设"), klass=None) == 1


def test_a_rule_holds_from_its_day_on_and_the_older_one_until_then():
    old, new = rule(1), rule(2, since=ON)
    assert chosen(old, new) == 2
    assert chosen(old, new, on=date(2026, 9, 13)) == 1


def test_without_a_rule_there_is_no_guess():
    with pytest.raises(Refused, match="handle"):
        chosen(rule(1, kind="task"))
    with pytest.raises(Refused, match="handle"):
        chosen(rule(1, since=date(2027, 1, 1)))


some = st.sampled_from
given_rules = st.lists(st.builds(
    rule, id=st.integers(1, 10**6), kind=some([None, "complaint", "task"]), klass=some([None, "工程建设", "用地"]),
    grade=some([None, "complex", "major"]), since=st.dates(date(2020, 1, 1), date(2027, 1, 1))), max_size=12)


@LAWS
@given(given_rules, st.randoms())
def test_the_choice_fits_and_nothing_that_fits_is_more_particular(given, random):
    fitting = [r for r in given if r.kind in (None, "complaint") and r.klass in (None, "工程建设")
               and r.grade in (None, "complex") and r.valid_from <= ON]
    if not fitting:
        with pytest.raises(Refused):
            chosen(*given)
        return
    def particular(r):
        return (bool(r.klass), bool(r.grade), bool(r.kind), r.valid_from, r.id)

    best = max(fitting, key=particular)
    assert chosen(*given) == best.id
    shuffled = list(given)
    random.shuffle(shuffled)
    assert chosen(*shuffled) == best.id


def test_every_term_that_a_kind_names_has_a_default_for_every_grade(session):
    found = rules.rules(session)
    for kind, workflow in workflows.every().items():
        purposes = {term for state in workflow.states for term in (*state.terms, *state.keeps)}
        purposes |= {term for step in workflow.steps for term in step.starts} | {"check", "standing"}
        for purpose in purposes:
            for grade, _ in workflow.grades:
                got = found.of(purpose, kind=kind, klass=None, grade=grade, on=ON)
                assert got.budget > 0 and got.basis, (kind, purpose, grade)


def test_the_promise_to_the_complainant_is_never_shorter_than_the_units_own_term(session):
    """Converted to calendar days; the unit's limit and the promise are two nodes, and the promise is the longer."""
    found = rules.rules(session)
    for grade, _ in workflows.get("complaint").grades:
        unit, promise = (found.of(p, kind="complaint", klass=None, grade=grade, on=ON) for p in ("handle", "reply"))
        days = [r.budget * (1.4 if r.counted == "workday" else 1) for r in (unit, promise)]
        assert days[1] >= days[0], grade


def test_a_withdrawn_rule_is_no_rule(session, office):
    row = next(row for row in session.query(TermRule) if row.purpose == "sign")
    row.withdrawn_at = datetime(2026, 9, 1, tzinfo=UTC)
    session.flush()
    with pytest.raises(Refused):
        rules.rules(session).of("sign", kind="task", klass=None, grade=None, on=ON)


@pytest.mark.parametrize("bad", [
    {"budget": 0}, {"budget": -1}, {"cap": -1}, {"extensions": -1}, {"remind": -1}, {"counted": "moon"},
])
def test_the_database_refuses_a_rule_that_cannot_be_meant(session, bad):
    sane = dict(profile="p", purpose="handle", budget=1, counted="day", cap=0, extensions=0, remind=0, basis="",
                valid_from=ON)
    session.add(TermRule(**(sane | bad)))
    with pytest.raises(Exception, match=r"ck_term_rules_(sane|counted)"), session.begin_nested():
        session.flush()
