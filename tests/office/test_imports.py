"""Somebody's ledger on its way onto the books: what its columns mean, what its cells say, and what is refused."""

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import func, select

import workflows
from app.demo import cast
from app.domain import errands, mappings, people, trail
from app.domain.cases import Case, Note
from app.domain.errors import NotAllowed, Refusal, Refusals, Refused
from app.domain.ledger import Filter
from app.domain.privacy import Complainant
from app.office import cells, columns, exports, imports, intake, sheets, shipped, timewords
from app.office.rows import Fault, first_words
from app.papers import tables

SHARED = Path(__file__).parent.parent.parent.parent / "shared" / "data"
SAMPLE = SHARED / "complaints_sample" / "complaints_sample_300.xlsx"
NAUGHTY = SHARED / "naughty_strings" / "blns.json"
MESSAGES = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "一级标签", "答复意见", "答复时间"]
ROWS = [
    ["100026", "A00047862", "丁字街商户乱摆摊", "2017/10/14 14:25:14", "\n\t\t　　商户把商品摆到路中间。 \n",
     "城乡建设", "", ""],
    ["119997", "A00096769", "小区夜间噪音", "2019/9/17 19:02:08", "　　昼夜被噪音包围。\r\n第二行", "环境保护",
     "已转办。 ", "2019/9/20 9:00"],
    ["35818", "A00055421", "男职工配偶能否享受生育津贴？", "2018/11/9 14:58:05", "　　请问如何办理？　", "", "", ""],
]
LEDGER = ["序号", "问题编号", "问题来源", "来源文号/线索号", "发现(反馈)时间", "问题描述", "涉及指标", "问题类型",
          "问题等级(一般/重要/重大)", "整改措施", "牵头单位", "配合单位", "责任人", "联系电话", "整改时限", "备注"]


def write(path: Path, heads, rows, *, above=(), sheet="Sheet1") -> Path:
    if path.suffix == ".csv":
        with open(path, "w", encoding="gb18030", newline="") as out:
            csv.writer(out).writerows([*([line] for line in above), heads, *rows])
        return path
    book = xlsxwriter.Workbook(path)
    made = book.add_worksheet(sheet)
    day, moment = (book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))
    for at, line in enumerate(above):
        made.merge_range(at, 0, at, len(heads) - 1, line)
    for at, row in enumerate([heads, *rows], len(above)):
        for column, value in enumerate(row):
            if isinstance(value, date):
                made.write_datetime(at, column, value, moment if isinstance(value, datetime) else day)
            elif isinstance(value, str):
                made.write_string(at, column, value)
            elif callable(value):
                value(made, at, column)
            elif value is not None:
                made.write(at, column, value)
    book.close()
    return path


class Desk:
    """Takes files in, as the registrar would."""

    def __init__(self, office, folder: Path):
        self.office, self.folder, self.session = office, folder, office.session
        self.given = {"at": office.now, "words": str, "register": office.register}

    def plan(self, heads, rows, kind="complaint", name="t.xlsx", **more):
        above = more.pop("above", ())
        self.path = write(self.folder / name, heads, rows, above=above)
        self.book = sheets.opened(self.path)
        return sheets.settled(sheets.plan(self.book, kind, **more))

    def check(self, plan):
        return imports.check(self.book, plan, **self.given)

    def faults(self, heads, rows, kind="complaint", **more) -> list[tuple[str, str | None, str]]:
        found = self.check(self.plan(heads, rows, kind, **more))
        return [(fault.where, fault.head, fault.refusal.told()) for fault in found.faults]

    def begin(self, plan, by=people.SYSTEM):
        return imports.ask(self.session, plan, sha256="0" * 64, name="t.xlsx", by=by, at=self.office.now, checked=True)

    def put(self, errand, plan, by=people.SYSTEM, most: int | None = None) -> None:
        for number, lot in enumerate(imports.lots(self.book, plan, after=errand.progress)):
            if number == most:
                return
            imports.put(self.session, errand, lot, plan, by=by, **self.given)
        imports.finish(self.session, errand, plan, by=by, **self.given)

    def take_in(self, heads, rows, kind="complaint", by=people.SYSTEM, **more) -> list[Case]:
        plan = self.plan(heads, rows, kind, **more)
        assert not (found := self.check(plan)).faults, [fault.refusal.told() for fault in found.faults]
        self.errand = self.begin(plan, by)
        self.put(self.errand, plan, by)
        return list(self.session.scalars(select(Case).where(Case.batch_id == self.errand.id).order_by(Case.id)))

    def notes(self, case: Case) -> dict[str, str]:
        query = select(Note.label, Note.text).where(Note.case_id == case.id).order_by(Note.no)
        return dict(self.session.execute(query).all())


