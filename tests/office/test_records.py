"""What is added to a case beside its steps: corrections, the redacted text, consent, identities, evidence."""

import pytest
from sqlalchemy import select

from app.domain import cases, files, trail
from app.domain.errors import NotAllowed, Refused
from app.domain.files import Kept
from app.domain.people import SYSTEM
from app.office import people as office_people
from app.office import records
from app.office.verification import first_fault

EVERYBODY = ("registrar", "dispatcher", "supervisor", "director", "liaison", "principal", "supporter", "discipline",
             "leader", "auditor", "sysadmin", "secadmin", "logadmin")


def common(office, by):
    return dict(by=office.by(by), at=office.now, words=str)


def correct(office, case, field, value, by="registrar", reason="录入有误"):
    return records.correct(office.session, case, field, value, reason=reason, **common(office, by))


def accused(office, **more):
    """A complaint about zjj, which leads it from the redacted text."""
    case = office.file(complained_of=office.register.people.by_code["zjj"], redacted="化名某企业",
                       complainant={"name": "王五", "phone": "13812341234"}, **more)
    office.assign(case, lead="zjj", supports=["zrzy"])
    return case


# --- corrections -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("field", "value"), [
    ("title", "正确的标题"), ("facts", "正确的事由"), ("place", "青溪县"), ("place", None), ("klass", "用地"),
    ("indicator", "办理建筑许可"), ("source", "省平台"), ("title", "  \u3000含空白 \r\n"),
])
def test_a_correction_says_what_it_was_before_and_why(office, field, value):
    case = office.file(place="旧地", klass="旧类", outside_number="A1")
    before, version = getattr(case, field), case.version
    entry = correct(office, case, field, value)
    assert getattr(case, field) == value
    facts, beside = trail.facts(entry), trail.values(office.session, case.number)[entry.seq]
    told = facts if field in ("klass", "indicator", "source") else beside
    assert (told.get("before", told.get("old")), told.get("after", told.get("new"))) == (before, value)
    assert beside["reason"] == "录入有误"
    assert case.version == version, "a correction makes nobody's page stale"
    assert office.session.scalars(trail.of(case.number)).all()[0].seal == entry.prev, "the first entry stays as it was"


@pytest.mark.parametrize(("field", "value", "reason", "wrong"), [
    ("title", "", "x", "value"), ("title", " ", "x", "value"), ("facts", None, "x", "value"),
    ("source", "\t", "x", "value"), ("title", "字" * 301, "x", "value"), ("facts", "\x00", "x", "value"),
    ("title", "新", "", "reason"), ("title", "新", " \u200b", "reason"), ("number", "TS-2026-9999", "x", "field"),
    ("state", "closed", "x", "field"), ("lead_id", "2", "x", "field"), ("redacted", "x", "x", "field"),
    ("__class__", "x", "x", "field"),
])
def test_a_correction_that_cannot_be_meant_is_refused_at_its_field(office, field, value, reason, wrong):
    case = office.file()
    with pytest.raises(Refused) as refusal:
        correct(office, case, field, value, reason=reason)
    assert refusal.value.field == wrong
    assert len(office.session.scalars(trail.of(case.number)).all()) == 1


def test_what_it_says_already_is_not_corrected(office):
    case = office.file()
    with pytest.raises(Refused, match="says already"):
        correct(office, case, "title", case.title)


@pytest.mark.parametrize("by", EVERYBODY)
def test_only_registrar_and_dispatcher_correct_and_redact(office, by):
    case = office.file()
    office.assign(case, supports=["zrzy"])
    for act in (lambda: correct(office, case, "title", f"由 {by} 更正", by=by),
                lambda: records.redact(office.session, case, "化名", **common(office, by))):
        if by in ("registrar", "dispatcher"):
            act()
        else:
            with pytest.raises(NotAllowed):
                act()


def test_an_outside_number_is_not_moved_onto_one_that_stands(office):
    """Correcting the source may not make two matters one; it is refused in a sentence and not by the database."""
    office.file(source="省平台", outside_number="A1")
    case = office.file(source="12345", outside_number="A1")
    with pytest.raises(Refused, match="on the books already") as refusal, office.session.begin_nested():
        correct(office, case, "source", "省平台")
    assert refusal.value.field == "value"


