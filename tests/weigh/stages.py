"""The scenes of time at full size: an empty ledger of the bench's own, a crowd in it, and what each scene took."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app.bench import Stopped
from app.bench.rooms import Room
from app.domain import people, register
from app.domain.base import prepare
from app.domain.clocks import TimeNode
from tests.weigh import hours
from tests.weigh.hours import Stage

EMPTY = 300  # cases of the ledger that a crowd comes into
FEW = 10_000  # open nodes that the crowd of a tick is compared with


@dataclass(frozen=True)
class Line:
    database: str
    scene: str
    size: str
    found: str
    holds: str


def play(room: Room, nodes: tuple[int, ...]) -> list[Line]:
    due, moved, crowd = nodes
    lines: list[Line] = []
    for scene, size in ((_ticks, due), (_cost, crowd), (_moving, moved)):
        for ledger in room.ledgers(EMPTY):
            room.told(f"{ledger.name}: {scene.__doc__.rstrip('.')}, {size:,}")
            with _stage(ledger) as stage:
                lines.append(Line(f"{ledger.name} {ledger.version}", *scene(stage, size)))
    return lines


def _ticks(stage: Stage, size: int) -> tuple[str, ...]:
    """Ten ticks at once."""
    done = hours.ticks_at_once(stage, size)
    whole = done.serials == list(range(done.serials[0], done.serials[0] + len(done.serials)))
    if done.climbs != {1: size} or done.named != size or done.waiting or not whole:
        raise Stopped(f"Ten ticks at once did not climb {size} rungs once each: {done}")
    said = f"{done.seconds:.1f} s; {len(done.serials)} slips, numbers without a gap"
    return "ten ticks at once", f"{size:,} due", said, "every rung once, every number once"


def _cost(stage: Stage, size: int) -> tuple[str, ...]:
    """A tick with ten due nodes in a crowd."""
    cost = hours.tick_among(stage, (FEW, size))
    return ("a tick with 10 due", f"{size:,} open against {FEW:,}", f"{cost[size]:.1f} ms against {cost[FEW]:.1f} ms",
            f"{cost[size] / cost[FEW]:.2f} times (asked: at most 2)")


def _moving(stage: Stage, size: int) -> tuple[str, ...]:
    """A day off moves the dates of a crowd; the worker is replaced three times."""
    moved = hours.move_crowd(stage, size, breaks=3)
    if moved.moved < size or moved.progress != sorted(moved.progress):
        raise Stopped(f"Not all dates moved once: {moved}")
    return ("dates moved by a day off, worker replaced 3 times", f"{size:,} nodes",
            (f"{moved.seconds:.1f} s, of these {moved.processor:.1f} s of work in the worker; "
            f"looked at before in {moved.foretold:.1f} s"), "under a minute asked")


@contextmanager
def _stage(ledger):
    engine = prepare(create_engine(ledger.url, pool_size=20))
    with Session(engine) as session:
        known = register.load(session)
        node = session.scalars(select(TimeNode).where(
            TimeNode.purpose == "handle", TimeNode.stopped_at.is_(None), TimeNode.due_on.is_not(None),
            TimeNode.provisional.is_(False)).order_by(TimeNode.due_on.desc(), TimeNode.id)).first()
        pattern = SimpleNamespace(id=node.id, case_id=node.case_id, due_on=node.due_on)
        units = [unit.id for unit in known.people.units.values() if unit.klass != "office"]
        director = people.actor(session, known.people, "director")
    yield Stage(engine, pattern, units, director, datetime.now(UTC))
    engine.dispose()


def written(lines: list[Line]) -> str:
    said = ["Crowds are copies of one handling term, made by the database; a tick is the verb that the worker calls,",
            "one unit a transaction.", "",
            "| database | scene | size | found | holds |", "|---|---|---|---|---|"]
    said += [f"| {line.database} | {line.scene} | {line.size} | {line.found} | {line.holds} |" for line in lines]
    return "\n".join([*said, ""])
