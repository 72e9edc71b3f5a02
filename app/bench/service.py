"""A service under load: started as anybody would start it, asked until it answers, weighed, and stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from app.bench import Stopped, processes
from app.config import PREFIX

START, STOP, DRAIN = 60.0, 60.0, 0.5  # seconds
DUBAN = (sys.executable, "-c", "from app.cli import main; main()")
BARE = (sys.executable, "-m", "app.bench.bare")
LOAD = (sys.executable, "-m", "app.bench.load")


class Service:
    """A command that listens on a port; as a context it is running."""

    def __init__(self, command: tuple[str, ...], port: int, alive: str, environment: dict[str, str]):
        self.command, self.address, self.alive = command, ("127.0.0.1", port), alive
        self.environment = environment

    def __enter__(self) -> "Service":
        self.process = subprocess.Popen(self.command, env=self.environment, stderr=subprocess.DEVNULL)
        until = time.monotonic() + START
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                self.__exit__()
                raise Stopped(f"{' '.join(self.command[-8:])} did not start")
            time.sleep(0.1)
        return self

    def __exit__(self, *_) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def memory(self) -> float | None:
        return processes.memory(self.process.pid)

    def work(self) -> float | None:
        return processes.work(self.process.pid)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen("http://{}:{}{}".format(*self.address, self.alive), timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True


def duban(ledger, *, workers: int, threads: int) -> Service:
    port = free_port()
    sizes = "--port", str(port), "--workers", str(workers), "--threads", str(threads)
    return Service((*DUBAN, "serve", *sizes), port, "/healthz", environment(ledger.data, ledger.url))


def bare(ledger, *, workers: int, threads: int) -> Service:
    port = free_port()
    sizes = str(port), str(workers), str(threads)
    return Service((*BARE, ledger.url, "not a secret", *sizes), port, "/rows", environment(ledger.data, ledger.url))


def environment(data, url: str) -> dict[str, str]:
    """The machine's own, without the settings of any installation."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return clean | {"DUBAN_DATA": str(data), "DUBAN_DATABASE_URL": url}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def load(service: Service, lanes: list[list[str]], *, seconds: float, right: int = 200, only_once=False) -> dict:
    """One run of the load against a service; afterwards its connections are closed and given time to go.

    `work` is the processor time of an answer: on a machine that others use too, it says more than the clock.
    """
    plan = {"address": service.address, "seconds": seconds, "right": right, "only_once": only_once, "lanes": lanes}
    before = service.work()
    done = subprocess.run(LOAD, input=json.dumps(plan), stdout=subprocess.PIPE, text=True, check=True,
                          timeout=seconds + 120)
    run = json.loads(done.stdout)
    run["work"] = None if before is None else (service.work() - before) / max(run["right"], 1)
    time.sleep(DRAIN)
    return run

