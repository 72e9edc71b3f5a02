"""Tables read in a child process that is held to limits, and written row by row."""

import csv
import io
import json
import struct
import tracemalloc
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter

from app.papers import delimited, qr, tables, xlsx
from app.papers.limits import Limits
from app.papers.tables import Gap

HERE = Path(__file__).parent / "files"
NAUGHTY = Path(__file__).parent.parent.parent.parent / "shared" / "data" / "naughty_strings" / "blns.json"
OWN_NAUGHTY = [
    "", " ", "undefined", "NULL", "无", "/", "=1+1", "+86 138", "-", "--", "@SUM(A1)", "\tTab", "\rCR", "'=x", "''=x",
    "'", "' ", "it's", "\u202eabc", "\ufeffmark", "田中さん", "表ポあA鷗ŒéＢ逍Üßªąñ丂㐀𠀀", "👩‍👩‍👧‍👦",
    "<b>alert(1)</b>", '"quoted", and; more', "_x000D_", "a\r\nb\rc\nd", "\u2028", "\x7f\x85", "0001", "1E3",
    "1,000.00", "２０２６", "  both sides  ",
]


def naughty() -> list[str]:
    """Everything that a text of ours may hold; what no XML file carries is refused long before."""
    found = json.loads(NAUGHTY.read_text()) if NAUGHTY.exists() else []
    return [text for text in [*OWN_NAUGHTY, *found] if not xlsx._NO_XML.search(text)]


