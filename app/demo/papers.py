"""Evidence for the demo: small PDF and Word files that open, with a few lines of Chinese text in each."""

import io
import zipfile
from xml.sax.saxutils import escape


def pdf(lines: list[str]) -> bytes:
    """One A4 page in the standard Chinese font of PDF readers, nothing embedded."""
    shown = "BT /F 13 Tf 60 770 Td 24 TL\n" + "".join(f"<{_hex(line)}> Tj T*\n" for line in lines) + "ET"
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        _FONT,
        _SHAPE,
    ]
    out, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}trailer << /Size {len(parts) + 1} /Root 1 0 R >>\n"
    return (out + end + f"startxref\n{len(out)}\n%%EOF\n").encode("ascii")


def docx(lines: list[str]) -> bytes:
    """The smallest document that Word and WPS open."""
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>' for line in lines)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        document = f'{_HEAD}<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'
        for name, text in (("[Content_Types].xml", _TYPES), ("_rels/.rels", _RELS), ("word/document.xml", document)):
            packed.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def wrapped(text: str, width: int = 34) -> list[str]:
    return [text[start : start + width] for start in range(0, len(text), width)]


def _hex(line: str) -> str:
    return line.encode("utf-16-be").hex()


_FONT = (
    "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R /DW 1000 "
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>"
)
_SHAPE = (
    "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
    "/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
)
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OPEN = "http://schemas.openxmlformats.org"
_TYPES = (
    f'{_HEAD}<Types xmlns="{_OPEN}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELS = (
    f'{_HEAD}<Relationships xmlns="{_OPEN}/package/2006/relationships"><Relationship Id="r1" '
    f'Type="{_OPEN}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
