"""Two hundred at once, at the service as it is run: one moves the case, the others are told who did."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import cycle
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app.bench import service as services
from app.bench.browser import Browser
from app.domain import trail
from app.domain.base import prepare
from app.domain.cases import Case
from app.office import people
from app.office.verification import first_fault
from tests.conftest import PASSWORD, Office

CLERKS = [f"clerk{n}" for n in range(1, 7)]
REQUESTS, AT_ONCE = 200, 40
ASSIGNED = {"grade": "ordinary", "lead": "zjj", "request": "一次性列明缺项。", "basis": "派单目录 3.2"}


@pytest.fixture
def books(databases, tmp_path):
    """A database of its own, and how to look into it."""
    place = SimpleNamespace(data=tmp_path, url=databases.copy("stampede"))
    engine = prepare(create_engine(place.url))

    def opened() -> Session:
        return Session(engine.connect().execution_options(write=True), expire_on_commit=False)

    yield SimpleNamespace(place=place, opened=opened)
    engine.dispose()


def prepare_office(books, hashed: str) -> str:
    """Six more dispatchers, and one case that lies to be assigned."""
    with books.opened() as session:
        office = Office(session)
        office.now = datetime.now(UTC)
        by = {"by": office.by("secadmin"), "at": office.now, "words": str}
        unit = session.get(people.Unit, office.register.people.office.id)
        for name in CLERKS:
            officer = people.add_officer(session, username=name, name=f"经办{name[-1]}", **by)
            officer.password = hashed
            people.give_post(session, officer, "dispatcher", unit, **by)
        office.reload()
        number = office.file().number
        session.commit()
        session.connection().close()
    return number


def test_of_two_hundred_at_once_one_takes_the_step_and_the_rest_are_told_who(books, hashed):
    number = prepare_office(books, hashed)
    with services.duban(books.place, workers=2, threads=4) as running:
        browsers = [Browser(running.address).sign_in(name, PASSWORD) for name in CLERKS]
        forms = [ASSIGNED | {"step": "assign", "seen": "1", "csrf_token": browser.token()} for browser in browsers]
        clerks = [clerk for _, clerk in zip(range(REQUESTS), cycle(zip(browsers, forms, strict=True)), strict=False)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda clerk: clerk[0].ask("POST", f"/cases/{number}/steps", clerk[1]), clerks))
    assert Counter(status for status, _ in answers) == {303: 1, 409: REQUESTS - 1}
    with books.opened() as session:
        entries = session.scalars(trail.of(number)).all()
        case = session.scalar(select(Case).where(Case.number == number))
        assert [entry.seq for entry in entries] == [1, 2] and (case.state, case.version) == ("assigned", 2)
        assert first_fault(session, calendar=Office(session).register.calendar) is None
        session.connection().close()
    winner = f"经办{entries[-1].actor[-1]}"
    told = [page for status, page in answers if status == 409]
    assert all(f"{winner}于" in page for page in told), "every other one is told who it was"


def test_sixty_different_reports_all_stand_and_leave_no_gap(books, hashed):
    """Reports do not move the version: whoever writes one is not sent away because somebody else wrote one too."""
    number = prepare_office(books, hashed)
    with books.opened() as session:
        office = Office(session)
        office.now = datetime.now(UTC)
        case = session.scalar(select(Case).where(Case.number == number))
        office.assign(case, supports=["zrzy"])
        office.start(case)
        version = case.version
        session.commit()
        session.connection().close()
    with services.duban(books.place, workers=2, threads=4) as running:
        browsers = [Browser(running.address).sign_in(name, PASSWORD) for name in ("liaison", "supporter")]
        tokens = [browser.token() for browser in browsers]

        def report(n: int) -> int:
            form = {"step": "report", "seen": version, "progress": f"第 {n} 次", "csrf_token": tokens[n % 2]}
            return browsers[n % 2].ask("POST", f"/cases/{number}/steps", form)[0]

        with ThreadPoolExecutor(AT_ONCE) as pool:
            assert Counter(pool.map(report, range(60))) == {303: 60}
    with books.opened() as session:
        seqs = session.scalars(select(trail.Entry.seq).where(trail.Entry.stream == number)).all()
        assert sorted(seqs) == list(range(1, 64))
        assert first_fault(session, calendar=Office(session).register.calendar) is None
        session.connection().close()
