"""How a case stands to somebody: the steps he is offered, with the reason where one is closed."""

import pytest

import workflows
from app.domain import standing
from app.domain.errors import NotAllowed, Refused
from app.domain.people import SYSTEM
from app.office import people as office_people


def stands(office, case, by: str) -> standing.Standing:
    return standing.stand(office.session, case, by=office.by(by), today=office.today)


def offered(office, case, by: str) -> dict[str, str | None]:
    return {offer.step.name: offer.reason for offer in stands(office, case, by).offers()}


def open_steps(office, case, by: str) -> set[str]:
    return {name for name, reason in offered(office, case, by).items() if reason is None}


def handed(office, **more):
    case = office.file()
    office.assign(case, **more)
    return case


def test_a_filed_case_is_the_dispatchers_to_assign_or_to_end(office):
    case = office.file()
    assert open_steps(office, case, "dispatcher") == {"assign", "propose_end"}
    assert offered(office, case, "director") == {
        "end": "Nobody has proposed to end this case.", "keep_open": "Nobody has proposed to end this case."}
    assert open_steps(office, case, "leader") == {"instruct"}
    for by in ("liaison", "principal", "supervisor", "registrar", "auditor", "sysadmin", "outsider"):
        assert offered(office, case, by) == {}, by


def test_a_lead_is_offered_what_it_may_do_and_told_why_not_what_it_may_not(office):
    case = handed(office)
    said = offered(office, case, "liaison")
    assert {name for name, reason in said.items() if reason is None} == {
        "sign_for", "start", "object", "ask_extension", "ask_pause"}
    assert said["resume"] == "The clock is not paused."
    assert said["withdraw"] == "There is no request of yours to take back."
    office.step(case, "sign_for", "liaison")
    assert offered(office, case, "liaison")["sign_for"] == "The case has been signed for already."


def test_every_reason_is_a_sentence_of_its_guard_and_every_open_step_can_be_taken(office):
    case = handed(office, supports=["zrzy"])
    for by in ("dispatcher", "liaison", "principal", "supporter", "supervisor", "director", "leader"):
        held = stands(office, case, by)
        for offer in held.offers():
            assert offer.step.by & held.takers().keys()
            if offer.reason is None:
                held.let(offer.step)
            else:
                assert offer.reason in {guard.reason for guard in offer.step.guards} or "kept apart" in offer.reason
                with pytest.raises(Refused, match=offer.reason.split("(")[0][:30].replace("?", ".")):
                    held.let(offer.step)


def test_whoever_assigned_sees_that_somebody_else_must_close(office):
    case = handed(office)
    office.start(case)
    office.submit(case)
    office.step(case, "sign", "principal")
    assert "kept apart" in offered(office, case, "dispatcher")["close"]
    assert offered(office, case, "second_dispatcher")["close"] is None


def test_a_step_that_has_nothing_to_act_on_is_idle_and_one_that_is_blocked_is_not(office):
    case = handed(office, supports=["zrzy"])
    idle = {offer.step.name: offer.is_idle for offer in stands(office, case, "liaison").offers() if offer.reason}
    assert idle["resume"] and idle["withdraw"]
    office.start(case)
    office.submit(case)
    office.step(case, "sign", "principal")
    closing = next(offer for offer in stands(office, case, "second_dispatcher").offers() if offer.step.name == "close")
    assert (closing.reason, closing.is_idle) == ("A supporting unit has not finished its part.", False)


@pytest.mark.parametrize(("by", "as_what"), [
    ("liaison", {"liaison@lead"}), ("principal", {"principal@lead"}), ("supporter", {"liaison@support"}),
    ("supporting_principal", {"principal@support"}), ("outsider", set()), ("dispatcher", {"dispatcher"}),
    ("leader", {"leader"}), ("auditor", {"auditor"}),
])
def test_as_what_somebody_stands_to_a_case(office, by, as_what):
    assert stands(office, handed(office, supports=["zrzy"]), by).takers().keys() == as_what


def test_somebody_in_two_units_stands_to_a_case_as_both(office):
    case = handed(office, supports=["zrzy"])
    unit = office.session.get(office_people.Unit, office.register.people.by_code["zrzy"].id)
    office_people.give_post(office.session, office_people.officer_called(office.session, "liaison"), "liaison", unit,
                            by=SYSTEM, at=office.now, words=str)
    office.reload()
    takers = stands(office, case, "liaison").takers()
    assert {name: held.unit for name, held in takers.items()} == {"liaison@lead": "zjj", "liaison@support": "zrzy"}


def test_a_right_is_asked_before_the_state(office):
    """Whoever may never take a step hears that, not where the case happens to stand."""
    held = stands(office, office.file(), "outsider")
    with pytest.raises(NotAllowed, match="not for your post"):
        held.right_to("close")
    with pytest.raises(Refused, match="no such step"):
        held.right_to("explode")


@pytest.mark.parametrize("kind", workflows.every())
def test_after_the_end_only_supervisor_and_director_may_bring_it_back(office, kind):
    case = office.file(kind, **({"origin": office.file()} if kind == "accountability" else {}))
    office.step(case, "propose_end", "dispatcher", ground="withdrawn", reason="撤回")
    office.step(case, "end", "director")
    everybody = ("registrar", "dispatcher", "second_dispatcher", "supervisor", "director", "liaison", "principal",
                 "discipline", "leader", "auditor", "sysadmin")
    assert {by: set(steps) for by in everybody if (steps := offered(office, case, by))} == {"director": {"restore"}}


def test_the_marks_of_a_case_are_read_through_its_standing(office):
    case = handed(office)
    held = stands(office, case, "liaison")
    assert held.kind == "complaint" and held.lead_id == case.lead_id
    with pytest.raises(AttributeError):
        held.no_such_mark  # noqa: B018