@pytest.fixture
def desk(office, tmp_path):
    return Desk(office, tmp_path)


# --- the sample, and files like it -----------------------------------------------------------------------------------


def test_messages_come_in_to_the_byte_and_to_the_second(desk):
    cases = desk.take_in(MESSAGES, ROWS)
    assert [(case.outside_number, case.title, case.facts) for case in cases] == [(r[0], r[2], r[4]) for r in ROWS]
    assert [case.klass for case in cases] == ["城乡建设", "环境保护", None]
    assert {case.source for case in cases} == {"12345"}
    assert cases[0].received_at == datetime(2017, 10, 14, 6, 25, 14, tzinfo=UTC)
    assert desk.notes(cases[1]) == {"留言用户": "A00096769", "答复意见": "已转办。 ", "答复时间": "2019/9/20 9:00"}


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample of 300 is kept beside the project, not in it")
def test_all_three_hundred_of_the_sample_come_in(desk, office):
    with sheets.opened(SAMPLE) as book:
        desk.book, plan = book, sheets.settled(sheets.plan(book, "complaint"))
        assert not desk.check(plan).faults
        rows = [line.row.cells for line in sheets.lines(book, plan)]
        errand = desk.begin(plan)
        desk.put(errand, plan)
    found = {case.outside_number: case for case in office.session.scalars(select(Case))}
    assert len(rows) == len(found) == 300
    for row in rows:
        case = found[row[0]]
        assert (case.title, case.facts) == (row[2], row[4])
        at = datetime.strptime(row[3], "%Y/%m/%d %H:%M:%S").replace(tzinfo=office.register.calendar.zone)
        assert case.received_at == at
    assert sum("\r" in case.facts for case in found.values()) == 13


def test_columns_may_come_in_any_order_and_unknown_ones_are_kept(desk):
    heads = ["备注一", *reversed(MESSAGES), "经办 人"]
    cases = desk.take_in(heads, [["甲", *reversed(row), "乙"] for row in ROWS])
    assert [(case.outside_number, case.facts) for case in cases] == [(row[0], row[4]) for row in ROWS]
    assert desk.notes(cases[0]) == {"备注一": "甲", "留言用户": "A00047862", "经办 人": "乙"}


def test_other_headings_and_true_dates_work_too(desk, office):
    heads = ["工单编号*", "诉求标题", "诉求内容（原文）", "受理时间", "问题类别"]
    moment = datetime(2026, 3, 2, 9, 8, 7)  # noqa: DTZ001 - a spreadsheet knows no zones
    cases = desk.take_in(heads, [["G1", "甲", "事实一", moment, "收费"], ["G2", "乙", "事实二", date(2026, 3, 3), ""],
                                 ["G3", "丙", "事实三", 46084.5, "/"]])
    local = [office.register.calendar.local(case.received_at) for case in cases]
    assert [f"{at:%Y-%m-%d %H:%M:%S}" for at in local] == [
        "2026-03-02 09:08:07", "2026-03-03 00:00:00", "2026-03-03 12:00:00"]
    assert cases[2].klass is None


def test_a_missing_column_is_named_with_the_headings_it_may_have(desk):
    with pytest.raises(Refusals) as refusal:
        desk.plan(["留言编号", "留言主题", "正文段落"], [["1", "甲", "乙"]])
    (missing,) = refusal.value.refusals
    assert "Facts" in missing.told() and "留言详情" in missing.told()


def test_title_rows_empty_rows_and_numbered_rows_are_passed_over(desk):
    rows = [["", *ROWS[0]], [None] * 9, [2, *[None] * 8], [3, *ROWS[1]], ["序号", *MESSAGES], ["", *ROWS[2]]]
    cases = desk.take_in(["序号", *MESSAGES], rows, above=["某市2026年留言汇总表", "填报单位：市营商办"])
    assert [case.outside_number for case in cases] == [row[0] for row in ROWS]


