"""What both databases can say of themselves or of a text, each in its own words.

SQLAlchemy has more of PostgreSQL's ready, for whoever loads all of that dialect: 2 MiB that SQLite has no use for.
"""

from sqlalchemy import LargeBinary, String, bindparam, cast
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import UserDefinedType


class State(FunctionElement):
    """Which state of the database the statement sees: while it stays the same, nobody has committed anything. On SQLite
    it is told apart on one connection only, and by the commits of others: `state` adds one's own.

    https://www.sqlite.org/pragma.html#pragma_data_version, https://www.postgresql.org/docs/current/functions-info.html
    """

    type = String()
    inherit_cache = True


@compiles(State, "sqlite")
def _state_of_sqlite(*_, **__) -> str:
    return "(SELECT data_version FROM pragma_data_version)"


@compiles(State, "postgresql")
def _state_of_postgresql(*_, **__) -> str:
    return "CAST(pg_current_snapshot() AS TEXT)"


class Octets(FunctionElement):
    """A text as the bytes of its UTF-8."""

    type = LargeBinary()
    inherit_cache = True


@compiles(Octets)
def _octets(octets, compiler, **how):
    return f"CAST({compiler.process(octets.clauses, **how)} AS BLOB)"


@compiles(Octets, "postgresql")
def _octets_on_postgresql(octets, compiler, **how):
    return f"convert_to({compiler.process(octets.clauses, **how)}, 'UTF8')"


class _Tsquery(UserDefinedType):
    cache_ok = True

    def get_col_spec(self, **_) -> str:
        return "TSQUERY"


def tsquery(name: str, *value: str):
    """What words are looked up by: the parameter of this name, given now or when it is run. It stands in the statement
    itself: how best to look for a word depends on how many texts it is in, so PostgreSQL plans each time anew."""
    return cast(bindparam(name, *value, type_=String, literal_execute=True), _Tsquery)
