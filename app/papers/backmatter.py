"""What stands behind the text of a paper: receipt, annexes, proof and colophon."""

from app.papers import extent, wordml
from app.papers.gbt9704 import BOTTOM, HEITI, LEFT, LINE, MM, PAGE, WIDTH, align, frame, indent, rule, spacing
from app.papers.paper import Annex, Paper, Proof, day
from app.papers.wordml import cell, paragraph, row, run, table, twips

CODE = 22 * MM  # side of the code to scan
COLOPHON_LINE, PROOF_LINE, GAP = 25, 13, 6
OUTER, INNER = 0.35 * MM, 0.25 * MM  # rules
_KEEP = "<w:keepNext/>"


def receipt(paper: Paper) -> str:
    """签收回执, under a line to cut along, kept in one piece."""
    cut = '<w:pBdr><w:top w:val="dashed" w:sz="6" w:space="8" w:color="000000"/></w:pBdr>'
    fields = (("文件编号", paper.number, "签收单位（盖章）", ""), ("签收人", "", "签收时间", "　　年　　月　　日"))
    widths = [twips(WIDTH * share) for share in (0.15, 0.3, 0.25, 0.3)]
    rows = [_row(texts, widths, height=30, keep=place < len(fields)) for place, texts in enumerate(fields, 1)]
    return (
        paragraph("Body", run("签收回执", wordml.face(HEITI)),
                  properties=_KEEP + cut + spacing(before=LINE) + indent(firstLine=0) + align("center"))
        + (paragraph("Body", run(paper.receipt), properties=_KEEP) if paper.receipt else "")
        + _ruled(widths, rows)
    )


def annex(annex: Annex, mark: str) -> str:
    """附件 in the first line of its page, its title in the third."""
    widths = [twips(WIDTH * share) for share in extent.shares(annex)]
    rows = [_row(annex.heads, widths, style="Row", face=HEITI, repeats=True),
            *(_row(texts, widths, style="Row") for texts in annex.rows)]
    note = spacing(before=6, line=16) + align("left")
    return (
        paragraph("AnnexMark", run(mark)) + paragraph("Title", run(annex.title), properties=spacing(before=LINE))
        + paragraph("Rule", properties=spacing(line=LINE / 2)) + _ruled(widths, rows)
        + (paragraph("Row", run(annex.note), properties=note) if annex.note else "")
    )


def colophon(paper: Paper, *, relation: str) -> str:
    """版记 at the foot of the last page, proof above it.

    Its lines stand in frames on the page of the paragraph after them. One table “at the foot” would do for Word;
    LibreOffice wants to hear how far from the top."""
    imprint = list(_imprint(paper))
    top = PAGE[1] - BOTTOM - sum(height for _, height in imprint)
    framed = [_proof(paper, relation, bottom=top)]
    for line, height in imprint:
        framed.append(line(frame(LEFT, top, WIDTH, height)))
        top += height
    return "".join(framed) + paragraph("Rule", properties=spacing(line=0.7))


def height(paper: Paper) -> float:
    """Of all that stands at the foot of the last page."""
    return _proof_height(paper) + GAP + sum(height for _, height in _imprint(paper))


def _proof(paper: Paper, relation: str, *, bottom: float) -> str:
    """The code, and beside it as-of time and proof in small letters, half-way up."""
    proof = paper.proof or Proof(())
    lines = [*filter(None, [paper.as_of]), *proof.lines]
    beside = CODE + 8 if proof.code else 0
    height = _proof_height(paper)
    top = bottom - height - GAP
    code = frame(LEFT, top, CODE, height) + '<w:spacing w:line="240" w:lineRule="auto"/>'
    text, before = frame(LEFT + beside, top, WIDTH - beside, height), (height - len(lines) * PROOF_LINE) / 2
    marks = [paragraph("Proof", run(line), properties=text + spacing(before=0 if place else before, line=PROOF_LINE))
             for place, line in enumerate(lines)]
    return (
        (paragraph("Proof", wordml.picture(relation, CODE, "；".join(proof.lines)), properties=code) if beside else "")
        + "".join(marks)
    )


def _proof_height(paper: Paper) -> float:
    proof = paper.proof or Proof(())
    return max((len(proof.lines) + bool(paper.as_of)) * PROOF_LINE, CODE if proof.code else 0)


def _imprint(paper: Paper):
    """抄送, 印发机关 and 印发日期: lines that want a frame, with their heights. Rules only where it names who printed:
    letters have neither."""
    if paper.printed:
        yield _rule(OUTER)
    if paper.copy_to:
        text = paper.copy_to if paper.copy_to.endswith("。") else f"{paper.copy_to}。"
        lines = extent.lines(text, width=(WIDTH / 14) - 5)
        yield _line(f"抄送：{text}", indent(14, left=4, right=1, hanging=3)), lines * COLOPHON_LINE
        if paper.printed:
            yield _rule(INNER)
    if paper.printed:
        organ, on = paper.printed
        tab = f'<w:tabs><w:tab w:val="right" w:pos="{twips(WIDTH - 14)}"/></w:tabs>'
        yield _line(f"{organ}\t{day(on)}印发", indent(14, left=1), tab), COLOPHON_LINE
        yield _rule(OUTER)


def _line(text: str, after: str, before: str = ""):
    return lambda place: paragraph("Colophon", run(text), properties=place + before + after)


def _rule(points: float):
    """A paragraph of its own, or the rule would keep to the indents of the text."""
    border = f'<w:pBdr>{rule("top", points)}</w:pBdr>'
    return lambda place: paragraph("Rule", properties=place + border + spacing(line=1)), 1 + points


def _row(texts, widths: list[int], *, style: str = "Cell", face: str = "", height: float = 24, keep: bool = False,
         repeats: bool = False) -> str:
    letters = wordml.face(face) if face else ""
    cells = [
        cell(width, paragraph(style, run(text, letters), properties=(_KEEP if keep else "") + _stand(text)),
             '<w:vAlign w:val="center"/>')
        for text, width in zip(texts, widths, strict=True)
    ]
    tall = f'<w:trHeight w:val="{twips(height)}" w:hRule="atLeast"/>{"<w:tblHeader/>" if repeats else ""}'
    return row(*cells, properties=tall)


def _stand(text: str) -> str:
    return align("left") if extent.ems(text) > 12 else ""


def _ruled(widths: list[int], rows: list[str]) -> str:
    sides = "".join(rule(side, 0.5) for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    return table(widths, rows, f"{_FULL}<w:tblBorders>{sides}</w:tblBorders>{_FIXED}")


_FULL = f'<w:tblW w:w="{twips(WIDTH)}" w:type="dxa"/>'
_FIXED = '<w:tblLayout w:type="fixed"/>'
