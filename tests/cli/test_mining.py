"""duban trail xes and ocel: valid files, each an entry of the office, in its place only when it is whole."""

import hashlib
import json

import pytest
from sqlalchemy import func, select

from app.cli import main
from app.domain import trail
from app.domain.cases import Case
from app.domain.trail import Entry
from app.extensions import db
from app.office import mining
from tests.papers.logs import check_ocel, check_xes


@pytest.fixture
def duban(app):
    def run(*args):
        answer = app.test_cli_runner().invoke(main, ["trail", *map(str, args)])
        with app.app_context():
            db.session.remove()
        return answer

    return run


@pytest.fixture
def books(web_office):
    """Two open cases at work and a sealed one."""
    for sealed in (False, False, True):
        case = web_office.file()
        web_office.assign(case)
        case.sealed = sealed
        sealed_number = case.number
    web_office.session.commit()
    return sealed_number


def ask(app, query):
    with app.app_context():
        found = db.session.execute(query).all()
        db.session.remove()
    return found


def last_of_office(app):
    return ask(app, trail.of(trail.OFFICE).order_by(None).order_by(Entry.seq.desc()).limit(1))[0][0]


@pytest.mark.parametrize(("command", "check"), [("xes", check_xes), ("ocel", check_ocel)])
def test_it_writes_a_valid_file_and_an_entry_that_says_so(app, duban, books, tmp_path, command, check):
    file = tmp_path / f"out.{command}"
    answer = duban(command, file)
    assert answer.exit_code == 0, answer.output
    check(file)
    assert books not in file.read_text()
    events = ask(app, select(func.count()).select_from(Entry).join(Case, Case.number == Entry.stream).where(
        Case.sealed.is_(False)))[0][0]
    assert f"with {events} events in {file}." in answer.stdout
    entry = last_of_office(app)
    data = json.loads(entry.data)
    assert (entry.verb, entry.actor, data["format"], data["rows"]) == ("exported", "system", command, events)
    assert data["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.glob(".*")] == []


@pytest.mark.parametrize("command", ["xes", "ocel"])
def test_what_breaks_off_leaves_the_old_file_and_no_entry(app, duban, books, tmp_path, monkeypatch, command):
    file = tmp_path / "out"
    file.write_text("before")
    entries = ask(app, select(func.count()).select_from(Entry))
    monkeypatch.setattr(mining, "_act", lambda entry: 1 // 0)
    answer = duban(command, file)
    assert isinstance(answer.exception, ZeroDivisionError)
    assert file.read_text() == "before" and list(tmp_path.iterdir()) == [file]
    assert ask(app, select(func.count()).select_from(Entry)) == entries


def test_misuse_ends_with_2(duban, tmp_path):
    assert duban("xes").exit_code == 2
    assert duban("ocel", tmp_path).exit_code == 2
    assert "IEEE 1849" in duban("xes", "--help").output
