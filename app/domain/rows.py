"""Many rows of one table in one statement. PostgreSQL is handed them as one document: row by row, more of the time goes
into messages between program and server than into rows."""

import json
from datetime import date, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from app.domain.base import Instant

TO = "to_"  # before the name of a column: what is written there
FEW = 8  # rows that are not worth a document
_PLAIN = (String, Integer, Boolean, Date, Instant)  # types that stand in a document as they are


class Many:
    """An insert of rows that name all their columns, or, by `key`, an update of the other columns they name."""

    def __init__(self, table: Table, *names: str, key: str | None = None):
        self.table, self.is_update = table, key is not None
        self.names = names or tuple(each.name for each in table.columns)
        columns = [table.c[name] for name in self.names]
        self.fits = all(isinstance(each.type, _PLAIN) for each in columns)
        given = _rows().table_valued(*(column(each.name, each.type) for each in columns)).render_derived(
            name="given", with_types=True)
        if key is None:
            self.by_row = insert(table).values({name: bindparam(TO + name) for name in self.names})
            self.by_document = insert(table).from_select(self.names, select(*given.c))
        else:
            others = [name for name in self.names if name != key]
            self.by_row = update(table).where(table.c[key] == bindparam(TO + key)).values(
                {name: bindparam(TO + name) for name in others})
            self.by_document = update(table).where(table.c[key] == given.c[key]).values(
                {name: given.c[name] for name in others})
        self.driven: dict[str, _Driven] = {}

    def write(self, connection: Connection, rows: list[dict]) -> None:
        dialect = connection.dialect
        if self.fits and len(rows) > FEW and dialect.name == "postgresql":
            connection.execute(self.by_document, {"rows": self._document(rows, dialect)})
            return
        driven = self.driven.get(dialect.name)
        if driven is None:
            driven = self.driven[dialect.name] = _Driven(self, dialect)
        connection.exec_driver_sql(driven.text, [driven.given(row) for row in rows])

    def _document(self, rows: list[dict], dialect) -> str:
        told = [(name, self.table.c[name].type.bind_processor(dialect)) for name in self.names]
        return json.dumps([{name: tell(row[name]) if tell else row[name] for name, tell in told} for row in rows],
                          ensure_ascii=False, default=_text)


class _Driven:
    """The statement by row as the driver takes it: between a few rows and the driver SQLAlchemy's way through a
    compiled statement takes twice as long as the rest."""

    def __init__(self, many: Many, dialect):
        compiled = many.by_row.compile(dialect=dialect)
        tell = {name: many.table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in many.names}
        self.text, self.is_positional = str(compiled), compiled.positional
        names = ((bound, bound.removeprefix(TO)) for bound in compiled.positiontup or compiled.binds)
        self.told = [(bound, name, tell[name]) for bound, name in names]

    def given(self, row: dict) -> tuple | dict:
        if self.is_positional:
            return tuple([tell(row[name]) if tell else row[name] for _, name, tell in self.told])
        return {bound: tell(row[name]) if tell else row[name] for bound, name, tell in self.told}


def write(connection: Connection, what, rows: list[dict]) -> None:
    """`what`: many rows of a table, or any other statement that is run once for each row."""
    if isinstance(what, Many):
        what.write(connection, rows)
    else:
        connection.execute(what, rows)


def _rows():
    return func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))


def _text(value) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not stand in a document")
