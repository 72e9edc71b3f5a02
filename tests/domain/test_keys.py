"""Keys and signed notes: as the specification writes them, as a stranger reads them, kept so that nobody else can."""

import stat
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import keys
from app.domain.errors import Refused
from tests.domain.strangers import is_signed

LAWS = settings(max_examples=60, derandomize=True, deadline=None)
# The example that the documentation of golang.org/x/mod/sumdb/note signs and opens.
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (TEXT + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6Ryy"
        "BwJnAM=\n")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "key"


def test_the_note_of_another_implementation_is_read_and_written_to_the_byte(path):
    path.write_text(PRIVATE + "\n")
    (signer,) = keys.kept(path)
    assert str(signer.verifier) == KEY == str(keys.verifier(KEY))
    assert signer.written() == PRIVATE
    assert keys.signed(TEXT, [signer]) == NOTE
    assert keys.opened(NOTE, [keys.verifier(KEY)]) == (TEXT, [signer.verifier])


@LAWS
@given(text=st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1), name=st.text("abc./é", min_size=1))
def test_what_is_signed_is_opened_and_believed_by_a_stranger(text, name):
    signer = keys.new(name)
    note = keys.signed(text + "\n", [signer])
    assert keys.opened(note, [signer.verifier])[0] == text + "\n"
    (_, id, signature), = keys.parted(note)[1]
    assert id == signer.verifier.id
    assert is_signed(signer.verifier.public, (text + "\n").encode(), signature)


@LAWS
@given(place=st.integers(0, len(NOTE) - 1), character=st.characters(min_codepoint=32, max_codepoint=0x3000))
def test_no_character_of_a_note_can_be_exchanged(place, character):
    other = NOTE[:place] + character + NOTE[place + 1 :]
    if other != NOTE:
        with pytest.raises(keys.BadNote):
            keys.opened(other, [keys.verifier(KEY)])


def test_an_unknown_signature_is_passed_over_and_a_wrong_one_is_not():
    old, new = keys.new("a/log"), keys.new("a/log")
    note = keys.signed("text\n", [new, old])
    assert keys.opened(note, [new.verifier])[1] == [new.verifier]
    assert set(keys.opened(note, [old.verifier, new.verifier])[1]) == {old.verifier, new.verifier}
    with pytest.raises(keys.BadNote):
        keys.opened(note, [keys.new("a/log").verifier])
    first, second = note.splitlines()[-2:]
    wrong = note.replace(second, second[:40] + ("A" if second[40] != "A" else "B") + second[41:])
    assert first in wrong
    with pytest.raises(keys.BadNote):
        keys.opened(wrong, [old.verifier, new.verifier])
    assert keys.opened(wrong, [new.verifier])[1] == [new.verifier]


@pytest.mark.parametrize("text", ["", "x", "x\n", "x\n\n", "x\n\n— a\n", "x\n\n— a b\n", "x\n\n- a AAAAAAAA\n",
                                  "\n\n\n",
                                  "x\n\n— a AAAAAAAA", "x\ty\n\n— a AAAAAAAA\n", "x\r\n\n— a AAAAAAAA\n"])
def test_what_is_no_note_is_refused(text):
    with pytest.raises(keys.BadNote):
        keys.opened(text, [keys.verifier(KEY)])


@pytest.mark.parametrize("text", ["", "a", "a+b+c", KEY.replace("c74f20a3", "c74f20a4"), KEY + "A",
                                  KEY.replace("+A", "+B"),
                                  KEY.replace("PeterNeumann", "Peter Neumann")])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(keys.BadNote):
        keys.verifier(text)


def test_keys_are_kept_for_their_owner_only(path):
    keys.keep(path, [keys.new("a")])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {each.name for each in path.parent.iterdir()} == {"key", "key.pub"}


def test_of_many_that_make_the_first_key_at_once_one_stands(path):
    made = [keys.new("a") for _ in range(12)]
    threads = [Thread(target=keys.keep, args=(path, [signer]), kwargs={"first": True}) for signer in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys.kept(path)[0] in made
    assert {each.name for each in path.parent.iterdir()} == {"key", "key.pub"}


def test_a_new_key_stands_before_the_one_it_replaces(path):
    old, new = keys.new("a"), keys.new("a")
    keys.keep(path, [old])
    keys.keep(path, [new, old])
    assert keys.kept(path) == [new, old]


def test_the_public_half_lies_beside_it(path):
    signer = keys.new("a")
    assert keys.public(path) == ""
    keys.keep(path, [signer, keys.new("a")])
    assert keys.public(path) == str(signer.verifier)


def test_no_key_where_there_is_no_file(path):
    assert keys.kept(path) == []


@pytest.mark.parametrize("content", [b"", b"\n", b"nonsense", b"\xff\xfe", KEY.encode(),
                                     PRIVATE.replace("c74f20a3", "c74f20a4").encode()])
def test_a_key_file_that_holds_something_else_is_refused_by_name(path, content):
    path.write_bytes(content)
    with pytest.raises(Refused, match="signing key"):
        keys.kept(path)


def test_a_key_is_never_shown_by_accident():
    assert "seed" not in repr(keys.new("a"))
