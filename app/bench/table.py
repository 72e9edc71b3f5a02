"""The whole of it: every size on every database that is there, as one table."""

import tempfile
from pathlib import Path

from app.bench import Stopped, report, rooms, running
from app.bench.rooms import Room
from app.bench.running import Wish

__all__ = ["Stopped", "Wish", "make"]


def make(sizes, wish: Wish, *, kept: Path | None = None, postgres: str | None = None, only: str | None = None,
         told=print, seeding=rooms.quietly) -> str:
    """Weigh ledgers of these sizes; seeded databases are kept in a folder, if one is given."""
    with (tempfile.TemporaryDirectory(prefix="duban-bench-") as work,
          rooms.opened(Path(work), kept=kept, postgres=postgres, only=only, told=told, seeding=seeding) as room):
        return report.headed(played(room, sizes, wish))


def played(room: Room, sizes, wish: Wish) -> str:
    """The same in a room that is open already."""
    return report.written(
        [running.weigh(room, store, size, wish) for store in room.stores for size in sorted(sizes)], wish)
