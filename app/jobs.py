"""The queue rings the bell; the work itself is rows of the database, claimed and resumed."""

import gettext
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from app import climbing, moving, postroom
from app.domain import errands, people, register, trail
from app.domain.errands import Errand
from app.domain.errors import Refusal, Refused
from app.domain.files import Shelf
from app.extensions import db
from app.office import imports, reprojection, sheets
from app.office.sheets import Plan
from app.postroom import is_gone, name
from workflows.grammar import N_

EVERY = 2.0  # seconds between looks at the errands when nobody rings
REST = 20.0  # seconds without work after which a worker that is called when needed goes home
TRIES = 3  # of a lot into which somebody else put one of its numbers first
GAP = 0.05  # seconds between two lots, in which others who wait to write get their turn


def work(app, stopped: threading.Event, *, every: float = EVERY, rest: float | None = None) -> None:
    """Take errands, rungs and letters one after another until told to stop, or until for `rest` seconds there was
    none; a piece of work in hand is finished or left to be resumed."""
    with app.app_context():
        free_orphans()
    done_at = time.monotonic()
    while not stopped.is_set():
        with app.app_context():
            found = one(app, stopped) | climbing.one(_words(app)) | postroom.one(app)
        if found:
            done_at = time.monotonic()
        elif rest is not None and time.monotonic() - done_at > rest:
            return
        else:
            stopped.wait(every)


def waits(app) -> bool:
    """Whether an errand, a rung or a letter could be taken up now; leaves no connection open, since the asker forks."""
    with app.app_context():
        try:
            now = datetime.now(UTC)
            return (
                db.session.scalar(errands.waiting(at=now).limit(1)) is not None or postroom.waits(at=now)
                or climbing.waits(at=now) or any(is_orphan(errand) for errand in db.session.scalars(_CLAIMED))
            )
        finally:
            db.session.remove()
            db.engine.dispose()


def one(app, stopped: threading.Event | None = None) -> bool:
    """Claim and carry out one errand; False where none waits."""
    db.session.connection(execution_options={"write": True})
    found = errands.claim(db.session, name(), at=datetime.now(UTC))
    db.session.commit()
    if found is None:
        return False
    RUNNERS[db.session.get(errands.Errand, found).what](app, found, stopped)
    return True


