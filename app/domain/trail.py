"""The trail: entries that are only ever added, each sealed together with the one before it in its stream.

Bytes of an entry = RFC 8785 canonical JSON of {actor, at, data, prev, seq, stream, unit, verb, words};
seal = SHA-256(bytes), lower-case hex; prev = the seal before it in the stream, "" for the first.
A value kept beside an entry is bound in data["beside"][key] = SHA-256(salt ‖ UTF-8 bytes).
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace

import rfc8785
from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    bindparam,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain import bundles
from app.domain.base import Base, Instant, instant
from app.domain.rows import Many
from workflows.grammar import N_

OFFICE = "office"


class Entry(Base):
    __tablename__ = "entries"

    stream: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(80))
    unit: Mapped[str | None] = mapped_column(String(40))
    verb: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(Text)
    data: Mapped[str] = mapped_column(Text)
    prev: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index("ix_entries_at", "at"), Index("ix_entries_actor", "actor", "at"))


class Value(Base):
    """What is kept beside an entry; an erasure leaves the row and takes value and salt away."""

    __tablename__ = "entry_values"

    stream: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[str | None] = mapped_column(Text)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (ForeignKeyConstraint(["stream", "seq"], ["entries.stream", "entries.seq"], name="entry"),)


class Head(Base):
    """The last entry of each stream: what appending locks, so that nobody appends twice at one place."""

    __tablename__ = "streams"

    stream: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    seal: Mapped[str] = mapped_column(String(64))


class Unsequenced(Base):
    """Seals that the tree has not taken in yet; a queue, because ids are not in the order of commits."""

    __tablename__ = "unsequenced"

    stream: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    seal: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class Verb:
    """What may stand in the data of an entry. `guarded` values stay hidden from the unit complained of."""

    sentence: str
    plain: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    open_ended: bool = False  # beside keys come from the step's own table


VERBS = {
    # streams of cases
    "filed": Verb(
        N_("Filed"),
        plain=("kind", "source", "outside_number", "class", "grade", "indicator", "received_at", "complained_of",
               "origin", "sealed", "batch", "clocks"),
        beside=("title", "redacted", "notes"),
        guarded=("facts", "place", "complainant"),
    ),
    "stepped": Verb(
        N_("Took a step"),
        plain=("step", "from", "to", "answers", "lead", "supports", "matter", "clocks", "files"),
        open_ended=True,
    ),
    "corrected": Verb(N_("Corrected"), plain=("field", "before", "after"), beside=("reason",),
                      guarded=("old", "new")),
    "redacted": Verb(N_("Wrote the redacted text"), beside=("redacted",)),
    "consented": Verb(N_("Recorded the complainant's consent"), plain=("given",), guarded=("words",)),
    "attached": Verb(N_("Attached a file"), plain=("sha256", "size", "type", "purpose"), beside=("name",)),
    "struck_out": Verb(N_("Struck a file out"), plain=("sha256",), beside=("reason",)),
    "erased": Verb(N_("Erased what the law asks to erase"), plain=("entry", "keys", "basis"), beside=("reason",)),
    "linked": Verb(N_("Linked to another case"), plain=("to", "relation", "seq", "seal")),  # of its last entry then
    "climbed": Verb(N_("Climbed a rung"),
                    plain=("level", "node", "purpose", "unit", "due_on", "days_late", "notice", "clocks")),
    "noticed": Verb(N_("A notice moved on"), plain=("act", "notice", "form", "number", "unit", "from", "to", "reply_on",
                                                    "verdict", "clocks"),
                    beside=("requirement", "reply", "opinion", "reason", "remark")),
    "looked_back": Verb(N_("Looked back, drawn by lot"), plain=("lookback", "result", "reopened"),
                        guarded=("finding",)),
    "reprojected": Verb(N_("Dates moved with the calendar"), plain=("clocks", "calendar")),
    "reruled": Verb(N_("Dates moved with a rule"), plain=("clocks", "rules")),  # rules: number of the office's entry
    # the stream of the office
    "founded": Verb(N_("Set the office up"), plain=("version",)),
    "furnished": Verb(N_("Furnished a demonstration city"), plain=("seed", "cases", "since", "until")),
    "unit_added": Verb(N_("Added a unit"), plain=("code", "name", "class", "superior")),
    "unit_changed": Verb(N_("Changed a unit"), plain=("code", "field", "before", "after")),
    "unit_succeeded": Verb(N_("A unit was succeeded by another"), plain=("code", "successor", "reason")),
    "officer_added": Verb(N_("Added an officer"), plain=("username",), beside=("name",)),
    "officer_changed": Verb(N_("Changed an officer"), plain=("username", "field"), beside=("before", "after")),
    "password_set": Verb(N_("Set a password"), plain=("username", "by_self")),
    "post_given": Verb(N_("Gave a post"), plain=("username", "post", "unit")),
    "post_ended": Verb(N_("Ended a post"), plain=("username", "post", "unit")),
    "handed_over": Verb(N_("Handed work over"), plain=("username", "successor", "matters", "drafts"),
                        beside=("reason",)),
    "ladder_set": Verb(N_("Set the ladder of supervision"), plain=("rungs",)),
    "rules_set": Verb(N_("Set rules"), plain=("profile", "rules", "to_open")),
    "influences_set": Verb(N_("Set influence periods"), plain=("periods",)),
    "rule_withdrawn": Verb(N_("Withdrew a rule"), plain=("rule", "to_open"), beside=("reason",)),
    "catalogue_set": Verb(N_("Set the dispatch catalogue"), plain=("rows",)),
    "calendar_loaded": Verb(N_("Loaded a calendar"), plain=("year", "source", "off", "worked", "digest")),
    "calendar_day_set": Verb(N_("Set a day of the city's own"), plain=("day", "off", "name"), beside=("reason",)),
    "calendar_day_removed": Verb(N_("Took a day of the city's own away"), plain=("day", "off", "name"),
                                 beside=("reason",)),
    "identity_opened": Verb(N_("Opened a complainant's identity"), plain=("case",), beside=("reason",)),
    "imported": Verb(N_("Imported a ledger"), plain=("batch", "kind", "source", "rows", "filed", "skipped", "sha256")),
    "exported": Verb(N_("Exported the ledger"), plain=("format", "filter", "rows", "as_of", "sha256")),
    "accesses_exported": Verb(N_("Exported the access log"), plain=("format", "filter", "rows", "as_of", "sha256")),
    "setting_set": Verb(N_("Changed a setting"), plain=("setting", "before", "after", "basis"),
                        beside=("old", "new")),
    "dossier_asked": Verb(N_("Asked for a dossier"), plain=("case", "identity"), beside=("reason",)),
    "dossier_taken": Verb(N_("Took a dossier away"), plain=("case", "asked", "manifest", "entries", "last")),
    "lot_announced": Verb(N_("Announced a looking back by lot"),
                          plain=("lookback", "rule", "population", "digest", "musts")),
    "lot_drawn": Verb(N_("Drew the lot"),
                      plain=("lookback", "announcement", "checkpoint", "seed", "drawn", "hands")),
    "lot_handed": Verb(N_("Handed a drawn case to another supervisor"), plain=("lookback", "case", "to")),
    "lot_ended": Verb(N_("Ended a looking back by lot"), plain=("lookback", "results")),
    "mapping_saved": Verb(N_("Saved a column mapping"), plain=("name", "columns")),
    "key_set": Verb(N_("Set the signing key of the checkpoints"), plain=("key", "before")),
}


class Undeclared(Exception):
    """A programmer's mistake: an entry with other keys than its verb declares."""


