"""One entry as a line of the time line."""

from app.domain import ladder, notices, trail
from app.web.speech import gettext as _
from workflows.grammar import Workflow


def told(entry, values: dict, workflow: Workflow, is_blind: bool, kept_back: set[str], takers=frozenset()) -> dict:
    """One entry as a line of the time line: label, byline, and the texts this reader may see; `takers` is what he
    stands to the case as, without which he reads nothing that is for named posts."""
    data = trail.facts(entry)
    step = workflow.step.get(data["step"]) if entry.verb == "stepped" else None
    hidden = {*(guarded(entry.verb, step) if is_blind else ()), *restricted(step, takers)}
    texts = [
        (key, value) for key, value in values.items()
        if key.partition(".")[0] not in hidden and not key.startswith("complainant.") and key != "facts"
        and data.get("sha256") not in kept_back
    ]
    return {
        "entry": entry, "data": data, "step": step, "texts": texts,
        "is_red": step is not None and step.alert, "is_auto": entry.actor == "system",
        "label": _(label(entry.verb, data, step)),
        "fields": _labels(step),
    }


def label(verb: str, data: dict, step) -> str:
    """What an entry is called: its step, its rung, what was done with a paper, else its verb."""
    match verb:
        case "stepped":
            return step.label
        case "climbed":
            return ladder.NAMES[data["level"]]
        case "noticed":
            return notices.label_of(data["act"])
        case _:
            return trail.VERBS[verb].sentence


def guarded(verb: str, step) -> tuple[str, ...]:
    if step is not None:
        return tuple(ask.name for ask in step.asks if ask.guarded)
    return trail.VERBS[verb].guarded + (("notes",) if verb == "filed" else ())


def restricted(step, takers) -> set[str]:
    """What of a step is for named posts, this reader not being one of them."""
    asks = step.asks if step is not None else ()
    return {ask.name for ask in asks if ask.readers and not ask.readers & set(takers)}


def _labels(step) -> dict[str, str]:
    return {ask.name: ask.label for ask in step.asks} if step else {}
