"""Tables in files: .xlsx, .xls, .ods and .csv read by a child process that is held to limits on all it takes; .xlsx
and .csv written row by row.

Small files exist that never finish, or that unpack to more than a machine has: no reader of spreadsheets is let loose
in a process that has something to lose.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from app.papers import delimited, xlsx
from app.papers.limits import Limits

EXTENSIONS = (".xlsx", ".xls", ".ods", ".csv")
ROOT = str(Path(__file__).parent.parent.parent)
CHILD = f"import sys; sys.path.insert(0, {ROOT!r}); from app.papers.reader import main; main()"
BLOCK = 1 << 20
LIMITS = Limits()


class Unreadable(Exception):
    """The file is not read; `facts` fill the sentence that somebody else has for it."""

    def __init__(self, **facts):
        super().__init__(facts)
        self.facts = facts


class Protected(Unreadable):
    """It asks for a password."""


class NoSpreadsheet(Unreadable):
    """It is something else, or damaged."""


class WebPage(Unreadable):
    """A page of HTML or XML that calls itself a spreadsheet, as many systems export them."""


class StrangeLetters(Unreadable):
    """Text in neither UTF-8 nor GB18030."""


class TooLarge(Unreadable):
    """More rows, columns, cells, bytes or memory than the limits allow: `what` and `limit`."""


class TooSlow(Unreadable):
    """It did not come to an end in the time it had."""


@dataclass(frozen=True)
class Gap:
    """A cell that shows something in the office's own program and holds nothing for us: a formula without a stored
    value, or a formula that ended in an error."""

    error: str | None = None  # "#REF!"


@dataclass(frozen=True)
class Row:
    number: int  # as the spreadsheet counts, from 1
    cells: list  # text, float, bool, date, datetime, time, timedelta, Gap or None; none after the last filled one

    def cell(self, column: int):
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True)
class Sheet:
    name: str
    rows: int
    width: int  # columns of its longest row
    hidden: bool
    start: int
    end: int


class Book:
    """What was read, on disk: rows come one after another and are never all in memory."""

    def __init__(self, file, format: str, sheets: tuple[Sheet, ...]):
        self._file, self.format, self.sheets = file, format, sheets

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        self._file.close()

    def rows(self, sheet: int) -> Iterator[Row]:
        at = self.sheets[sheet]
        for line in _lines(self._file.fileno(), at.start, at.end):
            number, cells = json.loads(line, object_hook=_value)
            yield Row(number, cells)


def read(path: Path | str, *, limits: Limits = LIMITS) -> Book:
    """Every row of every visible sheet; what the file is, its content says and not its name."""
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the book closes it
    try:
        told = _told(path, out, limits)
        sheets = tuple(Sheet(**sheet) for sheet in told["sheets"])
        return Book(out, told["format"], sheets)
    except BaseException:
        out.close()
        raise


def write(target, format: str, *, heads: list[str], rows: Iterable[list], title: str = "", manifest=None,
          code: str | None = None, most_rows: int = xlsx.MOST_ROWS, widths: dict[str, int] | None = None) -> int:
    """Write a table to a file open for bytes, however long it is, in the same memory; the number of rows.

    An .xlsx goes on on further sheets past a sheet's limit and ends with a sheet of what `manifest(count)` says, pairs
    of words, and `code` to be scanned; beside a .csv whoever asked for it lays that down.
    """
    if format == "csv":
        return delimited.write(target, heads, rows)
    return xlsx.write(target, heads, rows, title=title, manifest=manifest, code=code, most_rows=most_rows,
                      widths=widths)


def letters(column: int) -> str:
    """0 → A, 26 → AA: how a spreadsheet calls its columns."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _told(path, out, limits: Limits) -> dict:
    asked = json.dumps(asdict(limits) | {"path": str(Path(path).absolute()), "out": out.fileno()})
    try:
        ran = subprocess.run(
            [sys.executable, "-I", "-c", CHILD, asked], pass_fds=(out.fileno(),), stdin=subprocess.DEVNULL,
            capture_output=True, timeout=limits.seconds, env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooSlow(limit=limits.seconds) from None
    try:
        told = json.loads(ran.stdout)
    except ValueError:
        raise _died(ran, limits) from None
    if "error" in told:
        raise _ERRORS[told["error"]](**told["facts"])
    return told


def _died(ran, limits: Limits) -> Unreadable:
    """Why a child ended without a word."""
    if ran.returncode == -24:  # SIGXCPU
        return TooSlow(limit=limits.cpu)
    if b"memory allocation" in ran.stderr or b"MemoryError" in ran.stderr or b"capacity overflow" in ran.stderr:
        return TooLarge(what="memory", limit=limits.memory >> 20)
    return NoSpreadsheet()


_ERRORS = {each.__name__: each for each in (Protected, NoSpreadsheet, WebPage, StrangeLetters, TooLarge, TooSlow)}


def _lines(descriptor: int, start: int, end: int) -> Iterator[bytes]:
    rest = b""
    while start < end:
        block = os.pread(descriptor, min(BLOCK, end - start), start)
        start += len(block)
        *whole, rest = (rest + block).split(b"\n")
        yield from whole


def _value(coded: dict):
    (kind, value), = coded.items()
    match kind:
        case "at":
            return datetime.fromisoformat(value)
        case "on":
            return date.fromisoformat(value)
        case "time":
            return time.fromisoformat(value)
        case "span":
            return timedelta(seconds=value)
        case _:
            return Gap(value)
