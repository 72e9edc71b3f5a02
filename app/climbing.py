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
PUT_OFF = timedelta(hours=1)  # of the one node that fails


def one(words, *, at: datetime | None = None) -> bool:
    """Let what is due of one unit climb its next rung; False where nothing is due or it cannot be done now."""
    at = at or datetime.now(UTC)
    aside = _aside(at)
    first = None if worker.rests("climbing", at=at) else ladder.first_due(db.session, at=at, but=aside)
    db.session.rollback()
    if first is None:
        return False
    careful = current_app.extensions.setdefault("climbing_carefully", set())
    try:
        with worker.writing():
            return ladder.climb(db.session, at=at, register=worker.register(), words=words, but=aside,
                                alone=first.unit_id in careful) > 0
    except OperationalError:  # the database is busy or away, which is no node's fault
        current_app.logger.exception("no rung was climbed")
        worker.rest("climbing", at + REST)
    except Exception:
        current_app.logger.exception("no rung was climbed from node %s on", first.id)
        if first.unit_id in careful:
            current_app.extensions.setdefault("put_off", {})[first.id] = at + PUT_OFF
            careful.discard(first.unit_id)
        else:
            careful.add(first.unit_id)
    return False


def waits(*, at: datetime) -> bool:
    if worker.rests("climbing", at=at):
        return False
    return ladder.waits(db.session, at=at, register=worker.register(), but=_aside(at))


def _aside(at: datetime) -> frozenset[int]:
    """Nodes that this process has put off; in its memory only, since the ledger says when they are to climb."""
    return frozenset(id for id, until in current_app.extensions.get("put_off", {}).items() if until > at)
