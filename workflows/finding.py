"""督导察访问题: what an inspection, visit, survey or self-check found; measures first, same kind put right too."""

from workflows import common
from workflows.grammar import N_, Workflow, beside, plain

GRADES = (("ordinary", N_("Ordinary")), ("important", N_("Important")), ("major", N_("Major")))

WORKFLOW = Workflow(
    kind="finding",
    label=N_("Inspection finding"),
    prefix="DC",
    filed_by=frozenset({"registrar", "supervisor"}),
    grades=GRADES,
    states=common.states(),
    steps=common.steps(
        assign=dict(asks=(plain("grade", "choice", N_("Grade"), choices=GRADES), *common.ASSIGN_ASKS)),
        start=dict(
            asks=(
                beside("target", "text", N_("Measurable target")),
                beside("plan", "text", N_("Measures, one a line, with who and when")),
                plain("done_on", "day", N_("All measures done by")),
            ),
            hint=N_("Measures and dates are fixed now"),
        ),
        submit=dict(
            asks=(
                beside("statement", "text", N_("Measures done, with before and after")),
                beside("root_cause", "text", N_("Root cause")),
                beside("same_kind", "text", N_("Same kind found and put right elsewhere")),
                plain("result", "choice", N_("Result"), choices=(
                    ("done", N_("Put right")), ("going_on", N_("Goes on being put right")),
                )),
            ),
        ),
    ),
)
