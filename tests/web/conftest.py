"""What tests of the web door share: a browser that sends forms, an office that prepares a page, a counter."""

from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.extensions import db
from tests.office.conftest import Story

HTMX = {"HX-Request": "true"}


class Browser:
    """Somebody's browser: it sends each form with its token, and as HTMX where that is asked for."""

    def __init__(self, client, token: str):
        self.client, self.token = client, token

    def get(self, url: str, **more):
        return self.client.get(url, **more)

    def post(self, url: str, headers=None, *, htmx: bool = False, **fields):
        headers = {**(HTMX if htmx else {}), **(headers or {})}
        return self.client.post(url, data={"csrf_token": self.token, **fields}, headers=headers)

    def step(self, number: str, name: str, *, seen: int, htmx: bool = False, **answers):
        return self.post(f"/cases/{number}/steps", htmx=htmx, step=name, seen=seen, **answers)


@pytest.fixture
def browser_of(client_of, token_of):
    """Give me the browser of this officer; the same one each time."""
    opened: dict[str, Browser] = {}

    def browser(username: str) -> Browser:
        if username not in opened:
            client = client_of(username)
            opened[username] = Browser(client, token_of(client))
        return opened[username]

    return browser


@pytest.fixture
def prepared(app, databases):
    """Open the office, tell it what to do, and what it did is committed before anybody looks."""
    serials = count()

    @contextmanager
    def opened():
        with app.app_context():
            engine = db.engine
        with (engine.connect().execution_options(write=True) as connection,
              Session(connection, expire_on_commit=False) as session):
            office = Story(session, databases.register)
            office.now, office.serial = datetime.now(UTC), next(serials) * 1000
            yield office
            session.commit()

    return opened


@pytest.fixture
def ask(app):
    """What the database holds now."""

    def asked(query):
        with app.app_context():
            found = db.session.scalars(query).all()
            db.session.expunge_all()
            db.session.remove()
        return found

    return asked


@pytest.fixture
def statements(app):
    """How many SQL statements an act takes, when somebody has changed something since the last one."""
    counted: list[str] = []

    def note(_connection, _cursor, statement, _parameters, _context, _many):
        counted.append(statement)

    def empty(_raw, record, _proxy):
        record.info.pop("state", None)

    with app.app_context():
        engine = db.engine

    def of(act) -> int:
        counted.clear()
        event.listen(engine, "before_cursor_execute", note)
        event.listen(engine, "checkout", empty)
        try:
            answer = act()
        finally:
            event.remove(engine, "before_cursor_execute", note)
            event.remove(engine, "checkout", empty)
        assert answer.status_code < 400, answer.text
        return len(counted)

    return of
