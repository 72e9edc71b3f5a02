"""Counting running dates anew after the calendar or a rule has changed: foretold without writing, then carried out in
lots by an errand, each moved date with an entry in the trail of its case."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

import workflows
from app.domain import errands, trail
from app.domain.cases import Case
from app.domain.clocks import Suspension, TimeNode
from app.domain.errands import Errand
from app.domain.matters import Matter
from app.domain.people import Actor
from app.domain.register import Register
from app.domain.rows import Many
from app.office.changes import Node, change_of
from app.office.clocks import next_rung_at, shown

WHAT = "reproject"
LOT, SHOWN = 500, 200  # cases in one transaction; dates that a dry run lists


@dataclass(frozen=True)
class Move:
    number: str
    sealed: bool
    purpose: str
    unit_id: int
    before: date | datetime | None  # a moment where it is the next rung that moves
    after: date | datetime | None


@dataclass
class Foretold:
    """What a change would do. Sealed cases are moved like all others, and counted and listed nowhere."""

    moved: int = 0
    later: int = 0
    earlier: int = 0
    late_at_once: int = 0  # would end before today, and did not
    units: Counter = field(default_factory=Counter)
    first: list[Move] = field(default_factory=list)
    seen: int = 0  # cases looked at, of `total`; all of them but where it took too long
    total: int = 0

    @property
    def is_whole(self) -> bool:
        return self.seen >= self.total

    def note(self, move: Move, today: date) -> None:
        if move.sealed:
            return
        self.moved += 1
        self.units[move.unit_id] += 1
        if move.before and move.after:
            self.later += move.after > move.before
            self.earlier += move.after < move.before
            self.late_at_once += _day(move.after) < today <= _day(move.before)
        if len(self.first) < SHOWN:
            self.first.append(move)


@dataclass
class _Lot:
    cases: dict  # id → row
    nodes: dict[int, list[Node]]  # of each case, those that run

    @property
    def last(self) -> int:
        return max(self.cases)


def _day(on: date | datetime) -> date:
    return on.date() if isinstance(on, datetime) else on


def foretell(session: Session, change, *, today: date, register: Register | None = None,
             is_enough: Callable[[], bool] = lambda: False) -> Foretold:
    """The same turns as carrying it out, on values that are thrown away. Whoever waits for the answer says when it
    `is_enough`: then it tells of the cases it has come to, and of how many there are."""
    told, after = Foretold(), 0
    while (lot := _read(session, change, after, LOT)).cases:
        for move in _turned(lot, change)[0] if change.verb else _climbing(session, lot, change, register):
            told.note(move, today)
        after, told.seen = lot.last, told.seen + len(lot.cases)
        if is_enough():
            break
    told.total = told.seen if len(lot.cases) == 0 else how_many(session, change)
    return told


def _climbing(session: Session, lot: _Lot, change, register: Register) -> list[Move]:
    """What comes of the next rungs under the ladder of the change."""
    _tell_rungs(session, lot, replace(register, ladder=change.ladder))
    return _rungs_moved(lot)


def _tell_rungs(session: Session, lot: _Lot, register: Register) -> None:
    waiting = {row.case_id: row for row in session.connection().execute(_WAITING, {"ids": list(lot.cases)})}
    for id, case in lot.cases.items():
        for node in lot.nodes[id]:
            node.next_rung_at = next_rung_at(node, case, register, matter=waiting.get(id))


def _rungs_moved(lot: _Lot) -> list[Move]:
    return [
        Move(case.number, case.sealed, node.purpose, node.unit_id, node.stood["next_rung_at"], node.next_rung_at)
        for id, case in lot.cases.items() for node in lot.nodes[id]
        if node.next_rung_at != node.stood["next_rung_at"]
    ]


def how_many(session: Session, change) -> int:
    """Cases with a running term that the change could concern."""
    return session.scalar(select(func.count()).select_from(_concerned(change).subquery()))


def ask(session: Session, change, payload: dict, *, by: Actor, at: datetime) -> Errand:
    return errands.ask(session, WHAT, payload | {"by": by.username}, by=by.id, at=at, total=how_many(session, change))


def carry_out(session: Session, change, *, by: Actor, at: datetime, words, register: Register) -> int:
    """All of it at once, where nobody waits; returns how many dates have moved."""
    after = moved = 0
    while (lot := _read(session, change, after, LOT, to_write=True)).cases:
        moved += len(_move(session, lot, change, by=by, at=at, words=words, register=register))
        after = lot.last
    session.expire_all()
    return moved


def go_on(session: Session, errand: Errand, *, by: Actor, at: datetime, words, register: Register) -> bool:
    """One lot of a claimed errand; False where nothing is left and the errand has ended."""
    told = errand.result or {"after": 0, "moved": 0, "units": {}}
    change = change_of(errand.payload, register)
    lot = _read(session, change, told["after"], LOT, to_write=True)
    if not lot.cases:
        errands.end(errand, at=at, result=told)
        return False
    units = Counter(told["units"])
    moves = _move(session, lot, change, by=by, at=at, words=words, register=register)
    codes = register.people.units
    units.update(codes[move.unit_id].code for move in moves if not move.sealed)
    errand.result = {"after": lot.last, "moved": told["moved"] + sum(not move.sealed for move in moves),
                     "units": dict(units)}
    errands.go_on(errand, progress=errand.progress + len(lot.cases), at=at)
    return True


def _concerned(change):
    query = select(TimeNode.case_id).join(Case, Case.id == TimeNode.case_id)
    return query.where(TimeNode.stopped_at.is_(None), change.concerned).distinct()


def _read(session: Session, change, after: int, size: int, *, to_write: bool = False) -> _Lot:
    further = _concerned(change).where(TimeNode.case_id > after).order_by(TimeNode.case_id)
    ids = session.scalars(further.limit(size)).all()
    if not ids:
        return _Lot({}, {})
    connection = session.connection()
    cases = {row.id: row for row in connection.execute(_CASES.with_for_update() if to_write else _CASES, {"ids": ids})}
    nodes: dict[int, list[Node]] = {id: [] for id in cases}
    by_id = {}
    for row in connection.execute(_NODES, {"ids": ids}):
        by_id[row.id] = node = Node(row)
        nodes[node.case_id].append(node)
    for pause in connection.execute(_PAUSES, {"ids": ids}):
        by_id[pause.node_id].suspensions.append(pause)
    return _Lot(cases, nodes)


_CASES = select(
    Case.id, Case.number, Case.kind, Case.state, Case.klass.label("klass"), Case.grade, Case.sealed, Case.lead_id,
    Case.due_on, Case.warn_on, Case.paused,
).where(Case.id.in_(bindparam("ids", expanding=True))).order_by(Case.id)
_WAITING = select(Matter.case_id, Matter.stage, Matter.settled_at).where(
    Matter.case_id.in_(bindparam("ids", expanding=True)), Matter.settled_at.is_(None))
_RUNS = TimeNode.case_id.in_(bindparam("ids", expanding=True)) & TimeNode.stopped_at.is_(None)
_NODES = select(TimeNode.__table__).where(_RUNS).order_by(TimeNode.case_id, TimeNode.no)
_PAUSES = select(Suspension.__table__).join(TimeNode, TimeNode.id == Suspension.node_id).where(_RUNS).order_by(
    Suspension.node_id, Suspension.no)


def _turned(lot: _Lot, change) -> tuple[list[Move], dict[int, list[tuple[Node, dict]]]]:
    moves, facts = [], {}
    for id, case in lot.cases.items():
        for node in lot.nodes[id]:
            if fact := change.turn(node, case):
                moves.append(Move(case.number, case.sealed, node.purpose, node.unit_id, node.stood["due_on"],
                                  node.due_on))
                facts.setdefault(id, []).append((node, fact))
    return moves, facts


def _move(session: Session, lot: _Lot, change, *, by: Actor, at: datetime, words, register: Register) -> list[Move]:
    moves, facts = _turned(lot, change)
    _tell_rungs(session, lot, register)
    if change.verb is None:
        moves = _rungs_moved(lot)
    _write(session, TimeNode, ((node.id, node.changes()) for nodes in lot.nodes.values() for node in nodes))
    _write(session, Case, _shown(lot))
    if not facts:
        return moves
    units, unit = register.people.units, by.first.unit if by.first else None
    said = {"verb": words(trail.VERBS[change.verb].sentence)}
    trail.append_each(session, [
        {"stream": lot.cases[id].number, "verb": change.verb, "by": by.username, "unit": unit, "at": at, "words": said,
         "plain": {"clocks": [fact | {"unit": units[node.unit_id].code} for node, fact in turned]} | change.said()}
        for id, turned in facts.items()
    ])
    return moves


def _shown(lot: _Lot) -> Iterator[tuple[int, dict]]:
    """What each case itself shows, where that has changed."""
    for id, case in lot.cases.items():
        stood = case.due_on, case.warn_on, case.paused
        stands = shown(lot.nodes[id], workflows.get(case.kind).state[case.state])
        yield id, dict(zip(("due_on", "warn_on", "paused"), stands, strict=True)) if stands != stood else {}


def _write(session: Session, table, changed) -> None:
    """The changed columns of many rows, one statement for each set of columns."""
    alike: dict[tuple, list[dict]] = {}
    for id, values in changed:
        if values:
            alike.setdefault(tuple(values), []).append({"id": id} | values)
    for names, rows in alike.items():
        _changing(table.__table__, names).write(session.connection(), rows)


@lru_cache(maxsize=64)
def _changing(table, names: tuple[str, ...]) -> Many:
    return Many(table, "id", *names, key="id")
