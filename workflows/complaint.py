"""投诉: a firm's complaint, handled by a unit, closed by the office, reviewed by asking the complainant."""

from workflows import common
from workflows.grammar import N_, Workflow, beside, plain

GRADES = (
    ("advice", N_("Advice or suggestion")),
    ("ordinary", N_("Ordinary")),
    ("complex", N_("Complex")),
    ("major", N_("Major")),
)
NOT_ASKED = ("unreached", "declined", "anonymous")

WORKFLOW = Workflow(
    kind="complaint",
    label=N_("Complaint"),
    prefix="TS",
    filed_by=frozenset({"registrar"}),
    has_complainant=True,
    grades=GRADES,
    states=common.states(
        filed=("accept", "reply"),
        assigned=("handle", "sign", "object", "reply"),
        rectifying=("handle", "reply"),
        closed=("call_back",),
    ),
    steps=common.steps(
        assign=dict(asks=(plain("grade", "choice", N_("Grade"), choices=GRADES), *common.ASSIGN_ASKS)),
        review=dict(
            label=N_("Review after asking the complainant"),
            asks=(
                plain("asked", "choice", N_("What the complainant said"), choices=(
                    ("satisfied", N_("Satisfied")),
                    ("mostly", N_("Mostly satisfied")),
                    ("dissatisfied", N_("Not satisfied")),
                    ("unreached", N_("Could not be reached")),
                    ("declined", N_("Did not wish to say")),
                    ("anonymous", N_("Anonymous, nobody to ask")),
                )),
                plain("solved", "choice", N_("Is it solved, by the complainant's word"), required=False, choices=(
                    ("yes", N_("Yes")), ("no", N_("No")),
                )),
                beside(
                    "finding", "text", N_("In the complainant's words, or why nobody was asked"),
                    guarded=True, required=False, when=("asked", ("dissatisfied", *NOT_ASKED)),
                ),
            ),
            hint=N_("Asked by the office, never by the unit complained of"),
        ),
    ),
)
