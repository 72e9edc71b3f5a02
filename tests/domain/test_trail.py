"""The trail: bytes that anybody can rebuild, a chain in every stream, and a database that changes nothing in it."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain import trail
from app.domain.base import instant
from app.domain.trail import Entry, Head, Undeclared, Unsequenced, Value

AT = datetime(2026, 9, 14, 1, 12, 3, 45, tzinfo=UTC)
LAWS = settings(max_examples=60, derandomize=True, deadline=None,
                suppress_health_check=[HealthCheck.function_scoped_fixture])
FILE = Path(__file__).parents[3] / "shared" / "data" / "naughty_strings" / "blns.json"
NAUGHTY = json.loads(FILE.read_text()) if FILE.exists() else ["'; DROP TABLE entries; --", "\u202e", "{\"beside\":{}}"]
carried = st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00")  # PostgreSQL stores no NUL
texts = st.text(carried, max_size=30)


def append(session: Session, stream="TS-2026-0001", verb="corrected", *, at=AT, by="registrar", unit="ysb",
           words=None, plain=None, beside=None) -> Entry:
    return trail.append(session, stream, verb, by=by, unit=unit, at=at, words=words or {"verb": "更正"}, plain=plain,
                        beside=beside)


def bytes_by_the_book(entry) -> bytes:
    """RFC 8785 over exactly the nine fields that were promised, built by somebody who has only the row."""
    return rfc8785.dumps({
        "stream": entry.stream, "seq": entry.seq, "at": instant(entry.at), "actor": entry.actor, "unit": entry.unit,
        "verb": entry.verb, "words": json.loads(entry.words), "data": json.loads(entry.data), "prev": entry.prev,
    })


def stored(session: Session, entry) -> Entry:
    session.flush()
    session.expire_all()
    return session.execute(select(*Entry.__table__.columns).where(
        Entry.stream == entry.stream, Entry.seq == entry.seq)).one()


# --- bytes and seals -------------------------------------------------------------------------------------------------


@LAWS
@given(by=texts.filter(bool), unit=st.none() | texts, words=st.dictionaries(texts, texts, max_size=4),
       field=texts, before=texts, after=st.none() | texts, old=texts)
def test_the_bytes_of_an_entry_are_rfc_8785_of_the_whole_row_whatever_it_says(session, **given):
    entry = append(session, by=given["by"], unit=given["unit"], words=given["words"],
                   plain={name: given[name] for name in ("field", "before", "after")}, beside={"old": given["old"]})
    row = stored(session, entry)
    assert trail.body(row) == bytes_by_the_book(row)
    assert row.seal == hashlib.sha256(bytes_by_the_book(row)).hexdigest()


def test_every_naughty_string_is_sealed_and_comes_back_to_the_byte(session):
    for naughty in (string for string in NAUGHTY if "\x00" not in string):
        entry = append(session, plain={"field": naughty}, beside={"old": naughty}, words={"verb": naughty})
        row = stored(session, entry)
        assert row.seal == hashlib.sha256(bytes_by_the_book(row)).hexdigest()
        assert trail.facts(row)["field"] == naughty
        assert trail.values(session, row.stream, [row.seq])[row.seq]["old"] == naughty


def test_every_declared_key_stands_in_the_entry_absent_ones_as_null(session):
    entry = append(session, plain={"field": "title"})
    assert trail.facts(entry) == {"field": "title", "before": None, "after": None, "beside": {}}


def test_a_time_is_sealed_in_utc_to_the_microsecond_whatever_zone_it_came_in(session):
    shanghai = timezone(timedelta(hours=8))
    entry = append(session, at=datetime(2026, 9, 14, 9, 12, 3, 45, tzinfo=shanghai))
    row = stored(session, entry)
    assert b'"at":"2026-09-14T01:12:03.000045Z"' in trail.body(row)
    assert row.at == AT


def test_a_time_without_a_zone_is_not_recorded(session):
    with pytest.raises(ValueError, match="without a zone"):
        append(session, at=datetime(2026, 9, 14, 9, 12))  # noqa: DTZ001


def test_seals_are_lower_case_hex_and_the_first_entry_follows_on_nothing(session):
    entry = append(session)
    assert entry.prev == "" and entry.seq == 1
    assert len(entry.seal) == 64 and set(entry.seal) <= set("0123456789abcdef")


def test_each_entry_follows_on_the_seal_before_it_in_its_own_stream(session):
    entries = [append(session, stream) for stream in ("TS-2026-0001", "TS-2026-0002") * 3]
    for stream in ("TS-2026-0001", "TS-2026-0002"):
        mine = [entry for entry in entries if entry.stream == stream]
        assert [entry.seq for entry in mine] == [1, 2, 3]
        assert [entry.prev for entry in mine] == ["", mine[0].seal, mine[1].seal]
        head = session.get(Head, stream)
        assert (head.seq, head.seal) == (3, mine[-1].seal)


def test_the_tree_is_owed_every_seal(session):
    before = set(session.scalars(select(Unsequenced.seal)))
    made = {append(session).seal for _ in range(3)}
    assert set(session.scalars(select(Unsequenced.seal))) - before == made


def test_many_first_entries_at_once_are_the_same_as_one_by_one(session):
    facts = dict(verb="filed", by="registrar", unit="ysb", at=AT, words={"verb": "登记"}, plain={"kind": "task"},
                 beside={"title": "甲"})
    many = trail.begin(session, [facts | {"stream": f"RW-2026-{n:04d}"} for n in (1, 2, 3)])
    assert [(entry.seq, entry.prev) for entry in many] == [(1, "")] * 3
    for entry in many:
        row = stored(session, entry)
        assert row.seal == hashlib.sha256(bytes_by_the_book(row)).hexdigest()
    assert append(session, "RW-2026-0002").prev == many[1].seal


# --- plain and beside ------------------------------------------------------------------------------------------------


def test_a_value_beside_is_bound_by_a_salted_digest_of_its_bytes(session):
    entry = append(session, beside={"old": "张三", "new": "李四"})
    kept = {value.key: value for value in session.scalars(select(Value).where(Value.stream == entry.stream))}
    for key, value in (("old", "张三"), ("new", "李四")):
        salt = kept[key].salt
        assert len(salt) == 32 and kept[key].value == value
        assert trail.facts(entry)["beside"][key] == hashlib.sha256(salt + value.encode()).hexdigest()
    assert kept["old"].salt != kept["new"].salt
    assert "张三" not in entry.data and "李四" not in entry.data


def test_the_same_value_twice_has_two_digests(session):
    first, second = (append(session, beside={"old": "张三"}) for _ in range(2))
    assert trail.facts(first)["beside"]["old"] != trail.facts(second)["beside"]["old"]


def test_a_value_that_is_not_there_is_not_kept(session):
    entry = append(session, beside={"old": None, "new": ""})
    assert trail.values(session, entry.stream)[entry.seq] == {"new": ""}


@pytest.mark.parametrize(("verb", "plain", "beside"), [
    ("corrected", {"colour": "red"}, None), ("corrected", None, {"colour": "red"}),
    ("corrected", {"reason": "x"}, None),
    ("corrected", None, {"field": "x"}), ("filed", {"title": "x"}, None), ("password_set", {"password": "x"}, None),
    ("password_set", None, {"password": "x"}), ("stepped", {"reason": "x"}, None), ("gossiped", None, None),
])
def test_an_entry_says_only_what_its_verb_declares(session, verb, plain, beside):
    with pytest.raises(Undeclared):
        append(session, verb=verb, plain=plain, beside=beside)
    assert trail.head(session, "TS-2026-0001") == 0
    assert session.scalars(trail.of("TS-2026-0001")).all() == []


def test_no_verb_keeps_one_key_in_two_places():
    for name, verb in trail.VERBS.items():
        keys = [*verb.plain, *verb.beside, *verb.guarded]
        assert len(keys) == len(set(keys)), name
        assert verb.sentence, name


# --- the database refuses --------------------------------------------------------------------------------------------

CHANGES = {
    "an update of anything": "UPDATE entries SET actor = 'somebody'",
    "an update that changes nothing": "UPDATE entries SET actor = actor",
    "a removal": "DELETE FROM entries WHERE seq = 1",
    "a removal of everything": "DELETE FROM entries",
    "a removal of a value": "DELETE FROM entry_values",
    "another value": "UPDATE entry_values SET value = '李四'",
    "another salt": "UPDATE entry_values SET salt = NULL",
    "a value taken without its salt": "UPDATE entry_values SET value = NULL",
    "another name of a value": "UPDATE entry_values SET key = 'new', value = NULL, salt = NULL",
    "a value moved to another entry": "UPDATE entry_values SET seq = 2, value = NULL, salt = NULL",
}
SPECIAL = {
    "sqlite": {
        "a replacement": "INSERT OR REPLACE INTO entries SELECT stream, seq, at, 'somebody', unit, verb, words, data, "
                         "prev, seal FROM entries",
        "a replacement by its hidden number": "INSERT OR REPLACE INTO entries (rowid, stream, seq, at, actor, verb, "
                                              "words, data, prev, seal) SELECT rowid, 'x', seq, at, actor, verb, words,"
                                              " data, prev, seal FROM entries",
        "a replaced value by its hidden number": "REPLACE INTO entry_values (rowid, stream, seq, key) "
                                                 "SELECT rowid, stream, seq, 'x' FROM entry_values",
        "a replaced value": "REPLACE INTO entry_values SELECT stream, seq, key, '李四', salt FROM entry_values",
        "an update that replaces": "UPDATE OR REPLACE entries SET seq = 2 WHERE seq = 1",
        "an upsert": "INSERT INTO entries SELECT * FROM entries WHERE true ON CONFLICT DO UPDATE SET actor = 'x'",
    },
    "postgresql": {
        "emptying": "TRUNCATE entries CASCADE",
        "emptying the values": "TRUNCATE entry_values",
        "an upsert": "INSERT INTO entries SELECT * FROM entries ON CONFLICT (stream, seq) DO UPDATE SET actor = 'x'",
        "an upsert of a value": "INSERT INTO entry_values SELECT * FROM entry_values "
                                "ON CONFLICT (stream, seq, key) DO UPDATE SET value = 'x'",
    },
}


@pytest.fixture
def raw(engine):
    """A database with a trail of two entries, and a connection of somebody who knows nothing of this program."""
    with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
        append(session, beside={"old": "张三"})
        append(session, beside={"old": "王五"})
        session.commit()
    if engine.dialect.name == "sqlite":
        import sqlite3

        connection = sqlite3.connect(engine.url.database, isolation_level=None)
    else:
        import psycopg

        connection = psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
                                     autocommit=True)
    yield SimpleNamespace(run=lambda sql: connection.execute(sql), dialect=engine.dialect.name)
    connection.close()


def everything(raw) -> list:
    return [raw.run("SELECT * FROM entries ORDER BY stream, seq").fetchall(),
            raw.run("SELECT * FROM entry_values ORDER BY stream, seq, key").fetchall()]


def test_the_database_itself_refuses_every_change_of_the_trail(raw):
    before = everything(raw)
    let_through = []
    for name, statement in (CHANGES | SPECIAL[raw.dialect]).items():
        try:
            raw.run(statement)
            let_through.append(name)
        except Exception as refusal:
            assert "append-only" in str(refusal), f"{name}: {refusal}"
    assert let_through == []
    assert everything(raw) == before


def test_a_value_may_be_erased_together_with_its_salt_and_stays_erased(raw):
    raw.run("UPDATE entry_values SET value = NULL, salt = NULL WHERE seq = 1 AND stream = 'TS-2026-0001'")
    row = "SELECT value, salt FROM entry_values WHERE seq = 1 AND stream = 'TS-2026-0001'"
    assert raw.run(row).fetchone() == (None, None)
    with pytest.raises(Exception, match="append-only"):
        raw.run("UPDATE entry_values SET value = '张三', salt = NULL WHERE seq = 1")
    assert raw.run(row).fetchone() == (None, None)


def test_an_entry_is_added_once_at_one_place(session):
    entry = append(session)
    copy = {column.name: getattr(entry, column.key) for column in Entry.__table__.columns}
    with pytest.raises(Exception, match=r"(?i)unique|append-only|duplicate"):
        session.execute(Entry.__table__.insert(), [copy])


def test_eight_clerks_at_once_leave_no_gap_in_one_stream(engine):
    def write(_n: int) -> None:
        with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
            for _ in range(5):
                append(session, "office", "exported", plain={"rows": 1})
                session.commit()

    with engine.connect() as connection:
        before = connection.scalar(text("SELECT seq FROM streams WHERE stream = 'office'"))
    with ThreadPoolExecutor(8) as clerks:
        list(clerks.map(write, range(8)))
    with Session(engine) as session:
        entries = session.scalars(trail.of("office")).all()
    assert [entry.seq for entry in entries] == list(range(1, before + 41))
    assert all(entry.prev == earlier.seal for earlier, entry in pairwise(entries))