def test_a_csv_in_gb18030_comes_in_alike(desk):
    cases = desk.take_in(MESSAGES, ROWS, name="t.csv")
    assert [case.facts for case in cases] == [row[4] for row in ROWS]


def test_sheets_with_the_same_headings_are_one_ledger_and_others_are_named(desk, tmp_path):
    path = tmp_path / "several.xlsx"
    book = xlsxwriter.Workbook(path)
    for name, heads, row in (("封面", ["台账"], ["2026"]), ("一月", MESSAGES, ROWS[0]), ("二月", MESSAGES, ROWS[1]),
                             ("说明", ["字段", "含义"], ["甲", "乙"])):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, heads)
        sheet.write_row(1, 0, row)
    book.close()
    with sheets.opened(path) as desk.book:
        plan = sheets.settled(sheets.plan(desk.book, "complaint"))
        assert (plan.names, plan.left_out) == (("一月", "二月"), ("封面", "说明"))
        assert desk.check(plan).rows == 2


# --- what is refused -------------------------------------------------------------------------------------------------


def test_every_bad_cell_of_every_bad_row_is_named_and_nothing_is_written(desk, office):
    rows = [*ROWS, ["4", "", " ", "昨天", "事实", "", "", ""], ["100026", "", "甲", "", "", "", "", ""],
            ["6", "", "乙", "2026/2/30", "事实", "", "", ""], ["7", "", "丙", "2099-01-01", "事实\x0b", "", "", ""]]
    path = write(desk.folder / "bad.csv", MESSAGES, rows)
    with sheets.opened(path) as desk.book:
        found = desk.check(plan := sheets.settled(sheets.plan(desk.book, "complaint")))
    said = {fault.where: (fault.head, fault.refusal.told()) for fault in found.faults}
    assert list(said) == ["D5", "C5", "E6", "A6", "D7", "E8", "D8"]
    assert said["D5"] == ("留言时间", "“昨天” is not a date; write it as 2026-11-02 or 2026-11-02 09:30:00.")
    assert said["A6"][1] == "Number 100026 stands in row 2 already."
    assert said["D7"][1] == "There is no such day or time: 2026/2/30."
    assert "U+000B" in said["E8"][1]
    assert found.bad_rows == 4
    errand = desk.begin(plan)
    assert not imports.checked(errand, found, at=office.now)
    assert (errand.state, errand.result["bad_rows"]) == (errands.FAILED, 4)
    again = Fault.of(json.loads(json.dumps(errand.result["faults"]))[0])
    assert again.refusal.told() == found.faults[0].refusal.told()
    assert office.session.scalar(select(func.count()).select_from(Case)) == 0


def test_a_formula_without_a_value_is_named_where_its_column_is_kept(desk):
    def formula(sheet, row, column):
        sheet.write_formula(row, column, "=1+1", None, "")

    rows = [["1", "甲", "事实", formula, formula]]
    (where, head, sentence), = desk.faults(["留言编号", "留言主题", "留言详情", "一级分类", "序号"], rows)
    assert (where, head) == ("D2", "一级分类") and "without a stored value" in sentence


def test_a_number_that_the_spreadsheet_has_rounded_is_named(desk):
    (fault,) = desk.faults(["留言编号", "留言详情"], [[20240101000000001, "事实"]])
    assert fault[0] == "A2" and "rounded" in fault[2]
    assert not desk.faults(["留言编号", "留言详情"], [[13812345678, "事实"]])


@pytest.mark.parametrize(("path", "words"), [
    ("locked.xlsx", "protected by a password"), ("none.xlsx", "not a spreadsheet"), ("page.xls", "web page"),
    ("letters.csv", "neither UTF-8 nor GB18030"),
])
def test_a_file_that_cannot_be_read_says_why(tmp_path, path, words):
    files = {"none.xlsx": b"PK\x03\x04 no", "page.xls": b"<html>", "letters.csv": b"\xff\xff\xff,\n"}
    target = Path(__file__).parent.parent / "papers" / "files" / path
    if path in files:
        target = tmp_path / path
        target.write_bytes(files[path])
    with pytest.raises(Refused, match=words):
        sheets.opened(target)


def test_an_empty_file_is_said_to_be_empty(desk, tmp_path):
    (tmp_path / "t.csv").write_text("\n\n")
    with pytest.raises(Refused, match="empty"):
        sheets.plan(sheets.opened(tmp_path / "t.csv"), "complaint")


