"""A verification dealt out to several processes says what it says in one: nothing more, nothing less, nothing else."""

import os
import signal
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from app import readers, sealing, verifying, worker
from app.domain.errors import Refused
from app.domain.trail import Entry
from app.extensions import db
from app.office import audits, shares
from app.office.verification import entry_count
from tests.office.tampering import behind_its_back

NUMBERS = tuple(f"TS-2026-000{number}" for number in range(1, 6))


@pytest.fixture
def books(app, web_office):
    """Five sealed cases, in an application context of a worker."""
    for _ in NUMBERS:
        web_office.assign(web_office.file(complainant={"name": "王五"}))
    web_office.session.commit()
    with app.app_context():
        sealing.seal(str)
        yield web_office
        db.session.remove()
        app.extensions.pop("resting", None)


@pytest.fixture
def opened(app, books):
    """So many readers, who stand before the database and have not looked yet."""

    def made(count: int) -> readers.Readers:
        settings = app.extensions["settings"]
        return readers.Readers(count, url=db.engine.url.render_as_string(hide_password=False),
                               zone=str(worker.register().calendar.zone), files=settings.files)

    return made


def tamper(*statements: str) -> None:
    with worker.writing():
        behind_its_back(db.session, *statements)


def said(**asked) -> str | None:
    found = verifying.verify(**asked)
    return found.fault and found.fault.told()


def small(session) -> shares.Plan:
    """A share for each stream."""
    return shares.planned(session, evidence=True, streams=1)


@pytest.mark.parametrize("count", [2, 3])
def test_an_honest_ledger_is_not_accused_however_many_read(books, count):
    one, several = (verifying.verify(count=each) for each in (1, count))
    assert several.fault is None
    assert (several.entries, several.uncovered, several.since) == (one.entries, one.uncovered, one.since)
    assert several.entries == entry_count(db.session)


def test_every_step_is_told_however_many_read(books):
    told = {count: [] for count in (1, 2)}
    for count, steps in told.items():
        assert said(count=count, step=steps.append) is None
    assert sum(told[1]) == sum(told[2]) > entry_count(db.session), "entries, and leaves"


def test_it_names_the_first_fault_however_many_read(books):
    """Three things are wrong; whoever comes to his first does not decide what is said."""
    tamper("UPDATE entries SET actor = 'somebody' WHERE stream = 'TS-2026-0004' AND seq = 1",
           "UPDATE cases SET state = 'ended' WHERE number = 'TS-2026-0002'",
           "UPDATE checkpoints SET root = upper(root)")
    found = {said(count=count) for count in (1, 2, 3)}
    assert found == {"TS-2026-0002 stands as “ended”, but its trail ends in “assigned”."}


@pytest.mark.parametrize("statement", [
    "UPDATE entries SET actor = 'somebody' WHERE stream = 'office' AND seq = 3",
    "UPDATE entry_values SET value = value || '。' WHERE stream = 'TS-2026-0003' AND key = 'facts'",
    "DELETE FROM tiles",
    "UPDATE checkpoints SET root = upper(root)",
    "UPDATE traces SET actor = 'somebody' WHERE id = (SELECT max(id) FROM traces)",
    "UPDATE cases SET title = '别的' WHERE number = 'TS-2026-0005'",
    "DELETE FROM streams WHERE stream = 'TS-2026-0005'",
])
def test_what_one_finds_several_find_in_the_same_words(books, statement):
    tamper(statement)
    assert said(count=2) == said(count=1) != None  # noqa: E711


def test_a_fault_in_the_last_share_is_named_by_whoever_reads_it(books, opened):
    plan = small(db.session)
    last = db.session.scalar(select(Entry.stream).order_by(Entry.stream.desc()).limit(1))
    assert plan.entries[-2].last == last and len(plan.entries) > len(NUMBERS)
    tamper(f"UPDATE entries SET words = '{{}}' WHERE stream = '{last}' AND seq = 1")
    with opened(2) as several, verifying.reading() as session:
        several.ready()
        assert verifying._see_the_same(session, several)
        held = list(several.deal(plan))
    faults = [(at, each.fault.told()) for at, each in enumerate(held) if each.fault]
    assert [said for _at, said in faults] == [f"{last}: entry 1 has been altered; its seal does not fit."]
    assert len(held) == len(list(plan)), "and every share was told of, each in its place"