def import_ledger(app, id: int, stopped: threading.Event | None = None,
                  tell: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Put a claimed errand's file on the books, from where it stands; killed at any moment it is resumed there."""
    _carry(app, id, lambda: _Import(app, id, tell).run(stopped))


def reproject(app, id: int, stopped: threading.Event | None = None,
              tell: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Move the dates that a claimed errand is about, lot by lot; killed at any moment it goes on after the last lot."""
    zone = app.extensions["settings"].timezone
    _carry(app, id, lambda: moving.move(id, stopped, tell, worker=name(), zone=zone, words=_words(app)))


def _carry(app, id: int, work: Callable[[], None]) -> None:
    """What becomes of an errand whose work cannot be finished now, or ever."""
    try:
        work()
    except errands.Lost:
        db.session.rollback()
    except Refusal as refusal:
        _fail(id, refusal.told(_words(app), str))
    except OperationalError:
        db.session.rollback()  # the database was busy or away: the claim runs out and somebody takes it up again
        app.logger.exception("errand %s is left to be resumed", id)
    except Exception as error:  # whatever it is, it would be the same at every further try
        app.logger.exception("errand %s", id)
        _fail(id, f"{type(error).__name__}: {error}"[:500])


def free_orphans() -> None:
    """What a process of this machine was killed over need not wait until its claim runs out."""
    db.session.connection(execution_options={"write": True})
    for errand in db.session.scalars(_CLAIMED):
        if is_orphan(errand):
            errands.release(errand)
    db.session.commit()
    postroom.free()


_CLAIMED = select(Errand).where(Errand.state == errands.WAITING, Errand.claimed_by.is_not(None))


def is_orphan(errand: Errand) -> bool:
    """Claimed by a process of this machine that is no more."""
    return is_gone(errand.claimed_by)


class _Import:
    def __init__(self, app, id: int, tell):
        self.id, self.tell, self.zone, self.words = id, tell, app.extensions["settings"].timezone, _words(app)
        errand = db.session.get(Errand, id)
        self.plan, self.payload = Plan.of(errand.payload["plan"]), errand.payload
        self.done, self.checked, self.total = errand.progress, errand.result["checked"], errand.total
        self.path = Shelf(app.extensions["settings"].uploads).path(self.payload["sha256"])
        self.register = register.load(db.session, self.zone)
        self.by = self._whoever_asked()
        db.session.rollback()

    def run(self, stopped) -> None:
        if not self.path.exists():
            raise Refused(N_("The uploaded file is no longer there; please upload it again."))
        with sheets.opened(self.path) as book:
            if not self.checked and not self._check(book):
                return
            for lot in imports.lots(book, self.plan, after=self.done):
                if stopped is not None and stopped.wait(GAP if self.done else 0):
                    with self._writing() as errand:
                        errands.release(errand)
                    return
                self._put(lot)
                self.tell(self.done, self.total)
        with self._writing() as errand:
            imports.finish(db.session, errand, self.plan, by=self.by, at=datetime.now(UTC), words=self.words,
                           register=self._fresh())

    def _whoever_asked(self):
        """The officer, while he holds a post that files; what was begun under it is finished by the machine."""
        if self.payload["by"] is None:
            return people.SYSTEM
        officer = people.actor(db.session, self.register.people, self.payload["by"])
        if not imports.may_bring(officer, self.plan.kind):
            if not self.done:
                imports.let(officer, self.plan.kind)
            return people.SYSTEM
        return officer

    def _check(self, book) -> bool:
        def beat(_rows: int) -> None:
            with self._writing() as errand:
                errands.go_on(errand, progress=0, at=datetime.now(UTC))

        found = imports.check(book, self.plan, register=self.register, at=datetime.now(UTC), words=self.words,
                              beat=beat)
        with self._writing() as errand:
            is_good = imports.checked(errand, found, at=datetime.now(UTC))
        self.total = found.rows
        return is_good

    def _put(self, lot) -> None:
        for attempt in range(TRIES):
            try:
                with self._writing() as errand:
                    imports.put(db.session, errand, lot, self.plan, by=self.by, at=datetime.now(UTC),
                                words=self.words, register=self._fresh())
                self.done += len(lot)
                return
            except IntegrityError:
                if attempt == TRIES - 1:
                    raise

    def _fresh(self) -> register.Register:
        """The register, read again when the office has changed since."""
        if trail.head(db.session) != self.register.seq:
            self.register = register.load(db.session, self.zone)
        return self.register

    @contextmanager
    def _writing(self) -> Iterator[Errand]:
        """One transaction on the errand, while it is still ours and stands where we left it."""
        db.session.rollback()
        db.session.connection(execution_options={"write": True})
        try:
            errand = db.session.get(Errand, self.id, with_for_update=True, populate_existing=True)
            if errand.is_over or errand.claimed_by != name() or errand.progress != self.done:
                raise errands.Lost
            yield errand
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        finally:
            db.session.expunge_all()


def _fail(id: int, trouble: str) -> None:
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    errand = db.session.get(Errand, id, populate_existing=True)
    if not errand.is_over:
        errands.end(errand, at=datetime.now(UTC), result=errand.result, trouble=trouble)
    db.session.commit()


def _words(app):
    """The translator of the record language."""
    folder, locale = app.config["TRANSLATIONS"], app.extensions["settings"].locale
    return gettext.translation("messages", folder, [locale], fallback=True).gettext


RUNNERS: dict = {imports.WHAT: import_ledger, reprojection.WHAT: reproject}


def stop_on_signals() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
