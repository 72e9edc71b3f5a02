"""One pass over all entries, stream by stream: seals, values beside them, places in the tree, and what they tell."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from sqlalchemy import String, and_, bindparam, select, type_coerce
from sqlalchemy import tuple_ as pair
from sqlalchemy.orm import Session

from app.domain import keys, trail, tree, witnesses
from app.domain.base import moment
from app.domain.cases import Case
from app.domain.keys import Verifier
from app.domain.settings import WITNESSES
from app.domain.trail import Entry, Head, Unsequenced, Value
from app.domain.tree import Leaf
from app.domain.witnesses import Witness
from app.domain.workdays import Calendar
from app.office import attesting, redrawing
from app.office.faults import Fault
from app.office.redrawing import Heard, Lots
from app.office.replaying import Ledger, Replayed
from workflows.grammar import N_

LOT = 2000
HEARD = {*redrawing.VERBS, "looked_back"}
LOOSE = 2**62  # the place of what is not in the tree yet: behind all that is
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)  # whatever somebody wrote there by hand


@dataclass
class Stream:
    """How far a stream has been read."""

    name: str
    seq: int = 0
    seal: str = ""
    position: int = -1
    told: Replayed = field(default_factory=Replayed)
    gone: set[tuple[int, str]] = field(default_factory=set)  # values that are erased
    erased: set[tuple[int, str]] = field(default_factory=set)  # and those of which an entry says so


class Reading:
    """Holds a few thousand rows at a time; `hold` raises the first Fault."""

    def __init__(self, session: Session, calendar: Calendar, step: Callable[[int], None]):
        self.session, self.step, self.ledger = session, step, Ledger(session, calendar)
        self.checkpoint = attesting.last(session)
        self.covers = self.checkpoint.size if self.checkpoint else 0
        self.entries = self.uncovered = self.waiting = 0
        self.since: datetime | None = None
        self.stream, self.ended, self.loose = Stream(""), [], {}
        self.lots = Lots(session)
        self.keys: list[Verifier] = []  # that signed once, as the entries say which the last checkpoint covers
        self.witnesses: list[Witness] = []  # that were named once, as any entry says

    def hold(self) -> None:
        last = ("", 0)
        while rows := self._read(_ENTRIES, stream=last[0], seq=last[1]):
            last = rows[-1][:2]
            self._hold_lot(rows, {"first": rows[0][:2], "last": last})
            self.entries += len(rows)
            self.step(len(rows))
        self._next("")
        self._hold_ended()
        self._hold_strays()
        self.lots.hold()

    def _read(self, query, **facts) -> list:
        return self.session.connection().execute(query, facts).all()

    def _hold_lot(self, rows: list, bounds: dict) -> None:
        values: dict[tuple, list] = {}
        for stream, seq, *value in self._read(_VALUES, **_bounded(bounds)):
            values.setdefault((stream, seq), []).append(value)
        fault = None
        try:
            for row in rows:
                self._hold_entry(*row, values)
        except UNREADABLE:
            fault = Fault(N_("%(stream)s: entry %(seq)s cannot be read."), stream=self.stream.name, seq=self.stream.seq)
        except Fault as found:
            fault = found
        self._hold_ended()  # what was read before comes first
        if fault:
            raise fault
        if self.loose:
            self._hold_loose(bounds)

    def _next(self, name: str) -> Stream:
        if self.stream.name:
            self.ended.append(self.stream)
        self.stream = Stream(name)
        self.stream.told.hands = self.ledger.following()
        return self.stream

    def _hold_entry(self, stream, seq, at, actor, unit, verb, words, data, prev, seal, position, leaf, values) -> None:
        """The path of every entry: what is done here is paid a million times."""
        here = self.stream
        if stream != here.name:
            here = self._next(stream)
        before, here.seq = here.seal, here.seq + 1
        if seq != here.seq:
            raise Fault(N_("%(stream)s: entry %(seq)s is missing."), stream=stream, seq=here.seq)
        if prev != before:
            raise Fault(N_("%(stream)s: entry %(seq)s does not follow on the one before it."), stream=stream, seq=seq)
        body = (f'{{"actor":{_quoted(actor)},"at":"{at}","data":{data},"prev":"{prev}","seq":{seq},"stream":'
                f'{_quoted(stream)},"unit":{_quoted(unit)},"verb":{_quoted(verb)},"words":{words}}}')
        if sha256(body.encode()).hexdigest() != seal:
            raise Fault(N_("%(stream)s: entry %(seq)s has been altered; its seal does not fit."), stream=stream,
                        seq=seq)
        here.seal = seal
        if leaf != seal or position <= here.position or position >= self.covers:
            self._hold_place(seq, at, seal, position, leaf)
        else:
            here.position = position
        told = _decode(data)[0]
        found = values.get((stream, seq), ())
        if found or told["beside"]:
            self._hold_values(seq, told["beside"], found)
        self._hear(seq, at, actor, verb, told, found)

    def _hold_place(self, seq: int, at: str, seal: str, position: int | None, leaf: str | None) -> None:
        """In the tree with the same seal, behind the entry before it; or waiting, and so are all behind it."""
        here = self.stream
        if position is None:
            self.loose[here.name, seq] = seal
            position = LOOSE
        elif leaf != seal or position <= here.position:
            raise Fault(N_("%(stream)s: entry %(seq)s is not the one that was taken into the tree."),
                        stream=here.name, seq=seq)
        here.position = position
        self.uncovered += position >= self.covers
        self.since = min(self.since or moment(at), moment(at))

    def _hold_values(self, seq: int, bound: dict, values) -> None:
        name = self.stream.name
        for key, value, salt in values:
            digest = bound.pop(key, None)
            if digest is None:
                raise Fault(N_("%(stream)s: entry %(seq)s has a value “%(key)s” that it does not name."), stream=name,
                            seq=seq, key=key)
            if value is None and salt is None:
                self.stream.gone.add((seq, key))
            elif value is None or salt is None or trail.digest(salt, value) != digest:
                raise Fault(N_("%(stream)s: “%(key)s” of entry %(seq)s has been altered."), stream=name, seq=seq,
                            key=key)
        if bound:
            raise Fault(N_("%(stream)s: “%(key)s” of entry %(seq)s is gone."), stream=name, seq=seq, key=min(bound))

    def _hear(self, seq: int, at: str, actor: str, verb: str, data: dict, values) -> None:
        if verb == "erased":
            self.stream.erased |= {(data["entry"], key) for key in data["keys"]}
        if self.stream.name != trail.OFFICE:
            self.stream.told.hear(seq, at, actor, verb, data, values)
        if verb in HEARD:
            finding = next((value for key, value, _salt in values if key == "finding"), None)
            self.lots.hear(Heard(self.stream.name, seq, at, actor, self.stream.seal, data, finding), verb)
        elif verb == "key_set" and self.stream.position < self.covers:
            self.keys.append(keys.verifier(data["key"]))
        elif verb == "setting_set" and data["setting"] == WITNESSES:
            self.witnesses += witnesses.known(data["after"])

    def _hold_ended(self) -> None:
        """Streams that have been read to their end: what was written last, what was erased, what the ledger says."""
        ended, self.ended = self.ended, []
        heads = {row.stream: (row.seq, row.seal) for row in self._read(_HEADS, of=[each.name for each in ended])}
        for number, stream in enumerate(ended):
            try:
                self._hold_end(stream, heads)
            except Fault as fault:
                self.ledger.hold({each.name: each.told for each in ended[:number] if each.name != trail.OFFICE})
                raise fault
        self.ledger.hold({each.name: each.told for each in ended if each.name != trail.OFFICE})

    def _hold_end(self, stream: Stream, heads: dict) -> None:
        if heads.get(stream.name) != (stream.seq, stream.seal):
            raise Fault(N_("%(stream)s: the last entry is not the one that was written last; the tail was cut off."),
                        stream=stream.name)
        if unsaid := stream.gone - stream.erased:
            seq, key = min(unsaid)
            raise Fault(N_("%(stream)s: “%(key)s” of entry %(seq)s was erased, and no entry says so."),
                        stream=stream.name, seq=seq, key=key)
        if undone := stream.erased - stream.gone:
            seq, key = min(undone)
            raise Fault(N_("%(stream)s: “%(key)s” of entry %(seq)s is there again, though an entry says that it was "
                           "erased."), stream=stream.name, seq=seq, key=key)

    def _hold_loose(self, bounds: dict) -> None:
        """Entries that the tree does not hold are waiting to be taken in."""
        waiting = {(stream, seq): seal for stream, seq, seal in self._read(_WAITING, **_bounded(bounds))}
        loose, self.loose = self.loose, {}
        self.waiting += len(loose)
        for (stream, seq), seal in loose.items():
            if waiting.get((stream, seq)) != seal:
                raise Fault(N_("%(stream)s: entry %(seq)s is neither in the tree nor waiting for it."), stream=stream,
                            seq=seq)

    def _hold_strays(self) -> None:
        """Cases without a trail; heads and leaves without entries."""
        if case := self.session.scalar(_NO_TRAIL):
            raise Fault(N_("%(stream)s stands in the ledger without a trail."), stream=case)
        if head := self.session.scalar(_NO_ENTRIES):
            raise Fault(N_("%(stream)s: the whole trail is gone."), stream=head)
        if self.entries - self.waiting != tree.size(self.session) and (leaf := self.session.execute(_NO_ENTRY).first()):
            raise Fault(N_("%(stream)s: entry %(seq)s stands in the tree and is gone from the trail."),
                        stream=leaf.stream, seq=leaf.seq)


def _bounded(bounds: dict) -> dict:
    (a, b), (c, d) = bounds["first"], bounds["last"]
    return {"a": a, "b": b, "c": c, "d": d}


_decode = json.JSONDecoder().raw_decode


@lru_cache(4096)
def _quoted(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)


def _within(table):
    """A range of (stream, seq), as the databases compare rows."""
    here = pair(table.stream, table.seq)
    return and_(here >= pair(bindparam("a"), bindparam("b")), here <= pair(bindparam("c"), bindparam("d")))


_ENTRIES = (
    select(Entry.stream, Entry.seq, type_coerce(Entry.at, String).label("at"), Entry.actor, Entry.unit, Entry.verb,
           Entry.words, Entry.data, Entry.prev, Entry.seal, Leaf.position, Leaf.seal.label("leaf"))
    .outerjoin(Leaf, and_(Leaf.stream == Entry.stream, Leaf.seq == Entry.seq))
    .where(pair(Entry.stream, Entry.seq) > pair(bindparam("stream"), bindparam("seq")))
    .order_by(Entry.stream, Entry.seq).limit(LOT)
)
_VALUES = select(Value.stream, Value.seq, Value.key, Value.value, Value.salt).where(_within(Value))
_WAITING = select(Unsequenced.stream, Unsequenced.seq, Unsequenced.seal).where(_within(Unsequenced))
_HEADS = select(Head.stream, Head.seq, Head.seal).where(Head.stream.in_(bindparam("of", expanding=True)))
_NO_TRAIL = select(Case.number).where(~select(Entry.stream).where(Entry.stream == Case.number).exists()).limit(1)
_NO_ENTRIES = select(Head.stream).where(
    Head.seq > 0, ~select(Entry.stream).where(Entry.stream == Head.stream).exists()).limit(1)
_NO_ENTRY = select(Leaf.stream, Leaf.seq).where(
    ~select(Entry.stream).where(Entry.stream == Leaf.stream, Entry.seq == Leaf.seq).exists()).order_by(
    Leaf.position).limit(1)
