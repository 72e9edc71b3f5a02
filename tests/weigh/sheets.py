"""Spreadsheets of any length in and out: how long the commands take, and how much memory they hold at most."""

import csv
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from app.bench import Stopped, processes, service, texts
from app.bench.rooms import Room
from app.papers import tables

HEADS = ("留言编号", "留言主题", "留言详情", "留言时间", "一级分类")
EMPTY = 300  # cases of the ledger that rows are taken into
GLANCE = 0.1  # seconds between two looks at the memory


@dataclass(frozen=True)
class Line:
    database: str
    what: str
    rows: int
    seconds: float
    peak: float | None  # MiB, proportional, of the command and all it starts


def play(room: Room, cases: int, rows: int) -> list[Line]:
    """Take `rows` in from each kind of file, and give a ledger of `cases` out as each, on every database there is."""
    lines = []
    for file in (_csv(room.work / "in.csv", rows), _xlsx(room.work / "in.xlsx", rows)):
        for ledger in room.ledgers(EMPTY):
            room.told(f"{ledger.name}: {rows} rows in from {file.suffix}")
            took = timed(ledger, "ledger", "import", str(file), "--kind", "complaint", "--source", "weigh")
            lines.append(Line(_name(ledger), f"import {file.suffix}", rows, *took))
    for ledger in room.ledgers(cases):
        for suffix in (".csv", ".xlsx"):
            room.told(f"{ledger.name}: export of {cases} cases to {suffix}")
            took = timed(ledger, "ledger", "export", str(room.work / f"out{suffix}"))
            lines.append(Line(_name(ledger), f"export {suffix}", cases, *took))
    return sorted(lines, key=lambda line: line.database, reverse=True)


def written(lines: list[Line]) -> str:
    said = ["The commands from start to end; import looks every row through before it writes the first.", "",
            "| database | what | rows | seconds | rows a second | MiB at most |", "|---|---|--:|--:|--:|--:|"]
    for line in lines:
        peak = "unknown" if line.peak is None else f"{line.peak:.0f}"
        said.append(f"| {line.database} | {line.what} | {line.rows:,} | {line.seconds:.1f} | "
                    f"{line.rows / line.seconds:,.0f} | {peak} |")
    return "\n".join([*said, ""])


def _name(ledger) -> str:
    return f"{ledger.name} {ledger.version}"


def timed(ledger, *command: str) -> tuple[float, float | None]:
    """(seconds, most MiB) of a `duban` command."""
    began, peak = time.perf_counter(), None
    process = subprocess.Popen((*service.DUBAN, *command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env=service.environment(ledger.data, ledger.url), text=True)
    while process.poll() is None:
        peak = max(filter(None, (peak, processes.memory(process.pid))), default=None)
        time.sleep(GLANCE)
    if process.returncode:
        raise Stopped(f"duban {' '.join(command[:2])} ended with {process.returncode}: {process.stdout.read()}")
    return time.perf_counter() - began, peak


def _rows(count: int):
    random = Random(3)
    for number in range(count):
        day, hour = f"2026-{random.randint(1, 10):02d}-{random.randint(1, 28):02d}", random.randint(8, 18)
        yield f"W{number:07d}", texts.title(random), texts.facts(random), f"{day} {hour:02d}:30:00", "其他"


def _csv(path: Path, count: int) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as out:
        csv.writer(out).writerows((HEADS, *_rows(count)))
    return path


def _xlsx(path: Path, count: int) -> Path:
    with path.open("wb") as out:
        tables.write(out, "xlsx", heads=list(HEADS), rows=_rows(count), title="留言", manifest=lambda _count: [],
                     widths=dict.fromkeys(HEADS, 18))
    return path
