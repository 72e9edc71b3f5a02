"""Papers on paper: LibreOffice opens every one, and its pages have the measures of GB/T 9704-2012."""

import re
from itertools import pairwise

import pytest

from app.papers.forms import FORMS
from tests.papers import printed
from tests.papers.printed import MM
from tests.papers.samples import every, write_all

pytestmark = pytest.mark.xdist_group("papers")

TOP, LEFT, RIGHT, BOTTOM = 37 * MM, 28 * MM, 184 * MM, 262 * MM  # of the type area
CHARACTER = 15.75
DOCUMENTS = ("circular", "long", "grid", "leaf")
LETTERS = tuple(form for form in FORMS if form != "circular")


@pytest.fixture(scope="session")
def pdf(tmp_path_factory):
    printed.tools()
    folder = tmp_path_factory.mktemp("papers")
    write_all(folder)
    return printed.convert(folder)


def test_every_paper_opens_and_is_a4(pdf):
    assert set(pdf) == set(every())
    for pages in pdf.values():
        for page in pages:
            assert (page.width / MM, page.height / MM) == (pytest.approx(210, abs=0.2), pytest.approx(297, abs=0.2))


@pytest.mark.parametrize("name", every())
def test_no_word_of_a_paper_is_lost(pdf, name):
    whole = bare("".join(page.text for page in pdf[name]))
    paper = every()[name]
    for each in paper.body:
        for piece in re.split(r"[，。、；：]", bare(each.text)):
            assert piece[:13] in whole
    shown = (paper.number, paper.addressee, paper.copy_to, paper.as_of, paper.receipt or "", *paper.notes)
    marks = [sum(each.text.count(mark) for each in paper.body) for mark in "，。（）"]
    assert [whole.count(mark) >= count for mark, count in zip("，。（）", marks, strict=True)] == [True] * 4
    assert [words for words in shown if bare(words) not in whole] == []


def bare(text: str) -> str:
    return re.sub(r"[\s\u3000]", "", text)


def test_a_full_page_holds_22_lines_of_28_characters(pdf):
    full = [line for line in pdf["grid"][1].lines if "督" in line.text]
    assert [len(line.text) for line in full] == [28] * 22
    assert {round(line.left / MM, 1) for line in full} == {28.0}
    assert all(abs(line.right - RIGHT) < 0.6 * MM for line in full)
    pitches = [after.height - before.height for before, after in pairwise(full)]
    assert sum(pitches) / len(pitches) == pytest.approx(28.95, abs=0.05)
    assert full[0].height == pytest.approx(TOP + 14.5, abs=4) and full[-1].height == pytest.approx(BOTTOM - 14.5, abs=4)


@pytest.mark.parametrize("name", every())
def test_nothing_stands_in_the_margins(pdf, name):
    for page in pdf[name]:
        for line in page.lines:
            assert line.left > LEFT - 2 * MM and line.right < RIGHT + 2 * MM, line
            assert "—" in line.text or (page.number == 1 and line.top < TOP) or TOP - 2 < line.height < BOTTOM, line


@pytest.mark.parametrize("name", every())
def test_page_numbers_stand_7_mm_below_outside_and_not_on_the_first_page_of_a_letter(pdf, name):
    for page in pdf[name]:
        numbers = [line for line in page.lines if re.fullmatch(r"—\d+—", line.text)]
        if name in LETTERS and page.number == 1:
            assert numbers == []
            continue
        (line,) = numbers
        assert line.text == f"—{numbered(page)}—"
        assert line.height == pytest.approx(BOTTOM + 7 * MM, abs=1 * MM)
        if numbered(page) % 2:
            assert line.right == pytest.approx(RIGHT - 14, abs=2)
        else:
            assert line.left == pytest.approx(LEFT + 14, abs=2)


def numbered(page) -> int:
    """A printed file leaves out the empty back of the leaf before a colophon."""
    return page.number + (page.text.startswith("数据截止") and page.number % 2)


def test_the_head_of_a_document_stands_35_mm_down_with_a_red_line_4_mm_under_its_number(pdf):
    page = pdf["circular"][0]
    name, line = page.red
    assert name[0] == pytest.approx(37 + 35, abs=2)
    assert (line[2], line[3]) == (pytest.approx(28, abs=0.6), pytest.approx(184, abs=0.6))
    assert 0.3 <= line[1] - line[0] <= 1
    number = page.line("澜营通〔2026〕12号")
    assert number.middle == pytest.approx((LEFT + RIGHT) / 2, abs=2)
    ink = number.height / MM + 16 / MM / 2  # half a character under its middle
    assert line[0] - ink == pytest.approx(4, abs=1)