class Written(SimpleNamespace):
    """An entry as it was just made: all that an Entry says, and nothing that the session looks after."""


def append(session: Session, stream: str, verb: str, *, by: str, unit: str | None, at: datetime,
           words: dict[str, str], plain: dict | None = None, beside: dict[str, str | None] | None = None) -> Written:
    """Add one entry at the end of its stream, which stays locked until the transaction ends."""
    heads = bundles.kept(session)
    seq, seal = heads.get(stream) or _lock(session.connection(), stream)
    made = _make(stream, verb, seq=seq + 1, prev=seal, by=by, unit=unit, at=at, words=words, plain=plain,
                 beside=beside)
    _write(session, [made])
    _move(session, [made])
    return made.entry


def begin(session: Session, entries: list[dict]) -> list[Written]:
    """The first entries of new streams, many at once; each dict holds the arguments of `append`."""
    made = [_make(seq=1, prev="", **entry) for entry in entries]
    _write(session, made)
    bundles.write(session, _ADD_HEAD, [each.row for each in made])
    bundles.kept(session).update((each.row["stream"], (1, each.row["seal"])) for each in made)
    return [each.entry for each in made]


def append_each(session: Session, entries: list[dict]) -> None:
    """One further entry in each of many streams that stand already; each dict holds the arguments of `append`."""
    if not entries:
        return
    connection = session.connection()
    found = connection.execute(_HEADS, {"of": sorted(entry["stream"] for entry in entries)})
    heads = {stream: (seq, seal) for stream, seq, seal in found}
    made = []
    for entry in entries:
        seq, seal = heads[entry["stream"]]
        made.append(_make(seq=seq + 1, prev=seal, **entry))
    _write(session, made)
    _move(session, made)


@dataclass(frozen=True)
class _Made:
    row: dict
    values: list[dict]
    entry: Written


def _make(stream, verb, *, seq, prev, by, unit, at, words, plain=None, beside=None) -> _Made:
    beside = {key: value for key, value in (beside or {}).items() if value is not None}
    _check(verb, plain or {}, beside)
    values = [
        {"stream": stream, "seq": seq, "key": key, "value": value, "salt": secrets.token_bytes(32)}
        for key, value in beside.items()
    ]
    data = dict.fromkeys(VERBS[verb].plain) | (plain or {})
    data["beside"] = {row["key"]: digest(row["salt"], row["value"]) for row in values}
    row = {"stream": stream, "seq": seq, "at": at, "actor": by, "unit": unit, "verb": verb,
           "words": _canonical(tuple(words.items())), "data": rfc8785.dumps(data).decode(), "prev": prev}
    entry = Written(**row)
    row["seal"] = entry.seal = hashlib.sha256(body(entry)).hexdigest()
    return _Made(row, values, entry)


