"""Evidence: kept by its content, and refused where it is not what it says."""

import hashlib
import io
import os
import stat
import zipfile

import pytest

from app.domain import files
from app.domain.errors import Refused
from app.domain.files import Shelf

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 20
EXE = b"MZ\x90\0\x03\0\0\0" + b"\0" * 60
ELF = b"\x7fELF\x02\x01\x01" + b"\0" * 60
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            # an entry of its own, else the hour of the run would be in the tests' names
            archive.writestr(zipfile.ZipInfo(name.replace("__", "/").replace("_dot_", ".")), content)
    return out.getvalue()


DOCX = zipped(**{"[Content_Types]_dot_xml": b"<Types/>", "word__document_dot_xml": b"<w/>"})
XLSX = zipped(**{"[Content_Types]_dot_xml": b"<Types/>", "xl__workbook_dot_xml": b"<w/>"})


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "files")


def contents(shelf) -> list[str]:
    return sorted(path.name for path in shelf.folder.rglob("*") if path.is_file())


def test_a_content_is_kept_under_its_own_hash_and_read_back_to_the_byte(shelf):
    kept = shelf.keep([PDF[:10], PDF[10:]], "裁决书.pdf")
    assert (kept.sha256, kept.size, kept.name) == (hashlib.sha256(PDF).hexdigest(), len(PDF), "裁决书.pdf")
    assert kept.type == "application/pdf"
    assert b"".join(shelf.read(kept.sha256)) == PDF
    assert shelf.holds(kept.sha256) and shelf.is_whole(kept.sha256)
    assert contents(shelf) == [kept.sha256]


def test_the_same_content_twice_is_one_file(shelf):
    assert shelf.keep([PDF], "a.pdf").sha256 == shelf.keep([PDF], "b.pdf").sha256
    assert len(contents(shelf)) == 1


def test_a_kept_file_is_not_for_writing_and_not_for_everybody(shelf):
    mode = os.stat(shelf.path(shelf.keep([PDF], "a.pdf").sha256)).st_mode
    assert not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH | stat.S_IROTH | stat.S_IXUSR)


def test_what_was_altered_on_the_disk_is_noticed(shelf):
    kept = shelf.keep([PDF], "a.pdf")
    path = shelf.path(kept.sha256)
    os.chmod(path, 0o600)
    path.write_bytes(PDF + b" ")
    assert not shelf.is_whole(kept.sha256)


