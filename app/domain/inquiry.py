"""An inquiry over all trails: by whom, of which unit, what was done, when, in which case, and in what words.

Words are found by their traces and looked at again in the entry and the values beside it: what was erased is not
found, an identity never, and what is for named posts by those posts only. Readers of all trails see every case that is
not sealed; the office's own stream is for some of them.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    table,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

import workflows
from app.domain import bigrams, traces
from app.domain.accesses import key_of, keyed
from app.domain.cases import Case, may_see
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
    """One page, the newest first, with the values beside its entries where words were looked for: two queries."""
    words, dialect = bigrams.words(wanted.q), session.get_bind().dialect.name
    rows = session.execute(_paged(_chosen(actor, wanted, words, dialect), after, bool(words), dialect).limit(
        limit + 1)).all()
    more, rows = len(rows) > limit, rows[:limit]
    values = _values(session, rows, kept_from(actor)) if words else {}
    return Page(rows, values, keyed(rows[-1]) if more else None)


def _chosen(actor: Actor, wanted: Inquiry, words: list[str], dialect: str) -> Select:
    query = select(
        Trace.id, Trace.about, Trace.act, Entry.stream, Entry.seq, Entry.at, Entry.actor, Entry.unit, Entry.verb,
        Entry.words, Entry.data, Entry.prev, Entry.seal, Case.title, Case.kind,
    ).select_from(Trace).join(Entry, and_(Entry.stream == Trace.stream, Entry.seq == Trace.seq))
    query = _in_sight(query, actor)
    if wanted.who:
        query = query.where(Trace.actor.in_(wanted.actors))
    if wanted.units:
        query = query.where(Trace.unit.in_(wanted.units))
    if wanted.act:
        query = query.where(Trace.act == wanted.act)
    if wanted.case:
        query = query.where(or_(Trace.stream == wanted.case, Trace.about == wanted.case))
    if wanted.since:
        query = query.where(Trace.at >= wanted.since)
    if wanted.until:
        query = query.where(Trace.at < wanted.until)
    return _saying(query, words, dialect, kept_from(actor)) if words else query


def _in_sight(query: Select, actor: Actor) -> Select:
    if not actor.has(*OFFICE_READERS):
        return query.join(Case, Case.number == Trace.stream).where(may_see(actor))
    query = query.outerjoin(Case, Case.number == func.coalesce(Trace.about, Trace.stream))
    return query.where(or_(and_(Trace.stream == OFFICE, Trace.about.is_(None)), may_see(actor)))


def _saying(query: Select, words: list[str], dialect: str, kept: set[tuple[str, str]]) -> Select:
    if dialect == "postgresql":
        matches = _vectors.c.tokens.op("@@")(cast(bindparam("match", bigrams.asked(words, dialect)), TSQUERY))
        query = query.join(_vectors, _vectors.c.id == Trace.id).where(matches)
    else:
        matches = literal_column("trace_words").op("MATCH")(bindparam("match", bigrams.asked(words, dialect)))
        query = query.join(_fts, _fts.c.rowid == Trace.id).where(matches)
    return query.where(*(_says(word, kept) for word in words))


def kept_from(actor: Actor) -> set[tuple[str, str]]:
    """(step, key) of what is for named posts, of whom this reader is none."""
    posts = {held.post for held in actor.held}
    return {(step.name, ask.name) for workflow in workflows.every().values() for step in workflow.steps
            for ask in step.asks if ask.readers and not ask.readers & posts}


def _says(word: str, kept: set[tuple[str, str]]):
    """The word does stand in what the entry says or in a value beside it."""
    hidden = or_(Value.key.like(f"{traces.NEVER}%"),
                 *(and_(Trace.act == step, Value.key == key) for step, key in sorted(kept)))
    beside = exists().where(
        Value.stream == Trace.stream, Value.seq == Trace.seq, not_(hidden),
        Value.value.ilike(bigrams.pattern(word), escape="\\")).correlate(Trace)
    spelled = bigrams.pattern(json.dumps(word, ensure_ascii=False)[1:-1])  # as JSON writes it
    return or_(beside, Entry.words.ilike(spelled, escape="\\"), Entry.data.ilike(spelled, escape="\\"))


def _paged(query: Select, after: str | None, by_words: bool, dialect: str) -> Select:
    """Words come in the order of their index, everything else in that of time; the two differ by a moment at most."""
    key = key_of(after)
    if by_words:
        newest = Trace.id if dialect == "postgresql" else _fts.c.rowid
        query = query.order_by(newest.desc())
        return query.where(newest < key[1]) if key else query
    query = query.order_by(Trace.at.desc(), Trace.id.desc())
    if key is None:
        return query
    return query.where(tuple_(Trace.at, Trace.id) < tuple_(bindparam("at", key[0], Trace.at.type),
                                                           bindparam("id", key[1])))


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
