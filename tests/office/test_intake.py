"""Putting matters on the books: each with its number, its first entry and its terms; or refused field by field."""

import json
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import workflows
from app.domain import catalogue, clocks, trail
from app.domain.cases import Case, Naming, Note
from app.domain.catalogue import CatalogueRow
from app.domain.errors import NotAllowed, Refusals, Refused
from app.domain.numbers import Series
from app.domain.people import SYSTEM
from app.domain.privacy import Complainant
from app.domain.tellings import Telling
from app.domain.trail import Entry
from app.office import intake
from app.office import people as office_people
from app.office.intake import Filing
from tests.conftest import Office

CODE = "91350100M000100Y43"
SOUND = dict(kind="complaint", title="题", facts="事", source="12345")


def refused(office, **wrong) -> list[tuple[str, str]]:
    """(field, sentence) of everything that was wrong; and nothing was put on the books."""
    before = counts(office)
    with pytest.raises(Refusals) as refusal:
        file(office, **wrong)
    assert counts(office) == before
    return [(each.field, str(each)) for each in refusal.value.refusals]


def file(office, by="registrar", **more) -> Case:
    return intake.file_case(office.session, Filing(**(SOUND | more)), by=office.by(by), at=office.now, words=str,
                            register=office.register)


def counts(office) -> list[int]:
    return [office.session.scalar(select(func.count()).select_from(table)) for table in (
        Case, Entry, Complainant, Note, Telling, clocks.TimeNode)] + list(office.session.scalars(select(Series.last)))


# --- what is filed ---------------------------------------------------------------------------------------------------


def test_a_matter_has_its_number_its_first_entry_and_its_first_terms(office):
    case = office.file(grade="complex", klass="工程建设", place="青溪县", indicator="办理建筑许可")
    assert (case.number, case.state, case.version) == ("TS-2026-0001", "filed", 1)
    assert (case.filed_at, case.filed_on, case.received_at) == (office.now, date(2026, 9, 14), office.now)
    (entry,) = office.session.scalars(trail.of(case.number))
    said = trail.facts(entry)
    assert (entry.actor, entry.unit, entry.verb) == ("registrar", "ysb", "filed")
    assert (said["kind"], said["class"], said["grade"]) == ("complaint", "工程建设", "complex")
    assert set(said["beside"]) == {"title", "facts", "place"}
    assert [clock["purpose"] for clock in said["clocks"]] == ["accept", "reply"]
    nodes = clocks.of_case(office.session, case.id)
    assert [(node.purpose, node.due_on) for node in nodes] == [("accept", date(2026, 9, 17)),
                                                             ("reply", office.register.calendar.add(case.filed_on, 45))]
    assert case.due_on == date(2026, 9, 17), "the case is known by the date of its first term"


@pytest.mark.parametrize("text", ["  首尾有空白  ", "行\r\n行\r行\n", "\u3000全角空格", "a\tb", "😀𠮷",
                                  "<script>", "=cmd()", "%s"])
def test_texts_are_kept_to_the_byte(office, text):
    case = file(office, title=text, facts=text, place=text, redacted=text, notes=(("答复意见", text),),
                complainant={"name": text, "address": text})
    office.session.flush()
    office.session.expire_all()
    who = office.session.get(Complainant, case.id)
    note = office.session.get(Note, (case.id, 1))
    assert {case.title, case.facts, case.place, case.redacted, who.name, who.address, note.text} == {text}
    kept = trail.values(office.session, case.number)[1]
    assert {kept[key] for key in ("title", "facts", "place", "complainant.name", "notes.答复意见")} == {text}


def test_the_complainant_is_kept_beside_and_in_no_plain_field(office):
    case = file(office, complainant={"name": "张三", "phone": "13812341234", "credit_code": CODE})
    (entry,) = office.session.scalars(trail.of(case.number))
    assert not any(secret in entry.data for secret in ("张三", "13812341234", CODE))
    assert set(trail.facts(entry)["beside"]) >= {"complainant.name", "complainant.phone", "complainant.credit_code"}


