"""What the worker does, again and again: errands, rungs, seals and letters are rows, claimed and resumed from there."""

import gettext
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy.exc import OperationalError

from app import bell, binding, climbing, importing, lodging, moving, postroom, pruning, sealing, verifying, worker
from app.domain import errands
from app.domain.errands import Errand
from app.domain.errors import Refusal
from app.extensions import db
from app.office import audits, dossiers, imports, reprojection

EVERY = 2.0  # seconds between looks at what waits
REST = 20.0  # seconds without work after which a worker that is called when needed goes home

Tell = Callable[[int, int], None]
RUNNERS = {imports.WHAT: importing.put, reprojection.WHAT: moving.move, dossiers.WHAT: binding.bind,
           audits.WHAT: verifying.carry_out}


def work(app, stopped: threading.Event, *, every: float = EVERY, rest: float | None = None) -> None:
    """Take errands, rungs, seals and letters one after another until told to stop, or until for `rest` seconds there
    was none; a piece of work in hand is finished or left to be resumed."""
    with app.app_context():
        free_orphans()
    done_at = time.monotonic()
    while not stopped.is_set():
        with app.app_context():
            found = (one(app, stopped) | climbing.one(_words(app)) | sealing.one(_words(app)) | verifying.one()
                     | lodging.one() | postroom.one(app) | pruning.one())
        if found:
            done_at = time.monotonic()
        elif rest is not None and time.monotonic() - done_at > rest:
            return
        else:
            bell.wait(app.extensions["bell"], stopped, every)


def waits(app) -> bool:
    """Whether an errand, a rung, seals or a letter could be taken up; leaves no connection open: the asker forks."""
    with app.app_context():
        try:
            now = datetime.now(UTC)
            return (
                db.session.scalar(errands.waiting(at=now).limit(1)) is not None or postroom.waits(at=now)
                or climbing.waits(at=now) or sealing.waits(at=now) or pruning.waits()
                or lodging.waits(at=now)
                or verifying.waits(at=now) or bool(worker.orphans())
            )
        finally:
            db.session.remove()
            db.engine.dispose()


def one(app, stopped: threading.Event | None = None) -> bool:
    """Claim and carry out one errand; False where none waits."""
    id = worker.claim()
    if id is not None:
        carry_out(app, id, stopped)
    return id is not None


def carry_out(app, id: int, stopped: threading.Event | None = None, tell: Tell = lambda done, total: None) -> None:
    """A claimed errand, from where it stands, and what becomes of it if it cannot be finished now, or ever; killed at
    any moment it is resumed after its last lot."""
    try:
        RUNNERS[db.session.get(Errand, id).what](id, stopped, tell, _words(app))
    except errands.Lost:
        db.session.rollback()
    except Refusal as refusal:
        worker.fail(id, refusal.told(_words(app), str))
    except OperationalError:
        db.session.rollback()  # the database was busy or away: the claim runs out and somebody takes it up again
        app.logger.exception("errand %s is left to be resumed", id)
    except Exception as error:  # whatever it is, it would be the same at every further try
        app.logger.exception("errand %s", id)
        worker.fail(id, f"{type(error).__name__}: {error}"[:500])


def free_orphans() -> None:
    """What a process of this machine was killed over need not wait until its claim runs out."""
    with worker.writing():
        for errand in worker.orphans():
            errands.release(errand)
    postroom.free()


def _words(app):
    """The translator of the record language."""
    folder, locale = app.config["TRANSLATIONS"], app.extensions["settings"].locale
    return gettext.translation("messages", folder, [locale], fallback=True).gettext


def stop_on_signals() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
