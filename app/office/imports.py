"""Taking somebody's ledger in: looked through whole first, then put on the books some hundred rows at a time, each lot
together with how far the errand has come, so that whatever is killed goes on where it was and doubles nothing."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

import workflows
from app.domain import errands, mappings, texts, trail
from app.domain.cases import Case
from app.domain.errands import Errand
from app.domain.errors import NotAllowed, Refused, Word
from app.domain.mappings import Mapping
from app.domain.people import SYSTEM, Actor
from app.domain.register import Register
from app.office import intake, sheets
from app.office.intake import Filing
from app.office.rows import Copyist, Fault
from app.office.sheets import Line, Plan
from app.papers.tables import Book
from workflows.grammar import N_

WHAT = "ledger_import"
LOT = 250  # rows put on the books in one transaction
BEAT = 1000  # rows looked at between two signs of life
MOST_FAULTS = 2000  # kept with an errand; all are counted
BAD_ROWS = N_("Some rows cannot be put on the books, so none was.")


@dataclass
class Checked:
    """What looking through found."""

    rows: int = 0
    faults: list[Fault] = field(default_factory=list)
    bad_rows: int = 0
    is_whole: bool = True  # False where only the first rows were looked at


def kinds() -> dict[str, object]:
    """Kinds that a ledger can bring; one that is raised from another case is not among them."""
    return {kind: workflow for kind, workflow in workflows.every().items() if not workflow.of_case}


def may_bring(by: Actor, kind: str) -> bool:
    return kind in kinds() and (by is SYSTEM or by.has(*workflows.get(kind).filed_by))


def let(by: Actor, kind: str) -> None:
    if kind not in kinds():
        raise Refused(N_("Cases of this kind are raised one by one, from another case; they are not imported."),
                      field="kind")
    if not may_bring(by, kind):
        raise NotAllowed(N_("“%(kind)s” is not for your post to file."), kind=Word(workflows.get(kind).label))


def check(book: Book, plan: Plan, *, register: Register, at: datetime, words, most: int | None = None,
          beat: Callable[[int], None] = lambda _rows: None) -> Checked:
    """Look every row through, or the first `most`; every bad cell is named and nothing is written."""
    copyist = Copyist(plan, register=register, at=at, words=words)
    found, seen = Checked(), _Seen(copyist)
    for line in sheets.lines(book, plan):
        if most is not None and found.rows >= most:
            found.is_whole = False
            break
        found.rows += 1
        filing, faults = copyist.copy(line)
        faults += seen.again(filing, line)
        if faults:
            found.bad_rows += 1
            found.faults += faults
        if found.rows % BEAT == 0:
            beat(found.rows)
    return found


def tally(session: Session, book: Book, plan: Plan, *, register: Register, at: datetime, words) -> tuple[int, int]:
    """How many rows would be new, and how many stand on the books already."""
    copyist, new, standing = Copyist(plan, register=register, at=at, words=words), 0, 0
    for lot in lots(book, plan, after=0):
        fresh = len(_not_standing(session, [copyist.copy(line)[0] for line in lot]))
        new, standing = new + fresh, standing + len(lot) - fresh
    return new, standing


def first_lines(book: Book, plan: Plan, count: int) -> list[Line]:
    return list(islice(sheets.lines(book, plan), count))


def ask(session: Session, plan: Plan, *, sha256: str, name: str, by: Actor, at: datetime, total: int = 0,
        checked: bool = False) -> Errand:
    """Have the file put on the books. `checked`: whoever asks has looked through all of it just now."""
    let(by, plan.kind)
    payload = {"sha256": sha256, "name": name, "plan": plan.written(), "by": by.username if by.id else None}
    errand = errands.ask(session, WHAT, payload, by=by.id, at=at, total=total)
    errand.result = {"filed": 0, "skipped": 0, "checked": checked}
    return errand


def unfinished(session: Session, plan: Plan, *, sha256: str) -> Errand | None:
    """The errand that was to do the same and has not come to its end."""
    waiting = select(Errand).where(Errand.what == WHAT, Errand.state == errands.WAITING).order_by(Errand.id)
    same = {"sha256": sha256, "plan": Plan.of(plan.written()).written()}
    for errand in session.scalars(waiting):
        if {"sha256": errand.payload["sha256"], "plan": Plan.of(errand.payload["plan"]).written()} == same:
            return errand
    return None


def checked(errand: Errand, found: Checked, *, at: datetime) -> bool:
    """Note what looking through found; False where the file is refused, and with it the errand ended."""
    if found.faults:
        errand.total = found.rows
        errands.end(errand, at=at, trouble=BAD_ROWS, result={
            "filed": 0, "skipped": 0, "rows": found.rows, "bad_rows": found.bad_rows, "in_all": len(found.faults),
            "faults": [fault.written() for fault in found.faults[:MOST_FAULTS]],
        })
        return False
    errand.total = found.rows
    errand.result = errand.result | {"checked": True}
    return True


def lots(book: Book, plan: Plan, *, after: int) -> Iterator[list[Line]]:
    """The rows that are still to be done, some hundred at a time."""
    todo = islice(sheets.lines(book, plan), after, None)
    while lot := list(islice(todo, LOT)):
        yield lot


def put(session: Session, errand: Errand, lot: list[Line], plan: Plan, *, by: Actor, at: datetime, words,
        register: Register) -> None:
    """One lot, and how far that brings the errand. What stands on the books already is left alone and counted."""
    copyist = Copyist(plan, register=register, at=at, words=words)
    filings = [copyist.copy(line)[0] for line in lot]
    new = _not_standing(session, filings)
    told = dict(errand.result)
    if new:
        made = intake.put_on_books(session, new, by=by, at=at, words=words, register=register, batch=errand.id)
        told["first"], told["last"] = told.get("first", made[0].number), made[-1].number
    told["filed"], told["skipped"] = told["filed"] + len(new), told["skipped"] + len(filings) - len(new)
    errand.result = told
    errands.go_on(errand, progress=errand.progress + len(lot), at=at)


def finish(session: Session, errand: Errand, plan: Plan, *, by: Actor, at: datetime, words,
           register: Register) -> None:
    """The errand ends; one entry of the office says what came in, if anything did."""
    told = dict(errand.result) | {"rows": errand.progress}
    if told["filed"]:
        trail.append(
            session, trail.OFFICE, "imported", by=by.username, unit=intake.unit_of(by, plan.kind, register), at=at,
            words={"verb": words(trail.VERBS["imported"].sentence)},
            plain={"batch": errand.id, "kind": plan.kind, "source": plan.source, "rows": told["rows"],
                   "filed": told["filed"], "skipped": told["skipped"], "sha256": errand.payload["sha256"]},
        )
    errands.end(errand, at=at, result=told)


def save_mapping(session: Session, plan: Plan, columns: dict[str, str], *, name: str, by: Actor, at: datetime, words,
                 register: Register) -> Mapping:
    """Keep what the columns of this source mean, under a name; the next file of the source is read so by itself."""
    name = texts.required(name, field="mapping_name", longest=80).strip()
    let(by, plan.kind)
    mapping = mappings.named(session, name)
    if mapping is None:
        mapping = Mapping(name=name)
        session.add(mapping)
    mapping.kind, mapping.source, mapping.columns = plan.kind, plan.source, columns
    mapping.saved_at, mapping.saved_by_id = at, by.id
    trail.append(session, trail.OFFICE, "mapping_saved", by=by.username, at=at,
                 unit=intake.unit_of(by, plan.kind, register),
                 words={"verb": words(trail.VERBS["mapping_saved"].sentence)},
                 plain={"name": name, "columns": columns})
    session.flush()
    return mapping


class _Seen:
    """Numbers and texts that came before in the same file."""

    def __init__(self, copyist: Copyist):
        self.copyist, self.numbers, self.texts = copyist, {}, {}

    def again(self, filing: Filing, line: Line) -> list[Fault]:
        where = f"{line.sheet}!{line.row.number}" if line.sheet else str(line.row.number)
        if filing.outside_number:
            first = self.numbers.setdefault((filing.source, filing.outside_number), where)
            if first == where:
                return []
            refusal = Refused(N_("Number %(number)s stands in row %(row)s already."), number=filing.outside_number[:80],
                              row=first)
            return [self.copyist.fault(line, self.copyist.columns.get("outside_number"), refusal)]
        digest = _digest(filing.source, filing.title, filing.facts)
        first = self.texts.setdefault(digest, where)
        if first == where:
            return []
        return [self.copyist.fault(line, self.copyist.columns.get("facts"), Refused(
            N_("This says the same as row %(row)s and has no number of its own."), row=first))]


def _not_standing(session: Session, filings: list[Filing]) -> list[Filing]:
    """Those that are not on the books: by the source's number; without one, by what they say."""
    standing: set = set()
    for source in {filing.source for filing in filings}:
        of_source = [filing for filing in filings if filing.source == source]
        if numbers := [filing.outside_number for filing in of_source if filing.outside_number]:
            query = select(Case.outside_number).where(Case.source == source, Case.outside_number.in_(numbers))
            standing |= {(source, number) for number in session.scalars(query)}
        if titles := [filing.title for filing in of_source if not filing.outside_number]:
            query = select(Case.title, Case.facts).where(
                Case.source == source, Case.outside_number.is_(None), Case.title.in_(titles))
            standing |= {_digest(source, title, facts) for title, facts in session.execute(query)}
    return [filing for filing in filings if (
        (filing.source, filing.outside_number) if filing.outside_number
        else _digest(filing.source, filing.title, filing.facts)) not in standing]


def _digest(*said: str | None) -> bytes:
    return hashlib.sha256("\x00".join(text or "" for text in said).encode()).digest()
