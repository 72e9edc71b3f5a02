"""The draw by lot, pure; and once more by a second implementation, written from docs/lookbacks.md alone."""

import hashlib
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from app.domain import lots

NOTE = "duban.example/lanchuan\n1234\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
SEAL = "5a" * 32
NUMBERS = [f"TS-2026-{serial:04d}" for serial in range(1, 101)]


def by_the_words(note_text: str, seal: str, population: list[str], musts, percent: int) -> list[str]:
    """What docs/lookbacks.md says, step by step, with nothing of ours."""
    start = hashlib.sha256()
    start.update(note_text.encode("utf-8"))
    start.update(bytes(int(seal[at : at + 2], 16) for at in range(0, 64, 2)))
    tickets = {}
    for number in population:
        if number not in musts:
            tickets[hashlib.sha256(start.digest() + number.encode("utf-8")).hexdigest()] = number
    winners = [tickets[ticket] for ticket in sorted(tickets)][: ceil(len(tickets) * percent / 100)]
    return [number for number in population if number in musts] + winners


def test_a_known_draw():
    drawn = lots.drawn(lots.seed(NOTE, SEAL), NUMBERS, ["TS-2026-0007"], 5)
    assert drawn == by_the_words(NOTE, SEAL, NUMBERS, {"TS-2026-0007"}, 5)
    assert (drawn[0], len(drawn)) == ("TS-2026-0007", 6)
    assert lots.digest(NUMBERS) == hashlib.sha256(("\n".join(NUMBERS) + "\n").encode()).hexdigest()


@given(st.text(max_size=80), st.binary(min_size=32, max_size=32), st.sets(st.sampled_from(NUMBERS)),
       st.sets(st.sampled_from(NUMBERS)), st.integers(1, 100))
def test_both_implementations_draw_the_same(note, seal, population, musts, percent):
    population = sorted(population)
    drawn = lots.drawn(lots.seed(note, seal.hex()), population, musts, percent)
    assert drawn == by_the_words(note, seal.hex(), population, musts, percent)
    assert len(set(drawn)) == len(drawn) and set(drawn) <= set(population)
    assert set(population) & musts <= set(drawn)
    rest = len(set(population) - musts)
    assert len(drawn) - len(set(population) & musts) == ceil(rest * percent / 100)


def test_each_byte_of_the_checkpoint_and_of_the_announcement_changes_the_draw():
    drawn = lots.ranked(lots.seed(NOTE, SEAL), NUMBERS)
    assert lots.ranked(lots.seed(NOTE.replace("1234", "1235"), SEAL), NUMBERS) != drawn
    assert lots.ranked(lots.seed(NOTE, "5b" + SEAL[2:]), NUMBERS) != drawn
    assert lots.ranked(lots.seed(NOTE, SEAL), NUMBERS[::-1]) == drawn, "the order in which they are given is nothing"


def test_every_case_is_drawn_about_as_often_as_any_other():
    """A hundred cases, one in ten, two thousand checkpoints: each about two hundred times (a spread of 13.4)."""
    times = dict.fromkeys(NUMBERS, 0)
    for checkpoint in range(2000):
        for number in lots.drawn(lots.seed(f"{checkpoint}", SEAL), NUMBERS, (), 10):
            times[number] += 1
    assert sum(times.values()) == 20_000
    assert all(140 < count < 260 for count in times.values()), "four and a half times the spread"
