"""Official papers as .docx: the elements of one paper, each in its place by GB/T 9704-2012."""

from app.papers import backmatter, extent, gbt9704, heads, qr, wordml
from app.papers.gbt9704 import CHARACTERS, LEVEL_FACES, LINE, align, indent, spacing
from app.papers.paper import LETTER, Paper, Paragraph, Signature, day
from app.papers.wordml import paragraph, run, twips

CODE = "media/code.png"


def write(paper: Paper, target) -> None:
    """The same paper gives the same bytes."""
    is_letter = paper.layout == LETTER
    parts = {
        "styles.xml": gbt9704.styles(),
        "settings.xml": gbt9704.settings(),
        "fontTable.xml": gbt9704.fonts(),
        "footer1.xml": heads.page_number("PageOdd"),
        "footer2.xml": heads.page_number("PageEven"),
    }
    if is_letter:
        parts["footer3.xml"] = heads.letter_foot()
    if paper.proof and paper.proof.code:
        parts[CODE] = qr.png(paper.proof.code)
    parts["document.xml"] = wordml.part("document", f"<w:body>{_body(paper)}{_colophon(paper)}</w:body>")
    wordml.pack(target, parts, title="".join(paper.title), creator=paper.org)


def _body(paper: Paper) -> str:
    return "".join((
        heads.opening(paper),
        _title(paper),
        paragraph("Addressee", run(paper.addressee)) if paper.addressee else "",
        *_paragraphs(paper),
        *_attachments(paper.attachments),
        *(_signature(paper.signature, goes_on=bool(paper.notes)) if paper.signature else ()),
        *_notes(paper.notes),
        backmatter.receipt(paper) if paper.receipt is not None else "",
        *(backmatter.annex(annex, _mark(place, paper)) for place, annex in enumerate(paper.annexes, 1)),
    ))


def _colophon(paper: Paper) -> str:
    """That of a document stands on an even page, the back of a leaf: if not the last one, the next."""
    colophon = backmatter.colophon(paper, relation=wordml.relation(CODE))
    section = heads.section(paper.layout == LETTER)
    if not paper.printed or extent.ends_even(paper, backmatter.height(paper)):
        return colophon + section
    turned = paragraph("Rule", properties=spacing(line=0.7) + section)
    return turned + colophon + heads.section(is_letter=False, begins="evenPage")


def _title(paper: Paper) -> str:
    """The short name of a form is set wide, but for its last character, or it would not stand in the middle."""
    title = "\n".join(paper.title)
    if paper.layout == LETTER and len(title) <= 6:
        return paragraph("Title", run(title[:-1], f'<w:spacing w:val="{twips(8)}"/>'), run(title[-1:]))
    return paragraph("Title", run(title))


def _paragraphs(paper: Paper):
    """The last one stays with the signature: no page may hold nothing but who signed."""
    for place, each in enumerate(paper.body, 1):
        ends = place == len(paper.body) and paper.signature and extent.lines(each.text) <= extent.LONG
        keeps = "<w:keepNext/>" if each.is_heading or ends else ""
        before = spacing(before=LINE) if place == 1 and not paper.addressee else ""
        outline = f'<w:outlineLvl w:val="{each.level - 1}"/>' if each.is_heading else ""
        yield paragraph("Body", *_runs(each), properties=keeps + before + outline)


def _runs(each: Paragraph) -> list[str]:
    return [run(text, wordml.face(LEVEL_FACES[level]) if level in LEVEL_FACES else "") for text, level in each.runs]


def _attachments(names: tuple[str, ...]):
    """附件说明: numbered when there are several; what wraps stands under the first character of the name."""
    for place, name in enumerate(names, 1):
        number = f"{place}. " if len(names) > 1 else ""
        text = ("附件：" if place == 1 else "") + number + name
        hanging = indent(left=5 + bool(number), hanging=3 * (place == 1) + bool(number))
        before = spacing(before=LINE) if place == 1 else ""
        yield paragraph("Attachment", run(text), properties=f"<w:keepNext/>{before}{hanging}")


def _signature(signature: Signature, *, goes_on: bool):
    """Under a seal the name stands in the middle over the date, which ends four characters before the margin; without
    one the name ends two before it and the date begins two after the name."""
    date, name = extent.ems(day(signature.on)), extent.ems(signature.issuer)
    if signature.stamped:
        middle = max(4 + date / 2, name / 2)  # from the right margin
        over = indent(left=max(0, CHARACTERS - 2 * middle)) + align("center")
        under = indent(right=middle - date / 2) + align("right")
    else:
        ends = max(2, 4 + date - name)
        over = indent(right=ends) + align("right")
        under = indent(left=max(0, CHARACTERS - ends - name + 2)) + align("left")
    before = spacing(before=(2 if signature.stamped else 1) * LINE)
    for text in filter(None, (signature.signer and f"签发人：{signature.signer}", signature.issuer)):
        yield paragraph("Signature", run(text), properties=f"<w:keepNext/>{before}{over}")
        before = ""
    keeps = "<w:keepNext/>" if goes_on else ""
    yield paragraph("Signature", run(day(signature.on)), properties=keeps + under)


def _notes(notes: tuple[str, ...]):
    for place, note in enumerate(notes, 1):
        yield paragraph("Note", run(note), properties="<w:keepNext/>" if place < len(notes) else "")


def _mark(place: int, paper: Paper) -> str:
    """As the text numbers its attachments."""
    named = [*paper.attachments]
    title = paper.annexes[place - 1].title
    place = named.index(title) + 1 if title in named else place
    return f"附件{place}" if max(len(named), len(paper.annexes)) > 1 else "附件"
