"""What follows the tree: the copy of the holdings, and the traces by which entries are found. Lot by lot, others let in
between two."""

from app import worker
from app.domain import spans, traces
from app.extensions import db

LOT = 1_000  # leaves
STRETCH, SMALL = 20_000, 200  # leaves put in order at once; those whose words are taken in while others wait to write


def follow() -> None:
    """Up to the last leaf there is; killed at any moment it goes on from its last lot, and two at once do no harm."""
    while _trace():
        pass
    while _follow():
        pass


def _trace() -> bool:
    upto, positions = traces.ahead(db.session, most=STRETCH)
    db.session.rollback()
    for start in range(0, len(positions), SMALL):
        with worker.writing():
            traces.trace(db.session, positions[start : start + SMALL])
    if upto:
        with worker.writing():
            traces.reach(db.session, upto)
    return bool(upto)


def _follow() -> int:
    register = worker.register()
    with worker.writing():
        return spans.follow(db.session, register, most=LOT)
