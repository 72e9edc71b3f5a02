"""The auditor's hands: everything held against the trail in a transaction of its own that only reads, asked for on a
page, on the command line, or by the night."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from functools import partial
from time import monotonic

from flask import current_app
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import worker
from app.domain import base, checkpoints, errands, keys
from app.domain.files import Shelf
from app.extensions import db
from app.office import audits, verification
from app.office.verification import Verified

NIGHT = time(2)  # local: the hour from which on the night's verification is asked for
BEAT = 1.0  # seconds between two words on how far it is
MANY = 20_000  # steps from which on it is worth starting further readers
PATIENCE = 2.0  # seconds to wait for a moment in which nobody writes
COURTESY = 10  # how far the worker's readers stand back behind those who serve pages


def verify(*, kept: str | None = None, current: list[keys.Verifier] | None = None,
           step: Callable[[int], None] = lambda count: None, count: int | None = None, nice: int = 0) -> Verified:
    """`current`: whose signatures are asked for, where the machine itself does not hold the key; `count`: how many
    processes read, left out as many as it is worth."""
    settings = current_app.extensions["settings"]
    if current is None:
        current = [signer.verifier for signer in keys.kept(settings.signing_key)]
    with _shared(_worth() if count is None else count, nice, step) as (session, deal), _undisturbed():
        return verification.verify(session, calendar=worker.register().calendar, shelf=Shelf(settings.files),
                                   current=current, kept=kept, step=step, deal=deal)


def _worth() -> int:
    with reading() as session:
        if verification.work(session) < MANY:
            return 1
    from app import readers  # what starts processes and talks to them, where there is that much to do

    return readers.usual()


@contextmanager
def _shared(count: int, nice: int, step: Callable[[int], None]) -> Iterator[tuple]:
    """A session, and how its shares are dealt out to further processes that see the same moment; None where there are
    no others, or where no moment can be had that all see."""
    if count < 2:
        with reading() as session:
            yield session, None
        return
    from app import readers

    zone, files = str(worker.register().calendar.zone), current_app.extensions["settings"].files
    url = db.engine.url.render_as_string(hide_password=False)
    with readers.Readers(count, url=url, zone=zone, files=files, nice=nice) as others, reading() as session:
        others.ready()
        deal = partial(others.deal, beat=lambda: step(0))
        yield session, deal if _see_the_same(session, others) else None


def _see_the_same(session: Session, others) -> bool:
    """PostgreSQL lends a moment; on SQLite nobody writes while all begin to read, which takes milliseconds."""
    if db.engine.dialect.name == "postgresql":
        others.look(session.scalar(select(func.pg_export_snapshot())))
        return True
    with base.still(db.engine, PATIENCE) as held:
        if held:
            session.execute(text("SELECT count(*) FROM sqlite_master"))
            others.look(None)
    return held


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Rows by the thousand that hold no cycles: to look for some after each 700 would take a fifth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def reading() -> Iterator[Session]:
    """A session that sees one moment, and leaves the other one free to write."""
    worker.register()
    db.session.rollback()
    with Session(db.engine) as session:
        if db.engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session
        session.rollback()


def carry_out(id: int, stopped: threading.Event | None, tell: Callable[[int, int], None], words) -> None:
    """A claimed errand from the beginning: what was looked at before an interruption may have changed since."""
    began = datetime.now(UTC)
    with reading() as session:
        total = verification.work(session)
    with worker.writing_on(id) as errand:
        errand.total, errand.progress = total, 0
    beat = _Beat(id, stopped, tell, total)
    try:
        found = verify(step=beat.step, nice=COURTESY)
    except _Stopped:
        worker.release(id)
        return
    with worker.writing_on(id) as errand:
        errand.progress = total
        errands.end(errand, at=datetime.now(UTC), result=audits.result(found, began=began, ended=datetime.now(UTC)))
    if found.fault:
        current_app.logger.error("verification: %s", found.fault.told())


def one() -> bool:
    """Ask for the night's verification when it is time; it is then carried out like any other errand."""
    at = datetime.now(UTC)
    if not waits(at=at):
        db.session.rollback()
        return False
    with worker.writing():
        audits.ask(db.session, by=None, at=at)
    return True


def waits(*, at: datetime) -> bool:
    """Whether the last night passed without one; an office whose first checkpoint is younger waits for the next."""
    calendar = worker.register().calendar
    local = calendar.local(at)
    night = local.replace(hour=NIGHT.hour, minute=NIGHT.minute, second=0, microsecond=0)
    if night > local:
        night -= timedelta(days=1)
    first, last = checkpoints.first_at(db.session), audits.last(db.session)
    return first is not None and first < night and (last is None or last.asked_at < night)


class _Stopped(Exception):
    pass


class _Beat:
    """Says how far it is, keeps the claim, and hears when to stop."""

    def __init__(self, id: int, stopped, tell, total: int):
        self.id, self.stopped, self.tell, self.total = id, stopped, tell, total
        self.done, self.said_at = 0, monotonic()

    def step(self, count: int) -> None:
        self.done += count
        if self.stopped is not None and self.stopped.is_set():
            raise _Stopped
        if monotonic() - self.said_at < BEAT:
            return
        self.said_at = monotonic()
        with worker.writing_on(self.id) as errand:
            errands.go_on(errand, progress=min(self.done, self.total), at=datetime.now(UTC))
        self.tell(self.done, self.total)
