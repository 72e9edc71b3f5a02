"""The archives that workbooks are: weighed before anybody opens them."""

import zipfile
import zlib

from app.papers.limits import Unfit

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHUNK = 1 << 18
MOST_PARTS = 4000


def weigh(path: str, most: int) -> str:
    """Refuse an archive that unpacks to too much, by what it says and by what it does; else say which kind it is."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if any(part.flag_bits & 1 for part in parts):
                raise Unfit("Protected")
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > most:
                raise Unfit("TooLarge", what="bytes", limit=most >> 20)
            _unpack(path, parts, most)
            if "content.xml" in names:
                listed = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
                if b"encryption-data" in listed:
                    raise Unfit("Protected")
                return "ods"
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError):
        raise Unfit("NoSpreadsheet") from None
    if not names & {"xl/workbook.xml", "xl/workbook.bin"}:
        raise Unfit("NoSpreadsheet")
    return "xlsx"


def look_into(path: str) -> None:
    """An .xlsx behind a password is kept in the same kind of container as an .xls."""
    needle = "EncryptedPackage".encode("utf-16-le")
    with open(path, "rb") as file:
        before = b""
        while chunk := file.read(CHUNK):
            if needle in before + chunk:
                raise Unfit("Protected")
            before = chunk[-len(needle):]


def _unpack(path: str, parts: list, most: int) -> None:
    """Count what comes out: what the parts say of their size is only what they say."""
    size = 0
    with open(path, "rb") as file:
        for part in parts:
            for piece in _pieces(file, part):
                size += piece
                if size > most:
                    raise Unfit("TooLarge", what="bytes", limit=most >> 20)


def _pieces(file, part: zipfile.ZipInfo):
    """The lengths of what one part unpacks to, a chunk at a time."""
    file.seek(part.header_offset)
    header = file.read(30)
    if len(header) < 30 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unfit("NoSpreadsheet")
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    if part.compress_type == zipfile.ZIP_STORED:
        yield part.compress_size
        return
    unpack, left = zlib.decompressobj(-15), part.compress_size
    while left > 0 and (chunk := file.read(min(CHUNK, left))):
        left -= len(chunk)
        while chunk:
            yield len(unpack.decompress(chunk, CHUNK))
            chunk = unpack.unconsumed_tail
