"""The readable account of a case for its dossier: what it was about, who held it, and every entry in sentences, in the
record language. Labels are the words of the day as they were sealed, where an entry has them."""

import json
from dataclasses import dataclass
from datetime import date, datetime

import workflows
from app.domain import ladder, lookbacks, notices, privacy, trail
from app.domain.base import moment
from app.domain.files import PURPOSES as FILE_PURPOSES
from app.domain.holdings import COMPLAINANT
from app.domain.register import Register
from app.office import links, records, why
from app.office.dossiers import ERASED, Dossier
from workflows.grammar import N_, PURPOSES

# What entries that take no step say plainly and a reader wants to know; of other verbs everything is told.
PLAIN = {
    "filed": {"source": N_("Source"), "outside_number": N_("Outside number"), "class": N_("Class"),
              "grade": N_("Grade"), "indicator": N_("Indicator concerned"),
              "complained_of": N_("Unit complained of"), "origin": N_("Raised from")},
    "corrected": {"field": N_("Field"), "before": N_("It said"), "after": N_("Changed to")},
    "attached": {"purpose": N_("What it is"), "sha256": N_("SHA-256")},
    "struck_out": {"sha256": N_("SHA-256")},
    "linked": {"to": N_("Other case"), "relation": N_("Relation")},
    "looked_back": {"result": N_("Result")},
    "consented": {}, "redacted": {}, "reprojected": {}, "reruled": {},
    "climbed": {"purpose": N_("Term"), "unit": N_("Unit"), "due_on": N_("Due"), "days_late": N_("Working days late")},
    "noticed": {"form": N_("Form"), "number": N_("Number"), "unit": N_("Unit"), "reply_on": N_("To be answered by"),
                "verdict": N_("Verdict")},
}
# What their values beside are called.
BESIDE = {
    "title": N_("Title"), "facts": N_("Facts"), "place": N_("Place"), "old": N_("It said"), "new": N_("Changed to"),
    "reason": N_("Reason"), "name": N_("File"), "redacted": N_("Redacted text"), "words": N_("In these words"),
    "requirement": N_("Requirement"), "reply": N_("Reply"), "opinion": N_("Opinion"), "remark": N_("Instruction"),
    "finding": N_("What was found"),
}
_CHOICES = {"form": {form.name: form.label for form in notices.FORMS.values()}, "verdict": notices.VERDICTS,
            "field": records.CORRECTABLE, "relation": links.RELATIONS, "result": lookbacks.RESULTS,
            "purpose": FILE_PURPOSES | {name: each.label for name, each in PURPOSES.items()}}
_TURNS = why.ACTS | {"stop": N_("Term ended")}
_NOTHING = (None, "", [], 0)


@dataclass(frozen=True)
class Line:
    """One entry as a reader reads it; facts are pairs of a label and a text, a day or a moment."""

    seq: int
    at: datetime | None
    who: str
    label: str
    facts: list[tuple[str, object]]
    seal: str


