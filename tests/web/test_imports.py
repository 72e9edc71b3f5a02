"""Ledgers coming in and going out in the browser: upload, look, put on the books, follow, take away."""

import hashlib
import io
import json
import re
import subprocess
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import xlsxwriter
from sqlalchemy import func, select

from app import jobs, worker
from app.domain import errands, trail
from app.domain.cases import Case
from app.domain.errands import Errand
from app.domain.mappings import Mapping
from app.extensions import db
from app.office import imports
from app.papers import tables
from app.web import uploads

HEADS = ["留言编号", "留言主题", "留言时间", "留言详情", "一级分类", "处室"]
ROWS = [["1", "甲", "2026/3/2 10:11:12", "　事实一\r\n第二行 ", "收费", "一处"],
        ["2", "=乙", "2026.3.3", "事实二", "无", "二处"]]
HTMX = {"HX-Request": "true"}


def file_of(heads=HEADS, rows=ROWS) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for at, row in enumerate([heads, *rows]):
        for column, value in enumerate(row):
            sheet.write_string(at, column, value)
    book.close()
    return out.getvalue()


class Browser:
    def __init__(self, client, token_of):
        self.client, self.token = client, token_of(client)

    def post(self, url: str, headers=None, **fields):
        return self.client.post(url, data={"csrf_token": self.token, **fields}, headers=headers)

    def upload(self, content: bytes, name="留言.xlsx", kind="complaint", **fields):
        return self.post("/imports", kind=kind, file=(io.BytesIO(content), name), **fields)

    def look(self, content: bytes, **more):
        """The address of the page that shows what was uploaded, and what its form would send."""
        answer = self.upload(content, **more)
        assert answer.status_code == 303, answer.text
        page = self.client.get(answer.location)
        return answer.location, page

    def fields(self, page) -> dict:
        selects = re.findall(r'<select[^>]*name="column".*?</select>', page.text, re.S)
        chosen = [re.search(r'value="([^"]*)" selected', select)[1] for select in selects]
        hidden = dict(re.findall(r'<input type="hidden" name="(kind|name)" value="([^"]*)"', page.text))
        source = re.search(r'name="source"[^>]*value="([^"]*)"', page.text)[1]
        return {**hidden, "source": source, "column": chosen}

    def order(self, content: bytes, headers=None, **more):
        address, page = self.look(content, **more)
        return self.post(urlsplit(address).path, headers=headers, **self.fields(page))


@pytest.fixture
def browser_of(client_of, token_of):
    return lambda username: Browser(client_of(username), token_of)


def work(app) -> None:
    with app.app_context():
        while jobs.one(app):
            pass
        db.session.remove()


def ask(app, query):
    with app.app_context():
        found = db.session.scalars(query).all()
        db.session.expunge_all()
        db.session.remove()
    return found


def last_entry(app, verb: str):
    query = trail.of(trail.OFFICE).where(trail.Entry.verb == verb)
    found = ask(app, query)
    return found[-1] if found else None


def test_a_ledger_comes_in_from_upload_to_the_link_that_assigns(app, browser_of):
    registrar = browser_of("registrar")
    address, page = registrar.look(file_of())
    assert parse_qs(urlsplit(address).query) == {"kind": ["complaint"], "name": ["留言.xlsx"]}
    assert 'id="imports-preview"' in page.text and "=乙" in page.text
    ordered = registrar.post(urlsplit(address).path, **registrar.fields(page))
    assert (ordered.status_code, ordered.location) == (303, "/imports/1")
    assert 'hx-trigger="every 1s"' in registrar.client.get("/imports/1").text
    work(app)
    done = registrar.client.get("/imports/1", headers=HTMX)
    assert done.text.lstrip().startswith('<div id="imports-progress"') and "hx-trigger" not in done.text
    cases = ask(app, select(Case).order_by(Case.id))
    assert [(c.outside_number, c.title, c.facts, c.klass) for c in cases] == [
        ("1", "甲", "　事实一\r\n第二行 ", "收费"), ("2", "=乙", "事实二", None)]
    assert cases[0].filed_by_id is not None
    entry = last_entry(app, "imported")
    assert (entry.actor, trail.facts(entry)["filed"]) == ("registrar", 2)
    together = browser_of("dispatcher").client.get("/imports/1").text
    assert re.findall(r'name="case" value="([^"]+)"', together) == [case.number for case in cases]


