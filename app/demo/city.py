"""The furnished city: fourteen months of an office's life, told in the order of time through the verbs of real life.

Everybody who will act waits in one queue for his moment; the city's clock goes from one to the next. Chance comes from
the seed alone (only salts and passwords do not), so the same seed and the same day give the same ledger.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from sqlalchemy.orm import Session

from app.demo import fates, founders, lots, mornings, roster, scenes
from app.demo.decisions import Decisions
from app.demo.dossier import Bags, Dossier
from app.demo.hours import Hours
from app.demo.library import phrases
from app.demo.lives import Lives
from app.demo.tongue import weave
from app.domain import bundles, people, register
from app.domain.files import Shelf
from app.domain.people import Actor

MONTHS = timedelta(days=426)


@dataclass
class City:
    """What everybody in it shares: the books, the people, and what time it is."""

    session: Session
    words: Callable
    until: datetime
    shelf: Shelf
    zone: str
    at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    steps: int = 0
    documents: int = 0
    known: list[Dossier] = field(default_factory=list)
    blamed: list[Dossier] = field(default_factory=list)

    def __post_init__(self):
        self.phrases, self.weave = phrases(), weave
        self._queue, self._order = [], count()
        self.reload()

    # people

    def reload(self) -> None:
        """After a change of people or units."""
        self.register = register.load(self.session, self.zone)
        self.hours = Hours(self.register.calendar)
        self.first_day = self.register.calendar.next_workday(self.register.calendar.on(self.until))
        units = self.register.people.units
        self.shorts = {unit.code: units[self.register.people.heir(unit.id)].short for unit in units.values()}
        self.klasses = {unit.code: unit.klass for unit in units.values()}
        self._holders: dict[tuple, list[Actor]] = {}

    def holders(self, post: str, code: str | None = None) -> list[Actor]:
        if (found := self._holders.get((post, code))) is None:
            directory = self.register.people
            ids = directory.holding(post, directory.by_code[code].id if code else None)
            found = self._holders[post, code] = [
                people.actor(self.session, directory, directory.username_of(id)) for id in ids]
        return found

    def living(self, code: str) -> str:
        directory = self.register.people
        return directory.units[directory.heir(directory.by_code[code].id)].code

    def code(self, unit_id: int | None) -> str | None:
        return None if unit_id is None else self.register.people.units[unit_id].code

    # time

    @property
    def today(self):
        return self.register.calendar.on(self.at)

    def add(self, life: Iterator) -> None:
        """Somebody begins: he says when he will act first."""
        self._wait(life)

    def live(self) -> Iterator[int]:
        """Let everybody act in turn until today; yields how many cases are on the books."""
        while self._queue:
            self.at, _, life = heapq.heappop(self._queue)
            before = len(self.known)
            self._wait(life)
            if len(self.known) != before:
                yield len(self.known)

    def _wait(self, life: Iterator) -> None:
        at = next(life, None)
        if at is not None and max(at, self.at) <= self.until:
            heapq.heappush(self._queue, (max(at, self.at), next(self._order), life))

    # what one case asks about others

    def blame(self, d: Dossier) -> None:
        if d.kind != "accountability" and d not in self.blamed:
            self.blamed.append(d)

    def origin(self) -> Dossier | None:
        """The case that an accountability case is raised from: one that went badly, if there is any."""
        for found in reversed(self.blamed):
            if found.case.lead_id and found.case.state != "ended":
                self.blamed.remove(found)
                return found
        return next((each for each in self.known if each.kind != "accountability" and each.case.lead_id), None)

    def led_any(self) -> bool:
        return any(each.case.lead_id for each in self.known)

    def twin(self, d: Dossier) -> Dossier | None:
        """An earlier complaint that this one repeats."""
        recent = [each for each in self.known[-60:] if each.kind == "complaint" and each.case.state in (
            "assigned", "rectifying") and not each.is_anonymous]
        return d.rng.choice(recent) if recent else None

    def other(self, d: Dossier) -> str:
        """A unit that could lead this as well."""
        lead = self.code(d.case.lead_id)
        rivals = [d.topic.rival[0]] if d.topic.rival else []
        for code in (*rivals, d.topic.lead, d.zone, "fgw"):
            code = self.living(code)
            if code != lead and code != self.code(d.case.complained_of_id) and self.klasses[code] != "discipline":
                return code
        return "zjj"


def build(session: Session, *, cases: int, seed: int, now: datetime, words, shelf: Shelf, passwords: dict,
          zone: str = "Asia/Shanghai") -> Iterator[int]:
    """Found, people and fill the city; yields as the books grow. `passwords`: account → (password, its hash)."""
    begins = founders.beginning(now - MONTHS)
    founders.settle(session, at=begins, now=now, words=words, passwords=passwords, zone=zone,
                    told={"seed": seed, "cases": cases})
    city = City(session, words, now, shelf, zone)
    city.at = begins
    lives, acts = Lives(city), Decisions(city)
    for change in founders.changes(city, begins, passwords):
        city.add(change)
    units = [code for code, _, _, klass in roster.units() if klass in ("department", "county", "park")]
    placed = scenes.scripts(units, min(cases // 3, 400))
    bags = Bags(Random(f"{seed} bags"))
    for d, script in fates.placed(placed, seed, bags):
        city.add(scenes.played(city, acts, d, script))
    city.add(scenes.left_lying(city, bags, seed))
    city.add(mornings.mornings(city, seed))
    city.add(lots.announcing(city))
    for d, filed_at in fates.drawn(cases - len(placed), placed, seed, bags, city, begins):
        city.add(lives.of(d, filed_at))
    with bundles.bundled(session):
        yield from city.live()
