"""The worker's hands on an import: one lot a transaction, others let in between two."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy.exc import IntegrityError

from app import worker
from app.domain import errands, people
from app.domain.errands import Errand
from app.domain.errors import Refused
from app.domain.files import Shelf
from app.extensions import db
from app.office import imports, sheets
from app.office.sheets import Plan
from workflows.grammar import N_

TRIES = 3  # of a lot into which somebody else put one of its numbers first
GAP = 0.05  # seconds between two lots, in which others who wait to write get their turn


def put(id: int, stopped: threading.Event | None, tell: Callable[[int, int], None], words) -> None:
    """A claimed errand's file on the books, from where it stands."""
    _Import(id, tell, words).run(stopped)


class _Import:
    def __init__(self, id: int, tell, words):
        self.id, self.tell, self.words = id, tell, words
        errand = db.session.get(Errand, id)
        self.plan, self.payload = Plan.of(errand.payload["plan"]), errand.payload
        self.done, self.checked, self.total = errand.progress, errand.result["checked"], errand.total
        self.path = Shelf(current_app.extensions["settings"].uploads).path(self.payload["sha256"])
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
                    worker.release(self.id)
                    return
                self._put(lot)
                self.tell(self.done, self.total)
        with self._writing() as errand:
            imports.finish(db.session, errand, self.plan, by=self.by, at=datetime.now(UTC), words=self.words,
                           register=worker.register())

    def _whoever_asked(self) -> people.Actor:
        """The officer, while he holds a post that files; what was begun under it is finished by the machine."""
        officer = worker.actor(self.payload["by"])
        if officer is people.SYSTEM or imports.may_bring(officer, self.plan.kind):
            return officer
        if not self.done:
            imports.let(officer, self.plan.kind)
        return people.SYSTEM

    def _check(self, book) -> bool:
        def beat(_rows: int) -> None:
            with self._writing() as errand:
                errands.go_on(errand, progress=0, at=datetime.now(UTC))

        found = imports.check(book, self.plan, register=worker.register(), at=datetime.now(UTC), words=self.words,
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
                                words=self.words, register=worker.register())
                self.done += len(lot)
                return
            except IntegrityError:
                if attempt == TRIES - 1:
                    raise

    def _writing(self):
        return worker.writing_on(self.id, self.done)
