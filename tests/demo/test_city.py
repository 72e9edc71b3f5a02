"""The furnished city: every kind and state, a trail that holds, the same for the same seed, and no leaked password."""

import itertools
import stat
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import workflows
from app import create_app
from app.cli import main
from app.cli.schema import upgrade
from app.demo import city, founders, roster
from app.demo.library import topics
from app.domain import holdings, lookbacks, register, trail
from app.domain.cases import OVER, Case
from app.domain.files import Shelf
from app.domain.lookbacks import HELD, Look, Lookback
from app.domain.people import Officer
from app.domain.trail import Entry, Value
from app.extensions import db
from app.office import verification

NOW = datetime(2026, 10, 20, 3, 14, tzinfo=UTC)  # a Tuesday morning, 11:14 in Shanghai
CASES = 60


@pytest.fixture(scope="session")
def bare_app(databases, tmp_path_factory):
    """An app on a database that holds the migrations and nothing else; a new one at each call."""
    numbers = itertools.count()

    def make():
        folder = tmp_path_factory.mktemp("bare")
        app = create_app(data=folder, database_url=databases._new(f"bare{next(numbers)}"), testing=True)
        with app.app_context():
            upgrade()
        return app

    return make


def furnish(app, *, seed: int, passwords=None, cases=CASES) -> None:
    with app.app_context():
        db.session.connection(execution_options={"write": True})
        shelf = Shelf(app.extensions["settings"].files)
        for _ in city.build(db.session(), cases=cases, seed=seed, now=NOW, words=str, shelf=shelf,
                            passwords=passwords or {}):
            pass
        db.session.commit()


@pytest.fixture(scope="session")
def furnished(bare_app, dialect, made_once):
    def make():
        app = bare_app()
        furnish(app, seed=7)
        return app

    return made_once("city", dialect, make)


@pytest.fixture
def books(furnished):
    with furnished.app_context(), Session(db.engine) as session:
        yield session


def told(app) -> list:
    with app.app_context():
        rows = db.session.execute(select(
            Case.number, Case.title, Case.facts, Case.redacted, Case.state, Case.source, Case.outside_number,
            Case.lead_id, Case.due_on, Case.filed_at, Case.touched_at, Case.version).order_by(Case.id)).all()
        steps = db.session.execute(select(Entry.stream, Entry.seq, Entry.at, Entry.actor, Entry.verb).order_by(
            Entry.stream, Entry.seq)).all()
    return [rows, steps]


def test_it_has_every_kind_and_every_state(books):
    assert books.scalar(select(func.count()).select_from(Case)) == CASES
    assert set(books.scalars(select(Case.kind).distinct())) == {"complaint", "finding", "task", "accountability"}
    states = {state.name for state in workflows.get("complaint").states}
    assert set(books.scalars(select(Case.state).distinct())) == states


def test_its_trail_holds(books):
    assert verification.first_fault(books, calendar=register.load(books).calendar) is None


def test_the_entries_of_a_stream_rise_with_time(books):
    last = {}
    for stream, at in books.execute(select(Entry.stream, Entry.at).order_by(Entry.stream, Entry.seq)):
        if stream != trail.OFFICE:
            assert last.get(stream, at) <= at <= NOW
            last[stream] = at
    filed = books.execute(select(Case.number, Case.filed_at).order_by(Case.kind, Case.id)).all()
    for (number, at), (other, later) in itertools.pairwise(filed):
        if number[:7] == other[:7]:
            assert at <= later


def test_its_holdings_fill_the_life_of_each_case_without_overlap_or_hole(books):
    known = register.load(books)
    for case in books.scalars(select(Case)):
        entries = books.scalars(trail.of(case.number)).all()
        spans = holdings.of(entries, known.calendar, office=known.people.office.code, now=NOW)
        assert all(span.since < span.until for span in spans)
        assert all(one.until <= other.since for one, other in itertools.pairwise(spans))
        assert sum((span.until - span.since).total_seconds() for span in spans) == alive(entries), case.number


def test_paused_time_belongs_to_nobody_or_to_the_complainant(books):
    """Of every pause in every trail: from the day it was granted for, never from before the clock ran, to its end."""
    known, seen = register.load(books), set()
    for case in books.scalars(select(Case)):
        entries = books.scalars(trail.of(case.number)).all()
        spans = holdings.of(entries, known.calendar, office=known.people.office.code, now=NOW)
        for since, until, category in pauses(entries, known.calendar):
            during = [part for span in spans if (part := span.within(since, until))]
            whose = "complainant" if category == "complainant" else "nobody"
            hands = {(span.holder, span.unit, span.category) for span in during}
            assert hands == {(whose, None, category)}, case.number
            assert sum((span.until - span.since for span in during), timedelta()) == until - since
            seen.add(whose)
        held = sum(span.holder in ("nobody", "complainant") for span in spans)
        assert bool(held) == bool(list(pauses(entries, known.calendar))), case.number
    assert seen == {"nobody", "complainant"}


