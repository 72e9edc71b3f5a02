"""One pass over the entries of some streams: seals, values beside them, places in the tree, and what they tell."""

import json
from functools import lru_cache
from hashlib import sha256
from itertools import groupby
from operator import itemgetter

from orjson import loads
from sqlalchemy import String, and_, bindparam, select, type_coerce
from sqlalchemy import tuple_ as pair
from sqlalchemy.orm import Session

from app.domain import keys, trail, witnesses
from app.domain.base import moment, raw
from app.domain.functions import Octets
from app.domain.settings import WITNESSES
from app.domain.traces import Trace
from app.domain.trail import Entry, Head, Unsequenced, Value
from app.domain.tree import Leaf
from app.domain.workdays import Calendar
from app.office import attesting, redrawing, retracing
from app.office.faults import Fault
from app.office.redrawing import Heard
from app.office.replaying import Ledger
from app.office.streams import Read, Stream
from workflows.grammar import N_

LOT = 2000
HEARD = {*redrawing.VERBS, "looked_back"}
LOOSE = 2**62  # the place of what is not in the tree yet: behind all that is
BEHIND = 2**31 - 1  # a number behind all entries of a stream
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, StopIteration)  # whatever was written there by hand


class Reading:
    """Holds a few thousand rows at a time; `hold` raises the first Fault."""

    def __init__(self, session: Session, calendar: Calendar):
        self.session, self.ledger = session, Ledger(session, calendar)
        last = attesting.last(session)
        self.covers, self.traced = last.size if last else 0, retracing.reached(session)

    def hold(self, after: str = "", until: str | None = None) -> Read:
        """The streams behind `after`, up to and with `until` or to the last; none of them is read by anybody else."""
        self.read, self.stream, self.ended, self.loose = Read(), Stream(""), [], {}
        query, bounds = (_ENTRIES, {}) if until is None else (_ENTRIES_UNTIL, {"until": until})
        last = (after, BEHIND if after else 0)
        while rows := self._read(query, stream=last[0], seq=last[1], **bounds):
            last = rows[-1][:2]
            self._hold_lot(rows, dict(zip("abcd", (*rows[0][:2], *last), strict=True)))
            self.read.entries += len(rows)
        self._next("")
        self._hold_ended()
        return self.read

    def _read(self, query, **facts) -> list[tuple]:
        return raw(self.session.connection(), query, facts)

    def _hold_lot(self, rows: list, bounds: dict) -> None:
        values = {place: list(found) for place, found in groupby(self._read(_VALUES, **bounds), _place)}
        fault = None
        try:
            self._hold_entries(rows, values)
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

    def _hold_entries(self, rows: list, values: dict) -> None:
        """The path of every entry: what is done here is paid a million times. Its texts come as the bytes that are
        sealed."""
        here, covers = self.stream, self.covers
        for stream, seq, at, actor, unit, verb, words, data, prev, seal, position, leaf, act, is_same in rows:
            if stream != here.name:
                here = self._next(stream)
            before, here.seq = here.seal, here.seq + 1
            if seq != here.seq:
                raise Fault(N_("%(stream)s: entry %(seq)s is missing."), stream=stream, seq=here.seq)
            if prev != before:
                raise Fault(N_("%(stream)s: entry %(seq)s does not follow on the one before it."), stream=stream,
                            seq=seq)
            whose = f'{{"actor":{_quoted(actor)},"at":"{at}","data":'.encode()
            where = (f',"prev":"{prev}","seq":{seq},"stream":{_quoted(stream)},"unit":{_quoted(unit)},'
                     f'"verb":{_quoted(verb)},"words":').encode()
            if sha256(b"%b%b%b%b}" % (whose, data, where, words)).hexdigest() != seal:
                raise Fault(N_("%(stream)s: entry %(seq)s has been altered; its seal does not fit."), stream=stream,
                            seq=seq)
            here.seal = seal
            if leaf != seal or position <= here.position or position >= covers:
                self._hold_place(seq, at, seal, position, leaf)
            else:
                here.position = position
            told = loads(data)
            if not is_same or act != (told["step"] if verb == "stepped" else verb):
                self._note_trace(seq, act)
            found = values.get((stream, seq), ())
            if found or told["beside"]:
                self._hold_values(seq, told["beside"], found)
            if verb != "stepped":
                self._hear(seq, at, actor, verb, told, found)
            if stream != trail.OFFICE:
                here.told.hear(seq, at, actor, verb, told, found)

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
        if position >= self.covers:
            self.read.uncovered += 1
            self.read.since = min(self.read.since or moment(at), moment(at))

    def _note_trace(self, seq: int, act: str | None) -> None:
        """One that says otherwise, or is not there; what the register has not come to yet is nobody's fault."""
        if act is None and self.stream.position >= self.traced:
            self.read.untraced += 1
        else:
            self.read.mistraced = self.read.mistraced or (self.stream.name, seq)

    def _hold_values(self, seq: int, bound: dict, values) -> None:
        name = self.stream.name
        for _stream, _seq, key, value, salt in values:
            digest = bound.pop(key, None)
            if digest is None:
                raise Fault(N_("%(stream)s: entry %(seq)s has a value “%(key)s” that it does not name."), stream=name,
                            seq=seq, key=key)
            if value is None and salt is None:
                self.stream.gone.add((seq, key))
            elif value is None or salt is None or sha256(salt + value.encode()).hexdigest() != digest:
                raise Fault(N_("%(stream)s: “%(key)s” of entry %(seq)s has been altered."), stream=name, seq=seq,
                            key=key)
        if bound:
            raise Fault(N_("%(stream)s: “%(key)s” of entry %(seq)s is gone."), stream=name, seq=seq, key=min(bound))

    def _hear(self, seq: int, at: str, actor: str, verb: str, data: dict, values) -> None:
        """What entries say that is not said of a case."""
        if verb == "erased":
            self.stream.erased |= {(data["entry"], key) for key in data["keys"]}
        elif verb in HEARD:
            finding = next((value for *_place, key, value, _salt in values if key == "finding"), None)
            self.read.heard.append((Heard(self.stream.name, seq, at, actor, self.stream.seal, data, finding), verb))
        elif verb == "key_set" and self.stream.position < self.covers:
            self.read.keys.append(str(keys.verifier(data["key"])))
        elif verb == "setting_set" and data["setting"] == WITNESSES:
            self.read.witnesses += witnesses.known(data["after"])

    def _hold_ended(self) -> None:
        """Streams that have been read to their end: what was written last, what was erased, what the ledger says."""
        ended, self.ended = self.ended, []
        if not ended:
            return
        found = self._read(_HEADS, first=ended[0].name, last=ended[-1].name)
        heads = {stream: (seq, seal) for stream, seq, seal in found}
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
        waiting = {(stream, seq): seal for stream, seq, seal in self._read(_WAITING, **bounds)}
        loose, self.loose = self.loose, {}
        self.read.waiting += len(loose)
        for (stream, seq), seal in loose.items():
            if waiting.get((stream, seq)) != seal:
                raise Fault(N_("%(stream)s: entry %(seq)s is neither in the tree nor waiting for it."), stream=stream,
                            seq=seq)