def test_the_same_without_scripts_and_with_htmx(app, browser_of):
    registrar = browser_of("registrar")
    assert registrar.order(file_of()).status_code == 303
    other = registrar.order(file_of(rows=[["9", "丙", "", "事实", "", ""]]), headers=HTMX)
    assert (other.status_code, other.headers["HX-Redirect"]) == (204, "/imports/2")


def test_a_second_file_of_the_same_rows_adds_nothing_and_says_so(app, browser_of):
    registrar = browser_of("registrar")
    registrar.order(file_of())
    work(app)
    _address, page = registrar.look(file_of())
    assert "db-alert--note" in page.text
    registrar.order(file_of())
    work(app)
    assert ask(app, select(func.count()).select_from(Case)) == [2]
    assert [e.result["skipped"] for e in ask(app, select(Errand).order_by(Errand.id))] == [0, 2]


def test_pressing_twice_orders_once(app, browser_of):
    registrar, content = browser_of("registrar"), file_of()
    first, second = registrar.order(content), registrar.order(content)
    assert first.location == second.location
    assert len(ask(app, select(Errand))) == 1


def test_bad_rows_are_all_listed_and_cannot_be_ordered(app, browser_of):
    registrar = browser_of("registrar")
    rows = [*ROWS, ["3", "丙", "昨天", "事实", "", ""], ["1", "丁", "", "", "", ""]]
    address, page = registrar.look(file_of(rows=rows))
    for cell in ("C4", "D5", "A5"):
        assert f">{cell}</td>" in page.text
    assert ">挂账</button>" not in page.text and ">Put on the books</button>" not in page.text
    forced = registrar.post(urlsplit(address).path, **registrar.fields(page))
    assert forced.status_code == 422 and ">C4</td>" in forced.text
    assert ask(app, select(Errand)) == []


def test_a_column_can_be_taken_for_something_else_and_the_choice_kept(app, browser_of):
    registrar = browser_of("registrar")
    content = file_of(["流水", "题目甲", "时间甲", "正文甲", "类", "处室"])
    address, page = registrar.look(content, source="信箱")
    assert page.status_code == 200 and 'href="#columns"' in page.text
    fields = registrar.fields(page) | {"column": ["outside_number", "title", "received_at", "facts", "klass", "skip"]}
    looked = registrar.post(urlsplit(address).path, headers=HTMX, look="1", **fields)
    assert looked.text.lstrip().startswith('<div id="imports-preview"') and "db-alert--ok" in looked.text
    assert registrar.post(urlsplit(address).path, mapping_name="信箱导出", **fields).status_code == 303
    assert [(m.name, m.source) for m in ask(app, select(Mapping))] == [("信箱导出", "信箱")]
    assert last_entry(app, "mapping_saved").actor == "registrar"
    _address, again = registrar.look(content, source="信箱")
    assert registrar.fields(again)["column"] == fields["column"] and "信箱导出" in again.text


def test_a_mapping_that_does_not_fit_says_so_and_the_file_is_read_without(browser_of):
    _address, page = browser_of("registrar").look(file_of(HEADS[:3], [row[:3] for row in ROWS]), mapping="messages")
    assert page.status_code == 422 and "留言详情" in page.text


def test_what_a_column_of_responsible_units_means_is_asked(browser_of):
    registrar = browser_of("registrar")
    address, page = registrar.look(file_of(["重点任务", "责任单位"], [["甲", "市住建局"]]), kind="task")
    assert 'value="ask" selected' in page.text and 'href="#column-1"' in page.text
    assert registrar.post(urlsplit(address).path, **registrar.fields(page)).status_code == 422


@pytest.mark.parametrize(("name", "content"), [
    ("表.xlsx", b""), ("表.pdf", b"%PDF-1.7"), ("表.xlsx", b"PK\x03\x04 none"), ("表.xls", b"<html><table>"),
    ("表.csv", b"\xff\xff\xff"), ("锁.xlsx", "locked"),
])
def test_a_file_that_cannot_be_read_is_refused_beside_its_field_and_keeps_what_was_typed(browser_of, name, content):
    if content == "locked":
        content = (Path(__file__).parent.parent / "papers" / "files" / "locked.xlsx").read_bytes()
    answer = browser_of("registrar").upload(content, name=name, source="某来源")
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text and 'value="某来源"' in answer.text


