"""Checkpoints: one signed line over the whole trail (C2SP tlog-checkpoint), to be kept elsewhere, and what it proves.

Body: origin, size of the tree, root in base64, a line each. On paper: the size and the first 80 bits of the root.
"""

from base64 import b32encode, b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Integer, String, Text, bindparam, select
from sqlalchemy import tuple_ as pair
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain import keys, merkle, tree
from app.domain.base import Base, Instant
from app.domain.tree import Leaf


class Checkpoint(Base):
    """One that was signed. Nobody changes or removes it: triggers."""

    __tablename__ = "checkpoints"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    size: Mapped[int] = mapped_column(Integer)
    root: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Said:
    """What the body of a checkpoint says."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Proof:
    """That an entry is in the tree of a checkpoint: where it stands, the hashes that lead from it to the root."""

    index: int
    size: int
    hashes: list[bytes]
    note: str


def body(origin: str, size: int, root: bytes) -> str:
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def said(text: str) -> Said:
    """Raises keys.BadNote; lines behind the third are extensions and not ours."""
    origin, size, root, *_ = [*text.split("\n"), "", "", ""]
    try:
        raw = b64decode(root, validate=True)
    except (NotBase64, ValueError):
        raw = b""
    if not origin or not size.isascii() or not size.isdigit() or str(int(size)) != size or len(raw) != merkle.SIZE:
        raise keys.BadNote("it is not a checkpoint")
    return Said(origin, int(size), raw)


def short(checkpoint) -> str:
    """`12345 · ABCD EFGH IJKL MNOP`: short enough to be read out over the telephone."""
    word = b32encode(bytes.fromhex(checkpoint.root)[:10]).decode()
    return f"{checkpoint.size} · {' '.join(word[at : at + 4] for at in range(0, 16, 4))}"


def latest(session: Session):
    """The last one that was signed, to be looked at; None before the first."""
    return session.connection().execute(_LATEST).first()


def first_at(session: Session) -> datetime | None:
    """When the first one was signed."""
    return session.connection().scalar(_FIRST)


def reach(session: Session, stream: str) -> int:
    """Up to which of its entries the last checkpoint covers a stream: within one they stand in their order."""
    return session.connection().scalar(_REACH, {"of": stream}) or 0


def proof(session: Session, stream: str, seq: int) -> Proof | None:
    """What shows with the last checkpoint that this entry is in the trail; None while none covers it."""
    return proofs(session, stream, [seq]).get(seq)


def proofs(session: Session, stream: str, seqs: Iterable[int]) -> dict[int, Proof]:
    """The same for several entries of a stream, each hash of the tree read once; those that are not covered lack."""
    last = latest(session)
    if last is None:
        return {}
    places = session.connection().execute(_PLACES, {"of": stream, "seqs": list(seqs), "size": last.size})
    read = cache(tree.Reader(session).read)
    return {seq: Proof(position, last.size, merkle.inclusion(read, position, last.size), last.note)
            for seq, position in places}


def covered(session: Session, entries: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Which of these (stream, seq) the last checkpoint covers; one query."""
    asked = list(entries)
    if not asked:
        return set()
    return {tuple(row) for row in session.connection().execute(_COVERED, {"asked": asked})}


_LATEST = select(*Checkpoint.__table__.columns).order_by(Checkpoint.id.desc()).limit(1)
_FIRST = select(Checkpoint.at).order_by(Checkpoint.id).limit(1)
_SIZE = select(Checkpoint.size).order_by(Checkpoint.id.desc()).limit(1).scalar_subquery()
_PLACES = select(Leaf.seq, Leaf.position).where(
    Leaf.stream == bindparam("of"), Leaf.seq.in_(bindparam("seqs", expanding=True)), Leaf.position < bindparam("size"))
_REACH = select(Leaf.seq).where(Leaf.stream == bindparam("of"), Leaf.position < _SIZE).order_by(
    Leaf.seq.desc()).limit(1)
_COVERED = select(Leaf.stream, Leaf.seq).where(
    pair(Leaf.stream, Leaf.seq).in_(bindparam("asked", expanding=True)), Leaf.position < _SIZE)
