"""The sheets of an .xlsx, .xls or .ods, row by row."""

from datetime import date, datetime, time, timedelta

from app.papers.gaps import Gaps
from app.papers.limits import Unfit

_AS_THEY_ARE = {str, float, int, bool}


def read(path: str, format: str, out) -> None:
    import python_calamine

    with open(path, "rb") as file:
        try:
            book = python_calamine.load_workbook(file)
        except python_calamine.PasswordError:
            raise Unfit("Protected") from None
        gaps = Gaps(path, format)
        for place, about in enumerate(book.sheets_metadata):
            if about.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            visible = about.visible == python_calamine.SheetVisibleEnum.Visible
            out.begin(about.name, hidden=not visible)
            if visible:
                _read_sheet(book.get_sheet_by_index(place), gaps.of(about.name), out)


def _read_sheet(sheet, gaps: dict[int, dict[int, str | None]], out) -> None:
    """A cell merged downwards counts for each of its rows: that is how it reads."""
    merged = _merged_downwards(sheet)
    going: dict[int, tuple[int, object]] = {}  # column → last row, value
    empty = [None] * (sheet.start[1] if sheet.start else 0)  # iter_rows leaves away the columns before the first used
    for at, values in enumerate(sheet.iter_rows()):
        cells = empty + [value if type(value) in _AS_THEY_ARE and value != "" else _coded(value) for value in values]
        for column, error in gaps.get(at, {}).items():
            cells += [None] * (column + 1 - len(cells))
            if cells[column] is None:
                cells[column] = {"gap": error}
        for column, (bottom, value) in list(going.items()):
            if at > bottom:
                del going[column]
            elif cells[column] is None:
                cells[column] = value
        for column, bottom in merged.get(at, ()):
            if column < len(cells) and cells[column] is not None:
                going[column] = (bottom, cells[column])
        out.add(at + 1, cells)


def _merged_downwards(sheet) -> dict[int, list[tuple[int, int]]]:
    """Row → (column, last row) of the cells that reach down from it."""
    found: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or ():
        if bottom > top:
            found.setdefault(top, []).append((left, bottom))
    return found


def _coded(value):
    match value:
        case "" | None:
            return None
        case datetime():
            return {"at": value.isoformat()}
        case date():
            return {"on": value.isoformat()}
        case time():
            return {"time": value.isoformat()}
        case timedelta():
            return {"span": value.total_seconds()}
        case _:
            return str(value)