@pytest.mark.parametrize(("name", "content", "type"), [
    ("a.pdf", PDF, "application/pdf"), ("A.PDF", PDF, "application/pdf"), ("a.png", PNG, "image/png"),
    ("a.jpg", JPEG, "image/jpeg"), ("a.jpeg", JPEG, "image/jpeg"), ("a.txt", "情况说明".encode(), "text/plain"),
    ("a.csv", "编号,标题".encode("gb18030"), "text/plain"), ("a.txt", b"plain", "text/plain"),
    ("a.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("a.xlsx", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("a.zip", zipped(a=b"x"), "application/zip"), ("a.ofd", zipped(OFD_dot_xml=b"<x/>"), "application/ofd"),
    ("a.doc", OLE, "application/x-ole-storage"), ("a.wps", OLE, "application/x-ole-storage"),
])
def test_the_kinds_that_are_evidence_are_accepted(shelf, name, content, type):
    assert shelf.keep([content], name).type == type


DISGUISED = {
    "a program called a document": (EXE, "裁决书.pdf"),
    "a program of another system": (ELF, "a.txt"),
    "a program by its own name": (EXE, "a.exe"),
    "a page called a text": (HTML, "a.txt"),
    "a page by its own name": (HTML, "a.html"),
    "a page with white space before it": (b"  \r\n\t" + HTML, "a.txt"),
    "a page with a byte order mark": (b"\xef\xbb\xbf" + HTML, "a.txt"),
    "a drawing that runs": (SVG, "a.svg"),
    "a drawing called a picture": (SVG, "a.png"),
    "a picture called a document": (PNG, "a.pdf"),
    "a document called a picture": (PDF, "a.png"),
    "a workbook called a letter": (XLSX, "a.docx"),
    "an archive called a picture": (zipped(a=b"x"), "a.jpg"),
    "a text called a document": (b"hello", "a.pdf"),
    "a script": (b"#!/bin/sh\nrm -rf /\n", "a.sh"),
    "a document without a name": (PDF, ""),
    "a document without an ending": (PDF, "裁决书"),
    "a hidden ending": (PDF, "a.pdf.exe"),
    "nothing but zeros": (b"\0" * 100, "a.txt"),
}


@pytest.mark.parametrize(("content", "name"), DISGUISED.values(), ids=DISGUISED.keys())
def test_it_refuses(shelf, content, name):
    with pytest.raises(Refused) as refusal:
        shelf.keep([content], name)
    assert refusal.value.field == "file"
    assert contents(shelf) == []


def test_a_disguise_is_named_in_the_sentence(shelf):
    with pytest.raises(Refused, match=r"called 裁决书\.pdf, but its content is image/png"):
        shelf.keep([PNG], "裁决书.pdf")


@pytest.mark.parametrize("chunks", [[], [b""], [b"", b""]])
def test_an_empty_file_is_refused(shelf, chunks):
    with pytest.raises(Refused, match="empty"):
        shelf.keep(chunks, "a.pdf")
    assert contents(shelf) == []


def test_a_file_that_is_too_large_is_refused_without_reading_the_rest(shelf):
    read = []

    def endless():
        while True:
            read.append(1)
            yield PDF + b" " * 1024 * 1024

    with pytest.raises(Refused, match="larger than 3 MB"):
        shelf.keep(endless(), "a.pdf", largest=3 * 1024 * 1024)
    assert len(read) == 3 and contents(shelf) == []


def test_a_file_of_exactly_the_largest_size_is_kept(shelf):
    assert shelf.keep([PDF + b" " * (1000 - len(PDF))], "a.pdf", largest=1000).size == 1000
    with pytest.raises(Refused):
        shelf.keep([PDF + b" " * (1001 - len(PDF))], "a.pdf", largest=1000)


def test_a_broken_upload_leaves_nothing_behind(shelf):
    def broken():
        yield PDF
        raise ConnectionError("the line went dead")

    with pytest.raises(ConnectionError):
        shelf.keep(broken(), "a.pdf")
    assert contents(shelf) == []


def test_while_it_is_being_written_it_is_not_there_yet(shelf):
    sha256 = hashlib.sha256(PDF * 2).hexdigest()

    def slow():
        yield PDF
        assert not shelf.holds(sha256)
        assert not any(path.name == sha256 for path in shelf.folder.rglob("*"))
        yield PDF

    assert shelf.keep(slow(), "a.pdf").sha256 == sha256
    assert shelf.holds(sha256)


def test_a_first_piece_of_a_few_bytes_is_enough_to_know_the_kind(shelf):
    """A slow line may hand over one byte first; the kind is seen from the beginning of the whole."""
    assert shelf.keep([PDF[:1], PDF[1:4], PDF[4:]], "a.pdf").type == "application/pdf"
    with pytest.raises(Refused):
        shelf.keep([b"M", EXE[1:]], "a.txt")


def test_a_long_text_is_a_text_wherever_its_first_part_is_cut(shelf):
    for shift in range(4):
        long = b"a" * shift + "字".encode() * 9000
        assert shelf.keep([long], "a.txt").type == "text/plain"
        assert shelf.keep([("a" * shift + "字" * 9000).encode("gb18030")], "b.txt").type == "text/plain"


def test_the_ledger_counts_only_what_units_attached_and_nobody_struck_out(office):
    case = office.file()
    facts = dict(case_id=case.id, seq=1, sha256="0" * 64, size=1, type="text/plain", name="a.txt", purpose="evidence",
                 added_by_id=None, unit_id=1, added_at=office.now)
    rows = [files.File(**facts, from_unit=True), files.File(**facts, from_unit=False),
            files.File(**facts, from_unit=True, struck_at=office.now, struck_reason="重复")]
    office.session.add_all(rows)
    office.session.flush()
    assert files.evidence_count(office.session, case.id) == 1
    assert [kept.id for kept in files.of_case(office.session, case.id)] == [file.id for file in rows]
