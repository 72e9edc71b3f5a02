"""Setting the dispatch catalogue (派单目录): which unit leads which class of matter, from a day on."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

import workflows
from app.domain import texts, trail
from app.domain.catalogue import CatalogueRow
from app.domain.errors import Refusal, Refusals, Refused
from app.domain.people import Actor
from app.domain.register import Register
from app.domain.trail import Written
from workflows.grammar import N_


@dataclass(frozen=True)
class Row:
    item: str
    kind: str
    klass: str
    unit: str  # its code
    basis: str
    grade: str | None = None
    needs_evidence: bool = False


def set_rows(session: Session, rows: list[Row], *, by: Actor, at: datetime, words, register: Register) -> Written:
    """Put these rows in the place of those that their classes had until today; all of them or none.

    Refuses with every wrong row named.
    """
    _check(rows, register)
    today = register.today(at)
    for row in rows:
        same = CatalogueRow.kind == row.kind, CatalogueRow.klass == row.klass
        lasting = or_(CatalogueRow.until.is_(None), CatalogueRow.until > today)
        session.execute(update(CatalogueRow).where(*same, lasting).values(until=today))
    session.add_all(
        CatalogueRow(item=row.item, kind=row.kind, klass=row.klass, unit_id=register.people.by_code[row.unit].id,
                     grade=row.grade, basis=row.basis, needs_evidence=row.needs_evidence, since=today)
        for row in rows
    )
    session.flush()
    told = [{"class" if name == "klass" else name: value for name, value in asdict(row).items()} for row in rows]
    return trail.append(
        session, trail.OFFICE, "catalogue_set", by=by.username, unit=by.first.unit if by.first else None, at=at,
        words={"verb": words(trail.VERBS["catalogue_set"].sentence)}, plain={"rows": told},
    )


def _check(rows: list[Row], register: Register) -> None:
    wrong, seen = [], set()
    for number, row in enumerate(rows, 1):
        try:
            _check_row(row, register)
            if (row.kind, row.klass) in seen:
                raise Refused(N_("The class “%(class)s” is named twice."), **{"class": row.klass})
        except Refusal as refusal:
            refusal.field = f"rows.{number}"
            wrong.append(refusal)
        seen.add((row.kind, row.klass))
    if wrong:
        raise Refusals(wrong)


def _check_row(row: Row, register: Register) -> None:
    texts.required(row.item, field="item", longest=40)
    texts.required(row.klass, field="class", longest=120)
    texts.required(row.basis, field="basis", longest=300)
    workflow = workflows.every().get(row.kind)
    if workflow is None:
        raise Refused(N_("There is no such kind of case."))
    if row.grade and row.grade not in dict(workflow.grades):
        raise Refused(N_("Please choose one of these."))
    unit = register.people.by_code.get(row.unit)
    if unit is None:
        raise Refused(N_("There is no unit %(code)s."), code=row.unit)
    if unit.is_gone:
        raise Refused(N_("%(unit)s no longer exists; its successor answers for it."), unit=unit.name)
    if unit.klass in ("leadership", "outside"):
        raise Refused(N_("%(unit)s cannot lead a case."), unit=unit.name)