def test_rows_without_a_number_that_say_the_same_are_refused(desk):
    (fault,) = desk.faults(["留言主题", "留言详情"], [["甲", "事实"], ["甲", "事实"], ["甲", "别的事实"]])
    assert fault[2] == "This says the same as row 2 and has no number of its own."


# --- ledgers and plans -----------------------------------------------------------------------------------------------


def a_row(**given) -> list:
    usual = {"序号": 1, "问题编号": "DD-1", "问题来源": "专项监督", "发现(反馈)时间": "2026.3.4",
             "问题描述": "窗口重复要材料。经查属实。"}
    return [({**usual, **given}).get(head.partition("(一般")[0]) for head in LEDGER]


def test_a_ledger_proposes_its_units_and_dates_and_keeps_its_words(desk):
    (case,) = desk.take_in(LEDGER, [a_row(
        牵头单位="市住建局、市自规局", 配合单位="市供电局\n各有关部门", 整改时限="2026年11月底前", 问题等级="重大",
        责任人="周敏", 联系电话="0871-1234567", 备注="无")], "finding")
    assert case.proposal == {"lead": "zjj", "supports": ["zrzy", "gd"], "due_on": "2026-11-30"}
    assert (case.title, case.grade, case.source, case.outside_number) == ("窗口重复要材料", "major", "专项监督", "DD-1")
    assert desk.notes(case) == {
        "牵头单位": "市住建局、市自规局", "配合单位": "市供电局\n各有关部门", "责任人": "周敏",
        "联系电话": "0871-1234567", "整改时限": "2026年11月底前"}
    assert case.lead_id is None and desk.session.get(Complainant, case.id) is None


@pytest.mark.parametrize(("given", "cell", "words"), [
    ({"牵头单位": "市住建具"}, "K2", "did you mean “市住建局”"), ({"牵头单位": "天外单位"}, "K2", "no unit called"),
    ({"牵头单位": "市住建局", "配合单位": "市供电局，zjj"}, "L2", "as lead and as support"),
    ({"整改时限": "尽快"}, "O2", "no time word"), ({"问题等级": "特急"}, "I2", "no grade"),
    ({"发现(反馈)时间": "2026.13.1"}, "E2", "no such day"),
])
def test_units_grades_and_dates_that_are_none_are_named(desk, given, cell, words):
    (fault,) = desk.faults(LEDGER, [a_row(**given)], "finding")
    assert fault[0] == cell and words in fault[2]


def test_a_plan_gives_its_title_as_basis_and_its_year_to_words_without_one(desk):
    heads = ["序号", "重点任务", "具体举措", "牵头单位", "配合(责任)单位", "完成时限", "工作成果"]
    rows = [[1, "一窗收件全覆盖", "统一窗口；统一系统", "市住房和城乡建设局", "zrzy 市供电局", "第三季度", ""],
            [2, "报装同步验收", None, "市供电局", "各县（区）", "长期坚持", ""],
            [3, "公示收费", "张榜", "各有关部门", "", "立即", ""]]
    first, second, third = desk.take_in(heads, rows, "task", above=["澜川市2025年优化营商环境任务分工方案"])
    assert first.proposal == {"lead": "zjj", "supports": ["zrzy", "gd"], "due_on": "2025-09-30",
                              "basis": "澜川市2025年优化营商环境任务分工方案"}
    assert (second.facts, second.proposal["standing"], second.proposal["lead"]) == ("报装同步验收", True, "gd")
    assert third.proposal == {"at_once": True}
    assert desk.notes(third) == {"牵头单位": "各有关部门", "完成时限": "立即"}
    assert first.source == "任务分工方案"


def test_whom_a_column_of_responsible_units_names_is_asked_and_not_guessed(desk):
    heads, rows = ["重点任务", "责任单位"], [["甲", "市住建局、市供电局"]]
    with pytest.raises(Refusals) as refusal:
        desk.plan(heads, rows, "task")
    assert "责任单位" in refusal.value.refusals[0].told()
    (case,) = desk.take_in(heads, rows, "task", targets=["title", "lead"])
    assert case.proposal == {"lead": "zjj", "supports": ["gd"]}


