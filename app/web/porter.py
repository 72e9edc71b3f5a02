"""The porter: notes who looks, is turned away or takes something along, and hands his notes over a moment later.

A page never waits for its note to be written, and no reading request opens a writing transaction: what a process has
noted is written by a thread of its own, all of it in one insert, a second after the first note. A process that is
killed loses the notes of that second. What is written anyway in a request that writes (signing in and out, an export)
goes with its own transaction and is never lost.
"""

import atexit
import threading
import time
from collections import deque

from flask import Flask, current_app, g, request
from flask_login import current_user
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.domain import accesses
from app.extensions import db
from app.office import accesses as office
from app.web import access

GATHER = 1.0  # seconds from the first note to its being written
AGAIN = 5.0  # seconds before the next try where the database did not take them
MOST = 20_000  # notes a process keeps while the database takes none
SETTINGS = ("calendar", "influences", "ladder", "officers", "rules", "settings")  # rooms where all that changes is one
FILTERS = ("about", "act", "after", "case", "kind", "q", "since", "state", "step", "unit", "until", "who")


class Notes:
    """What this process has noted and not handed over yet."""

    def __init__(self, app: Flask):
        self.app, self.waiting, self.lost = app, deque(), 0
        self.handing, self.rung, self.hand = threading.Lock(), threading.Event(), None

    def add(self, row: dict) -> None:
        if len(self.waiting) >= MOST:
            self.waiting.popleft()
            self.lost += 1
        self.waiting.append(row)
        if not self.app.testing:
            self._ring()

    def hand_over(self) -> int:
        """Write down what has been noted; what the database does not take is kept. How many rows were written."""
        with self.handing:
            noted = [self.waiting.popleft() for _ in range(len(self.waiting))]
            if not noted:
                return 0
            if self.lost:
                noted.append(accesses.row("lost", at=noted[-1]["at"], username="system", detail=str(self.lost)))
            try:
                count = self._write(noted)
            except OperationalError:  # the database is busy or away
                self.waiting.extendleft(reversed([row for row in noted if row["kind"] != "lost"]))
                raise
            except SQLAlchemyError:  # it would be the same at every further try
                self.lost += sum(row["kind"] != "lost" for row in noted)
                raise
            self.lost = 0
            return count

    def _write(self, noted: list[dict]) -> int:
        with self.app.app_context(), db.engine.connect().execution_options(write=True) as connection:
            count = office.keep(connection, noted)
            connection.commit()
            return count

    def _ring(self) -> None:
        """Wake the hand; after a fork there is none yet."""
        if self.hand is None or not self.hand.is_alive():
            self.hand = threading.Thread(target=self._work, name="porter", daemon=True)
            self.hand.start()
            atexit.register(self._leave)
        self.rung.set()

    def _work(self) -> None:
        while self.rung.wait():
            time.sleep(GATHER)
            self.rung.clear()
            try:
                self.hand_over()
            except SQLAlchemyError:
                self.app.logger.exception("The access log was not taken; it is tried again")
                time.sleep(AGAIN)
                self.rung.set()

    def _leave(self) -> None:
        """The process ends in order: nothing is left behind."""
        try:
            self.hand_over()
        except SQLAlchemyError:
            self.app.logger.exception("The last of the access log was not taken")


def install(app: Flask) -> None:
    app.extensions["porter"] = Notes(app)
    app.after_request(_watch)


def note(kind: str, **more) -> None:
    """Note what happens in this request; it is written a moment later."""
    current_app.extensions["porter"].add({**_row(kind, **more), "sought": more.get("sought")})


def record(kind: str, **more) -> None:
    """The same with the transaction that this request writes anyway."""
    accesses.add(db.session.connection(), [_row(kind, **more)])


def _row(kind: str, *, username: str | None = None, case: str | None = None, detail: str | None = None,
         sought=None) -> dict:
    actor = _actor()
    held = actor.first if actor else None
    return accesses.row(
        kind, at=access.now(), username=username or (actor.username if actor else None),
        unit=held.unit if held else None, case=case, place=request.endpoint, detail=detail,
        address=request.remote_addr, device=request.user_agent.string or None)


def _watch(response):
    """After every answer: what of it belongs into the log, beyond what the doors have noted themselves."""
    code = response.status_code
    if code == 403:
        note("refused", case=_case(), detail=request.method)
    elif code == 404 and (sought := g.get("sought")):
        note("hidden", case=sought[1] if sought[0] == "case" else _case(), sought=sought, detail=request.method)
    elif code < 400 and request.endpoint and (actor := _actor()):
        _look(actor)
    return response


def _look(actor) -> None:
    if request.method == "POST":
        if (request.blueprint in SETTINGS and "look" not in request.form) or request.endpoint == "sessions.update":
            note("setting")
    elif request.endpoint in ("files.show", "notices.paper"):
        note("file", case=_case(), detail=_which())
    elif request.endpoint == "dossiers.file":
        note("export", case=_case(), detail=_which())
    elif g.get("is_sealed"):
        note("sealed", case=_case())
    elif actor.has(*office.READERS) and request.endpoint != "assets":
        note("read", case=_case(), detail=_filters())


def _actor():
    """Whoever is signed in, if this request has asked who that is; the rehearsal is nobody."""
    if "_login_user" not in g or not current_user.is_authenticated or not current_user.token:
        return None
    return current_user.actor


def _case() -> str | None:
    return (request.view_args or {}).get("number")


def _which() -> str | None:
    return str((request.view_args or {}).get("id", "")) or None


def _filters() -> str | None:
    """By what he looked, never for what."""
    return ", ".join(name for name in FILTERS if request.args.get(name)) or None