def test_all_readers_see_one_moment(books, opened):
    """What is written after they looked is nobody's business, whoever reads it and however late."""
    with opened(2) as several, verifying.reading() as session:
        several.ready()
        assert verifying._see_the_same(session, several)
        plan, entries = small(session), entry_count(session)
        books.file()
        books.session.commit()
        tamper("UPDATE entries SET actor = 'somebody' WHERE seq = 1", "UPDATE cases SET state = 'ended'")
        held = list(several.deal(plan))
        assert [each.fault for each in held if each.fault] == []
        assert sum(each.told.entries for each in held[:len(plan.entries)]) == entries
    assert said(count=2) is not None


def test_others_may_write_as_soon_as_all_have_looked(books, opened):
    with opened(2) as several, verifying.reading() as session:
        several.ready()
        assert verifying._see_the_same(session, several)
        books.file()
        books.session.commit()


@pytest.mark.one_database
@pytest.mark.parametrize("when", ["before it looks", "after it looked", "with shares in hand"])
def test_a_reader_that_dies_is_not_a_clean_bill(books, opened, when):
    with opened(2) as several, verifying.reading() as session, pytest.raises(Refused, match="nothing is said"):
        several.ready()
        if when == "before it looks":
            kill(several.processes[1])
        verifying._see_the_same(session, several)
        if when == "after it looked":
            kill(several.processes[1])
        if when == "with shares in hand":  # halted, lest it be done with them before it is killed
            os.kill(several.processes[0].pid, signal.SIGSTOP)
        list(several.deal(small(session), beat=lambda: kill(several.processes[0])))


def kill(process) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.one_database
def test_what_a_reader_falls_over_is_raised_here(books, opened):
    with opened(2) as several, verifying.reading() as session, pytest.raises(AttributeError):
        several.ready()
        assert verifying._see_the_same(session, several)
        list(several.deal([shares.Share("nothing that there is")]))


@pytest.mark.one_database
def test_readers_end_with_whoever_asked_them(books, opened):
    with pytest.raises(KeyboardInterrupt), opened(2) as several:
        several.ready()
        assert all(process.poll() is None for process in several.processes)
        raise KeyboardInterrupt
    assert all(process.returncode is not None for process in several.processes)


@pytest.mark.one_database
def test_readers_whose_asker_was_killed_go_by_themselves(books, opened):
    with opened(2) as several:
        several.ready()
        for wire in several.wires:
            wire.close()
        assert [process.wait(timeout=30) for process in several.processes] == [0, 0]


@pytest.mark.one_database
def test_a_verification_that_is_stopped_leaves_no_reader_behind(books):
    class Stop(Exception):
        pass

    def step(count: int) -> None:
        raise Stop

    before = children()
    with pytest.raises(Stop):
        verifying.verify(count=2, step=step)
    assert children() == before


def children() -> set[str]:
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return set(file.read().split())


@pytest.mark.one_database("sqlite")
def test_one_process_reads_where_somebody_writes_for_long(books):
    """On SQLite no moment can be had that all see while somebody writes; what is found is the same. PostgreSQL lends a
    moment whoever writes."""
    tamper("UPDATE cases SET state = 'ended' WHERE number = 'TS-2026-0002'")
    with db.engine.connect().execution_options(write=True) as writer, writer.begin():
        writer.execute(text("UPDATE cases SET touched_at = touched_at"))
        found = audits.result(verifying.verify(count=2), began=datetime.now(UTC), ended=datetime.now(UTC))
    assert found["fault"]["sentence"].startswith("%(stream)s stands as")
