"""Rows that one long transaction writes in lots: whoever reads or changes one of their tables meanwhile has them
written first, so that nobody can tell the difference but by the time it takes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.domain import rows as lots

_OPEN = "bundle"


@contextmanager
def bundled(session: Session, *, lot: int = 500) -> Iterator[None]:
    """Until the end of this, in the transaction that is open now; a lot is so many rows."""
    bundle = session.info[_OPEN] = _Bundle(session.connection(), lot)
    event.listen(bundle.connection, "before_cursor_execute", bundle.hear)
    try:
        yield
        bundle.settle()
    finally:
        event.remove(bundle.connection, "before_cursor_execute", bundle.hear)
        del session.info[_OPEN]


def write(session: Session, statement, rows: list[dict]) -> None:
    """These rows by this insert or update of one table (rows.Many, or a statement): at once, or with the bundle."""
    bundle = session.info.get(_OPEN)
    if bundle is None:
        lots.write(session.connection(), statement, rows)
    else:
        bundle.put(statement, rows)


def kept(session: Session) -> dict:
    """What may be remembered while a bundle is open; without one it is forgotten at once."""
    bundle = session.info.get(_OPEN)
    return {} if bundle is None else bundle.kept


class _Bundle:
    def __init__(self, connection, lot: int):
        self.connection, self.lot, self.kept = connection, lot, {}
        self.waiting: dict = {}  # statement → rows, in the order in which they came
        self.count, self.tables = 0, None

    def put(self, statement, rows: list[dict]) -> None:
        if self.count >= self.lot and statement is next(iter(self.waiting)):  # not between rows that belong together
            self.settle()
        if statement not in self.waiting:
            self.waiting[statement], self.tables = [], None
        self.waiting[statement] += rows
        self.count += len(rows)

    def settle(self) -> None:
        """What is new before what is changed, since that may be new itself."""
        waiting, self.waiting, self.count = self.waiting, {}, 0
        for statement, rows in sorted(waiting.items(), key=lambda each: each[0].is_update):
            lots.write(self.connection, statement, rows)

    def hear(self, _connection, _cursor, statement: str, _parameters, _context, _many) -> None:
        if self.waiting and self._names().search(statement):
            self.settle()

    def _names(self) -> re.Pattern:
        if self.tables is None:
            self.tables = re.compile("|".join(rf"\b{each.table.name}\b" for each in self.waiting))
        return self.tables
