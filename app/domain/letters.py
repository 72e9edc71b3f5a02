"""Letters: what leaves the house by one channel, for one officer or with a checkpoint that is lodged outside. An
attempt is recorded before it is made.

waiting → trying → sent, or back to waiting after a passing failure, `failed` after a lasting one, `given_up` after the
last pause or where nothing may leave any more. A poster that dies while trying leaves a claim that runs out: then the
letter is tried again, so it arrives at least once, under the same id, and is never tried after it was recorded as sent.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    and_,
    bindparam,
    column,
    exists,
    insert,
    literal_column,
    select,
    table,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from app.domain import bundles
from app.domain.base import Base, Instant, only
from app.domain.deliveries import CHANNELS, Delivery
from workflows.grammar import N_

WAITING, TRYING, SENT, FAILED, GIVEN_UP = "waiting", "trying", "sent", "failed", "given_up"
STATES = {WAITING: N_("waiting"), TRYING: N_("being sent"), SENT: N_("sent"), FAILED: N_("refused for good"),
          GIVEN_UP: N_("given up")}
OPEN = (WAITING, TRYING)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 1440))  # after the 1st, 2nd … failure
TESTS_APART = timedelta(minutes=1)
CLAIM = timedelta(minutes=2)  # four times as long as a channel may take


class Letter(Base):
    """`attempts` counts what was begun, `failures` what is known to have failed: a killed poster is no failure."""

    __tablename__ = "letters"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    telling_id: Mapped[int | None] = mapped_column(ForeignKey("tellings.id"))  # none: a test, or a lodging
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))  # none: a lodging
    checkpoint_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoints.id"))  # that it lodges with somebody
    lodged_on: Mapped[date | None]  # the day it is that address's one letter of
    channel: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(254))
    state: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(Instant)
    next_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int]
    failures: Mapped[int]
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    trouble: Mapped[str | None] = mapped_column(String(200))
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_letters_once", "telling_id", "channel", "address", unique=True),
        Index("ix_letters_due", "next_at", "id", **only(state.in_(OPEN))),
        Index("ix_letters_officer", "officer_id", "id"),
        Index("ix_letters_lodged", "address", "lodged_on", unique=True, **only(checkpoint_id.is_not(None))),
        CheckConstraint("(state = 'trying') = (claimed_until IS NOT NULL)", name="claimed_while_tried"),
        CheckConstraint("state <> 'sent' OR attempts > 0", name="sent_was_tried"),
        CheckConstraint("(officer_id IS NULL) = (checkpoint_id IS NOT NULL) AND (checkpoint_id IS NULL) = "
                        "(lodged_on IS NULL)", name="somebodys_or_lodged"),
    )


def write(session: Session, stream: str, seq: int) -> None:
    """Letters for the tellings of one entry, as the settings of those told say; in the transaction of the entry."""
    bundles.write(session, _WRITE, [{"of": stream, "at": seq}])


_TELLINGS = table("tellings", *map(column, ("id", "officer_id", "stream", "seq", "at")))  # tellings see us, not we them
_COLUMNS = ("telling_id", "officer_id", "channel", "address", "state", "at", "next_at", "attempts", "failures")


def _wanted(channel: str):
    told, once = _TELLINGS.c, aliased(Letter)
    row = select(told.id, told.officer_id, _text(channel), getattr(Delivery, channel), _text(WAITING), told.at, told.at,
                 literal_column("0"), literal_column("0"))
    return row.join(Delivery, Delivery.officer_id == told.officer_id).where(
        told.stream == bindparam("of"), told.seq == bindparam("at"), getattr(Delivery, f"by_{channel}").is_(True),
        ~exists().where(once.telling_id == told.id))


def _text(word: str):
    return literal_column(f"'{word}'", String)


_WRITE = insert(Letter.__table__).from_select(_COLUMNS, union_all(*map(_wanted, CHANNELS)), include_defaults=False)


def write_test(session: Session, delivery: Delivery, channel: str, *, at: datetime) -> Letter | None:
    """A test that its officer asked for; none while the last one is younger than a minute or still on its way."""
    last = session.scalar(
        select(Letter).where(Letter.officer_id == delivery.officer_id, Letter.telling_id.is_(None))
        .order_by(Letter.id.desc()).limit(1))
    if last is not None and (last.state in OPEN or at - last.at < TESTS_APART):
        return None
    letter = Letter(officer_id=delivery.officer_id, channel=channel, address=getattr(delivery, channel), state=WAITING,
                    at=at, next_at=at, attempts=0, failures=0)
    session.add(letter)
    session.flush()
    return letter


def due(*, at: datetime):
    """Ids of letters whose time has come, those whose claim ran out among them, the longest waiting first."""
    return select(Letter.id).where(_is_due(at)).order_by(Letter.next_at, Letter.id)


def _is_due(at: datetime):
    return and_(Letter.state.in_(OPEN), Letter.next_at <= at)


def _mine(letter, at: datetime):
    """Still as it was read: the number of attempts is its version."""
    return and_(Letter.id == letter.id, Letter.attempts == letter.attempts, _is_due(at))


def try_it(session: Session, letter, worker: str, *, address: str, at: datetime) -> bool:
    """Record an attempt that is about to be made; by compare-and-set, so that one poster makes it."""
    until = at + CLAIM
    claim = dict(state=TRYING, attempts=letter.attempts + 1, address=address, tried_at=at, claimed_by=worker,
                 claimed_until=until, next_at=until)
    return bool(session.execute(update(Letter).where(_mine(letter, at)).values(**claim)).rowcount)


def put_off(session: Session, letter, until: datetime, *, at: datetime) -> bool:
    """Not now, and no attempt: quiet hours, a mail once a day."""
    return _set(session, _mine(letter, at), state=WAITING, next_at=until)


def put_all_off(session: Session, channel: str, until: datetime, *, at: datetime) -> None:
    """The carrier is out of order: what is due by it is not even tried before `until`."""
    _set(session, and_(Letter.channel == channel, Letter.state == WAITING, Letter.next_at <= at), next_at=until)


def drop(session: Session, letter, trouble: str, *, at: datetime) -> bool:
    """Nothing may leave for it any more, or nobody could carry it."""
    return _set(session, _mine(letter, at), state=GIVEN_UP, ended_at=at, trouble=trouble[:200])


def record_sent(session: Session, ids: list[int], *, at: datetime) -> None:
    """It was delivered, whoever holds the claim by now."""
    _set(session, Letter.id.in_(ids), state=SENT, ended_at=at, trouble=None)


def record_failure(session: Session, letter, trouble: str, *, lasting: bool, at: datetime) -> str | None:
    """The attempt `letter` was claimed for did not succeed; what became of it, or None where another poster took it
    over or it was sent after all."""
    failures = letter.failures + 1
    state = FAILED if lasting else WAITING if failures <= len(PAUSES) else GIVEN_UP
    values = dict(state=state, failures=failures, trouble=trouble[:200])
    values |= {"next_at": at + PAUSES[failures - 1]} if state == WAITING else {"ended_at": at}
    ours = and_(Letter.id == letter.id, Letter.attempts == letter.attempts + 1, Letter.state == TRYING)
    return state if _set(session, ours, **values) else None


def free(session: Session, workers: list[str], *, at: datetime) -> None:
    """Posters that are no more hold nothing."""
    _set(session, and_(Letter.state == TRYING, Letter.claimed_by.in_(workers)), state=WAITING, next_at=at)


def claimants(session: Session) -> list[str]:
    return list(session.scalars(select(Letter.claimed_by).where(Letter.state == TRYING).distinct()))


def _set(session: Session, those, **values) -> bool:
    if "state" in values:
        values |= {"claimed_by": None, "claimed_until": None}
    return bool(session.execute(update(Letter).where(those).values(**values)).rowcount)


def latest(officer_id: int, limit: int = 8):
    """What was written to an officer lately, newest first."""
    return select(Letter).where(Letter.officer_id == officer_id).order_by(Letter.id.desc()).limit(limit)
