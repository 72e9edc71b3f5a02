"""A city to walk in: a furnished database, the real service on a port of its own, and a clock that can be turned."""

import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.bench.service import Service, environment, free_port
from app.domain.base import prepare
from app.office import catalogue
from tests.conftest import Databases, Office

KLASS, BASIS = "工程建设 / 联合验收", "市住建局三定规定第四条"
CATALOGUE = (
    catalogue.Row("3.2", "complaint", KLASS, "zjj", BASIS, grade="complex", needs_evidence=True),
    catalogue.Row("3.2", "finding", KLASS, "zjj", BASIS, grade="important"),
)


class City:
    def __init__(self, databases: Databases, folder: Path, name: str):
        self.url, self.folder, self.clock = databases.copy(name), folder, folder / "clock"
        self.turned = timedelta()
        self.clock.write_text("0")

    @contextmanager
    def served(self):
        port = free_port()
        command = (sys.executable, "-OO", "-m", "tests.browser.turned", str(self.clock), str(port))
        with Service(command, port, "/healthz", environment(self.folder / "data", self.url)):
            self.base = f"http://127.0.0.1:{port}"
            yield self

    @contextmanager
    def office(self, *, days_ago: float = 0):
        """Its office at work behind the pages, to prepare what they are going to show."""
        engine = prepare(create_engine(self.url))
        with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
            office = Office(session)
            office.now = datetime.now(UTC) + self.turned - timedelta(days=days_ago)
            yield office
            session.commit()
        engine.dispose()

    def publish_catalogue(self) -> None:
        with self.office() as office:
            catalogue.set_rows(office.session, list(CATALOGUE), by=office.by("director"), at=office.now, words=str,
                               register=office.register)

    def later(self, *, days: int) -> None:
        self.turned += timedelta(days=days)
        self.clock.write_text(str(self.turned.total_seconds()))

    @property
    def today(self):
        return (datetime.now(UTC) + self.turned + timedelta(hours=8)).date()