# --- the redacted text, consent, identity ----------------------------------------------------------------------------


def test_the_redacted_text_is_kept_beside_its_entry(office):
    case = office.file()
    entry = records.redact(office.session, case, "化名某企业\r\n反映", **common(office, "registrar"))
    assert case.redacted == "化名某企业\r\n反映"
    assert "化名" not in entry.data
    with pytest.raises(Refused) as refusal:
        records.redact(office.session, case, " ", **common(office, "registrar"))
    assert refusal.value.field == "redacted"


def open_identity(office, case, by, reason="核实情况"):
    return records.open_identity(office.session, case, reason=reason, **common(office, by))


@pytest.mark.parametrize("by", ["registrar", "dispatcher", "supervisor", "director", "supporter"])
def test_an_identity_is_opened_with_a_reason_and_an_entry(office, by):
    case = accused(office)
    seen = open_identity(office, case, by)
    assert seen.fields == {"name": "王五", "phone": "13812341234"}
    entry = office.session.scalars(trail.of(trail.OFFICE)).all()[-1]
    assert (entry.verb, entry.actor, trail.facts(entry)["case"]) == ("identity_opened", by, case.number)
    assert trail.values(office.session, trail.OFFICE, [entry.seq])[entry.seq] == {"reason": "核实情况"}
    assert "王五" not in entry.data


@pytest.mark.parametrize("by", ["leader", "auditor", "outsider", "county", "sysadmin", "secadmin", "logadmin"])
def test_an_identity_is_opened_by_the_office_or_a_unit_at_work_on_the_case_only(office, by):
    case, before = accused(office), trail.head(office.session)
    with pytest.raises(NotAllowed):
        open_identity(office, case, by)
    assert trail.head(office.session) == before


@pytest.mark.parametrize("by", ["liaison", "principal"])
def test_no_reason_opens_it_to_the_unit_complained_of_and_no_entry_is_made(office, by):
    case = accused(office)
    before = trail.head(office.session)
    with pytest.raises(NotAllowed, match="without the complainant's consent"):
        open_identity(office, case, by, reason="市长要求")
    assert trail.head(office.session) == before


def test_the_successor_of_the_unit_complained_of_does_not_open_it_either(office):
    case = accused(office)
    old, new = (office.session.get(office_people.Unit, office.register.people.by_code[c].id) for c in ("zjj", "gd"))
    office_people.succeed(office.session, old, new, reason="改革", by=SYSTEM, at=office.now, words=str)
    office.reload()
    with pytest.raises(NotAllowed):
        open_identity(office, case, "outsider")


def test_consent_opens_and_its_withdrawal_closes(office):
    case = accused(office)

    def consent(given):
        return records.consent(office.session, case, given=given, said="电话中同意", **common(office, "supervisor"))

    entry = consent(True)
    assert trail.facts(entry)["given"] is True
    assert open_identity(office, case, "liaison").fields["name"] == "王五"
    consent(False)
    with pytest.raises(NotAllowed):
        open_identity(office, case, "liaison")


@pytest.mark.parametrize("by", ["director", "liaison", "supporter", "leader", "auditor", "sysadmin"])
def test_consent_is_written_down_by_who_speaks_with_complainants(office, by):
    with pytest.raises(NotAllowed):
        records.consent(office.session, accused(office), given=True, said="x", **common(office, by))


def test_without_a_complainant_there_is_nothing_to_open_and_nothing_to_consent(office):
    case = office.file()
    with pytest.raises(Refused, match="No complainant"):
        open_identity(office, case, "supervisor")
    with pytest.raises(Refused, match="No complainant"):
        records.consent(office.session, case, given=True, said="x", **common(office, "supervisor"))


@pytest.mark.parametrize("reason", ["", " ", "\u200b", "x" * 2001, "\x00"])
def test_a_reason_is_a_reason(office, reason):
    with pytest.raises(Refused) as refusal:
        open_identity(office, accused(office), "supervisor", reason=reason)
    assert refusal.value.field == "reason"