def test_a_unit_that_was_succeeded_is_answered_for_by_its_heir(desk, office):
    unit = office.session.get(people.Unit, office.register.people.called("市供电局").id)
    heir = office.register.people.called("市自规局")
    unit.until, unit.successor_id = office.today, heir.id
    office.session.flush()
    office.reload()
    desk.given["register"] = office.register
    (case,) = desk.take_in(LEDGER, [a_row(牵头单位="市供电局")], "finding")
    assert case.proposal["lead"] == "zrzy"


@pytest.mark.parametrize(("words", "day"), [
    ("2021.12.31", date(2021, 12, 31)), ("2021/12/31", date(2021, 12, 31)), ("2021年12月31日", date(2021, 12, 31)),
    ("2021年12月31日前", date(2021, 12, 31)), ("2021年12月底前", date(2021, 12, 31)), ("年底前", date(2026, 12, 31)),
    ("第三季度", date(2026, 9, 30)), ("三季度末", date(2026, 9, 30)), ("2027年第一季度", date(2027, 3, 31)),
    ("十一月底前", date(2026, 11, 30)), ("2月底", date(2026, 2, 28)), ("6月中旬", date(2026, 6, 20)),
    ("明年6月底前", date(2027, 6, 30)), ("上半年", date(2026, 6, 30)), ("2027年3月至6月", date(2027, 6, 30)),
    ("10月15日前", date(2026, 10, 15)), ("30日内", date(2026, 10, 14)), ("5个工作日内", date(2026, 9, 20)),
    ("2021-12", date(2021, 12, 31)), (44561.0, date(2021, 12, 31)), (date(2021, 12, 31), date(2021, 12, 31)),
])
def test_time_words_are_read_as_plans_mean_them(office, words, day):
    assert timewords.due(words, today=office.today, calendar=office.register.calendar).on == day


def test_words_without_an_end_are_marked_and_nothing_stays_nothing(office):
    def due(words):
        return timewords.due(words, today=office.today, calendar=office.register.calendar)

    assert (due("长期坚持").standing, due("长期坚持").on) == (True, None)
    assert due("2026年12月底前，长期坚持") == timewords.Due(date(2026, 12, 31), standing=True)
    assert due("立行立改").at_once
    assert [due(words) for words in ("无", "/", " ", None)] == [None] * 4
    with pytest.raises(Refused):
        due("13月底前")


@pytest.mark.parametrize("words", [
    "2017/10/14 14:25:14", "2017-10-14T14:25:14", "2017.10.14 14:25:14", "20171014142514",
    "2017年10月14日 14时25分14秒", "2017-10-14 下午2:25:14", "2017-10-14T06:25:14Z",
])
def test_moments_are_read_to_the_second_in_local_time(office, words):
    assert cells.moment(words, office.register.calendar) == datetime(2017, 10, 14, 6, 25, 14, tzinfo=UTC)


def test_a_title_is_made_of_the_first_words():
    assert first_words("  窗口重复要材料。经查属实。") == "窗口重复要材料"
    assert first_words("很长" * 40).endswith("…") and len(first_words("很长" * 40)) == 40
    assert first_words("。") == "。"


# --- mappings --------------------------------------------------------------------------------------------------------


def test_a_mapping_reads_headings_that_nobody_knows(desk):
    said = {"流水": "outside_number", "事由": "title", "正文": "facts", "其他": "skip"}
    heads, rows = ["其他", "流水", "正文", "事由", "剩下"], [["x", "7", "事实", "题", "y"]]
    (case,) = desk.take_in(heads, rows, mapping=said, source="信箱")
    assert (case.outside_number, case.title, case.facts, case.source) == ("7", "题", "事实", "信箱")
    assert desk.notes(case) == {"剩下": "y"}
    with pytest.raises(Refused, match="正文"):
        desk.plan(["流水", "事由"], [["7", "题"]], mapping=said)


@pytest.mark.parametrize(("targets", "words"), [
    (["facts", "facts"], "both mapped"), (["facts", "nonsense"], "no field"), (["note", "note"], "No column is known"),
])
def test_a_mapping_that_cannot_be_is_refused(desk, targets, words):
    with pytest.raises(Refusals) as refusal:
        desk.plan(["甲", "乙"], [["1", "2"]], targets=targets)
    assert words in refusal.value.refusals[0].told()


