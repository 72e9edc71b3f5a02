"""What may leave the house, to whom and when: looks at letters that are due and takes up the first that may go."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, exists, select
from sqlalchemy.orm import Session

from app.domain import deliveries, letters, people, settings
from app.domain.cases import Case, may_see
from app.domain.deliveries import CHANNELS, EMAIL, WEBHOOK, Delivery
from app.domain.letters import Letter
from app.domain.people import Officer
from app.domain.register import Register
from app.domain.tellings import Telling
from app.domain.trail import Entry
from workflows.grammar import N_

LOT = 20  # letters looked at in one go
BUNDLE = {EMAIL: 100, WEBHOOK: 10}  # that one message collects; a robot takes two kilobytes
BY_TIME = "climbed"  # reminders and urgings come in heaps, and go out as one to each officer
NOT_SET_UP = N_("This way of sending is not set up here.")
UNWANTED = N_("It is not wanted this way any more.")
NOT_OUTSIDE = N_("Nothing about this leaves the house.")
GONE = N_("It no longer concerns this officer.")
OURS = (NOT_SET_UP, UNWANTED, NOT_OUTSIDE, GONE)  # all other troubles are words of servers


@dataclass(frozen=True)
class Room:
    """A poster at work: who it is, what this machine can carry, who is who today, and what time it is."""

    session: Session
    worker: str
    channels: frozenset[str]
    register: Register
    at: datetime


def take(room: Room) -> tuple[list, int]:
    """(Letters claimed for one attempt, how many were looked at). Several letters: they go out as one."""
    rows = _due(room, Letter.id.in_(letters.due(at=room.at).limit(LOT)))
    for row in rows:
        if _may_go(room, row) and _claim(room, row):
            return [row, *_siblings(room, row)], len(rows)
    return [], len(rows)


def _may_go(room: Room, row) -> bool:
    """Whether the letter goes now; where not, it is put off or given up."""
    if (trouble := _against(room, row)) is not None:
        letters.drop(room.session, row, trouble, at=room.at)
        return False
    if (later := _later(room, row)) is not None:
        letters.put_off(room.session, row, later, at=room.at)
        return False
    return True


def _against(room: Room, row) -> str | None:
    """Why it never goes; looked at when it is to go, since a case may have been sealed and an officer may have left."""
    if row.channel not in room.channels:
        return NOT_SET_UP
    if row.checkpoint_id is not None:
        return None if row.to in settings.checkpoint_to(room.session) else UNWANTED
    if row.telling_id is None:
        return None
    if row.to is None:
        return UNWANTED
    if row.sealed:
        return NOT_OUTSIDE
    if row.told != row.officer_id or not _concerns(room, row):
        return GONE
    return None


def _concerns(room: Room, row) -> bool:
    actor = people.actor(room.session, room.register.people, row.username)
    if not actor.held or row.case_id is None:
        return bool(actor.held)
    return room.session.scalar(select(Case.id).where(Case.id == row.case_id, may_see(actor))) is not None


def _later(room: Room, row) -> datetime | None:
    """When it may go, where that is not now. A test is wanted at once, and a checkpoint disturbs nobody of ours."""
    if row.telling_id is None:
        return None
    zone = room.register.calendar.zone
    if row.digest_at and row.channel == EMAIL:
        collected_at = deliveries.next_digest(row.at, row.digest_at, zone)
        if collected_at > room.at:
            return collected_at
    return deliveries.quiet_until(room.at, row.quiet_from, row.quiet_until, zone)


def _claim(room: Room, row) -> bool:
    return letters.try_it(room.session, row, room.worker, address=row.to, at=room.at)


def _siblings(room: Room, row) -> list:
    """What goes out in the same message: all that the one mail a day collects, or what time has to say to him now."""
    same = [Letter.officer_id == row.officer_id, Letter.channel == row.channel, Letter.telling_id.is_not(None),
            Letter.id != row.id]
    if row.telling_id is None or not (row.verb == BY_TIME or (row.digest_at and row.channel == EMAIL)):
        return []
    if not (row.digest_at and row.channel == EMAIL):
        spoken = exists().where(Telling.id == Letter.telling_id, Entry.stream == Telling.stream,
                                Entry.seq == Telling.seq, Entry.verb == BY_TIME).correlate(Letter)
        same.append(spoken)
    due = _due(room, Letter.id.in_(letters.due(at=room.at).where(*same).limit(BUNDLE[row.channel] - 1)))
    return [each for each in due if _may_go(room, each) and _claim(room, each)]


def _due(room: Room, those) -> list:
    """Letters with all that decides over them, in one query; the titles of cases are not even read."""
    wanted = [(and_(Letter.channel == each, getattr(Delivery, f"by_{each}").is_(True)), getattr(Delivery, each))
              for each in CHANNELS]
    to = case((Letter.telling_id.is_(None), Letter.address), *wanted)  # as he wants it now; a test as it was asked for
    query = (
        select(Letter.id, Letter.telling_id, Letter.officer_id, Letter.checkpoint_id, Letter.channel, Letter.attempts,
               Letter.failures, Letter.at, to.label("to"), Telling.officer_id.label("told"), Telling.stream,
               Entry.verb, Entry.data, Delivery.quiet_from, Delivery.quiet_until, Delivery.digest_at, Officer.username,
               Officer.locale, Case.id.label("case_id"), Case.kind, Case.sealed, Case.due_on)
        .outerjoin(Officer, Officer.id == Letter.officer_id)
        .outerjoin(Delivery, Delivery.officer_id == Letter.officer_id)
        .outerjoin(Telling, Telling.id == Letter.telling_id)
        .outerjoin(Entry, and_(Entry.stream == Telling.stream, Entry.seq == Telling.seq))
        .outerjoin(Case, Case.number == Telling.stream)
        .where(those)
        .order_by(Letter.next_at, Letter.id)
    )
    return list(room.session.execute(query))
