"""The trail at full size: what sealing a thousand entries costs in a large tree, how fast the whole of it is verified,
and how much memory that takes."""

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median

from sqlalchemy import create_engine, func, insert, select, tuple_
from sqlalchemy.orm import Session

from app.bench import Stopped
from app.bench.rooms import Room
from app.domain import trail, tree
from app.domain.base import prepare
from app.domain.trail import Entry, Unsequenced, Value
from tests.weigh import sheets

EMPTY = 300  # cases of the ledger whose tree is filled with seals of no entry
NEW, RUNS = 1_000, 5
SAMPLE = 20_000  # entries whose bytes are hashed by themselves

# What verification must hash in any case, hashed by plain Python and by nothing else, in a process of its own.
HASHING = """
import hashlib, json, sys, time
lines = [json.loads(line).encode() for line in sys.stdin]
began = time.process_time()
for line in lines:
    hashlib.sha256(line).hexdigest()
print(json.dumps(time.process_time() - began))
"""


@dataclass(frozen=True)
class Verified:
    database: str
    entries: int
    seconds: float
    work: float  # seconds of processor time, of all processes together
    peak: float | None
    hashing: float  # seconds that plain Python takes to hash the same bytes: entries as sealed, values, leaves


@dataclass(frozen=True)
class Sealed:
    database: str
    leaves: int
    milliseconds: float


def play(room: Room, cases: tuple[int, ...], leaves: tuple[int, ...]) -> tuple[list[Verified], list[Sealed]]:
    verified = [_verified(room, ledger) for size in sorted(cases) for ledger in room.ledgers(size, proved=True)]
    sealed = [each for ledger in room.ledgers(EMPTY) for each in _sealed(room, ledger, leaves)]
    return verified, sealed


def _verified(room: Room, ledger) -> Verified:
    """`duban trail seal`, then the time and the memory of `duban trail verify`, start of the program included."""
    room.told(f"{ledger.name}: the trail of {ledger.cases} cases is verified")
    sheets.timed(ledger, "trail", "seal")
    before = _work()
    took, peak = sheets.timed(ledger, "trail", "verify")
    work = _work() - before
    engine = create_engine(ledger.url)
    with Session(engine) as session:
        entries = session.scalar(select(func.count()).select_from(Entry))
        some = list(_hashed(session))
    engine.dispose()
    told = subprocess.run((sys.executable, "-c", HASHING), capture_output=True, text=True, check=True,
                          input="".join(f"{json.dumps(each)}\n" for each in some))
    return Verified(_name(ledger), entries, took, work, peak, json.loads(told.stdout) / min(SAMPLE, entries) * entries)


def _work() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _hashed(session: Session):
    """Of so many entries whatever a verification hashes, as text of the same length."""
    for entry in session.scalars(select(Entry).order_by(Entry.stream, Entry.seq).limit(SAMPLE)):
        yield trail.body(entry).decode()
        yield "." * 33  # the seal as a leaf
        last = entry
    for value in session.scalars(select(Value.value).where(
            tuple_(Value.stream, Value.seq) <= tuple_(last.stream, last.seq), Value.value.is_not(None))):
        yield "." * 32 + value


def _sealed(room: Room, ledger, leaves: tuple[int, ...]):
    engine = prepare(create_engine(ledger.url))
    for size in sorted(leaves):
        room.told(f"{ledger.name}: {NEW} seals into a tree of {size}")
        while (stand := _leaves(engine)) < size:
            _queue(engine, stand, min(size - stand, 50_000))
            while _take_in(engine):
                pass
        took = []
        for _ in range(RUNS):
            _queue(engine, _leaves(engine), NEW)
            began = time.perf_counter()
            if (taken := _take_in(engine)) != NEW:
                raise Stopped(f"{taken} seals were taken in instead of {NEW}.")
            took.append((time.perf_counter() - began) * 1000)
        yield Sealed(_name(ledger), size, median(took))
    engine.dispose()


def _queue(engine, start: int, count: int) -> None:
    rows = [{"stream": "ZZ", "seq": n, "seal": hashlib.sha256(b"%d" % n).hexdigest()}
            for n in range(start, start + count)]
    with engine.connect().execution_options(write=True) as connection:
        connection.execute(insert(Unsequenced), rows)
        connection.commit()


def _take_in(engine) -> int:
    with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
        taken = tree.take_in(session, 5_000)
        session.commit()
        return taken


def _leaves(engine) -> int:
    with Session(engine) as session:
        return tree.size(session)


def _name(ledger) -> str:
    return f"{ledger.name} {ledger.version}"


def written(verified: list[Verified], sealed: list[Sealed]) -> str:
    said = ["`duban trail verify` from start to end, all processes together; beside it, one process of plain Python",
            "hashing the same bytes: entries as they are sealed, values beside them, leaves.", "",
            ("| database | entries verified | seconds | entries a second | times the hashing | seconds of processor | "
             "MiB at most |"),
            "|---|--:|--:|--:|--:|--:|--:|"]
    for each in verified:
        peak = "unknown" if each.peak is None else f"{each.peak:.0f}"
        said.append(f"| {each.database} | {each.entries:,} | {each.seconds:.1f} | {each.entries / each.seconds:,.0f} | "
                    f"{each.seconds / each.hashing:.1f} | {each.work:.1f} | {peak} |")
    said += ["", f"{NEW:,} new seals taken into a tree that holds so many already, the median of {RUNS}.", "",
             "| database | leaves before | milliseconds |", "|---|--:|--:|"]
    said += [f"| {each.database} | {each.leaves:,} | {each.milliseconds:.1f} |" for each in sealed]
    return "\n".join([*said, ""])
