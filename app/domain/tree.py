"""The stored tree: which seal stands where, and the hashes over them in tiles of 256, as C2SP tlog-tiles cuts them.

A tile of level L holds, one after another, the hashes of complete subtrees of 256**L leaves; it only ever grows. So
taking in new seals touches the last tile of each level and what is new, and a proof reads a few tiles, however large
the tree is.
"""

from collections.abc import Sequence

from sqlalchemy import Integer, LargeBinary, String, UniqueConstraint, bindparam, delete, func, insert, select, text
from sqlalchemy import tuple_ as pair
from sqlalchemy import update as change
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain import merkle
from app.domain.base import Base, roomy
from app.domain.trail import Unsequenced

WIDTH, HEIGHT = 256, 8
_FULL = WIDTH * merkle.SIZE
CACHE = 8_000  # KiB: a lot falls all over the index of streams


class Leaf(Base):
    """A seal in its place. Nobody changes or removes it: triggers."""

    __tablename__ = "leaves"

    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    stream: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int] = mapped_column(Integer)
    seal: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("stream", "seq"),)


class Tile(Base):
    __tablename__ = "tiles"

    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


def lock(session: Session) -> None:
    """One sequencer at a time, until the transaction ends. On SQLite a transaction that writes is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE leaves IN SHARE ROW EXCLUSIVE MODE"))


def size(session: Session) -> int:
    last = session.connection().scalar(_LAST)
    return 0 if last is None else last + 1


def take_in(session: Session, limit: int) -> int:
    """Give so many waiting seals their places; within a stream in its order. Returns how many there were."""
    lock(session)
    connection, start = session.connection(), size(session)
    with roomy(connection, CACHE):
        taken = sorted(tuple(row) for row in connection.execute(_TAKE, {"many": limit}))
        if not taken:
            return 0
        connection.execute(_ADD_LEAF, [
            {"position": position, "stream": stream, "seq": seq, "seal": seal}
            for position, (stream, seq, seal) in enumerate(taken, start)
        ])
        _grow(connection, start, [merkle.leaf_hash(bytes.fromhex(seal)) for _, _, seal in taken])
    return len(taken)


def waiting(session: Session) -> int:
    return session.connection().scalar(_WAITING)


def root(session: Session, size: int) -> bytes:
    return merkle.root(Reader(session).read, size)


class Reader:
    """Hashes of complete subtrees, each tile read once."""

    def __init__(self, session: Session):
        self.connection, self.tiles = session.connection(), {}

    def read(self, level: int, number: int) -> bytes:
        tile_level, above = divmod(level, HEIGHT)
        first = number << above  # among the hashes of its tile's level
        no, place = divmod(first, WIDTH)
        hashes = self._tile(tile_level, no)[place * merkle.SIZE : (place + (1 << above)) * merkle.SIZE]
        return merkle.complete(cut(hashes))

    def _tile(self, level: int, no: int) -> bytes:
        if (level, no) not in self.tiles:
            self.tiles[level, no] = self.connection.scalar(_TILE, {"at": level, "of": no}) or b""
        return self.tiles[level, no]


def cut(hashes: bytes) -> Sequence[bytes]:
    """The hashes of a tile one by one; what is missing makes a short one, which no proof survives."""
    return [hashes[i : i + merkle.SIZE] for i in range(0, max(len(hashes), 1), merkle.SIZE)]


def _grow(connection, start: int, hashes: list[bytes]) -> None:
    """Add hashes at the end of the lowest level; each tile that became full is one more hash of the level above."""
    level = 0
    while hashes:
        no, have = divmod(start, WIDTH)
        before = connection.scalar(_TILE, {"at": level, "of": no}) if have else b""
        joined, above = before + b"".join(hashes), []
        for at in range(0, len(joined), _FULL):
            tile = {"at": level, "of": no + at // _FULL, "holds": joined[at : at + _FULL]}
            connection.execute(_EXTEND if have and at == 0 else _ADD_TILE, tile)
            if len(tile["holds"]) == _FULL:
                above.append(merkle.complete(cut(tile["holds"])))
        level, start, hashes = level + 1, no, above


_LAST = select(func.max(Leaf.position))
_WAITING = select(func.count()).select_from(Unsequenced)
_FIRST = select(Unsequenced.stream, Unsequenced.seq).order_by(Unsequenced.stream, Unsequenced.seq).limit(
    bindparam("many"))
_TAKE = delete(Unsequenced.__table__).where(
    pair(Unsequenced.stream, Unsequenced.seq).in_(_FIRST)).returning(
    Unsequenced.stream, Unsequenced.seq, Unsequenced.seal)
_ADD_LEAF = insert(Leaf.__table__)
_TILE = select(Tile.hashes).where(Tile.level == bindparam("at"), Tile.no == bindparam("of"))
_ADD_TILE = insert(Tile.__table__).values(level=bindparam("at"), no=bindparam("of"), hashes=bindparam("holds"))
_EXTEND = change(Tile.__table__).where(Tile.level == bindparam("at"), Tile.no == bindparam("of")).values(
    hashes=bindparam("holds"))
