"""Connections to PostgreSQL: what stays prepared, who may write, and what becomes of a connection that died."""

import pytest
from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.domain import postgresql
from app.domain.trail import Entry, Head

pytestmark = pytest.mark.one_database("postgresql")
COUNT = select(func.count()).select_from(Entry)
PREPARED = text("SELECT count(*) FROM pg_prepared_statements")
SERVED_BY = text("SELECT pg_backend_pid()")


def read(engine, query=COUNT):
    with engine.connect() as connection:
        return connection.scalar(query)


def test_what_was_prepared_is_prepared_still_for_the_next_page(engine):
    for _ in range(10):
        read(engine)
    assert read(engine, PREPARED) > 0


def test_a_fault_in_a_page_ends_it_and_the_next_one_reads_on(engine):
    with pytest.raises(DBAPIError):
        read(engine, text("SELECT 1 / 0"))
    assert read(engine) > 0


def test_who_has_not_said_that_he_writes_does_not(engine):
    row = {"stream": "X", "seq": 0, "seal": ""}
    with engine.connect() as connection, pytest.raises(DBAPIError, match="read-only"):
        connection.execute(insert(Head), row)
    for _ in range(2):  # and the same connection takes turns
        with engine.connect().execution_options(write=True) as connection:
            connection.execute(insert(Head), row)
            connection.rollback()
        assert read(engine, select(Head.seq).where(Head.stream == "X")) is None


def end(engine, pid: int) -> None:
    other = create_engine(engine.url, isolation_level="AUTOCOMMIT")
    with other.connect() as connection:
        assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    other.dispose()


def test_a_connection_that_died_while_it_lay_idle_is_replaced_unheard(engine, monkeypatch):
    monkeypatch.setattr(postgresql, "TRUST", 0.0)
    pid = read(engine, SERVED_BY)
    end(engine, pid)
    assert read(engine, SERVED_BY) != pid


def test_who_comes_in_the_second_in_which_it_died_is_told_and_nobody_after_him(engine):
    pids = {read(engine, SERVED_BY) for _ in range(3)}
    assert len(pids) == 1
    end(engine, *pids)
    with pytest.raises(OperationalError):
        read(engine)
    assert read(engine) > 0


def test_one_that_lay_idle_is_looked_at_and_used_again(engine, monkeypatch):
    monkeypatch.setattr(postgresql, "TRUST", 0.0)
    pid = read(engine, SERVED_BY)
    assert read(engine, SERVED_BY) == pid
