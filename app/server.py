"""The house under way: a parent that has loaded nothing of it, and web processes that share what was loaded once; in
one of them the worker's work is done beside the pages.
"""

import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from errno import EAGAIN, ECONNABORTED, EWOULDBLOCK
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from selectors import EVENT_READ

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import TConn, ThreadWorker

from app.nursery import ENDINGS, House, give_back

LONGEST = 0.05  # seconds a new connection waits for a free thread before one takes it although it has to wait there
BREATH = 1.0  # seconds before work beside the pages that fell over is begun anew
TURN = 0.001  # seconds after which a thread that computes lets another that waits have its turn
TIDY = 10.0  # seconds between two looks for memory that lies free
KEEP_ALIVE, GRACE = 5, 20


@dataclass(frozen=True)
class Loaded:
    """What is served. `forked` is called in every new process; `beside` is done beside the pages in a thread of each,
    until its event is set."""

    app: Callable
    forked: Callable[[], None]
    beside: Callable[[threading.Event], None] | None = None


def main(arguments: list[str]) -> None:
    """The parent's own program, which imports nothing of the house itself: `run`, as words."""
    place, host, port, workers, threads, proxied, said = arguments
    run(place, host=host, port=int(port), workers=int(workers), threads=int(threads), proxied=proxied == "proxied",
        said=said)


def run(load: str, *given: str, host: str, port: int, workers: int, threads: int, proxied: bool = False,
        said: str | None = None) -> None:
    """Serve until told to stop what `load`, as `module:function`, gives when it is called with what is given. `said` is
    written to stderr once somebody answers."""
    settings = {
        "bind": f"{host}:{port}", "workers": workers, "threads": threads,
        "worker_class": Web, "control_socket_disable": True, "proc_name": "duban",
        "keepalive": KEEP_ALIVE, "timeout": 120, "graceful_timeout": GRACE, "accesslog": None, "loglevel": "warning",
        "forwarded_allow_ips": "*" if proxied else "127.0.0.1",
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
        "post_fork": lambda house, _child: house.app.loaded.forked(),
        "when_ready": lambda house: _wait_for_data(house.LISTENERS),
    }
    compile_ahead(load, given)
    House(_Served(load, given, settings), said).run()


def compile_ahead(place: str, given: tuple[str, ...]) -> None:
    """Where nobody has compiled the program yet, another process does: what that leaves behind in memory would stay
    with every web process for as long as it lives. Whatever is wrong is said by whoever loads it afterwards."""
    cached = find_spec(place.partition(":")[0]).cached
    if sys.dont_write_bytecode or cached is None or os.path.exists(cached) or not _may_write(cached):
        return
    program = "import sys; from app import server; server.loaded(sys.argv[1], *sys.argv[2:])"
    as_here = ("-" + "O" * sys.flags.optimize,) if sys.flags.optimize else ()
    unheard = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    other = os.posix_spawn(sys.executable, [sys.executable, *as_here, "-c", program, place, *given], os.environ,
                           file_actions=unheard)
    os.waitpid(other, 0)


def _may_write(path: str) -> bool:
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return os.access(path, os.W_OK)


def loaded(place: str, *given: str) -> Loaded:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)(*given)


class _Served(BaseApplication):
    def __init__(self, place: str, given: tuple[str, ...], settings: dict):
        self.place, self.given, self.settings = place, given, settings
        super().__init__()

    def load_config(self):
        for key, value in self.settings.items():
            self.cfg.set(key, value)

    def load(self):
        self.loaded = loaded(self.place, *self.given)
        return self.loaded.app


class Web(ThreadWorker):
    """Answers requests; takes a new connection only while one of its threads is free, so that the connections of a few
    busy people do not all end up with one process; or when none was free for long, lest those who keep them busy keep
    everybody else out."""

    busy, shut_since, tidied_at = 0, 0.0, 0.0

    def notify(self):
        super().notify()
        if (now := time.monotonic()) - self.tidied_at >= TIDY:
            self.tidied_at = now
            give_back()

    def run(self):
        """The pages, and beside them what is done beside them; it hears with the pages that it is to stop."""
        beside, stopped = self.app.loaded.beside, _Stopped(self)
        if beside is None:
            return super().run()
        sys.setswitchinterval(TURN)
        hand = threading.Thread(target=self._do_beside, args=(beside, stopped), name="beside", daemon=True)
        hand.start()
        super().run()
        stopped.set()
        hand.join(GRACE)

    def _do_beside(self, beside, stopped: threading.Event) -> None:
        while not stopped.is_set():
            try:
                beside(stopped)
            except Exception:
                self.log.exception("What is done beside the pages fell over")
                time.sleep(BREATH)

    def init_signals(self):
        super().init_signals()
        signal.signal(signal.SIGINT, self.handle_exit)  # Ctrl-C reaches everybody; the parent says when
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)

    def set_accept_enabled(self, enabled):
        is_free, now = self.busy < self.cfg.threads, time.monotonic()
        super().set_accept_enabled(enabled and self.alive and is_free)
        if is_free:
            self.shut_since = now
        elif enabled and self.alive and now - self.shut_since >= LONGEST:
            self.shut_since = now
            for listener in self.sockets:
                self.accept(listener)

    def accept(self, listener):
        """A connection that has not asked yet waits with the idle ones, not in a thread."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in (EAGAIN, ECONNABORTED, EWOULDBLOCK):
                return
            raise
        self.nr_conns += 1
        conn = TConn(self.cfg, client, address, listener.getsockname())
        if select.select([client], [], [], 0)[0]:
            conn.data_ready = True
            self.enqueue_req(conn)
        else:
            conn.set_timeout()
            self.pending_conns.append(conn)
            self.poller.register(client, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def enqueue_req(self, conn):
        self.busy += 1
        super().enqueue_req(conn)
        if self.busy >= self.cfg.threads:
            self.set_accept_enabled(False)

    def finish_request(self, conn, fs):
        self.busy -= 1
        super().finish_request(conn, fs)
        if not self._accepting and self.nr_conns < self.worker_connections:
            self.set_accept_enabled(True)


class _Stopped(threading.Event):
    """Set when the web process is told to stop, or its parent is gone."""

    def __init__(self, child: Web):
        super().__init__()
        self.child = child

    def is_set(self) -> bool:
        return super().is_set() or not self.child.alive or os.getppid() != self.child.ppid


def _wait_for_data(listeners) -> None:
    """Let the kernel hold a connection back until something is asked on it, where it can."""
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        for listener in listeners:
            if listener.sock.family in (socket.AF_INET, socket.AF_INET6):
                listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, KEEP_ALIVE)
