"""What the law asks to erase goes away everywhere, an entry says so, and every proof holds."""

import pytest
from sqlalchemy import select, text

from app.domain import checkpoints, keys, merkle, privacy, trail
from app.domain.drafts import Draft
from app.domain.errors import NotAllowed, Refused
from app.domain.people import SYSTEM
from app.domain.trail import Value
from app.office import sealing
from app.office.erasure import erase_identity
from app.office.verification import first_fault
from tests.office.tampering import behind_its_back

BECAUSE = {"basis": "《个人信息保护法》第四十七条", "reason": "投诉人要求删除"}


@pytest.fixture
def case(office):
    case = office.file(complainant={"name": "王五", "phone": "13800001234"})
    office.assign(case)
    return case


def erase(office, case, by="director"):
    who = by if by is SYSTEM else office.by(by)
    return erase_identity(office.session, case, by=who, at=office.later(hours=1), words=str, **BECAUSE)


def held(office, case) -> dict:
    rows = office.session.execute(select(Value.key, Value.value, Value.salt).where(
        Value.stream == case.number, Value.seq == 1))
    return {key: (value, salt) for key, value, salt in rows}


def fault(office) -> str | None:
    office.session.flush()
    found = first_fault(office.session, calendar=office.register.calendar)
    return found and found.told()


def test_value_salt_row_and_drafts_are_gone_and_an_entry_says_so(office, case):
    office.session.add(Draft(officer_id=office.by("director").id, form=f"{case.number}/submit", fields={"x": "王五"},
                             saved_at=office.now))
    (entry,) = erase(office, case)
    assert trail.facts(entry)["keys"] == ["complainant.name", "complainant.phone"]
    assert held(office, case)["complainant.name"] == held(office, case)["complainant.phone"] == (None, None)
    assert held(office, case)["facts"][0], "only what is the complainant's"
    complainant = privacy.of(office.session, case.id)
    assert not any(getattr(complainant, name) for name in privacy.FIELDS)
    assert office.session.scalar(select(Draft)) is None
    dump = office.session.execute(text("SELECT * FROM entry_values")).all()
    assert "王五" not in str(dump)
    assert fault(office) is None


def test_the_proof_of_the_entry_holds_after_its_values_are_gone(office, case):
    key = keys.new("a")
    while sealing.take_in(office.session):
        pass
    sealing.sign(office.session, [key], at=office.now, words=str)
    before = checkpoints.proof(office.session, case.number, 1)
    erase(office, case)
    entry = office.session.scalars(trail.of(case.number)).first()
    after = checkpoints.proof(office.session, case.number, 1)
    root = checkpoints.said(keys.opened(after.note, [key.verifier])[0]).root
    assert after == before
    assert merkle.is_included(merkle.leaf_hash(bytes.fromhex(entry.seal)), after.index, after.size, after.hashes, root)
    assert fault(office) is None


def test_what_was_erased_and_is_there_again_is_named(office, case):
    value, salt = held(office, case)["complainant.name"]
    erase(office, case)
    statement = "UPDATE entry_values SET value = :value, salt = :salt WHERE stream = :of AND key = 'complainant.name'"
    number = case.number
    behind_its_back(office.session, statement, value=value, salt=salt, of=number)
    said = "“complainant.name” of entry 1 is there again, though an entry says that it was erased."
    assert fault(office) == f"{number}: {said}"


def test_it_is_refused_where_nothing_is_kept_and_to_whoever_may_not(office, case):
    with pytest.raises(NotAllowed):
        erase(office, case, "dispatcher")
    erase(office, case, SYSTEM)
    with pytest.raises(Refused, match="Nothing of a complainant"):
        erase(office, case)
    with pytest.raises(Refused):
        erase_identity(office.session, case, by=SYSTEM, at=office.now, words=str, basis=" ", reason="x")
