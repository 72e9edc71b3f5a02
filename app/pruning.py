"""The broom: accesses that are past their time are let go, a lot at a time; once a day there are some."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app

from app import worker
from app.domain import accesses, settings
from app.extensions import db

LOT = 2_000


def one() -> bool:
    """Let one lot go; False where nothing is past its time."""
    if not waits():
        db.session.rollback()
        return False
    now = datetime.now(UTC)
    with worker.writing():
        count = accesses.prune(db.session, _limit(now), LOT)
        accesses.add(db.session.connection(), [accesses.row("pruned", at=now, username="system", detail=str(count))])
    return True


def waits() -> bool:
    """Asked first with the shortest time there is, so that most of the day one look at an index is all."""
    now = datetime.now(UTC)
    if not accesses.is_any_before(db.session, _midnight(now, settings.SHORTEST)):
        return False
    return accesses.is_any_before(db.session, _limit(now))


def _limit(now: datetime) -> datetime:
    return _midnight(now, settings.settings(db.session).accesses_kept)


def _midnight(now: datetime, days: int) -> datetime:
    """Whole days are let go together, or the broom would be out every other second."""
    local = ZoneInfo(current_app.extensions["settings"].timezone)
    return datetime.combine(now.astimezone(local).date() - timedelta(days=days), time(), local).astimezone(UTC)
