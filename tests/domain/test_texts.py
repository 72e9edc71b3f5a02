"""What may stand in a text: everything a person writes, to the byte; what no XML file carries is refused by name."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import texts
from app.domain.errors import Refused

LAWS = settings(max_examples=200, derandomize=True, deadline=None)
FILE = Path(__file__).parents[3] / "shared" / "data" / "naughty_strings" / "blns.json"
SOME = ["", " ", "\t", "undefined", "1;DROP TABLE users", "<script>alert(1)</script>", "社會科學院語學研究所",
        "👩‍👩‍👧‍👦",
        "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤", "\u202etest\u202e", "﷽", "%s%d", "' OR 1=1--",
        "=cmd|' /C calc'!A0", "\ufffe", "\u00a0\u200b"]
NAUGHTY = json.loads(FILE.read_text()) if FILE.exists() else SOME


def is_xml(text: str) -> bool:
    """Whether an XML file carries it, by the word of an XML parser."""
    try:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("\r", "&#13;")
        return (ElementTree.fromstring(f"<x>{escaped}</x>".encode()).text or "") == text
    except (ElementTree.ParseError, UnicodeEncodeError):
        return False


@pytest.mark.parametrize("text", NAUGHTY)
def test_a_naughty_string_is_kept_to_the_byte_or_refused_by_name(text):
    try:
        assert texts.required(text, field="facts") == text
    except Refused as refusal:
        assert refusal.field == "facts"
        assert texts.is_blank(text) or not is_xml(text), "only blanks and what no XML carries is refused"
        assert str(refusal)


def test_of_the_naughty_strings_only_blanks_control_characters_and_a_noncharacter_are_refused():
    if not FILE.exists():
        pytest.skip("the list lies beside the project, not in it")
    blank, named = [], []
    for text in NAUGHTY:
        try:
            texts.required(text, field="facts")
        except Refused as refusal:
            (named if "U+" in str(refusal) else blank).append(text)
    assert all(any(not is_xml(c) for c in text) for text in named)
    assert len(named) == 6 and len(blank) == 5 and all(texts.is_blank(text) for text in blank)


@LAWS
@given(st.text(st.characters(), max_size=60))
def test_what_is_accepted_is_exactly_what_an_xml_file_carries(text):
    try:
        accepted = texts.sound(text) == text
    except Refused:
        accepted = False
    assert accepted == is_xml(text)


@pytest.mark.parametrize(("bad", "name"), [
    ("\x00", "U+0000 (NUL)"), ("\x07", "U+0007 (BEL)"), ("\x08", "U+0008 (BACKSPACE)"), ("\x0b", "U+000B"),
    ("\x0c", "U+000C"), ("\x1b", "U+001B (ESCAPE)"), ("\x1f", "U+001F"), ("\ud800", "U+D800"), ("\udfff", "U+DFFF"),
    ("\ufffe", "U+FFFE (NONCHARACTER FFFE)"), ("\uffff", "U+FFFF (NONCHARACTER FFFF)"),
])
def test_a_character_that_cannot_be_kept_is_named(bad, name):
    with pytest.raises(Refused) as refusal:
        texts.sound(f"前{bad}后", field="title")
    assert f"Character {name}" in str(refusal.value)
    assert refusal.value.field == "title"


@pytest.mark.parametrize("good", ["\t", "\n", "\r\n", "\x7f", "\x85", "\u2028", "\ufeff", "\U0001f600", "\U0010ffff"])
def test_odd_characters_that_xml_carries_are_kept(good):
    assert texts.sound(f"a{good}b") == f"a{good}b"


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n", "\u3000", "\u00a0", "\u200b", "\ufeff", "\u2028", "\u202e"])
def test_what_nobody_can_see_is_blank(blank):
    assert texts.is_blank(blank)
    with pytest.raises(Refused, match="fill this in"):
        texts.required(blank, field="title")


@pytest.mark.parametrize("seen", [".", "一", " a ", "\u3000一", "0", "\U0001f600"])
def test_one_visible_character_is_a_text_and_keeps_its_white_space(seen):
    assert texts.required(seen, field="title") == seen


def test_nothing_is_nothing():
    with pytest.raises(Refused, match="fill this in"):
        texts.required(None, field="title")
    assert texts.optional(None, field="place") is None
    assert texts.optional("", field="place") is None
    assert texts.optional(" ", field="place") == " "


def test_too_long_says_how_long_it_is():
    assert texts.sound("字" * 300, longest=300)
    with pytest.raises(Refused, match="301 characters long; at most 300"):
        texts.sound("字" * 301, field="title", longest=300)