@pytest.mark.parametrize(("kind", "prefix", "by"), [
    ("complaint", "TS", "registrar"), ("finding", "DC", "supervisor"), ("task", "RW", "dispatcher"),
    ("accountability", "WZ", "director"),
])
def test_each_kind_has_its_own_series(office, kind, prefix, by):
    more = raised(office) if kind == "accountability" else {}
    first, second = (file(office, by, kind=kind, **more) for _ in range(2))
    assert [first.number, second.number] == [f"{prefix}-2026-0001", f"{prefix}-2026-0002"]


def test_the_year_of_a_number_is_the_year_in_shanghai(office):
    office.now = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    assert office.file().number == "TS-2027-0001"
    office.now = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)
    assert office.file().number == "TS-2026-0001"


def test_two_hundred_at_once_are_the_same_as_one_by_one(office):
    filings = [Filing(**(SOUND | {"title": f"第 {n} 件", "outside_number": f"A{n}"}), complainant={"name": f"人{n}"},
                      notes=(("答复", f"{n}"),)) for n in range(200)]
    made = intake.put_on_books(office.session, filings, by=office.by("registrar"), at=office.now, words=str,
                               register=office.register)
    assert [case.number for case in made] == [f"TS-2026-{n:04d}" for n in range(1, 201)]
    assert office.session.scalar(select(func.count()).select_from(Complainant)) == 200
    assert office.session.scalar(select(Note.text).where(Note.case_id == made[199].id)) == "199"
    assert office.file().number == "TS-2026-0201"


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wrong", "field", "sentence"), [
    ({"title": ""}, "title", "fill this in"), ({"title": " \u3000"}, "title", "fill this in"),
    ({"title": "字" * 301}, "title", "301 characters"), ({"title": "a\x00b"}, "title", "U+0000 (NUL)"),
    ({"facts": ""}, "facts", "fill this in"), ({"facts": "字" * 20_001}, "facts", "20001"),
    ({"facts": "\ufffe"}, "facts", "U+FFFE"), ({"source": ""}, "source", "fill this in"),
    ({"source": "字" * 121}, "source", "121"), ({"outside_number": "9" * 201}, "outside_number", "201"),
    ({"klass": "字" * 121}, "klass", "121"), ({"indicator": "字" * 121}, "indicator", "121"),
    ({"place": "\x1b"}, "place", "ESCAPE"), ({"redacted": "\x00"}, "redacted", "NUL"),
    ({"grade": "huge"}, "grade", "choose one of these"),
    ({"complainant": {"name": "字" * 501}}, "name", "501"), ({"complainant": {"phone": "\x00"}}, "phone", "NUL"),
    ({"complainant": {"credit_code": "9135"}}, "credit_code", "18 characters"),
    ({"complainant": {"credit_code": CODE[:-1] + "0"}}, "credit_code", "check character"),
    ({"notes": (("字" * 61, "x"),)}, "notes", "61"), ({"notes": (("x", "\x00"),)}, "notes", "NUL"),
])
def test_a_wrong_field_is_refused_by_its_name(office, wrong, field, sentence):
    ((named, said),) = refused(office, **wrong)
    assert named == field and sentence in said


def test_every_wrong_field_is_named_at_once(office):
    fields = [field for field, _ in refused(office, title="", facts=" ", source="", grade="x", place="\x00",
                                            complainant={"credit_code": "1"})]
    assert fields == ["title", "facts", "source", "place", "credit_code", "grade"]


def test_nothing_is_received_in_the_future(office):
    assert file(office, received_at=office.now).received_at == office.now
    ((field, said),) = refused(office, received_at=office.now + timedelta(seconds=1))
    assert field == "received_at" and "future" in said
    past = office.now - timedelta(days=400)
    assert file(office, received_at=past).received_at == past


def test_an_unknown_kind_is_refused(office):
    with pytest.raises(Refused) as refusal:
        file(office, kind="gossip")
    assert refusal.value.field == "kind"


