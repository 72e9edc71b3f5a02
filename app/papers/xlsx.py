"""Writing .xlsx: any number of rows in the same memory, texts as texts, further sheets past a sheet's limit."""

import re
import tempfile
from collections.abc import Iterable
from datetime import date, datetime
from io import BytesIO

from app.papers import qr

MOST_ROWS = 1_048_576  # of a sheet, its heading among them
MOST_CHARACTERS = 32_767  # of a cell, an emoji counting twice
NARROW = 14  # characters
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class DoesNotFit(Exception):
    """A text that no cell of this format holds: said before anything is cut."""

    def __init__(self, row: int, head: str, length: int):
        super().__init__(f"row {row}, {head}: {length}")
        self.row, self.head, self.length = row, head, length


def write(target, heads: list[str], rows: Iterable[list], *, title: str, manifest=None, code: str | None = None,
          most_rows: int = MOST_ROWS, widths: dict[str, int] | None = None) -> int:
    import xlsxwriter

    with tempfile.TemporaryDirectory(prefix="duban-") as folder:  # a file a sheet, gone whatever happens
        book = xlsxwriter.Workbook(target, {"constant_memory": True, "tmpdir": folder})
        book.use_zip64()
        sheets = _Sheets(book, heads, title, most_rows, widths or {})
        for row in rows:
            sheets.add(row)
        if manifest is not None:
            _explain(book, manifest(sheets.count), code)
        book.close()
    return sheets.count


class _Sheets:
    """The row at hand, and a new sheet with the same heading when one is full."""

    def __init__(self, book, heads: list[str], title: str, most_rows: int, widths: dict[str, int]):
        self.book, self.heads, self.title, self.most_rows, self.widths = book, heads, title, most_rows, widths
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E7EFEF"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.count = self.used = 0
        self.sheet = None
        self._begin(1)

    def add(self, row: list) -> None:
        if self.used >= self.most_rows:
            self._begin(self.count // (self.most_rows - 1) + 1)
        self.count += 1
        for column, value in enumerate(row):
            if value is not None and value != "":
                self._put(column, value)
        self.used += 1

    def _begin(self, number: int) -> None:
        name = self.title if number == 1 else f"{self.title} {number}"
        self.sheet = self.book.add_worksheet(name or None)
        self.sheet.freeze_panes(1, 0)
        for column, head in enumerate(self.heads):
            self.sheet.set_column(column, column, self.widths.get(head, NARROW))
            self.sheet.write_string(0, column, self._whole(column, head), self.bold)
        self.used = 1

    def _put(self, column: int, value) -> None:
        at = (self.used, column)
        if isinstance(value, datetime) and value.year > 1900:  # a spreadsheet's days begin there
            self.sheet.write_datetime(*at, value.replace(microsecond=0, tzinfo=None), self.moment)
        elif isinstance(value, date) and value.year > 1900:
            self.sheet.write_datetime(*at, value, self.day)
        elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**15:
            self.sheet.write_number(*at, value)
        else:
            self.sheet.write_string(*at, self._whole(column, str(value)))

    def _whole(self, column: int, text: str) -> str:
        length = len(text) + sum(character > "\uffff" for character in text)
        if length > MOST_CHARACTERS or _NO_XML.search(text):
            raise DoesNotFit(self.count, self.heads[column], length)
        return text


def _explain(book, pairs: list[tuple[str, object]], code: str | None) -> None:
    sheet = book.add_worksheet("说明")
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 80)
    for row, (label, value) in enumerate(pairs):
        sheet.write_string(row, 0, label, bold)
        sheet.write_string(row, 1, "" if value is None else str(value), wrapped)
    if code:
        picture = {"image_data": BytesIO(qr.png(code)), "description": " ".join(code.split()), "object_position": 2}
        sheet.insert_image(len(pairs) + 1, 1, "code.png", picture)
