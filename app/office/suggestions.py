"""What the letter suggesting accountability says beside any other paper: the unit that is meant, the facts of the
sheet, what that unit says to them, and who approved the letter. It names no person (政府督查工作条例 Art. 21)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

import workflows
from app.domain import ladder, notices, trail
from app.domain.cases import Case
from app.domain.clocks import TimeNode
from app.domain.notices import Notice, Subject
from app.domain.register import Register
from workflows.grammar import N_


def words_of(session: Session, case_id: int, *, until, register: Register, words) -> dict:
    """Values of the form, from the case of accountability that the letter is about, as of a moment."""
    case = session.get(Case, case_id)
    sheet, sent = _told(session, case, "set_out"), _told(session, case, "assign")
    said = {
        "findings": sheet.get("findings"), "statement": sheet.get("heard"), "approval": sent.get("approval"),
        "proposals": sent.get("request"),
        "accused": register.people.units[case.complained_of_id].name if case.complained_of_id else None,
        "cases": [_origin(session, case, until, register, words)] if case.origin_id else None,
    }
    return {name: value for name, value in said.items() if value}


def keep_limit(session: Session, notice: Notice, *, at, register: Register) -> None:
    """The letter asks for its answer by the end of the term that runs for it, not by a limit of its own."""
    query = select(TimeNode.due_on).join(
        Subject, (Subject.case_id == TimeNode.case_id) & (Subject.node_no == TimeNode.no)
    ).where(Subject.notice_id == notice.id, TimeNode.purpose == "adoption", TimeNode.stopped_at.is_(None))
    if (due_on := session.scalar(query)) is not None:
        notice.days = max(register.calendar.between(register.today(at), due_on), 1)


def _told(session: Session, case: Case, step: str) -> dict:
    """What a step was told beside its last entry."""
    found = [entry.seq for entry in session.scalars(trail.of(case.number))
             if entry.verb == "stepped" and trail.facts(entry)["step"] == step]
    return trail.values(session, case.number, found[-1:]).get(found[-1], {}) if found else {}


def _origin(session: Session, case: Case, until, register: Register, words) -> dict:
    """The case that it was raised from, as the unit that is meant had it."""
    origin, unit_id = session.get(Case, case.origin_id), case.complained_of_id
    node = session.scalars(select(TimeNode).where(
        TimeNode.case_id == origin.id, TimeNode.unit_id == unit_id, TimeNode.purpose.in_(("handle", "part")),
    ).order_by(TimeNode.no.desc())).first()
    ended = (node.stopped_on if node else None) or register.calendar.on(until)
    late = register.calendar.between(node.due_on, ended) if node and node.due_on else 0
    return {
        "number": origin.number, "title": origin.title, "kind": words(workflows.get(origin.kind).label),
        "role": words(N_("lead unit") if origin.lead_id == unit_id else N_("supporting unit")),
        "duty": words(N_("be handled")), "due_on": node.due_on if node else None, "late": late if late > 0 else None,
        "unit": register.people.units[unit_id].name if unit_id else None,
        "said": [(register.calendar.on(each.issued_at), words(ladder.NAMES[notices.FORMS[each.form].level]))
                 for each in notices.of_cases(session, [origin.id]).get(origin.id, ())
                 if each.unit_id == unit_id and each.issued_at < until],
    }
