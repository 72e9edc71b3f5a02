"""What all of the worker's work stands on: its name, its transactions, and the register it keeps."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy import select

from app.domain import errands, people
from app.domain import register as registers
from app.domain.errands import Errand
from app.domain.register import Register
from app.extensions import db


def name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


def is_gone(worker: str | None) -> bool:
    """A process of this machine that is no more."""
    host, _dash, pid = (worker or "").rpartition("-")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def register() -> Register:
    """Kept in this process until the office's stream has a new entry."""
    kept = current_app.extensions.get("register")
    zone = current_app.extensions["settings"].timezone
    current = current_app.extensions["register"] = registers.current(db.session, kept, zone)
    return current


def rest(what: str, until: datetime) -> None:
    """This process leaves that piece of work alone until then, and goes on with everything else."""
    current_app.extensions.setdefault("resting", {})[what] = until


def rests(what: str, *, at: datetime) -> bool:
    until = current_app.extensions.get("resting", {}).get(what)
    return until is not None and at < until


@contextmanager
def writing() -> Iterator[None]:
    """One transaction that writes; it leaves nothing in the session behind."""
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        db.session.expunge_all()


@contextmanager
def writing_on(id: int, progress: int | None = None) -> Iterator[Errand]:
    """One transaction on an errand, while it is still ours and, where that is said, stands where we left it.

    Raises errands.Lost where it is not.
    """
    with writing():
        errand = db.session.get(Errand, id, with_for_update=True, populate_existing=True)
        if errand.is_over or errand.claimed_by != name() or progress not in (None, errand.progress):
            raise errands.Lost
        yield errand


def claim() -> int | None:
    """The next errand that nobody works on, now ours."""
    with writing():
        return errands.claim(db.session, name(), at=datetime.now(UTC))


def release(id: int) -> None:
    """Told to stop: the rest is left to be resumed."""
    with writing_on(id) as errand:
        errands.release(errand)


def fail(id: int, trouble: str) -> None:
    with writing():
        errand = db.session.get(Errand, id)
        if not errand.is_over:
            errands.end(errand, at=datetime.now(UTC), result=errand.result, trouble=trouble)


def orphans() -> list[Errand]:
    """Errands held by processes of this machine that are no more; they need not wait until the claim runs out."""
    return [errand for errand in db.session.scalars(_CLAIMED) if is_gone(errand.claimed_by)]


_CLAIMED = select(Errand).where(Errand.state == errands.WAITING, Errand.claimed_by.is_not(None))


def actor(username: str | None) -> people.Actor:
    """Who asked for a piece of work; the machine where nobody did."""
    return people.actor(db.session, register().people, username) if username else people.SYSTEM