def test_a_letter_has_red_double_lines_and_its_number_at_the_right(pdf):
    page = pdf["supervise"][0]
    name, thick, thin, foot_thin, foot_thick = page.red
    assert name[0] == pytest.approx(30, abs=2)
    assert thick[0] - name[1] == pytest.approx(4, abs=2)
    for line in (thick, thin, foot_thin, foot_thick):
        assert (line[2], line[3]) == (pytest.approx(20, abs=0.6), pytest.approx(190, abs=0.6))
    assert thick[1] - thick[0] > thin[1] - thin[0] and foot_thick[1] - foot_thick[0] > foot_thin[1] - foot_thin[0]
    assert foot_thick[1] == pytest.approx(297 - 20, abs=1)
    number, urgency = page.line("澜营督〔2026〕12号"), page.line("加急")
    assert (number.right, urgency.left) == (pytest.approx(RIGHT, abs=3), pytest.approx(LEFT, abs=2))
    gap = number.height / MM - 8 / MM - thin[1]
    assert gap == pytest.approx(14 / MM, abs=1), "seven eighths of a character under the lines"
    assert thin[1] - thick[0] < 2.5


def test_the_title_is_large_in_the_middle_and_in_balanced_lines(pdf):
    page = pdf["long"][0]
    start = next(place for place, line in enumerate(page.lines) if line.text.startswith("关于"))
    title = page.lines[start:start + 3]
    assert title[-1].text.endswith("的通报")
    for line in title:
        assert line.middle == pytest.approx((LEFT + RIGHT) / 2, abs=2)
    plain = title[1]
    assert (plain.right - plain.left) / len(plain.text) == pytest.approx(22, abs=0.5)
    assert max(line.right - line.left for line in title) - min(line.right - line.left for line in title) < 66
    addressee = page.line("各县（市、区）")
    assert addressee.left == pytest.approx(LEFT, abs=1)
    assert addressee.height - title[-1].height == pytest.approx(2 * 28.95, abs=4), "one empty line under the title"


def test_paragraphs_begin_two_characters_in(pdf):
    for beginning in ("一、总体情况", "依据《澜州市"):
        assert pdf["circular"][0].line(beginning).left == pytest.approx(LEFT + 2 * CHARACTER, abs=2)


def test_the_date_ends_four_characters_before_the_margin_under_the_name(pdf):
    page = pdf["circular"][1]
    date = next(line for line in page.lines if line.text == "2026年9月14日")
    name = next(line for line in page.lines if line.text == "澜州市营商环境办公室" and line.left > 200)
    assert date.right == pytest.approx(RIGHT - 4 * CHARACTER, abs=4)
    assert name.middle == pytest.approx(date.middle, abs=8), "LibreOffice leaves gaps round digits that Word does not"
    assert date.height - name.height == pytest.approx(28.95, abs=1)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_colophon_is_the_foot_of_the_last_even_page(pdf, name):
    last = pdf[name][-1]
    assert numbered(last) % 2 == 0 and f"—{numbered(last)}—" in last.text
    assert (last.number % 2 == 1) == (name == "leaf")
    printed_on = next(line for line in last.lines if line.text.startswith("澜州市营商环境办公室") and line.left < 200)
    assert 0 < BOTTOM - printed_on.height < 25
    dated = next(line for line in last.lines if line.text.endswith("印发"))
    assert dated.right == pytest.approx(RIGHT - 14, abs=3)
    copies = last.line("抄送：") if every()[name].copy_to else printed_on
    assert copies.left == pytest.approx(LEFT + 14, abs=2)


def test_three_hundred_cases_run_over_pages_each_with_the_heads(pdf):
    listed = [page for page in pdf["long"] if "TS-2026-" in page.text and page.number > 2]
    assert len(listed) > 10
    for page in listed:
        assert "序号编号事项责任单位期限逾期天数" in bare(page.text)
    numbers = re.findall(r"TS-2026-\d{4}", "".join(page.text for page in listed))
    assert numbers == [f"TS-2026-{place:04d}" for place in range(1, 301)]
    assert "附件" in listed[0].lines[0].text and listed[0].lines[0].left == pytest.approx(LEFT, abs=1)


def test_the_receipt_stands_whole_on_one_page(pdf):
    for form in ("supervise", "summons", "listing"):
        page = next(page for page in pdf[form] if "签收回执" in page.text)
        assert "签收单位（盖章）" in page.text and "签收时间" in page.text
