"""The post room killed for real: processes that die at any moment, and a mail server that keeps what it was given."""

import random
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app.bench import service as services
from app.domain import deliveries
from app.domain.base import prepare
from app.domain.letters import SENT, Letter
from tests.conftest import Office, switch
from tests.recorders import Mailbox, running

KILLS, LETTERS = (100, 400) if switch("DUBAN_WEIGH") == "1" else (4, 24)


@pytest.fixture
def mailbox():
    with running(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture
def environment(databases, tmp_path, mailbox):
    """Of an installation with that mail server, in which so many letters wait."""
    url = databases.copy("posting")
    engine = prepare(create_engine(url))
    with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
        office = Office(session)
        office.now = datetime.now(UTC)
        noon = office.register.calendar.local(office.now - timedelta(hours=2))
        deliveries.change(session, office.by("liaison").id, at=office.now, email="zhou@example.test", webhook="",
                          by_email=True, by_webhook=False, quiet_from=f"{noon:%H:%M}", digest_at="",
                          quiet_until=f"{noon + timedelta(minutes=1):%H:%M}")
        for _ in range(LETTERS):
            office.assign(office.file())
        session.commit()
    yield services.environment(tmp_path, url) | {"DUBAN_SMTP_URL": mailbox.url, "DUBAN_MAIL_FROM": "duban@ysb.test"}
    engine.dispose()


def letters(databases) -> list:
    engine = prepare(create_engine(databases.url("posting")))
    with engine.connect() as connection:
        found = connection.execute(select(Letter.__table__)).all()
    engine.dispose()
    return found


def test_however_often_it_is_killed_every_letter_arrives_and_none_is_recorded_that_did_not(
        environment, databases, mailbox):
    mailbox.pace, dice = 0.02, random.Random(7)
    for _ in range(KILLS):
        before, worker = mailbox.tries, subprocess.Popen((*services.DUBAN, "worker"), env=environment)
        until = time.monotonic() + 30
        while mailbox.tries == before and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.2))
        worker.kill()
        worker.wait()
        arrived = {mail["Message-ID"].split("@")[0] for mail in mailbox.letters}
        recorded = {f"<letter-{letter.id}" for letter in letters(databases) if letter.state == SENT}
        assert recorded <= arrived
    mailbox.pace = 0.0
    subprocess.run((*services.DUBAN, "tick"), env=environment, check=True, timeout=60, capture_output=True)
    kept = letters(databases)
    assert {letter.state for letter in kept} == {SENT}
    assert {mail["Message-ID"].split("@")[0] for mail in mailbox.letters} == {f"<letter-{letter.id}" for letter in kept}
    assert LETTERS <= len(mailbox.letters) <= LETTERS + KILLS, "at most the one under way comes twice"
