"""Copies in the ledger of what entries say: each column of a case, its complainant and its notes against the entry that
wrote them last. What was erased lawfully may be anything; that it is gone is held where values are read."""

import json
from collections import defaultdict
from functools import lru_cache
from operator import itemgetter

from sqlalchemy import Boolean, Date, Integer, String, and_, bindparam, cast, select, type_coerce
from sqlalchemy.orm import Session, aliased

import workflows
from app.domain import people, privacy
from app.domain.base import Instant, moment, raw
from app.domain.cases import Case, Note
from app.domain.people import Officer
from app.domain.privacy import Complainant
from app.domain.workdays import Calendar
from app.office.faults import Fault
from app.office.intake import note_keys
from app.office.records import PLAIN
from workflows.grammar import N_

MARKS = dict(objected=False, designated=False, standing=False, escalated=False, listed=False, ended_from=None,
             signed_for_at=None, dispatched_at=None, request=None, basis=None, redone=0, reopened=0)
PLAIN_AT_FIRST = ("source", "outside_number", "grade", "indicator", "received_at", "complained_of", "origin", "sealed",
                  "batch")
BESIDE_AT_FIRST = ("title", "facts", "place")
TOUCHING = frozenset({"filed", "corrected", "redacted", "consented", "attached", "struck_out", "looked_back",
                      "erased"})
BY_FIELD = {field: column for column, field in PLAIN.items()}  # as entries call them


class _Anything:
    """What an erased value, or one that the trail does not speak of, may be."""

    def __eq__(self, other) -> bool:
        return True

    def __add__(self, other) -> "_Anything":
        return self

    __hash__ = None


ANYTHING = _Anything()


class Told:
    """What the entries of one stream say that the columns of its case are."""

    __slots__ = ("columns", "complainant", "consented_at", "is_whole", "notes", "steps", "takers")

    def __init__(self):
        self.columns: dict = {"redacted": ANYTHING}
        self.complainant: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.takers: dict[str, str] = {}
        self.consented_at: str | None = None
        self.steps: dict = {}
        self.is_whole = True  # every step that was taken is still in the table

    def hear(self, seq: int, at: str, actor: str, verb: str, data: dict, values) -> None:
        """`values`: rows (stream, seq, key, value, salt) beside the entry."""
        columns = self.columns
        if verb in TOUCHING:
            columns["touched_at"] = at
        if verb == "filed":
            self._file(at, actor, data, {key: value for _stream, _seq, key, value, _salt in values})
        elif verb == "corrected":
            if data["field"] in BESIDE_AT_FIRST:
                columns[data["field"]] = _value(values, "new")
            else:
                columns[BY_FIELD.get(data["field"], data["field"])] = data["after"]
        elif verb == "redacted":
            columns["redacted"] = _value(values, "redacted")
        elif verb == "consented":
            self.consented_at = at if data["given"] else None

    def _file(self, at: str, actor: str, data: dict, values: dict) -> None:
        columns = self.columns
        columns.update(MARKS, version=1, filed_at=at, filed_by=actor, klass=data["class"])
        for name in PLAIN_AT_FIRST:
            columns[name] = data[name]
        for name in BESIDE_AT_FIRST:
            columns[name] = _kept(values, name)
        if "redacted" in values:
            columns["redacted"] = _kept(values, "redacted")
        for key, value in values.items():
            if key.startswith("complainant."):
                self.complainant[key.partition(".")[2]] = value
            elif key.startswith("notes."):
                self.notes[key] = ANYTHING if value is None else value
        self.takers["file"] = actor
        self.steps = workflows.get(data["kind"]).step

    def step(self, seq: int, at: str, actor: str, data: dict, values) -> None:
        """As the kind's table of today says what this step leaves in the case."""
        columns, step, takers = self.columns, self.steps.get(data["step"]), self.takers
        columns["touched_at"] = at
        if step is None:  # the table no longer has it: what it left cannot be told any more
            columns.update(dict.fromkeys((*MARKS, "grade", "version"), ANYTHING))
            self.is_whole = False
            return
        if step.hands == "assign":
            said = data["answers"]
            columns["dispatched_at"], columns["grade"] = at, said.get("grade") or columns["grade"]
            for name in ("request", "basis"):
                columns[name] = said[name] if name in said else _value(values, name)
            for each in self.steps.values():
                if each.hands == "assign":
                    takers.pop(each.name, None)
        elif step.hands == "clear":
            columns["dispatched_at"] = columns["request"] = columns["basis"] = None
        for mark, value in step.sets:
            if value == "at" or (value == "at?" and not columns[mark]):
                columns[mark] = at
            elif value != "at?":
                columns[mark] = data["from"] if value == "from" else value
        if step.counts:
            columns[step.counts] += 1
        if step.moves_version:
            columns["version"] = seq
        takers[step.name] = actor


def _value(values, wanted: str):
    for _stream, _seq, key, value, _salt in values:
        if key == wanted:
            return ANYTHING if value is None else value
    return None


def _kept(values: dict, name: str):
    return ANYTHING if name in values and values[name] is None else values.get(name)


