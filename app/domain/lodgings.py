"""Lodgings: letters that carry a checkpoint to an address outside, one a day for each; nobody's entry, since the trail
would then never come to rest."""

from datetime import date, datetime

from sqlalchemy import String, func, insert, literal, select, update
from sqlalchemy.orm import Session

from app.domain import letters
from app.domain.checkpoints import Checkpoint
from app.domain.deliveries import EMAIL
from app.domain.letters import SENT, WAITING, Letter
from workflows.grammar import N_

OVERTAKEN = N_("A newer letter with a checkpoint goes there instead.")


def without(session: Session, addresses: tuple[str, ...], *, on: date) -> list[str]:
    """Those of these addresses that have no letter of this day yet."""
    has = set(session.connection().scalars(
        select(Letter.address).where(Letter.address.in_(addresses), Letter.lodged_on == on)))
    return [address for address in addresses if address not in has]


def write(session: Session, checkpoint_id: int, addresses: list[str], *, on: date, at: datetime) -> None:
    """A letter to each; IntegrityError where another worker wrote one of them at the same moment. What is still waiting
    from a day before is given up: its trouble stays, and nobody gets two at once when the server is back."""
    old = Letter.address.in_(addresses) & (Letter.lodged_on < on) & (Letter.state == WAITING)
    session.execute(update(Letter).where(old).values(
        state=letters.GIVEN_UP, ended_at=at, trouble=func.coalesce(Letter.trouble, literal(OVERTAKEN, String))))
    session.execute(insert(Letter.__table__), [
        {"checkpoint_id": checkpoint_id, "lodged_on": on, "channel": EMAIL, "address": address, "state": WAITING,
         "at": at, "next_at": at, "attempts": 0, "failures": 0} for address in addresses])


def carried(session: Session, letter_id: int):
    """(The checkpoint a letter carries, when the same one arrived there last or None)."""
    connection = session.connection()
    checkpoint = connection.execute(select(*Checkpoint.__table__.columns, Letter.address).join(
        Letter, Letter.checkpoint_id == Checkpoint.id).where(Letter.id == letter_id)).one()
    before = connection.scalar(select(Letter.ended_at).where(
        Letter.address == checkpoint.address, Letter.id < letter_id, Letter.checkpoint_id == checkpoint.id,
        Letter.state == SENT).order_by(Letter.id.desc()).limit(1))
    return checkpoint, before


def latest(session: Session, limit: int = 10) -> list:
    """What was lodged or tried last, the newest first, each with its checkpoint's size and root."""
    return session.execute(_LATEST.limit(limit)).all()


def arrived(session: Session, addresses: tuple[str, ...]) -> dict:
    """Address → the letter that arrived there last, with its checkpoint's size and root; absent where none did."""
    last = select(func.max(Letter.id)).where(
        Letter.address.in_(addresses), Letter.checkpoint_id.is_not(None), Letter.state == SENT).group_by(Letter.address)
    return {row.address: row for row in session.execute(_LATEST.where(Letter.id.in_(last)))}


_LATEST = select(
    Letter.id, Letter.address, Letter.lodged_on, Letter.state, Letter.next_at, Letter.attempts, Letter.ended_at,
    Letter.trouble, Checkpoint.size, Checkpoint.root, Checkpoint.at,
).join(Checkpoint, Checkpoint.id == Letter.checkpoint_id).order_by(Letter.id.desc())