def _write(session: Session, made: list[_Made]) -> None:
    bundles.write(session, _ADD_ENTRY, [each.row for each in made])
    if values := [row for each in made for row in each.values]:
        bundles.write(session, _ADD_VALUE, values)
    bundles.write(session, _QUEUE, [each.row for each in made])


def _move(session: Session, made: list[_Made]) -> None:
    """The heads of streams that stand already."""
    bundles.write(session, _MOVE_HEAD, [each.row for each in made])
    bundles.kept(session).update((each.row["stream"], (each.row["seq"], each.row["seal"])) for each in made)


@lru_cache(maxsize=32)  # many entries in a row say the same
def _canonical(words: tuple[tuple[str, str], ...]) -> str:
    return rfc8785.dumps(dict(words)).decode()


def digest(salt: bytes, value: str) -> str:
    return hashlib.sha256(salt + value.encode()).hexdigest()


def body(entry) -> bytes:
    """The sealed bytes, put together from the columns as stored: data and words are kept as canonical text."""
    return (
        f'{{"actor":{_json(entry.actor)},"at":"{instant(entry.at)}","data":{entry.data},"prev":"{entry.prev}",'
        f'"seq":{entry.seq},"stream":{_json(entry.stream)},"unit":{_json(entry.unit)},"verb":{_json(entry.verb)},'
        f'"words":{entry.words}}}'
    ).encode()


def facts(entry) -> dict:
    """The sealed data of an entry, for reading: whoever asks again is given the same, and nobody may change it."""
    return _read(entry.data)


@lru_cache(maxsize=64)  # a page asks some three times of each of its entries
def _read(data: str) -> dict:
    return json.loads(data)


def hold(session: Session, stream: str = OFFICE) -> None:
    """Keep a stream for oneself until the transaction ends: what is looked at from here on still holds when the entry
    is made."""
    _lock(session.connection(), stream)


def of(stream: str):
    return select(Entry).where(Entry.stream == stream).order_by(Entry.seq)


def values(session: Session, stream: str, seqs=None) -> dict[int, dict[str, str | None]]:
    """seq → key → value; None where it was erased."""
    query, given = (_VALUES, {}) if seqs is None else (_SOME_VALUES, {"seqs": list(seqs)})
    found: dict[int, dict[str, str | None]] = {}
    for seq, key, value in session.connection().execute(query, {"of": stream, **given}):
        found.setdefault(seq, {})[key] = value
    return found


_VALUES = select(Value.seq, Value.key, Value.value).where(Value.stream == bindparam("of"))
_SOME_VALUES = _VALUES.where(Value.seq.in_(bindparam("seqs", expanding=True)))


def head(session: Session, stream: str = OFFICE) -> int:
    return session.connection().scalar(_SEQ, {"of": stream}) or 0


def last(session: Session, stream: str) -> tuple[int, str]:
    """Number and seal of the last entry; the stream stays locked, so that it is the last until this is over."""
    return tuple(_lock(session.connection(), stream))


_SEQ = select(Head.seq).where(Head.stream == bindparam("of"))


def _check(verb: str, plain: dict, beside: dict) -> None:
    declared = VERBS.get(verb)
    if declared is None:
        raise Undeclared(f"no verb is called {verb!r}")
    if unknown := plain.keys() - set(declared.plain):
        raise Undeclared(f"{verb!r} does not declare {', '.join(sorted(unknown))}")
    names = {key.partition(".")[0] for key in beside}
    if not declared.open_ended and (unknown := names - {*declared.beside, *declared.guarded}):
        raise Undeclared(f"{verb!r} does not declare {', '.join(sorted(unknown))} beside")


def _lock(connection, stream: str) -> tuple[int, str]:
    found = connection.execute(_HEAD, {"of": stream}).first()
    if found is None:
        _ADD_HEAD.write(connection, [{"stream": stream, "seq": 0, "seal": ""}])
        found = connection.execute(_HEAD, {"of": stream}).one()
    return found


# Made once: putting a statement together costs more than running it.
_HEAD = select(Head.seq, Head.seal).where(Head.stream == bindparam("of")).with_for_update()
_HEADS = select(Head.stream, Head.seq, Head.seal).where(
    Head.stream.in_(bindparam("of", expanding=True))).order_by(Head.stream).with_for_update()
_ADD_HEAD = Many(Head.__table__)
_MOVE_HEAD = Many(Head.__table__, key="stream")
_ADD_ENTRY, _ADD_VALUE, _QUEUE = Many(Entry.__table__), Many(Value.__table__), Many(Unsequenced.__table__)


def _json(value) -> str:
    return json.dumps(value, ensure_ascii=False)
