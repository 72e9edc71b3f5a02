"""The tree of RFC 6962: published vectors, a second implementation straight from the definitions, and liars."""

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import merkle

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "merkle_rfc6962"
needs_vectors = pytest.mark.skipif(not FOLDER.exists(), reason="the published vectors are not beside the project")
LAWS = settings(max_examples=150, derandomize=True, deadline=None)
sizes = st.integers(1, 200)


# --- a second implementation: the definitions of RFC 6962, 2.1, read aloud --------------------------------------------


def mth(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def leaves_of(size: int) -> list[bytes]:
    return [f"leaf {number}".encode() for number in range(size)]


def reader(leaves: list[bytes], asked: list | None = None):
    def read(level: int, number: int) -> bytes:
        if asked is not None:
            asked.append((level, number))
        assert (number + 1) << level <= len(leaves), "only complete subtrees are ever asked for"
        return mth(leaves[number << level : (number + 1) << level])

    return read


# --- agreement --------------------------------------------------------------------------------------------------------


def test_an_empty_tree_has_the_root_of_nothing():
    assert merkle.root(reader([]), 0) == sha256(b"").digest() == merkle.EMPTY == merkle.Growing().root


@LAWS
@given(size=sizes, data=st.data())
def test_roots_and_proofs_are_those_of_the_definitions(size, data):
    leaves = leaves_of(size)
    read = reader(leaves)
    index, older = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert merkle.root(read, size) == mth(leaves)
    assert merkle.inclusion(read, index, size) == path(index, leaves)
    assert merkle.consistency(read, older, size) == subproof(older, leaves, True)


@LAWS
@given(size=sizes, data=st.data())
def test_what_is_proved_is_believed_and_nothing_else(size, data):
    leaves = leaves_of(size)
    index, older = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root, proof = mth(leaves), path(index, leaves)
    leaf = merkle.leaf_hash(leaves[index])
    assert merkle.is_included(leaf, index, size, proof, root)
    assert not merkle.is_included(merkle.leaf_hash(b"another"), index, size, proof, root)
    assert not merkle.is_included(leaf, size, size, proof, root)
    shown = subproof(older, leaves, True)
    assert merkle.is_consistent(older, size, mth(leaves[:older]), root, shown)
    assert not merkle.is_consistent(older, size, mth([*leaves[: older - 1], b"another"]), root, shown)
    assert not merkle.is_consistent(older, size, mth(leaves[:older]), root, [*shown, root])


@LAWS
@given(size=sizes, data=st.data())
def test_a_proof_with_one_bit_turned_is_not_believed(size, data):
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    proof = path(index, leaves)
    if proof:
        place, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        turned = (int.from_bytes(proof[place]) ^ 1 << bit).to_bytes(32)
        lie = [*proof[:place], turned, *proof[place + 1 :]]
        assert not merkle.is_included(merkle.leaf_hash(leaves[index]), index, size, lie, mth(leaves))
        assert not merkle.is_included(merkle.leaf_hash(leaves[index]), index, size, proof[1:], mth(leaves))


@LAWS
@given(lots=st.lists(st.integers(0, 40), max_size=8))
def test_a_tree_that_grows_in_lots_is_the_tree_of_all(lots):
    leaves, tree, done = leaves_of(sum(lots)), merkle.Growing(), 0
    for lot in lots:
        tree.add(merkle.leaf_hash(leaf) for leaf in leaves[done : done + lot])
        done += lot
        assert (tree.size, tree.root) == (done, mth(leaves[:done]))


@LAWS
@given(subtrees=st.integers(0, 9), height=st.integers(0, 3), rest=st.integers(0, 12))
def test_a_tree_may_grow_by_whole_subtrees(subtrees, height, rest):
    leaves, tree, each = leaves_of((subtrees << height) + rest), merkle.Growing(), 1 << height
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    tree.add((merkle.complete(hashes[at * each : (at + 1) * each]) for at in range(subtrees)), height)
    tree.add(hashes[subtrees * each :])
    assert (tree.size, tree.root) == (len(leaves), mth(leaves))


@pytest.mark.parametrize("power", range(9))
def test_a_complete_level_is_summed_up(power):
    leaves = leaves_of(2**power)
    assert merkle.complete([merkle.leaf_hash(leaf) for leaf in leaves]) == mth(leaves)


def test_a_proof_asks_for_few_hashes_however_large_the_tree():
    asked = []

    def read(level, number):
        asked.append((level, number))
        return bytes(32)

    for size in (1_000_000, 2**40 - 1, 2**40 + 1):
        asked.clear()
        merkle.inclusion(read, size // 3, size)
        assert len(asked) <= 2 * size.bit_length()
        asked.clear()
        merkle.consistency(read, size // 3, size)
        assert len(asked) <= 2 * size.bit_length()


@pytest.mark.parametrize(("older", "size"), [(0, 0), (0, 5), (6, 5), (-1, 5)])
def test_there_is_no_proof_from_nothing_nor_backwards(older, size):
    with pytest.raises(ValueError):
        merkle.consistency(reader(leaves_of(5)), older, size)
    assert not merkle.is_consistent(older, size, merkle.EMPTY, merkle.EMPTY, [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ValueError):
        merkle.inclusion(reader(leaves_of(5)), index, size)
    assert not merkle.is_included(merkle.EMPTY, index, size, [], merkle.EMPTY)


# --- published vectors ------------------------------------------------------------------------------------------------


def vectors(name: str) -> list[dict]:
    return json.loads((FOLDER / name).read_text()) if FOLDER.exists() else []


def raw(text: str | None) -> bytes:
    return b64decode(text or "")


def all_raw(texts: list[str] | None) -> list[bytes]:
    return [raw(text) for text in texts or ()]


@needs_vectors
def test_the_reference_tree_has_these_hashes_and_roots():
    tree = json.loads((FOLDER / "rfc6962_reference_tree.json").read_text())
    leaves = [bytes.fromhex(text) for text in tree["leaf_inputs_hex"]]
    read = reader(leaves)
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    levels = [[merkle.complete(hashes[at : at + 2**up]).hex() for at in range(0, len(leaves), 2**up)]
              for up in range(4)]
    assert levels == tree["node_hashes_hex_by_level"]
    for size, root in enumerate(tree["root_hash_hex_by_tree_size"]):
        grown = merkle.Growing()
        grown.add(merkle.leaf_hash(leaf) for leaf in leaves[:size])
        assert merkle.root(read, size).hex() == grown.root.hex() == root


@needs_vectors
@pytest.mark.parametrize("case", vectors("inclusion_proofs.json"), ids=lambda case: case["source_file"])
def test_published_inclusion_proofs(case):
    found = merkle.is_included(raw(case["leafHash"]), case["leafIdx"], case["treeSize"], all_raw(case["proof"]),
                               raw(case["root"]))
    assert found is not case["wantErr"]


@needs_vectors
@pytest.mark.parametrize("case", vectors("consistency_proofs.json"), ids=lambda case: case["source_file"])
def test_published_consistency_proofs(case):
    found = merkle.is_consistent(case["size1"], case["size2"], raw(case["root1"]), raw(case["root2"]),
                                 all_raw(case["proof"]))
    assert found is not case["wantErr"]
