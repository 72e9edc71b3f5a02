"""Checkpoints: what they say on the wire and on paper, and what they prove."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain import checkpoints, keys, merkle, trail, tree
from app.domain.checkpoints import Checkpoint
from app.domain.keys import BadNote

ROOT = bytes(range(32))
BODY = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"  # of the specification


def test_the_example_of_the_specification_is_read_and_written():
    said = checkpoints.said(BODY)
    assert (said.origin, said.size, len(said.root)) == ("example.com/behind-the-sofa", 20852163, 32)
    assert checkpoints.body(said.origin, said.size, said.root) == BODY
    assert checkpoints.said(BODY + "an extension\n") == said


@pytest.mark.parametrize("text", [
    "", "a\n", "a\n1\n", "\n1\n" + "A" * 43 + "=\n", "a\n01\n" + "A" * 43 + "=\n", "a\n-1\n" + "A" * 43 + "=\n",
    "a\n１\n" + "A" * 43 + "=\n", "a\n1\nAAAA\n", "a\n1\n" + "!" * 44 + "\n",
])
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(BadNote):
        checkpoints.said(text)


def test_the_short_form_is_the_size_and_eighty_bits():
    assert checkpoints.short(Checkpoint(size=12345, root=ROOT.hex())) == "12345 · AAAQ EAYE AUDA OCAJ"


def sealed(session, office) -> Checkpoint:
    while tree.take_in(session, 100):
        pass
    size = tree.size(session)
    root = tree.root(session, size)
    note = keys.signed(checkpoints.body("a", size, root), [keys.new("a")])
    session.add(Checkpoint(size=size, root=root.hex(), at=office.now, note=note))
    session.flush()
    return checkpoints.latest(session)


def test_there_is_no_proof_before_the_first_checkpoint(session):
    assert checkpoints.latest(session) is None
    assert checkpoints.proof(session, trail.OFFICE, 1) is None
    assert checkpoints.covered(session, [(trail.OFFICE, 1)]) == set()


def test_an_entry_is_proved_with_the_last_checkpoint(session, office):
    case = office.file()
    last = sealed(session, office)
    for entry in session.scalars(trail.of(case.number)):
        proof = checkpoints.proof(session, case.number, entry.seq)
        assert (proof.size, proof.note) == (last.size, last.note)
        assert merkle.is_included(merkle.leaf_hash(bytes.fromhex(entry.seal)), proof.index, proof.size, proof.hashes,
                                  bytes.fromhex(last.root))


def test_what_is_newer_than_the_last_checkpoint_is_not_covered(session, office):
    case = office.file()
    sealed(session, office)
    office.assign(case)
    assert checkpoints.proof(session, case.number, 2) is None
    tree.take_in(session, 100)
    assert checkpoints.proof(session, case.number, 2) is None, "in the tree, and not signed yet"
    assert checkpoints.proofs(session, case.number, [1, 2, 3]).keys() == {1}
    assert checkpoints.covered(session, [(case.number, 1), (case.number, 2), ("XX", 1)]) == {(case.number, 1)}
    sealed(session, office)
    assert checkpoints.covered(session, [(case.number, 1), (case.number, 2)]) == {(case.number, 1), (case.number, 2)}


@pytest.mark.parametrize("statement", ["UPDATE checkpoints SET note = ''", "DELETE FROM checkpoints"])
def test_a_checkpoint_cannot_be_changed(session, office, statement):
    sealed(session, office)
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(statement))
