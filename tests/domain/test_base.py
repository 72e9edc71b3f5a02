"""The ground of the tables: what is kept of statements never gives one the words of another."""

import gc

import pytest
from sqlalchemy import bindparam, create_engine, event, insert, literal, select, union_all
from sqlalchemy.util import LRUCache

from app.domain.base import Compilations, among, kept, prepare
from app.domain.functions import State
from app.domain.views import View

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


@pytest.fixture
def looks(engine):
    """What a drawer holds on a connection of one's own, having looked at the state of the database just now."""
    own = engine.connect()

    def look() -> dict:
        drawer = kept(own, own.scalar(select(State())))
        own.rollback()
        return drawer

    yield look
    own.close()


def write(engine, *names: str) -> None:
    with engine.connect().execution_options(write=True) as connection:
        connection.execute(insert(View), [{"officer_id": None, "name": name, "query": ""} for name in names])
        connection.commit()


def test_what_was_worked_out_is_kept_while_nobody_changes_anything(looks):
    looks()["count"] = 7
    assert looks() == {"count": 7}


def test_the_act_of_anybody_else_empties_the_drawer(engine, looks):
    looks()["count"] = 7
    write(engine, "somebody else's")
    assert looks() == {}


def test_the_drawer_is_empty_after_an_act_on_its_own_connection(engine):
    with engine.connect().execution_options(write=True) as own:
        kept(own, own.scalar(select(State())))["count"] = 7
        own.rollback()
        own.execute(insert(View), {"officer_id": None, "name": "mine", "query": ""})
        own.commit()
        assert kept(own, own.scalar(select(State()))) == {}


def test_what_is_worked_out_while_somebody_writes_is_not_kept_beyond_it(engine, looks):
    with engine.connect().execution_options(write=True) as other:
        other.execute(insert(View), {"officer_id": None, "name": "on its way", "query": ""})
        looks()["count"] = 7
        other.commit()
    assert looks() == {}


@pytest.mark.parametrize("values", [[], [3], [3, 1, 2], frozenset({2})])
def test_among_finds_what_in_finds(connection, values):
    numbers = union_all(*(select(literal(n).label("n")) for n in range(5))).subquery()
    found = connection.scalars(select(numbers.c.n).where(among(numbers.c.n, values)).order_by(numbers.c.n)).all()
    assert found == sorted(values)


@pytest.mark.one_database("postgresql")
def test_the_planner_looks_into_the_index_of_words_before_it_reads_all_texts(session):
    cost = "SELECT current_setting('random_page_cost')::float < current_setting('seq_page_cost')::float * 2"
    assert session.connection().exec_driver_sql(cost).scalar()
    session.rollback()
    assert session.connection().exec_driver_sql(cost).scalar(), "and so it does in the next transaction"
