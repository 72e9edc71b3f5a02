"""The steps and states that every kind shares; a kind's own file asks for more, adds guards, or leaves steps out."""

from dataclasses import replace

from workflows import guards
from workflows.grammar import N_, State, Step, beside, plain

HANDED = ("assigned", "rectifying")
OPEN = ("filed", *HANDED)
LEAD = frozenset({"liaison@lead", "discipline@lead"})
SUPPORT = frozenset({"liaison@support", "discipline@support"})
LEAD_PRINCIPAL = frozenset({"principal@lead"})
DISPATCHER = frozenset({"dispatcher"})
SUPERVISOR = frozenset({"supervisor"})
DIRECTOR = frozenset({"director"})

GROUNDS = (
    ("refused", N_("Not accepted")),
    ("transferred", N_("Transferred")),
    ("merged", N_("Merged into another case")),
    ("withdrawn", N_("Withdrawn by the complainant")),
)
PAUSES = (
    ("hearing", N_("Hearing")),
    ("appraisal", N_("Appraisal, inspection or test")),
    ("third_party", N_("Waiting for a third party's opinion")),
    ("complainant", N_("Waiting for the complainant")),
    ("force_majeure", N_("Force majeure")),
)
REASON = beside("reason", "text", N_("Reason"))


def states(*, filed=("accept",), assigned=("handle", "sign", "object"), rectifying=("handle",), closed=("look_back",)):
    """Filed, assigned, rectifying, closed, reviewed; and ended, the one side exit."""
    return (
        State("filed", N_("Filed"), terms=filed),
        State("assigned", N_("Assigned"), terms=assigned, keeps=("part",)),
        State("rectifying", N_("Rectifying"), terms=rectifying, keeps=("part",)),
        State("closed", N_("Closed"), terms=closed),
        State("reviewed", N_("Reviewed"), final=True),
        State("ended", N_("Ended"), final=True),
    )