_place = itemgetter(0, 1)


@lru_cache(4096)
def _quoted(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)


def _within(table):
    """A range of (stream, seq), as the databases compare rows."""
    here = pair(table.stream, table.seq)
    return and_(here >= pair(bindparam("a"), bindparam("b")), here <= pair(bindparam("c"), bindparam("d")))


_ALL = (
    select(Entry.stream, Entry.seq, type_coerce(Entry.at, String).label("at"), Entry.actor, Entry.unit, Entry.verb,
           Octets(Entry.words), Octets(Entry.data), Entry.prev, Entry.seal, Leaf.position, Leaf.seal.label("leaf"),
           *retracing.SAID)
    .outerjoin(Leaf, and_(Leaf.stream == Entry.stream, Leaf.seq == Entry.seq)).outerjoin(Trace, retracing.ITS)
    .where(pair(Entry.stream, Entry.seq) > pair(bindparam("stream"), bindparam("seq")))
)
_ENTRIES = _ALL.order_by(Entry.stream, Entry.seq).limit(LOT)
_ENTRIES_UNTIL = _ALL.where(Entry.stream <= bindparam("until")).order_by(Entry.stream, Entry.seq).limit(LOT)
_VALUES = select(Value.stream, Value.seq, Value.key, Value.value, Value.salt).where(_within(Value)).order_by(
    Value.stream, Value.seq, Value.key)
_WAITING = select(Unsequenced.stream, Unsequenced.seq, Unsequenced.seal).where(_within(Unsequenced))
_HEADS = select(Head.stream, Head.seq, Head.seal).where(
    Head.stream >= bindparam("first"), Head.stream <= bindparam("last"))
