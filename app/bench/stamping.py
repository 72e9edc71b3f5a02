"""The same life many times: every row of a case that was lived, with another number, other texts and other days.

What is stamped is read from the tables as they are, so a new column or table is carried along by itself. The seals of
stamped entries do not verify: they are there to be read and paged through, not to be believed; those of twins do.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from types import SimpleNamespace

from sqlalchemy import JSON, Boolean, Connection, Table, func, select, text
from sqlalchemy.orm import Session

from app.bench import city, texts
from app.bench.histories import Life
from app.domain import models, numbers, search, trail
from app.domain.base import instant
from app.domain.cases import Case
from app.domain.numbers import Series
from app.domain.trail import Entry

BATCH = 2_000
OPEN_DAYS, OVER_DAYS = 30, 400  # how far back copies of open and of finished lives are spread
BUSY_LIVES = {"assigned": 50, "rectifying": 27}  # each busy unit has at least so many, whatever the size
LEFT_OUT = ("unsequenced", "leaves")  # stamped entries neither stand in the tree nor wait for it: nobody proves them
PROVED = ("leaves",)  # but twins wait for it
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d")


def stamp(session: Session, lives: list[Life], count: int, *, year: int, seed: int = 1, proved: bool = False,
          told: Callable[[int], object] = lambda done: None) -> None:
    """Add copies until the ledger holds `count` cases; commits batch by batch and tells how many each held.

    A `proved` ledger holds twins: nothing but the number differs, and their seals are true, so that it verifies.
    """
    random, stamps = Random(seed), {}
    there = session.scalar(select(func.count()).select_from(Case))
    plan = _plan(lives, max(count - there, 0), random)
    last = session.scalar(select(Series.last).where(Series.prefix == "TS", Series.year == year))
    tables = [_Stamped(session, table) for table in _tables(PROVED if proved else LEFT_OUT)]
    entries = {life.number: _entries(session, life) for life in lives} if proved else {}
    for life in lives:
        stamps[life.case_id] = [(table, table.rows(session, life)) for table in tables]
    case_id = session.scalar(select(func.max(Case.id)))
    session.commit()
    for start in range(0, len(plan), BATCH):
        _begin(session)
        found = []
        for life in plan[start : start + BATCH]:
            case_id, last = case_id + 1, last + 1
            number = numbers.written("TS", year, last)
            copy = (_Twin(life, case_id, number, entries[life.number]) if proved
                    else _Copy(life, case_id, number, random))
            for table, rows in stamps[life.case_id]:
                table.take(rows, copy)
            found.append((case_id, search.of(copy.as_case)))
        for table in tables:
            table.write(session.connection())
        search.index(session, found)
        session.query(Series).filter_by(prefix="TS", year=year).update({"last": last})
        session.commit()
        told(len(found))
    _begin(session)
    for table in tables:
        table.settle(session)
    session.commit()


def _plan(lives: list[Life], count: int, random: Random) -> list[Life]:
    """Which life each copy leads: first what the busy units need, then by their shares, in no order."""
    busy = [life for life in lives if life.unit in city.BUSY for _ in range(BUSY_LIVES.get(life.name, 0))]
    rest = max(count - len(busy), 0)
    plan = busy[:count] + random.choices(lives, weights=[life.share for life in lives], k=rest)
    random.shuffle(plan)
    return plan


def _tables(left_out: tuple[str, ...]) -> list[Table]:
    return [
        table for table in models.metadata.sorted_tables
        if table.name not in left_out and (table.name == "cases" or {"case_id", "stream"} & set(table.c.keys()))
    ]


class _Copy:
    def __init__(self, life: Life, case_id: int, number: str, random: Random):
        self.life, self.case_id, self.number = life, case_id, number
        self.title, self.facts = texts.title(random), texts.facts(random)
        self.shift = -random.randrange(OVER_DAYS if life.is_over else OPEN_DAYS)
        if not life.is_over:
            self.shift += random.randrange(4)

    @property
    def as_case(self):
        return SimpleNamespace(number=self.number, outside_number=None, title=self.title, facts=self.facts,
                               redacted=None, place=None)

    def text(self, original: str) -> str:
        return self.title if original == self.life.title else self.facts

    def shifted(self, original: str) -> str:
        return _DAY.sub(lambda found: _moved(found[0], self.shift), original)

    def seal(self, seq: int) -> str:
        return hashlib.sha256(f"{self.number}/{seq}".encode()).hexdigest() if seq else ""


class _Twin:
    def __init__(self, life: Life, case_id: int, number: str, entries: list[dict]):
        self.life, self.case_id, self.number = life, case_id, number
        self.title, self.facts, self.seals = life.title, life.facts, [""]
        for entry in entries:
            body = trail.body(SimpleNamespace(**entry | {"stream": number, "prev": self.seals[-1]}))
            self.seals.append(hashlib.sha256(body).hexdigest())

    as_case = _Copy.as_case

    def text(self, original: str) -> str:
        return original

    def shifted(self, original: str) -> str:
        return original

    def seal(self, seq: int) -> str:
        return self.seals[seq]


def _entries(session: Session, life: Life) -> list[dict]:
    columns = Entry.__table__.columns
    found = session.execute(select(*columns).where(Entry.stream == life.number).order_by(Entry.seq))
    return [dict(zip(columns.keys(), row, strict=True)) for row in found]


class _Stamped:
    """One table: its rows of a life as they lie in the database, and the rows stamped so far."""

    def __init__(self, session: Session, table: Table):
        self.table, self.dialect = table, session.get_bind().dialect.name
        self.names = list(table.c.keys())
        keys = list(table.primary_key.columns)
        self.serial = keys[0] if len(keys) == 1 and keys[0].name == "id" and table.name != "cases" else None
        self.next = (session.scalar(select(func.max(self.serial))) or 0) if self.serial is not None else 0
        self.written: list[tuple] = []

    def rows(self, session: Session, life: Life) -> list[tuple[list, list]]:
        """Each row as (values, what to change in it)."""
        table = self.table
        if table.name == "cases":
            mine = table.c.id == life.case_id
        elif "case_id" in table.c:
            mine = table.c.case_id == life.case_id
        else:
            mine = table.c.stream == life.number
        return [self._compiled(row, life) for row in session.execute(select(table).where(mine)).all()]

    def _compiled(self, row, life: Life) -> tuple[list, list]:
        values, changes = [], []
        seq = dict(zip(self.names, row, strict=True)).get("seq")
        for place, (column, value) in enumerate(zip(self.table.c, row, strict=True)):
            value = self._raw(column, value)
            values.append(value)
            if change := self._change(column, value, life, seq):
                changes.append((place, change))
        return values, changes

    def _change(self, column, value, life: Life, seq) -> Callable | None:
        name = column.name
        if column is self.serial:
            return self._take_id
        if name == "case_id" or (name == "id" and self.table.name == "cases"):
            return lambda copy: copy.case_id
        if value == life.number:
            return lambda copy: copy.number
        if value in (life.title, life.facts):
            return lambda copy: copy.text(value)
        if name == "seal":
            return lambda copy: copy.seal(seq)
        if name == "prev":
            return lambda copy: copy.seal(seq - 1)
        if isinstance(value, str) and _DAY.search(value):
            return lambda copy: copy.shifted(value)
        return None

    def _take_id(self, _copy) -> int:
        self.next += 1
        return self.next

    def _raw(self, column, value):
        """As the driver would be handed it."""
        if value is None:
            return None
        if isinstance(column.type, JSON):
            return json.dumps(value)
        if isinstance(column.type, Boolean):
            return int(value) if self.dialect == "sqlite" else value
        if isinstance(value, datetime):
            return instant(value)
        return value.isoformat() if isinstance(value, date) else value

    def take(self, rows: list[tuple[list, list]], copy: _Copy) -> None:
        for values, changes in rows:
            row = values.copy()
            for place, change in changes:
                row[place] = change(copy)
            self.written.append(row)

    def write(self, connection: Connection) -> None:
        rows, self.written = self.written, []
        raw = connection.connection.driver_connection
        columns = ", ".join(f'"{column.name}"' for column in self.table.c)
        if self.dialect == "sqlite":
            raw.executemany(f"INSERT INTO {self.table.name} ({columns}) VALUES ({', '.join('?' * len(self.names))})",
                            rows)
        else:
            with raw.cursor() as cursor, cursor.copy(f"COPY {self.table.name} ({columns}) FROM STDIN") as out:
                for row in rows:
                    out.write_row(row)

    def settle(self, session: Session) -> None:
        """Let PostgreSQL's own numbering go on behind ours."""
        if self.dialect == "postgresql" and (self.serial is not None or self.table.name == "cases"):
            session.execute(text(
                f"SELECT setval(pg_get_serial_sequence('{self.table.name}', 'id'), max(id)) FROM {self.table.name}"))


def _begin(session: Session) -> None:
    session.connection(execution_options={"write": True})


_moves: dict[tuple[str, int], str] = {}


def _moved(day: str, shift: int) -> str:
    if (day, shift) not in _moves:
        _moves[day, shift] = (date.fromisoformat(day) + timedelta(days=shift)).isoformat()
    return _moves[day, shift]