@pytest.mark.parametrize(("head", "words"), [("长" * 61, "longer than 60"), ("坏\x01", "U+0001")])
def test_a_heading_that_no_note_can_bear_is_named(desk, head, words):
    with pytest.raises(Refusals) as refusal:
        desk.plan(["留言详情", head], [["事实", "x"]], name="t.csv")
    assert words in refusal.value.refusals[0].told()
    desk.plan(["留言详情", head], [["事实", "x"]], name="t.csv", targets=["facts", "skip"])


def test_the_shipped_mappings_say_what_is_known_anyway():
    for name, said in shipped.mappings().items():
        heads = [head for head in said["columns"] if head != "一级标签"]
        assert columns.suggest(heads, said["kind"]) == [said["columns"][head] for head in heads], name
    assert columns.mapped(list(shipped.mappings()["messages"]["columns"]), shipped.mappings()["messages"]["columns"],
                          "complaint")[5] == "klass"


def test_a_blank_ledger_of_each_kind_reads_back_without_a_mapping():
    for kind in imports.kinds():
        heads = shipped.blank(kind)
        targets = columns.suggest(heads, kind)
        assert not columns.faults(heads, targets, kind) and len(shipped.explained(kind, str)) == len(heads)


def test_a_kept_mapping_is_an_entry_and_is_found_by_its_source(desk, office):
    plan = desk.plan(MESSAGES, ROWS)
    registrar = office.by("registrar")
    for name in ("留言导出", "留言导出"):
        imports.save_mapping(office.session, plan, {"留言详情": "facts"}, name=name, by=registrar, **desk.given)
    assert mappings.of_source(office.session, "complaint", "12345").name == "留言导出"
    assert len(mappings.every(office.session)) == 1
    entry = office.session.scalars(trail.of(trail.OFFICE)).all()[-1]
    assert (entry.verb, trail.facts(entry)["columns"]) == ("mapping_saved", {"留言详情": "facts"})


def test_two_columns_of_one_heading_stay_two_notes(desk):
    long = "长" * 60
    (case,) = desk.take_in(["留言详情", "备注", "备注", long, long, ""], [["事实", "甲", "乙", "丙", "丁", "戊"]])
    assert desk.notes(case) == {"备注": "甲", "备注 (2)": "乙", long: "丙", long[:56] + " (2)": "丁", "[F]": "戊"}


# --- putting on the books --------------------------------------------------------------------------------------------


def test_a_second_import_adds_nothing_and_counts(desk):
    desk.take_in(MESSAGES, ROWS)
    entries = trail.head(desk.session)
    assert desk.take_in(MESSAGES, ROWS) == []
    assert desk.errand.result == {"filed": 0, "skipped": 3, "checked": True, "rows": 3}
    assert trail.head(desk.session) == entries, "what changed nothing is no entry"


def test_rows_without_numbers_are_known_again_by_what_they_say(desk):
    heads, rows = ["留言主题", "留言详情"], [["甲", "事实"], ["甲", "别的事实"]]
    assert len(desk.take_in(heads, rows)) == 2
    assert len(desk.take_in(heads, [*rows, ["乙", "事实"]])) == 1


def test_the_same_number_of_another_source_is_another_matter(desk):
    desk.take_in(MESSAGES, ROWS)
    assert len(desk.take_in(MESSAGES, ROWS, source="省平台")) == 3


def test_an_import_ends_in_one_entry_of_the_office(desk, office):
    desk.take_in(MESSAGES, ROWS, by=office.by("registrar"))
    entry = office.session.scalars(trail.of(trail.OFFICE)).all()[-1]
    assert (entry.verb, entry.actor, entry.unit) == ("imported", "registrar", "ysb")
    assert trail.facts(entry) | {"beside": {}} == {
        "batch": desk.errand.id, "kind": "complaint", "source": "12345", "rows": 3, "filed": 3, "skipped": 0,
        "sha256": "0" * 64, "beside": {}}


def test_the_machine_files_for_the_office(desk, office):
    (case, *_others) = desk.take_in(MESSAGES, ROWS)
    (entry,) = office.session.scalars(trail.of(case.number))
    assert (entry.actor, entry.unit, case.filed_by_id) == ("system", "ysb", None)


