"""The trail as an event log: how long it takes, how much memory it holds, and whether pm4py counts the same in it."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, func, select

from app.bench import Stopped
from app.bench.rooms import Room
from app.domain.cases import Case
from app.domain.trail import Entry
from tests.weigh import sheets

PROBE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pm4py
what, path = sys.argv[1:]
if what == "xes":
    log = pm4py.read_xes(path)
    cases, events = log["case:concept:name"].nunique(), len(log)
else:
    log = pm4py.read_ocel2_json(path)
    cases, events = int((log.objects["ocel:type"] == "case").sum()), len(log.events)
print(json.dumps([cases, events]))
"""


@dataclass(frozen=True)
class Line:
    database: str
    what: str
    cases: int
    events: int
    seconds: float
    peak: float | None
    read: str  # what pm4py says to it


def play(room: Room, cases: int, *, python: str | None = None) -> list[Line]:
    """Give a ledger of `cases` out in both formats, on every database there is."""
    lines = []
    for ledger in room.ledgers(cases):
        counts = _counts(ledger.url)
        for what in ("xes", "ocel"):
            room.told(f"{ledger.name}: the trail of {cases} cases as {what}")
            path = room.work / f"out.{what}"
            took = sheets.timed(ledger, "trail", what, str(path))
            lines.append(Line(f"{ledger.name} {ledger.version}", f"trail {what}", *counts, *took,
                              _read(what, path, counts, python or sys.executable)))
            path.unlink()
    return lines


def written(lines: list[Line]) -> str:
    said = ["The commands from start to end. Where pm4py is installed it reads the files and must count the same.", "",
            "| database | what | cases | events | seconds | events a second | MiB at most | pm4py |",
            "|---|---|--:|--:|--:|--:|--:|---|"]
    for line in lines:
        peak = "unknown" if line.peak is None else f"{line.peak:.0f}"
        said.append(f"| {line.database} | {line.what} | {line.cases:,} | {line.events:,} | {line.seconds:.1f} | "
                    f"{line.events / line.seconds:,.0f} | {peak} | {line.read} |")
    return "\n".join([*said, ""])


def _counts(url: str) -> tuple[int, int]:
    """Cases that are not sealed, and entries about them, as the database counts them."""
    engine = create_engine(url)
    with engine.connect() as connection:
        cases = connection.scalar(select(func.count(Case.id)).where(Case.sealed.is_(False)))
        events = connection.scalar(select(func.count()).select_from(Entry).join(
            Case, Case.number == Entry.stream).where(Case.sealed.is_(False)))
    engine.dispose()
    return cases, events


def _read(what: str, path: Path, counts: tuple[int, int], python: str) -> str:
    if subprocess.run((python, "-c", "import pm4py"), capture_output=True).returncode:
        return "not installed"
    ran = subprocess.run((python, "-c", PROBE, what, str(path)), capture_output=True, text=True)
    if ran.returncode:
        raise Stopped(f"pm4py does not read the {what} file: {ran.stderr[-500:]}")
    found = tuple(json.loads(ran.stdout.splitlines()[-1]))
    if found != counts:
        raise Stopped(f"pm4py counts {found} in the {what} file, the database {counts}.")
    return "counts the same"
