"""One entry as a line of the time line, and the sentences it says."""

from datetime import date

from flask import Flask

from app.domain import ladder, lookbacks, notices, trail
from app.office import links
from app.web import access, speech
from app.web.speech import gettext as _
from app.web.words import day, short_day
from workflows.grammar import PURPOSES, Workflow

ENTRY_TEXT = 600


def install(app: Flask) -> None:
    speech.phrases(app, actor_words=actor_words, entry_lines=entry_lines, answer_words=answer_words)


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


def name_of(actor: str) -> str:
    """Who is behind the actor of an entry, by name."""
    return _("system") if actor == "system" else access.register().people.named(actor)


def actor_words(entry) -> str:
    unit = access.register().people.by_code.get(entry.unit or "")
    name = name_of(entry.actor)
    return f"{name} · {unit.short}" if unit and entry.actor != "system" else name


def entry_lines(line) -> list[str]:
    """What an entry says, besides its label: plain answers first, then the texts."""
    data, step, lines = line["data"], line["step"], []
    if step:
        for ask in step.asks:
            value = (data["answers"] or {}).get(ask.name)
            if value not in (None, [], ""):
                lines.append(labelled(_(ask.label), said_of(ask, value)))
    if step or line["entry"].verb in ("climbed", "noticed"):
        for clock in data.get("clocks") or ():
            if clock["act"] == "start" and clock["due_on"] and PURPOSES[clock["purpose"]].duty:
                lines.append(_("%(what)s by %(day)s", what=_(PURPOSES[clock["purpose"]].label),
                               day=short_day(date.fromisoformat(clock["due_on"]))))
    if line["entry"].verb == "climbed" and data["days_late"]:
        lines.append(_("%(days)s working days late", days=data["days_late"]))
    if line["entry"].verb == "linked":
        relation = links.RELATIONS[data["relation"]]
        lines.append(labelled(_(relation), data["to"]))
    if line["entry"].verb == "looked_back":
        result = lookbacks.RESULTS[data["result"]]
        lines.append(labelled(data["lookback"], _(result)))
    if line["entry"].verb == "noticed":
        form = notices.FORMS[data["form"]]
        paper = _(form.label)
        lines.append(f"{paper} {data['number']}" if data["number"] else paper)
    for _key, text in line["texts"]:
        lines.append(_("(erased)") if text is None else text if len(text) <= ENTRY_TEXT else text[:ENTRY_TEXT] + "…")
    return lines


def answer_words(panel, key: str, value) -> str:
    ask = next((ask for step in panel.workflow.steps for ask in step.asks if ask.name == key), None)
    if ask is None:
        return labelled(key, value)
    return labelled(_(ask.label), said_of(ask, value))


def labelled(label: str, value) -> str:
    return _("%(label)s: %(value)s", label=label, value=value)


def said_of(ask, value) -> str:
    """A plain answer as a reader reads it."""
    if ask.kind == "choice":
        return _(dict(ask.choices).get(value, value))
    if ask.kind in ("unit", "support"):
        unit = access.register().people.by_code.get(value)
        return unit.name if unit else value
    if ask.kind == "day":
        return day(date.fromisoformat(value), weekday=True)
    if ask.kind == "supports":
        names = [access.register().people.by_code.get(part["unit"]) for part in value]
        return _(", ").join(unit.short for unit in names if unit)
    return str(value)
