"""What people do with notices: prepare, sign, withdraw, receive, reply, judge, remark; each an entry of its cases."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import notices, tellings, texts, trail
from app.domain.cases import Case
from app.domain.clocks import TimeNode
from app.domain.errors import Moved, NotAllowed, Refused
from app.domain.notices import ACTS, FORMS, JUDGED, PREPARED, RECEIVED, REPLIED, WITHDRAWN, Notice, Subject
from app.domain.people import Actor
from app.domain.register import Register
from app.office import ladder, replies, suggestions
from workflows.grammar import N_

URGED_TODAY = N_("The unit was urged about %(number)s today already.")
LONGEST = 4000  # 整治形式主义为基层减负若干规定: a special paper has at most 4000 characters


def prepare(session: Session, form: str, nodes: list[tuple[Case, TimeNode]], *, requirement: str, by: Actor,
            at: datetime, words, register: Register, is_recorded: bool = True) -> Notice:
    """A paper by hand, to one unit, about its running time nodes; it waits for a signature like the ladder's own."""
    if not by.has("supervisor", "dispatcher"):
        raise NotAllowed(N_("This is not for your post to do."))
    if form not in FORMS:
        raise Refused(N_("Please choose one of these."), field="form")
    units = {node.unit_id for _case, node in nodes}
    if len(units) != 1:
        raise Refused(N_("A notice goes to one unit; please choose matters of one unit only."), field="nodes")
    if any(not node.runs for _case, node in nodes):
        raise Refused(N_("A term that has ended is not urged any more."), field="nodes")
    if register.people.office.id in units:
        raise Refused(N_("The office writes no notices to itself."), field="nodes")
    if any(case.sealed for case, _node in nodes) and len({case.id for case, _node in nodes}) > 1:
        raise Refused(N_("A sealed case gets a paper of its own; please choose it by itself."), field="nodes")
    requirement = texts.required(requirement, field="requirement", longest=LONGEST)
    today = register.today(at)
    notice = Notice(form=form, unit_id=units.pop(), state=PREPARED, days=FORMS[form].days, prepared_at=at,
                    prepared_by_id=by.id, requirement=requirement, version=1)
    session.add(notice)
    session.flush()
    for case, node in {case.id: (case, node) for case, node in reversed(nodes)}.values():
        late = max(register.calendar.between(node.due_on, today), 0) if node.due_on else 0
        session.add(Subject(notice_id=notice.id, case_id=case.id, node_no=node.no, purpose=node.purpose,
                            due_on=node.due_on, days_late=late))
    session.flush()
    if is_recorded:
        _record(session, notice, "prepare", None, by, at, words, register, beside={"requirement": requirement})
    return notice


def urge(session: Session, nodes: list[tuple[Case, TimeNode]], *, by: Actor, at: datetime, words,
         register: Register) -> Notice:
    """催办 by hand: a slip to one unit that goes out at once, as the ladder's own do; the same matter once a day."""
    notice = prepare(session, "urge", nodes, requirement=words(ladder.REQUIREMENTS["urge"]), by=by, at=at, words=words,
                     register=register, is_recorded=False)
    urged = urged_on(session, [case.id for case, _node in nodes], register.today(at), register)
    for case, _node in nodes:
        if (case.id, notice.unit_id) in urged:
            raise Refused(URGED_TODAY, field="nodes", number=case.number)
    ladder.issue(notice, FORMS["urge"], at=at, register=register, session=session)
    began = replies.begin(session, notice, at=at, register=register)
    _record(session, notice, "urge", None, by, at, words, register, clocks=began)
    return notice


def urged_on(session: Session, case_ids: list[int], on, register: Register) -> set[tuple[int, int]]:
    """(case, unit) that a slip went out about on this day."""
    return {(id, each.unit_id) for id, said in notices.of_cases(session, case_ids).items() for each in said
            if each.form == "urge" and register.calendar.on(each.issued_at) == on}


def sign(session: Session, notice: Notice, *, by: Actor, at: datetime, seen: int | None, words,
         register: Register) -> None:
    """The director signs: it gets its number and goes out."""
    before = _let(notice, "sign", by, seen)
    suggestions.keep_limit(session, notice, at=at, register=register)
    ladder.issue(notice, FORMS[notice.form], at=at, register=register, session=session)
    notice.signed_by_id = by.id
    began = replies.begin(session, notice, at=at, register=register)
    _record(session, notice, "sign", before, by, at, words, register, beside={"requirement": notice.requirement},
            clocks=began)


def withdraw(session: Session, notice: Notice, *, reason: str, by: Actor, at: datetime, seen: int | None, words,
             register: Register) -> None:
    before = _let(notice, "withdraw", by, seen)
    notice.withdrawn_reason = texts.required(reason, field="reason", longest=2000)
    notice.state = WITHDRAWN
    _record(session, notice, "withdraw", before, by, at, words, register, beside={"reason": notice.withdrawn_reason})


