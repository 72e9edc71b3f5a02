"""A crowd of open time nodes: one case that was really assigned, and its handling term, copied by the database itself;
without the lives behind them, so that a million stand within a minute or two."""

from sqlalchemy import Engine, String, case, cast, insert, literal, select, text, update

from app.domain import models
from app.domain.clocks import TimeNode

FIRST = 1_000_000  # ids and numbers of copies begin here


def gather(engine: Engine, pattern: TimeNode, size: int, *, units: list[int], after: int = 0) -> range:
    """`size` copies of a node and its case, one to each unit in turn; `after`: so many copies stand already."""
    cases, nodes, heads = (models.metadata.tables[name] for name in ("cases", "time_nodes", "streams"))
    number = _numbers(FIRST + after, size)
    n, name = number.c.n, literal("ZZ-") + cast(number.c.n, String)
    unit = case(*((n % len(units) == place, id) for place, id in enumerate(units)))
    with engine.connect().execution_options(write=True) as connection:
        _copy(connection, cases, number, cases.c.id == pattern.case_id,
              {"id": n, "number": name, "outside_number": literal(None), "lead_id": unit})
        _copy(connection, nodes, number, nodes.c.id == pattern.id, {"id": n, "case_id": n, "unit_id": unit})
        begun = select(name, literal(0), literal("")).select_from(number)
        connection.execute(insert(heads).from_select(["stream", "seq", "seal"], begun))
        connection.execute(text("ANALYZE"))
        connection.commit()
    return range(FIRST + after, FIRST + after + size)


def arm(engine: Engine, ids: range, **values) -> None:
    """Set columns of these nodes, behind everybody's back."""
    with engine.connect().execution_options(write=True) as connection:
        mine = update(TimeNode.__table__).where(TimeNode.id.between(ids.start, ids.stop - 1))
        connection.execute(mine.values(**values))
        connection.commit()


def _numbers(start: int, size: int):
    series = select(literal(start).label("n")).cte("numbers", recursive=True)
    return series.union_all(select(series.c.n + 1).where(series.c.n < start + size - 1))


def _copy(connection, table, number, which, instead: dict) -> None:
    names = [each.name for each in table.columns]
    columns = [instead.get(name, table.c[name]) for name in (each.key for each in table.columns)]
    query = select(*columns).select_from(table.join(number, text("1 = 1"))).where(which)
    connection.execute(insert(table).from_select(names, query))
