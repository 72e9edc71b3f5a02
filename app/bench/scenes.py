"""The pages that are weighed: which requests eight people send, and which answer counts as right."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from urllib.parse import urlencode

from sqlalchemy import Engine, select, update

from app.bench import city, texts
from app.bench.browser import Browser
from app.bench.histories import PLAN
from app.domain.cases import Case
from app.domain.clocks import TimeNode
from app.domain.people import Unit

KINDS = 200  # different requests a page; they are sent round and round


@dataclass(frozen=True)
class Scene:
    """One line of the table. `paths` gives what a reader may ask for, by his name."""

    name: str
    paths: Callable[["Books", str], list[str]]
    signed_in: bool = True


class Books:
    """What is in a ledger, as far as requests need to know it."""

    def __init__(self, engine: Engine, seed: int = 1):
        self.engine, self.random = engine, Random(seed)
        with engine.connect() as connection:
            codes = dict(connection.execute(select(Unit.id, Unit.code)).all())
            rows = connection.execute(
                select(Case.id, Case.number, Case.state, Case.lead_id).order_by(Case.id.desc()).limit(50_000)).all()
        self.all = [row.number for row in rows]
        self.led_by: dict[str, list[str]] = {}
        for row in rows:
            if row.lead_id:
                self.led_by.setdefault(codes[row.lead_id], []).append(row.number)

    def of(self, reader: str) -> list[str]:
        """Numbers he may see: every one, or those his unit leads."""
        _, _, unit = reader.partition("_")
        mine = self.led_by[unit] if unit in city.UNITS else self.all
        return self.random.sample(mine, min(KINDS, len(mine)))

    def startable(self) -> dict[str, list[tuple[str, int]]]:
        """Busy unit → its assigned cases, each with the version that its page shows."""
        found: dict[str, list[tuple[str, int]]] = {}
        query = (
            select(Unit.code, Case.number, Case.version).join(Unit, Unit.id == Case.lead_id)
            .where(Case.state == "assigned", Unit.code.in_(city.BUSY)).order_by(Case.id)
        )
        with self.engine.connect() as connection:
            for code, number, version in connection.execute(query):
                found.setdefault(code, []).append((number, version))
        return found

    def put_back(self, numbers: list[str]) -> int:
        """Make started cases startable again, behind the office's back; returns how many had been started."""
        mine = select(Case.id).where(Case.number.in_(numbers), Case.state == "rectifying").scalar_subquery()
        stopped = TimeNode.case_id.in_(mine), TimeNode.purpose.in_(("sign", "object"))
        with self.engine.connect().execution_options(write=True) as connection, connection.begin():
            connection.execute(update(TimeNode).where(*stopped).values(stopped_at=None, stopped_on=None))
            back = update(Case).where(Case.number.in_(numbers), Case.state == "rectifying")
            return connection.execute(back.values(state="assigned", signed_for_at=None)).rowcount


SCENES = (
    Scene("sign-in page", lambda books, reader: ["/login"], signed_in=False),
    Scene("desk", lambda books, reader: ["/"]),
    Scene("ledger", lambda books, reader: ["/cases?state=rectifying&sort=due"]),
    Scene("case", lambda books, reader: [f"/cases/{number}" for number in books.of(reader)]),
    Scene("search", lambda books, reader: ["/cases?" + urlencode({"q": word}) for word in texts.SOUGHT]),
)
STEP = "step"
READERS, STEPPERS = city.READERS, city.STEPPERS


def lanes(scene: Scene, books: Books, browsers: dict[str, Browser], clients: int) -> list[list[str]]:
    """The requests of each connection: eight people on eight, or the eight in turn on one."""
    asked = {
        reader: [browser.written(path) for path in scene.paths(books, reader)] for reader, browser in browsers.items()
    }
    if clients >= len(asked):
        return [list(asked[reader]) for reader in islice(cycle(asked), clients)]
    turns = [list(requests) for requests in asked.values()]
    longest = max(map(len, turns))
    mixed = [turn[i % len(turn)] for i in range(longest) for turn in turns]
    return [mixed[i::clients] for i in range(clients)]


def steps(books: Books, browsers: dict[str, Browser], tokens: dict[str, str], clients: int) -> list[list[str]]:
    """Each case is started once, by the liaison of the unit that leads it."""
    startable = books.startable()
    asked = []
    for reader, browser in browsers.items():
        asked.append([
            browser.written(f"/cases/{number}/steps", {"step": "start", "seen": str(version),
                                                       "csrf_token": tokens[reader]} | PLAN)
            for number, version in startable[reader.partition("_")[2]]
        ])
    mixed = [request for turn in zip(*asked, strict=False) for request in turn]
    return asked if clients >= len(asked) else [mixed[i::clients] for i in range(clients)]
