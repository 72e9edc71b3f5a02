"""Verifications as errands: asked for by an auditor or by the night, with what they found kept as facts."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import checkpoints, errands
from app.domain.errands import Errand
from app.domain.errors import Refused
from app.office.verification import Verified

WHAT = "verification"


def ask(session: Session, *, by: int | None, at: datetime) -> Errand:
    """One at a time: whoever asks while one is under way is given that one."""
    under_way = session.scalar(_LAST.where(Errand.state == errands.WAITING))
    return under_way or errands.ask(session, WHAT, {}, by=by, at=at)


def last(session: Session, *, ended: bool = False) -> Errand | None:
    return session.scalar(_LAST.where(Errand.state != errands.WAITING) if ended else _LAST)


def result(found: Verified, *, began: datetime, ended: datetime) -> dict:
    """What is kept: the sentence still to be translated, and how far the last checkpoint reached."""
    fault, last = found.fault, found.checkpoint
    return {
        "entries": found.entries, "uncovered": found.uncovered,
        "minutes": 0 if found.since is None else int((ended - found.since).total_seconds() // 60),
        "checkpoint": checkpoints.short(last) if last else None, "size": last.size if last else 0,
        "fault": fault and {"sentence": fault.sentence, "facts": {key: _plain(value) for key, value in
                                                                   fault.facts.items()}},
        "seconds": round((ended - began).total_seconds(), 1),
    }


def fault(errand: Errand) -> Refused | None:
    """The first thing that did not hold, as it was found."""
    kept = (errand.result or {}).get("fault")
    return Refused(kept["sentence"], **kept["facts"]) if kept else None


def _plain(value):
    return value if isinstance(value, int) else str(value)


_LAST = select(Errand).where(Errand.what == WHAT).order_by(Errand.id.desc()).limit(1)