def test_no_file_and_no_kind_are_refused_too(browser_of):
    registrar = browser_of("registrar")
    assert registrar.post("/imports", kind="complaint").status_code == 422
    assert registrar.upload(file_of(), kind="accountability").status_code == 422


def test_a_bad_row_beyond_what_was_looked_at_stops_all_of_it(app, browser_of):
    rows = [[str(n), f"第 {n} 件", "", "事实", "", ""] for n in range(uploads.LOOKED_AT + 5)]
    rows[-1][2] = "昨天"
    registrar = browser_of("registrar")
    assert registrar.order(file_of(rows=rows)).status_code == 303
    work(app)
    (errand,) = ask(app, select(Errand))
    assert (errand.state, errand.result["bad_rows"], errand.result["rows"]) == (errands.FAILED, 1, len(rows))
    page = registrar.client.get(f"/imports/{errand.id}").text
    assert f">C{len(rows) + 1}</td>" in page
    assert ask(app, select(func.count()).select_from(Case)) == [0]


def test_the_worker_stops_between_two_lots_and_goes_on_there(app, browser_of):
    rows = [[str(n), f"第 {n} 件", "", f"事实 {n}", "", ""] for n in range(imports.LOT * 2 + 7)]
    browser_of("registrar").order(file_of(rows=rows))
    stopped = threading.Event()
    with app.app_context():
        db.session.connection(execution_options={"write": True})
        id = errands.claim(db.session, worker.name(), at=datetime.now(UTC))
        db.session.commit()
        jobs.carry_out(app, id, stopped, lambda _done, _total: stopped.set())
        db.session.remove()
    (errand,) = ask(app, select(Errand))
    assert (errand.progress, errand.claimed_by, errand.is_over) == (imports.LOT, None, False)
    work(app)
    (errand,) = ask(app, select(Errand))
    assert (errand.state, errand.result["filed"]) == (errands.DONE, len(rows))
    assert ask(app, select(func.count(Case.outside_number.distinct()))) == [len(rows)]
    assert ask(app, select(func.count()).select_from(Case)) == [len(rows)]


