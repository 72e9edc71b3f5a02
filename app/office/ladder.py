"""Time climbs the ladder: a unit at a time, every rung once and in order; what somebody must sign is only prepared."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from app.domain import ladder, numbers, people, tellings, trail
from app.domain.cases import Case
from app.domain.clocks import TimeNode
from app.domain.ladder import BY_ITSELF, Climb, Step
from app.domain.notices import FORMS, ISSUED, PREPARED, Notice, Subject
from app.domain.register import Register
from app.office import replies
from workflows.grammar import N_

LOT = 200  # nodes of one unit in one transaction


@dataclass
class Due:
    """A node whose next rung has come, as far as the ladder needs to know it."""

    id: int
    no: int
    purpose: str
    unit_id: int
    duty: bool
    started_on: object
    due_on: object
    warn_on: object
    stopped_at: datetime | None
    rung: int | None
    case_id: int
    number: str
    kind: str
    lead_id: int | None
    sealed: bool

    @property
    def level(self) -> int:
        return 0 if self.rung is None else self.rung + 1


def climb(session: Session, *, at: datetime, register: Register, words, alone: bool = False,
          but: frozenset[int] = frozenset()) -> int:
    """Let what is due of one unit climb one rung; returns how many did. 0: nothing is due, or the office is closed.
    `alone`: only the one node that is first in turn; `but`: none of these nodes."""
    if not ladder.is_open(register.calendar, at):
        return 0
    first = first_due(session, at=at, but=but)
    if first is None:
        return 0
    unit_id, those = first.unit_id, _DUE.where(TimeNode.id == first.id) if alone else _DUE
    mine = those.where(TimeNode.id.not_in(but)) if but else those
    rows = session.connection().execute(mine, {"now": at, "whose": unit_id})
    claimed = [due for row in rows if _claim(session, due := Due(*row), at=at, register=register)]
    by_level: dict[int, list[Due]] = defaultdict(list)
    for due in claimed:
        by_level[due.level].append(due)
    for level, dues in sorted(by_level.items()):
        _Climbing(session, level, unit_id, at, register, words).speak(dues)
    session.flush()
    for due in claimed:  # behind the session's back
        if (node := session.identity_map.get(identity_key(TimeNode, due.id))) is not None:
            session.expire(node, ["rung", "next_rung_at"])
    return len(claimed)


def first_due(session: Session, *, at: datetime, but: frozenset[int] = frozenset()):
    """The node that is first in turn, and its unit; one look at an index."""
    query = _FIRST.where(TimeNode.id.not_in(but)) if but else _FIRST
    return session.connection().execute(query, {"now": at}).first()


def waits(session: Session, *, at: datetime, register: Register, but: frozenset[int] = frozenset()) -> bool:
    return ladder.is_open(register.calendar, at) and first_due(session, at=at, but=but) is not None


def _claim(session: Session, due: Due, *, at: datetime, register: Register) -> bool:
    """Compare-and-set on the node, and the unique row that says who was first."""
    level, rung = due.level, due.rung
    of_office = due.unit_id == register.people.office.id
    now = register.ladder.next_at(due, due.kind, register.calendar, of_office=of_office)
    if now is None or now > at:  # the ladder has changed, and nobody has told the node yet
        session.connection().execute(update(TimeNode.__table__).where(TimeNode.id == due.id).values(next_rung_at=now))
        return False
    due.rung = level
    following = register.ladder.next_at(due, due.kind, register.calendar, of_office=of_office)
    due.rung = rung
    connection, stands = session.connection(), {"of": due.id, "stood": -1 if rung is None else rung}
    if not connection.execute(_CLAIM, stands | {"to": level, "following": following}).rowcount:
        return False
    connection.execute(_CLIMB, {"node_id": due.id, "level": level, "at": at})
    return True


@dataclass
class _Climbing:
    session: Session
    level: int
    unit_id: int
    at: datetime
    register: Register
    words: object

    def __post_init__(self):
        self.today = self.register.today(self.at)
        self.unit = self.register.people.units[self.unit_id]

    def speak(self, dues: list[Due]) -> None:
        if self.level == 0:
            for due in dues:
                if due.due_on >= self.today:  # else it is past reminding: the next rung says what there is to say
                    self._record(due, None, ("liaison", "discipline"))
        elif self.unit_id == self.register.people.office.id:  # the office writes no papers to itself
            for due in dues:
                self._record(due, None, ())
        elif self.level in BY_ITSELF:
            for slip in _apart(dues):
                self._urge(slip)
        else:
            for due in dues:
                self._prepare(due)

    def _urge(self, dues: list[Due]) -> None:
        """One numbered slip to the unit, however many of its cases it names."""
        form = FORMS[self._step(dues[0]).form or "urge"]
        notice = self._notice(form, ISSUED, dues)
        issue(notice, form, at=self.at, register=self.register, session=self.session)
        began = replies.begin(self.session, notice, at=self.at, register=self.register)
        for due in dues:
            self._record(due, notice, ("liaison", "discipline", "principal"), clocks=began.pop(due.case_id, None))

    def _prepare(self, due: Due) -> None:
        """一事一单: a paper of its own for each case, waiting for a signature."""
        step = self._step(due)
        if step.form is None:
            self._record(due, None, ())
            return
        notice = self._notice(FORMS[step.form], PREPARED, [due])
        self._record(due, notice, (), office=("director", "supervisor"))

    def _notice(self, form, state: str, dues: list[Due]) -> Notice:
        notice = Notice(form=form.name, unit_id=self.unit_id, state=state, days=form.days, prepared_at=self.at,
                        requirement=self.words(REQUIREMENTS[form.name]), version=1)
        self.session.add(notice)
        self.session.flush()
        named = {due.case_id: due for due in reversed(dues)}  # a case once, by its first node
        self.session.connection().execute(insert(Subject.__table__), [
            {"notice_id": notice.id, "case_id": due.case_id, "node_no": due.no, "purpose": due.purpose,
             "due_on": due.due_on, "days_late": self._late(due)} for due in named.values()])
        mine = Climb.node_id.in_([due.id for due in dues]), Climb.level == self.level
        self.session.connection().execute(update(Climb.__table__).where(*mine).values(notice_id=notice.id))
        return notice

    def _record(self, due: Due, notice: Notice | None, posts, office=(), clocks=None) -> None:
        entry = trail.append(
            self.session, due.number, "climbed", by=people.SYSTEM.username, unit=None, at=self.at,
            words={"verb": self.words(trail.VERBS["climbed"].sentence),
                   "level": self.words(ladder.NAMES[self.level])},
            plain={"level": self.level, "node": due.no, "purpose": due.purpose, "unit": self.unit.code,
                   "due_on": due.due_on.isoformat(), "days_late": self._late(due),
                   "notice": (notice.number or str(notice.id)) if notice else None, "clocks": clocks},
        )
        directory, office_id = self.register.people, self.register.people.office.id
        hearers = [officer for post in posts for officer in directory.holding(post, self.unit_id)]
        if due.unit_id == office_id:
            hearers += [o for post in ("dispatcher", "supervisor") for o in directory.holding(post, office_id)]
        hearers += [officer for post in office for officer in directory.holding(post, office_id)]
        tellings.tell(self.session, entry, hearers)

    def _late(self, due: Due) -> int:
        return max(self.register.calendar.between(due.due_on, self.today), 0)

    def _step(self, due: Due) -> Step:
        return self.register.ladder.of(due.kind, on=due.started_on)[self.level]


def _apart(dues: list[Due]) -> list[list[Due]]:
    """What goes on one slip: all that is open together, each sealed case by itself, since whoever is not named on it
    must not meet it on a slip about another."""
    slips: dict[int | None, list[Due]] = defaultdict(list)
    for due in dues:
        slips[due.case_id if due.sealed else None].append(due)
    return list(slips.values())


def issue(notice: Notice, form, *, at: datetime, register: Register, session: Session) -> None:
    """Give the paper its number and its reply date, on the day it goes out; no number before, so no gap."""
    local = register.calendar.local(at)
    notice.year = local.year
    notice.serial = numbers.take(session, f"notice/{form.name}", local.year)[0]
    notice.issued_at, notice.state = at, ISSUED
    notice.reply_on = register.calendar.add(local.date(), notice.days)


REQUIREMENTS = {
    "urge": N_("Please carry these matters on at once, and write what stands in the way."),
    "supervise": N_("Please put the matter right within the time given, explain the delay in writing, and name the "
                    "person who answers for it."),
    "circular": N_("The delay is made known. Please report in writing what has been put right."),
    "summons": N_("Please let the principal of your unit come to the talk and bring the plan and its dates."),
    "listing": N_("The matter is put on the supervised list; report on it every week until it is struck off."),
    "suggestion": N_("It is suggested to examine who answers for this, and to tell this office of the result."),
}

_is_due = TimeNode.next_rung_at <= bindparam("now")
_FIRST = select(TimeNode.id, TimeNode.unit_id).where(_is_due).order_by(TimeNode.next_rung_at, TimeNode.id).limit(1)
_DUE = select(
    TimeNode.id, TimeNode.no, TimeNode.purpose, TimeNode.unit_id, TimeNode.duty, TimeNode.started_on, TimeNode.due_on,
    TimeNode.warn_on, TimeNode.stopped_at, TimeNode.rung, Case.id, Case.number, Case.kind, Case.lead_id,
    Case.sealed,
).join(Case, Case.id == TimeNode.case_id).where(
    TimeNode.due_on.is_not(None), _is_due,
    TimeNode.unit_id + 0 == bindparam("whose"),  # + 0: found by its time, not among all of the unit
).order_by(TimeNode.id).limit(LOT).with_for_update(  # whoever steps in a case now goes first
    of=(TimeNode.__table__, Case.__table__), skip_locked=True)
_CLAIM = update(TimeNode.__table__).where(
    TimeNode.id == bindparam("of"), func.coalesce(TimeNode.rung, -1) == bindparam("stood"),
    TimeNode.stopped_at.is_(None)).values(rung=bindparam("to"), next_rung_at=bindparam("following"))
_CLIMB = insert(Climb.__table__)
