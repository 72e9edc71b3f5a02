"""The worker's hands on an errand that moves dates: one lot a transaction, others let in between two."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from app import worker
from app.extensions import db
from app.office import reprojection

GAP = 0.01  # seconds between two lots, in which others who wait to write get their turn


def move(id: int, stopped: threading.Event | None, tell: Callable[[int, int], None], words) -> None:
    """Every lot of the errand from where it stands; told to stop, it leaves the rest to be resumed."""
    while True:
        with worker.writing_on(id) as errand:
            by = worker.actor(errand.payload["by"] if errand.officer_id else None)
            is_more = reprojection.go_on(db.session, errand, by=by, at=datetime.now(UTC), words=words,
                                         register=worker.register())
            done, total = errand.progress, errand.total
        tell(done, total)
        if not is_more:
            return
        if stopped is not None and stopped.wait(GAP):
            worker.release(id)
            return