class Account:
    def __init__(self, found: Dossier, *, register: Register, words):
        self.found, self.case, self.register, self.words = found, found.case, register, words
        self.workflow, self.people = workflows.get(found.case.kind), register.people
        self.texts = self._texts()

    def head(self) -> list[tuple[str, object]]:
        """What the case is, as the books say it now."""
        case, words = self.case, self.words
        rows = [
            (N_("Kind"), words(self.workflow.label)), (N_("State"), words(self.workflow.state[case.state].label)),
            (N_("Grade"), words(dict(self.workflow.grades)[case.grade])), (N_("Source"), case.source),
            (N_("Outside number"), case.outside_number), (N_("Class"), case.klass), (N_("Received"), case.received_at),
            (N_("Filed at"), case.filed_at), (N_("Lead unit"), self._unit(case.lead_id)),
            (N_("Unit complained of"), self._unit(case.complained_of_id)), (N_("Place"), case.place),
            (N_("What is asked"), case.request), (N_("Basis of the dispatch"), case.basis), (N_("Facts"), case.facts),
        ]
        return [(words(label), value) for label, value in rows if value]

    def spans(self) -> list[dict]:
        return [
            span | {"since": moment(span["since"]), "until": moment(span["until"]), "who": self._holder(span),
                    "due_on": date.fromisoformat(span["due_on"]) if span["due_on"] else None}
            for span in self.found.spans
        ]

    def evidence(self, holds) -> list[dict]:
        """The files, each with whether its content `holds` on the shelf."""
        return [
            {"member": member, "name": file.name, "purpose": self.words(FILE_PURPOSES[file.purpose]),
             "size": file.size, "sha256": file.sha256, "seq": file.seq, "struck": file.struck_reason,
             "is_there": holds(file.sha256), "unit": self._unit(file.unit_id), "at": file.added_at}
            for member, file in self.found.hung.items()
        ]

    def papers(self) -> list[dict]:
        return [paper | {"issued_at": moment(paper["issued_at"])} for paper in self.found.papers]

    def lines(self) -> list[Line]:
        return [self._withheld(entry) if entry.seq in self.found.withheld else
                Line(entry.seq, entry.at, self._who(entry), self._label(entry), self._facts(entry), entry.seal)
                for entry in self.found.entries]

    def _withheld(self, entry) -> Line:
        label = self.words(N_("Not in the dossier: it names a case that is not for this reader"))
        return Line(entry.seq, None, "", label, [], entry.seal)

    def _texts(self) -> dict[int, dict[str, str]]:
        masked, erased, texts = self.words(N_("(masked)")), self.words(N_("(erased)")), {}
        for row in self.found.values:
            if row["stream"] == self.case.number:
                instead = erased if row.get("withheld") == ERASED else masked
                texts.setdefault(row["seq"], {})[row["key"]] = row.get("value", instead)
        return texts

    def _holder(self, span: dict) -> str:
        if span["unit"]:
            return span["unit_name"] or span["unit"]
        return self.words(N_("Complainant") if span["holder"] == COMPLAINANT else N_("nobody: the clock is paused"))

    def _unit(self, unit_id: int | None) -> str | None:
        return self.people.units[unit_id].name if unit_id else None

    def _coded(self, code: str) -> str:
        return self.people.by_code[code].name if code in self.people.by_code else code

    def _who(self, entry) -> str:
        if entry.actor == "system":
            return self.words(N_("system"))
        name = self.people.named(entry.actor)
        return f"{name} · {self._coded(entry.unit)}" if entry.unit else name

    def _label(self, entry) -> str:
        data = trail.facts(entry)
        if entry.verb == "climbed":
            return self.words(ladder.NAMES[data["level"]])
        if entry.verb == "noticed":
            return self.words(notices.label_of(data["act"]))
        return json.loads(entry.words).get("verb") or self.words(trail.VERBS[entry.verb].sentence)

    def _facts(self, entry) -> list[tuple[str, object]]:
        data = trail.facts(entry)
        if entry.verb == "stepped":
            asks = {ask.name: ask for ask in self.workflow.step[data["step"]].asks}
            labels = {name: ask.label for name, ask in asks.items()}
            plain = [(self.words(labels[name]), self._answer(asks[name], value, entry))
                     for name, value in (data["answers"] or {}).items() if name in asks and value not in _NOTHING]
        else:
            every = {key: key for key, value in data.items() if isinstance(value, str | int)}
            labels, wanted = BESIDE, PLAIN.get(entry.verb, every)
            plain = [(self.words(label), self._plain(key, data[key])) for key, label in wanted.items()
                     if data.get(key) not in _NOTHING]
        order, found = list(labels), self.texts.get(entry.seq, {})
        texts = sorted(found.items(), key=lambda each: order.index(each[0]) if each[0] in order else len(order))
        return [*plain, *((self._labelled(key, labels), text) for key, text in texts), *self._turns(data)]

    def _answer(self, ask, value, entry):
        """A plain answer of a step."""
        match ask.kind:
            case "choice":
                return json.loads(entry.words).get(ask.name) or self.words(dict(ask.choices).get(value, value))
            case "unit" | "support":
                return self._coded(value)
            case "day":
                return date.fromisoformat(value)
            case "supports":
                return "、".join(self._coded(part["unit"]) for part in value)
            case _:
                return str(value)

    def _plain(self, key: str, value):
        if key in ("due_on", "reply_on"):
            return date.fromisoformat(value)
        if key in ("unit", "complained_of"):
            return self._coded(value)
        if key == "grade":
            return self.words(dict(self.workflow.grades).get(value, value))
        return self.words(_CHOICES[key].get(value, value)) if key in _CHOICES else str(value)

    def _labelled(self, key: str, labels: dict[str, str]) -> str:
        first, _dot, rest = key.partition(".")
        if first == "complainant":
            return self.words(N_("Complainant")) + " · " + self.words(privacy.FIELDS.get(rest, rest))
        return rest if first == "notes" and rest else self.words(labels[first]) if first in labels else key

    def _turns(self, data: dict) -> list[tuple[str, object]]:
        """What the entry did to the time nodes."""
        return [
            (self.words(PURPOSES[turn["purpose"]].label) + " · "
             + self.words(_TURNS.get(turn["act"], turn["act"])) % {"days": turn.get("days")},
             date.fromisoformat(turn["due_on"]) if turn["due_on"] else "–")
            for turn in data.get("clocks") or () if PURPOSES[turn["purpose"]].duty
        ]
