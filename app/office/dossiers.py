"""Dossiers: one case to take away with its trail, evidence and papers, for whoever does not trust this office.

Two entries in the stream of the office: `dossier_asked` (with the written reason where the complainant's identity goes
along) before anything is gathered, `dossier_taken` with the manifest's hash when it is packed. `docs/dossier.md` says
what is in the package and what each check of it rests on.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

import workflows
from app.domain import cases, errands, files, holdings, notices, people, texts, trail
from app.domain.base import instant
from app.domain.cases import Case
from app.domain.errands import Errand
from app.domain.errors import NotAllowed, Refused
from app.domain.people import Actor, Held
from app.domain.privacy import Complainant
from app.domain.register import Register
from app.domain.trail import Entry, Value, Written
from app.office import printing
from app.papers import docx, forms
from workflows.grammar import N_, Workflow

WHAT = "dossier"
FORMAT = "duban-dossier/1"
MASKED, ERASED = "masked", "erased"
KEPT = timedelta(days=7)  # so long one waits for whoever asked for it
COMPLAINANT = "complainant."  # begins the keys of name and contacts


@dataclass
class Dossier:
    """What of one case goes into the package, as of one moment."""

    case: Case
    entries: list[Entry]
    asked: Entry
    identity: bool  # of the complainant, given along
    withheld: set[int] = field(default_factory=set)  # entries that name a case which is not for this reader
    values: list[dict] = field(default_factory=list)
    spans: list[dict] = field(default_factory=list)
    hung: dict[str, object] = field(default_factory=dict)  # member → file of the case
    papers: list[dict] = field(default_factory=list)
    printed: dict[str, bytes] = field(default_factory=dict)  # member → the paper

    @property
    def last(self) -> Entry:
        return self.entries[-1]

    @property
    def reason(self) -> str | None:
        """The one written when the complainant's identity was asked for."""
        return next((row["value"] for row in self.values if row["stream"] == trail.OFFICE and "value" in row), None)

    @property
    def has_complainant(self) -> bool:
        return any(row["key"].startswith(COMPLAINANT) for row in self.values)


def may_take(by: Actor) -> bool:
    return by.has("auditor")


def ask(session: Session, case: Case, *, reason: str, by: Actor, at: datetime, words) -> Errand:
    """Put down that a dossier is wanted, by whom, and with which reason if the complainant's identity goes along."""
    if not may_take(by):
        raise NotAllowed(N_("This is not for your post to do."))
    reason = texts.optional(reason, field="reason", longest=2000)
    if reason and session.get(Complainant, case.id) is None:
        raise Refused(N_("No complainant is recorded."), field="reason")
    entry = _record(session, "dossier_asked", {"case": case.number, "identity": bool(reason)}, by=by, at=at,
                    words=words, beside={"reason": reason})
    payload = {"case": case.number, "by": by.username, "asked": entry.seq, "identity": bool(reason)}
    return errands.ask(session, WHAT, payload, by=by.id or None, at=at)


def reader(session: Session, username: str, register: Register) -> Actor:
    """Whoever asked, with the posts he holds now; whoever sits at the machine reads what an auditor would."""
    if username != people.SYSTEM.username:
        return people.actor(session, register.people, username)
    return at_the_machine(register)


def at_the_machine(register: Register) -> Actor:
    office, machine = register.people.office, people.SYSTEM
    return Actor(0, machine.username, machine.name, (Held("auditor", office.code, office.id, frozenset()),))


def under_way(session: Session, case: Case, by: Actor) -> Errand | None:
    """A masked one that he has asked for and that is not packed yet, so that pressing twice makes one."""
    mine = select(Errand).where(Errand.what == WHAT, Errand.officer_id == by.id, Errand.state == errands.WAITING)
    return next((each for each in session.scalars(mine)
                 if each.payload["case"] == case.number and not each.payload["identity"]), None)


def path(folder: Path, id: int) -> Path:
    """Where the dossier of an errand lies when it is done."""
    return folder / f"{id}.zip"


def gather(session: Session, payload: dict, *, by: Actor, register: Register, at: datetime, words,
           folder: Path) -> Dossier:
    """Everything but the contents of the evidence; `folder` holds the office's own texts of forms."""
    case = cases.find(session, payload["case"], by)
    if case is None or not may_take(by):
        raise NotAllowed(N_("There is no case with this number, or it is not for you to see."))
    entries = session.scalars(trail.of(case.number)).all()
    asked = session.get(Entry, (trail.OFFICE, payload["asked"]))
    identity = trail.facts(asked)["identity"]
    workflow = workflows.get(case.kind)
    found = Dossier(case, entries, asked, identity, _withheld(session, entries, workflow, by))
    masked = _restricted(entries, workflow, by)
    found.values = [
        *(row for row in _values(session, case.number, masked, identity=identity) if row["seq"] not in found.withheld),
        *_values(session, trail.OFFICE, seq=asked.seq)]
    found.spans = _spans(entries, register, at, words)
    found.hung = {_member(file): file for file in files.of_case(session, case.id)}
    for place, row in enumerate(notices.of_cases(session, [case.id]).get(case.id, ()), 1):
        _print(session, row, f"papers/{place:04}.docx", found, by=by, register=register, words=words, folder=folder)
    return found


def take(session: Session, found: Dossier, manifest: str, *, by: Actor, at: datetime, words) -> Written:
    """Taking it is an entry, which seals the manifest and says where the trail of the case ended."""
    plain = {"case": found.case.number, "asked": found.asked.seq, "manifest": manifest,
             "entries": found.last.seq, "last": found.last.seal}
    return _record(session, "dossier_taken", plain, by=by, at=at, words=words)


