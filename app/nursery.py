"""The parent of the web processes: gunicorn's arbiter, which replaces who dies and stops them all, a nurse between.

The nurse is forked, loads the program, forks the web processes and goes; they are handed on to the parent, which has
loaded nothing. A parent that had loaded the program itself would keep a copy of every page that the web processes have
made their own, a fifth of all memory, for nothing but the next fork.
"""

import ctypes
import gc
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
_PR_SET_CHILD_SUBREAPER = 36
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8


class House(Arbiter):
    """What it serves knows how to load itself; `said` goes to stderr once somebody answers."""

    def __init__(self, served, said: str | None):
        self.said = said
        super().__init__(served)

    def spawn_workers(self):
        """As many as lack, by a nurse; where nobody can be handed on, the parent loads and forks himself."""
        if not _adopts():
            self._load()
            super().spawn_workers()
        else:
            self._by_nurse([
                self.worker_class(self.worker_age + n, self.pid, self.LISTENERS, self.app, self.timeout / 2, self.cfg,
                                  self.log)
                for n in range(1, self.num_workers - len(self.WORKERS) + 1)])
        if self.said and self.WORKERS:
            sys.stderr.write(f"{self.said}\n")
            self.said = None

    def _by_nurse(self, children: list[Worker]) -> None:
        reader, writer = os.pipe()
        if (nurse := os.fork()) == 0:
            os.close(reader)
            self._live(self._nurse(children, writer))
        os.close(writer)
        with open(reader) as told:
            for child, pid in zip(children, self._heard(told, nurse), strict=False):
                child.pid = pid
                self.WORKERS[pid] = child
                self.worker_age = child.age
        status = os.waitstatus_to_exitcode(os.waitpid(nurse, 0)[1])
        if status > 0 and not self.worker_age:  # at the start; later it is tried again
            sys.exit(status)

    def _heard(self, told, nurse: int) -> Iterator[int]:
        """The children's numbers; whoever tells the house something meanwhile need not wait for the nurse."""
        while True:
            if select.select([told], [], [], 0.1)[0]:
                if not (line := told.readline()):
                    return
                yield int(line)
            elif not self.SIG_QUEUE.empty():
                os.kill(nurse, signal.SIGTERM)

    def _nurse(self, children: list[Worker], writer: int) -> Worker:
        """Load, fork, and go; only the children come back from here, each as what it is. Whoever is told to end in the
        moment of being forked hears it once he can."""
        try:
            for number in self.SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everybody; the parent says when
            self._load()
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
            nurse = os.getpid()
            for child in children:
                if (pid := os.fork()) == 0:
                    os.close(writer)
                    while os.getppid() == nurse:  # until it has gone
                        time.sleep(0.001)
                    return child
                os.write(writer, b"%d\n" % pid)
        except BaseException as error:
            _leave(error)
        os._exit(0)

    def _live(self, child: Worker) -> None:
        """As gunicorn's own children live after their fork."""
        child.pid = os.getpid()
        for other in self.WORKERS.values():
            other.tmp.close()
        self.cfg.post_fork(self, child)
        try:
            child.init_process()
        except Exception:
            self.log.exception("Exception in web process")
            sys.exit(1 if child.booted else self.WORKER_BOOT_ERROR)
        sys.exit(0)

    def _load(self) -> None:
        _return_memory()
        self.app.wsgi()
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def handle_int(self):
        """Ctrl-C is as clean as SIGTERM, and so is the end of the terminal; a second Ctrl-C does not wait."""
        self.handle_term()

    handle_hup = handle_int

    def handle_usr2(self):
        """gunicorn would start itself anew from the command line, which here is not its own."""


def _adopts() -> bool:
    """Whether those whose parent ends become children of this process: only Linux hands them on."""
    try:
        return ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    except (OSError, AttributeError):
        return False


def _leave(error: BaseException) -> None:
    """End this process as an exception would, without running what the parent has left for his own end."""
    if not isinstance(error, SystemExit):
        traceback.print_exception(error)
    elif isinstance(error.code, str):
        sys.stderr.write(f"{error.code}\n")
    sys.stderr.flush()
    os._exit(error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 1)


def give_back() -> None:
    """Have glibc return the pages that lie free between those in use; under load they come to megabytes."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _return_memory() -> None:
    """Ask glibc for one arena, and to give large blocks back: the threads take turns in Python anyway, and the memory
    of one password's hash (19 MiB) would otherwise stay with every thread that ever checked one."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for option, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, 256 * 1024), (_M_TRIM_THRESHOLD, 256 * 1024)):
        mallopt(option, value)
