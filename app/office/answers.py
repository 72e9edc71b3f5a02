"""What a step asked and was told: checked once, for every door, and parted into what is sealed plain and beside."""

from datetime import date

from app.domain import texts
from app.domain.errors import Refusal, Refusals, Refused
from workflows.grammar import N_, Ask

LONGEST = {"line": 300, "text": 10_000}


def check(asks: tuple[Ask, ...], answers: dict) -> dict:
    """The answers, each in its own form; every wrong field is named at once (`Refusals`)."""
    checked, wrong = {}, []
    for ask in asks:
        try:
            checked[ask.name] = _checked(ask, answers.get(ask.name), answers)
        except Refusal as refusal:
            refusal.field = refusal.field or ask.name
            wrong.append(refusal)
    if unknown := answers.keys() - {ask.name for ask in asks}:
        wrong.append(Refused(N_("This step does not ask for “%(name)s”."), name=min(unknown)))
    if wrong:
        raise Refusals(wrong)
    return checked


def parted(asks: tuple[Ask, ...], checked: dict) -> tuple[dict, dict]:
    """(plain, beside): texts of persons go beside the entry under the name of their field."""
    plain, beside = {}, {}
    for ask in asks:
        value = checked[ask.name]
        if ask.kind == "supports":
            plain[ask.name] = [{"unit": part["unit"], "due_on": part["due_on"]} for part in value or ()]
            beside |= {f"{ask.name}.{part['unit']}": part["task"] for part in value or ()}
        elif ask.beside:
            beside[ask.name] = value
        else:
            plain[ask.name] = value
    return plain, beside


def labels(asks: tuple[Ask, ...], checked: dict, words) -> dict[str, str]:
    """The words of the day for the choices that were made."""
    return {
        ask.name: words(dict(ask.choices)[checked[ask.name]])
        for ask in asks
        if ask.kind == "choice" and checked[ask.name] is not None
    }


def is_required(ask: Ask, answers: dict) -> bool:
    return ask.required or (ask.when is not None and answers.get(ask.when[0]) in ask.when[1])


def _checked(ask: Ask, value, answers: dict):
    if value is None or value == [] or (isinstance(value, str) and texts.is_blank(value)):
        if is_required(ask, answers):
            raise Refused(N_("Please fill this in."))
        return [] if ask.kind == "supports" else None
    match ask.kind:
        case "line" | "text" | "unit" | "support" | "case":
            return texts.sound(str(value), longest=LONGEST.get(ask.kind, 300))
        case "choice":
            if value not in dict(ask.choices):
                raise Refused(N_("Please choose one of these."))
            return value
        case "day":
            return day(value).isoformat()
        case "count":
            return _count(value)
        case "amount":
            return texts.sound(str(value), longest=40)
        case "supports":
            return [_support(part) for part in value]


def day(value) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Refused(N_("This is not a date; write it as 2026-11-02.")) from None


def _count(value) -> int:
    try:
        count = int(value)
    except (TypeError, ValueError):
        raise Refused(N_("Please write a whole number.")) from None
    if not 1 <= count <= 1000:
        raise Refused(N_("Please write a whole number from 1 to 1000."))
    return count


def _support(part: dict) -> dict:
    if not part.get("unit"):
        raise Refused(N_("Please name the supporting unit."))
    return {
        "unit": part["unit"],
        "task": texts.required(part.get("task"), field="supports", longest=2000),
        "due_on": day(part["due_on"]).isoformat() if part.get("due_on") else None,
    }
