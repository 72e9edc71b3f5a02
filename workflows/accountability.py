"""问责: raised by a person from another case; the organ with power decides, the office only records.

Responsibility and methods: 中国共产党问责条例 (2019) Art. 6 and 8; 公职人员政务处分法 Art. 7.
"""

from workflows import common, guards
from workflows.grammar import N_, Workflow, beside, plain

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
    ("admonition", N_("Admonition")),
    ("adjustment", N_("Organisational adjustment")),
    ("discipline", N_("Disciplinary or administrative sanction")),
    ("light", N_("Talk, criticism or written self-examination")),
    ("none", N_("Not held to account")),
)

WORKFLOW = Workflow(
    kind="accountability",
    label=N_("Accountability"),
    prefix="WZ",
    filed_by=frozenset({"supervisor", "director"}),
    grades=GRADES,
    of_case=True,
    lead_may_be_complained_of=False,
    states=common.states(closed=("look_back", "appeal")),
    steps=common.steps(
        assign=dict(
            label=N_("Send the suggestion"),
            asks=(plain("grade", "choice", N_("Grade"), choices=GRADES), *common.ASSIGN_ASKS),
            hint=N_("To the organ with power; never to the unit held to account"),
        ),
        submit=dict(
            label=N_("Record the decision"),
            asks=(
                plain("document", "line", N_("Document number of the decision")),
                beside("subject", "line", N_("Unit, or post and person, held to account"), guarded=True),
                plain("responsibility", "choice", N_("Responsibility"), choices=RESPONSIBILITIES),
                plain("method", "choice", N_("Method"), choices=METHODS),
                plain("decided_on", "day", N_("Decided on")),
                plain("effective_until", "day", N_("Influence period ends"), required=False),
                beside("statement", "text", N_("Facts found, and the defence heard"), guarded=True),
            ),
        ),
        review=dict(
            label=N_("Review after execution"),
            asks=(
                plain("executed_on", "day", N_("Executed on")),
                plain("filed_under", "line", N_("Filed under")),
                beside("finding", "text", N_("Execution and appeal")),
            ),
            guards=(guards.appeal_over,),
        ),
    ),
)
