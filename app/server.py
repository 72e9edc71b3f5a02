"""The house under way: one parent that imports once, forks the web processes, calls the worker when there is work,
replaces who dies, and stops them all. gunicorn's arbiter is that parent; the worker is one more of its children, and
goes home when nothing is left to do: most of the day its memory would be held for nothing.
"""

import ctypes
import gc
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
from selectors import EVENT_READ

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import TConn, ThreadWorker

BREATH = 1.0  # seconds before a worker that fell over is started anew
LOOK = 2.0  # seconds between looks whether there is work
ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
KEEP_ALIVE = 5
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8


@dataclass(frozen=True)
class Work:
    """What the worker does until its event is set or nothing is left, and whether something waits for it."""

    do: Callable[[threading.Event], None]
    waits: Callable[[], bool]
    rung: Callable[[], bool] = lambda: False  # whether somebody rang for it, so that the next look comes at once


def run(app, *, host: str, port: int, workers: int, threads: int, forked: Callable[[], None], work: Work | None = None,
        proxied: bool = False, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until told to stop. `forked` is called in every new process."""
    settings = {
        "bind": f"{host}:{port}", "workers": workers, "threads": threads,
        "worker_class": Web, "preload_app": True, "control_socket_disable": True, "proc_name": "duban",
        "keepalive": KEEP_ALIVE, "timeout": 120, "graceful_timeout": 20, "accesslog": None, "loglevel": "warning",
        "forwarded_allow_ips": "*" if proxied else "127.0.0.1",
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
        "post_fork": lambda _house, _child: forked(),
        "when_ready": lambda house: (_wait_for_data(house.LISTENERS), ready()),
    }
    _return_memory()
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    House(_Served(app, settings), work).run()


class _Served(BaseApplication):
    def __init__(self, app, settings: dict):
        self.served, self.settings = app, settings
        super().__init__()

    def load_config(self):
        for key, value in self.settings.items():
            self.cfg.set(key, value)

    def load(self):
        return self.served


class House(Arbiter):
    """gunicorn's arbiter, with the worker among its children while there is work."""

    def __init__(self, served: _Served, work: Work | None):
        self.work, self.looked_at = work, 0.0
        super().__init__(served)

    def manage_workers(self):
        has_hand = any(isinstance(child, Hand) for child in self.WORKERS.values())
        self.num_workers = self.cfg.workers + has_hand
        self.worker_class = Web
        super().manage_workers()
        if not has_hand and self._is_called():
            self.num_workers += 1
            self.worker_class = partial(Hand, self.work.do)
            self.spawn_worker()

    def spawn_worker(self):
        """Whoever is told to end in the moment of being forked hears it once he can: until then it is held back."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _is_called(self) -> bool:
        if self.work is None or (time.monotonic() - self.looked_at < LOOK and not self.work.rung()):
            return False
        self.looked_at = time.monotonic()
        try:
            return self.work.waits()
        except Exception:
            self.log.exception("Could not look whether there is work")
            return False

    def handle_int(self):
        """Ctrl-C is as clean as SIGTERM, and so is the end of the terminal; a second Ctrl-C does not wait."""
        self.handle_term()

    handle_hup = handle_int

    def handle_usr2(self):
        """gunicorn would start itself anew from the command line, which here is not its own."""


class Web(ThreadWorker):
    """Answers requests; takes a new connection only while one of its threads is free, so that the connections of a few
    busy people do not all end up with one process."""

    busy = 0

    def init_signals(self):
        super().init_signals()
        signal.signal(signal.SIGINT, self.handle_exit)  # Ctrl-C reaches everybody; the parent says when
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)

    def set_accept_enabled(self, enabled):
        super().set_accept_enabled(enabled and self.alive and self.busy < self.cfg.threads)

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


class Hand(Worker):
    """The worker: does what time and errands ask for, answers nobody, and goes when nothing is left."""

    def __init__(self, work, *given):
        super().__init__(*given)
        self.work = work
        self.tmp.last_update = time.monotonic  # a long errand is no reason to be killed

    def init_signals(self):
        super().init_signals()
        self.stopped = _Stopped(self.ppid)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopped.set())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)

    def run(self):
        for listener in self.sockets:
            listener.close()
        try:
            self.work(self.stopped)
        except Exception:
            self.log.exception("The worker fell over")
            time.sleep(BREATH)
            sys.exit(1)


class _Stopped(threading.Event):
    """Set when told to stop, or when the parent is gone."""

    def __init__(self, parent: int):
        super().__init__()
        self.parent = parent

    def is_set(self) -> bool:
        return super().is_set() or os.getppid() != self.parent


def _wait_for_data(listeners) -> None:
    """Let the kernel hold a connection back until something is asked on it, where it can."""
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        for listener in listeners:
            if listener.sock.family in (socket.AF_INET, socket.AF_INET6):
                listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, KEEP_ALIVE)


def _return_memory() -> None:
    """Ask glibc for one arena, and to give large blocks back: the threads take turns in Python anyway, and the memory
    of one password's hash (19 MiB) would otherwise stay with every thread that ever checked one."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for option, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, 256 * 1024), (_M_TRIM_THRESHOLD, 256 * 1024)):
        mallopt(option, value)
