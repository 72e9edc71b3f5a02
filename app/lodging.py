"""The messenger's day: once a day the newest checkpoint is put into the post to each address outside."""

from datetime import UTC, date, datetime

from flask import current_app
from sqlalchemy.exc import IntegrityError, OperationalError

from app import worker
from app.extensions import db
from app.office import lodging


def one(*, at: datetime | None = None) -> bool:
    """Write today's letters; False where none is lacking, or another worker was a moment faster."""
    now = at or datetime.now(UTC)
    if not waits(at=now):
        db.session.rollback()
        return False
    try:
        with worker.writing():
            return lodging.lodge(db.session, on=_day(now), at=now) > 0
    except IntegrityError:
        return False
    except OperationalError as error:  # the disk is full, the database busy or away: the next round tries again
        current_app.logger.error("no checkpoint was lodged: %s", error.orig)
        return False


def waits(*, at: datetime) -> bool:
    return bool(lodging.lacking(db.session, on=_day(at)))


def _day(at: datetime) -> date:
    return worker.register().calendar.on(at)
