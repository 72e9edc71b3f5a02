"""重点任务: an item of a task-division plan, with the date the plan gives it."""

from workflows import common
from workflows.grammar import N_, Workflow, beside, plain

GRADES = (("ordinary", N_("Ordinary")), ("important", N_("Important")), ("major", N_("Major")))

WORKFLOW = Workflow(
    kind="task",
    label=N_("Key task"),
    prefix="RW",
    filed_by=frozenset({"registrar", "dispatcher"}),
    grades=GRADES,
    states=common.states(),
    steps=common.steps(
        assign=dict(asks=(
            plain("grade", "choice", N_("Grade"), choices=GRADES),
            *common.ASSIGN_ASKS,
            plain("due_on", "day", N_("Date of the plan"), required=False,
                  hint=N_("Empty: the term of the rules counts from today")),
        )),
        start=dict(
            asks=(
                beside("plan", "text", N_("Steps, one a line, with who and when")),
                plain("done_on", "day", N_("All steps done by")),
            ),
            hint=N_("Steps and dates are fixed now"),
        ),
        submit=dict(asks=(
            beside("statement", "text", N_("Result against the task")),
            plain("result", "choice", N_("Result"), choices=(
                ("done", N_("Done")), ("partly", N_("Partly done")),
            )),
        )),
    ),
)
