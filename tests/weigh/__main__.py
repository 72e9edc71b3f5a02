"""Plays every scene and writes docs/measured.md. At full size it takes hours; ARGS of `make weigh` make it smaller."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from app.bench import Stopped, table
from app.bench.running import Wish
from tests.weigh import mining, sheets, stages

ROOT = Path(__file__).parent.parent.parent
SIZES, ROWS, SECONDS = (1_000, 10_000, 100_000), 100_000, 30.0
NODES = (10_000, 100_000, 1_000_000)
HEAD = """# Measured

Written by `make weigh`; `duban bench` makes the same tables of pages on any machine. Nothing here is estimated.
This machine has %(memory)s of memory.
"""


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    wish = Wish(chosen.seconds, chosen.workers, chosen.threads, tuple(chosen.clients), chosen.runs)
    with tempfile.TemporaryDirectory(prefix="duban-weigh-") as scratch:
        kept = chosen.keep or Path(scratch) / "kept"
        room = {"kept": kept, "postgres": chosen.postgres, "only": chosen.only, "told": _told}
        try:
            pages = table.make(tuple(chosen.cases), wish, **room)
            lines = sheets.play(max(chosen.cases), chosen.rows, work=Path(scratch), **room)
            logs = mining.play(max(chosen.cases), work=Path(scratch), python=chosen.pm4py, **room)
            lasted = stages.play(tuple(chosen.nodes), work=Path(scratch), **room)
        except Stopped as stopped:
            print(stopped, file=sys.stderr)
            return 1
    parts = HEAD % {"memory": _memory()}, pages, sheets.written(lines), stages.written(lasted), mining.written(logs)
    chosen.write.write_text("\n".join(parts))
    _told(f"Written to {chosen.write}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.weigh", description=__doc__)
    parser.add_argument("--cases", nargs="+", type=int, default=SIZES, help="sizes of the ledger (%(default)s)")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the spreadsheet taken in (%(default)s)")
    parser.add_argument("--nodes", nargs=3, type=int, default=NODES, metavar=("DUE", "MOVED", "OPEN"),
                        help="time nodes: due at once, moved by a calendar, open around ten due ones (%(default)s)")
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