ASSIGN_ASKS = (
    plain("lead", "unit", N_("Lead unit"), hint=N_("One unit leads. The dispatch catalogue proposes it by class.")),
    plain("supports", "supports", N_("Supporting units"), required=False),
    beside("request", "text", N_("What is asked of the unit")),
    plain("basis", "line", N_("Basis of the dispatch"), hint=N_("Item of the dispatch catalogue, minutes or rule")),
)
STEPS = (
    Step(
        "assign", N_("Assign"), ("filed",), "assigned", DISPATCHER,
        asks=ASSIGN_ASKS, guards=(guards.nothing_waits,), hands="assign", tells=("lead", "supports"), first=True,
        hint=N_("Name the lead unit, the supporting units and their parts"),
    ),
    Step(
        "sign_for", N_("Sign for"), ("assigned",), None, LEAD,
        guards=(guards.not_signed_for, guards.nothing_waits), stops=("sign",), sets=(("signed_for_at", "at"),),
        tells=("dispatcher",), first=True, hint=N_("Says that it arrived; the clock has run since dispatch"),
    ),
    Step(
        "start", N_("Start work"), ("assigned",), "rectifying", LEAD,
        asks=(beside("plan", "text", N_("What will be done, by whom, until when"), required=False),),
        guards=(guards.nothing_waits,), sets=(("signed_for_at", "at?"),), tells=("dispatcher",), first=True,
        hint=N_("Signs for it too, if that was not done"),
    ),
    Step(
        "object", N_("Object"), ("assigned",), None, LEAD,
        asks=(
            plain("basis", "line", N_("Legal basis"), hint=N_("Law and article, or the item of the duty list")),
            plain("right_unit", "unit", N_("The unit that has the duty")),
            REASON,
        ),
        guards=(
            guards.not_begun, guards.nothing_waits, guards.first_objection, guards.not_designated,
            guards.objection_in_time,
        ),
        opens="objection", sets=(("objected", True),), tells=("dispatcher",),
        hint=N_("Once, before work begins, naming the basis and the right unit"),
    ),
    Step(
        "uphold", N_("Uphold the objection"), ("assigned",), "filed", DISPATCHER,
        asks=(REASON,), guards=(guards.objection_waits,), apart_from=("assign", "reassign"),
        settles="objection", outcome="upheld", hands="clear", tells=("lead", "supports", "dispatcher"), first=True,
        sets=(("signed_for_at", None),), hint=N_("The case goes back to be assigned anew"),
    ),
    Step(
        "overrule", N_("Overrule and designate"), ("assigned",), None, DISPATCHER,
        asks=(REASON,), guards=(guards.objection_waits,), apart_from=("assign", "reassign"),
        settles="objection", outcome="overruled", sets=(("designated", True),), tells=("lead",),
        hint=N_("The unit is designated; there is no second objection"),
    ),
    Step(
        "submit", N_("Submit for closing"), ("rectifying",), None, LEAD,
        asks=(
            beside("statement", "text", N_("Closing statement"), hint=N_("What was done, with what result")),
            plain("result", "choice", N_("Result"), choices=(
                ("solved", N_("Solved")), ("partly", N_("Partly solved")), ("explained", N_("Explained, not solvable")),
            )),
        ),
        guards=(guards.nothing_waits, guards.not_standing, guards.not_paused), opens="closing",
        tells=("principal",), first=True,
        hint=N_("Goes to the principal of your unit for signature, then to the office"),
    ),
    Step(
        "report", N_("Report progress"), ("rectifying",), None, LEAD | SUPPORT,
        asks=(beside("progress", "text", N_("What was done, what comes next")),),
        moves_version=False, tells=("dispatcher",), first=True,
    ),
    Step(
        "finish_part", N_("Finish our part"), ("rectifying",), None, SUPPORT,
        asks=(beside("result", "text", N_("Result of our part")),),
        guards=(guards.own_part_open,), hands="finish", moves_version=False, tells=("lead", "dispatcher"), first=True,
    ),
    Step(
        "call", N_("Call on a supporting unit"), ("rectifying",), None, LEAD,
        asks=(plain("unit", "support", N_("Supporting unit")), beside("need", "text", N_("What is needed now"))),
        guards=(guards.a_part_is_open,), hands="call", moves_version=False, tells=("support",),
        hint=N_("From the call on the case is in that unit's hands"),
    ),
    Step(
        "sign", N_("Sign"), HANDED, None, LEAD_PRINCIPAL,
        asks=(beside("opinion", "text", N_("Opinion"), required=False),),
        guards=(guards.waits_for_principal,), apart_from=("submit", "ask_extension", "ask_pause"), signs=True,
        tells=("dispatcher", "director", "liaison"), first=True, hint=N_("Your name stands for its truth"),
    ),
    Step(
        "hand_back", N_("Do not sign, hand back"), HANDED, None, LEAD_PRINCIPAL,
        asks=(REASON,), guards=(guards.waits_for_principal,), settles="any", outcome="handed_back",
        tells=("liaison",),
    ),
    Step(
        "close", N_("Close"), ("rectifying",), "closed", DISPATCHER,
        asks=(
            plain("method", "choice", N_("How it was checked"), choices=(
                ("on_site", N_("On the spot")), ("documents", N_("On the documents")), ("call", N_("By telephone")),
            )),
            beside("opinion", "text", N_("Opinion of acceptance")),
        ),
        guards=(guards.signed, guards.parts_done, guards.evidence_given), apart_from=("assign", "reassign"),
        settles="closing", outcome="accepted", stops=("check",), tells=("lead", "supports", "supervisor"), first=True,
    ),
    Step(
        "send_back", N_("Send back"), ("rectifying",), None, DISPATCHER,
        asks=(REASON,), guards=(guards.signed,), apart_from=("assign", "reassign"),
        settles="closing", outcome="sent_back", stops=("check",), starts=("handle",), counts="redone",
        tells=("lead", "principal"), hint=N_("Counts as handled again; a new term begins"), alert=True,
    ),
    Step(
        "review", N_("Review"), ("closed",), "reviewed", SUPERVISOR,
        asks=(
            plain("method", "choice", N_("How it was looked at"), choices=(
                ("on_site", N_("On the spot")), ("documents", N_("On the documents")),
            )),
            beside("finding", "text", N_("What was found")),
        ),
        tells=("lead", "dispatcher"), first=True,
    ),
    Step(
        "reopen", N_("Reopen"), ("closed", "reviewed"), "rectifying", SUPERVISOR,
        asks=(REASON,), counts="reopened", sets=(("signed_for_at", "at?"),),
        tells=("lead", "principal", "dispatcher"), hint=N_("Same number; the old closing is kept"), alert=True,
    ),
    Step(
        "reassign", N_("Reassign"), HANDED, "assigned", DISPATCHER,
        asks=(*ASSIGN_ASKS, REASON), guards=(guards.nothing_waits,), hands="assign",
        stops=("handle", "sign", "object", "standing"), starts=("handle", "sign", "object"),
        sets=(("signed_for_at", None), ("objected", False), ("designated", False), ("standing", False)),
        tells=("lead", "supports", "old_lead"),
        hint=N_("The old lead keeps what it held; the new one gets a full term"),
    ),
    Step(
        "add_support", N_("Add a supporting unit"), HANDED, None, DISPATCHER,
        asks=(plain("supports", "supports", N_("Supporting units")),), hands="join", tells=("supports", "lead"),
    ),
    Step(
        "drop_support", N_("Release a supporting unit"), HANDED, None, DISPATCHER,
        asks=(plain("unit", "support", N_("Supporting unit")), REASON),
        guards=(guards.a_part_is_open,), hands="leave", tells=("lead", "support"),
    ),
    Step(
        "propose_end", N_("Propose to end"), OPEN, None, DISPATCHER,
        asks=(
            plain("ground", "choice", N_("Ground"), choices=GROUNDS),
            REASON,
            plain("channel", "line", N_("Right channel, or where it goes"), required=False,
                  when=("ground", ("refused", "transferred"))),
            plain("into", "case", N_("Number of the case it is merged into"), required=False,
                  when=("ground", ("merged",))),
        ),
        guards=(guards.nothing_waits,), opens="ending", tells=("director",),
        hint=N_("Refused, transferred, merged or withdrawn; the director signs"),
    ),
    Step(
        "end", N_("Sign the ending"), OPEN, "ended", DIRECTOR,
        asks=(beside("opinion", "text", N_("Opinion"), required=False),),
        guards=(guards.ending_waits,), apart_from=("propose_end",), settles="ending", outcome="granted",
        sets=(("ended_from", "from"), ("standing", False)), tells=("dispatcher", "lead", "supports"), first=True,
    ),
    Step(
        "keep_open", N_("Do not end it"), OPEN, None, DIRECTOR,
        asks=(REASON,), guards=(guards.ending_waits,), settles="ending", outcome="declined", tells=("dispatcher",),
    ),
    Step(
        "restore", N_("Restore"), ("ended",), "back", DIRECTOR,
        asks=(REASON,), sets=(("ended_from", None),), tells=("dispatcher", "lead"),
        hint=N_("Back to where it was ended from"),
    ),
    Step(
        "ask_extension", N_("Ask for an extension"), HANDED, None, LEAD,
        asks=(plain("days", "count", N_("Further days")), REASON),
        guards=(guards.not_standing, guards.not_paused, guards.not_late, guards.nothing_waits),
        opens="extension", tells=("principal",),
        hint=N_("Before the due date; the principal signs, the director decides"),
    ),
    Step(
        "ask_pause", N_("Ask for a pause"), HANDED, None, LEAD,
        asks=(
            plain("category", "choice", N_("Why the clock should stop"), choices=PAUSES),
            REASON,
            plain("since_on", "day", N_("Stopped since"), required=False, hint=N_("Empty: the day of the decision")),
            plain("review_on", "day", N_("Day to look at it again")),
        ),
        guards=(guards.not_standing, guards.not_paused, guards.running, guards.nothing_waits),
        opens="pause", tells=("principal",), hint=N_("Hearing, appraisal, third parties; with a day to look again"),
    ),
    Step(
        "grant_extension", N_("Grant the extension"), HANDED, None, DIRECTOR,
        asks=(beside("opinion", "text", N_("Opinion"), required=False),),
        guards=(guards.extension_waits,), apart_from=("ask_extension", "sign"), settles="extension",
        outcome="granted", clock="extend", tells=("lead", "principal", "dispatcher"), first=True,
    ),
    Step(
        "grant_pause", N_("Grant the pause"), HANDED, None, DIRECTOR,
        asks=(beside("opinion", "text", N_("Opinion"), required=False),),
        guards=(guards.pause_waits,), apart_from=("ask_pause", "sign"), settles="pause",
        outcome="granted", clock="pause", tells=("lead", "principal", "dispatcher"), first=True,
    ),
    Step(
        "decline", N_("Decline the request"), HANDED, None, DIRECTOR,
        asks=(REASON,), guards=(guards.time_request_waits,), apart_from=("ask_extension", "ask_pause", "sign"),
        settles="any", outcome="declined", tells=("lead", "principal"),
    ),
    Step(
        "resume", N_("Resume the clock"), HANDED, None, LEAD | DISPATCHER,
        asks=(beside("reason", "text", N_("What has come in")),), guards=(guards.paused,), clock="resume",
        tells=("lead", "dispatcher"), first=True,
    ),
    Step(
        "withdraw", N_("Take the request back"), HANDED, None, LEAD,
        asks=(REASON,), guards=(guards.withdrawable,), settles="any", outcome="withdrawn", tells=("principal",),
    ),
    Step(
        "make_standing", N_("Make it a standing rectification"), ("rectifying",), None, DIRECTOR,
        asks=(REASON, plain("review_on", "day", N_("First review"), hint=N_("Within a quarter"))),
        guards=(guards.not_standing, guards.not_paused, guards.nothing_waits), stops=("handle",),
        starts=("standing",), sets=(("standing", True),), tells=("lead", "principal", "dispatcher"),
        hint=N_("No due date, but a review at least each quarter"),
    ),
    Step(
        "take_stock", N_("Review the standing rectification"), ("rectifying",), None, SUPERVISOR | DISPATCHER,
        asks=(
            beside("finding", "text", N_("Where it stands")),
            plain("review_on", "day", N_("Next review"), hint=N_("Within a quarter")),
        ),
        guards=(guards.standing,), stops=("standing",), starts=("standing",), tells=("lead",),
    ),
    Step(
        "end_standing", N_("Set a term again"), ("rectifying",), None, DIRECTOR,
        asks=(REASON,), guards=(guards.standing,), stops=("standing",), starts=("handle",),
        sets=(("standing", False),), tells=("lead", "principal"),
    ),
    Step(
        "escalate", N_("Raise to a higher level"), HANDED, None, DIRECTOR,
        asks=(REASON,), sets=(("escalated", True),), tells=("lead", "principal", "leader"), moves_version=False,
        alert=True,
    ),
    Step(
        "list", N_("Put on the supervised list"), HANDED, None, DIRECTOR,
        asks=(REASON,), sets=(("listed", True),), tells=("lead", "principal"), moves_version=False, alert=True,
    ),
    Step(
        "instruct", N_("Write an instruction"), ("filed", *HANDED, "closed"), None, frozenset({"leader"}),
        asks=(beside("instruction", "text", N_("Instruction")),), moves_version=False,
        tells=("lead", "principal", "dispatcher", "supervisor", "director"),
    ),
)


def steps(**changes) -> tuple[Step, ...]:
    """The common steps, with the named ones changed: `assign=dict(asks=…)`; more asks or guards are added with `+`
    on the common ones (`common.step("close").guards + (…)`)."""
    unknown = changes.keys() - {step.name for step in STEPS}
    if unknown:
        raise ValueError(f"no common step is called {', '.join(sorted(unknown))}")
    return tuple(replace(step, **changes.get(step.name, {})) for step in STEPS)


def step(name: str) -> Step:
    return next(step for step in STEPS if step.name == name)
