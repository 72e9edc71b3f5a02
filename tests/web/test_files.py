"""Evidence at the door: what is taken in, what is refused, and how it is handed out."""

import hashlib
import io
import re
import zipfile

import pytest
from sqlalchemy import select

from app.domain import trail
from app.domain.files import File
from tests.web.conftest import HTMX

PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
EXE = b"MZ\x90\x00" + b"\0" * 60


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"\0" * 30_000_000)
    return out.getvalue()


@pytest.fixture
def case(prepared):
    with prepared() as office:
        return office.at_work()


def attach(browser, case, content: bytes, name: str, **more):
    return browser.post(f"/cases/{case.number}/files", purpose="evidence", file=(io.BytesIO(content), name), **more)


def raw(browser, case, filename: str):
    """A file name as no file picker would send it."""
    body = (f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.token}\r\n'
            f'--x\r\nContent-Disposition: form-data; name="file"; {filename}\r\n\r\n').encode() + PDF + b"\r\n--x--\r\n"
    return browser.client.post(f"/cases/{case.number}/files", data=body,
                               content_type="multipart/form-data; boundary=x")


def test_evidence_is_attached_shown_and_handed_out_to_the_byte(app, browser_of, case, ask):
    liaison = browser_of("liaison")
    answer = attach(liaison, case, PDF, "验收 意见书;“终”.pdf")
    assert (answer.status_code, answer.location) == (303, f"/cases/{case.number}#case-files")
    (file,) = ask(select(File))
    assert (file.name, file.type, file.sha256, file.from_unit) == (
        "验收 意见书;“终”.pdf", "application/pdf", hashlib.sha256(PDF).hexdigest(), True)
    entry = ask(trail.of(case.number))[-1]
    assert (entry.verb, trail.facts(entry)["sha256"], "验收" in entry.data) == ("attached", file.sha256, False)
    assert "验收 意见书;“终”.pdf" in liaison.get(f"/cases/{case.number}").text
    taken = liaison.get(f"/cases/{case.number}/files/{file.id}")
    assert (taken.status_code, taken.data, taken.mimetype) == (200, PDF, "application/pdf")


def test_what_is_handed_out_is_something_to_keep_and_never_a_page_of_ours(app, browser_of, case, ask):
    liaison = browser_of("liaison")
    for content, name in ((PDF, "a.pdf"), (PNG, "b.png"), ("正文".encode(), "c.txt")):
        attach(liaison, case, content, name)
    for file in ask(select(File).order_by(File.id)):
        url = f"/cases/{case.number}/files/{file.id}"
        for query, disposition in (("", "attachment"), ("?view=1", "attachment" if file.name == "c.txt" else "inline")):
            headers = liaison.get(url + query).headers
            assert headers["Content-Disposition"].startswith(f"{disposition}; filename={file.name};")
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert headers["Cache-Control"] == "private, no-store"
            assert int(headers["Content-Length"]) == file.size
        part = liaison.get(url, headers={"Range": "bytes=2-3"})
        assert (part.status_code, len(part.data)) == (200, file.size), "ranges are not offered: all of it, or nothing"
        assert "Accept-Ranges" not in part.headers


