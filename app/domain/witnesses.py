"""Witnesses: somebody outside who signs that he saw a checkpoint, and that it continues the one he saw before (C2SP
tlog-cosignature, Ed25519). His signature is one more line under the note, kept beside it; a checkpoint that bears it
was not made up afterwards, whoever held the signing key.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain import keys, merkle, tree
from app.domain.base import Base, Instant
from app.domain.checkpoints import Checkpoint

COSIGNATURE = b"\4"
LONGEST_NAME = 100


class Cosignature(Base):
    """A line that a witness put under a checkpoint. Nobody changes or removes it: triggers."""

    __tablename__ = "cosignatures"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"))
    line: Mapped[str] = mapped_column(String(400))  # as it stands under the note
    witness: Mapped[str] = mapped_column(String(LONGEST_NAME))
    at: Mapped[datetime] = mapped_column(Instant)  # by the witness's clock
    taken_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("checkpoint_id", "line"),)


@dataclass(frozen=True)
class Witness:
    """The public half of a witness's key, written `name+hex id+base64 key`."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return keys.id_of(self.name, COSIGNATURE, self.public)

    def __str__(self) -> str:
        return keys.written(self.name, COSIGNATURE, self.public)

    def saw(self, text: str, signature: bytes) -> datetime | None:
        """When he signed this text; None where he did not."""
        stamp, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        message = f"cosignature/v1\ntime {stamp}\n{text}"
        if len(signature) != 64 or not keys.Verifier(self.name, self.public).holds(message, signature):
            return None
        try:
            return datetime.fromtimestamp(stamp, UTC)
        except (OverflowError, ValueError, OSError):
            return None


@dataclass(frozen=True)
class Line:
    """A good cosignature, as it is written under a note."""

    witness: Witness
    at: datetime
    text: str


def witness(text: str) -> Witness:
    """Raises keys.BadNote."""
    name, id, public = keys.unpacked(text.strip(), COSIGNATURE)
    found = Witness(name, public)
    if found.id.hex() != id:
        raise keys.BadNote("the id of the key does not fit the key")
    return found


def known(value: str) -> list[Witness]:
    """The witnesses whose keys stand in a setting, a space between two."""
    return [witness(each) for each in value.split()]


def lines(text: str, signatures: Iterable[tuple[str, bytes, bytes]], witnesses: Iterable[Witness]) -> list[Line]:
    """The good ones among these signature lines, each once; those of strangers are passed over. Raises keys.BadNote
    where one bears a witness's name and id and is not his."""
    by, found = {(each.name, each.id): each for each in witnesses}, {}
    for name, id, signature in signatures:
        if (each := by.get((name, id))) is None:
            continue
        if (at := each.saw(text, signature)) is None:
            raise keys.BadNote(f"the cosignature of {name} does not fit")
        line = keys.line(name, id + signature)
        found[line] = Line(each, at, line)
    return list(found.values())


def under(session: Session, checkpoint_id: int) -> list[str]:
    """The lines that are kept under this checkpoint, in the order in which they came."""
    return list(session.connection().scalars(_LINES, {"of": checkpoint_id}))


def note(session: Session, checkpoint) -> str:
    """The signed note with the cosignatures that are kept under it."""
    return checkpoint.note + "".join(under(session, checkpoint.id))


def latest(session: Session):
    """The last checkpoint that bears a cosignature; None where none does."""
    return session.connection().execute(_WITNESSED).first()


def continued(session: Session, size: int) -> tuple[str, list[bytes]] | None:
    """The last note that bears a cosignature, and what shows that the first `size` leaves continue it; None where there
    is no such note."""
    last = latest(session)
    if last is None or last.size > size:
        return None
    return note(session, last), merkle.consistency(tree.Reader(session).read, last.size, size)


def seen(session: Session, limit: int = 10) -> list:
    """What was cosigned last, the newest checkpoint first, each with that checkpoint's size and root."""
    return session.connection().execute(_SEEN.limit(limit)).all()


def last_of(session: Session, names: Iterable[str]) -> dict:
    """Witness → the newest checkpoint that he cosigned, with when he did; absent where he never did."""
    return {row.witness: row for row in session.connection().execute(_LAST, {"names": list(names)})}


_LINES = select(Cosignature.line).where(Cosignature.checkpoint_id == bindparam("of")).order_by(Cosignature.id)
_WITNESSED = select(*Checkpoint.__table__.columns).where(
    Checkpoint.id == select(func.max(Cosignature.checkpoint_id)).scalar_subquery())
_SEEN = select(Cosignature.id, Cosignature.witness, Cosignature.at, Cosignature.taken_at, Checkpoint.size,
               Checkpoint.root).join(Checkpoint, Checkpoint.id == Cosignature.checkpoint_id).order_by(
    Cosignature.checkpoint_id.desc(), Cosignature.id.desc())
_LAST = _SEEN.where(Cosignature.id.in_(
    select(func.max(Cosignature.id)).where(Cosignature.witness.in_(bindparam("names", expanding=True))).group_by(
        Cosignature.witness)))
