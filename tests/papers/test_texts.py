"""From plain text to a paper: what a line is shows by how it begins; long titles are broken with care."""

import time

import pytest

from app.papers import extent, paper, texts, titles
from app.papers.paper import Paragraph


def test_a_line_is_what_it_begins_with():
    read = texts.read("通知\n\n甲局：\n正文。\n一、标题\n（一）小标题。正文\n1.条\n（1）款\n2026年9月报\n附件：1.甲\n"
                      "2.乙\n（联系人：周敏（兼），电话：1）\n（数据截止：9月14日）\n抄送：丙。\n\n签收回执：请签收。",
                      org="办")
    assert (read.title, read.addressee, read.org) == (("通知",), "甲局：", "办")
    assert [each.level for each in read.body] == [0, 1, 2, 3, 4, 0]
    assert (read.attachments, read.notes) == (("甲", "乙"), ("（联系人：周敏（兼），电话：1）",))
    assert (read.as_of, read.copy_to, read.receipt) == ("数据截止：9月14日", "丙。", "请签收。")


def test_a_text_without_a_title_is_refused():
    for empty in ("", " \n\t\u3000\n"):
        with pytest.raises(texts.NoTitle):
            texts.read(empty, org="办")


def test_only_what_is_a_heading_takes_the_face_of_its_level():
    assert Paragraph("一、总体情况", 1).runs == (("一、总体情况", 1),)
    assert Paragraph("（一）甲局。主办的一件。", 2).runs == (("（一）甲局。", 2), ("主办的一件。", 0))
    assert Paragraph("一、限期办结；", 1).runs == (("一、", 1), ("限期办结；", 0))
    assert Paragraph("1.甲。乙。", 3).runs == (("1.甲。乙。", 0),)


def test_numbers_of_papers_stand_in_hexagonal_brackets_without_noughts_in_front():
    assert paper.document_number("澜营督", 2026, 3) == "澜营督〔2026〕3号"


@pytest.mark.parametrize("title", [
    "关于2026年第三季度营商环境投诉举报逾期办理情况的通报", "关于市住房和城乡建设局有关问题的问责建议函",
    "关于2026年第三季度涉企行政执法专项整治和营商环境投诉举报事项逾期办理情况的通报",
    "关于印发《澜州市优化营商环境条例实施办法》贯彻落实情况专项督查工作方案的通知", "督" * 70, "A" * 120,
])
def test_long_titles_are_broken_in_balanced_lines(title):
    lines = titles.lines(title)
    assert "".join(lines) == title and len(lines) > 1
    widths = [extent.ems(line) for line in lines]
    assert max(widths) <= titles.LONGEST and max(widths) - min(widths) <= 6
    assert not any(line[0] in "的、，。》）" or line[-1] in "《（〔" for line in lines)


def test_words_of_the_office_and_numbers_are_not_torn():
    lines = titles.lines("关于2026年第三季度涉企行政执法专项整治和营商环境投诉举报事项逾期办理情况的通报")
    for word in ("2026年", "第三季度", "营商环境", "投诉", "行政", "执法", "情况", "通报"):
        assert any(word in line for line in lines), lines


def test_short_titles_stay_and_endless_ones_cost_no_time():
    assert titles.lines("督办通知单") == ("督办通知单",)
    started = time.perf_counter()
    assert titles.lines("督" * 5000) == ("督" * 5000,)
    titles.lines("督" * 110)
    assert time.perf_counter() - started < 1
