"""问责: raised by a person from another case; the organ with power decides, the office only records.

Responsibility and methods: 中国共产党问责条例 (2019) Art. 6 and 8; 公职人员政务处分法 Art. 7; light measures and 诫勉:
监察法 (2024). Whoever suggests names facts; who answers for them is for the organ to say (政府督查工作条例 Art. 21).
"""

from dataclasses import replace

from workflows import common, guards
from workflows.grammar import N_, Step, Workflow, beside, plain

GRADES = (("ordinary", N_("Ordinary")), ("major", N_("Major")))
RESPONSIBILITIES = (
    ("overall", N_("Overall leadership responsibility")),
    ("main", N_("Main leadership responsibility")),
    ("important", N_("Important leadership responsibility")),
    ("direct", N_("Direct responsibility")),
)
METHODS = (
    ("inspection", N_("Inspection (organisation)")),
    ("circular", N_("Circular of criticism")),
    ("reorganisation", N_("Reorganisation (organisation)")),
    ("talk", N_("Reminding talk")),
    ("criticism", N_("Criticism and education")),
    ("self_examination", N_("Ordered self-examination")),
    ("admonition", N_("Admonition")),
    ("suspension", N_("Suspension for examination")),
    ("adjustment", N_("Change of post")),
    ("resignation", N_("Ordered resignation")),
    ("dismissal", N_("Dismissal from post")),
    ("demotion", N_("Demotion")),
    ("party_warning", N_("Party warning")),
    ("party_serious_warning", N_("Serious Party warning")),
    ("party_removal", N_("Removal from Party posts")),
    ("party_probation_1", N_("Party probation, one year")),
    ("party_probation_2", N_("Party probation, two years")),
    ("party_expulsion", N_("Expulsion from the Party")),
    ("official_warning", N_("Administrative warning")),
    ("official_demerit", N_("Demerit")),
    ("official_major_demerit", N_("Major demerit")),
    ("official_downgrading", N_("Downgrading")),
    ("official_removal", N_("Removal from office")),
    ("official_discharge", N_("Discharge")),
    ("discipline", N_("Another disciplinary or administrative sanction")),
    ("light", N_("Talk, criticism or written self-examination")),
    ("none", N_("Not held to account")),
)
SUBJECTS = (("organisation", N_("An organisation")), ("person", N_("A person in a post")))
TRIGGERS = (
    ("shirking", N_("Shirking and passing on")),
    ("feeble", N_("Feeble measures")),
    ("falsified", N_("Falsified closing or data")),
    ("refused", N_("Refusal to rectify")),
    ("lagging", N_("An indicator lags behind")),
    ("other", N_("Another ground")),
)
TOLERANCES = (
    ("not_held", N_("Not to be held to account")),
    ("exempted", N_("Exempted")),
    ("lighter", N_("Lighter or mitigated")),
)
TOLERANCE_GROUNDS = (
    ("trial", N_("Trial and error in reform")),
    ("dissent", N_("Dissent was on record")),
    ("force_majeure", N_("Force majeure")),
    ("remedied", N_("Remedied in time")),
    ("other", N_("Another ground")),
)
CORRECTIONS = (
    ("changed", N_("Decision changed")),
    ("revoked", N_("Decision revoked")),
    ("cleared", N_("Good name restored in public")),
)
# Who reads who is meant. For all others it is the unit, and no more.
NAMED_POSTS = frozenset({"supervisor", "director", "leader", "auditor", "liaison@lead", "discipline@lead",
                         "principal@lead"})
RECORDERS = common.LEAD | common.SUPERVISOR
WITHOUT_NAMES = N_("Unit and post only; a name belongs into the field made for it")


def subject(required: bool = True, **more):
    return beside("subject", "line", N_("Unit, or post and person, held to account"), guarded=True,
                  readers=NAMED_POSTS, required=required, **more)