DISGUISED = (
    (EXE, "报告.pdf"), (EXE, "a.exe"), (PDF, "a.docx"), (PNG, "a.jpg"), (b"<html><script>1</script>", "a.txt"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='1'/>", "a.png"), (b"\x7fELF" + b"\0" * 40, "a.zip"),
    (b"", "a.pdf"),
    (PDF, "a"), (PDF, ".pdf.exe"), (b"#!/bin/sh\nrm -rf /\n", "a.sh"), (PDF, "a.pdf\0.txt"),
)


def test_a_disguised_or_foreign_file_is_refused_with_a_sentence(app, browser_of, case, ask):
    liaison, before = browser_of("liaison"), len(ask(trail.of(case.number)))
    for content, name in DISGUISED:
        for htmx in (False, True):
            answer = attach(liaison, case, content, name, htmx=htmx)
            assert (answer.status_code, 'id="case-panel"' in answer.text) == (422, True), name
            assert 'role="alert"' in answer.text and ("<html" in answer.text) is not htmx, name
    assert ask(select(File)) == [] and len(ask(trail.of(case.number))) == before


def test_no_file_or_an_unknown_purpose_is_said(app, browser_of, case, ask):
    liaison = browser_of("liaison")
    for fields in ({}, {"file": (io.BytesIO(b""), "")}, {"file": (io.BytesIO(PDF), "a.pdf"), "purpose": "fun"}):
        answer = liaison.post(f"/cases/{case.number}/files", **fields)
        assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    assert ask(select(File)) == []


def test_a_file_larger_than_fifty_megabytes_is_refused_and_not_kept(app, browser_of, case, ask):
    liaison = browser_of("liaison")
    answer = attach(liaison, case, PDF + bytes(50 * 1024 * 1024), "a.pdf")
    assert answer.status_code == 422 and re.search(r"50 ?MB", answer.text)
    answer = attach(liaison, case, PDF + bytes(65 * 1024 * 1024), "a.pdf")
    assert answer.status_code == 413 and "64 MB" in answer.text
    assert ask(select(File)) == []
    incoming = app.extensions["settings"].files / "incoming"
    assert list(incoming.iterdir()) == []


def test_a_zip_bomb_in_a_document_is_kept_packed_and_opened_by_nobody(app, browser_of, case, ask):
    content = bomb()
    assert attach(browser_of("liaison"), case, content, "报告.docx").status_code == 303
    (file,) = ask(select(File))
    assert file.size == len(content) < 100_000
    assert browser_of("liaison").get(f"/cases/{case.number}/files/{file.id}").data == content


NAMED = (
    ('filename="../../../etc/passwd.pdf"', "passwd.pdf"), ('filename="C:\\\\tmp\\\\a.pdf"', "a.pdf"),
    ("filename*=UTF-8''..%2F..%2Fa.pdf", "a.pdf"), ('filename="..pdf.pdf"', "..pdf.pdf"),
    ('filename="<img src=x onerror=alert(1)>.pdf"', "<img src=x onerror=alert(1)>.pdf"),
    ("filename*=UTF-8''%E2%80%AEfdp.exe.pdf", "\u202efdp.exe.pdf"),
    ('filename="' + "长" * 300 + '.pdf"', "长" * 196 + ".pdf"),
    ("filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x%3D1%0D%0A.pdf", "a Set-Cookie: x=1 .pdf"),
    ("filename*=UTF-8''a%0A.pdf", "a .pdf"), ("filename*=UTF-8''a%09.pdf", "a .pdf"),
)


def test_a_file_name_is_only_a_name_and_breaks_no_header(app, browser_of, case, ask):
    liaison = browser_of("liaison")
    for filename, kept in NAMED:
        assert raw(liaison, case, filename).status_code == 303, filename
        file = ask(select(File).order_by(File.id))[-1]
        assert file.name == kept
        taken = liaison.get(f"/cases/{case.number}/files/{file.id}")
        assert taken.data == PDF and "x=1" not in taken.headers.get("Set-Cookie", "")
    assert "<img src=x" not in liaison.get(f"/cases/{case.number}").text


def test_characters_that_no_file_name_may_hold_are_refused_by_name(app, browser_of, case, ask):
    for filename, name in (("filename*=UTF-8''a%00.pdf", "NUL"), ("filename*=UTF-8''a%EF%BF%BE.pdf", "U+FFFE")):
        answer = raw(browser_of("liaison"), case, filename)
        assert (answer.status_code, name in answer.text) == (422, True), answer.text
    assert ask(select(File)) == []


def test_a_struck_out_file_stays_with_its_reason(app, browser_of, case, ask):
    liaison = browser_of("liaison")
    attach(liaison, case, PDF, "错的.pdf")
    (file,) = ask(select(File))
    url = f"/cases/{case.number}/files/{file.id}"
    assert liaison.post(f"{url}/strike", reason=" \u200b").status_code == 422
    assert browser_of("principal").post(f"{url}/strike", reason="x").status_code == 403, "he did not attach it"
    assert ask(select(File.struck_at)) == [None]
    assert liaison.post(f"{url}/strike", reason="传错了 <b>").status_code == 303
    page = liaison.get(f"/cases/{case.number}").text
    assert "传错了 &lt;b&gt;" in page and "错的.pdf" in page and 'class="is-struck"' in page
    assert liaison.get(url).data == PDF
    assert ask(trail.of(case.number))[-1].verb == "struck_out"
    again = liaison.post(f"{url}/strike", headers=HTMX, reason="再来")
    assert again.status_code == 422 and again.text.lstrip().startswith('<div class="db-alert" id="refusal"')


def test_a_file_of_another_case_is_not_had_through_ones_own(app, browser_of, case, prepared, ask):
    attach(browser_of("liaison"), case, PDF, "a.pdf")
    with prepared() as office:
        other = office.handed(kind="task")
        office.reassign(other, lead="gd")
    (file,) = ask(select(File))
    outsider = browser_of("outsider")
    assert outsider.get(f"/cases/{other.number}").status_code == 200
    for url in (f"/cases/{other.number}/files/{file.id}", f"/cases/{case.number}/files/{file.id}"):
        assert outsider.get(url).status_code == 404
        assert outsider.post(f"{url}/strike", reason="x").status_code == 404
    assert ask(select(File.struck_at)) == [None]


def test_content_that_is_gone_from_the_shelf_is_said_to_be_gone(app, browser_of, case, ask):
    attach(browser_of("liaison"), case, PDF + b"alone", "a.pdf")
    (file,) = ask(select(File))
    folder = app.extensions["settings"].files
    (folder / file.sha256[:2] / file.sha256[2:4] / file.sha256).unlink()
    assert browser_of("liaison").get(f"/cases/{case.number}/files/{file.id}").status_code == 410


def test_nothing_is_attached_when_the_case_is_over(app, browser_of, prepared, ask):
    with prepared() as office:
        case = office.closed()
        office.review(case)
    answer = attach(browser_of("liaison"), case, PDF, "a.pdf")
    assert (answer.status_code, ask(select(File))) == (422, [])
