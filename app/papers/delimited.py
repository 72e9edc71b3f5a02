"""Tables as text: .csv in UTF-8 or GB18030, however it is delimited."""

import codecs
import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice

from app.papers.archives import CHUNK
from app.papers.limits import Unfit

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes the beginning of a formula for, or skips


def read(path: str, first: bytes, out) -> None:
    is_utf16 = first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\x00" in first and not is_utf16:
        raise Unfit("NoSpreadsheet")
    if first.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<":
        raise Unfit("WebPage")
    csv.field_size_limit(1 << 24)
    with open(path, encoding="utf-16" if is_utf16 else _encoding(path), newline="") as file:
        delimiter = _delimiter(file.read(1 << 16))
        file.seek(0)
        out.begin("", hidden=False)
        try:
            for number, cells in enumerate(csv.reader(file, delimiter=delimiter), 1):
                out.add(number, [unquoted(cell) if cell else None for cell in cells])
        except csv.Error:
            raise Unfit("NoSpreadsheet") from None


def write(target, heads: list[str], rows: Iterable[list]) -> int:
    """UTF-8 with a mark at the beginning, or Excel takes it for something else."""
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=False)
    out, count = csv.writer(text), 0
    out.writerow(heads)
    for row in rows:
        out.writerow([_as_text(value) for value in row])
        count += 1
    text.flush()
    text.detach()
    return count


def quoted(cell: str) -> str:
    """With a quote before what a spreadsheet would take for a formula; text that already looks so gets one more."""
    return f"'{cell}" if cell.lstrip("'").startswith(FORMULA) else cell


def unquoted(cell: str) -> str:
    """Without the one quote that `quoted` put there."""
    return cell[1:] if cell[0] == "'" and cell.lstrip("'").startswith(FORMULA) else cell


def _as_text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return value.isoformat() if isinstance(value, date) else quoted(str(value))


def _encoding(path: str) -> str:
    """UTF-8 if all of it is; else GB18030, in which Chinese Excel and WPS write."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with open(path, "rb") as file:
                while chunk := file.read(CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", True)
            return encoding
        except UnicodeDecodeError:
            continue
    raise Unfit("StrangeLetters")


def _delimiter(sample: str) -> str:
    """The one that gives most columns to most of the first rows; a comma where none does."""
    def columns(delimiter: str) -> int:
        rows = [len(row) for row in islice(csv.reader(sample.splitlines(True), delimiter=delimiter), 12) if row]
        return max(set(rows), key=lambda count: (rows.count(count), count), default=0)

    return max((",", "\t", ";", "|"), key=columns)
