"""The tree over all seals (RFC 6962, 2.1): its hashes, its proofs, and how a stranger checks them (RFC 9162, 2.1.3.2
and 2.1.4.2). Pure: where the hashes lie is the business of whoever asks.

A tree of size 0 has the root SHA-256(""), as RFC 6962 says. Nothing is in it, and nothing follows on it: an inclusion
proof needs a size of at least 1, and a consistency proof an older size of at least 1; for size 0 both are refused.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

Read = Callable[[int, int], bytes]  # (level, number) → hash of that complete subtree of 2**level leaves

EMPTY = sha256(b"").digest()
SIZE = 32


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def root(read: Read, size: int) -> bytes:
    return _root(read, 0, size) if size else EMPTY


def complete(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes of one level, whose number is a power of two."""
    while len(hashes) > 1:
        hashes = [sha256(b"\1" + hashes[i] + hashes[i + 1]).digest() for i in range(0, len(hashes), 2)]
    return hashes[0]


def inclusion(read: Read, index: int, size: int) -> list[bytes]:
    """What leads from leaf `index` to the root of the first `size` leaves."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _left(end - start)
        if index < middle:
            path.append(_root(read, middle, end))
            end = middle
        else:
            path.append(_root(read, start, middle))
            start = middle
    return path[::-1]


def consistency(read: Read, older: int, size: int) -> list[bytes]:
    """What shows that the first `older` of `size` leaves are the tree that was there before."""
    if not 0 < older <= size:
        raise ValueError(f"there is no proof from size {older} to size {size}")
    path, start, end = [], 0, size
    while older < end:
        middle = start + _left(end - start)
        if older <= middle:
            path.append(_root(read, middle, end))
            end = middle
        else:
            path.append(_root(read, start, middle))
            start = middle
    return ([_root(read, start, end)] if start else []) + path[::-1]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2; `leaf` is the hash of the leaf."""
    if not 0 <= index < size or any(len(each) != SIZE for each in (leaf, root, *proof)):
        return False
    place, last, found = index, size - 1, leaf
    for each in proof:
        if not last:
            return False
        if place & 1 or place == last:
            found = node_hash(each, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    return not last and found == root


def is_consistent(older: int, size: int, older_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162, 2.1.4.2."""
    if not 0 < older <= size or any(len(each) != SIZE for each in proof):
        return False
    if older == size:
        return not proof and older_root == root
    path = [older_root, *proof] if not older & (older - 1) else list(proof)
    place, last = older - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    return bool(proof) and _leads(path, place, last) == (older_root, root)


def _leads(path: list[bytes], place: int, last: int) -> tuple[bytes, bytes] | None:
    """The two roots that a consistency proof ends in."""
    before = after = path[0]
    for each in path[1:]:
        if not last:
            return None
        if place & 1 or place == last:
            before, after = node_hash(each, before), node_hash(each, after)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, each)
        place, last = place >> 1, last >> 1
    return None if last else (before, after)


class Growing:
    """The root of leaves that are told one after another, holding one hash a level."""

    def __init__(self):
        self.size, self._peaks = 0, []

    def add(self, hashes: Iterable[bytes], height: int = 0) -> None:
        """`height`: of the complete subtrees whose hashes these are; what was told before fills whole ones as well."""
        for found in hashes:
            size = self.size >> height
            while size & 1:
                found = sha256(b"\1" + self._peaks.pop() + found).digest()
                size >>= 1
            self._peaks.append(found)
            self.size += 1 << height

    @property
    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY
        *rest, found = self._peaks
        for left in reversed(rest):
            found = node_hash(left, found)
        return found


def _root(read: Read, start: int, end: int) -> bytes:
    """Of a range that begins at a multiple of the largest power of two in it."""
    size = end - start
    if not size & (size - 1):
        level = size.bit_length() - 1
        return read(level, start >> level)
    middle = start + _left(size)
    return node_hash(_root(read, start, middle), _root(read, middle, end))


def _left(size: int) -> int:
    """The largest power of two that is smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)
