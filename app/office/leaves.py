"""The leaves of the tree in their places, and its tiles against what the leaves come to."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.domain import merkle, tree
from app.domain.base import raw
from app.domain.tree import WIDTH, Leaf, Tile
from app.office.faults import Fault
from workflows.grammar import N_


@dataclass(frozen=True)
class Hashed:
    """What some leaves come to: the roots of the tiles that they fill, and the hashes of those in an unfinished one."""

    roots: list[bytes]
    rest: list[bytes]


def hashed(session: Session, start: int, end: int) -> Hashed:
    """The leaves of these places, from a full tile on, each in its place and in the stored tile."""
    connection = session.connection()
    bounds = {"level": 0, "start": start // WIDTH, "end": -(-end // WIDTH)}
    leaves = [sha256(b"\0" + seal).digest() for seal in _seals(connection, start, end)]
    stored, roots = dict(connection.execute(TILES, bounds).all()), []
    for no in range(bounds["start"], bounds["end"]):
        tile = leaves[no * WIDTH - start : (no + 1) * WIDTH - start]
        hold_tile(session, 0, no, tile, stored.get(no))
        if len(tile) == WIDTH:
            roots.append(merkle.complete(tile))
    return Hashed(roots, leaves[len(roots) * WIDTH :])


def _seals(connection, start: int, end: int) -> list[bytes]:
    rows = raw(connection, _LOT, {"start": start, "end": end})
    try:
        seals = [bytes.fromhex(seal) for _position, seal in rows]
        if [position for position, _seal in rows] == list(range(start, end)) and {*map(len, seals)} <= {merkle.SIZE}:
            return seals
    except (TypeError, ValueError):
        pass
    odd = next((place for place, row in enumerate(rows, start) if not _is_seal(place, *row)), start + len(rows))
    raise Fault(N_("The tree has no seal in place %(place)s."), place=odd)


def _is_seal(place: int, position: int, seal) -> bool:
    try:
        return position == place and len(bytes.fromhex(seal)) == merkle.SIZE
    except (TypeError, ValueError):
        return False


def hold_tile(session: Session, level: int, no: int, hashes: list[bytes], stored: bytes | None) -> None:
    if b"".join(hashes) == stored:
        return
    found = tree.cut(stored or b"")
    at = next((at for at, each in enumerate(hashes) if at >= len(found) or found[at] != each), len(hashes))
    place = (no * WIDTH + at) * WIDTH**level
    leaf = session.execute(select(Leaf.stream, Leaf.seq).where(Leaf.position == place)).first()
    raise over_nothing() if leaf is None else Fault(
        N_("%(stream)s: entry %(seq)s does not fit the tree: its seal or a hash over it was altered."),
        stream=leaf.stream, seq=leaf.seq)


def over_nothing() -> Fault:
    return Fault(N_("The tree holds hashes over entries that are not there."))


_LOT = select(Leaf.position, Leaf.seal).where(
    Leaf.position >= bindparam("start"), Leaf.position < bindparam("end")).order_by(Leaf.position)
TILES = select(Tile.no, Tile.hashes).where(
    Tile.level == bindparam("level"), Tile.no >= bindparam("start"), Tile.no < bindparam("end"))
