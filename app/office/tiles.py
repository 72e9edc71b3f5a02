"""The tree as static files (C2SP tlog-tiles): tiles, entry bundles that hold the raw seals and nothing else, and the
checkpoint. What is there already and full never changes, so only what is new is written."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.domain import checkpoints, keys, merkle, placing, tree, witnesses
from app.domain.errors import Refused
from app.domain.tree import WIDTH, Leaf, Tile
from workflows.grammar import N_

_LENGTH = (32).to_bytes(2)


def export(session: Session, folder: Path, step: Callable[[int], None] = lambda count: None) -> int:
    """As far as the last checkpoint reaches; returns the number of files that were written. The checkpoint comes last:
    whoever reads it finds everything that it speaks of."""
    last = checkpoints.latest(session)
    if last is None:
        raise Refused(N_("There is no checkpoint yet; duban trail seal makes one."))
    _check(session, folder / "checkpoint", last.size)
    written, level, count = 0, 0, last.size
    while count:
        for no in range(-(-count // WIDTH)):
            width = min(WIDTH, count - no * WIDTH)
            written += _keep(folder / "tile" / str(level) / path(no, width), lambda at=(level, no, width): _tile(
                session, *at))
            if level == 0:
                written += _keep(folder / "tile" / "entries" / path(no, width), lambda at=(no, width): _bundle(
                    session, *at))
                step(width)
        level, count = level + 1, count // WIDTH
    _write(folder / "checkpoint", witnesses.note(session, last).encode())
    return written + 1


def _check(session: Session, file: Path, size: int) -> None:
    """What lies there already is an earlier state of this very tree."""
    if not file.exists():
        return
    try:
        there = checkpoints.said(keys.parted(file.read_text())[0])
    except (keys.BadNote, UnicodeDecodeError):
        there = None
    if there is None or not 0 < there.size <= size or tree.root(session, there.size) != there.root:
        raise Refused(N_("%(folder)s holds the files of another tree."), folder=file.parent)


def path(no: int, width: int = WIDTH) -> str:
    """1234067 → x001/x234/067; a partial tile of 112 adds .p/112."""
    parts, rest = [f"{no % 1000:03d}"], no // 1000
    while rest:
        parts.insert(0, f"x{rest % 1000:03d}")
        rest //= 1000
    return "/".join(parts) + ("" if width == WIDTH else f".p/{width}")


def _keep(file: Path, content: Callable[[], bytes]) -> bool:
    """Whether it had to be written."""
    if file.exists():
        return False
    _write(file, content())
    return True


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with placing.whole(file, mode=0o644) as out:
        out.write(content)


def _tile(session: Session, level: int, no: int, width: int) -> bytes:
    return session.connection().scalar(_TILE, {"level": level, "no": no})[: width * merkle.SIZE]


def _bundle(session: Session, no: int, width: int) -> bytes:
    rows = session.connection().scalars(_SEALS, {"start": no * WIDTH, "end": no * WIDTH + width})
    return b"".join(_LENGTH + bytes.fromhex(seal) for seal in rows)


_TILE = select(Tile.hashes).where(Tile.level == bindparam("level"), Tile.no == bindparam("no"))
_SEALS = select(Leaf.seal).where(
    Leaf.position >= bindparam("start"), Leaf.position < bindparam("end")).order_by(Leaf.position)
