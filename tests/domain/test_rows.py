"""Many rows at once are the rows that one by one would have been."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, MetaData, String, Table, Text, event, select

from app.domain.base import Instant
from app.domain.rows import FEW, Many

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
MADE = MetaData()
THINGS = Table("things", MADE, Column("id", Integer, primary_key=True), Column("name", Text), Column("code", String(9)),
               Column("open", Boolean), Column("due_on", Date), Column("at", Instant))
SALTED = Table("salted", MADE, Column("id", Integer, primary_key=True), Column("salt", LargeBinary))
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
ROWS = st.lists(st.fixed_dictionaries({
    "name": st.none() | TEXTS,
    "code": st.none() | st.sampled_from(["", "null", "'", '"', "\\", "%s", "〔2026〕", "{}"]),
    "open": st.none() | st.booleans(),
    "due_on": st.none() | st.dates(),
    "at": st.none() | st.integers(-10**16, 10**16).map(lambda ms: BEGAN + timedelta(microseconds=ms))},
), min_size=1, max_size=3 * FEW)


@pytest.fixture
def connection(session):
    connection = session.connection()
    MADE.create_all(connection)
    yield connection
    MADE.drop_all(connection)


def stored(connection, table=THINGS) -> list[dict]:
    return [dict(row) for row in connection.execute(select(table).order_by(table.c.id)).mappings()]


def numbered(rows) -> list[dict]:
    return [{"id": id, **row} for id, row in enumerate(rows)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example begins with an empty table
@given(first=ROWS, second=ROWS)
def test_what_is_added_and_changed_is_read_back_as_it_was(connection, first, second):
    connection.execute(THINGS.delete())
    rows = numbered(first)
    Many(THINGS).write(connection, rows)
    assert stored(connection) == rows
    others = numbered(second)
    Many(THINGS, key="id").write(connection, others)
    assert stored(connection) == [*others[: len(rows)], *rows[len(others):]]


def test_columns_that_are_not_named_stay_as_they_are(connection):
    rows = numbered({"name": "甲", "code": "1", "open": True, "due_on": date(2026, 2, 14), "at": None}
                    for _ in range(50))
    Many(THINGS).write(connection, [row | {"of no column": 1} for row in rows])
    Many(THINGS, "id", "due_on", key="id").write(
        connection, [{"id": row["id"], "due_on": row["due_on"] + timedelta(row["id"])} for row in rows[:30]])
    assert stored(connection) == [
        row | {"due_on": row["due_on"] + timedelta(row["id"] if row["id"] < 30 else 0)} for row in rows]


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 500])
def test_postgresql_is_asked_once_however_many_rows_there_are(connection, dialect, count):
    asked = []
    event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[5]))  # whether row by row
    Many(THINGS, "id", "name").write(connection, [{"id": id, "name": "甲"} for id in range(count)])
    assert len(stored(connection)) == count
    assert asked[0] is (count > 1 and (dialect == "sqlite" or count <= FEW))


def test_bytes_go_row_by_row(connection):
    rows = [{"id": id, "salt": bytes(range(256))} for id in range(2 * FEW)]
    Many(SALTED).write(connection, rows)
    assert stored(connection, SALTED) == rows
