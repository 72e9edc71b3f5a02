"""Gapless series: a number is taken with what it numbers, or not at all."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain import numbers


def test_the_first_number_is_one(session):
    assert list(numbers.take(session, "XX", 2026)) == [1]
    assert list(numbers.take(session, "XX", 2026)) == [2]


def test_each_prefix_and_each_year_counts_for_itself(session):
    numbers.take(session, "XX", 2026, 5)
    assert list(numbers.take(session, "XX", 2027)) == [1]
    assert list(numbers.take(session, "YY", 2026)) == [1]


def test_many_are_taken_at_once(session):
    assert list(numbers.take(session, "XX", 2026, 500)) == list(range(1, 501))
    assert list(numbers.take(session, "XX", 2026, 2)) == [501, 502]


@pytest.mark.parametrize(("serial", "written"), [(1, "TS-2026-0001"), (9999, "TS-2026-9999"), (12345, "TS-2026-12345")])
def test_a_number_is_written(serial, written):
    assert numbers.written("TS", 2026, serial) == written


def test_what_was_taken_in_vain_is_given_again(session):
    numbers.take(session, "XX", 2026)
    with pytest.raises(RuntimeError, match="did not come to pass"), session.begin_nested():
        numbers.take(session, "XX", 2026, 7)
        raise RuntimeError("it did not come to pass")
    assert list(numbers.take(session, "XX", 2026)) == [2]


def test_eight_clerks_at_once_leave_no_gap_and_take_no_number_twice(engine):
    """Half of what they begin they give up again; the series they all begin does not exist yet."""
    def file(clerk: int) -> list[int]:
        kept = []
        for turn in range(12):
            with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
                taken = numbers.take(session, "XX", 2026, 1 + turn % 3)
                if (clerk + turn) % 2:
                    session.commit()
                    kept += taken
        return kept

    with ThreadPoolExecutor(8) as clerks:
        kept = [number for numbers in clerks.map(file, range(8)) for number in numbers]
    assert sorted(kept) == list(range(1, len(kept) + 1))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT last FROM series WHERE prefix = 'XX'")) == len(kept)
