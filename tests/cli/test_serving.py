"""`duban serve` for real: one parent, its web processes and the worker they call, and what becomes of them."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app import create_app, jobs, sealing, server
from app.bench import Stopped, processes
from app.bench import service as services
from app.bench.browser import Browser
from app.domain import errands, tree
from app.domain.base import prepare
from app.extensions import db
from app.office import imports
from tests.conftest import PASSWORD

SOON = 30.0  # seconds within which what must happen has happened
GRACE = 15.0  # seconds to end in: less than those after which the parent would kill who had not heard
pytestmark = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="looks into /proc")


@pytest.fixture
def service(databases, tmp_path):
    """A house in which nothing waits."""
    place = SimpleNamespace(data=tmp_path, url=databases.copy("serving"))
    seal(place)
    with services.duban(place, workers=2, threads=2) as running:
        assert eventually(lambda: len(webs(running)) == 2)
        yield running


@pytest.fixture
def ask(databases, service):
    """Give the worker something to do."""
    engine = prepare(create_engine(databases.url("serving")))

    def asked() -> int:
        with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
            errand = errands.ask(session, imports.WHAT, {}, by=None, at=datetime.now(UTC))
            session.commit()
            return errand.id

    def state(id: int) -> str:
        with engine.connect() as connection:
            return connection.scalar(select(errands.Errand.state).where(errands.Errand.id == id))

    yield SimpleNamespace(now=asked, state=state)
    engine.dispose()


@pytest.mark.one_database
def test_it_answers_and_sigterm_ends_every_process(service):
    everybody = processes.tree(service.process.pid)
    assert len(everybody) == 3  # the parent and two web processes: no errand waits for a worker
    assert Browser(service.address).ask("GET", "/healthz") == (200, "ok\n")
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(GRACE) == 0
    assert [pid for pid in everybody if is_alive(pid)] == []


@pytest.mark.one_database
def test_ctrl_c_is_as_clean(service):
    everybody = processes.tree(service.process.pid)
    for pid in everybody:  # a terminal tells the whole group
        os.kill(pid, signal.SIGINT)
    assert service.process.wait(GRACE) == 0
    assert [pid for pid in everybody if is_alive(pid)] == []


def test_the_worker_comes_when_there_is_work(service, ask):
    time.sleep(jobs.EVERY + 0.5)
    assert worker(service) is None
    asked = ask.now()
    assert eventually(lambda: worker(service))
    assert eventually(lambda: ask.state(asked) == errands.FAILED)  # there was nothing in it to import


@pytest.mark.one_database
def test_a_killed_worker_is_replaced_when_there_is_work_again(service, ask):
    ask.now()
    assert eventually(lambda: worker(service))
    killed = worker(service)
    os.kill(killed, signal.SIGKILL)
    asked = ask.now()
    assert eventually(lambda: worker(service) not in (None, killed))
    assert eventually(lambda: ask.state(asked) == errands.FAILED)
    assert len(processes.tree(service.process.pid)) == 4


def test_the_worker_goes_home_when_nothing_is_left(app):
    started = time.monotonic()
    jobs.work(app, threading.Event(), every=0.01, rest=0.1)
    assert time.monotonic() - started < SOON


@pytest.mark.one_database
def test_what_time_causes_is_done_beside_the_pages_and_calls_nobody(databases, tmp_path):
    place = SimpleNamespace(data=tmp_path, url=databases.copy("serving"))
    with services.duban(place, workers=2, threads=2) as running:
        assert eventually(lambda: sealed(place) > 0)
        assert worker(running) is None


@pytest.mark.one_database
def test_who_did_it_beside_his_pages_may_die_and_another_goes_on(databases, tmp_path):
    place = SimpleNamespace(data=tmp_path, url=databases.copy("serving"))
    lock = tmp_path / "worker.lock"
    with services.duban(place, workers=2, threads=2) as running:
        assert eventually(lambda: holder(lock) in webs(running))
        killed = holder(lock)
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: holder(lock) in webs(running) and holder(lock) != killed)
        assert eventually(lambda: len(webs(running)) == 2)


@pytest.mark.one_database
def test_the_parent_carries_nothing_of_what_it_serves(service):
    loaded = Path(f"/proc/{service.process.pid}/maps").read_text()
    assert "sqlalchemy" not in loaded and "sqlalchemy" in Path(f"/proc/{webs(service)[0]}/maps").read_text()


@pytest.mark.one_database
def test_nobody_outlives_a_killed_parent(service, ask):
    ask.now()
    assert eventually(lambda: worker(service))
    everybody = processes.tree(service.process.pid)
    service.process.kill()
    service.process.wait(SOON)
    assert eventually(lambda: not any(is_alive(pid) for pid in everybody))


@pytest.mark.one_database
def test_who_comes_last_is_not_kept_out_by_those_who_never_pause(service):
    """More connections than threads, which ask again as soon as they are answered, and then one that is new."""
    desk = Browser(service.address).sign_in("dispatcher", PASSWORD).written("/")
    with ThreadPoolExecutor(1) as pool:
        loaded = pool.submit(services.load, service, [[desk]] * 12, seconds=4.0)
        time.sleep(1.0)
        assert Browser(service.address).ask("GET", "/healthz") == (200, "ok\n")
        assert loaded.running(), "answered while the others went on"
        run = loaded.result()
    assert run["right"] > 12 and run["longest"] < 2.0, "all of the twelve were let in as well"


def test_a_killed_web_process_loses_nothing_that_was_answered(service):
    answered, done = [], threading.Event()
    signing_in = [threading.Thread(target=sign_in_again_and_again, args=(service, answered, done)) for _ in range(3)]
    for thread in signing_in:
        thread.start()
    for enough in (6, 12):
        assert eventually(lambda enough=enough: len(answered) >= enough)
        before = webs(service)
        os.kill(before[0], signal.SIGKILL)
        assert eventually(lambda before=before: len(set(webs(service)) - {before[0]}) == 2)
    done.set()
    for thread in signing_in:
        thread.join()
    assert len(answered) >= 12
    assert {browser.ask("GET", "/password")[0] for browser in answered} == {200}


def test_what_nobody_has_compiled_yet_another_process_does(monkeypatch, tmp_path):
    """What compiling leaves behind in memory, no web process is to carry."""
    told = tmp_path / "told"
    program = "import os\ndef load(file):\n    open(file, 'a').write(f'{os.getpid()}\\n')\n"
    (tmp_path / "served_here.py").write_text(program)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for _start in range(2):
        server.compile_ahead("served_here:load", (str(told),))
        assert len(told.read_text().splitlines()) == 1 and told.read_text().strip() != str(os.getpid())


def test_it_says_what_to_do_where_nothing_is_set_up(tmp_path):
    environment = services.environment(tmp_path, f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    done = subprocess.run((*services.DUBAN, "serve"), env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "The database is not set up; run duban init first.\n")


def seal(place) -> None:
    """What was written when the house was furnished would call a worker at once."""
    app = create_app(data=place.data, database_url=place.url)
    with app.app_context():
        sealing.seal(str)
        db.session.remove()
        db.engine.dispose()


def sealed(place) -> int:
    engine = prepare(create_engine(place.url))
    with Session(engine) as session:
        size = tree.size(session)
    engine.dispose()
    return size


def holder(lock: Path) -> int | None:
    """Who does the worker's work at present, as the kernel knows it."""
    if not lock.exists():
        return None
    inode = str(lock.stat().st_ino)
    rows = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return next((int(row[4]) for row in rows if "FLOCK" in row and "->" not in row and
                 row[5].endswith(f":{inode}")), None)


