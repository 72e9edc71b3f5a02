"""Signing what the tree has become: believed by a stranger, once for each change, with keys that hand over."""

import pytest
from sqlalchemy import select, text

from app.domain import checkpoints, keys, trail, tree
from app.domain.checkpoints import Checkpoint
from app.domain.errors import Refused
from app.office import sealing
from tests.domain.strangers import checked

ORIGIN = "city.example/trail"


@pytest.fixture
def key():
    return keys.new(ORIGIN)


def seal(office, *signers) -> Checkpoint | None:
    while sealing.take_in(office.session):
        pass
    return sealing.sign(office.session, list(signers), at=office.now, words=str)


def key_entries(office) -> list[dict]:
    return [trail.facts(entry) for entry in office.session.scalars(trail.of(trail.OFFICE)) if entry.verb == "key_set"]


def test_a_stranger_believes_the_checkpoint(office, key):
    made = seal(office, key)
    size = tree.size(office.session)
    assert checked(made.note, str(key.verifier)) == (ORIGIN, size, tree.root(office.session, size), 1)
    assert (made.size, made.root) == (size, tree.root(office.session, size).hex())


def test_the_first_checkpoint_covers_the_entry_that_names_its_key(office, key):
    seal(office, key)
    assert key_entries(office) == [{"key": str(key.verifier), "before": None, "beside": {}}]
    last = trail.head(office.session)
    assert checkpoints.proof(office.session, trail.OFFICE, last) is not None
    assert tree.waiting(office.session) == 0


def test_nothing_new_is_not_signed_again(office, key):
    assert seal(office, key) is not None
    assert seal(office, key) is None
    office.file()
    assert seal(office, key) is not None
    assert len(office.session.scalars(select(Checkpoint.id)).all()) == 2


def test_both_keys_sign_once_when_one_replaces_the_other(office, key):
    seal(office, key)
    new = keys.new(ORIGIN)
    both = seal(office, new, key)
    assert checked(both.note, str(key.verifier))[3] == checked(both.note, str(new.verifier))[3] == 1
    assert checked(both.note, str(key.verifier), str(new.verifier))[3] == 2
    assert key_entries(office)[-1] == {"key": str(new.verifier), "before": str(key.verifier), "beside": {}}
    office.file()
    alone = seal(office, new)
    with pytest.raises(AssertionError):
        checked(alone.note, str(key.verifier))
    assert len(key_entries(office)) == 2


def test_a_change_of_keys_that_was_broken_off_is_completed_without_a_second_entry(office, key):
    seal(office, key)
    new = keys.new(ORIGIN)
    seal(office, new, key)
    again = seal(office, new, key)
    assert again is not None and len(key_entries(office)) == 2


def test_nothing_is_signed_over_a_tree_that_does_not_continue_the_last_one(office, key):
    seal(office, key)
    if office.session.get_bind().dialect.name == "sqlite":
        office.session.execute(text("DROP TRIGGER tiles_grow_only"))
    else:
        office.session.execute(text("SET LOCAL session_replication_role = replica"))
    hashes = office.session.scalar(text("SELECT hashes FROM tiles WHERE level = 0 AND no = 0"))
    office.session.execute(text("UPDATE tiles SET hashes = :hashes WHERE level = 0 AND no = 0"),
                           {"hashes": bytes([hashes[0] ^ 1]) + hashes[1:]})
    office.file()
    with pytest.raises(Refused, match="no longer continues"):
        seal(office, key)
