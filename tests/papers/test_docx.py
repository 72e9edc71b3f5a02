"""Papers as .docx: whole, the same each time, and every face, measure and place that GB/T 9704-2012 names."""

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.papers import docx, forms, paper
from tests.papers.samples import CASE, every, many, sample, values

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ROOT = Path(__file__).parents[2]
PAPERS = every()


def written(each: paper.Paper) -> bytes:
    target = io.BytesIO()
    docx.write(each, target)
    return target.getvalue()


def parts(each: paper.Paper) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written(each))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def body(each: paper.Paper) -> ElementTree.Element:
    return ElementTree.fromstring(parts(each)["word/document.xml"])


def paragraph(root: ElementTree.Element, beginning: str) -> ElementTree.Element:
    return next(each for each in root.iter(f"{W}p") if "".join(each.itertext()).startswith(beginning))


def style(each: paper.Paper, key: str) -> ElementTree.Element:
    styles = ElementTree.fromstring(parts(each)["word/styles.xml"])
    return next(found for found in styles.iter(f"{W}style") if found.get(f"{W}styleId") == key)


@pytest.mark.parametrize("name", PAPERS)
def test_every_part_is_well_formed_and_named_in_the_parcel(name):
    found = parts(PAPERS[name])
    kinds = found["[Content_Types].xml"].decode()
    for part, content in found.items():
        if part.endswith((".xml", ".rels")):
            ElementTree.fromstring(content)
        assert f'PartName="/{part}"' in kinds or part.endswith((".png", ".rels")) or part == "[Content_Types].xml"
    relations = ElementTree.fromstring(found["word/_rels/document.xml.rels"])
    targets = {each.get("Id"): f"word/{each.get('Target')}" for each in relations}
    assert set(targets.values()) <= set(found)
    named = {value for each in ElementTree.fromstring(found["word/document.xml"]).iter()
             for key, value in each.attrib.items() if key.startswith("{http") and "relationships}" in key}
    assert named <= set(targets)


# What Word wants in this order, or calls the file damaged (ECMA-376).
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl pBdr tabs kinsoku overflowPunct "
           "topLinePunct autoSpaceDE autoSpaceDN snapToGrid spacing ind jc outlineLvl rPr sectPr",
    "rPr": "rFonts color spacing w sz szCs lang",
    "sectPr": "footerReference type pgSz pgMar titlePg docGrid",
    "tblPr": "tblW tblInd tblBorders tblLayout tblCellMar",
    "settings": "zoom defaultTabStop evenAndOddHeaders characterSpacingControl compat themeFontLang",
    "style": "name basedOn qFormat pPr rPr tblPr",
}


@pytest.mark.parametrize("name", PAPERS)
def test_elements_stand_in_the_order_that_word_asks_for(name):
    for part, content in parts(PAPERS[name]).items():
        if not part.startswith("word/") or not part.endswith(".xml"):
            continue
        for element in ElementTree.fromstring(content).iter():
            order = ORDER.get(element.tag.removeprefix(W), "").split()
            stand = [child.tag.removeprefix(W) for child in element] if order else []
            assert stand == sorted(stand, key=order.index), part
            assert len(stand) == len(set(stand)) or element.tag == f"{W}sectPr", (part, stand)


@pytest.mark.parametrize("name", PAPERS)
def test_it_opens_in_a_reader_that_is_not_ours(name):
    import docx as reader

    opened = reader.Document(io.BytesIO(written(PAPERS[name])))
    first = opened.sections[0]
    sides = (first.page_width, first.page_height, first.top_margin, first.left_margin, first.right_margin,
             first.bottom_margin)
    for length, millimetres in zip(sides, (210, 297, 37, 28, 26, 35), strict=True):
        assert abs(length.mm - millimetres) < 0.1
    text = "\n".join(each.text for each in opened.paragraphs)
    assert PAPERS[name].number in text and "".join(PAPERS[name].title) in text.replace("\n", "")


@pytest.mark.parametrize("name", ["supervise", "long"])
def test_the_same_paper_gives_the_same_bytes(name):
    assert written(every()[name]) == written(PAPERS[name])


def test_the_page_holds_22_lines_of_28_characters():
    page = next(body(PAPERS["circular"]).iter(f"{W}docGrid"))
    assert 570 <= int(page.get(f"{W}linePitch")) <= 580 and 22 * int(page.get(f"{W}linePitch")) <= 225 / 25.4 * 1440
    normal = style(PAPERS["circular"], "Normal")
    line = normal.find(f".//{W}pPr/{W}spacing")
    assert (line.get(f"{W}lineRule"), line.get(f"{W}line")) == ("exact", "579")
    size, squeeze = (int(normal.find(f"{W}rPr/{W}{each}").get(f"{W}val")) for each in ("sz", "spacing"))
    assert size == 32 and 28 * (size / 2 + squeeze / 20) <= 156 / 25.4 * 72


def test_faces_are_named_for_chinese_and_have_others_to_fall_back_on():
    found = parts(PAPERS["circular"])
    styles, fonts = found["word/styles.xml"].decode(), ElementTree.fromstring(found["word/fontTable.xml"])
    others = {each.get(f"{W}name"): each.find(f"{W}altName").get(f"{W}val").split(",") for each in fonts}
    assert 'w:ascii="Times New Roman"' in styles and 'w:eastAsia="仿宋_GB2312"' in styles
    assert others["仿宋_GB2312"][:2] == ["仿宋", "FangSong"] and others["楷体_GB2312"][:2] == ["楷体", "KaiTi"]
    assert "宋体" in others["方正小标宋简体"] and "SimHei" in others["黑体"]
    title = style(PAPERS["circular"], "Title")
    assert title.find(f".//{W}rFonts").get(f"{W}eastAsia") == "方正小标宋简体"
    assert title.find(f".//{W}sz").get(f"{W}val") == "44" and title.find(f".//{W}b") is None
    assert title.find(f".//{W}jc").get(f"{W}val") == "center"