def sign_in_again_and_again(service, answered: list, done: threading.Event) -> None:
    while not done.is_set():
        try:
            answered.append(Browser(service.address).sign_in("registrar", PASSWORD))
        except (OSError, EOFError, Stopped):  # the process fell over under our hands: not answered
            time.sleep(0.05)


def worker(service) -> int | None:
    """The child that does not hold the door open."""
    door = sockets(service.process.pid)
    return next((pid for pid in processes.tree(service.process.pid)[1:] if not door & sockets(pid)), None)


def webs(service) -> list[int]:
    door = sockets(service.process.pid)
    return [pid for pid in processes.tree(service.process.pid)[1:] if door & sockets(pid)]


def sockets(pid: int) -> set[str]:
    try:
        links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    except FileNotFoundError:
        return set()
    return {link for link in links if link.startswith("socket:")}


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def eventually(holds) -> bool:
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


HOLES = """
import ctypes
from app.nursery import give_back

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

blocks = [bytes(60_000) for _ in range(500)]  # as large as pages are before they are packed
del blocks[::2]
before = resident()
give_back()
print(before - resident() if hasattr(ctypes.CDLL(None), "malloc_trim") else 10**9)
"""


def test_memory_that_lies_free_between_what_is_held_is_given_back():
    given = subprocess.run([sys.executable, "-c", HOLES], check=True, capture_output=True, text=True)
    assert int(given.stdout) > 10_000_000
