"""The trail for process mining: cases as traces and their entries as events, or as things that events are about.

Only what is sealed as it is goes out: no name of a person, no text. Officers are their usernames, units their codes.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.domain import trail
from app.domain.cases import Assignment, Case, may_see
from app.domain.notices import Notice, Subject
from app.domain.people import SYSTEM, Actor, Directory, Post
from app.domain.trail import Entry
from app.papers import ocel, xes

BATCH = 400
KEPT = ("kind", "class", "grade", "source", "indicator")  # of what was said when the case was filed
LABELS = {"climbed": ("verb", "level"), "noticed": ("form", "verb")}  # which words name an act; else its verb


@dataclass(frozen=True)
class Act:
    """An entry as mining looks at it."""

    entry: object
    name: str
    data: dict

    @property
    def facts(self) -> dict[str, str | None]:
        stepped = self.entry.verb == "stepped"
        return {"verb": self.entry.verb, **{key: self.data[key] for key in ("step", "from", "to", "lead") if stepped},
                "seal": self.entry.seal}


def traces(session: Session, actor: Actor, *, step: Callable[[int], object] = lambda done: None) -> Iterator[xes.Trace]:
    """A trace for each case this reader sees."""
    for batch in _lives(session, actor, step):
        for case, acts in batch:
            yield xes.Trace({xes.NAME: case.number} | _filed(acts), [_event(act) for act in acts])


def things(session: Session, actor: Actor, people: Directory, *, at: datetime,
           step: Callable[[int], object] = lambda done: None) -> Iterator[ocel.Event | ocel.Thing]:
    """Every event with what it was about, and every case, unit, officer and notice."""
    for batch in _lives(session, actor, step):
        hands = _hands(session, [case.id for case, _acts in batch], people)
        for case, acts in batch:
            yield from (_related_event(case.number, act) for act in acts)
            yield _case(case, acts, hands.get(case.id, []))
    yield from _units(people, at)
    yield from _officers(session, people)
    yield from _notices(session, actor, people)


def count(session: Session, actor: Actor) -> int:
    return session.scalar(select(func.count()).select_from(Case).where(may_see(actor)))


def _lives(session: Session, actor: Actor, step) -> Iterator[list[tuple[object, list[Act]]]]:
    """Some hundred cases at a time, each with its acts in order."""
    chosen = select(Case.id, Case.number).where(may_see(actor)).order_by(Case.id)
    found = iter(session.execute(chosen.execution_options(yield_per=BATCH)))
    while batch := list(islice(found, BATCH)):
        told = session.connection().execute(_ENTRIES, {"of": [case.number for case in batch]})
        entries = {stream: list(each) for stream, each in groupby(told, key=lambda entry: entry.stream)}
        yield [(case, [_act(entry) for entry in entries.get(case.number, ())]) for case in batch]
        step(len(batch))


def _act(entry) -> Act:
    words = json.loads(entry.words)
    said = [words[key] for key in LABELS.get(entry.verb, ("verb",)) if key in words]
    return Act(entry, " · ".join(said) or trail.VERBS[entry.verb].sentence, trail.facts(entry))


def _filed(acts: list[Act]) -> dict:
    first = acts[0].data if acts else {}
    return {key: first.get(key) for key in KEPT}


def _event(act: Act) -> dict:
    entry = act.entry
    return {xes.NAME: act.name, xes.AT: entry.at, xes.RESOURCE: entry.actor, xes.GROUP: entry.unit,
            xes.TRANSITION: "complete", "seq": entry.seq, **act.facts}


def _related_event(number: str, act: Act) -> ocel.Event:
    entry, data = act.entry, act.data
    related = [(number, "case"), (f"officer:{entry.actor}", "taken by")]
    if entry.unit:
        related.append((f"unit:{entry.unit}", "of unit"))
    if entry.verb in ("noticed", "climbed"):
        related.append((f"unit:{data['unit']}", "addressed to"))
    if entry.verb == "noticed":
        related.append((f"notice:{data['notice']}", "notice"))
    return ocel.Event(f"{number}/{entry.seq}", act.name, entry.at, act.facts, related)


def _case(case, acts: list[Act], hands: list[tuple[str, str]]) -> ocel.Thing:
    """Its state and lead since each moment they changed; the units it is in the hands of now."""
    since = acts[0].entry.at if acts else None
    attributes = [(key, value, since) for key, value in _filed(acts).items()]
    attributes += [("state", "filed", since)] if acts else []
    state, lead = "filed", None
    for act in acts:
        if act.entry.verb == "stepped":
            if act.data["to"] != state:
                attributes.append(("state", state := act.data["to"], act.entry.at))
            if act.data["lead"] != lead:
                lead = act.data["lead"]
                attributes.append(("lead", lead or "", act.entry.at))
    return ocel.Thing(case.number, "case", attributes, hands)


def _units(people: Directory, at: datetime) -> Iterator[ocel.Thing]:
    for unit in people.units.values():
        over = [(f"unit:{people.units[unit.superior_id].code}", "under")] if unit.superior_id else []
        over += [(f"unit:{people.units[unit.successor_id].code}", "succeeded by")] if unit.successor_id else []
        yield ocel.Thing(f"unit:{unit.code}", "unit", [("name", unit.name, at), ("class", unit.klass, at)], over)


def _officers(session: Session, people: Directory) -> Iterator[ocel.Thing]:
    """By username; the machine itself takes acts too."""
    held: dict[int, list[tuple[str, str]]] = {}
    posts = select(Post.officer_id, Post.post, Post.unit_id).where(Post.until.is_(None)).order_by(Post.id)
    for officer_id, post, unit_id in session.execute(posts):
        held.setdefault(officer_id, []).append((f"unit:{people.units[unit_id].code}", post))
    for officer_id, (username, *_rest) in people.officers.items():
        yield ocel.Thing(f"officer:{username}", "officer", [], held.get(officer_id, []))
    yield ocel.Thing(f"officer:{SYSTEM.username}", "officer")


def _notices(session: Session, actor: Actor, people: Directory) -> Iterator[ocel.Thing]:
    """Those about any case this reader sees, with these cases and no others."""
    query = (select(Notice.id, Notice.form, Notice.year, Notice.serial, Notice.unit_id, Notice.prepared_at, Case.number)
             .join(Subject, Subject.notice_id == Notice.id).join(Case, Case.id == Subject.case_id)
             .where(may_see(actor)).order_by(Notice.id, Case.id).execution_options(yield_per=BATCH))
    for id, rows in groupby(session.execute(query), key=lambda row: row.id):
        rows = list(rows)
        first = rows[0]
        related = [(f"unit:{people.units[first.unit_id].code}", "addressed to")]
        yield ocel.Thing(f"notice:{id}", "notice", [("form", first.form, first.prepared_at)],
                         related + [(row.number, "about") for row in rows])


def _hands(session: Session, case_ids: list[int], people: Directory) -> dict[int, list[tuple[str, str]]]:
    """Case → the units it is in the hands of, as what."""
    found: dict[int, list[tuple[str, str]]] = {}
    for case_id, unit_id, role in session.connection().execute(_HANDS, {"ids": case_ids}):
        found.setdefault(case_id, []).append((f"unit:{people.units[unit_id].code}", role))
    return found


_HANDS = select(Assignment.case_id, Assignment.unit_id, Assignment.role).where(
    Assignment.case_id.in_(bindparam("ids", expanding=True)), Assignment.left_at.is_(None)).order_by(Assignment.id)
_ENTRIES = select(
    Entry.stream, Entry.seq, Entry.at, Entry.actor, Entry.unit, Entry.verb, Entry.words, Entry.data, Entry.seal,
).where(Entry.stream.in_(bindparam("of", expanding=True))).order_by(Entry.stream, Entry.seq)
