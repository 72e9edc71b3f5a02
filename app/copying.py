"""The copy of the holdings follows the tree, lot by lot, others let in between two."""

from app import worker
from app.domain import spans
from app.extensions import db

LOT = 1_000  # leaves


def follow() -> None:
    """Up to the last leaf there is; killed at any moment it goes on from its last lot, and two at once do no harm."""
    while _follow():
        pass


def _follow() -> int:
    register = worker.register()
    with worker.writing():
        return spans.follow(db.session, register, most=LOT)
