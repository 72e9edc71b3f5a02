"""Drawing by lot so that nobody can steer it and anybody can repeat it; docs/lookbacks.md says it in words.

The seed comes from a checkpoint that did not exist when population and rule were announced; the announcement is in it.
"""

from hashlib import sha256


def digest(numbers) -> str:
    """Of a population: its numbers in the order of their bytes, a line each."""
    return sha256("".join(f"{number}\n" for number in sorted(numbers, key=str.encode)).encode()).hexdigest()


def seed(note_text: str, announcement: str) -> bytes:
    """From the text of the checkpoint's note, without its signatures, and the seal of the announcement in hex."""
    return sha256(note_text.encode() + bytes.fromhex(announcement)).digest()


def ranked(seed: bytes, numbers) -> list[str]:
    """In the order that the seed gives them."""
    return sorted(numbers, key=lambda number: sha256(seed + number.encode()).digest())


def share(percent: int, count: int) -> int:
    """So many of the rest are drawn: the share, rounded up."""
    return -(-percent * count // 100)


def drawn(seed: bytes, population, musts, percent: int) -> list[str]:
    """All that must be, in the order of the population; then the share of the rest, the lowest ranks first."""
    must = set(musts)
    rest = [number for number in population if number not in must]
    return [number for number in population if number in must] + ranked(seed, rest)[: share(percent, len(rest))]