def said(found: Dossier, *, by: Actor, register: Register, words) -> dict:
    """What the manifest says besides its members."""
    name = words(N_("the machine")) if by.username == people.SYSTEM.username else by.name
    unit = by.first.unit if by.first else register.people.office.code
    return {
        "format": FORMAT, "case": found.case.number, "identity": found.identity, "asked": found.asked.seq,
        "asked_at": instant(found.asked.at), "entries": found.last.seq,
        "taken_by": {"username": by.username, "name": name, "unit": register.people.by_code[unit].name},
    }


def line(found: Dossier, entry: Entry) -> bytes:
    """The bytes that were sealed; of an entry that is not for this reader, that there is one and its seal."""
    if entry.seq not in found.withheld:
        return trail.body(entry)
    return f'{{"seal":"{entry.seal}","seq":{entry.seq},"withheld":true}}'.encode()


def _withheld(session: Session, entries: list[Entry], workflow: Workflow, by: Actor) -> set[int]:
    """Entries that say the number of another case which is not for this reader."""
    named = {entry.seq: _named(entry, workflow) for entry in entries}
    asked = set().union(*named.values())
    if not asked:
        return set()
    hidden = set(session.scalars(select(Case.number).where(Case.number.in_(asked), ~cases.may_see(by))))
    return {seq for seq, numbers in named.items() if numbers & hidden}


def _named(entry: Entry, workflow: Workflow) -> set[str]:
    data = trail.facts(entry)
    if entry.verb == "stepped":
        asks = (ask.name for ask in workflow.step[data["step"]].asks if ask.kind == "case")
        said = [data["answers"].get(name) for name in asks]
    else:
        said = [data.get({"linked": "to", "filed": "origin"}.get(entry.verb))]
    return {number for number in said if number}


def _restricted(entries: list[Entry], workflow: Workflow, by: Actor) -> set[tuple[int, str]]:
    """Values that are for named posts, none of which this reader holds."""
    stepped = ((entry.seq, workflow.step[trail.facts(entry)["step"]]) for entry in entries if entry.verb == "stepped")
    return {(seq, ask.name) for seq, step in stepped for ask in step.asks if ask.readers and not by.has(*ask.readers)}


def _values(session: Session, stream: str, masked=frozenset(), *, seq: int | None = None,
            identity: bool = True) -> list[dict]:
    query = select(Value.seq, Value.key, Value.value, Value.salt).where(Value.stream == stream)
    query = query if seq is None else query.where(Value.seq == seq)
    return [_value(stream, *row, hidden=tuple(row[:2]) in masked or (row.key.startswith(COMPLAINANT) and not identity))
            for row in session.execute(query.order_by(Value.seq, Value.key))]


def _value(stream: str, seq: int, key: str, value: str | None, salt: bytes | None, *, hidden: bool) -> dict:
    place = {"stream": stream, "seq": seq, "key": key}
    if value is None:
        return place | {"withheld": ERASED}
    if hidden:
        return place | {"withheld": MASKED}
    return place | {"value": value, "salt": (salt or b"").hex()}


def _spans(entries: list[Entry], register: Register, at: datetime, words) -> list[dict]:
    calendar, units, office = register.calendar, register.people.by_code, register.people.office
    return [
        {"since": instant(span.since), "until": instant(span.until), "holder": span.holder, "unit": span.unit,
         "unit_name": units[span.unit].name if span.unit in units else None,
         "why": words(span.why), "category": span.category, "seq": span.seq,
         "due_on": span.due_on.isoformat() if span.due_on else None,
         "worked_days": f"{span.worked(calendar):.2f}", "late_days": f"{span.late(calendar):.2f}"}
        for span in holdings.of(entries, calendar, office=office.code, now=at)
    ]


def _member(file) -> str:
    """By the entry that attached it; what it was called stands beside that entry."""
    ending = Path(file.name).suffix.lower()
    return f"files/{file.seq:04}{ending if ending in _ENDINGS else '.bin'}"


_ENDINGS = {ending for endings in files.TYPES.values() for ending in endings}


def _print(session: Session, row, member: str, found: Dossier, *, by: Actor, register: Register, words,
           folder: Path) -> None:
    """A notice about this case as its paper, unless it also names a sealed case that is not for this reader."""
    told = {"member": member, "number": notices.written(row.form, row.year, row.serial),
            "form": words(notices.FORMS[row.form].label), "unit": register.people.units[row.unit_id].name,
            "issued_at": instant(row.issued_at), "left_out": None}
    notice = notices.find(session, row.id, by)
    if notice is None:
        told |= {"member": None, "left_out": words(N_("it also names a case that is not for this reader"))}
    else:
        try:
            paper = printing.paper(session, notice, register=register, words=words, folder=folder)
            docx.write(paper, out := BytesIO())
            found.printed[member] = out.getvalue()
        except forms.BadForm as bad:
            told |= {"member": None, "left_out": str(bad)}
    found.papers.append(told)


def _record(session: Session, verb: str, plain: dict, *, by: Actor, at: datetime, words, beside=None) -> Written:
    return trail.append(session, trail.OFFICE, verb, by=by.username, unit=by.first.unit if by.first else None, at=at,
                        words={"verb": words(trail.VERBS[verb].sentence)}, plain=plain, beside=beside)
