"""Readers: further processes that hold shares of a verification, all at one moment of the database.

They are started afresh and not forked: whoever asks has threads and connections open, and neither SQLite's locks nor
another thread's survive a fork. What they read stays in them; a few numbers, or the first fault, come back.
"""

import gc
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.domain import workdays
from app.domain.base import prepare
from app.domain.errors import Refused
from app.domain.files import Shelf
from app.office.shares import Held, Reader, Share
from workflows.grammar import N_

MOST = 4  # by themselves: each takes as much memory as a verification did alone
AHEAD = 2  # shares that each has in hand, so that none waits for the next
BEAT = 1.0  # seconds without an answer after which whoever waits looks round
CACHE = 8_000  # KiB of pages that each keeps on SQLite
_ROOT = str(Path(__file__).parent.parent)
_CHILD = f"import sys; sys.path.insert(0, {_ROOT!r}); from app.readers import main; main()"


def usual() -> int:
    """One for each core that is ours."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST)


class Readers:
    """As a context they are running, and gone when it ends, whatever they were about."""

    def __init__(self, count: int, *, url: str, zone: str, files: Path, nice: int = 0):
        self.count = count
        self.asked = {"url": url, "zone": zone, "files": files, "nice": nice}
        self.processes: list[subprocess.Popen] = []
        self.wires: list[Connection] = []

    def __enter__(self) -> "Readers":
        try:
            for _ in range(self.count):
                self._start()
            for wire in self.wires:
                wire.send(self.asked)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for process in self.processes:
            process.kill()  # they change nothing
        for process in self.processes:
            process.wait()
        for wire in self.wires:
            wire.close()

    def _start(self) -> None:
        ours, theirs = Pipe()
        with theirs:
            self.wires.append(ours)
            self.processes.append(subprocess.Popen(
                [sys.executable, "-I", "-c", _CHILD, str(theirs.fileno())], pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))

    def ready(self) -> None:
        """Until all stand before the database."""
        for wire in self.wires:
            self._hear(wire)

    def look(self, snapshot: str | None) -> None:
        """From here on each sees the database as it is now; `snapshot`: as PostgreSQL calls this moment."""
        for wire in self.wires:
            self._tell(wire, snapshot)
        self.ready()

    def deal(self, shares: Iterable[Share], beat: Callable[[], object] = lambda: None) -> Iterator[Held]:
        """What became of the shares in their order, whoever held them; each is given the next as soon as it can."""
        left, inside, done, told = iter(enumerate(shares)), {wire: deque() for wire in self.wires}, {}, 0
        for wire in self.wires * AHEAD:
            self._give(wire, left, inside)
        while any(inside.values()):
            if not (heard := wait([wire for wire, numbers in inside.items() if numbers], BEAT)):
                beat()
            for wire in heard:
                done[inside[wire].popleft()] = self._hear(wire)
                self._give(wire, left, inside)
            while told in done:
                yield done.pop(told)
                told += 1

    def _give(self, wire: Connection, left: Iterator, inside: dict) -> None:
        for number, share in left:
            inside[wire].append(number)
            self._tell(wire, share)
            return

    def _tell(self, wire: Connection, what) -> None:
        try:
            wire.send(what)
        except OSError:
            raise _dead() from None

    def _hear(self, wire: Connection):
        """What a reader sends next; if it fell over something, the same is raised here."""
        try:
            found = wire.recv()
        except (EOFError, OSError):
            raise _dead() from None
        if isinstance(found, Exception):
            raise found
        return found


def _dead() -> Refused:
    return Refused(N_("A process that read for this verification has died, so nothing is said of the trail; ask for it "
                      "once more."))


def main() -> None:
    """The other end: holds what comes over the wire until nobody is there any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us hears it, and ends us
    gc.disable()  # rows hold no cycles; what else does is looked for between two shares
    wire = Connection(int(sys.argv[1]))
    try:
        _read(wire)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
    except Exception as error:
        wire.send(error)


def _read(wire: Connection) -> None:
    asked = wire.recv()
    os.nice(asked["nice"])
    engine = prepare(create_engine(asked["url"]))
    with Session(engine) as session:
        engine.connect().close()
        wire.send(None)
        _look(session, wire.recv())
        wire.send(None)
        reader = Reader(session, workdays.calendar(session, asked["zone"]), Shelf(asked["files"]))
        while True:
            wire.send(reader.hold(wire.recv()))
            gc.collect(0)


def _look(session: Session, snapshot: str | None) -> None:
    if snapshot is None:
        session.execute(text(f"PRAGMA cache_size = -{CACHE}"))
        session.execute(text("SELECT count(*) FROM sqlite_master"))
    else:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        session.execute(text(f"SET TRANSACTION SNAPSHOT '{snapshot}'"))
