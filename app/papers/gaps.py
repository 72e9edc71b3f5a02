"""Cells that hold nothing for us: a formula without a stored value, a formula that ended in an error. The reader of
workbooks takes both for empty; the file itself knows."""

import zipfile
from xml.parsers import expat

from app.papers.archives import CHUNK
from app.papers.limits import Unfit

MOST_COLUMNS = 16_384


class Gaps:
    """Sheet → row → column → the error shown there, None for a formula without a value."""

    def __init__(self, path: str, format: str):
        self.path, self.format = path, format
        self.found = self._in_ods() if format == "ods" else {}

    def of(self, sheet: str) -> dict[int, dict[int, str | None]]:
        return self._in_xlsx(sheet) if self.format == "xlsx" else self.found.get(sheet, {})

    def _in_xlsx(self, sheet: str) -> dict:
        with zipfile.ZipFile(self.path) as archive:
            part = _part_of(archive, sheet)
            if part is None or not _holds(archive, part, (b"<f", b":f", b't="e"', b"t='e'")):
                return {}
            return _walk(archive, part, _XlsxCells()).gaps

    def _in_ods(self) -> dict:
        with zipfile.ZipFile(self.path) as archive:
            if not _holds(archive, "content.xml", (b"table:formula",)):
                return {}
            return _walk(archive, "content.xml", _OdsCells()).sheets


class _Visitor:
    """What is done on the way through a document; names come without their prefix."""

    def start(self, name: str, given: dict) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


class _Pairs(_Visitor):
    """The attributes of every element of one name, prefixes taken off."""

    def __init__(self, name: str):
        self.name, self.found = name, []

    def start(self, name: str, given: dict) -> None:
        if name == self.name:
            self.found.append({key.rpartition(":")[2]: value for key, value in given.items()})


class _XlsxCells(_Visitor):
    def __init__(self):
        self.gaps: dict[int, dict[int, str | None]] = {}
        self.row = self.column = -1
        self.type, self.has_formula, self.value = "", False, None

    def start(self, name: str, given: dict) -> None:
        if name == "row":
            self.row = int(given["r"]) - 1 if "r" in given else self.row + 1
            self.column = -1
        elif name == "c":
            self.column = _column(given["r"]) if "r" in given else self.column + 1
            self.type, self.has_formula, self.value = given.get("t", ""), False, None
        elif name == "f":
            self.has_formula = True
        elif name == "v":
            self.value = ""

    def text(self, text: str) -> None:
        if self.value is not None:
            self.value += text

    def end(self, name: str) -> None:
        if name != "c":
            return
        is_empty_text = self.type == "str" and self.value == ""  # a formula may well result in an empty text
        if self.type == "e":
            self._note(self.value or "#N/A")
        elif self.has_formula and not self.value and not is_empty_text:
            self._note(None)
        self.value = None

    def _note(self, error: str | None) -> None:
        if self.column < MOST_COLUMNS:
            self.gaps.setdefault(self.row, {})[self.column] = error


class _OdsCells(_Visitor):
    def __init__(self):
        self.sheets: dict[str, dict[int, dict[int, str | None]]] = {}
        self.gaps: dict = {}
        self.row = self.column = 0
        self.repeated = 1

    def start(self, name: str, given: dict) -> None:
        if name == "table":
            self.gaps = self.sheets.setdefault(given.get("table:name", ""), {})
            self.row = 0
        elif name == "table-row":
            self.column, self.repeated = 0, int(given.get("table:number-rows-repeated", 1))
        elif name in ("table-cell", "covered-table-cell"):
            if "table:formula" in given and "office:value-type" not in given and self.column < MOST_COLUMNS:
                self.gaps.setdefault(self.row, {})[self.column] = None
            self.column += int(given.get("table:number-columns-repeated", 1))

    def end(self, name: str) -> None:
        if name == "table-row":
            self.row += self.repeated


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the archive that holds the sheet of this name."""
    parts = archive.namelist()
    if "xl/workbook.xml" not in parts or "xl/_rels/workbook.xml.rels" not in parts:
        return None
    sheets = _walk(archive, "xl/workbook.xml", _Pairs("sheet")).found
    links = _walk(archive, "xl/_rels/workbook.xml.rels", _Pairs("Relationship")).found
    id = next((each.get("id") for each in sheets if each.get("name") == sheet), None)
    target = next((each["Target"] for each in links if each.get("Id") == id and "Target" in each), "")
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in parts else None


def _holds(archive: zipfile.ZipFile, part: str, needles: tuple[bytes, ...]) -> bool:
    before = b""
    with archive.open(part) as source:
        while chunk := source.read(CHUNK):
            if any(needle in before + chunk for needle in needles):
                return True
            before = chunk[-16:]
    return False


def _walk(archive: zipfile.ZipFile, part: str, visitor):
    def no_entities(*_):
        raise Unfit("NoSpreadsheet")

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = no_entities
    parser.StartElementHandler = lambda name, given: visitor.start(name.rpartition(":")[2], given)
    parser.EndElementHandler = lambda name: visitor.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = visitor.text
    with archive.open(part) as source:
        while chunk := source.read(CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    return visitor


def _column(reference: str) -> int:
    number = 0
    for letter in reference:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number - 1
