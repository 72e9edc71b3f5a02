"""The ground of the tables: what is kept of statements never gives one the words of another."""

import gc

import pytest
from sqlalchemy import bindparam, create_engine, event, literal, select
from sqlalchemy.util import LRUCache

from app.domain.base import Compilations, prepare

KEPT = select(bindparam("given"), literal("kept"))


class Asked(LRUCache):
    times = 0

    def get(self, key, default=None):
        self.times += 1
        return super().get(key, default)


@pytest.fixture
def connection():
    engine = prepare(create_engine("sqlite://"))
    with engine.connect() as connection:
        kept = connection.get_execution_options()["compiled_cache"]
        kept.alike = Asked(kept.alike.capacity)
        yield connection
    engine.dispose()


def cache(connection) -> Compilations:
    return connection.get_execution_options()["compiled_cache"]


def test_a_statement_that_stands_is_hashed_once(connection):
    assert [connection.execute(KEPT, {"given": each}).one() for each in range(50)] == [(n, "kept") for n in range(50)]
    assert cache(connection).alike.times == 1


def test_one_that_is_made_anew_is_compiled_once(connection):
    compiled = []
    event.listen(connection, "before_cursor_execute", lambda *given: compiled.append(given[4] and given[4].compiled))
    for each in range(50):
        assert connection.scalar(select(literal(each))) == each
    assert len({id(each) for each in compiled if each}) == 1


def test_thousands_that_come_and_go_are_never_taken_for_each_other(connection):
    for each in range(3_000):
        made = select(literal(each).label(f"a{each % 1_300}"))
        assert connection.execute(made).one()._asdict()[f"a{each % 1_300}"] == each
        del made
        if each % 500 == 0:
            gc.collect()
    assert len(cache(connection).same) <= Compilations.MOST


def test_every_engine_of_ours_keeps_its_own():
    one, other = (prepare(create_engine("sqlite://")) for _ in range(2))
    kept = [each.get_execution_options()["compiled_cache"] for each in (one, other)]
    assert all(isinstance(each, Compilations) for each in kept) and kept[0] is not kept[1]
