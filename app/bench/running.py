"""One weighing: each page in turn, three runs each, with the bare view between them."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from time import monotonic

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.bench import Stopped, inside, scenes, service
from app.bench.browser import Browser
from app.bench.places import Ledger
from app.bench.rooms import Room
from app.domain.base import prepare
from app.office import people

RUNS, CLIENTS = 3, (1, 8)
FRESH = 600.0  # seconds


@dataclass
class Figure:
    """Medians of one page at one number of clients."""

    page: str
    clients: int
    rate: float
    p50: float
    p95: float
    work: float | None  # processor time of an answer, in seconds
    bare: float | None = None  # requests a second of what it is measured against

    @property
    def ratio(self) -> float | None:
        return self.rate / self.bare if self.bare else None


@dataclass
class Weighing:
    """What one ledger came to."""

    dialect: str
    version: str
    cases: int
    figures: list[Figure] = field(default_factory=list)
    pages: dict[str, tuple[int, int]] = field(default_factory=dict)
    step_queries: int = 0
    imported: float = 0.0
    at_rest: float | None = None
    after: float | None = None

    def rate(self, page: str, clients: int = 8) -> float:
        return next(each.rate for each in self.figures if each.page == page and each.clients == clients)


@dataclass(frozen=True)
class Wish:
    """How to measure."""

    seconds: float = 10.0
    workers: int = 2
    threads: int = 2
    clients: tuple[int, ...] = CLIENTS
    runs: int = RUNS


def weigh(room: Room, store, cases: int, wish: Wish) -> Weighing:
    """Measure everything on one size of ledger."""
    with room.ledger(store, cases) as ledger:
        weighing = Weighing(ledger.name, ledger.version, cases)
        room.told(f"{ledger.name}, {cases} cases: from inside")
        within = inside.Inside(ledger)
        weighing.pages = within.pages()
        weighing.step_queries, written = within.step()
        weighing.imported = within.imported()
        within.close()
    with room.ledger(store, cases) as ledger:
        raw = inside.raw(ledger, written)
    with room.ledger(store, cases) as ledger:
        _Weigher(ledger, wish, weighing, room.told).weigh(raw)
    return weighing


class _Weigher:
    def __init__(self, ledger: Ledger, wish: Wish, weighing: Weighing, told):
        self.ledger, self.wish, self.weighing, self.told = ledger, wish, weighing, told
        self.engine = prepare(create_engine(ledger.url))
        self.books = scenes.Books(self.engine)
        self.sizes = {"workers": wish.workers, "threads": wish.threads}
        self.browsers, self.signed_in_at = {}, monotonic()

    def weigh(self, raw: float) -> None:
        with service.duban(self.ledger, **self.sizes) as self.duban:
            self.weighing.at_rest = self.duban.memory()
            with service.bare(self.ledger, **self.sizes) as self.bare:
                for clients in self.wish.clients:
                    for scene in scenes.SCENES:
                        self.weighing.figures.append(self._page(scene, clients))
                    self.weighing.figures.append(self._steps(clients, raw))
            self.weighing.after = self.duban.memory()
        self.engine.dispose()

    def _page(self, scene: scenes.Scene, clients: int) -> Figure:
        if scene.signed_in:
            browsers = self._signed_in(scenes.READERS)
        else:
            browsers = {name: Browser(self.duban.address) for name in scenes.READERS}
        lanes = scenes.lanes(scene, self.books, browsers, clients)
        bare_lanes = self._bare_lanes(clients)
        runs, bare = [], []
        for _ in range(self.wish.runs):
            runs.append(_sound(service.load(self.duban, lanes, seconds=self.wish.seconds), scene.name))
            bare.append(_sound(service.load(self.bare, bare_lanes, seconds=max(self.wish.seconds / 3, 0.5)), "bare"))
        return self._figure(scene.name, clients, runs, median(each["right"] / each["seconds"] for each in bare))

    def _signed_in(self, names) -> dict:
        """The browsers of these people; a cookie that is not used in the ordinary way ends after half an hour."""
        if monotonic() - self.signed_in_at > FRESH:
            self.browsers, self.signed_in_at = {}, monotonic()
        for name in names:
            if name not in self.browsers:
                self.browsers[name] = Browser(self.duban.address).sign_in(name, self.ledger.password)
        return {name: self.browsers[name] for name in names}

    def _bare_lanes(self, clients: int) -> list[list[str]]:
        lanes = []
        for name in scenes.READERS[:clients]:
            browser = Browser(self.bare.address)
            if browser.ask("GET", f"/enter/{self._token(name)}")[0] != 200:
                raise Stopped("the bare view does not let us in")
            lanes.append([browser.written("/rows")])
        return lanes

    def _token(self, name: str) -> str:
        """A session row for the bare view, which has no form to sign in by."""
        with self.engine.connect().execution_options(write=True) as connection, Session(connection) as session:
            token = people.sign_in(session, people.officer_called(session, name), at=datetime.now(UTC))
            session.commit()
        return token

    def _steps(self, clients: int, raw: float) -> Figure:
        browsers = self._signed_in(scenes.STEPPERS)
        tokens = {name: browser.token() for name, browser in browsers.items()}
        runs = []
        for _ in range(self.wish.runs):
            pieces: list[dict] = []
            while sum(piece["seconds"] for piece in pieces) < self.wish.seconds:
                pieces.append(self._some_steps(browsers, tokens, clients))
            runs.append(_joined(pieces))
        return self._figure(scenes.STEP, clients, runs, raw)

    def _some_steps(self, browsers, tokens, clients: int) -> dict:
        """Start what can be started; every answer must have moved a case, and nothing else may have moved one."""
        numbers = [number for cases in self.books.startable().values() for number, _ in cases]
        lanes = scenes.steps(self.books, browsers, tokens, clients)
        piece = _sound(service.load(self.duban, lanes, seconds=self.wish.seconds, right=303, only_once=True), "step")
        moved = self.books.put_back(numbers)
        if moved != piece["right"]:
            raise Stopped(f"{piece['right']} steps were answered, but {moved} cases moved")
        return piece

    def _figure(self, page: str, clients: int, runs: list[dict], bare: float) -> Figure:
        rate = median(run["right"] / run["seconds"] for run in runs)
        p50, p95 = (median(run[name] for run in runs) for name in ("p50", "p95"))
        work = None if runs[0]["work"] is None else median(run["work"] for run in runs)
        figure = Figure(page, clients, rate, p50, p95, work, bare)
        self.told(f"{page}, {clients}: {rate:.0f}/s ({figure.ratio:.2f})")
        return figure


def _joined(pieces: list[dict]) -> dict:
    return {"right": sum(piece["right"] for piece in pieces), "seconds": sum(piece["seconds"] for piece in pieces),
            "p50": median(piece["p50"] for piece in pieces), "p95": median(piece["p95"] for piece in pieces),
            "work": pieces[0]["work"] and median(piece["work"] for piece in pieces)}


def _sound(run: dict, page: str) -> dict:
    if run["wrong"] or not run["right"]:
        raise Stopped(f"{page}: not every answer was right: {json.dumps(run['wrong'])}")
    return run