@pytest.mark.parametrize("kind", workflows.every())
def test_only_the_posts_of_its_table_file_a_kind(office, kind):
    more = raised(office) if kind == "accountability" else {}
    for username in ("registrar", "dispatcher", "supervisor", "director", "liaison", "principal", "discipline",
                     "leader", "auditor", "sysadmin", "secadmin", "logadmin", "outsider"):
        if username in workflows.get(kind).filed_by:
            assert file(office, username, kind=kind, **more).kind == kind
        else:
            with pytest.raises(NotAllowed):
                file(office, username, kind=kind, **more)


def test_accountability_comes_from_another_case(office):
    with pytest.raises(Refusals) as refusal:
        file(office, "supervisor", kind="accountability")
    assert [each.field for each in refusal.value.refusals] == ["origin", "complained_of"]
    asked = raised(office)
    case = file(office, "supervisor", kind="accountability", **asked)
    assert case.origin_id == asked["origin"].id
    assert trail.facts(office.session.scalars(trail.of(case.number)).first())["origin"] == asked["origin"].number


def raised(office) -> dict:
    """What a case of accountability is filed with beside its texts."""
    return {"origin": office.file("finding", by="registrar"), "complained_of": office.register.people.by_code["zjj"]}


def test_the_trails_of_both_point_to_each_other_with_the_last_seal_of_each(office):
    asked = raised(office)
    before = office.session.scalars(trail.of(asked["origin"].number)).all()
    case = file(office, "supervisor", kind="accountability", **asked)
    there, (_filed, here) = (office.session.scalars(trail.of(each.number)).all() for each in (asked["origin"], case))
    assert (here.verb, there[-1].verb, len(there)) == ("linked", "linked", len(before) + 1)
    assert trail.facts(here) | {"beside": {}} == {
        "to": asked["origin"].number, "relation": "raised_from", "seq": len(before), "seal": before[-1].seal,
        "beside": {}}
    assert trail.facts(there[-1]) == {
        "to": case.number, "relation": "raised", "seq": 2, "seal": here.seal, "beside": {}}


def test_an_outside_number_is_on_the_books_once_for_each_source(office):
    file(office, outside_number="LC1")
    with pytest.raises(Refused, match="12345 number LC1 is on the books already") as refusal:
        file(office, outside_number="LC1")
    assert refusal.value.field == "outside_number"
    file(office, outside_number="LC1", source="省营商环境平台")
    assert office.session.scalar(select(func.count()).select_from(Case)) == 2
    assert intake.standing_number(office.session, "12345", "LC1") == "TS-2026-0001"


def test_of_two_clerks_who_file_one_outside_number_at_once_the_second_hears_a_sentence(engine):
    answers = []

    def second_clerk():
        with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
            try:
                Office(session).file(source="12345", outside_number="LC1")
            except Refused as refusal:
                answers.append((refusal.field, refusal.told()))

    with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
        Office(session).file(source="12345", outside_number="LC1")
        clerk = Thread(target=second_clerk)
        clerk.start()
        clerk.join(0.5)
        assert clerk.is_alive(), "he waits for the first to have done"
        session.commit()
    clerk.join(20)
    assert answers == [("outside_number", "12345 number LC1 is on the books already.")]


def test_what_has_no_outside_number_may_come_any_number_of_times(office):
    numbers = {file(office, outside_number=number).number for number in (None, "", None)}
    assert len(numbers) == 3


def test_a_refused_matter_takes_no_number(office):
    refused(office, title="")
    assert office.file().number == "TS-2026-0001"


def test_two_columns_under_one_heading_are_both_kept(office):
    case = file(office, notes=(("答复意见", "第一次答复"), ("答复意见", "第二次答复")))
    notes = office.session.scalars(select(Note.text).where(Note.case_id == case.id).order_by(Note.no)).all()
    assert notes == ["第一次答复", "第二次答复"]
    kept = trail.values(office.session, case.number)[1]
    assert {"第一次答复", "第二次答复"} <= set(kept.values()), "both are sealed too"


# --- beside ----------------------------------------------------------------------------------------------------------