@pytest.fixture
def book_of(tmp_path):
    """A workbook as somebody else would make it: give me its cells, or what to do with its sheet."""

    def made(rows=(), act=None, name="book.xlsx") -> Path:
        path = tmp_path / name
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet("台账")
        day, moment = (book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(at, column, value, moment if isinstance(value, datetime) else day)
                elif isinstance(value, str):
                    sheet.write_string(at, column, value)
                elif value is not None:
                    sheet.write(at, column, value)
        if act:
            act(book, sheet)
        book.close()
        return path

    return made


def rows_of(path, sheet: int = 0, **limits) -> list:
    with tables.read(path, limits=Limits(**limits)) as book:
        return [(row.number, row.cells) for row in book.rows(sheet)]


def test_values_come_as_what_they_are_and_texts_to_the_byte(book_of):
    text = "  \n\t　　前后都有空白\r\n第二行 \r "
    moment = datetime(2017, 10, 14, 14, 25, 14)  # noqa: DTZ001 - a spreadsheet knows no zones
    path = book_of([["头"], [text, 100026, 1.5, date(2021, 12, 31), moment, True]])
    assert rows_of(path)[1] == (2, [text, 100026.0, 1.5, date(2021, 12, 31), moment, True])


def test_empty_rows_are_left_away_and_places_are_kept(book_of):
    path = book_of([[], [None, None, "head"], [], [None, "value"]])
    assert rows_of(path) == [(2, [None, None, "head"]), (4, [None, "value"])]


def test_a_cell_merged_downwards_counts_for_each_of_its_rows(book_of):
    def act(_book, sheet):
        sheet.merge_range("A2:A4", "重点任务")
        for row in (1, 2, 3):
            sheet.write(row, 1, f"举措 {row}")

    path = book_of([["任务", "举措"]], act)
    assert [cells for _, cells in rows_of(path)[1:]] == [["重点任务", f"举措 {row}"] for row in (1, 2, 3)]


def test_a_formula_without_a_stored_value_is_named_and_one_with_a_value_reads(book_of):
    def act(_book, sheet):
        sheet.write_formula("A2", "=1+1", None, 2)
        sheet.write_formula("B2", "=A2", None, "")
        sheet.write_formula("C2", "=1/0", None, "#DIV/0!")

    assert rows_of(book_of([["a", "b", "c"]], act))[1] == (2, [2.0, Gap(), Gap("#DIV/0!")])


def test_hidden_sheets_are_named_and_not_read(book_of):
    def act(book, _sheet):
        hidden = book.add_worksheet("旧账")
        hidden.write("A1", "秘密")
        hidden.hide()

    with tables.read(book_of([["头"]], act)) as book:
        found = [(sheet.name, sheet.rows, sheet.hidden) for sheet in book.sheets]
    assert found == [("台账", 1, False), ("旧账", 0, True)]


def test_an_old_workbook_reads_alike():
    rows = rows_of(HERE / "small.xls")
    assert rows[2] == (3, ["W-1", "  前后有空白的描述\n第二行 ", datetime(2026, 3, 2, 9, 8, 7), "市住建局、市供电局"])  # noqa: DTZ001
    assert rows[3] == (4, [1002, "第二条", "2026.3.4", "zjj"])


def ods(path: Path, rows: str, manifest: str = "") -> Path:
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in
                      ("office", "table", "text"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f"<m:manifest xmlns:m='m'>{manifest}</m:manifest>")
        archive.writestr("content.xml", f'<office:document-content {spaces}><office:body><office:spreadsheet>'
                         f'<table:table table:name="T">{rows}</table:table></office:spreadsheet></office:body>'
                         '</office:document-content>')
    return path


def test_an_open_document_reads_alike_with_its_million_empty_rows(tmp_path):
    path = ods(
        tmp_path / "t.ods",
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell/><table:table-cell office:value-type="string"><text:p>a</text:p>'
        '</table:table-cell><table:table-cell table:formula="of:=1+1"/>'
        '<table:table-cell office:value-type="date" office:date-value="2021-12-31T10:11:12"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/>'
        '</table:table-row>')
    assert rows_of(path) == [(3, [None, "a", Gap(), datetime(2021, 12, 31, 10, 11, 12)])]  # noqa: DTZ001


def test_a_password_is_said_to_be_one(tmp_path):
    with pytest.raises(tables.Protected):
        tables.read(HERE / "locked.xlsx")
    with pytest.raises(tables.Protected):
        tables.read(ods(tmp_path / "t.ods", "", "<m:encryption-data/>"))


def sheet_of(path: Path, body: bytes, **more) -> Path:
    """A workbook with one sheet of these bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        package = "http://schemas.openxmlformats.org/package/2006"
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
                         f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        archive.writestr("xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="S" '
                         'sheetId="1" r:id="r1"/></sheets></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships"><Relationship '
                         f'Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
        archive.writestr("xl/worksheets/sheet1.xml", body)
    return path


HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>问题描述</t></is></c></row>'.encode()
TAIL = b"</sheetData></worksheet>"


def test_an_archive_that_unpacks_to_too_much_is_put_aside(tmp_path):
    path = sheet_of(tmp_path / "bomb.xlsx", HEAD + b" " * 20_000_000 + TAIL)
    assert path.stat().st_size < 30_000
    with pytest.raises(tables.TooLarge) as trouble:
        tables.read(path, limits=Limits(unpacked=10 << 20))
    assert trouble.value.facts == {"what": "bytes", "limit": 10}


def test_an_archive_that_lies_about_its_size_is_put_aside_too(tmp_path):
    path = sheet_of(tmp_path / "liar.xlsx", HEAD + b" " * 20_000_000 + TAIL)
    raw = path.read_bytes()
    true, said = struct.pack("<I", len(HEAD + TAIL) + 20_000_000), struct.pack("<I", 1000)
    path.write_bytes(raw.replace(true, said))
    with pytest.raises(tables.TooLarge):
        tables.read(path, limits=Limits(unpacked=10 << 20))


def test_one_cell_far_outside_costs_no_more_memory_than_allowed(tmp_path):
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(tables.TooLarge) as trouble:
        tables.read(sheet_of(tmp_path / "far.xlsx", HEAD + CELL + far + TAIL))
    assert trouble.value.facts["what"] == "memory"
    below = b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    assert rows_of(sheet_of(tmp_path / "low.xlsx", HEAD + CELL + below + TAIL)) == [(1, ["问题描述"]), (1048576, [1.0])]


def test_entities_are_not_expanded(tmp_path):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    formula = b'<row r="2"><c r="A2"><f>1</f></c></row>'
    with pytest.raises(tables.NoSpreadsheet):
        tables.read(sheet_of(tmp_path / "entities.xlsx", bomb + HEAD + CELL + formula + TAIL))


@pytest.mark.parametrize(("limits", "what"), [
    ({"rows": 2}, "rows"), ({"columns": 1}, "columns"), ({"cells": 3}, "cells"), ({"written": 60}, "bytes"),
])
def test_too_much_of_anything_is_refused_and_never_cut(book_of, limits, what):
    path = book_of([["问题编号", "问题描述"], ["1", "甲"], ["2", "乙"]])
    with pytest.raises(tables.TooLarge) as trouble:
        tables.read(path, limits=Limits(**limits))
    assert trouble.value.facts["what"] == what


def test_a_file_that_takes_too_long_is_put_aside(book_of):
    with pytest.raises(tables.TooSlow):
        tables.read(book_of([["头"]]), limits=Limits(seconds=0.001))


@pytest.mark.parametrize(("content", "error"), [
    (b"%PDF-1.7\n\x00\x01", tables.NoSpreadsheet), (b"PK\x03\x04 but not really", tables.NoSpreadsheet),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, tables.NoSpreadsheet),
    ("<html><table><tr><td>问题</td></tr></table></html>".encode(), tables.WebPage),
    (b"a,b\n\xff\xff\xff\n", tables.StrangeLetters),
])
def test_whatever_is_no_spreadsheet_is_said_to_be_none(tmp_path, content, error):
    path = tmp_path / "file.xls"
    path.write_bytes(content)
    with pytest.raises(error):
        tables.read(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_reads_in_every_usual_encoding_and_delimiter(tmp_path, encoding, delimiter):
    rows = [["标题行", "", ""], ["留言编号", "留言详情", "时间"], ["1", "第一行；a,b\r\n第二行 ", "2021.12.31"],
            ["2", "㐀𠀀", "无"]]
    path = tmp_path / "t.csv"
    with open(path, "w", encoding=encoding, newline="") as out:
        csv.writer(out, delimiter=delimiter).writerows(rows)
    assert rows_of(path) == [(1, ["标题行"]), (2, rows[1]), (3, rows[2]), (4, rows[3])]


def write(format: str, heads, rows, **more) -> bytes:
    out = io.BytesIO()
    tables.write(out, format, heads=heads, rows=rows, title="台账", **more)
    return out.getvalue()


@pytest.mark.parametrize("format", ["xlsx", "csv"])
def test_every_text_comes_back_as_it_went(tmp_path, format):
    texts = naughty()
    path = tmp_path / f"t.{format}"
    path.write_bytes(write(format, ["a", "b"], ([text, "end"] for text in texts)))
    assert [cells[0] or "" for _, cells in rows_of(path)[1:]] == texts


@pytest.mark.parametrize("hostile", ["=1+1", "+1", "-1", "@a", "\tx", "\rx", "=HYPERLINK(\"http://x\")"])
def test_nothing_is_taken_for_a_formula(tmp_path, hostile):
    (line,) = csv.reader(io.StringIO(write("csv", ["a"], [[hostile]]).decode("utf-8-sig"), newline="").readlines()[1:])
    assert line == [f"'{hostile}"] or hostile == "\rx"
    assert delimited.unquoted(delimited.quoted(hostile)) == hostile
    path = tmp_path / "t.xlsx"
    path.write_bytes(write("xlsx", ["a"], [[hostile]]))
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "<hyperlink" not in sheet


def test_a_csv_begins_with_the_mark_that_excel_looks_for():
    assert write("csv", ["头"], []).startswith(b"\xef\xbb\xbf")


def test_rows_beyond_a_sheet_go_on_on_the_next_with_the_same_heading(tmp_path):
    path = tmp_path / "t.xlsx"
    path.write_bytes(write("xlsx", ["号"], [[number] for number in range(7)], most_rows=4,
                           manifest=lambda count: [("条数", count)]))
    with tables.read(path) as book:
        sheets = {sheet.name: [row.cells for row in book.rows(at)] for at, sheet in enumerate(book.sheets)}
    assert sheets == {"台账": [["号"], [0], [1], [2]], "台账 2": [["号"], [3], [4], [5]], "台账 3": [["号"], [6]],
                      "说明": [["条数", "7"]]}


def test_what_shows_that_it_stands_in_the_trail_is_there_to_be_scanned():
    def pictures(**more) -> list[bytes]:
        made = write("xlsx", ["号"], [[1]], manifest=lambda count: [("条数", count)], **more)
        with zipfile.ZipFile(io.BytesIO(made)) as parts:
            return [parts.read(name) for name in parts.namelist() if name.startswith("xl/media/")]

    note = "city.example/trail\n12\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— city.example/trail AAAA\n"
    assert pictures(code=note) == [qr.png(note)]
    assert pictures() == []


@pytest.mark.parametrize("text", ["长" * 32_768, "😀" * 16_384])
def test_a_text_that_no_cell_holds_is_named_and_never_cut(text):
    with pytest.raises(xlsx.DoesNotFit) as cut:
        write("xlsx", ["编号", "事实"], [["1", "短"], ["2", text]])
    assert (cut.value.row, cut.value.head) == (2, "事实")
    assert len(write("csv", ["事实"], [[text]])) > 32_768


def test_days_and_moments_are_written_as_such(tmp_path):
    row = [date(2021, 12, 31), datetime(2017, 10, 14, 14, 25, 14), 12]  # noqa: DTZ001
    path = tmp_path / "t.xlsx"
    path.write_bytes(write("xlsx", ["a", "b", "c"], [row]))
    assert rows_of(path)[1][1] == row
    text = write("csv", ["a", "b", "c"], [row]).decode("utf-8-sig")
    assert text.splitlines()[1] == "2021-12-31,2017-10-14 14:25:14,12"


@pytest.mark.parametrize("format", ["xlsx", "csv"])
def test_ten_times_the_rows_take_the_same_memory(tmp_path, format):
    def peak(count: int) -> int:
        with open(tmp_path / "t", "wb") as out:
            tracemalloc.start()
            rows = ([f"{n} 号", "事实" * 50] for n in range(count))
            tables.write(out, format, heads=["a", "b"], rows=rows, title="台账")
            _now, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return most

    peak(100)
    assert peak(10_000) < 1.5 * peak(1_000) + 200_000


def test_a_long_file_is_read_row_by_row(tmp_path):
    path = tmp_path / "t.csv"
    with open(path, "w") as out:
        out.writelines(f"{n},{'事实' * 100}\n" for n in range(20_000))
    with tables.read(path) as book:
        tracemalloc.start()
        assert sum(1 for _row in book.rows(0)) == 20_000
        assert tracemalloc.get_traced_memory()[1] < path.stat().st_size / 2
        tracemalloc.stop()


def test_columns_are_called_as_a_spreadsheet_calls_them():
    assert [tables.letters(column) for column in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


def test_a_time_of_day_reads_as_one(book_of):
    def act(book, sheet):
        sheet.write_datetime(1, 0, time(14, 25), book.add_format({"num_format": "hh:mm"}))

    assert rows_of(book_of([["时间"]], act))[1] == (2, [time(14, 25)])
