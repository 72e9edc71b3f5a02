"""Plays the heavy scenes and writes docs/measured.md. At full size they take hours: ARGS of `make weigh` make them
smaller, or choose some; of the others the page keeps what was measured before, with its date."""

import argparse
import os
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from app.bench import Stopped, report, rooms, table
from app.bench.rooms import Room
from app.bench.running import Wish
from tests.weigh import honesty, mining, sheets, stages, trails

ROOT = Path(__file__).parent.parent.parent
SIZES, ROWS, SECONDS = (1_000, 10_000, 100_000), 100_000, 30.0
NODES = (10_000, 100_000, 1_000_000)
HISTORIES = (10_000, 3_000)
TRAILS, LEAVES = (25_000, 250_000), (10_000, 1_000_000)
HEAD = """# Measured

Written by `make weigh`; `duban bench` makes the same tables of pages on any machine. Nothing here is estimated, and
what is not here was not measured. Each part has its own date.
"""


def _pages(room: Room, chosen) -> str:
    wish = Wish(chosen.seconds, chosen.workers, chosen.threads, tuple(chosen.clients), chosen.runs)
    return table.played(room, chosen.cases, wish)


def _sheets(room: Room, chosen) -> str:
    return sheets.written(sheets.play(room, max(chosen.cases), chosen.rows))


def _time(room: Room, chosen) -> str:
    return stages.written(stages.play(room, tuple(chosen.nodes)))


def _trail(room: Room, chosen) -> str:
    return trails.written(*trails.play(room, tuple(chosen.trails), tuple(chosen.leaves)))


def _honesty(room: Room, chosen) -> str:
    return honesty.written(honesty.weigh(room, dict(zip(("sqlite", "postgresql"), chosen.histories, strict=True))))


def _logs(room: Room, chosen) -> str:
    return mining.written(mining.play(room, max(chosen.cases), python=chosen.pm4py))


PARTS = {
    "pages": ("Pages and steps", _pages),
    "sheets": ("Spreadsheets in and out", _sheets),
    "time": ("Time", _time),
    "trail": ("The trail", _trail),
    "honesty": ("Honest histories", _honesty),
    "logs": ("The trail as an event log", _logs),
}


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    told = parted(chosen.write.read_text()) if chosen.write.exists() else {}
    with (tempfile.TemporaryDirectory(prefix="duban-weigh-") as work,
          rooms.opened(Path(work), kept=chosen.keep, postgres=chosen.postgres, only=chosen.only, told=_told) as room):
        for part in chosen.parts:
            title, play = PARTS[part]
            try:
                said = play(room, chosen)
            except Stopped as stopped:
                print(stopped, file=sys.stderr)
                return 1
            told[title] = f"{_dated()}\n\n{said.strip()}\n"
            chosen.write.write_text(whole(told))
            _told(f"{title}: written to {chosen.write}.")
    return 0


def parted(text: str) -> dict[str, str]:
    """Title → what the page says of it."""
    pieces = re.split(r"^## (.+)$\n\n", text, flags=re.M)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def whole(told: dict[str, str]) -> str:
    known = [title for title, _play in PARTS.values()]
    return "\n".join([HEAD, *(f"## {title}\n\n{told[title].strip()}\n" for title in known if title in told)])


def _dated() -> str:
    at = datetime.now(UTC)
    return f"{at:%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores of {report.machine()}, {_memory()} of memory."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.weigh", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="(%(default)s)")
    parser.add_argument("--cases", nargs="+", type=int, default=SIZES, help="sizes of the ledger (%(default)s)")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the spreadsheet taken in (%(default)s)")
    parser.add_argument("--nodes", nargs=3, type=int, default=NODES, metavar=("DUE", "MOVED", "OPEN"),
                        help="time nodes: due at once, moved by a calendar, open around ten due ones (%(default)s)")
    parser.add_argument("--trails", nargs="+", type=int, default=TRAILS,
                        help="cases of the ledgers whose trail is verified (%(default)s)")
    parser.add_argument("--leaves", nargs="+", type=int, default=LEAVES,
                        help="of the tree before a thousand seals come in (%(default)s)")
    parser.add_argument("--histories", nargs=2, type=int, default=HISTORIES, metavar=("SQLITE", "POSTGRESQL"),
                        help="honest ones, none of which may be accused (%(default)s)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each run (%(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="of each page, for the median (%(default)s)")
    parser.add_argument("--clients", nargs="+", type=int, default=(1, 8), help="at once (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="web processes (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of each web process (%(default)s)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one database instead of both")
    parser.add_argument("--postgres", metavar="URL", help="a server to work on; left out, one of its own")
    parser.add_argument("--keep", type=Path, help="folder for the seeded ledgers, for the next time")
    parser.add_argument("--pm4py", metavar="PYTHON", help="a Python that has pm4py; left out, this one if it has")
    parser.add_argument("--write", type=Path, default=ROOT / "docs" / "measured.md", help="(%(default)s)")
    return parser


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (OSError, ValueError):
        return "an unknown amount"


def _told(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
