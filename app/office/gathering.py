"""What an export says of some hundred cases beside their own rows, gathered in one query a table."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import workflows
from app.domain import cases, ledger
from app.domain.cases import Note
from app.domain.clocks import TimeNode
from app.domain.files import File
from app.domain.matters import Matter
from app.domain.people import Actor
from app.domain.privacy import Complainant
from app.domain.trail import Entry, Value

TOLD = ("start", "report", "submit", "close", "review")
# Step and field → what the export calls it; of several, the last holds.
TEXTS = {("start", "target"): "target", ("start", "plan"): "plan", ("report", "progress"): "progress",
         ("submit", "statement"): "progress", ("close", "opinion"): "opinion", ("review", "finding"): "finding"}


@dataclass
class Gathered:
    is_blind: Callable[[object], bool]
    notes: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    supports: dict[int, list[int]] = field(default_factory=dict)
    due: dict[int, date] = field(default_factory=dict)
    files: dict[int, int] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)  # closings that wait for the office
    said: dict[str, dict] = field(default_factory=dict)  # number → what its steps said last


def gather(session: Session, batch: list, actor: Actor) -> Gathered:
    ids = [case.id for case in batch]
    consented = _consented(session, ids, actor)
    found = Gathered(lambda case: cases.is_blind(case, actor) and case.id not in consented)
    for case_id, label, text in session.execute(
        select(Note.case_id, Note.label, Note.text).where(Note.case_id.in_(ids)).order_by(Note.case_id, Note.no)
    ):
        found.notes.setdefault(case_id, []).append((label, text))
    handed = [case for case in batch if case.lead_id]
    if handed:
        _gather_handed(session, handed, found)
    return found


def _gather_handed(session: Session, handed: list, found: Gathered) -> None:
    ids = [case.id for case in handed]
    found.supports = ledger.supports(session, ids)
    found.due = dict(session.execute(
        select(TimeNode.case_id, TimeNode.due_on).where(TimeNode.case_id.in_(ids), TimeNode.purpose == "handle")
        .order_by(TimeNode.no)
    ).all())
    found.files = dict(session.execute(
        select(File.case_id, func.count()).where(File.case_id.in_(ids), File.struck_at.is_(None), File.from_unit)
        .group_by(File.case_id)
    ).all())
    found.waiting = set(session.scalars(
        select(Matter.case_id).where(Matter.case_id.in_(ids), Matter.settled_at.is_(None),
                                     Matter.purpose == "closing", Matter.stage == "dispatcher")
    ))
    _listen(session, {case.number: case for case in handed}, found)


def _listen(session: Session, handed: dict, found: Gathered) -> None:
    """The last word of each step of each case; to the unit complained of, not what is guarded from it."""
    wanted: dict[tuple[str, int], str] = {}
    query = select(Entry.stream, Entry.seq, Entry.at, Entry.data).where(
        Entry.stream.in_(handed), Entry.verb == "stepped").order_by(Entry.stream, Entry.seq)
    for number, seq, at, data in session.execute(query):
        step = next((name for name in TOLD if f'"step":"{name}"' in data), None)
        if step is None:
            continue
        wanted[number, seq] = step
        if step == "close":
            _tell(found, number, "closed_at", at)
        elif step == "review":
            _tell(found, number, "asked", (json.loads(data)["answers"] or {}).get("asked"))
    seqs = {seq for _number, seq in wanted}
    query = select(Value.stream, Value.seq, Value.key, Value.value).where(
        Value.stream.in_({number for number, _seq in wanted}), Value.seq.in_(seqs),
        Value.key.in_({key for _step, key in TEXTS})).order_by(Value.stream, Value.seq)
    for number, seq, key, value in session.execute(query):
        step = wanted.get((number, seq))
        if (name := TEXTS.get((step, key))) and not _is_guarded(handed[number], step, key, found):
            _tell(found, number, name, value)


def _tell(found: Gathered, number: str, name: str, value: str | datetime | None) -> None:
    found.said.setdefault(number, {})[name] = value


def _is_guarded(case, step: str, key: str, found: Gathered) -> bool:
    asks = workflows.get(case.kind).step[step].asks
    return found.is_blind(case) and any(ask.name == key and ask.guarded for ask in asks)


def _consented(session: Session, ids: list[int], actor: Actor) -> set[int]:
    """Cases whose complainant agreed that the unit complained of may know."""
    if actor.sees_every_case or not actor.units:
        return set()
    query = select(Complainant.case_id).where(Complainant.case_id.in_(ids), Complainant.consented_at.is_not(None))
    return set(session.scalars(query))
