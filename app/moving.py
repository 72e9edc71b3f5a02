"""The worker's hands on an errand that moves dates: one lot a transaction, others let in between two."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from app.domain import errands, people, register, trail
from app.domain.errands import Errand
from app.extensions import db
from app.office import reprojection

GAP = 0.01  # seconds between two lots, in which others who wait to write get their turn


def move(id: int, stopped: threading.Event | None, tell: Callable[[int, int], None], *, worker: str, zone: str,
         words) -> None:
    """Every lot of the errand from where it stands; told to stop, it leaves the rest to be resumed."""
    known = register.load(db.session, zone)
    while True:
        with _writing(id, worker) as errand:
            if trail.head(db.session) != known.seq:
                known = register.load(db.session, zone)
            by = _whoever_asked(errand, known)
            is_more = reprojection.go_on(db.session, errand, by=by, at=datetime.now(UTC), words=words, register=known)
            done, total = errand.progress, errand.total
        tell(done, total)
        if not is_more:
            return
        if stopped is not None and stopped.wait(GAP):
            with _writing(id, worker) as errand:
                errands.release(errand)
            return


def _whoever_asked(errand: Errand, known: register.Register) -> people.Actor:
    return people.actor(db.session, known.people, errand.payload["by"]) if errand.officer_id else people.SYSTEM


@contextmanager
def _writing(id: int, worker: str) -> Iterator[Errand]:
    """One transaction on the errand, while it is still ours."""
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    try:
        errand = db.session.get(Errand, id, with_for_update=True, populate_existing=True)
        if errand.is_over or errand.claimed_by != worker:
            raise errands.Lost
        yield errand
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        db.session.expunge_all()
