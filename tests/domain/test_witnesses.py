"""Witnesses: keys and lines as the specification writes them; what is not theirs is passed over, what is falsely theirs
is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import keys, witnesses
from tests.domain.strangers import witnessed
from tests.witnesses import Witness

LAWS = settings(max_examples=40, derandomize=True, deadline=None)
AT = datetime(2026, 9, 14, 1, 12, tzinfo=UTC)
TEXT = "city.example/trail\n12\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
# The example of the specification, with the key id that it shows.
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeM"
    "cTOAYQ8=\n— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf"
    "5nNo0xUe+mbIUBkBIfZ+qnA==\n")
SIGNING = str(keys.Signer("witness.example/w1", bytes(32)).verifier)  # of a key that signs notes, and is no witness's


def lines(note: str, *known: str) -> list[witnesses.Line]:
    text, signatures = keys.parted(note)
    return witnesses.lines(text, signatures, [witnesses.witness(key) for key in known])


def test_the_example_of_the_specification_is_read_and_nobody_known_is_in_it():
    _, (_, (name, id, signature)) = keys.parted(EXAMPLE)
    assert (name, id.hex(), len(signature)) == ("witness.example.com/w1", "8d66cf3f", 8 + 64)
    assert datetime.fromtimestamp(int.from_bytes(signature[:8], "big"), UTC) == datetime(2023, 3, 20, 12, 25, 47,
                                                                                        tzinfo=UTC)
    assert lines(EXAMPLE, Witness("witness.example.com/w1").key) == []


@LAWS
@given(seed=st.binary(min_size=32, max_size=32), name=st.text("abc./é", min_size=1), at=st.integers(0, 253402300799))
def test_what_a_witness_signed_is_believed_here_and_by_a_stranger(seed, name, at):
    witness = Witness(name, seed)
    note = witness.under(keys.signed(TEXT, [keys.new("city.example/trail")]), at)
    (line,) = lines(note, witness.key)
    assert (line.witness.name, line.at.timestamp(), str(line.witness)) == (name, at, witness.key)
    assert note.endswith(line.text)
    assert witnessed(note, witness.key) == [at]


@LAWS
@given(place=st.integers(0, 75), bit=st.integers(0, 7))
def test_no_bit_of_a_line_can_be_turned(place, bit):
    witness = Witness()
    note = witness.under(keys.signed(TEXT, [keys.new("city.example/trail")]), AT)
    text, (ours, (name, id, signature)) = keys.parted(note)
    turned = bytearray(id + signature)
    turned[place] ^= 1 << bit
    other = (name, bytes(turned[:4]), bytes(turned[4:]))
    known = [witnesses.witness(witness.key)]
    if place < 4:
        assert witnesses.lines(text, [ours, other], known) == [], "the line of a stranger"
    else:
        with pytest.raises(keys.BadNote):
            witnesses.lines(text, [ours, other], known)


@pytest.mark.parametrize("signature", [b"", b"\0" * 7, b"\0" * 71, b"\0" * 72, b"\xff" * 72, b"\0" * 73])
def test_rubbish_under_the_name_of_a_witness_is_refused(signature):
    known = witnesses.witness(Witness().key)
    with pytest.raises(keys.BadNote):
        witnesses.lines(TEXT, [(known.name, known.id, signature)], [known])


def test_a_time_beyond_all_calendars_is_no_time():
    witness = Witness()
    for at in (2**63 - 1, 2**64 - 1, 253402300800):
        with pytest.raises(keys.BadNote):
            lines(witness.under(keys.signed(TEXT, [keys.new("x")]), at), witness.key)


def test_the_same_line_twice_is_one_and_two_times_are_two():
    witness = Witness()
    note = keys.signed(TEXT, [keys.new("x")])
    twice = note + witness.line(TEXT, AT) * 2 + witness.line(TEXT, 1)
    assert [line.at.timestamp() for line in lines(twice, witness.key)] == [AT.timestamp(), 1]


@pytest.mark.parametrize("key", ["", "a", "a+b+c", SIGNING, Witness().key[:-4],
                                 Witness().key.replace("w1", "w2"), "a b+00000000+AA=="])
def test_what_is_no_key_of_a_witness_is_refused(key):
    with pytest.raises(keys.BadNote):
        witnesses.witness(key)
    with pytest.raises(keys.BadNote):
        keys.verifier(Witness().key)
