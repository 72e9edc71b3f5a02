"""A notice as an official paper: what its form asks for, gathered from the books as they stood when it was issued."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

import workflows
from app.domain import checkpoints, ladder, notices, rules
from app.domain.cases import Case
from app.domain.clocks import TimeNode
from app.domain.notices import Notice, Subject
from app.domain.register import Register
from app.office import suggestions
from app.papers import forms
from app.papers.paper import Paper, Proof, Signature
from workflows.grammar import N_

DUTIES = {"sign": N_("be signed for"), "part": N_("be answered in part"), "handle": N_("be handled")}
ROLES = {True: N_("lead unit"), False: N_("supporting unit")}


def paper(session: Session, notice: Notice, *, register: Register, words, folder: Path | None = None) -> Paper:
    """The paper of GB/T 9704-2012; `words` translates into the record language. Raises forms.BadForm."""
    local = register.calendar.local(notice.issued_at or notice.prepared_at)
    office, unit = register.people.office, register.people.units[notice.unit_id]
    rows = _rows(session, notice)
    issuer = register.people.name_of(notice.signed_by_id) if notice.signed_by_id else ""
    values = {
        "addressee": unit.name, "office": office.name, "count": len(rows), "as_of": local.replace(tzinfo=None),
        "basis": _basis(rows), "reply_by": notice.reply_on, "contact": _contact(register),
        "sign_by": register.calendar.add(local.date(), 1) if notice.issued_at else None,
        "demands": [line for line in notice.requirement.splitlines() if line.strip()],
        "accused": unit.name, "attends": unit.name, "reason": notice.requirement, "subject": notice.requirement,
        "cases": [_case(row, unit, said, words) for row, said in _with_what_was_said(session, notice, rows, register)],
    }
    if len(rows) == 1 and workflows.get(rows[0].kind).of_case:
        values |= suggestions.words_of(session, rows[0].Subject.case_id, register=register, words=words,
                                       until=notice.issued_at or notice.prepared_at)
    signature = Signature(office.name, local.date() if notice.issued_at else None, signer=issuer)
    return forms.paper(notice.form, values, folder=folder, org=office.name, number=notice.number or "",
                       signature=signature, proof=_proof(session, notice, words))


def _proof(session: Session, notice: Notice, words) -> Proof | None:
    """How far the trail was signed when this was printed: the short form, and the whole note to be scanned."""
    last = checkpoints.latest(session) if notice.issued_at else None
    if last is None:
        return None
    return Proof((f"{words(N_('Checkpoint of the trail'))} {checkpoints.short(last)}",), last.note)


def _rows(session: Session, notice: Notice) -> list:
    query = (
        select(Subject, Case.number, Case.title, Case.redacted, Case.kind, Case.lead_id, Case.complained_of_id,
               TimeNode.basis)
        .join(Case, Case.id == Subject.case_id)
        .outerjoin(TimeNode, (TimeNode.case_id == Subject.case_id) & (TimeNode.no == Subject.node_no))
        .where(Subject.notice_id == notice.id).order_by(Subject.case_id)
    )
    return session.execute(query).all()


def _with_what_was_said(session: Session, notice: Notice, rows, register: Register):
    before = notices.of_cases(session, [row.Subject.case_id for row in rows]) if rows else {}
    until = notice.issued_at or notice.prepared_at
    for row in rows:
        yield row, [
            (register.calendar.on(each.issued_at), ladder.NAMES[notices.FORMS[each.form].level])
            for each in before.get(row.Subject.case_id, ())
            if each.id != notice.id and each.unit_id == notice.unit_id and each.issued_at < until
        ]


def _case(row, unit, said, words) -> dict:
    subject = row.Subject
    return {
        "number": row.number, "title": row.title, "kind": words(workflows.get(row.kind).label),
        "role": words(ROLES[row.lead_id == unit.id]), "duty": words(DUTIES.get(subject.purpose, DUTIES["handle"])),
        "due_on": subject.due_on, "late": subject.days_late or None, "unit": unit.name,
        "said": [(on, words(name)) for on, name in said],
    }


def _basis(rows) -> str | None:
    """The basis of the term; where the office has not yet filled its own in, the paper leaves room to write it."""
    return next((row.basis for row in rows if row.basis != rules.NOT_FILLED_IN), None)


def _contact(register: Register) -> str | None:
    people = register.people
    found = people.holding("supervisor", people.office.id)
    return people.name_of(found[0]) if found else None