def test_an_anonymous_matter_says_so_and_names_nobody(office):
    case = file(office, is_anonymous=True)
    who = office.session.get(Complainant, case.id)
    assert who.is_anonymous and who.name is None
    assert office.session.get(Complainant, office.file().id) is None, "where nobody is named there is no row"


def test_a_sealed_matter_names_its_registrar_and_nobody_else(office):
    case = file(office, sealed=True)
    named = office.session.scalars(select(Naming.officer_id).where(Naming.case_id == case.id)).all()
    assert named == [office.by("registrar").id]


def test_the_dispatchers_hear_of_a_new_matter_and_an_import_does_not_flood_them(office):
    case = office.file()
    heard = office.session.scalars(select(Telling.officer_id).where(Telling.stream == case.number)).all()
    assert {office.register.people.username_of(officer) for officer in heard} == {"dispatcher", "second_dispatcher"}
    many = [Filing(**(SOUND | {"outside_number": f"B{n}"})) for n in range(3)]
    for made in intake.put_on_books(office.session, many, by=office.by("registrar"), at=office.now, words=str,
                                    register=office.register):
        assert office.session.scalars(select(Telling.id).where(Telling.stream == made.number)).all() == []


# --- the dispatch catalogue ------------------------------------------------------------------------------------------


def row(office, code="zjj", **more) -> CatalogueRow:
    facts = dict(item="3.2", kind="complaint", klass="工程建设", unit_id=office.register.people.by_code[code].id,
                 grade=None, basis="三定规定", needs_evidence=False, since=date(2026, 1, 1), until=None)
    made = CatalogueRow(**(facts | more))
    office.session.add(made)
    office.session.flush()
    return made


def proposal(office, case) -> dict:
    return intake.proposal(office.session, case, register=office.register, today=office.today)


def test_the_catalogue_proposes_the_unit_the_basis_and_the_grade(office):
    row(office, grade="complex")
    assert proposal(office, office.file(klass="工程建设")) == {
        "lead": "zjj", "basis": "派单目录 3.2 三定规定", "grade": "complex"}
    assert proposal(office, office.file(klass="用地")) == {}
    assert proposal(office, office.file()) == {}


def test_the_row_in_force_on_the_day_is_the_one_that_counts(office):
    row(office, "gd", since=date(2026, 1, 1), until=date(2026, 9, 14))
    row(office, "zrzy", since=date(2026, 9, 14))
    row(office, "qx", since=date(2027, 1, 1))
    case = office.file(klass="工程建设")
    assert proposal(office, case)["lead"] == "zrzy"
    on = {day: catalogue.proposal(office.session, kind="complaint", klass="工程建设", on=date(*day))
          for day in ((2025, 12, 31), (2026, 9, 13), (2027, 2, 1))}
    units = {day: found and office.register.people.units[found.unit_id].code for day, found in on.items()}
    assert units == {(2025, 12, 31): None, (2026, 9, 13): "gd", (2027, 2, 1): "qx"}


def test_what_the_imported_ledger_names_comes_before_the_catalogue(office):
    row(office)
    case = office.file(klass="工程建设", proposal={"lead": "gd"})
    assert proposal(office, case)["lead"] == "gd"


def test_a_unit_that_was_succeeded_is_proposed_as_its_heir(office):
    row(office, "zjj")
    old, new = (office.session.get(office_people.Unit, office.register.people.by_code[c].id) for c in ("zjj", "gd"))
    office_people.succeed(office.session, old, new, reason="改革", by=SYSTEM, at=office.now, words=str)
    office.reload()
    assert proposal(office, office.file(klass="工程建设"))["lead"] == "gd"


def test_classes_of_the_catalogue_are_those_still_in_force(office):
    row(office, klass="乙")
    row(office, klass="甲", kind="finding")
    row(office, klass="丙", until=date(2026, 2, 1))
    assert set(catalogue.classes(office.session)) == {"甲", "乙"}
    assert catalogue.classes(office.session, "finding") == ["甲"]


def test_the_first_entry_is_json_that_anybody_reads(office):
    case = office.file()
    (entry,) = office.session.scalars(trail.of(case.number))
    assert json.loads(trail.body(entry))["data"]["kind"] == "complaint"
