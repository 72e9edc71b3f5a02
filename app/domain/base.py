"""The ground of the tables: column types that survive both databases, and how a connection is opened."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from time import monotonic, sleep

from sqlalchemy import BindParameter, MetaData, String, event, literal, literal_column
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator
from sqlalchemy.util import LRUCache

PATIENCE = 20.0  # seconds a write waits for its turn
LOOK = 0.0002  # seconds between two looks whether it is one's turn: who writes has it for a few milliseconds
_BUSY = f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}"


def instant(at: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.ffffffZ`; refuses a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be recorded")
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@lru_cache(1024)  # of years of work that is every day
def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def raw(connection, query, facts: dict) -> list[tuple]:
    """Rows as the driver gives them, for whoever reads them by the million: columns must need no making of values."""
    result = connection.execute(query, facts)
    try:
        return result.cursor.fetchall()
    except connection.dialect.dbapi.Error as error:
        raise DBAPIError.instance(str(query), facts, error, connection.dialect.dbapi.Error) from error
    finally:
        result.close()


class Instant(TypeDecorator):
    """UTC as text: SQLite drops zones and PostgreSQL rounds in its own way, and both would break seals."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else instant(value)

    def process_result_value(self, value, dialect):
        return None if value is None else moment(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


WHERE = "where"


def only(condition) -> dict:
    """What makes an index partial: the migrations tell both databases, each in its own words."""
    return {"info": {WHERE: condition}}


def kept(connection: Connection, told) -> dict:
    """A drawer for what was worked out from the state that functions.State told of on this connection just now; empty
    as soon as that is another one."""
    state = told, getattr(connection.connection.dbapi_connection, "total_changes", None)
    if connection.info.get("state") != state:
        connection.info.update(state=state, kept={})
    return connection.info["kept"]


def among(column, values):
    """One of a few values, or of parameters, that stand in the statement for good. SQLAlchemy writes an `in_` of plain
    values anew each time that it runs, and looks through the whole text for it."""
    if not any(isinstance(value, BindParameter) for value in values):
        values = [literal(value, column.type) for value in sorted(values)]
    return column == values[0] if len(values) == 1 else column.in_(values)


FAR = literal_column("'9999-12-31'", String)  # where a day that is not known comes in an order of days


class Compilations:
    """What SQLAlchemy keeps of compiled statements. One that stands in a module for good is known by being the same:
    to hash all that it says takes tens of microseconds, each time again.

    https://docs.sqlalchemy.org/en/21/core/connections.html#sqlalchemy.engine.Connection.execution_options.params.compiled_cache
    """

    MOST = 1_000

    def __init__(self):
        self.same: dict[tuple, tuple] = {}  # where a key is in memory → the key itself, what it was compiled to
        self.alike = LRUCache(500)

    def get(self, key: tuple, default=None):
        found = self.same.get((id(key[1]), *key[2:]))
        if found is not None and found[0] is key[1]:
            return found[1]
        return self.alike.get(key, default)

    def __setitem__(self, key: tuple, compiled) -> None:
        self.alike[key] = compiled
        if len(self.same) >= self.MOST:
            self.same = {}
        self.same[id(key[1]), *key[2:]] = key[1], compiled


def prepare(engine: Engine) -> Engine:
    """Set a new engine up for how this program reads and writes.

    SQLite: a transaction that will write says so before its first SELECT (execution option `write=True`) and begins
    IMMEDIATE; a snapshot that was read cannot be upgraded while others write, and no busy timeout helps there.
    """
    engine.update_execution_options(compiled_cache=Compilations())
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        from app.domain import postgresql

        postgresql.prepare(engine)
    return engine


def keep(engine: Engine, kibibytes: int) -> None:
    """How much of the database each new connection is to keep at hand, on SQLite."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA cache_size = -{kibibytes}"))


@contextmanager
def roomy(connection, kibibytes: int) -> Iterator[None]:
    """Meanwhile SQLite keeps so much of the database at hand, and gives it back: a transaction that touches more pages
    than are kept writes them out and reads them again before it ends."""
    if connection.dialect.name != "sqlite":
        yield
        return
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{kibibytes}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {usual}")


def _open_sqlite(connection, _record):
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "recursive_triggers = ON",  # else INSERT OR REPLACE passes the triggers that forbid deleting
        "cache_size = -600",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(_BUSY)


def _begin_sqlite(connection):
    if not connection.get_execution_options().get("write"):
        connection.exec_driver_sql("BEGIN")
    elif not _begin_writing(connection.connection.dbapi_connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def still(engine: Engine, patience: float) -> Iterator[bool]:
    """On SQLite nobody writes meanwhile; False where somebody did all the time that one was ready to wait."""
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        held = _begin_writing(driver, patience)
        try:
            yield held
        finally:
            if held:
                driver.execute("ROLLBACK")


def _begin_writing(connection, patience: float = PATIENCE) -> bool:
    """Wait for one's turn to write, looking again and again: SQLite itself sleeps up to a tenth of a second between
    looks, in which twenty others could have written, and of a sleep of one millisecond half is lost at each turn."""
    until = monotonic() + patience
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while monotonic() < until:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return True
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    return False
            sleep(LOOK)
        return False
    finally:
        connection.execute(_BUSY)
