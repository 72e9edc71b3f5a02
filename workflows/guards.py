"""Conditions of steps, each with the sentence shown when it does not hold. They read the standing of a case."""

from workflows.grammar import N_, Guard

nothing_waits = Guard(
    "nothing_waits",
    lambda case: case.matter is None,
    N_("Something of this case is still waiting for a decision."),
)
objection_waits = Guard(
    "objection_waits",
    lambda case: case.matter is not None and case.matter.purpose == "objection",
    N_("There is no objection to decide."),
)
ending_waits = Guard(
    "ending_waits",
    lambda case: case.matter is not None and case.matter.purpose == "ending",
    N_("Nobody has proposed to end this case."),
)
extension_waits = Guard(
    "extension_waits",
    lambda case: case.matter is not None and case.matter.purpose == "extension" and case.matter.at_last_stage,
    N_("There is no signed request for an extension."),
)
pause_waits = Guard(
    "pause_waits",
    lambda case: case.matter is not None and case.matter.purpose == "pause" and case.matter.at_last_stage,
    N_("There is no signed request for a pause."),
)
time_request_waits = Guard(
    "time_request_waits",
    lambda case: (
        case.matter is not None and case.matter.purpose in ("extension", "pause") and case.matter.at_last_stage
    ),
    N_("There is no signed request to decide."),
)
waits_for_principal = Guard(
    "waits_for_principal",
    lambda case: case.matter is not None and case.matter.stage == "principal",
    N_("There is nothing to sign."),
)
withdrawable = Guard(
    "withdrawable",
    lambda case: (
        case.matter is not None
        and (case.matter.stage == "principal" or case.matter.purpose in ("extension", "pause"))
    ),
    N_("There is no request of yours to take back."),
)
signed = Guard(
    "signed",
    lambda case: case.matter is not None and case.matter.purpose == "closing" and case.matter.at_last_stage,
    N_("The principal of the lead unit has not signed a closing."),
)
not_signed_for = Guard(
    "not_signed_for", lambda case: case.signed_for_at is None, N_("The case has been signed for already.")
)
first_objection = Guard(
    "first_objection",
    lambda case: not case.objected,
    N_("This unit has objected once already; a case may be returned only once."),
)
not_designated = Guard(
    "not_designated",
    lambda case: not case.designated,
    N_("The office has designated this unit; there is no second objection."),
)
objection_in_time = Guard(
    "objection_in_time", lambda case: "object" not in case.lapsed, N_("The time to object is over.")
)
not_begun = Guard("not_begun", lambda case: case.state == "assigned", N_("Work has begun; objections come before it."))
own_part_open = Guard(
    "own_part_open", lambda case: case.own_part_open, N_("Your unit has no open part in this case.")
)
a_part_is_open = Guard(
    "a_part_is_open", lambda case: len(case.open_parts) > 0, N_("No supporting unit has an open part.")
)
parts_done = Guard(
    "parts_done",
    lambda case: len(case.open_parts) == 0,
    N_("A supporting unit has not finished its part."),
)
evidence_given = Guard(
    "evidence_given",
    lambda case: not case.needs_evidence or case.evidence > 0,
    N_("This class of case is closed only with evidence, and none is attached."),
)
not_standing = Guard(
    "not_standing", lambda case: not case.standing, N_("This is a standing rectification; it has no due date.")
)
standing = Guard("standing", lambda case: case.standing, N_("This is not a standing rectification."))
running = Guard(
    "running", lambda case: "handle" in case.running, N_("The clock is not running.")
)
not_late = Guard(
    "not_late",
    lambda case: "handle" in case.running and "handle" not in case.lapsed,
    N_("An extension is asked for before the due date; this case is overdue."),
)
not_paused = Guard("not_paused", lambda case: not case.paused, N_("The clock is paused already."))
paused = Guard("paused", lambda case: case.paused, N_("The clock is not paused."))
appeal_over = Guard(
    "appeal_over",
    lambda case: "appeal" not in case.running or "appeal" in case.lapsed,
    N_("The appeal period is not over."),
)
appeal_in_time = Guard(
    "appeal_in_time",
    lambda case: "appeal" in case.running and "appeal" not in case.lapsed,
    N_("The appeal period is over, or an appeal has been recorded already."),
)
appeal_waits = Guard(
    "appeal_waits", lambda case: "appeal_answer" in case.running, N_("No appeal waits for an answer.")
)
no_appeal_waits = Guard(
    "no_appeal_waits", lambda case: "appeal_answer" not in case.running, N_("An appeal has not been answered yet.")
)
execution_waits = Guard(
    "execution_waits", lambda case: "execute" in case.running, N_("The execution has been recorded already.")
)
executed = Guard(
    "executed", lambda case: "execute" not in case.running, N_("The execution of the decision has not been recorded.")
)
suggestion_waits = Guard(
    "suggestion_waits", lambda case: "adoption" in case.running, N_("No suggestion waits for an answer.")
)
set_out = Guard(
    "set_out", lambda standing: "set_out" in standing.case.takers, N_("The fact sheet has not been written yet.")
)