# --- evidence --------------------------------------------------------------------------------------------------------

KEPT = Kept("ab" * 32, 1234, "application/pdf", "联合验收意见书.pdf")


def attach(office, case, by="liaison", kept=KEPT, purpose="after"):
    return records.attach(office.session, case, kept, purpose=purpose, register=office.register, **common(office, by))


def strike_out(office, case, file, by, reason="传错文件"):
    return records.strike_out(office.session, case, file, reason=reason, **common(office, by))


def test_a_file_hangs_on_its_case_with_an_entry_that_names_its_hash(office):
    case = accused(office)
    file = attach(office, case)
    entry = office.session.scalars(trail.of(case.number)).all()[-1]
    facts = trail.facts(entry)
    assert (facts["sha256"], facts["size"], facts["purpose"]) == (KEPT.sha256, 1234, "after")
    assert trail.values(office.session, case.number)[entry.seq] == {"name": "联合验收意见书.pdf"}
    assert (entry.actor, entry.unit, file.seq, file.from_unit) == ("liaison", "zjj", entry.seq, True)
    assert not attach(office, case, "dispatcher").from_unit


@pytest.mark.parametrize("by", ["leader", "auditor", "sysadmin", "secadmin", "logadmin"])
def test_who_changes_nothing_attaches_nothing(office, by):
    with pytest.raises(NotAllowed):
        attach(office, accused(office), by)


def test_nothing_hangs_on_a_case_that_is_over_or_for_an_unknown_purpose(office):
    case = office.file()
    with pytest.raises(Refused) as refusal:
        attach(office, case, "registrar", purpose="fun")
    assert refusal.value.field == "purpose"
    office.step(case, "propose_end", "dispatcher", ground="withdrawn", reason="撤回")
    office.step(case, "end", "director")
    with pytest.raises(Refused, match="case is over"):
        attach(office, case, "registrar")


def test_a_struck_out_file_stays_with_its_reason_and_counts_no_longer(office):
    case = accused(office)
    file = attach(office, case)
    entry = strike_out(office, case, file, "liaison")
    assert (file.struck_at, file.struck_reason) == (office.now, "传错文件")
    assert trail.facts(entry)["sha256"] == KEPT.sha256
    assert [kept.id for kept in files.of_case(office.session, case.id)] == [file.id]
    assert files.evidence_count(office.session, case.id) == 0
    with pytest.raises(Refused, match="struck out already"):
        strike_out(office, case, file, "liaison")


@pytest.mark.parametrize("by", EVERYBODY)
def test_a_file_is_struck_out_by_who_attached_it_or_by_the_office(office, by):
    case = accused(office)
    file = attach(office, case, "liaison")
    if by in ("liaison", "dispatcher", "supervisor", "registrar"):
        strike_out(office, case, file, by)
    else:
        with pytest.raises(NotAllowed):
            strike_out(office, case, file, by)


def test_a_file_is_struck_out_with_a_reason(office):
    case = accused(office)
    with pytest.raises(Refused) as refusal:
        strike_out(office, case, attach(office, case), "liaison", reason=" ")
    assert refusal.value.field == "reason"


def test_somebody_in_two_units_attaches_for_the_one_that_has_a_hand_in_it(office):
    """What a unit hangs on a case is that unit's: not of whichever post of his happens to come first."""
    gd, who = office.register.people.by_code["gd"], office_people.officer_called(office.session, "supporter")
    office_people.give_post(office.session, who, "liaison", office.session.get(office_people.Unit, gd.id), by=SYSTEM,
                            at=office.now, words=str)
    office.reload()
    case = office.file()
    office.assign(case, lead="gd")
    assert attach(office, case, "supporter").unit_id == gd.id


def test_after_all_of_it_the_trail_holds(office):
    case = accused(office)
    correct(office, case, "facts", "新事由")
    records.redact(office.session, case, "新化名", **common(office, "registrar"))
    strike_out(office, case, attach(office, case), "liaison")
    open_identity(office, case, "supervisor")
    assert first_fault(office.session, calendar=office.register.calendar) is None
    assert office.session.scalar(select(cases.Case.version).where(cases.Case.id == case.id)) == 2
