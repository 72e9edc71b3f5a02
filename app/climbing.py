"""The hand of time on the ladder: one unit a transaction, others let in between two.

A unit that cannot be let climb is tried node by node from then on, and the node that fails is put off: the others
climb, and letters and errands go on.
"""

from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy.exc import OperationalError

from app import worker
from app.extensions import db
from app.office import ladder

REST = timedelta(minutes=1)  # of all climbing, where the database cannot be written to
PUT_OFF = timedelta(hours=1)  # of the one node


def one(words, *, at: datetime | None = None) -> bool:
    """Let what is due of one unit climb its next rung; False where nothing is due or it cannot be done now."""
    at = at or datetime.now(UTC)
    first = None if _rests(at) else ladder.first_due(db.session, at=at)
    db.session.rollback()
    if first is None:
        return False
    careful = current_app.extensions.setdefault("climbing_carefully", set())
    try:
        with worker.writing():
            return ladder.climb(db.session, at=at, register=worker.register(), words=words,
                                alone=first.unit_id in careful) > 0
    except OperationalError:  # the database is busy or away, which is no node's fault
        current_app.logger.exception("no rung was climbed")
        current_app.extensions["climbing_rests_until"] = at + REST
        return False
    except Exception:
        current_app.logger.exception("no rung was climbed from node %s on", first.id)
        _step_aside(first, careful, at)
        return False


def _step_aside(first, careful: set[int], at: datetime) -> None:
    if first.unit_id not in careful:
        careful.add(first.unit_id)
        return
    try:
        with worker.writing():
            ladder.put_off(db.session, first.id, until=at + PUT_OFF)
        careful.discard(first.unit_id)
    except Exception:
        current_app.logger.exception("node %s could not be put off", first.id)
        current_app.extensions["climbing_rests_until"] = at + REST


def waits(*, at: datetime) -> bool:
    return not _rests(at) and ladder.waits(db.session, at=at, register=worker.register())


def _rests(at: datetime) -> bool:
    until = current_app.extensions.get("climbing_rests_until")
    return until is not None and at < until
