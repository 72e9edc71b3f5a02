"""Mail: what arrives, and what every way of not arriving means for the next try."""

import ssl
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.channels import Attachment, Letter, Undelivered, email
from tests.recorders import HANGS, Mailbox, nobody, running, took

AT = datetime(2026, 9, 14, 1, 0, tzinfo=UTC)
LETTER = Letter("letter-7@duban.test", "zhou@example.test", "督办 · TS-2026-0001 · 交办",
                "TS-2026-0001 · 交办\n.\nhttp://duban.test/cases/TS-2026-0001\n", AT)
FROM = "督办 <duban@ysb.test>"


@pytest.fixture
def mailbox():
    with running(Mailbox()) as mailbox:
        yield mailbox


def send(url: str, letter=LETTER, sender=FROM):
    email.send(letter, url=url, sender=sender, step=0.5, whole=1.5)


def refusal(url: str, letter=LETTER) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        send(url, letter)
    return caught.value


def test_a_letter_arrives_as_it_was_written(mailbox):
    send(mailbox.url)
    (got,) = mailbox.letters
    assert (got["Subject"], got["To"], got["Message-ID"]) == (LETTER.subject, LETTER.to, "<letter-7@duban.test>")
    assert got["From"] == FROM and got["Auto-Submitted"] == "auto-generated"
    assert got["Date"].datetime == AT
    assert got.get_content() == LETTER.text.replace("\n", "\r\n")


def test_an_attachment_arrives_byte_for_byte(mailbox):
    text = "duban.local/trail\n5\n\n— duban.local/trail 5ZgM\nno end of line, and \r in it"
    send(mailbox.url, replace(LETTER, attachment=Attachment("checkpoint-5.txt", text)))
    (got,) = mailbox.letters
    (attachment,) = got.iter_attachments()
    assert attachment.get_payload(decode=True) == text.encode()
    assert (attachment.get_filename(), attachment.get_content_type()) == ("checkpoint-5.txt", "text/plain")
    assert attachment.get_content_charset() == "utf-8"
    assert got.get_body().get_content() == LETTER.text.replace("\n", "\r\n")
    assert (got["To"], got["Message-ID"]) == (LETTER.to, f"<{LETTER.id}>")


def test_signing_in_uses_the_words_of_the_address(mailbox):
    send(f"smtp://duban:p%40ss@{mailbox.host}")
    assert len(mailbox.letters) == 1


@pytest.mark.parametrize(("mood", "lasting", "is_down"), [
    ("greylists", False, False), ("boxfull", False, False), ("closing", False, True), ("full", False, False),
    ("unknown", True, False), ("disgusted", True, False), ("dies", False, False), ("hangs", False, True),
    ("babbles", False, True), ("no service", False, True), ("drips", False, None),
])
def test_each_way_of_not_arriving_says_whether_to_try_again(mailbox, mood, lasting, is_down):
    mailbox.mood = mood
    undelivered = refusal(mailbox.url)
    assert undelivered.lasting is lasting
    assert is_down is None or undelivered.is_down is is_down
    assert mailbox.letters == [] and "\n" not in str(undelivered)


@pytest.mark.parametrize("mood", ["hangs", "drips"])
def test_a_server_that_never_finishes_costs_no_more_than_the_time_for_one_letter(mailbox, mood):
    mailbox.mood = mood
    assert took(lambda: refusal(mailbox.url)) < HANGS / 2


@pytest.mark.parametrize("mood", ["rude", "confused"])
def test_what_was_taken_is_delivered_whatever_the_server_says_to_the_goodbye(mailbox, mood):
    mailbox.mood = mood
    send(mailbox.url)
    assert len(mailbox.letters) == 1


def test_nobody_there_is_no_fault_of_the_letter():
    undelivered = refusal(f"smtp://{nobody()}")
    assert undelivered.is_down and not undelivered.lasting


def test_a_wrong_password_is_the_house_s_fault_and_not_the_letter_s(mailbox):
    mailbox.mood = "no password"
    undelivered = refusal(f"smtp://duban:wrong@{mailbox.host}")
    assert undelivered.is_down and not undelivered.lasting and "wrong@" not in str(undelivered)


@pytest.mark.parametrize("to", ["zhou@example.test\r\nBcc: all@example.test", "zhou@example.test\nX: y"])
def test_no_header_comes_in_with_an_address(mailbox, to):
    assert refusal(mailbox.url, Letter("id@x", to, "s", "t", AT)).lasting
    assert mailbox.letters == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder,
        capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no openssl to make a certificate with")
    return folder


@pytest.fixture
def guarded(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with running(Mailbox(context)) as mailbox:
        yield mailbox


def test_starttls_is_used_where_the_scheme_says_so(guarded, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    send(f"smtp+starttls://localhost:{guarded.server_address[1]}")
    assert len(guarded.letters) == 1


def test_smtps_speaks_tls_from_the_first_byte(guarded, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    guarded.socket = guarded.context.wrap_socket(guarded.socket, server_side=True)
    send(f"smtps://localhost:{guarded.server_address[1]}")
    assert len(guarded.letters) == 1


def test_a_certificate_nobody_vouches_for_gets_no_letter(guarded):
    undelivered = refusal(f"smtp+starttls://localhost:{guarded.server_address[1]}")
    assert undelivered.is_down and not undelivered.lasting and guarded.letters == []


def test_a_server_that_offers_no_starttls_gets_no_letter(mailbox):
    assert refusal(f"smtp+starttls://{mailbox.host}").is_down
    assert mailbox.letters == []