def test_whoever_may_not_file_a_kind_may_not_import_it(desk, office):
    plan = desk.plan(MESSAGES, ROWS)
    for username in ("outsider", "director", "auditor"):
        with pytest.raises(NotAllowed):
            desk.begin(plan, office.by(username))
    with pytest.raises(NotAllowed):
        intake.check(intake.Filing("complaint", "甲", "乙", "丙"), by=people.SYSTEM, at=office.now,
                     register=office.register)


def test_accountability_is_never_imported(office):
    with pytest.raises(Refused, match="one by one"):
        imports.let(people.SYSTEM, "accountability")


def test_what_was_broken_off_between_two_lots_goes_on_there_and_doubles_nothing(desk, office):
    rows = [[str(number), "", f"第 {number} 件", "2026/3/2 10:00:00", f"事实 {number}", "", "", ""]
            for number in range(2 * imports.LOT + 30)]
    plan = desk.plan(MESSAGES, rows)
    errand = desk.begin(plan)
    desk.put(errand, plan, most=1)
    assert (errand.progress, errand.result["filed"], errand.is_over) == (imports.LOT, imports.LOT, False)
    assert imports.unfinished(office.session, plan, sha256="0" * 64) is errand
    desk.put(errand, sheets.Plan.of(json.loads(json.dumps(errand.payload["plan"]))))
    assert errand.is_over and errand.result["filed"] == len(rows)
    numbers = office.session.scalars(select(Case.outside_number).order_by(Case.id)).all()
    assert numbers == [str(number) for number in range(len(rows))]
    assert imports.unfinished(office.session, plan, sha256="0" * 64) is None


# --- out, and in again -----------------------------------------------------------------------------------------------


def reading(office, username="supervisor", **wanted) -> exports.Reading:
    return exports.Reading(office.by(username), Filter(**wanted), office.register, office.now, str)


def export(office, path: Path, username="supervisor", **wanted) -> Path:
    at = reading(office, username, **wanted)
    heads = exports.heads(office.session, at)
    with open(path, "wb") as out:
        tables.write(out, path.suffix[1:], heads=heads, rows=exports.rows(office.session, at, heads), title="台账",
                     manifest=lambda count: exports.explained(exports.manifest(at, count=count, said=""), str))
    return path


def lines(path: Path) -> list[dict]:
    with tables.read(path) as book:
        heads, *rows = [row.cells for row in book.rows(0)]
    return [{head: cell for head, cell in zip(heads, row, strict=False) if cell is not None} for row in rows]


def test_a_ledger_goes_out_under_the_headings_that_ledgers_have(office, tmp_path):
    case = office.file("finding", by="registrar", klass="流程", indicator="建筑许可")
    office.assign(case, supports=["zrzy"])
    office.start(case)
    office.submit(case)
    office.step(case, "sign", "principal")
    office.step(case, "finish_part", "supporter", result="已核实")
    (waiting,) = lines(export(office, tmp_path / "t.xlsx"))
    assert waiting["完成情况"] == "已完成待验收" and "销号时间" not in waiting
    office.close(case, opinion="属实")
    (line,) = lines(export(office, tmp_path / "t.xlsx"))
    for moment in ("验收时间", "发现(反馈)时间", "登记时间", "交办时间", "整改时限"):
        assert isinstance(line.pop(moment), date)
    assert line == {
        "序号": 1, "问题编号": case.number, "问题来源": "12345", "来源文号/线索号": "LC00001", "问题描述": case.facts,
        "涉及指标": "建筑许可", "问题类型": "流程", "问题等级": "Ordinary", "整改类型": "限期整改",
        "整改目标": "窗口不再要求提交合格书", "整改措施": "修订清单；培训窗口。", "牵头单位": "市住房和城乡建设局",
        "配合单位": "市自然资源和规划局", "责任领导": "陈立诚", "责任人": "周敏", "整改进展": "措施已办。",
        "完成情况": "已销号", "验收单位": "营商环境建设办公室", "验收结论": "属实", "销号时间": office.today,
        "标题": case.title, "督办类别": "Inspection finding", "当前阶段": "Closed", "交办依据": "派单目录 3.2",
        "交办要求": "一次性列明缺项，限期办结。"}


