"""The bell beside the worker: whoever leaves an errand rings it, and the worker looks at once instead of at its next
round. It carries nothing: the work itself is rows of the database, and a bell that nobody hears loses nothing."""

import threading
import time
from pathlib import Path

LISTEN = 0.2  # seconds between two looks whether the worker is told to stop
CHANNEL = "duban_bell"


class File:
    """For one machine: a file of the data folder, whose time says when it was last rung."""

    def __init__(self, path: Path):
        self.path, self.last = path, self._rung_at(path)

    def ring(self) -> None:
        self.path.touch()

    def heard(self, seconds: float) -> bool:
        """Whether it is rung within so many seconds, or was since it was last heard."""
        until = time.monotonic() + seconds
        while (at := self._rung_at(self.path)) == self.last:
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)
        self.last = at
        return True

    @staticmethod
    def _rung_at(path: Path) -> int:
        return path.stat().st_mtime_ns if path.exists() else 0


class Postgres:
    """For several machines: NOTIFY and LISTEN on a PostgreSQL server, the ledger's own or another."""

    def __init__(self, url: str):
        self.url, self.line = url.replace("+psycopg", "", 1), None

    def ring(self) -> None:
        with self._call() as line:
            line.execute(f"NOTIFY {CHANNEL}")

    def heard(self, seconds: float) -> bool:
        try:
            if self.line is None or self.line.closed:
                self.line = self._call()
                self.line.execute(f"LISTEN {CHANNEL}")
            return bool(list(self.line.notifies(timeout=seconds, stop_after=1)))
        except Exception:
            self.line = None  # called again at the next round
            time.sleep(seconds)
            return False

    def _call(self):
        import psycopg

        return psycopg.connect(self.url, autocommit=True, connect_timeout=5)


def of(settings) -> File | Postgres:
    return Postgres(settings.queue_url) if settings.queue_url else File(settings.data / "bell")


def ring(app) -> None:
    """Never at the cost of what was just committed: the worker comes by without being rung, too."""
    try:
        app.extensions["bell"].ring()
    except Exception as error:  # a full disk, a server away
        app.logger.warning("the bell was not rung: %s", type(error).__name__)


def wait(bell, stopped: threading.Event, seconds: float) -> None:
    """Until it is rung, time has passed, or the worker is told to stop."""
    until = time.monotonic() + seconds
    while not stopped.is_set() and (left := until - time.monotonic()) > 0:
        if bell.heard(min(LISTEN, left)):
            return
