"""The red head of a paper, what stands between it and the title, and the feet of its pages."""

from app.papers import extent, gbt9704, wordml
from app.papers.gbt9704 import BOTTOM, LINE, MM, RED, SIZE3, WIDTH, drop, frame, rule, spacing
from app.papers.paper import DOCUMENT, LETTER, Paper
from app.papers.wordml import paragraph, run, twips

DOUBLE = 170 * MM  # the red double lines of a letter, wider than the type area
FOOT = 4.5  # from the upper edge of the thin one to the lower edge of the thick one


def opening(paper: Paper) -> str:
    return _document_opening(paper) if paper.layout == DOCUMENT else _letter_opening(paper)


def letter_foot() -> str:
    """Thin over thick, 20 mm above the edge; the first page of a letter bears no number."""
    left, top = (gbt9704.PAGE[0] - DOUBLE) / 2, gbt9704.PAGE[1] - 20 * MM - FOOT
    return wordml.part("ftr", _double_rule(0.75, 2.25, properties=frame(left, top, DOUBLE, FOOT)) + paragraph("Rule"))


def page_number(style: str) -> str:
    return wordml.part("ftr", paragraph(style, run("— "), wordml.field("PAGE"), run(" —")))


def section(is_letter: bool, *, begins: str = "") -> str:
    """A page number's dashes stand 7 mm under the type area. A further section takes the feet before it."""
    feet = (("default", "footer1.xml"), ("even", "footer2.xml"), ("first", "footer3.xml"))
    references = "".join(f'<w:footerReference w:type="{which}" r:id="{wordml.relation(name)}"/>'
                         for which, name in feet[: 3 if is_letter else 2])
    return gbt9704.section(first_differs=is_letter, references="" if begins else references,
                           footer=BOTTOM - 7 * MM - 7.5, begins=begins)


def _document_opening(paper: Paper) -> str:
    """The name 35 mm under the top of the type area, the number two lines below, the red line 4 mm under it."""
    height = extent.name_height(paper.org, DOCUMENT)
    above = 35 * MM - (LINE if paper.urgency else 0)
    line = f'<w:pBdr>{rule("bottom", 1.5, distance=4 * MM - (LINE - drop(SIZE3) - SIZE3), color=RED)}</w:pBdr>'
    return (
        (paragraph("Mark", run(paper.urgency)) if paper.urgency else "")
        + _name(paper.org, height, properties=spacing(before=above, line=height * 1.1))
        + paragraph("Number", run(paper.number), properties=line + spacing(before=2 * LINE))
    )


def _letter_opening(paper: Paper) -> str:
    """The name 30 mm under the edge of the page, 4 mm below it a thick line over a thin one, both in the middle of the
    page; urgency left and number right, seven eighths of a character under the lines."""
    height, left = extent.name_height(paper.org, LETTER), (gbt9704.PAGE[0] - DOUBLE) / 2
    lines = 30 * MM + height + 4 * MM
    tab = f'<w:tabs><w:tab w:val="right" w:pos="{twips(WIDTH)}"/></w:tabs>'
    urgent = run(paper.urgency, wordml.face(gbt9704.HEITI))
    return (
        _name(paper.org, height, properties=frame(left, 30 * MM, DOUBLE, height * 1.1) + spacing(line=height * 1.1))
        + _double_rule(2.25, 0.75, properties=frame(left, lines, DOUBLE, FOOT))
        + paragraph("Rule", properties=frame(left, lines + FOOT, DOUBLE, SIZE3 * 7 / 8 - drop(SIZE3)))
        + paragraph("Number", urgent, run(f"\t{paper.number}"), properties=f'{tab}<w:jc w:val="left"/>')
    )


def _name(org: str, height: float, *, properties: str) -> str:
    wide = min(100, int(WIDTH * 98 / (max(1, extent.ems(org)) * height)))
    return paragraph("Org", run(org, f'<w:w w:val="{wide}"/>{gbt9704.size(height)}'), properties=properties)


def _double_rule(upper: float, lower: float, *, properties: str) -> str:
    borders = f'<w:pBdr>{rule("top", upper, color=RED)}{rule("bottom", lower, color=RED)}</w:pBdr>'
    return paragraph("Rule", properties=properties + borders + spacing(line=1.5))
