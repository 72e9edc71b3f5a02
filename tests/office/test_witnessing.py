"""Checkpoints that somebody outside has signed as well: taken back from a note, kept, and held by verification; rubbish
gets no further than the door."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.domain import checkpoints, keys, seals, settings, trail, witnesses
from app.domain.errors import NotAllowed, Refused
from app.domain.people import SYSTEM
from app.domain.settings import SEPARATED
from app.domain.witnesses import Cosignature
from app.office import sealing, tiles, witnessing
from app.office import settings as decided
from app.office.verification import verify
from tests.domain.strangers import checked, witnessed
from tests.office.tampering import behind_its_back
from tests.witnesses import Witness

ORIGIN, BASIS = "city.example/trail", "审计局 2026 年 9 月 1 日来函"
AUDIT, NOTARY = Witness(), Witness("notary.example/w", b"\1" * 32)


@pytest.fixture
def key():
    return keys.new(ORIGIN)


@pytest.fixture
def books(office, key):
    office.file()
    name(office, AUDIT)
    seal(office, key)
    return office


def seal(office, *signers):
    while sealing.take_in(office.session):
        pass
    return sealing.sign(office.session, list(signers), at=office.now, words=str)


def name(office, *named, by=SYSTEM):
    for each in named:
        witnessing.name(office.session, each.key, basis=BASIS, by=by, at=office.now, words=str)


def take(office, note: str):
    return witnessing.take(office.session, note, at=office.now)


def note(office) -> str:
    return checkpoints.latest(office.session).note


def fault(office, key) -> str | None:
    office.session.flush()
    found = verify(office.session, calendar=office.register.calendar, current=[key.verifier]).fault
    return found and found.told()


def kept(office) -> list[str]:
    return list(office.session.scalars(select(Cosignature.line).order_by(Cosignature.id)))


# --- who is a witness -------------------------------------------------------------------------------------------------


def test_a_witness_is_named_and_ended_by_entries_and_what_was_before_is_kept(office):
    name(office, AUDIT, NOTARY)
    office.later(days=1)
    witnessing.end(office.session, AUDIT.name, basis="合作期满", by=SYSTEM, at=office.now, words=str)
    assert [each.name for each in witnessing.named(office.session)] == [NOTARY.name]
    told = [trail.facts(entry) for entry in office.session.scalars(trail.of(trail.OFFICE)) if
            entry.verb == "setting_set"]
    assert [(facts["before"], facts["after"], facts["basis"]) for facts in told] == [
        ("", AUDIT.key, BASIS), (AUDIT.key, f"{AUDIT.key} {NOTARY.key}", BASIS),
        (f"{AUDIT.key} {NOTARY.key}", NOTARY.key, "合作期满")]
    assert len(settings.settings(office.session).past) == 3


@pytest.mark.parametrize("key", [
    "", "nobody", AUDIT.key, AUDIT.key[:-1], str(keys.Signer("a/b", bytes(32)).verifier), Witness("x" * 101).key,
    Witness("another.example/w").key, Witness(AUDIT.name, b"\2" * 32).key,
])
def test_who_cannot_be_a_witness_is_refused_and_changes_nothing(office, key):
    name(office, AUDIT)
    with pytest.raises(Refused) as refusal:
        witnessing.name(office.session, key, basis=BASIS, by=SYSTEM, at=office.now, words=str)
    assert refusal.value.field == "value"
    assert [each.name for each in witnessing.named(office.session)] == [AUDIT.name]


def test_no_more_than_eight_are_named_and_a_basis_is_asked_for(office):
    name(office, *(Witness(f"w{no}.example/{'x' * 80}", bytes([no]) * 32) for no in range(8)))
    with pytest.raises(Refused):
        name(office, AUDIT)
    with pytest.raises(Refused) as refusal:
        witnessing.end(office.session, witnessing.named(office.session)[0].name, basis=" ", by=SYSTEM, at=office.now,
                       words=str)
    assert refusal.value.field == "basis"
    with pytest.raises(Refused):
        witnessing.end(office.session, "nobody", basis=BASIS, by=SYSTEM, at=office.now, words=str)


def test_where_the_three_are_kept_apart_the_machine_names_nobody(office):
    name(office, AUDIT)
    decided.change(office.session, SEPARATED, "on", basis=BASIS, by=office.by("secadmin"), at=office.now, words=str)
    for by in (SYSTEM, office.by("director")):
        with pytest.raises(NotAllowed):
            name(office, NOTARY, by=by)
    name(office, NOTARY, by=office.by("secadmin"))
    with pytest.raises(NotAllowed):
        decided.change(office.session, SEPARATED, "off", basis=BASIS, by=SYSTEM, at=office.now, words=str)


def test_who_signs_nothing_for_long_is_known(books, key):
    name(books, NOTARY)

    def silent() -> list[str]:
        return witnessing.silent(books.session, at=books.now)

    assert silent() == [AUDIT.name, NOTARY.name]
    take(books, AUDIT.under(note(books), books.now))
    books.later(days=30)
    assert silent() == [NOTARY.name]
    books.later(days=2)
    assert silent() == [AUDIT.name, NOTARY.name]


# --- what comes back --------------------------------------------------------------------------------------------------


def test_what_a_witness_signed_is_kept_under_its_checkpoint_and_a_stranger_believes_both(books, key, tmp_path):
    carried = note(books)
    books.later(hours=5)
    taken = take(books, AUDIT.under(carried, books.now))
    assert [line.witness.name for line in taken.new] == [AUDIT.name] and not taken.old
    whole = witnesses.note(books.session, checkpoints.latest(books.session))
    assert witnessed(whole, AUDIT.key) == [int(books.now.timestamp())]
    assert checked(whole, str(key.verifier))[0] == ORIGIN
    assert fault(books, key) is None
    assert verify(books.session, calendar=books.register.calendar, current=[key.verifier], kept=whole).fault is None
    tiles.export(books.session, tmp_path)
    assert (tmp_path / "checkpoint").read_text() == whole


def test_what_comes_back_late_goes_under_the_checkpoint_that_was_carried_away(books, key):
    carried = note(books)
    books.file()
    books.later(days=3)
    seal(books, key)
    taken = take(books, AUDIT.under(carried, books.now))
    assert taken.checkpoint.note == carried != note(books)
    assert witnesses.latest(books.session).note == carried
    assert witnesses.note(books.session, checkpoints.latest(books.session)) == note(books)
    assert witnesses.last_of(books.session, [AUDIT.name, "x"])[AUDIT.name].size == taken.checkpoint.size
    assert fault(books, key) is None


def test_the_same_note_taken_twice_is_kept_once_and_a_second_time_of_seeing_is_another_line(books):
    back = AUDIT.under(note(books), books.now)
    take(books, back)
    again = take(books, back)
    assert not again.new and len(again.old) == 1 and len(kept(books)) == 1
    books.later(days=1)
    take(books, AUDIT.under(back, books.now))
    assert len(kept(books)) == 2


def test_lines_of_strangers_and_of_our_own_key_are_passed_over(books, key):
    back = NOTARY.under(AUDIT.under(note(books), books.now), books.now)
    assert len(take(books, back).new) == 1 and len(kept(books)) == 1
    name(books, NOTARY)
    taken = take(books, back)
    assert [line.witness.name for line in taken.new] == [NOTARY.name] and len(taken.old) == 1
    assert fault(books, key) is None


@pytest.mark.parametrize("written", [
    lambda back: back.replace("\n", "\r\n"), lambda back: "\ufeff" + back, lambda back: back.rstrip("\n"),
    lambda back: back + "\n\n",
], ids=["line ends", "mark", "no end", "blank lines"])
def test_what_an_editor_makes_of_a_note_on_the_way_does_no_harm(books, key, written):
    assert len(take(books, written(AUDIT.under(note(books), books.now))).new) == 1
    assert fault(books, key) is None


def test_what_a_witness_signed_stays_good_when_he_is_one_no_longer(books, key):
    take(books, AUDIT.under(note(books), books.now))
    back = AUDIT.under(note(books), books.now + timedelta(hours=1))
    witnessing.end(books.session, AUDIT.name, basis="合作期满", by=SYSTEM, at=books.now, words=str)
    assert fault(books, key) is None
    with pytest.raises(Refused, match="No witness is named"):
        take(books, back)
    name(books, NOTARY)
    with pytest.raises(Refused, match="None of the witnesses"):
        take(books, back)


def test_rubbish_is_refused_with_a_sentence_and_nothing_is_kept(books, key):
    ours, other = note(books), keys.new(ORIGIN)
    stranger = keys.signed(checkpoints.body(ORIGIN, 3, b"\1" * 32), [other])
    bent = AUDIT.under(ours, books.now)
    bent = bent[:-10] + ("A" if bent[-10] != "A" else "B") + bent[-9:]
    rubbish = {
        "": "no signed checkpoint", "x": "no signed checkpoint", "\0" * 50: "no signed checkpoint",
        keys.signed("x\ny\n", [key]): "no signed checkpoint", "x" * 200_000: "too long",
        ours: "None of the witnesses", NOTARY.under(ours, books.now): "None of the witnesses",
        AUDIT.under(stranger, books.now): "No checkpoint of this office",
        AUDIT.under(stranger.replace("\n3\n", f"\n{10**30}\n"), books.now): "No checkpoint of this office",
        AUDIT.under(ours.replace(ORIGIN, "other.example", 1), books.now): "No checkpoint of this office",
        bent: "did not sign this", ours + AUDIT.line("another text\n", books.now): "did not sign this",
        AUDIT.under(AUDIT.under(ours, books.now), books.now + timedelta(days=2)): "when it cannot have been",
        AUDIT.under(ours, books.now - timedelta(days=2)): "when it cannot have been",
        AUDIT.under(ours, 0): "when it cannot have been", AUDIT.under(ours, 2**63): "did not sign this",
    }
    for back, sentence in rubbish.items():
        with pytest.raises(Refused, match=sentence):
            take(books, back)
        assert kept(books) == []
    assert fault(books, key) is None


# --- what verification says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", [
    "UPDATE cosignatures SET line = :other", "UPDATE cosignatures SET line = substr(line, 1, 60) || substr(line, 62)",
    "UPDATE cosignatures SET witness = 'x'", "UPDATE cosignatures SET line = line || :second",
    "UPDATE cosignatures SET at = '2026-09-15T00:00:00.000000Z'", "UPDATE cosignatures SET at = 'x'",
    "UPDATE cosignatures SET line = ''",
    "UPDATE cosignatures SET checkpoint_id = checkpoint_id + 1", "UPDATE cosignatures SET checkpoint_id = 999",
])
def test_a_cosignature_that_is_not_what_it_was_is_named(books, key, statement):
    take(books, AUDIT.under(note(books), books.now))
    books.file()
    seal(books, key)
    text_of = note(books).rpartition("\n\n")[0] + "\n"
    facts = {"other": NOTARY.line(text_of, books.now), "second": AUDIT.line(text_of, books.now)}
    behind_its_back(books.session, statement, **{each: facts[each] for each in facts if f":{each}" in statement})
    said = fault(books, key)
    assert said and "cosignature" in said and "is not by a witness whom an entry names" in said


def test_a_history_that_was_rebuilt_with_the_key_does_not_fit_what_the_witness_signed(books, key):
    """The second adversary, who also holds the signing key, signs another history under the line of the witness."""
    take(books, AUDIT.under(note(books), books.now))
    last = checkpoints.latest(books.session)
    other = keys.signed(checkpoints.body(ORIGIN, last.size, b"\7" * 32), [key])
    behind_its_back(books.session, "UPDATE checkpoints SET note = :note, root = :root WHERE id = :id", id=last.id,
                    note=other, root=("07" * 32))
    assert f"The cosignature of {AUDIT.name} under checkpoint {last.id}" in fault(books, key)


def test_nobody_changes_or_removes_a_cosignature(books):
    take(books, AUDIT.under(note(books), books.now))
    assert {name for name in seals.names(books.session.get_bind().dialect.name) if name.startswith("cosign")}
    for statement in ("UPDATE cosignatures SET line = ''", "DELETE FROM cosignatures"):
        with pytest.raises(Exception, match="append-only"), books.session.begin_nested():
            books.session.execute(text(statement))
