"""Time under load: ten ticks at once, the cost of a tick in a crowd, and moving the dates of a crowd."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.domain import errands, ladder, register
from app.domain.clocks import TimeNode
from app.domain.errands import Errand
from app.domain.ladder import Climb
from app.domain.notices import Notice, Subject
from app.domain.people import Actor
from app.office import calendar, reprojection
from app.office import ladder as climbing
from tests.weigh import crowds

AT_ONCE, APART = 10, 10_000_000


@dataclass(frozen=True)
class Stage:
    """A database with an office, and one handling term in it to make a crowd of."""

    engine: Engine
    pattern: TimeNode
    units: list[int]
    director: Actor
    at: datetime  # in working hours, before the term's last day


@dataclass
class Ticked:
    seconds: float
    climbs: Counter  # level → how many
    serials: list[int]  # of the slips that went out
    named: int  # cases on them
    waiting: int  # nodes that are still due


def ticks_at_once(stage: Stage, size: int) -> Ticked:
    """Ten ticks begin together over `size` nodes that are all a working day late; none ends before nothing is due."""
    with Session(stage.engine) as session:
        known = register.load(session)
    ids = crowds.gather(stage.engine, stage.pattern, size, units=stage.units)
    due_on = stage.pattern.due_on
    at = ladder.opening(known.calendar, known.calendar.add(due_on, 1)) + timedelta(hours=1)
    crowds.arm(stage.engine, ids, rung=0, next_rung_at=at - timedelta(minutes=30))
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(_tick, stage.engine, at, known, until_done=True) for _ in range(AT_ONCE)]:
            done.result()
    return _ticked(stage.engine, ids, at, time.perf_counter() - began)


def _tick(engine: Engine, at: datetime, known, *, until_done: bool = False) -> int:
    """What a worker does, one unit a transaction."""
    climbed = 0
    while True:
        with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
            done = climbing.climb(session, at=at, register=known, words=str)
            session.commit()
            climbed += done
            if not done and (not until_done or climbing.first_due(session, at=at) is None):
                return climbed
        if not done:
            time.sleep(0.25)  # another tick holds what is due


def _ticked(engine: Engine, ids: range, at: datetime, seconds: float) -> Ticked:
    mine = Climb.node_id.between(ids.start, ids.stop - 1)
    with Session(engine) as session:
        climbs = Counter(dict(session.execute(select(Climb.level, func.count()).where(mine).group_by(
            Climb.level)).all()))
        serials = session.scalars(select(Notice.serial).where(Notice.form == "urge").order_by(Notice.serial)).all()
        named = session.scalar(select(func.count()).select_from(Subject).where(
            Subject.case_id.between(ids.start, ids.stop - 1)))
        waiting = session.scalar(select(func.count()).select_from(TimeNode).where(
            TimeNode.id.between(ids.start, ids.stop - 1), TimeNode.next_rung_at <= at))
    return Ticked(seconds, climbs, list(serials), named, waiting)


def tick_among(stage: Stage, sizes: tuple[int, ...], *, due: int = 10, runs: int = 7) -> dict[int, float]:
    """Crowd → the fastest of `runs` ticks, in milliseconds, with `due` nodes due among so many."""
    with Session(stage.engine) as session:
        known = register.load(session)
    found, stand = {}, 0
    at = ladder.opening(known.calendar, known.calendar.add(stage.pattern.due_on, 1)) + timedelta(hours=1)
    crowds.arm(stage.engine, range(crowds.FIRST), next_rung_at=None)
    for place, size in enumerate(sorted(sizes)):  # each crowd far behind the last, whose slips have made nodes too
        ids = crowds.gather(stage.engine, stage.pattern, size - stand, units=stage.units, after=place * APART)
        crowds.arm(stage.engine, ids, next_rung_at=at + timedelta(days=9))
        stand, took = size, []
        for run in range(runs):
            first = crowds.FIRST + run * due
            crowds.arm(stage.engine, range(first, first + due), rung=0, unit_id=stage.units[0],
                       next_rung_at=at - timedelta(minutes=30))
            _forget(stage.engine, range(first, first + due))
            began = time.perf_counter()
            climbed = _tick(stage.engine, at - timedelta(minutes=10), known)
            took.append((time.perf_counter() - began) * 1000)
            assert climbed == due, (climbed, due)
        found[size] = min(took)
    return found


def _forget(engine: Engine, ids: range) -> None:
    with engine.connect().execution_options(write=True) as connection:
        connection.execute(Climb.__table__.delete().where(Climb.node_id.between(ids.start, ids.stop - 1)))
        connection.commit()


@dataclass
class Moved:
    seconds: float
    moved: int
    processor: float  # seconds of this process
    foretold: float  # seconds of the whole dry run
    progress: list[int]
    breaks: int


def move_crowd(stage: Stage, size: int, *, breaks: int = 0) -> Moved:
    """A day off of the city's own moves the dates of a crowd; the worker is replaced by a new one `breaks` times."""
    crowds.gather(stage.engine, stage.pattern, size, units=stage.units)
    words = {"by": stage.director, "at": stage.at, "words": str}
    with stage.engine.connect().execution_options(write=True) as connection, Session(connection) as session:
        known = register.load(session)
        day = known.calendar.add(known.today(stage.at), 2)
        change = calendar.OwnDay(day, True, "本市节日", "市政府通知")
        began = time.perf_counter()
        turned = calendar.try_out(session, change, by=stage.director, today=known.today(stage.at))
        reprojection.foretell(session, turned, today=known.today(stage.at))
        foretold = time.perf_counter() - began
        id = calendar.make(session, change, today=known.today(stage.at), **words).id
        session.commit()
    began, worked, progress, moved = time.perf_counter(), time.process_time(), [], 0
    lots = -(-size // reprojection.LOT)
    for worker in range(breaks + 1):
        moved = _work_on(stage, id, worker, progress, None if worker == breaks else lots // (breaks + 1))
    return Moved(time.perf_counter() - began, moved, time.process_time() - worked, foretold, progress, breaks)


def _work_on(stage: Stage, id: int, worker: int, progress: list[int], most: int | None) -> int:
    """One worker's share of the lots; what it had in hand when it was broken off is rolled back."""
    with stage.engine.connect().execution_options(write=True) as connection, Session(connection) as session:
        known, done = register.load(session), 0
        while True:
            errand = session.get(Errand, id)
            errands.go_on(errand, progress=errand.progress, at=stage.at)
            is_more = reprojection.go_on(session, errand, by=stage.director, at=stage.at, words=str, register=known)
            if most is not None and done >= most:
                session.rollback()
                return 0
            session.commit()
            progress.append(errand.progress)
            done += 1
            if not is_more:
                return errand.result["moved"]