def test_two_who_import_the_same_at_once_put_it_on_the_books_once(app, browser_of):
    rows = [[str(n), f"第 {n} 件", "", f"事实 {n}", "", ""] for n in range(40)]
    registrar = browser_of("registrar")
    registrar.order(file_of(rows=rows))
    registrar.order(file_of([*HEADS, "另一列"], [[*row, "x"] for row in rows]))
    threads = [threading.Thread(target=work, args=(app,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = ask(app, select(Errand))
    assert [errand.state for errand in done] == [errands.DONE] * 2
    assert sum(errand.result["filed"] for errand in done) == sum(errand.result["skipped"] for errand in done) == 40
    assert ask(app, select(func.count()).select_from(Case)) == [40]


def test_what_a_dead_process_had_claimed_is_free_again_when_the_worker_starts(app, browser_of):
    dead = subprocess.Popen(["true"])
    dead.wait()
    browser_of("registrar").order(file_of())
    with app.app_context():
        db.session.connection(execution_options={"write": True})
        errand = db.session.scalar(select(Errand))
        host = worker.name().rpartition("-")[0]
        errand.claimed_by, errand.claimed_until = f"{host}-{dead.pid}", datetime.now(UTC) + timedelta(minutes=2)
        db.session.commit()
        assert not jobs.one(app)
        jobs.free_orphans()
        db.session.remove()
    work(app)
    assert [errand.state for errand in ask(app, select(Errand))] == [errands.DONE]


def test_an_upload_that_is_gone_is_said_to_be_gone(app, browser_of):
    browser_of("registrar").order(file_of())
    (errand,) = ask(app, select(Errand))
    (app.extensions["settings"].uploads / errand.payload["sha256"][:2] / errand.payload["sha256"][2:4] /
     errand.payload["sha256"]).unlink()
    work(app)
    (errand,) = ask(app, select(Errand))
    assert errand.state == errands.FAILED and errand.trouble


def test_each_kind_has_a_blank_ledger_that_reads_back(tmp_path, browser_of):
    client = browser_of("registrar").client
    for kind in ("complaint", "finding", "task"):
        answer = client.get(f"/imports/blank/{kind}.xlsx")
        (tmp_path / "t.xlsx").write_bytes(answer.data)
        with tables.read(tmp_path / "t.xlsx") as book:
            assert [sheet.name for sheet in book.sheets] == ["台账", "说明"]
    assert client.get("/imports/blank/accountability.xlsx").status_code == 404


@pytest.mark.parametrize("username", ["outsider", "auditor", "leader", "sysadmin"])
def test_others_get_nowhere(app, browser_of, username):
    address, _page = browser_of("registrar").look(file_of())
    browser_of("registrar").order(file_of())
    other = browser_of(username)
    assert other.client.get("/imports").status_code == 403
    assert other.upload(file_of()).status_code == 403
    assert other.client.get(address).status_code == 403
    assert other.post(urlsplit(address).path, kind="complaint").status_code == 403
    assert other.client.get("/imports/1").status_code == 403


def test_addresses_that_name_nothing_are_not_found(browser_of):
    client = browser_of("registrar").client
    for address in ("/imports/99", f"/imports/files/{'0' * 64}?kind=complaint", "/imports/files/..?kind=complaint"):
        assert client.get(address).status_code == 404


# --- out -------------------------------------------------------------------------------------------------------------


def rows_of(tmp_path, answer) -> list[dict]:
    (tmp_path / "t").write_bytes(answer.data)
    with tables.read(tmp_path / "t") as book:
        heads, *rows = [row.cells for row in book.rows(0)]
    return [dict(zip(heads, row, strict=False)) for row in rows]


@pytest.mark.parametrize(("format", "type"), [
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), ("csv", "text/csv; charset=utf-8"),
])
def test_the_ledger_is_taken_away_with_its_filter_and_that_is_an_entry(app, web_office, browser_of, tmp_path, format,
                                                                       type):
    web_office.file(title="噪音扰民", facts="=1+1")
    web_office.file("finding", title="收费未公示")
    web_office.session.commit()
    answer = browser_of("supervisor").post("/exports", query="kind=complaint", format=format)
    assert (answer.status_code, answer.content_type) == (200, type)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=ledger-")
    (row,) = rows_of(tmp_path, answer)
    assert (row["标题"], row["问题描述"]) == ("噪音扰民", "=1+1")
    entry = last_entry(app, "exported")
    said = trail.facts(entry)
    assert (entry.actor, said["format"], said["rows"], said["filter"]) == ("supervisor", format, 1, "kind=complaint")
    assert said["sha256"] == hashlib.sha256(answer.data).hexdigest()


def test_the_sheet_beside_it_says_who_took_what_when(web_office, browser_of):
    web_office.file(title="噪音扰民")
    web_office.session.commit()
    answer = browser_of("supervisor").post("/exports", query="q=噪音", format="xlsx")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        explained = archive.read("xl/worksheets/sheet2.xml").decode()
    for said in ("李卫东 (supervisor)", "q=%E5%99%AA", "duban-ledger/1"):
        assert said in explained


def test_words_that_were_looked_for_stay_out_of_the_entry(app, browser_of):
    browser_of("supervisor").post("/exports", query="q=张三", format="csv")
    assert "张三" not in json.dumps(trail.facts(last_entry(app, "exported")), ensure_ascii=False)


def test_a_unit_takes_away_its_own_and_the_outsider_nothing(web_office, browser_of, tmp_path):
    case = web_office.file()
    web_office.assign(case)
    web_office.file(sealed=True)
    number = case.number
    web_office.session.commit()
    own = rows_of(tmp_path, browser_of("liaison").post("/exports", format="csv"))
    assert [row["问题编号"] for row in own] == [number]
    assert rows_of(tmp_path, browser_of("outsider").post("/exports", format="csv")) == []
    assert browser_of("sysadmin").post("/exports", format="csv").status_code == 403


def test_a_text_too_long_for_a_cell_is_refused_and_leaves_no_entry(app, web_office, browser_of):
    web_office.file(facts="😀" * 18_000)
    web_office.session.commit()
    supervisor = browser_of("supervisor")
    assert supervisor.post("/exports", format="xlsx").status_code == 422
    assert last_entry(app, "exported") is None
    assert supervisor.post("/exports", format="csv").status_code == 200
    assert supervisor.post("/exports", format="pdf").status_code == 422
