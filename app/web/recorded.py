"""What the steps of a case put on record, as facts on its page: of each step what it was told last."""

from dataclasses import dataclass

from app.domain import trail
from app.web import lines
from app.web.speech import gettext as _
from workflows.grammar import Step, Workflow


@dataclass
class Row:
    label: str
    value: str | None = None  # None: it was erased
    is_text: bool = False
    is_kept: bool = False  # for named posts, of whom this reader is none


@dataclass
class Group:
    step: Step
    entry: object
    rows: list[Row]


def last(entries, workflow: Workflow) -> dict[str, object]:
    """Step → the entry by which it was taken last, of those whose answers are facts of the case."""
    wanted = {step.name for step in workflow.steps if step.is_fact}
    found: dict[str, object] = {}
    for entry in entries if wanted else ():
        if entry.verb == "stepped" and (name := trail.facts(entry)["step"]) in wanted:
            found[name] = entry
    return found


def groups(found: dict[str, object], values: dict, workflow: Workflow, *, is_blind: bool, takers) -> list[Group]:
    """In the order in which they were put on record."""
    made = []
    for name, entry in sorted(found.items(), key=lambda each: each[1].seq):
        step = workflow.step[name]
        hidden = set(lines.guarded("stepped", step)) if is_blind else set()
        kept = lines.restricted(step, takers)
        answers = trail.facts(entry)["answers"] or {}
        told = values.get(entry.seq, {})
        rows = [_row(ask, answers, told, is_kept=ask.name in kept) for ask in step.asks if ask.name not in hidden]
        made.append(Group(step, entry, [row for row in rows if row is not None]))
    return made


def _row(ask, answers: dict, told: dict, *, is_kept: bool) -> Row | None:
    label = _(ask.label)
    if ask.beside:
        if ask.name not in told:
            return None
        return Row(label, is_kept=True) if is_kept else Row(label, told[ask.name], is_text=ask.kind == "text")
    value = answers.get(ask.name)
    return None if value in (None, "", []) else Row(label, lines.said_of(ask, value))
