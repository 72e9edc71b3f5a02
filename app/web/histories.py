"""A case's history as an auditor reads it: what each entry changed, on what basis, with which evidence, who was told,
and the chain of hands it went through. Everything is taken from entries in their order; nothing is asked twice."""

from dataclasses import dataclass, field
from datetime import date, datetime

import workflows
from app.domain import holdings, trail
from app.office.records import CORRECTABLE, PLAIN
from app.web import access
from app.web.lines import actor_words
from app.web.phrases import holder_words, pause_words
from app.web.settings import LABELS as SETTINGS
from app.web.settings import value_words
from app.web.speech import gettext as _
from app.web.words import short_day
from workflows.grammar import N_, PURPOSES

FIELDS = {"name": N_("Name"), "short": N_("Short name"), "klass": N_("Class"), "superior_id": N_("Superior unit"),
          "title": N_("Title")}
OF_CASES = ("filed", "corrected", "redacted", "consented", "attached", "struck_out", "linked", "climbed", "noticed",
            "looked_back", "reprojected", "reruled")
SHOWN = 240  # characters of a text that was put right


@dataclass(frozen=True)
class Change:
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Stretch:
    """One stretch of the chain: whose hands, through whom, from when to when, why, and how late."""

    holder: str
    through: list[str]
    since: datetime
    until: datetime | None  # None: it is still there
    why: str
    late: float
    is_idle: bool


@dataclass
class _Known:
    """What the entries so far have said."""

    lead: str | None = None
    dues: dict[tuple[str, str], str | None] = field(default_factory=dict)


def changes(entry, values: dict[str, str | None]) -> list[Change]:
    """What an entry says of before and after by itself."""
    data = trail.facts(entry)
    match entry.verb:
        case "corrected":
            return [change for change in (_corrected(data, values),) if change.before != change.after]
        case "unit_changed":
            return [Change(_(FIELDS.get(data["field"], data["field"])), data["before"] or "–", data["after"] or "–")]
        case "officer_changed":
            return [Change(_(FIELDS.get(data["field"], data["field"])), _cut(values.get("before")),
                           _cut(values.get("after")))]
        case "setting_set":
            name = data["setting"]
            if data["before"] is None and not {"old", "new"} & values.keys():  # it stands beside, and was not read
                return [Change(_(SETTINGS[name]), "–", "–")]
            before, after = data["before"] or values.get("old"), data["after"] or values.get("new")
            return [Change(_(SETTINGS[name]), value_words(name, before or ""), value_words(name, after or ""))]
    return []


def told_changes(lines: list[dict], workflow) -> dict[int, list[Change]]:
    """seq → what changed with it; `lines` are all entries of a case, the oldest first."""
    known, found = _Known(), {}
    for line in lines:
        entry, data = line["entry"], line["data"]
        said = changes(entry, dict(line["texts"]))
        if entry.verb == "stepped":
            said += _moved(known, data, workflow)
        for clock in data.get("clocks") or ():
            said += _redated(known, clock)
        found[entry.seq] = said
    return found


def bases(data: dict) -> list[str]:
    """The legal bases an entry names: of the step, and of the terms it started."""
    named = [(data.get("answers") or {}).get("basis"), data.get("basis")]
    named += [clock.get("basis") for clock in data.get("clocks") or () if clock["act"] == "start"]
    return list(dict.fromkeys(basis for basis in named if basis))


def chain(lines: list[dict]) -> list[Stretch]:
    """Whose hands it was in, one after the other; `lines` are all entries of a case, the oldest first."""
    register, now = access.register(), access.now()
    entries = [line["entry"] for line in lines]
    spans = holdings.of(entries, register.calendar, office=register.people.office.code, now=now)
    return [_stretch(span, entries, register.calendar, now) for span in spans]


def signatures(lines: list[dict]) -> list[dict]:
    """Who signed or decided what, the oldest first."""
    return [
        {"label": line["label"], "who": actor_words(line["entry"]), "at": line["entry"].at, "seq": line["entry"].seq}
        for line in lines
        if (line["step"] and (line["step"].signs or line["step"].settles))
        or (line["entry"].verb == "noticed" and line["data"]["act"] in ("sign", "receive", "judge"))
    ]


def hands(rows) -> list[dict]:
    """Who led and who supported, from when to when."""
    units = access.register().people.units
    return [{"unit": units[row.unit_id].name, "leads": row.role == "lead", "task": row.task, "since": row.joined_at,
             "until": row.done_at or row.left_at, "is_done": row.done_at is not None} for row in rows]


def _corrected(data: dict, values: dict) -> Change:
    names = {PLAIN.get(name, name): label for name, label in CORRECTABLE.items()}
    what = _(names.get(data["field"], data["field"]))
    if "old" in values or "new" in values:
        return Change(what, _cut(values.get("old")), _cut(values.get("new")))
    return Change(what, data["before"] or "–", data["after"] or "–")


def _cut(text: str | None) -> str:
    return "–" if not text else text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _moved(known: _Known, data: dict, workflow) -> list[Change]:
    said = []
    before, after = workflow.state[data["from"]], workflow.state[data["to"]]
    if before is not after:
        said.append(Change(_("Stage"), _(before.label), _(after.label)))
    if known.lead != data["lead"]:
        said.append(Change(_("Lead unit"), _unit(known.lead), _unit(data["lead"])))
    known.lead = data["lead"]
    return said


def _redated(known: _Known, clock: dict) -> list[Change]:
    key, due = (clock["purpose"], clock["unit"]), clock["due_on"]
    before, is_known = known.dues.get(key), key in known.dues
    if clock["act"] == "stop":
        known.dues.pop(key, None)
        return []
    known.dues[key] = due
    if clock["act"] == "start" or not is_known or before == due:
        return []
    what = _("%(term)s, %(unit)s", term=_(PURPOSES[clock["purpose"]].label), unit=_unit(clock["unit"]))
    return [Change(what, _day(before), _day(due))]


def _unit(code: str | None) -> str:
    unit = access.register().people.by_code.get(code or "")
    return unit.short if unit else code or "–"


def _day(on: str | None) -> str:
    return short_day(date.fromisoformat(on)) if on else _("paused")


def _stretch(span, entries, calendar, now: datetime) -> Stretch:
    people = access.register().people
    through = dict.fromkeys(people.named(entry.actor) for entry in entries
                            if entry.unit and entry.unit == span.unit and span.since <= entry.at <= span.until)
    why = f"{_(span.why)} · {pause_words(span.category)}" if span.category else _(span.why)
    return Stretch(holder_words(span), list(through), span.since, None if span.until >= now else span.until, why,
                   span.late(calendar), span.unit is None)


def act_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Everything that can have been done, in groups: steps of cases, the rest of their trails, the office's own."""
    steps: dict[str, str] = {}
    for workflow in workflows.every().values():
        for step in workflow.steps:
            steps.setdefault(step.name, _(step.label))
    verbs = [(name, _(verb.sentence)) for name, verb in trail.VERBS.items() if name != "stepped"]
    own = [pair for pair in verbs if pair[0] in OF_CASES]
    return [(_("Steps"), list(steps.items())), (_("Other entries of cases"), own),
            (_("The office's own"), [pair for pair in verbs if pair not in own])]
