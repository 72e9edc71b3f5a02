"""Honest histories by the thousand on every database; verification may accuse none of them."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.bench import Stopped, service
from app.bench.rooms import Room
from app.demo import cast
from app.domain.base import prepare
from tests.conftest import FOUNDED
from tests.weigh.histories import LOOKS, Told, play

LOT, TELL = 20, 500  # histories in one report of a process, and between two words on how far it is
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Line:
    database: str
    told: Told


def weigh(room: Room, many: dict[str, int]) -> list[Line]:
    """So many histories on each database, shared out among the cores."""
    lines = []
    for store in room.stores:
        room.told(f"{store.dialect}: {many[store.dialect]:,} honest histories")
        lines.append(Line(f"{NAMES[store.dialect]} {store.version}", _shared_out(store, many[store.dialect], room)))
        if lines[-1].told.accused:
            raise Stopped("Honest histories were accused: " + "; ".join(
                f"number {number}: {sentence}" for number, sentence in lines[-1].told.accused[:5]))
    return lines


def written(lines: list[Line]) -> str:
    said = ["Each history is of one case: steps and whatever else leaves an entry, by lot, by anybody, in any order,",
            f"refused ones too; verified {LOOKS} times on its way. Accused: verification found fault with it.", "",
            "| database | histories | with lawful erasures | acts | refused | verifications | accused | processor s |",
            "|---|--:|--:|--:|--:|--:|--:|--:|"]
    for line in lines:
        told = line.told
        said.append(f"| {line.database} | {told.histories:,} | {told.erasing:,} | {told.acts.total():,} | "
                    f"{told.refused:,} | {told.verified:,} | {len(told.accused)} | {told.processor:,.0f} |")
    return "\n".join([*said, ""])


def _shared_out(store, many: int, room: Room) -> Told:
    told, cores = Told(), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    bounds = [many * core // cores for core in range(cores + 1)]
    with ThreadPoolExecutor(cores) as pool:
        for part in pool.map(lambda core: _elsewhere(store, core, range(bounds[core], bounds[core + 1]), room),
                             range(cores)):
            told.add(part)
    return told


def _elsewhere(store, core: int, numbers: range, room: Room) -> Told:
    """In a process of its own, on a database of its own."""
    url, told = store.make(f"honest{core}"), Told()
    command = (sys.executable, "-m", "tests.weigh.honesty", url, str(room.work / f"honest{core}"), str(numbers.start),
               str(numbers.stop))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            told.add(lot := Told(**json.loads(line)))
            for number, sentence in lot.accused:
                room.told(f"Accused, number {number}: {sentence}")
            if told.histories % TELL == 0:
                room.told(f"{told.histories:,} of {len(numbers):,} by process {core + 1}: {told.verified:,} "
                          f"verifications, {told.processor:,.0f} s")
    if process.returncode or told.histories != len(numbers):
        raise Stopped(f"Process {core + 1} ended with {process.returncode} after {told.histories} histories.")
    return told


def main(url: str, data: str, start: str, stop: str) -> None:
    """Prints a line of what was found for each LOT of histories."""
    subprocess.run((*service.DUBAN, "init"), env=service.environment(Path(data), url), check=True, capture_output=True)
    engine = prepare(create_engine(url))
    with Session(engine) as session:
        session.connection(execution_options={"write": True})
        cast.furnish(session, at=FOUNDED, hashed="")
        session.commit()
    numbers = range(int(start), int(stop))
    for first in range(0, len(numbers), LOT):
        began = process_time()
        told = play(engine, numbers[first : first + LOT])
        told.processor = process_time() - began
        print(json.dumps(vars(told)), flush=True)
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
