"""The tables of the kinds against the page that promises them (product.md 2), written down here once more by hand."""

import pytest

import workflows

# step: (states it is taken in, where it leads; None = stays, "back" = where it was ended from, who takes it)
HANDED = ("assigned", "rectifying")
OPEN = ("filed", *HANDED)
PROMISED = {
    "assign": (("filed",), "assigned", {"dispatcher"}),
    "sign_for": (("assigned",), None, {"liaison@lead"}),
    "object": (("assigned",), None, {"liaison@lead"}),
    "uphold": (("assigned",), "filed", {"dispatcher"}),
    "overrule": (("assigned",), None, {"dispatcher"}),
    "start": (("assigned",), "rectifying", {"liaison@lead"}),
    "report": (("rectifying",), None, {"liaison@lead", "liaison@support"}),
    "finish_part": (("rectifying",), None, {"liaison@support"}),
    "submit": (("rectifying",), None, {"liaison@lead"}),
    "sign": (HANDED, None, {"principal@lead"}),
    "send_back": (("rectifying",), None, {"dispatcher"}),
    "close": (("rectifying",), "closed", {"dispatcher"}),
    "review": (("closed",), "reviewed", {"supervisor"}),
    "reopen": (("closed", "reviewed"), "rectifying", {"supervisor"}),
    "reassign": (HANDED, "assigned", {"dispatcher"}),
    "propose_end": (OPEN, None, {"dispatcher"}),
    "end": (OPEN, "ended", {"director"}),
    "restore": (("ended",), "back", {"director"}),
    "ask_extension": (HANDED, None, {"liaison@lead"}),
    "ask_pause": (HANDED, None, {"liaison@lead"}),
    "grant_extension": (HANDED, None, {"director"}),
    "grant_pause": (HANDED, None, {"director"}),
    "decline": (HANDED, None, {"director"}),
    "escalate": (HANDED, None, {"director"}),
    "list": (HANDED, None, {"director"}),
    "instruct": (("filed", *HANDED, "closed"), None, {"leader"}),
}
APART = {
    "uphold": {"assign", "reassign"}, "overrule": {"assign", "reassign"}, "send_back": {"assign", "reassign"},
    "close": {"assign", "reassign"}, "end": {"propose_end"}, "sign": {"submit", "ask_extension", "ask_pause"},
    "grant_extension": {"ask_extension"}, "grant_pause": {"ask_pause"}, "decline": {"ask_extension", "ask_pause"},
}
KINDS = pytest.mark.parametrize("kind", ["complaint", "finding", "task", "accountability"])


def of_unit(takers) -> set[str]:
    """A discipline organ that leads acts through its own contact: for a table he is a liaison."""
    return {taker.replace("discipline@", "liaison@") for taker in takers}


@KINDS
def test_every_promised_step_exists_with_its_taker(kind):
    table = workflows.get(kind).step
    assert PROMISED.keys() - table.keys() == set()
    for name, (sources, to, by) in PROMISED.items():
        step = table[name]
        assert (set(step.sources), step.to, of_unit(step.by)) == (set(sources), to, by), name


@KINDS
def test_resume_is_taken_by_the_lead_or_the_office(kind):
    assert of_unit(workflows.get(kind).step["resume"].by) == {"liaison@lead", "dispatcher"}


@KINDS
def test_hands_are_kept_apart_where_it_was_promised(kind):
    for name, others in APART.items():
        assert set(workflows.get(kind).step[name].apart_from) >= others, name


@KINDS
def test_the_states_are_the_six_that_were_promised(kind):
    assert list(workflows.get(kind).state) == ["filed", "assigned", "rectifying", "closed", "reviewed", "ended"]


@KINDS
def test_the_only_side_exit_carries_its_ground(kind):
    workflow = workflows.get(kind)
    assert {step.name for step in workflow.steps if step.to == "ended"} == {"end"}
    ground = next(ask for ask in workflow.step["propose_end"].asks if ask.name == "ground")
    assert {value for value, _ in ground.choices} == {"refused", "transferred", "merged", "withdrawn"}
    assert "ending_waits" in {guard.name for guard in workflow.step["end"].guards}


@KINDS
def test_a_closing_needs_a_signature_and_every_part_done(kind):
    guards = {guard.name for guard in workflows.get(kind).step["close"].guards}
    assert {"signed", "parts_done", "evidence_given"} <= guards


@pytest.mark.parametrize(("kind", "filed_by"), [
    ("complaint", {"registrar"}), ("finding", {"registrar", "supervisor"}),
    ("accountability", {"supervisor", "director"}),
])
def test_who_files(kind, filed_by):
    assert workflows.get(kind).filed_by == filed_by


@KINDS
def test_no_unit_and_no_outsider_files_a_case(kind):
    assert workflows.get(kind).filed_by <= {"registrar", "dispatcher", "supervisor", "director"}


@KINDS
def test_auditors_and_the_three_administrators_change_nothing(kind):
    takers = {taker.partition("@")[0] for step in workflows.get(kind).steps for taker in step.by}
    assert takers & {"auditor", "sysadmin", "secadmin", "logadmin"} == set()


@KINDS
def test_a_leader_only_writes_instructions(kind):
    assert [step.name for step in workflows.get(kind).steps if "leader" in step.by] == ["instruct"]


def asked(kind: str, step: str, *, required: bool = True) -> set[str]:
    return {ask.name for ask in workflows.get(kind).step[step].asks if ask.required or not required}


@pytest.mark.parametrize("kind", ["finding", "task"])
def test_measures_and_dates_are_asked_at_the_start_of_findings_and_tasks(kind):
    assert {"plan", "done_on"} <= asked(kind, "start")


def test_a_finding_is_closed_with_root_cause_and_the_same_kind_put_right_elsewhere():
    assert {"statement", "root_cause", "same_kind"} <= asked("finding", "submit")


def test_a_decision_of_accountability_names_everything_that_was_promised():
    assert {"document", "subject", "responsibility", "method", "decided_on"} <= asked("accountability", "submit")
    step = workflows.get("accountability").step["submit"]
    levels = next(ask for ask in step.asks if ask.name == "responsibility").choices
    assert {value for value, _ in levels} == {"overall", "main", "important", "direct"}


def test_accountability_is_never_led_by_the_unit_held_to_account_and_comes_from_another_case():
    workflow = workflows.get("accountability")
    assert workflow.of_case and not workflow.lead_may_be_complained_of
    assert "appeal_over" in {guard.name for guard in workflow.step["review"].guards}


def test_a_complaint_is_reviewed_by_asking_the_complainant_or_writing_why_not():
    asks = {ask.name: ask for ask in workflows.get("complaint").step["review"].asks}
    assert asks["asked"].required and asks["asked"].kind == "choice"
    assert set(asks["finding"].when[1]) == {"dissatisfied", "unreached", "declined", "anonymous"}
    assert asks["finding"].guarded, "what the complainant said stays hidden from the unit complained of"


@KINDS
def test_an_objection_names_its_basis_and_the_right_unit(kind):
    assert {"basis", "right_unit", "reason"} <= asked(kind, "object")


@KINDS
def test_a_pause_has_a_reason_and_a_day_to_look_again(kind):
    assert {"category", "reason", "review_on"} <= asked(kind, "ask_pause")


@KINDS
def test_an_ending_that_goes_elsewhere_names_the_channel_and_a_merger_the_case(kind):
    asks = {ask.name: ask for ask in workflows.get(kind).step["propose_end"].asks}
    assert asks["channel"].when == ("ground", ("refused", "transferred"))
    assert asks["into"].when == ("ground", ("merged",))
