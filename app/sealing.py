"""The sequencer's hands: new seals into the tree lot by lot, others let in between two, then a signed checkpoint."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import select

from app import copying, worker
from app.domain import checkpoints, keys
from app.domain.errors import Refused
from app.domain.keys import Signer
from app.domain.trail import Unsequenced
from app.extensions import db
from app.office import sealing
from workflows.grammar import N_

EVERY = timedelta(minutes=4)  # with the pauses of a worker this stays under the five minutes that are promised
REST = timedelta(minutes=1)  # after it could not be done: letters and errands go on meanwhile


def seal(words, tell: Callable[[int], None] = lambda taken: None, *, follow: bool = True) -> int:
    """Everything that waits, now, and a checkpoint over it; returns how many seals were taken in. Safe to be killed at
    any moment and to be done by two at once. What follows the tree does so at once, or after the next seal."""
    signers, taken = signing(), 0
    while lot := _take_in():
        taken += lot
        tell(lot)
    with worker.writing():
        sealing.sign(db.session, signers, at=datetime.now(UTC), words=words)
    if len(signers) > 1:  # the one that was replaced has signed for the last time
        keys.keep(_path(), signers[:1])
    if follow:
        copying.follow()
    return taken


def rotate(words) -> None:
    """A new key; the old one signs once more beside it. Where the old one was lost, the new one stands alone."""
    if keys.kept(_path()):
        seal(words)
    fresh = keys.new(current_app.extensions["settings"].origin)
    keys.keep(_path(), [fresh, *keys.kept(_path())])
    seal(words)


def signing() -> list[Signer]:
    """The keys that sign; made on the first start, and never again by itself."""
    if not _path().exists():
        if checkpoints.latest(db.session):
            raise Refused(N_("The signing key %(path)s is gone. Bring it back from a backup; if it is lost, duban "
                             "trail key --rotate begins a new one."), path=_path())
        keys.keep(_path(), [keys.new(current_app.extensions["settings"].origin)], first=True)
    signers = keys.kept(_path())
    keys.publish(_path(), signers[0])
    return signers


def one(words) -> bool:
    """Seal when it is time to; False where nothing waits, it is too early, or it cannot be done now."""
    at = datetime.now(UTC)
    if not waits(at=at):
        db.session.rollback()
        return False
    try:
        return seal(words) > 0
    except (Refused, Exception):
        current_app.logger.exception("nothing was sealed")
        worker.rest("sealing", at + REST)
        return False


def waits(*, at: datetime) -> bool:
    if worker.rests("sealing", at=at) or db.session.scalar(_ANY) is None:
        return False
    last = checkpoints.latest(db.session)
    return last is None or at - last.at >= EVERY


def _take_in() -> int:
    with worker.writing():
        return sealing.take_in(db.session)


def _path():
    return current_app.extensions["settings"].signing_key


_ANY = select(Unsequenced.seq).limit(1)
