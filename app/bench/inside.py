"""What can only be seen from inside a process: the queries of a page, the writes of a step, the rows of an import."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from time import perf_counter

from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from app import create_app
from app.bench import Stopped, scenes, texts
from app.bench.histories import PLAN
from app.bench.places import Ledger
from app.domain import people
from app.domain import register as registers
from app.domain.base import prepare
from app.extensions import db
from app.office import intake
from app.office.intake import Filing

AT_ONCE, TIMES = 500, 3  # rows of an import in one transaction, and how many of these
LOOKED_AT = 3  # requests of each reader, for the queries of a page
STEPS = 40  # of each unit, whose writes are done again without the program
WRITES = ("INSERT", "UPDATE", "DELETE")


class Inside:
    """The app in this process, on a ledger, with people signed in."""

    def __init__(self, ledger: Ledger):
        self.ledger = ledger
        self.app = create_app(data=ledger.data, database_url=ledger.url)
        with self.app.app_context():
            self.engine = db.engine
        self.books = scenes.Books(self.engine)
        self.seen: list[tuple] | None = None
        self.clients: dict = {}
        event.listen(self.engine, "before_cursor_execute", self._hear)

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
        self.engine.dispose()

    def pages(self) -> dict[str, tuple[int, int]]:
        """Page → (most queries, bytes as compressed), over everybody who reads it."""
        found = {}
        for scene in scenes.SCENES:
            most = size = 0
            for reader in scenes.READERS if scene.signed_in else (None,):
                client = self._client(reader)
                for path in scene.paths(self.books, reader or "")[:LOOKED_AT]:
                    client.get(path)  # what is kept in the process is kept by now
                    with self._hearing() as statements:
                        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
                    most, size = max(most, len(statements)), max(size, _size(answer))
            found[scene.name] = most, size
        return found

    def step(self) -> tuple[int, list[list[tuple]]]:
        """(queries of a step, the writes of each of many)."""
        written, most = [], 0
        for code, cases in self.books.startable().items():
            client = self._client(f"liaison_{code}")
            token = client.get("/password").text.split('name="csrf_token" value="')[1].split('"')[0]
            for number, version in cases[:STEPS]:
                form = {"step": "start", "seen": str(version), "csrf_token": token} | PLAN
                with self._hearing() as statements:
                    answer = client.post(f"/cases/{number}/steps", data=form)
                if answer.status_code != 303:
                    raise Stopped(f"{number} could not be started: {answer.status_code}")
                most = max(most, len(statements))
                written.append([each for each in statements if each[0].lstrip()[:6].upper() in WRITES])
        return most, written

    def imported(self) -> float:
        """Rows put on the books in a second."""
        random, took, at_once = Random(2), [], min(AT_ONCE, self.ledger.cases // 5)
        with Session(self.engine) as session:
            register = registers.load(session)
            by = people.actor(session, register.people, "registrar")
            session.rollback()
            for start in range(0, at_once * TIMES, at_once):
                filings = [_filing(start + number, random) for number in range(at_once)]
                began = perf_counter()
                session.connection(execution_options={"write": True})
                intake.put_on_books(session, filings, by=by, at=datetime.now(UTC), words=str, register=register)
                session.commit()
                took.append(perf_counter() - began)
        return at_once / sorted(took)[len(took) // 2]

    def _client(self, reader: str | None):
        if reader not in self.clients:
            self.clients[reader] = self._new_client(reader)
        return self.clients[reader]

    def _new_client(self, reader: str | None):
        client = self.app.test_client()
        if reader:
            token = client.get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
            form = {"username": reader, "password": self.ledger.password, "csrf_token": token}
            if client.post("/login", data=form).status_code != 303:
                raise Stopped(f"{reader} could not sign in")
        return client

    @contextmanager
    def _hearing(self) -> Iterator[list[tuple]]:
        self.seen = []
        yield self.seen
        self.seen = None

    def _hear(self, _connection, _cursor, statement, parameters, _context, many):
        if self.seen is not None and not statement.startswith("BEGIN"):
            self.seen.append((statement, parameters, many))


def _filing(number: int, random: Random) -> Filing:
    return Filing(kind="complaint", title=texts.title(random), facts=texts.facts(random), source="bench",
                  outside_number=f"B{number:06d}", complainant={"name": "王建国", "phone": "13800001234"})


def raw(ledger: Ledger, written: list[list[tuple]]) -> float:
    """How often a second the same writes go straight through the driver: one connection, a transaction a step, and the
    same pragmas."""
    engine = prepare(create_engine(ledger.url))
    connection = engine.raw_connection()
    cursor, began = connection.driver_connection.cursor(), [perf_counter()]
    for third in range(3):
        for statements in written[third::3]:
            if ledger.dialect == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            for statement, parameters, many in statements:
                (cursor.executemany if many else cursor.execute)(statement, parameters)
            connection.driver_connection.commit()
        began.append(perf_counter())
    connection.close()
    engine.dispose()
    took = sorted(after - before for before, after in pairwise(began))
    return len(written) / 3 / took[1]


def _size(answer) -> int:
    return len(answer.data if answer.headers.get("Content-Encoding") else gzip.compress(answer.data))