def test_imported_columns_go_out_under_their_own_headings(desk, office, tmp_path):
    desk.take_in([*MESSAGES, "整改措施", "牵头单位", "备注"], [[*ROWS[1], "约谈物业", "市住建局、市供电局", "急"]])
    (line,) = lines(export(office, tmp_path / "t.xlsx"))
    assert (line["整改措施"], line["留言用户"], line["答复意见"]) == ("约谈物业", "A00096769", "已转办。 ")
    assert (line["牵头单位"], line["备注"]) == ("市住建局、市供电局", "急")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_what_went_out_comes_in_again_the_same(desk, office, tmp_path, suffix):
    """Every naughty text, in every text field, through a file and back; nothing of it stands there any more."""
    texts = json.loads(NAUGHTY.read_text()) if NAUGHTY.exists() else []
    texts += ["=1+1", "'=1", "无", "/", "\ttab", "\rcr", "-", "  x  "]
    texts = [text for text in texts if text and not _is_refused(text)]
    filings = [intake.Filing(
        "complaint", text[:300], text, "网上", outside_number=f"{number}{text}"[:200], klass=text[:120], place=text,
        indicator=text[:120], redacted=text, notes=(("附言", text), ("备注", text)),
    ) for number, text in enumerate(texts)]
    made = intake.put_on_books(office.session, filings, by=office.by("registrar"), **desk.given)
    path = export(office, tmp_path / f"t{suffix}")
    for case in made:
        case.source = "从前"
    office.session.flush()
    with sheets.opened(path) as desk.book:
        plan = sheets.settled(sheets.plan(desk.book, "complaint"))
        assert plan.is_ours
        assert not (found := desk.check(plan)).faults, found.faults[0]
        errand = desk.begin(plan)
        desk.put(errand, plan)
    again = {case.outside_number: case for case in office.session.scalars(
        select(Case).where(Case.batch_id == errand.id))}
    assert len(again) == len(texts)
    for filing in filings:
        case = again[filing.outside_number]
        for name in ("title", "facts", "klass", "place", "indicator", "redacted", "source", "outside_number"):
            assert getattr(case, name) == getattr(filing, name), name
        kept = desk.notes(case)
        assert (kept["附言"], kept["备注"]) == (filing.facts, filing.facts)


def _is_refused(text: str) -> bool:
    try:
        return bool(intake.faults(intake.Filing("complaint", text[:300], text, "x"), workflows.get("complaint"),
                                  at=datetime(2026, 9, 14, tzinfo=UTC)))
    except Refusal:
        return True


def test_the_unit_complained_of_takes_away_what_it_may_read_and_no_more(office, tmp_path):
    unit = office.register.people.by_code["zjj"]
    case = office.file(complained_of=unit, redacted="某企业反映验收慢。", place="某街 3 号",
                       notes=(("来电人", "张三"),), complainant={"name": "张三"})
    office.assign(case)
    (line,) = lines(export(office, tmp_path / "t.xlsx", "liaison"))
    assert line["问题描述"] == "某企业反映验收慢。"
    assert "地点" not in line and "来电人" not in line
    assert "张三" not in str(line) and "张三" not in str(lines(export(office, tmp_path / "t.csv", "liaison")))
    (full,) = lines(export(office, tmp_path / "t.xlsx", "supervisor"))
    assert (full["问题描述"], full["地点"], full["来电人"]) == (case.facts, "某街 3 号", "张三")


def test_sealed_cases_and_those_of_others_are_not_taken_away(office, tmp_path):
    office.file(sealed=True)
    other = office.file()
    office.assign(other, lead="zrzy")
    assert [line["问题编号"] for line in lines(export(office, tmp_path / "t.csv"))] == [other.number]
    assert lines(export(office, tmp_path / "t.csv", "liaison")) == []
    assert len(lines(export(office, tmp_path / "t.csv", "registrar"))) == 2, "who filed it is named on it"


def test_the_filter_of_the_ledger_is_that_of_the_export(office, tmp_path):
    office.file(title="噪音扰民")
    wanted = office.file("finding", title="收费未公示")
    assert [line["标题"] for line in lines(export(office, tmp_path / "t.csv", q="收费"))] == [wanted.title]
    assert [line["标题"] for line in lines(export(office, tmp_path / "t.csv", kind="finding"))] == [wanted.title]


def test_the_cast_knows_the_units_that_these_ledgers_name(office):
    assert {"市住建局", "市自规局", "市供电局"} <= {short for _code, _name, short, _klass in cast.UNITS}
