"""Holding everything against the trail: seals, streams, triggers; states, hands and clocks replayed; the tree, its
checkpoints, the evidence. Reads in lots and stops at the first thing that does not hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.domain import seals, tree
from app.domain.cases import Case
from app.domain.errors import Refused
from app.domain.files import File, Shelf
from app.domain.keys import Verifier
from app.domain.trail import Entry
from app.domain.workdays import Calendar
from app.office import retracing
from app.office.attesting import Attested
from app.office.faults import Fault
from app.office.reading import Reading
from workflows.grammar import N_


@dataclass(frozen=True)
class Verified:
    """What was found: the first fault or none, and how far the last checkpoint reaches."""

    entries: int
    fault: Refused | None
    checkpoint: object  # the last one's row
    uncovered: int  # entries that it does not cover
    since: datetime | None  # when the oldest of them was written


def entry_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Entry))


def work(session: Session) -> int:
    """How many steps `verify` will tell: entries, leaves and files."""
    return entry_count(session) + tree.size(session) + session.scalar(select(func.count(File.sha256.distinct())))


def first_fault(session: Session, **asked) -> Refused | None:
    """The first thing that does not hold, as a sentence; None where everything does."""
    return verify(session, **asked).fault


def verify(session: Session, *, calendar: Calendar, shelf: Shelf | None = None, current: list[Verifier] | None = None,
           kept: str | None = None, step: Callable[[int], None] = lambda count: None) -> Verified:
    """`current`: the keys that sign now, without which no signature is looked at; `kept`: a checkpoint that was kept
    elsewhere; `shelf`: where the evidence lies."""
    try:
        reading, fault = Reading(session, calendar, step), None
    except Fault as found:
        return Verified(0, found, None, 0, None)
    try:
        _hold_triggers(session)
        reading.hold()
        known = None if current is None else [*current, *reading.keys]
        Attested(session, verifiers=known, current=current, kept=kept, witnessing=reading.witnesses, step=step).hold()
        if shelf is not None:
            _hold_evidence(session, shelf, step)
        retracing.hold_traces(session)  # last: it can be made again, and what is wrong before makes it wrong as well
    except Fault as found:
        fault = found
    return Verified(reading.entries, fault, reading.checkpoint, reading.uncovered, reading.since)


def _hold_triggers(session: Session) -> None:
    asked, standing = seals.names(session.get_bind().dialect.name), seals.standing(session)
    if missing := asked - standing:
        raise Fault(N_("The database no longer protects the trail: %(triggers)s is missing."),
                    triggers=", ".join(sorted(missing)))
    if changed := asked - seals.present(session):
        raise Fault(N_("The database no longer protects the trail: %(triggers)s is switched off, or no longer what it "
                       "was made as."), triggers=", ".join(sorted(changed)))


def _hold_evidence(session: Session, shelf: Shelf, step: Callable[[int], None]) -> None:
    after = ""
    while rows := session.connection().execute(_EVIDENCE, {"after": after}).all():
        for digest, in rows:
            if not shelf.holds(digest) or not shelf.is_whole(digest):
                number, seq = session.execute(_HANGS_ON, {"digest": digest}).first()
                raise Fault(N_("%(stream)s: the evidence that entry %(seq)s attached is no longer what it was, or is "
                               "gone from the shelf."), stream=number, seq=seq)
        step(len(rows))
        after = rows[-1][0]


_EVIDENCE = select(File.sha256).where(File.sha256 > bindparam("after")).distinct().order_by(File.sha256).limit(200)
_HANGS_ON = select(Case.number, File.seq).join(Case, Case.id == File.case_id).where(
    File.sha256 == bindparam("digest")).order_by(File.id)