OWN_STEPS = (
    Step(
        "set_out", N_("Write the fact sheet"), ("filed",), None, common.SUPERVISOR | common.DIRECTOR,
        asks=(
            plain("trigger", "choice", N_("Why it is raised"), choices=TRIGGERS),
            plain("subject_kind", "choice", N_("Who is meant"), choices=SUBJECTS),
            subject(required=False, when=("subject_kind", ("person",)),
                    hint=N_("Shown to named posts only; all others see the unit")),
            plain("responsibility", "choice", N_("Responsibility, as it appears"), choices=RESPONSIBILITIES),
            beside("findings", "text", N_("Facts, one a line, each with its entry in the trail"), guarded=True,
                   hint=WITHOUT_NAMES),
            beside("heard", "text", N_("What the unit says to it"), guarded=True,
                   hint=N_("Its statement and defence; or why it was not heard")),
            plain("basis", "line", N_("Rule that was not kept")),
        ),
        guards=(guards.nothing_waits,), tells=("dispatcher", "director"), first=True, is_fact=True,
        hint=N_("Facts only; who answers for them is for the organ with power to say"),
    ),
    Step(
        "answer", N_("Answer the suggestion"), common.HANDED, None, common.LEAD,
        asks=(
            plain("adopted", "choice", N_("Is it adopted"), choices=(
                ("yes", N_("Adopted")), ("partly", N_("Adopted in part")), ("no", N_("Not adopted")),
            )),
            plain("letter", "line", N_("Number of the letter of answer"), required=False),
            beside("reason", "text", N_("Reason"), guarded=True, hint=WITHOUT_NAMES),
        ),
        guards=(guards.suggestion_waits, guards.nothing_waits), stops=("adoption",),
        tells=("dispatcher", "supervisor", "director"), first=True, is_fact=True,
        hint=N_("In writing, whether it is adopted and why"),
    ),
    Step(
        "execute", N_("Record the execution"), ("closed",), None, RECORDERS,
        asks=(
            plain("told_on", "day", N_("Told to whom it concerns on")),
            plain("executed_on", "day", N_("Executed on")),
            plain("filed_under", "line", N_("Filed under"), hint=N_("Files on integrity and on personnel")),
            beside("execution", "text", N_("How it was executed"), guarded=True, hint=WITHOUT_NAMES),
        ),
        guards=(guards.execution_waits,), stops=("execute",), tells=("supervisor", "lead"), first=True, is_fact=True,
    ),
    Step(
        "appeal", N_("Record an appeal"), ("closed",), None, RECORDERS,
        asks=(
            plain("appealed_on", "day", N_("Appealed on")),
            beside("grounds", "text", N_("What the appeal says"), guarded=True, hint=WITHOUT_NAMES),
        ),
        guards=(guards.appeal_in_time,), stops=("appeal",), starts=("appeal_answer",), tells=("supervisor", "lead"),
        is_fact=True, hint=N_("Does not stop the execution"),
    ),
    Step(
        "answer_appeal", N_("Record the answer to the appeal"), ("closed",), None, RECORDERS,
        asks=(
            plain("outcome", "choice", N_("Outcome"), choices=(
                ("upheld", N_("Decision upheld")), ("changed", N_("Decision changed")),
                ("revoked", N_("Decision revoked")),
            )),
            plain("document", "line", N_("Document number of the answer")),
            plain("answered_on", "day", N_("Answered on")),
            beside("reason", "text", N_("Reason"), guarded=True, hint=WITHOUT_NAMES),
        ),
        guards=(guards.appeal_waits,), stops=("appeal_answer",), tells=("supervisor", "lead"), first=True,
        is_fact=True,
    ),
    Step(
        "put_right", N_("Record a correction of the decision"), ("closed", "reviewed"), None, RECORDERS,
        asks=(
            plain("correction", "choice", N_("What was corrected"), choices=CORRECTIONS),
            plain("document", "line", N_("Document number of the correction")),
            plain("corrected_on", "day", N_("Corrected on")),
            plain("method", "choice", N_("Method instead"), choices=METHODS, required=False,
                  when=("correction", ("changed",))),
            plain("effective_until", "day", N_("Influence period ends"), required=False),
            beside("reason", "text", N_("Reason"), guarded=True, hint=WITHOUT_NAMES),
        ),
        tells=("supervisor", "director", "lead"), is_fact=True, alert=True,
        hint=N_("The decision stands in the trail as it was; this says what holds instead"),
    ),
)

WORKFLOW = Workflow(
    kind="accountability",
    label=N_("Accountability"),
    prefix="WZ",
    filed_by=frozenset({"supervisor", "director"}),
    grades=GRADES,
    of_case=True,
    lead_may_be_complained_of=False,
    states=tuple(
        replace(state, keeps=(*state.keeps, "adoption")) if state.name == "rectifying" else state
        for state in common.states(assigned=("handle", "sign", "object", "adoption"),
                                   closed=("look_back", "appeal", "execute"))
    ),
    steps=(*common.steps(
        assign=dict(
            label=N_("Send the suggestion"),
            asks=(
                plain("grade", "choice", N_("Grade"), choices=GRADES), *common.ASSIGN_ASKS,
                beside("approval", "line", N_("Approved by whom and when"),
                       hint=N_("By the government or its head, before the suggestion goes out")),
            ),
            guards=(*common.step("assign").guards, guards.set_out), apart_from=("set_out",), is_fact=True,
            hint=N_("To the organ with power; never to the unit held to account"),
        ),
        reassign=dict(
            stops=(*common.step("reassign").stops, "adoption"), starts=(*common.step("reassign").starts, "adoption"),
        ),
        submit=dict(
            label=N_("Record the decision"),
            asks=(
                plain("organ", "line", N_("Organ that decided"), required=False, hint=N_("Empty: the lead unit")),
                plain("document", "line", N_("Document number of the decision")),
                plain("subject_kind", "choice", N_("Who is meant"), choices=SUBJECTS, required=False),
                subject(),
                plain("responsibility", "choice", N_("Responsibility"), choices=RESPONSIBILITIES),
                plain("method", "choice", N_("Method"), choices=METHODS),
                plain("also", "choice", N_("Combined with"), choices=METHODS, required=False),
                plain("decided_on", "day", N_("Decided on")),
                plain("effective_until", "day", N_("Influence period ends"), required=False,
                      hint=N_("Empty: by the rule of the method")),
                plain("tolerance", "choice", N_("Tolerance of error"), choices=TOLERANCES, required=False),
                plain("tolerance_ground", "choice", N_("Ground of the tolerance"), choices=TOLERANCE_GROUNDS,
                      required=False, when=("tolerance", ("not_held", "exempted", "lighter"))),
                plain("tolerance_basis", "line", N_("Basis of the tolerance"), required=False,
                      when=("tolerance", ("not_held", "exempted", "lighter"))),
                beside("statement", "text", N_("Facts found, and the defence heard"), guarded=True,
                       hint=WITHOUT_NAMES),
            ),
            stops=("adoption",), is_fact=True,
        ),
        review=dict(
            label=N_("Review after execution"),
            asks=(beside("finding", "text", N_("Execution and appeal")),),
            guards=(guards.appeal_over, guards.no_appeal_waits, guards.executed),
        ),
    ), *OWN_STEPS),
)
