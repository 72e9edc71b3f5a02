"""Holding the ledger against its trail: seals, streams, triggers; states, hands and clocks replayed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import workflows
from app.domain import cases, clocks, errands, seals, trail
from app.domain.cases import Case
from app.domain.errands import Errand
from app.domain.errors import Refused
from app.domain.people import Unit
from app.domain.trail import Entry, Head, Value
from app.domain.workdays import Calendar
from app.office import reprojection
from app.office.clocks import shown
from workflows.grammar import N_

BATCH = 2000


@dataclass
class Replayed:
    """What a stream of a case says it is."""

    state: str = ""
    lead: str | None = None
    supports: dict[str, bool] = field(default_factory=dict)  # unit → has it finished its part
    version: int = 0
    nodes: dict[int, dict] = field(default_factory=dict)  # no → purpose, due_on, stopped


def entry_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Entry))


def first_fault(session: Session, *, calendar: Calendar,
                step: Callable[[int], None] = lambda _count: None) -> Refused | None:
    """The first thing that does not hold, as a sentence; None where everything does. Streams through the entries."""
    missing = seals.names(session.get_bind().dialect.name) - seals.present(session)
    if missing:
        return Refused(N_("The database no longer protects the trail: %(triggers)s is missing."),
                       triggers=", ".join(sorted(missing)))
    for stream, entries in _streams(session):
        step(len(entries))
        fault = _stream_fault(session, stream, entries, calendar)
        if fault:
            return fault
    return _stray_fault(session)


def _streams(session: Session) -> Iterator[tuple[str, list]]:
    """Every stream with its entries in order, a few thousand entries in memory at a time."""
    columns = (Entry.stream, Entry.seq, Entry.at, Entry.actor, Entry.unit, Entry.verb, Entry.words, Entry.data,
               Entry.prev, Entry.seal)
    query = select(*columns).order_by(Entry.stream, Entry.seq).execution_options(yield_per=BATCH)
    name, entries = None, []
    for row in session.execute(query):
        if row.stream != name:
            if entries:
                yield name, entries
            name, entries = row.stream, []
        entries.append(row)
    if entries:
        yield name, entries


def _stream_fault(session: Session, stream: str, entries: list, calendar: Calendar) -> Refused | None:
    before = ""
    for number, entry in enumerate(entries, 1):
        if entry.seq != number:
            return Refused(N_("%(stream)s: entry %(seq)s is missing."), stream=stream, seq=number)
        if entry.prev != before:
            return Refused(N_("%(stream)s: entry %(seq)s does not follow on the one before it."), stream=stream,
                           seq=number)
        if sha256(trail.body(entry)).hexdigest() != entry.seal:
            return Refused(N_("%(stream)s: entry %(seq)s has been altered; its seal does not fit."), stream=stream,
                           seq=number)
        before = entry.seal
    head = session.execute(select(Head.seq, Head.seal).where(Head.stream == stream)).first()
    if head is None or tuple(head) != (len(entries), before):
        return Refused(N_("%(stream)s: the last entry is not the one that was written last; the tail was cut off."),
                       stream=stream)
    return _values_fault(session, stream, entries) or (
        None if stream == trail.OFFICE else _case_fault(session, stream, entries, calendar))


def _values_fault(session: Session, stream: str, entries: list) -> Refused | None:
    bound = {(entry.seq, key): seal for entry in entries for key, seal in json.loads(entry.data)["beside"].items()}
    kept = select(Value.seq, Value.key, Value.value, Value.salt).where(Value.stream == stream)
    for seq, key, value, salt in session.execute(kept):
        seal = bound.pop((seq, key), None)
        if seal is None:
            return Refused(N_("%(stream)s: entry %(seq)s has a value “%(key)s” that it does not name."), stream=stream,
                           seq=seq, key=key)
        if value is None and salt is None:
            return Refused(N_("%(stream)s: “%(key)s” of entry %(seq)s was erased, and no entry says so."),
                           stream=stream, seq=seq, key=key)
        if value is None or salt is None or trail.digest(salt, value) != seal:
            return Refused(N_("%(stream)s: “%(key)s” of entry %(seq)s has been altered."), stream=stream, seq=seq,
                           key=key)
    if bound:
        seq, key = min(bound)
        return Refused(N_("%(stream)s: “%(key)s” of entry %(seq)s is gone."), stream=stream, seq=seq, key=key)
    return None


def replay(entries: list) -> Replayed:
    told = Replayed()
    for entry in entries:
        data = json.loads(entry.data)
        if entry.verb == "filed":
            told.state, told.version = "filed", entry.seq
        elif entry.verb == "stepped":
            told.state, told.lead = data["to"], data["lead"]
            for change in data["supports"]:
                match change["act"]:
                    case "join" | "finish" as act:
                        told.supports[change["unit"]] = act == "finish"
                    case "leave":
                        told.supports.pop(change["unit"], None)
        for clock in data.get("clocks") or ():
            node = told.nodes.setdefault(clock["node"], {"purpose": clock["purpose"], "stopped": False})
            node["due_on"] = clock["due_on"]
            node["stopped"] = node["stopped"] or clock["act"] == "stop"
    return told


def _case_fault(session: Session, number: str, entries: list, calendar: Calendar) -> Refused | None:
    case = session.scalar(select(Case).where(Case.number == number))
    if case is None:
        return Refused(N_("%(stream)s has a trail, but there is no such case."), stream=number)
    told = replay(entries)
    if case.state != told.state:
        return Refused(N_("%(stream)s stands as “%(state)s”, but its trail ends in “%(told)s”."), stream=number,
                       state=case.state, told=told.state)
    units = dict(session.execute(select(Unit.id, Unit.code)).all())
    if units.get(case.lead_id) != told.lead:
        return Refused(N_("%(stream)s is led by %(unit)s, but its trail says %(told)s."), stream=number,
                       unit=units.get(case.lead_id, "–"), told=told.lead or "–")
    hands = cases.hands(session, case.id)
    if {units[hand.unit_id]: hand.done_at is not None for hand in hands if hand.role == "support"} != told.supports:
        return Refused(N_("%(stream)s has other supporting units than its trail says."), stream=number)
    if {units[hand.unit_id] for hand in hands if hand.role == "lead"} != ({told.lead} - {None}):
        return Refused(N_("%(stream)s has another lead than its trail says."), stream=number)
    fault = _clock_fault(session, case, told, calendar)
    session.expunge_all()
    return fault


def _clock_fault(session: Session, case: Case, told: Replayed, calendar: Calendar) -> Refused | None:
    nodes = clocks.of_case(session, case.id)
    if {node.no for node in nodes} != told.nodes.keys():
        return Refused(N_("%(stream)s has other time nodes than its trail says."), stream=case.number)
    for node in nodes:
        says = told.nodes[node.no]
        due_on = None if says["due_on"] is None else date.fromisoformat(says["due_on"])
        if node.due_on != due_on or (node.stopped_at is not None) != says["stopped"]:
            return Refused(N_("%(stream)s: time node %(node)s ends on %(day)s, but its trail says %(told)s."),
                           stream=case.number, node=node.no, day=str(node.due_on), told=str(due_on))
        stands = node.due_on, node.warn_on, node.provisional
        if node.runs and clocks.projection(node, calendar) != stands and not _is_being_moved(session):
            return Refused(N_("%(stream)s: time node %(node)s does not end where its own ledger ends."),
                           stream=case.number, node=node.no)
    due_on, *_ = stands = shown(nodes, workflows.get(case.kind).state[case.state])
    if (case.due_on, case.warn_on, case.paused) != stands:
        return Refused(N_("%(stream)s is shown as due on %(day)s; by its time nodes that is not so (%(told)s)."),
                       stream=case.number, day=str(case.due_on), told=str(due_on))
    return None


def _is_being_moved(session: Session) -> bool:
    """Whether an errand is still moving dates after a change of the calendar or the rules."""
    waiting = select(Errand.id).where(Errand.state == errands.WAITING, Errand.what == reprojection.WHAT)
    return session.scalar(waiting.limit(1)) is not None


def _stray_fault(session: Session) -> Refused | None:
    """Cases without a trail; heads without entries."""
    case = session.scalar(select(Case.number).where(~select(Entry.stream).where(
        Entry.stream == Case.number).exists()).limit(1))
    if case:
        return Refused(N_("%(stream)s stands in the ledger without a trail."), stream=case)
    head = session.scalar(select(Head.stream).where(Head.seq > 0, ~select(Entry.stream).where(
        Entry.stream == Head.stream).exists()).limit(1))
    if head:
        return Refused(N_("%(stream)s: the whole trail is gone."), stream=head)
    return None


