"""Carriers of letters: every module here with a send() is a channel. They know no case and no database."""

import contextlib
import socket
import threading
from dataclasses import dataclass
from datetime import datetime

STEP = 10.0  # seconds a carrier may take for one answer
WHOLE = 30.0  # seconds for one letter as a whole, however slowly the other side drips


@dataclass(frozen=True)
class Attachment:
    """A text that arrives byte for byte; `name` is that of the file it is saved as."""

    name: str
    text: str


@dataclass(frozen=True)
class Letter:
    """What is handed over: the same `id` at every attempt, so that the other side can tell a second copy."""

    id: str
    to: str
    subject: str
    text: str
    at: datetime
    attachment: Attachment | None = None  # which only mail carries


class Undelivered(Exception):
    """`lasting`: it will be refused again, so nobody tries again. `is_down`: the carrier itself is out of order, so
    that no other letter need be tried just now either."""

    def __init__(self, trouble: str, *, lasting: bool = False, is_down: bool = False):
        super().__init__(first_line(trouble))
        self.lasting, self.is_down = lasting, is_down


def first_line(text: str, longest: int = 200) -> str:
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    return "".join(c if c.isprintable() else "?" for c in lines[0][:longest]) if lines else "?"


class Watch:
    """Shuts a connection's socket when the time is over: timeouts of single reads do not end a slow drip."""

    def __init__(self, connection, seconds: float = WHOLE):
        self.connection, self.sock = connection, None
        self.timer = threading.Timer(seconds, self._shut)
        self.timer.daemon = True

    def __enter__(self) -> "Watch":
        self.timer.start()
        return self

    def __exit__(self, *_raised) -> None:
        self.timer.cancel()

    def keep(self) -> None:
        """Remember the socket, where the connection is going to let go of it."""
        self.sock = self.connection.sock

    def _shut(self) -> None:
        with contextlib.suppress(OSError, AttributeError):
            (self.sock or self.connection.sock).shutdown(socket.SHUT_RDWR)
