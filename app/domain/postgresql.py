"""How a connection to PostgreSQL is opened and looked after, and how its transactions begin and end."""

from time import monotonic

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError

TRUST = 1.0  # seconds for which a connection that did its work is taken to do it once more


class _Connection(psycopg.Connection):
    def rollback(self) -> None:
        """A transaction that has only read ends as well by a commit: after a rollback psycopg forgets, and has the
        server forget, the statements that were prepared, and every page would have all of its own planned anew.

        https://www.psycopg.org/psycopg3/docs/advanced/prepare.html
        """
        if self.read_only:
            self.commit()
        else:
            super().rollback()


def prepare(engine: Engine) -> None:
    """A transaction that will write says so by the execution option `write=True`, as on SQLite; PostgreSQL sees to it
    that the others do not."""
    event.listen(engine, "do_connect", lambda _dialect, _record, given, named: _Connection.connect(*given, **named))
    event.listen(engine, "connect", _open)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkout", _look_after)
    event.listen(engine, "checkin", _note)


def _open(connection, record) -> None:
    """Pages are read where they stand at nearly the price of those in a row: by its own measure, made for turning
    disks, the planner would rather look for a word in all texts than in those few that its index names.

    https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-RANDOM-PAGE-COST
    """
    connection.autocommit = True  # or it would end with the first transaction that is rolled back
    connection.execute("SET random_page_cost = 1.1")
    connection.autocommit = False
    record.info["seen"] = monotonic()


def _begin(connection) -> None:
    driver, reads = connection.connection.dbapi_connection, not connection.get_execution_options().get("write")
    if driver.read_only is not reads:
        driver.read_only = reads


def _look_after(connection, record, _fairy) -> None:
    """One that lay idle is asked whether it is still there; the server may have been started anew."""
    if monotonic() - record.info["seen"] < TRUST:
        return
    try:
        connection.autocommit = True
        connection.execute("")
    except psycopg.Error as error:
        raise DisconnectionError from error
    connection.autocommit = False


def _note(_connection, record) -> None:
    record.info["seen"] = monotonic()