class Copies:
    """The ledger's side, read for many cases at once."""

    def __init__(self, session: Session, calendar: Calendar, units: dict[int, str]):
        self.session, self.calendar, self.units = session, calendar, units
        self.usernames = dict(session.execute(select(Officer.id, Officer.username)).all())
        self.usernames[None] = people.SYSTEM.username
        self.takers = lru_cache(1024)(self._takers)  # the same few people take the same steps

    def read(self, bounds: dict) -> None:
        connection = self.session.connection()
        self.complainants = {case: (consented_at, kept)
                             for case, consented_at, *kept in raw(connection, _COMPLAINANTS, bounds)}
        self.notes = defaultdict(list)
        for case_id, label, text in raw(connection, _NOTES, bounds):
            self.notes[case_id].append((label, text))

    def hold(self, case, told: Told) -> None:
        """`case`: a row with COLUMNS. Raises the first Fault."""
        says, stands = _told(told.columns), tuple(case[-len(COLUMNS):])
        says += _named(told.columns)
        stands += (self.usernames.get(case.filed_by_id), self.units.get(case.complained_of_id))
        if says != stands or case.filed_on != self.calendar.on(moment(told.columns["filed_at"])).isoformat():
            odd = [column for column, one, other in zip((*COLUMNS, *NAMED), says, stands, strict=True) if one != other]
            raise Fault(N_("%(stream)s: “%(column)s” in the ledger is not what the entry says that set it last."),
                        stream=case.number, column=odd[0] if odd else "filed_on")
        if told.is_whole and self.takers(case.takers) != told.takers:
            raise Fault(N_("%(stream)s: who took which step last is not what its trail says."), stream=case.number)
        self._hold_complainant(case, told)
        if told.notes != (note_keys(self.notes[case.id]) if case.id in self.notes else {}):
            raise Fault(N_("%(stream)s: its notes in the ledger are not what the entry says that filed it."),
                        stream=case.number)

    def _takers(self, text: str) -> dict[str, str]:
        return {step: self.usernames.get(officer, officer) for step, officer in json.loads(text).items()}

    def _hold_complainant(self, case, told: Told) -> None:
        consented_at, kept = self.complainants.get(case.id, (None, ()))
        stands = {name: value for name, value in zip(privacy.FIELDS, kept, strict=False) if value}
        if stands != {name: value for name, value in told.complainant.items() if value}:
            raise Fault(N_("%(stream)s: the complainant in the ledger is not who its trail says."), stream=case.number)
        if kept and consented_at != told.consented_at:
            raise Fault(N_("%(stream)s: its trail tells otherwise of the complainant's consent."), stream=case.number)


def bare(column):
    """As the driver gives it: days and moments are compared as texts, and what is true as 1."""
    if isinstance(column.type, Date):
        return cast(column, String)
    as_kept = {Instant: String, Boolean: Integer}.get(type(column.type))
    return column if as_kept is None else type_coerce(column, as_kept)


_ORIGIN = aliased(Case)
_READ = {
    "title": Case.title, "facts": Case.facts, "place": Case.place, "redacted": Case.redacted, "source": Case.source,
    "outside_number": Case.outside_number, "klass": Case.klass, "grade": Case.grade, "indicator": Case.indicator,
    "received_at": Case.received_at, "origin": _ORIGIN.number, "sealed": Case.sealed, "batch": Case.batch_id,
    "filed_at": Case.filed_at, "request": Case.request, "basis": Case.basis, "dispatched_at": Case.dispatched_at,
    "signed_for_at": Case.signed_for_at, "objected": Case.objected, "designated": Case.designated,
    "standing": Case.standing, "escalated": Case.escalated, "listed": Case.listed, "ended_from": Case.ended_from,
    "redone": Case.redone, "reopened": Case.reopened, "version": Case.version, "touched_at": Case.touched_at,
}
COLUMNS = tuple(_READ)
NAMED = ("filed_by", "complained_of")  # numbers in the ledger, names in entries
_told, _named = itemgetter(*COLUMNS), itemgetter(*NAMED)


def query(first):
    """`first`: what else is read of a case; behind that come COLUMNS, in their order."""
    copied = (bare(column).label(f"told_{name}") for name, column in _READ.items())
    as_text = bare(Case.filed_on).label("filed_on"), cast(Case.takers, String).label("takers")
    return select(*first, *as_text, Case.filed_by_id, Case.complained_of_id, *copied).outerjoin(
        _ORIGIN, _ORIGIN.id == Case.origin_id)


WITHIN = and_(Case.number >= bindparam("first"), Case.number <= bindparam("last"))
CASES = select(Case.id).where(WITHIN)
_COMPLAINANTS = select(
    Complainant.case_id, bare(Complainant.consented_at).label("consented_at"),
    *(getattr(Complainant, name) for name in privacy.FIELDS)).where(Complainant.case_id.in_(CASES))
_NOTES = select(Note.case_id, Note.label, Note.text).where(Note.case_id.in_(CASES)).order_by(Note.case_id, Note.no)
