"""Holding everything against the trail: seals, streams, triggers; states, hands and clocks replayed; the tree, its
checkpoints, the evidence. Reads in shares and stops at the first thing that does not hold, however many readers they
are dealt out to.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import keys, seals, tree
from app.domain.errors import Refused
from app.domain.files import File, Shelf
from app.domain.keys import Verifier
from app.domain.trail import Entry
from app.domain.tree import Leaf
from app.domain.workdays import Calendar
from app.office import attesting, retracing, shares
from app.office.attesting import Attested
from app.office.faults import Fault
from app.office.redrawing import Lots
from app.office.shares import Held, Share
from app.office.streams import Read
from workflows.grammar import N_

Step = Callable[[int], None]


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
           kept: str | None = None, step: Step = lambda count: None,
           deal: Callable[[Iterable[Share]], Iterator[Held]] | None = None) -> Verified:
    """`current`: the keys that sign now, without which no signature is looked at; `kept`: a checkpoint that was kept
    elsewhere; `shelf`: where the evidence lies; `deal`: who holds the shares and tells of them in their order, if it
    is not to be done here."""
    read, fault, last = Read(), None, None
    try:
        last = attesting.last(session)
        _hold_triggers(session)
        plan = shares.planned(session, evidence=shelf is not None)
        if deal is None:
            reader = shares.Reader(session, calendar, shelf)
            held = _told(map(reader.hold, plan), step)
        else:
            held = _told(deal(plan), step)
        for each in islice(held, len(plan.entries)):
            read.add(each)
        next(held)
        _hold_whole(session, read)
        signed = None if current is None else [*current, *map(keys.verifier, read.keys)]
        attested = Attested(session, verifiers=signed, current=current, kept=kept, witnessing=read.witnesses)
        attested.hold(islice(held, len(plan.leaves)))
        for _evidence in held:
            pass
        retracing.hold_traces(session, read.mistraced, read.entries - read.untraced)
    except Fault as found:
        fault = found
    return Verified(read.entries, fault, last, read.uncovered, read.since)


def _told(held: Iterator[Held], step: Step) -> Iterator:
    for each in held:
        if each.fault is not None:
            raise each.fault
        step(each.steps)
        yield each.told


def _hold_whole(session: Session, read: Read) -> None:
    """What only shows when all entries have been read."""
    if read.entries - read.waiting != tree.size(session) and (leaf := session.execute(_NO_ENTRY).first()):
        raise Fault(N_("%(stream)s: entry %(seq)s stands in the tree and is gone from the trail."), stream=leaf.stream,
                    seq=leaf.seq)
    lots = Lots(session)
    for heard, verb in read.heard:
        lots.hear(heard, verb)
    lots.hold()


def _hold_triggers(session: Session) -> None:
    asked, standing = seals.names(session.get_bind().dialect.name), seals.standing(session)
    if missing := asked - standing:
        raise Fault(N_("The database no longer protects the trail: %(triggers)s is missing."),
                    triggers=", ".join(sorted(missing)))
    if changed := asked - seals.present(session):
        raise Fault(N_("The database no longer protects the trail: %(triggers)s is switched off, or no longer what it "
                       "was made as."), triggers=", ".join(sorted(changed)))


_NO_ENTRY = select(Leaf.stream, Leaf.seq).where(
    ~select(Entry.stream).where(Entry.stream == Leaf.stream, Entry.seq == Leaf.seq).exists()).order_by(
    Leaf.position).limit(1)
