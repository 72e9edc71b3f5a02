"""The hand of time on the ladder: one unit a transaction, others let in between two."""

from datetime import UTC, datetime

from flask import current_app

from app.domain import register, trail
from app.domain.register import Register
from app.extensions import db
from app.office import ladder


def one(words) -> bool:
    """Let what is due of one unit climb its next rung; False where nothing is due."""
    at = datetime.now(UTC)
    if not ladder.is_any_due(db.session, at=at):
        db.session.rollback()
        return False
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    climbed = ladder.climb(db.session, at=at, register=_register(), words=words)
    db.session.commit()
    return climbed > 0


def waits(*, at: datetime) -> bool:
    return ladder.is_any_due(db.session, at=at) and ladder.waits(db.session, at=at, register=_register())


def _register() -> Register:
    """Kept until the office's stream has a new entry: at night the worker asks every other second."""
    kept = current_app.extensions.get("climbing")
    if kept is None or kept.seq != trail.head(db.session):
        kept = register.load(db.session, current_app.extensions["settings"].timezone)
        current_app.extensions["climbing"] = kept
    return kept
