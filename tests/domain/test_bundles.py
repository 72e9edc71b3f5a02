"""A bundle: the rows of a long transaction in lots, which nobody can tell from rows that were written one by one."""

from sqlalchemy import event, func, select

from app.domain import bundles, trail
from app.domain.letters import Letter
from app.domain.tellings import Telling
from app.domain.trail import Entry, Head, Unsequenced, Value
from tests.office.conftest import Story

TABLES = (Entry, Value, Head, Unsequenced, Telling, Letter)


def counts(session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(table)) for table in TABLES]


def chained(session, stream: str) -> bool:
    entries = session.scalars(trail.of(stream)).all()
    return [each.seq for each in entries] == list(range(1, len(entries) + 1)) and [
        each.prev for each in entries] == ["", *(each.seal for each in entries[:-1])]


def lived(office) -> list[str]:
    """Two lives that cross each other, and a case raised from one of them."""
    one, other = office.at_work(supports=["zrzy"]), office.handed()
    office.step(one, "report", "liaison", progress="在办")
    office.start(other)
    office.submit(one)
    return [one.number, other.number]


def test_a_bundle_holds_the_same_rows_in_the_end(session):
    office, before = Story(session), counts(session)
    lived(office)
    once = counts(session)
    with bundles.bundled(session, lot=7):
        numbers = lived(office)
    twice = counts(session)
    assert [b - a for a, b in zip(once, twice, strict=True)] == [b - a for a, b in zip(before, once, strict=True)]
    assert all(chained(session, number) for number in numbers)
    heads = dict(session.execute(select(Head.stream, Head.seal).where(Head.stream.in_(numbers))).tuples().all())
    assert heads == {number: session.scalars(trail.of(number)).all()[-1].seal for number in numbers}


def test_whoever_reads_meanwhile_reads_what_was_written(session):
    office = Story(session)
    with bundles.bundled(session):
        case = office.at_work()
        assert trail.head(session, case.number) == 3 and chained(session, case.number)
        assert office.steps_of(case) == ["assign", "start"]
        assert trail.last(session, case.number)[0] == 3
        office.step(case, "report", "liaison", progress="在办")
        assert trail.values(session, case.number, [4]) == {4: {"progress": "在办"}}
    assert trail.head(session, case.number) == 4


def test_it_takes_far_fewer_statements(session):
    office, engine, heard = Story(session), session.get_bind(), []
    case, other = office.at_work(), office.at_work()
    event.listen(engine, "before_cursor_execute", lambda *given: heard.append(given[2]))

    def ten_reports(case) -> int:
        heard.clear()
        for _ in range(10):
            office.step(case, "report", "liaison", progress="在办")
        return len(heard)

    one_by_one = ten_reports(case)
    with bundles.bundled(session):
        together = ten_reports(other)
    assert together <= one_by_one - 40
