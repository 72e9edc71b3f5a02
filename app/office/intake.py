"""Putting matters on the books (挂账), one or many, each with its number, its first entry and its first terms."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import workflows
from app.domain import catalogue, numbers, privacy, search, tellings, texts, trail
from app.domain.base import instant
from app.domain.cases import Case, Naming, Note
from app.domain.errors import NotAllowed, Refusal, Refusals, Refused, Word
from app.domain.people import SYSTEM, Actor, UnitView
from app.domain.privacy import Complainant
from app.domain.register import Register
from app.office import clocks, links
from workflows.grammar import N_, Workflow


@dataclass(frozen=True)
class Filing:
    """What somebody wants on the books. Texts are kept to the byte."""

    kind: str
    title: str
    facts: str
    source: str
    outside_number: str | None = None
    klass: str | None = None
    grade: str | None = None
    indicator: str | None = None
    place: str | None = None
    received_at: datetime | None = None
    complained_of: UnitView | None = None
    redacted: str | None = None
    complainant: dict[str, str] = field(default_factory=dict)
    is_anonymous: bool = False
    notes: tuple[tuple[str, str], ...] = ()
    proposal: dict | None = None
    origin: Case | None = None
    sealed: bool = False


def file_case(session: Session, filing: Filing, *, by: Actor, at: datetime, words, register: Register) -> Case:
    """Put one matter on the books; refuses with every wrong field named."""
    check(filing, by=by, at=at, register=register)
    twice = Refused(N_("%(source)s number %(number)s is on the books already."), field="outside_number",
                    source=filing.source, number=filing.outside_number)
    if filing.outside_number and standing_number(session, filing.source, filing.outside_number):
        raise twice
    try:
        (case,) = put_on_books(session, [filing], by=by, at=at, words=words, register=register)
    except IntegrityError as error:  # two clerks at once: both looked before either wrote
        raise (twice if "ix_cases_outside" in str(error) else error) from None
    return case


def check(filing: Filing, *, by: Actor, at: datetime, register: Register) -> None:
    workflow = workflows.every().get(filing.kind)
    if workflow is None:
        raise Refused(N_("There is no such kind of case."), field="kind")
    if not by.has(*workflow.filed_by):
        raise NotAllowed(N_("“%(kind)s” is not for your post to file."), kind=Word(workflow.label))
    if wrong := faults(filing, workflow, at=at):
        raise Refusals(wrong)


def faults(filing: Filing, workflow: Workflow, *, at: datetime) -> list[Refusal]:
    """Everything that is wrong with the texts and choices of one filing, field by field."""
    wrong: list[Refusal] = []

    def look(check, *args, **more):
        try:
            check(*args, **more)
        except Refusal as refusal:
            wrong.append(refusal)

    look(texts.required, filing.title, field="title", longest=300)
    look(texts.required, filing.facts, field="facts")
    look(texts.required, filing.source, field="source", longest=120)
    look(texts.optional, filing.outside_number, field="outside_number", longest=200)
    look(texts.optional, filing.klass, field="klass", longest=120)
    look(texts.optional, filing.indicator, field="indicator", longest=120)
    look(texts.optional, filing.place, field="place", longest=2000)
    look(texts.optional, filing.redacted, field="redacted")
    for name, value in filing.complainant.items():
        look(texts.optional, value, field=name, longest=500)
    if code := filing.complainant.get("credit_code"):
        look(privacy.check_credit_code, code)
    for label, text in filing.notes:
        look(texts.sound, label, field="notes", longest=60)
        look(texts.sound, text, field="notes")
    if filing.grade and filing.grade not in dict(workflow.grades):
        wrong.append(Refused(N_("Please choose one of these."), field="grade"))
    if filing.received_at and filing.received_at > at:
        wrong.append(Refused(N_("It cannot have been received in the future."), field="received_at"))
    if workflow.of_case and filing.origin is None:
        wrong.append(Refused(N_("A case of this kind is raised from another case; give its number."), field="origin"))
    if workflow.of_case and filing.complained_of is None:
        wrong.append(Refused(N_("Please name the unit that is to be held to account."), field="complained_of"))
    return wrong


def standing_number(session: Session, source: str, outside_number: str) -> str | None:
    """Our number of a matter that came under this number of that source."""
    return session.scalar(
        select(Case.number).where(Case.source == source, Case.outside_number == outside_number)
    )


def put_on_books(session: Session, filings: list[Filing], *, by: Actor, at: datetime, words, register: Register,
                 batch: int | None = None) -> list[Case]:
    """File checked matters of one kind: the same rows for one as for five hundred, in few statements."""
    workflow = workflows.get(filings[0].kind)
    year = register.calendar.local(at).year
    serials = numbers.take(session, workflow.prefix, year, len(filings))
    built = [
        _build(filing, numbers.written(workflow.prefix, year, serial), workflow, by=by, at=at, register=register,
               batch=batch)
        for filing, serial in zip(filings, serials, strict=True)
    ]
    session.add_all(built)
    session.flush()
    nodes, entries = [], []
    for filing, case in zip(filings, built, strict=True):
        own, facts = clocks.begin(
            case, purposes=workflow.state[workflow.initial].terms, register=register, at=at
        )
        clocks.show(case, own, workflow.state[workflow.initial], register, matter=None)
        nodes += own
        entries.append(_entry(filing, case, facts, by=by, at=at, words=words, register=register))
    session.add_all(nodes)
    _beside(session, filings, built, by=by)
    session.flush()
    first = trail.begin(session, entries)
    for filing, case, entry in zip(filings, built, first, strict=True):
        if filing.origin is not None:
            links.raise_from(session, case, filing.origin, by=by.username, unit=entry.unit, at=at, words=words)
    search.index(session, [(case.id, search.of(case)) for case in built])
    if len(built) == 1:
        tellings.tell(session, first[0], register.people.holding("dispatcher"), but=by.id)
    return built


def _build(filing: Filing, number: str, workflow: Workflow, *, by, at, register, batch) -> Case:
    return Case(
        number=number, kind=filing.kind, state=workflow.initial, title=filing.title, facts=filing.facts,
        redacted=filing.redacted or None, source=filing.source, outside_number=filing.outside_number or None,
        klass=filing.klass or None, grade=filing.grade or _usual_grade(workflow), indicator=filing.indicator or None,
        place=filing.place or None, received_at=filing.received_at or at, filed_at=at, filed_on=register.today(at),
        filed_by_id=by.id, complained_of_id=filing.complained_of.id if filing.complained_of else None,
        origin_id=filing.origin.id if filing.origin else None, proposal=filing.proposal, batch_id=batch,
        sealed=filing.sealed, objected=False, designated=False, standing=False, escalated=False, listed=False,
        needs_evidence=False, redone=0, reopened=0, takers={"file": by.id}, version=1, touched_at=at,
    )


def _usual_grade(workflow: Workflow) -> str:
    grades = dict(workflow.grades)
    return "ordinary" if "ordinary" in grades else next(iter(grades))


def _entry(filing: Filing, case: Case, facts, *, by: Actor, at, words, register) -> dict:
    workflow = workflows.get(case.kind)
    beside = {"title": case.title, "facts": case.facts, "place": case.place, "redacted": case.redacted}
    beside |= {f"complainant.{name}": value for name, value in filing.complainant.items() if value}
    beside |= note_keys(filing.notes)
    return dict(
        stream=case.number, verb="filed", by=by.username, unit=unit_of(by, case.kind, register), at=at,
        words={"verb": words(trail.VERBS["filed"].sentence), "kind": words(workflow.label),
               "grade": words(dict(workflow.grades)[case.grade])},
        plain={
            "kind": case.kind, "source": case.source, "outside_number": case.outside_number, "class": case.klass,
            "grade": case.grade, "indicator": case.indicator,
            "received_at": instant(case.received_at),
            "complained_of": filing.complained_of.code if filing.complained_of else None,
            "origin": filing.origin.number if filing.origin else None, "sealed": case.sealed, "batch": case.batch_id,
            "clocks": facts,
        },
        beside=beside,
    )


def note_keys(notes) -> dict[str, str]:
    """How the entry calls each of these (label, text): two columns may bear one heading."""
    keys: dict[str, str] = {}
    for number, (label, text) in enumerate(notes, 1):
        key = f"notes.{label}"
        keys[f"{key} ({number})" if key in keys else key] = text
    return keys


def unit_of(by: Actor, kind: str, register: Register) -> str:
    """The unit for which he files: that of his post; what a command at the machine files is the office's."""
    if by is SYSTEM:
        return register.people.office.code
    return next(held.unit for held in by.held if held.post in workflows.get(kind).filed_by)