def pauses(entries, calendar):
    """(since, until, category) of the handling clock, read off the facts of the trail."""
    ran, paused = None, None
    for entry in entries:
        for clock in trail.facts(entry).get("clocks") or ():
            if clock["purpose"] != "handle":
                continue
            if clock["act"] == "pause":
                began = datetime.fromisoformat(clock["since_on"]).date()
                at = entry.at if began == calendar.on(entry.at) else max(calendar.starts(began), ran)
                paused = at, clock["category"]
            elif paused and clock["act"] in ("resume", "stop", "start"):
                yield paused[0], entry.at, paused[1]
                paused = None
            if clock["act"] in ("start", "resume"):
                ran = entry.at
    if paused:
        yield paused[0], NOW, paused[1]


def alive(entries) -> float:
    """Seconds in which a case was neither reviewed nor ended."""
    seconds, since = 0.0, None
    for entry in entries:
        state = "filed" if entry.verb == "filed" else trail.facts(entry)["to"] if entry.verb == "stepped" else None
        if state is None:
            continue
        if state in OVER and since:
            seconds, since = seconds + (entry.at - since).total_seconds(), None
        elif state not in OVER and since is None:
            since = entry.at
    return seconds + ((NOW - since).total_seconds() if since else 0)


def test_the_same_seed_gives_the_same_ledger_and_another_seed_another(furnished, bare_app):
    again, other = bare_app(), bare_app()
    furnish(again, seed=7)
    furnish(other, seed=8, cases=15)
    assert told(again) == told(furnished)
    titles = [{row.title for row in told(app)[0]} for app in (again, other)]
    assert titles[0] != titles[1]


def test_an_old_case_keeps_the_name_of_the_unit_that_was_renamed(books):
    people = register.load(books).people
    old, new = people.by_code[roster.RENAMED[0]], people.by_code[roster.RENAMED[1]]
    assert old.is_gone and old.successor_id == new.id and not new.is_gone
    assert books.scalar(select(func.count()).where(Case.lead_id == old.id)) > 0


def test_every_unit_that_can_lead_has_a_liaison_and_a_principal(books):
    people = register.load(books).people
    for unit in people.units.values():
        if unit.klass in ("department", "county", "park") and not unit.is_gone:
            assert people.holding("liaison", unit.id) and people.holding("principal", unit.id), unit.name
    assert len(people.holding("dispatcher")) >= 2


def test_the_catalogue_proposes_a_lead_for_every_class(books):
    classes = {(topic.kind, topic.klass) for kind in workflows.every() if kind != "tip_off" for topic in topics(kind)}
    (entry,) = books.scalars(select(Entry).where(Entry.verb == "catalogue_set")).all()
    assert {(row["kind"], row["class"]) for row in trail.facts(entry)["rows"]} == classes


@pytest.fixture(scope="session")
def commanded(bare_app, dialect, made_once):
    """The app after the command, and what the command said."""
    def make():
        app = bare_app()
        result = app.test_cli_runner().invoke(main, ["demo", "--cases", "30", "--seed", "3"])
        assert result.exit_code == 0, result.output
        return app, result

    return made_once("commanded", dialect, make)


def test_a_lot_was_announced_drawn_with_the_first_checkpoint_and_somebody_looked_at_its_first_case(commanded):
    with commanded[0].app_context():
        first = db.session.scalars(select(Lookback).order_by(Lookback.id)).first()
        looks = db.session.scalars(select(Look).where(Look.lookback_id == first.id, Look.place.is_not(None))).all()
        checkpoint = lookbacks.first_checkpoint(db.session, first)
        assert first.announced_at < checkpoint.at <= first.drawn_at
        assert [look.result for look in looks].count(HELD) == 1 <= len(looks)


def test_the_command_keeps_the_passwords_in_a_private_file_and_nowhere_else(commanded):
    app, result = commanded
    path = app.extensions["settings"].data / "demo-logins.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = [line.split() for line in path.read_text().splitlines()]
    passwords = [row[-1] for row in rows]
    assert len(rows) == len(set(passwords)) > 80
    with app.app_context():
        kept = " ".join(db.session.scalars(select(Officer.password).where(Officer.password.is_not(None))))
        kept += " ".join(value or "" for value in db.session.scalars(select(Value.value)))
        kept += " ".join(db.session.scalars(select(Entry.data)))
    shown = [password for password in passwords if password in result.output]
    assert not any(password in kept for password in passwords)
    assert len(shown) == len(roster.FACES)


def test_it_refuses_where_the_ledger_is_in_use(app):
    before = app.test_cli_runner().invoke(main, ["trail", "verify"])
    result = app.test_cli_runner().invoke(main, ["demo", "--cases", "30"])
    assert result.exit_code == 1 and "in use" in result.output
    assert app.test_cli_runner().invoke(main, ["demo", "--cases", "30", "--if-empty"]).exit_code == 0
    with app.app_context():
        assert not founders.stands(db.session)
        assert db.session.scalar(select(func.count()).select_from(Case)) == 0
    assert app.test_cli_runner().invoke(main, ["trail", "verify"]).output == before.output


def test_it_refuses_a_second_time_and_says_where_the_accounts_are(furnished):
    path = furnished.extensions["settings"].data / "demo-logins.txt"
    path.write_text("")
    result = furnished.test_cli_runner().invoke(main, ["demo"])
    assert result.exit_code == 1 and str(path) in result.output
    result = furnished.test_cli_runner().invoke(main, ["demo", "--if-empty"])
    assert result.exit_code == 0 and str(path) in result.output
    path.unlink()
