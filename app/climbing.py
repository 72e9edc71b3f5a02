"""The hand of time on the ladder: one unit a transaction, others let in between two."""

from datetime import UTC, datetime, timedelta

from flask import current_app

from app import worker
from app.domain.errors import Refusal
from app.extensions import db
from app.office import ladder

REST = timedelta(minutes=1)  # after a climb that failed: letters and errands go on meanwhile


def one(words) -> bool:
    """Let what is due of one unit climb its next rung; False where nothing is due or it cannot be done now."""
    at = datetime.now(UTC)
    if _rests(at) or not ladder.is_any_due(db.session, at=at):
        db.session.rollback()
        return False
    try:
        with worker.writing():
            return ladder.climb(db.session, at=at, register=worker.register(), words=words) > 0
    except (Refusal, Exception):
        current_app.logger.exception("no rung was climbed")
        current_app.extensions["climbing_rests_until"] = at + REST
        return False


def waits(*, at: datetime) -> bool:
    return not _rests(at) and ladder.is_any_due(db.session, at=at) and ladder.waits(
        db.session, at=at, register=worker.register())


def _rests(at: datetime) -> bool:
    until = current_app.extensions.get("climbing_rests_until")
    return until is not None and at < until