@pytest.mark.parametrize(("beginning", "face"), [("一、总体", "黑体"), ("（一）市住房", "楷体_GB2312"), ("截至", None)])
def test_levels_have_their_faces(beginning, face):
    first = paragraph(body(PAPERS["circular"]), beginning).find(f"{W}r")
    assert first.find(f"{W}rPr/{W}rFonts").get(f"{W}eastAsia") == face
    assert first.find(f"{W}rPr/{W}rFonts").get(f"{W}hint") == "eastAsia"


def test_number_red_line_and_feet_of_the_pages():
    root = body(PAPERS["circular"])
    number = paragraph(root, "澜营通〔2026〕12号")
    line = number.find(f"{W}pPr/{W}pBdr/{W}bottom")
    assert (line.get(f"{W}color"), line.get(f"{W}val")) == ("E60012", "single")
    found = parts(PAPERS["circular"])
    for part, side, chars in (("footer1.xml", "right", "rightChars"), ("footer2.xml", "left", "leftChars")):
        foot = ElementTree.fromstring(found[f"word/{part}"])
        assert "".join(foot.itertext()) == "— 1 —" and foot.find(f".//{W}fldSimple").get(f"{W}instr") == " PAGE "
        look = style(PAPERS["circular"], foot.find(f".//{W}pStyle").get(f"{W}val"))
        assert look.find(f".//{W}jc").get(f"{W}val") == side and look.find(f".//{W}ind").get(f"{W}{chars}") == "100"
        assert look.find(f".//{W}sz").get(f"{W}val") == "28"
        assert look.find(f".//{W}rFonts").get(f"{W}eastAsia") == "宋体"
    assert b"<w:evenAndOddHeaders/>" in found["word/settings.xml"]


def test_the_receipt_is_kept_in_one_piece_and_names_the_paper():
    root = body(PAPERS["supervise"])
    receipt = next(root.iter(f"{W}tbl"))
    assert "".join(receipt.itertext()).startswith("文件编号澜营督〔2026〕12号签收单位（盖章）签收人签收时间")
    assert paragraph(root, "签收回执").find(f"{W}pPr/{W}keepNext") is not None
    assert body(PAPERS["suggestion"]).find(f".//{W}tbl") is None, "a letter to a higher organ asks for no receipt"


def test_three_hundred_cases_repeat_the_heads_of_their_columns():
    rows = list(body(PAPERS["long"]).iter(f"{W}tr"))
    assert len(rows) == 301
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True] + [False] * 300
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)


def test_a_draft_has_a_gap_for_the_date_and_a_stamp_needs_room():
    drafted = replace(PAPERS["circular"], signature=paper.Signature("甲办", None))
    assert paragraph(body(drafted), "　　　　年　　月　　日") is not None
    plain = replace(PAPERS["circular"], signature=paper.Signature("甲办", date(2026, 9, 1), stamped=False))
    assert paragraph(body(plain), "甲办").find(f"{W}pPr/{W}ind").get(f"{W}rightChars") != "0"
    assert paragraph(body(plain), "2026年9月1日") is not None


@pytest.mark.parametrize("hostile", ["\x00", "\x0b", "\x1b", "\ufffe", "\uffff", "\ud800"])
def test_a_character_that_no_xml_carries_is_written_by_its_name(hostile):
    name = f"[U+{ord(hostile):04X}]"
    said = values("urge", cases=[CASE | {"title": f"甲{hostile}乙"}])
    each = replace(sample("urge", said=said, org=f"办{hostile}"), title=(f"催{hostile}办",))
    text = "".join(body(each).itertext())
    assert f"甲{name}乙" in text and f"催{name}办" in text
    assert name in parts(each)["docProps/core.xml"].decode()


def test_markup_in_a_text_is_text():
    said = values("urge", cases=[CASE | {"title": "<w:br/>&amp;\"'甲]]>"}], contact="<!--")
    text = "".join(body(sample("urge", said=said)).itertext())
    assert "<w:br/>&amp;\"'甲]]>" in text and "<!--" in text


def test_the_code_to_scan_is_a_picture_of_what_it_says():
    png = parts(PAPERS["supervise"])["word/media/code.png"]
    assert png.startswith(b"\x89PNG") and len(png) < 4000
    assert "word/media/code.png" not in parts(replace(PAPERS["supervise"], proof=None))


def test_a_bare_paper_is_a_paper():
    each = paper.Paper(org="办", title=("通知",), body=())
    assert "通知" in "".join(body(each).itertext())


def test_many_thousand_cases_are_written_at_once():
    each = sample("urge", said=values("urge", cases=many(5000)))
    assert len(list(body(each).iter(f"{W}tr"))) == 5001


def test_writing_papers_loads_no_library_before_it_is_needed():
    program = ("import sys; from app.papers import docx, forms; "
               "print({'docx', 'lxml', 'segno', 'jinja2', 'flask'} & set(sys.modules))")
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (ran.stdout.strip(), ran.stderr) == ("set()", "")


def test_every_form_has_a_sample():
    assert set(forms.FORMS) <= set(PAPERS)
