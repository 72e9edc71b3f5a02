"""What the worker does, again and again: errands, rungs, seals and letters are rows, claimed and resumed from there."""

import fcntl
import gettext
import os
import signal
import subprocess
import sys
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
GRACE = 15.0  # seconds that it has to end in
WORKER = (sys.executable, "-OO", "-c", "from app.cli import main; main()", "worker", "--called")

Tell = Callable[[int, int], None]
RUNNERS = {imports.WHAT: importing.put, reprojection.WHAT: moving.move, dossiers.WHAT: binding.bind,
           audits.WHAT: verifying.carry_out}


def work(app, stopped: threading.Event, *, every: float = EVERY, rest: float | None = None,
         errand: Callable[[], bool] | None = None) -> None:
    """Take errands, rungs, seals and letters one after another until told to stop, or until for `rest` seconds there
    was none; a piece of work in hand is finished or left to be resumed. `errand`: what is done about errands, if it is
    not to carry them out."""
    errand = errand or (lambda: one(app, stopped))
    with app.app_context():
        free_orphans()
    done_at = time.monotonic()
    while not stopped.is_set():
        with app.app_context():
            found = (errand() | climbing.one(_words(app)) | sealing.one(_words(app)) | verifying.one()
                     | lodging.one() | postroom.one(app) | pruning.one())
        if found:
            done_at = time.monotonic()
        elif rest is not None and time.monotonic() - done_at > rest:
            return
        else:
            bell.wait(app.extensions["bell"], stopped, every)


def beside(app, stopped: threading.Event, *, every: float = EVERY) -> None:
    """The same beside the pages of a web process, by one process of this machine at a time. What time causes is short;
    for errands, which are long, a worker is called: most of the day its memory would be held for nothing."""
    called = _Called()
    with open(app.extensions["settings"].data / "worker.lock", "a") as lock:
        try:
            while not stopped.is_set():
                if _is_ours(lock):
                    work(app, stopped, every=every, errand=called.when_needed)
                else:
                    _pass(every, stopped)
        finally:
            called.dismiss()


class _Called:
    """A worker in a process of its own, while there are errands."""

    process: subprocess.Popen | None = None

    def when_needed(self) -> bool:
        """Carries nothing out itself."""
        if (self.process is None or self.process.poll() is not None) and _errands_wait():
            self.process = subprocess.Popen(WORKER)
        return False

    def dismiss(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()


def _errands_wait() -> bool:
    found = db.session.scalar(errands.waiting(at=datetime.now(UTC)).limit(1)) is not None or bool(worker.orphans())
    db.session.rollback()
    return found


def _is_ours(lock) -> bool:
    """Until this process ends, however that may be."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pass(seconds: float, stopped: threading.Event) -> None:
    until = time.monotonic() + seconds
    while not stopped.is_set() and time.monotonic() < until:
        time.sleep(bell.LISTEN)


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


class _WithParent(threading.Event):
    """Set when told to stop, or when the parent is gone."""

    def __init__(self):
        super().__init__()
        self.parent = os.getppid()

    def is_set(self) -> bool:
        return super().is_set() or os.getppid() != self.parent


def stop_on_signals(*, with_parent: bool = False) -> threading.Event:
    stopped = _WithParent() if with_parent else threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
