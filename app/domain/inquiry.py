"""An inquiry over all trails: by whom, of which unit, what was done, when, in which case, and in what words.

Words are found by their traces and looked at again in the entry and the values beside it: what was erased is not
found, an identity never, and what is for named posts by those posts only. Readers of all trails see every case that is
not sealed; the office's own stream is for some of them.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    table,
    tuple_,
)
from sqlalchemy.orm import Session

import workflows
from app.domain import bigrams, traces
from app.domain.accesses import key_of, keyed
from app.domain.cases import Case, may_see
from app.domain.functions import tsquery
from app.domain.people import Actor
from app.domain.traces import Trace
from app.domain.trail import OFFICE, Entry, Value

PAGE = 50
OFFICE_READERS = ("auditor", "director")


@dataclass(frozen=True)
class Inquiry:
    """What is looked for, as an address says it; nothing at all is everything."""

    actors: tuple[str, ...] = ()
    who: str = ""  # as it was typed
    units: tuple[str, ...] = ()  # a unit and those it succeeded
    act: str = ""
    case: str = ""
    q: str = ""
    since: datetime | None = None
    until: datetime | None = None  # before this moment

    @property
    def is_empty(self) -> bool:
        return self == Inquiry()


@dataclass(frozen=True)
class Page:
    rows: list
    values: dict[tuple[str, int], dict[str, str | None]]
    after: str | None


def page(session: Session, actor: Actor, wanted: Inquiry, after: str | None = None, *, limit: int = PAGE) -> Page:
    """One page, the newest first, with the values beside its entries where words were looked for: three queries."""
    seeker = _Seeker(session, actor, wanted, limit + 1)
    rows = seeker.rows(_Key.of(after))
    more, rows = len(rows) > limit, rows[:limit]
    values = _values(session, rows, kept_from(actor)) if seeker.words else {}
    return Page(rows, values, _Key.after(rows[-1]) if more else None)


@dataclass(frozen=True)
class _Key:
    """Where a page ended: at a trace, or at an entry that had none; then `last` was the last trace there was."""

    at: datetime
    id: int | None = None
    stream: str = ""
    seq: int = 0
    last: int = 0

    @classmethod
    def of(cls, after: str | None) -> "_Key | None":
        """None where a key is none of ours."""
        if found := key_of(after):
            return cls(*found)
        match (after or "").split("~"):
            case [at, stream, seq, last] if stream.isprintable():
                (ended, traced) = key_of(f"{at}~{seq}"), key_of(f"{at}~{last}")
                return cls(ended[0], None, stream, ended[1], traced[1]) if ended and traced else None

    @classmethod
    def after(cls, row) -> str:
        return keyed(row) if row.id is not None else f"{row.at.isoformat()}~{row.stream}~{row.seq}~{row.last or 0}"

    @property
    def place(self):
        return tuple_(bindparam("at", self.at, Trace.at.type), bindparam("of", self.stream), bindparam("no", self.seq))


class _Seeker:
    """Looks among the entries that are traced, and among those that are not yet; what was not traced when a page ended
    may be when the next is asked for, and is still on one of the two."""

    def __init__(self, session: Session, actor: Actor, wanted: Inquiry, most: int):
        self.session, self.actor, self.wanted, self.most = session, actor, wanted, most
        self.words, self.dialect = bigrams.words(wanted.q), session.get_bind().dialect.name
        self.kept = kept_from(actor)

    def rows(self, key: _Key | None) -> list:
        """Words come in the order of their index, those that are in none yet first; everything else in that of time."""
        if self.words and key and key.id is not None:
            return self._traced(key)
        newer = self._untraced(key)
        seen = {(row.stream, row.seq) for row in newer}  # what was traced since the one query is not told twice
        found = [*newer, *(row for row in self._traced(key) if (row.stream, row.seq) not in seen)]
        return (found if self.words else sorted(found, key=lambda row: row.at, reverse=True))[: self.most]

    def _untraced(self, key: _Key | None) -> list:
        untraced = traces.untraced(self.dialect).c
        last = select(func.max(Trace.id)).scalar_subquery()
        query = _chosen(self.actor, self.wanted, untraced, last.label("last")).order_by(
            untraced.at.desc(), untraced.stream.desc(), untraced.seq.desc())
        if key:
            query = query.where(untraced.at < bindparam("at", key.at, Trace.at.type) if key.id is not None else
                                tuple_(untraced.at, untraced.stream, untraced.seq) < key.place)
        if not self.words:
            return list(self.session.execute(query.limit(self.most)))
        stands = [_beside(word, untraced, self.kept) for word in self.words]
        query = query.add_columns(*(each.label(f"stands_{i}") for i, each in enumerate(stands)))
        query = query.where(*(_says(word, untraced, self.kept) for word in self.words))
        rows = self.session.execute(query.execution_options(yield_per=PAGE))
        found = list(islice((row for row in rows if self._is_said(row)), self.most))
        rows.close()
        return found

    def _is_said(self, row) -> bool:
        """Whether each word stands in a text: as the database looks at them, names of keys are texts as well."""
        texts = traces.said(json.loads(row.data), json.loads(row.words))
        return all(row._mapping[f"stands_{i}"] or any(bigrams.stands(word, text) for text in texts)
                   for i, word in enumerate(self.words))

    def _traced(self, key: _Key | None) -> list:
        query = _chosen(self.actor, self.wanted, Trace.__table__.c, null().label("last"))
        newest = Trace.id
        if self.words:
            query, newest = self._saying(query)
        query = query.order_by(newest.desc()) if self.words else query.order_by(Trace.at.desc(), Trace.id.desc())
        if key and key.id is None:
            new = tuple_(Trace.at, Trace.stream, Trace.seq) < key.place
            query = query.where(or_(newest <= key.last, new)) if self.words else query.where(
                Trace.at <= bindparam("upto", key.at, Trace.at.type),
                or_(Trace.at < bindparam("upto", key.at, Trace.at.type), Trace.id <= key.last, new))
        elif key and self.words:
            query = query.where(newest < key.id)
        elif key:
            query = query.where(tuple_(Trace.at, Trace.id) < tuple_(bindparam("at", key.at, Trace.at.type),
                                                                    bindparam("id", key.id)))
        return list(self.session.execute(query.limit(self.most)))

    def _saying(self, query: Select):
        asked = bigrams.asked(self.words, self.dialect)
        if self.dialect == "postgresql":
            found = _vectors.c.tokens.op("@@")(tsquery("match", asked))
            query, newest = query.join(_vectors, _vectors.c.id == Trace.id).where(found), Trace.id
        else:
            found = literal_column("trace_words").op("MATCH")(bindparam("match", asked))
            query, newest = query.join(_fts, _fts.c.rowid == Trace.id).where(found), _fts.c.rowid
        return query.where(*(_says(word, Trace.__table__.c, self.kept) for word in self.words)), newest


def _chosen(actor: Actor, wanted: Inquiry, trace, last) -> Select:
    """The entries that `trace`, the columns of Trace or of what stands for it, says are looked for."""
    query = select(
        trace.id, trace.about, trace.act, Entry.stream, Entry.seq, Entry.at, Entry.actor, Entry.unit, Entry.verb,
        Entry.words, Entry.data, Entry.prev, Entry.seal, Case.title, Case.kind, last,
    ).select_from(trace.id.table).join(Entry, and_(Entry.stream == trace.stream, Entry.seq == trace.seq))
    query = _in_sight(query, actor, trace)
    if wanted.who:
        query = query.where(trace.actor.in_(wanted.actors))
    if wanted.units:
        query = query.where(trace.unit.in_(wanted.units))
    if wanted.act:
        query = query.where(trace.act == wanted.act)
    if wanted.case:
        query = query.where(or_(trace.stream == wanted.case, trace.about == wanted.case))
    if wanted.since:
        query = query.where(trace.at >= wanted.since)
    if wanted.until:
        query = query.where(trace.at < wanted.until)
    return query


def _in_sight(query: Select, actor: Actor, trace) -> Select:
    if not actor.has(*OFFICE_READERS):
        return query.join(Case, Case.number == trace.stream).where(may_see(actor))
    query = query.outerjoin(Case, Case.number == func.coalesce(trace.about, trace.stream))
    return query.where(or_(and_(trace.stream == OFFICE, trace.about.is_(None)), may_see(actor)))


def kept_from(actor: Actor) -> set[tuple[str, str]]:
    """(step, key) of what is for named posts, of whom this reader is none."""
    posts = {held.post for held in actor.held}
    return {(step.name, ask.name) for workflow in workflows.every().values() for step in workflow.steps
            for ask in step.asks if ask.readers and not ask.readers & posts}


def _says(word: str, trace, kept: set[tuple[str, str]]):
    """The word does stand in what the entry says or in a value beside it."""
    spelled = bigrams.pattern(json.dumps(word, ensure_ascii=False)[1:-1])  # as JSON writes it
    return or_(_beside(word, trace, kept), Entry.words.ilike(spelled, escape="\\"),
               Entry.data.ilike(spelled, escape="\\"))


def _beside(word: str, trace, kept: set[tuple[str, str]]):
    """The word stands in a value beside the entry that may be looked for."""
    hidden = or_(Value.key.like(f"{traces.NEVER}%"),
                 *(and_(trace.act == step, Value.key == key) for step, key in sorted(kept)))
    return exists().where(
        Value.stream == trace.stream, Value.seq == trace.seq, not_(hidden),
        Value.value.ilike(bigrams.pattern(word), escape="\\")).correlate(trace.id.table)


def _values(session: Session, rows, kept: set[tuple[str, str]]) -> dict[tuple[str, int], dict[str, str | None]]:
    found: dict[tuple[str, int], dict[str, str | None]] = {}
    wanted = {(row.stream, row.seq): row.act for row in rows}
    streams, seqs = ({key[at] for key in wanted} for at in (0, 1))  # pairs would not be looked up by their index
    query = select(Value.stream, Value.seq, Value.key, Value.value).where(
        Value.stream.in_(streams), Value.seq.in_(seqs), Value.key.not_like(f"{traces.NEVER}%"))
    for stream, seq, key, value in session.execute(query):
        if (stream, seq) in wanted and (wanted[stream, seq], key) not in kept:
            found.setdefault((stream, seq), {})[key] = value
    return found


_fts = table("trace_words", column("rowid"), column("tokens"))
_vectors = table("trace_words", column("id"), column("tokens"))
