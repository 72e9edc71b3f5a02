"""`duban serve` for real: one parent, its web processes and its worker, and what becomes of them."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.bench import Stopped, processes
from app.bench import service as services
from app.bench.browser import Browser
from tests.conftest import PASSWORD

SOON = 10.0  # seconds within which what must happen has happened
pytestmark = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="looks into /proc")


@pytest.fixture
def service(databases, tmp_path):
    place = SimpleNamespace(data=tmp_path, url=databases.copy("serving"))
    with services.duban(place, workers=2, threads=2) as running:
        assert eventually(lambda: len(webs(running)) == 2 and worker(running))
        yield running


def test_it_answers_and_sigterm_ends_every_process(service):
    everybody = processes.tree(service.process.pid)
    assert len(everybody) == 4  # the parent, two web processes, the worker
    assert Browser(service.address).ask("GET", "/healthz") == (200, "ok\n")
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(SOON) == 0
    assert [pid for pid in everybody if is_alive(pid)] == []


def test_ctrl_c_is_as_clean(service):
    everybody = processes.tree(service.process.pid)
    for pid in everybody:  # a terminal tells the whole group
        os.kill(pid, signal.SIGINT)
    assert service.process.wait(SOON) == 0
    assert [pid for pid in everybody if is_alive(pid)] == []


def test_a_killed_worker_is_replaced(service):
    killed = worker(service)
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: worker(service) not in (None, killed))
    assert len(processes.tree(service.process.pid)) == 4


def test_nobody_outlives_a_killed_parent(service):
    everybody = processes.tree(service.process.pid)
    service.process.kill()
    service.process.wait(SOON)
    assert eventually(lambda: not any(is_alive(pid) for pid in everybody))


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


def test_it_says_what_to_do_where_nothing_is_set_up(tmp_path):
    environment = services.environment(tmp_path, f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    done = subprocess.run((*services.DUBAN, "serve"), env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "The database is not set up; run duban init first.\n")


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
