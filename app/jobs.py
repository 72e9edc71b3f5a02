"""The queue rings the bell; the work itself is rows of the database, claimed and resumed."""

import os
import signal
import socket
import threading
from datetime import UTC, datetime

from app.domain import errands
from app.extensions import db

EVERY = 2.0  # seconds between looks at the errands when nobody rings


def name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


def work(app, stopped: threading.Event, every: float = EVERY) -> None:
    """Take errands one after another until told to stop; a piece of work in hand is finished or left to be resumed."""
    while not stopped.is_set():
        with app.app_context():
            found = one(app, stopped)
        if not found:
            stopped.wait(every)


def one(app, stopped: threading.Event | None = None) -> bool:
    """Claim and carry out one errand; False where none waits."""
    db.session.connection(execution_options={"write": True})
    found = errands.claim(db.session, name(), at=datetime.now(UTC))
    db.session.commit()
    if found is None:
        return False
    RUNNERS[db.session.get(errands.Errand, found).what](app, found, stopped)
    return True


RUNNERS: dict = {}


def stop_on_signals() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
