"""The texts of forms: filled in from values, edited by an office, harmless whatever stands in them."""

from datetime import date

import pytest

from app.papers import forms, texts
from app.papers.words import CASE_WORDS, EACH, FIELDS, GAP, WHEN, numeral
from tests.papers.samples import CASE, OTHER, many, sample, values


@pytest.mark.parametrize("form", forms.FORMS)
def test_every_form_says_who_what_how_late_until_when_and_as_of_when(form):
    said = forms.draft(form, values(form))
    for words in ("TS-2026-0012号投诉（厂房竣工联合验收四个月未办结）", "应于2026年9月4日办结", "已逾期6个工作日",
                  "2026年9月18日17:00前", "（数据截止：2026年9月14日09:12）", "第十八条",
                  "（联系人：周敏，电话：0793-8220012）"):
        assert words in said
    assert GAP not in said and not set("{}[]#") & set(said)
    assert "。。" not in said and "；。" not in said and "；\n\n" not in said


@pytest.mark.parametrize("form", forms.FORMS)
def test_the_page_says_what_the_paper_says(form):
    paper = sample(form)
    lines = texts.lines(paper)
    said = {kind for kind, _ in lines}
    assert {"org", "number", "title", "addressee", "issuer", "date", "note", "as_of", "copy_to", "proof"} <= said
    assert ("receipt" in said) == (form in ("supervise", "summons", "listing"))
    shown = "\n".join(words for _, words in lines)
    for line in forms.draft(form, values(form)).splitlines():
        said = line.split("：", 1)[1] if line.startswith(("附件：", "抄送：", "签收回执：")) else line.strip("（）")
        assert said in shown


def test_one_case_is_told_some_are_numbered_and_many_are_listed():
    one, some = (forms.draft("urge", values("urge", cases=cases)) for cases in ([CASE], [CASE, OTHER]))
    assert "你单位主办的TS-2026-0012号" in one and "下列" not in one
    assert "下列2件事项" in some and "\n1.TS-2026-0012号" in some and some.count("；\n") == 1
    assert "\n2.DC-2026-0003号督导察访问题" in some and "已逾期6个工作日。\n依据" in some
    listed = sample("urge", said=values("urge", cases=many(9)))
    assert any("9件事项逾期未办，详见附件。" in each.text for each in listed.body)
    assert listed.attachments == ("逾期事项清单",) == tuple(annex.title for annex in listed.annexes)
    assert listed.annexes[0].rows[8] == ("9", "TS-2026-0009", CASE["title"], CASE["unit"], "2026年9月4日", "6")
    assert "数据截止：2026年9月14日09:12" in listed.annexes[0].note


def test_a_piece_in_brackets_goes_when_its_word_is_missing_and_other_words_leave_a_gap():
    known = values("supervise", cases=[CASE | {"said": ()}], copy_to="", phone=None, basis=None)
    said = forms.draft("supervise", known)
    assert "本办已于" not in said and "抄送" not in said and "（联系人：周敏）" in said
    assert f"依据{GAP}，现予督办" in said


def test_a_requirement_of_several_lines_is_several_requirements():
    said = forms.draft("supervise", values("supervise", demands="限期办结。\n\n书面说明原因\r\n"))
    assert "\n一、限期办结；\n二、书面说明原因。\n" in said


def test_nought_is_a_number_and_not_a_gap():
    assert "其中逾期0件" in forms.draft("circular", values("circular", overdue=0))


def test_the_year_stands_with_the_first_date_of_a_line_and_wherever_it_changes():
    said = forms.draft("urge", values("urge", cases=[CASE | {"due_on": date(2025, 12, 31)}]))
    assert "应于2025年12月31日办结。截至2026年9月14日09:12" in said
    assert "应于2026年9月4日办结。截至9月14日09:12" in forms.draft("urge", values("urge", cases=[CASE]))


def test_what_is_written_into_a_value_stays_inside_it():
    hostile = "{依据}[抄送]\n一、加一条\n附件：没有的\r\n签收回执：假的"
    paper = sample("supervise", said=values("supervise", cases=[CASE | {"title": hostile}]))
    assert len(paper.body) == len(sample("supervise").body) and paper.attachments == ()
    assert "{依据}[抄送]\u2028一、加一条" in paper.body[0].text
    assert paper.receipt == "请于2026年9月15日17:00前签收。签收不表示同意。"


def test_the_office_s_own_copy_wins_over_the_shipped_one(tmp_path):
    assert forms.template("urge", tmp_path) == forms.template("urge")
    edited = "# 本办改过\r\n催办函\r\n\r\n{主送}：\r\n请办{编号}号。\r\n"
    (tmp_path / "urge.txt").write_bytes(edited.encode("utf-8-sig"))
    paper = sample("urge", folder=tmp_path, said=values("urge", cases=[CASE]))
    assert (paper.title, paper.addressee) == (("催办函",), "市住房和城乡建设局：")
    assert [each.text for each in paper.body] == ["请办TS-2026-0012号。"]
    assert paper.as_of == "数据截止：2026年9月14日09:12"  # stands on every paper, whoever edited its text


@pytest.mark.parametrize(("edited", "line", "what"), [
    ("催办单\n\n{主送单位}：\n", 3, "{主送单位}"), ("催办单\n{}\n", 2, "{}"), ("催办单\n[{抄送}\n", 2, "["),
    ("催办单\n{抄送\n", 2, "{"), ("催办单\n{主送.__class__}\n", 2, "{主送.__class__}"), ("# 只有说明\n", 2, ""),
])
def test_a_mistake_in_an_edited_text_is_named_with_its_line(tmp_path, edited, line, what):
    (tmp_path / "urge.txt").write_text(edited)
    with pytest.raises(forms.BadForm) as refused:
        forms.template("urge", tmp_path)
    assert (refused.value.form, refused.value.line, refused.value.what) == ("urge", line, what)


def test_an_edited_text_that_is_no_utf_8_or_a_list_with_missing_columns_is_refused(tmp_path):
    (tmp_path / "urge.txt").write_bytes("催办单".encode("gb18030"))
    (tmp_path / "cases.txt").write_text("清单\n序号|编号\n{序号}\n")
    for form in ("urge", "cases"):
        with pytest.raises(forms.BadForm):
            forms.template(form, tmp_path)


def test_there_are_no_other_forms():
    for name in ("../base", "nothing", ""):
        with pytest.raises(KeyError):
            forms.template(name)


def test_every_shipped_form_explains_its_words_and_uses_no_others():
    for form in (*forms.FORMS, forms.LIST):
        head = [line for line in forms.template(form).splitlines() if line.startswith("#")]
        assert len(head) >= 3 and "{编号}" in "".join(head), form
    shipped = {path.stem for path in forms.SHIPPED.glob("*.txt")}
    assert shipped == {*forms.FORMS, forms.LIST}
    assert len({*FIELDS, *EACH, *WHEN}) == len(FIELDS) + len(EACH) + len(WHEN), "no word means two things"
    assert set(CASE_WORDS) <= set(FIELDS)


def test_numerals_count_as_levels_do():
    counted = [numeral(each) for each in (1, 10, 11, 20, 35, 99, 100)]
    assert counted == ["一", "十", "十一", "二十", "三十五", "九十九", "100"]
