"""The bricks of a Word document, and the parcel they are sent in. The XML is written as it stands in the file: what
GB/T 9704 asks for (character grid, East-Asian faces, exact lines) is what libraries for .docx leave to XML anyway."""

import re
import zipfile
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TWIPS = 20  # in a point
EMU = 12700  # in a point
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("(\r\n|[\n\r\u2028\u2029]|\t)")


def twips(points: float) -> int:
    return round(points * TWIPS)


def legible(text: str) -> str:
    """A character that no XML file carries is written by its name instead of being lost."""
    return _NO_XML.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)


def run(text: str, properties: str = "") -> str:
    """The hint makes quotation marks, dashes and dots Chinese ones."""
    return f'<w:r><w:rPr>{_fonts(properties)}</w:rPr>{_content(text)}</w:r>' if text else ""


def face(east: str, latin: str = "") -> str:
    both = f' w:ascii="{latin}" w:hAnsi="{latin}" w:cs="{latin}"' if latin else ""
    return f'<w:rFonts w:hint="eastAsia"{both} w:eastAsia="{east}"/>'


def field(name: str) -> str:
    return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def paragraph(style: str, *runs: str, properties: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{"".join(runs)}</w:p>'


def table(widths: list[int], rows: list[str], properties: str = "") -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def row(*cells: str, properties: str = "") -> str:
    return f'<w:tr><w:trPr><w:cantSplit/>{properties}</w:trPr>{"".join(cells)}</w:tr>'


def cell(width: int, content: str, properties: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{properties}</w:tcPr>{content}</w:tc>'


def picture(relation: str, points: float, described: str) -> str:
    side = round(points * EMU)
    named = f'id="1" name="code" descr={quoteattr(legible(described))}'
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{side}" cy="{side}"/>'
        f'<wp:docPr {named}/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        f'<pic:pic><pic:nvPicPr><pic:cNvPr {named}/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
        f'<a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>'
        f'<a:off x="0" y="0"/><a:ext cx="{side}" cy="{side}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        f"</pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def part(tag: str, content: str) -> str:
    return f"{HEAD}<w:{tag} {NAMESPACES}>{content}</w:{tag}>"


def pack(target, parts: dict[str, str | bytes], *, title: str, creator: str) -> None:
    """A document of these parts of the folder word/. The same parts give the same bytes: no time is written."""
    kinds = "".join(f'<Override PartName="/word/{name}" ContentType="{_KIND}.{_kind(name)}+xml"/>'
                    for name in parts if name.endswith(".xml"))
    relations = "".join(f'<Relationship Id="{relation(name)}" Type="{_RELATION}/{_kind(name, short=True)}" '
                        f'Target="{name}"/>' for name in parts if name != "document.xml")
    files = {
        "[Content_Types].xml": _TYPES.format(kinds=kinds),
        "_rels/.rels": _ROOT,
        "docProps/core.xml": _CORE.format(title=escape(legible(title)), creator=escape(legible(creator))),
        "word/_rels/document.xml.rels": f"{HEAD}<Relationships xmlns=\"{_PACKAGE}/relationships\">{relations}"
                                        "</Relationships>",
        **{f"word/{name}": content for name, content in parts.items()},
    }
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            about = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, content)


def relation(name: str) -> str:
    return "r" + re.sub(r"\W", "", name)


def _kind(name: str, *, short: bool = False) -> str:
    """header1.xml → header"""
    kind = "image" if name.startswith("media/") else re.sub(r"\d*\.xml$", "", name)
    return "document.main" if kind == "document" and not short else kind


def _fonts(properties: str) -> str:
    return properties if properties.startswith("<w:rFonts") else f'<w:rFonts w:hint="eastAsia"/>{properties}'


def _content(text: str) -> str:
    pieces = _BREAKS.split(legible(text))
    return "".join(
        ("<w:tab/>" if piece == "\t" else "<w:br/>") if place % 2
        else f'<w:t xml:space="preserve">{escape(piece)}</w:t>'
        for place, piece in enumerate(pieces) if piece
    )


_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = (
    f'{HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "{kinds}</Types>"
)
_ROOT = (
    f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_RELATION}/officeDocument" '
    f'Target="word/document.xml"/><Relationship Id="r2" Target="docProps/core.xml" '
    f'Type="{_PACKAGE}/relationships/metadata/core-properties"/></Relationships>'
)
_CORE = (
    f'{HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator>'
    "</cp:coreProperties>"
)