def _beside(session: Session, filings: list[Filing], built: list[Case], *, by: Actor) -> None:
    complainants = [
        {"case_id": case.id, "is_anonymous": filing.is_anonymous} | {
            name: filing.complainant.get(name) or None for name in privacy.FIELDS
        }
        for filing, case in zip(filings, built, strict=True)
        if filing.is_anonymous or any(filing.complainant.values())
    ]
    notes = [
        {"case_id": case.id, "no": number, "label": label, "text": text}
        for filing, case in zip(filings, built, strict=True)
        for number, (label, text) in enumerate(filing.notes, 1)
    ]
    namings = [{"case_id": case.id, "officer_id": by.id} for case in built if case.sealed]
    for table, rows in ((Complainant, complainants), (Note, notes), (Naming, namings)):
        if rows:
            session.execute(insert(table.__table__), rows)


def proposal(session: Session, case: Case, *, register: Register, today) -> dict:
    """What an assignment would say by itself: the imported ledger's units, else the dispatch catalogue."""
    found = dict(case.proposal or {})
    row = catalogue.proposal(session, kind=case.kind, klass=case.klass, on=today)
    if row is not None:
        unit = register.people.units[register.people.heir(row.unit_id)]
        found.setdefault("lead", unit.code)
        found.setdefault("basis", f"派单目录 {row.item} {row.basis}".strip())
        if row.grade:
            found.setdefault("grade", row.grade)
    return found

