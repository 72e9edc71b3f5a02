"""Taking steps: the whole way of a case, and what refuses it."""

import pytest

from app.domain import trail
from app.domain.errors import Moved, NotAllowed, Refused


@pytest.mark.parametrize("kind", ["complaint", "finding", "task"])
def test_a_case_goes_from_filing_to_review_by_the_hands_of_five_people(office, kind):
    case = office.file(kind)
    office.assign(case)
    office.later(hours=2)
    office.step(case, "sign_for", "liaison")
    office.start(case)
    office.later(days=2)
    office.submit(case)
    office.step(case, "sign", "principal")
    office.later(days=1)
    office.close(case)
    office.later(days=2)
    office.review(case)
    assert case.state == "reviewed"
    steps = [trail.facts(e).get("step") for e in office.session.scalars(trail.of(case.number))]
    assert steps == [None, "assign", "sign_for", "start", "submit", "sign", "close", "review"]


def test_a_second_clerk_is_told_who_moved_it(office):
    case = office.file()
    seen = case.version
    office.assign(case)
    with pytest.raises(Moved) as refusal:
        office.step(case, "propose_end", "second_dispatcher", seen=seen, ground="withdrawn", reason="撤回")
    assert "何静" in refusal.value.told()


def test_whoever_assigned_it_does_not_close_it(office):
    case = office.file()
    office.assign(case)
    office.start(case)
    office.submit(case)
    office.step(case, "sign", "principal")
    with pytest.raises(Refused, match="kept apart"):
        office.close(case, by="dispatcher")
    office.close(case, by="second_dispatcher")


def test_the_outsider_takes_no_step(office):
    case = office.file()
    office.assign(case)
    with pytest.raises(NotAllowed):
        office.step(case, "sign_for", "outsider")