def receive(session: Session, notice: Notice, *, by: Actor, at: datetime, seen: int | None, words,
            register: Register) -> None:
    """签收回执: nobody can say any more that it never came."""
    before = _let(notice, "receive", by, seen)
    notice.received_by_id, notice.received_at, notice.state = by.id, at, RECEIVED
    _record(session, notice, "receive", before, by, at, words, register)


def reply(session: Session, notice: Notice, *, text: str, by: Actor, at: datetime, seen: int | None, words,
          register: Register) -> None:
    before = _let(notice, "reply", by, seen)
    notice.reply = texts.required(text, field="reply", longest=20_000)
    notice.replied_by_id, notice.replied_at, notice.state = by.id, at, REPLIED
    ended = replies.end(session, notice, at=at, register=register)
    _record(session, notice, "reply", before, by, at, words, register, beside={"reply": notice.reply}, clocks=ended)


def judge(session: Session, notice: Notice, *, verdict: str, opinion: str, by: Actor, at: datetime, seen: int | None,
          words, register: Register) -> None:
    """The supervisor says whether the reply is enough; one that is not goes back to the unit with its number, and the
    limit begins anew."""
    before = _let(notice, "judge", by, seen)
    if verdict not in notices.VERDICTS:
        raise Refused(N_("Please choose one of these."), field="verdict")
    notice.opinion = texts.required(opinion, field="opinion", longest=2000)
    notice.verdict, notice.judged_by_id, notice.judged_at = verdict, by.id, at
    notice.state = JUDGED if verdict == "enough" else RECEIVED
    began = {} if verdict == "enough" else replies.begin(session, notice, at=at, register=register)
    _record(session, notice, "judge", before, by, at, words, register, beside={"opinion": notice.opinion},
            clocks=began)


def remark(session: Session, notice: Notice, *, text: str, by: Actor, at: datetime, words, register: Register) -> None:
    """批示: a leader writes on the paper."""
    if not by.has("leader"):
        raise NotAllowed(N_("This is not for your post to do."))
    if notice.issued_at is None:
        raise Refused(N_("The paper has not been issued yet."))
    notice.remark, notice.remarked_by_id = texts.required(text, field="remark", longest=2000), by.id
    _record(session, notice, "remark", notice.state, by, at, words, register, beside={"remark": notice.remark})


def may(notice, act: str, by: Actor) -> bool:
    """Whether this is his to do now; the doors show what this allows, and the verbs ask it again."""
    line = ACTS[act]
    if notice.state not in line.sources:
        return False
    return any(held.post in line.by and (not line.by_unit or notice.unit_id in held.covers) for held in by.held)


def _let(notice: Notice, act: str, by: Actor, seen: int | None) -> str:
    line = ACTS[act]
    if not any(held.post in line.by and (not line.by_unit or notice.unit_id in held.covers) for held in by.held):
        raise NotAllowed(N_("This is not for your post to do."))
    if act == "sign" and notice.prepared_by_id == by.id:
        raise NotAllowed(N_("Whoever prepared a paper does not sign it."))
    if seen is not None and seen != notice.version:
        raise Moved(N_("Somebody else has moved this paper meanwhile; please look at it again."))
    if notice.state not in line.sources:
        raise Refused(N_("This cannot be done with the paper now."))
    return notice.state


def _record(session: Session, notice: Notice, act: str, before: str | None, by: Actor, at, words, register: Register,
            beside: dict | None = None, clocks: replies.Facts | None = None) -> None:
    """One entry in the stream of each case that the paper is about, and those told who wait for it."""
    notice.version += 1
    session.flush()
    unit, limit = register.people.units[notice.unit_id], notices.limit(session, notice.id)
    reply_on = limit.due_on if limit else notice.reply_on
    for subject in notices.subjects(session, notice.id):
        entry = trail.append(
            session, subject.number, "noticed", by=by.username, unit=by.first.unit if by.first else None, at=at,
            words={"verb": words(notices.label_of(act)), "form": words(FORMS[notice.form].label)},
            plain={"act": act, "notice": notice.id, "form": notice.form, "number": notice.number, "unit": unit.code,
                   "from": before, "to": notice.state, "reply_on": reply_on.isoformat() if reply_on else None,
                   "verdict": notice.verdict, "clocks": (clocks or {}).get(subject.case_id)},
            beside=beside,
        )
        tellings.tell(session, entry, _hearers(notice, act, register), but=by.id)


def _hearers(notice: Notice, act: str, register: Register) -> list[int]:
    directory, office = register.people, register.people.office.id
    match act:
        case "prepare":
            return directory.holding("director", office)
        case "sign" | "judge" | "urge":
            return [o for post in ("liaison", "principal") for o in directory.holding(post, notice.unit_id)]
        case "receive" | "reply":
            return directory.holding("supervisor", office)
        case "remark":
            return [*directory.holding("supervisor", office), *directory.holding("director", office),
                    *directory.holding("principal", notice.unit_id)]
        case _:
            return []

