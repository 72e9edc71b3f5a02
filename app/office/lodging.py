"""Lodging checkpoints outside: once a day the newest one goes to each address that was chosen, also where nothing is
newer than yesterday, so that silence is noticed."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain import checkpoints, lodgings, settings


def lacking(session: Session, *, on: date) -> list[str]:
    """The addresses to which nothing was written on this day yet; none before the first checkpoint."""
    addresses = settings.checkpoint_to(session)
    if not addresses or checkpoints.latest(session) is None:
        return []
    return lodgings.without(session, addresses, on=on)


def lodge(session: Session, *, on: date, at: datetime) -> int:
    """Write today's letters that are lacking; how many. The post room carries them like any other."""
    addresses = lacking(session, on=on)
    if addresses:
        lodgings.write(session, checkpoints.latest(session).id, addresses, on=on, at=at)
    return len(addresses)
