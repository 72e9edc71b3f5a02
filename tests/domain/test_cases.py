"""Cases: who may see one, whose hands it is in, and what the database itself refuses to believe."""

import re

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from app.domain import cases
from app.domain.cases import LEAD, SUPPORT, Assignment, Case, Naming
from app.domain.people import SYSTEM, Actor
from app.office import people as office_people
from workflows.grammar import ADMIN_POSTS, OFFICE_POSTS, OUTSIDE_POSTS, POSTS, UNIT_POSTS

RELATIONS = ("lead", "support", "complained_of", "lead and complained_of", "none")


def unit(office, code: str):
    return office.register.people.by_code[code]


def sees(office, actor: Actor, case: Case) -> bool:
    one = office.session.scalar(cases.visible_to(actor).where(Case.id == case.id))
    assert one == cases.find(office.session, case.number, actor), "the list and the single case agree"
    return one is not None


def holder(office, post: str) -> Actor:
    """An officer who holds this post and nothing else; unit posts at zjj, others where they belong."""
    where = {"leader": "zf", "auditor": "sj"}.get(post, "zjj" if post in UNIT_POSTS else "ysb")
    system = dict(by=SYSTEM, at=office.now, words=str)
    made = office_people.add_officer(office.session, username=f"x_{post}", name="某", **system)
    office_people.give_post(office.session, made, post, office.session.get(office_people.Unit, unit(office, where).id),
                            **system)
    office.reload()
    return office.by(f"x_{post}")


def a_case(office, relation: str, *, sealed=False) -> Case:
    """A case to which the unit zjj stands in this relation."""
    accused = unit(office, "zjj") if "complained_of" in relation else None
    case = office.file(complained_of=accused, redacted="化名" if accused else None, sealed=sealed)
    if "lead" in relation:
        assign(office, case, "zjj")
    elif relation == "support":
        assign(office, case, "zrzy", supports=["zjj"])
    else:
        assign(office, case, "zrzy")
    return case


def assign(office, case, lead, supports=()):
    by = "dispatcher"
    if case.sealed and not office.session.get(Naming, (case.id, office.by(by).id)):
        office.session.add(Naming(case_id=case.id, officer_id=office.by(by).id))
        office.session.flush()
    office.assign(case, lead=lead, supports=supports, by=by)


@pytest.mark.parametrize("relation", RELATIONS)
def test_who_sees_a_case_that_is_not_sealed(office, relation):
    case = a_case(office, relation)
    for post in POSTS:
        everything = post in (*OFFICE_POSTS, *OUTSIDE_POSTS)
        its_own = post in UNIT_POSTS and relation in ("lead", "support", "lead and complained_of")
        assert sees(office, holder(office, post), case) == (everything or its_own), post


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_sealed_case_is_there_only_for_who_is_named_on_it(office, relation):
    case = a_case(office, relation, sealed=True)
    for post in POSTS:
        actor = holder(office, post)
        assert not sees(office, actor, case), post
        office.session.add(Naming(case_id=case.id, officer_id=actor.id))
        office.session.flush()
        would = post in (*OFFICE_POSTS, *OUTSIDE_POSTS) or (
            post in UNIT_POSTS and relation in ("lead", "support", "lead and complained_of"))
        assert sees(office, actor, case) == would, f"named: {post}"


def test_whoever_files_a_sealed_case_is_named_on_it(office):
    case = office.file(sealed=True)
    assert sees(office, office.by("registrar"), case)
    assert not sees(office, office.by("dispatcher"), case)


def test_nobody_sees_anything_without_a_post_and_the_system_sees_nothing(office):
    case = a_case(office, "lead")
    left = Actor(office.by("liaison").id, "liaison", "周敏", ())
    assert not sees(office, left, case) and not sees(office, SYSTEM, case)


@pytest.mark.parametrize("post", ADMIN_POSTS)
def test_administrators_keep_the_keys_and_read_no_case(office, post):
    assert office.session.scalars(cases.visible_to(holder(office, post))).all() == []


def test_a_unit_no_longer_sees_a_case_that_was_taken_from_it(office):
    case = office.file()
    office.assign(case, lead="zjj", supports=["gd"])
    assert sees(office, office.by("liaison"), case) and sees(office, office.by("outsider"), case)
    office.step(case, "reassign", "second_dispatcher", lead="zrzy", supports=[], request="改派", basis="派单目录",
                reason="职责在此")
    assert not sees(office, office.by("liaison"), case)
    assert not sees(office, office.by("outsider"), case)
    assert sees(office, office.by("supporter"), case)


def test_a_successor_sees_what_the_units_before_it_had(office):
    case = a_case(office, "lead")
    old, new = (office.session.get(office_people.Unit, unit(office, code).id) for code in ("zjj", "gd"))
    assert not sees(office, office.by("outsider"), case)
    office_people.succeed(office.session, old, new, reason="机构改革", by=SYSTEM, at=office.now, words=str)
    office.reload()
    assert sees(office, office.by("outsider"), case)
    assert sees(office, office.by("liaison"), case), "his post moved with him"


def test_only_the_unit_complained_of_is_blind(office):
    case = a_case(office, "lead and complained_of")
    blind = {name for name in ("liaison", "principal", "supporter", "supervisor", "auditor", "leader")
             if cases.is_blind(case, office.by(name))}
    assert blind == {"liaison", "principal"}
    assert not any(cases.is_blind(a_case(office, "lead"), office.by(name)) for name in blind)


def test_the_successor_of_the_unit_complained_of_is_blind_too(office):
    case = a_case(office, "lead and complained_of")
    old, new = (office.session.get(office_people.Unit, unit(office, code).id) for code in ("zjj", "gd"))
    office_people.succeed(office.session, old, new, reason="机构改革", by=SYSTEM, at=office.now, words=str)
    office.reload()
    assert cases.is_blind(case, office.by("outsider"))


# --- the database itself refuses -------------------------------------------------------------------------------------


def refused(session, change) -> str:
    with pytest.raises(IntegrityError) as refusal, session.begin_nested():
        change()
        session.flush()
    return str(refusal.value)


def put(session, case, **columns):
    return lambda: session.execute(update(Case).where(Case.id == case.id).values(**columns))


@pytest.fixture
def handed(office):
    case = office.file()
    office.assign(case, lead="zjj", supports=["zrzy"])
    return case


def hand(office, case, code: str, role: str) -> Assignment:
    return Assignment(case_id=case.id, unit_id=unit(office, code).id, role=role, joined_at=office.now)


def test_it_refuses_a_second_lead(office, handed):
    why = refused(office.session, lambda: office.session.add(hand(office, handed, "gd", LEAD)))
    assert re.search(r"one_lead|assignments\.case_id\n", why), why


@pytest.mark.parametrize(("code", "role"), [("zjj", SUPPORT), ("zrzy", LEAD), ("zrzy", SUPPORT), ("gd", "watcher")])
def test_it_refuses_a_unit_in_two_hands_and_a_role_that_does_not_exist(office, handed, code, role):
    refused(office.session, lambda: office.session.add(hand(office, handed, code, role)))


def test_it_lets_a_unit_come_back_that_has_left(office, handed):
    office.session.execute(update(Assignment).where(Assignment.case_id == handed.id, Assignment.role == SUPPORT)
                           .values(left_at=office.now))
    office.session.add(hand(office, handed, "zrzy", SUPPORT))
    office.session.flush()


@pytest.mark.parametrize(("columns", "constraint"), [
    ({"lead_id": None}, "lead"), ({"dispatched_at": None}, "lead_from_dispatch_on"),
    ({"lead_id": None, "dispatched_at": None}, "handed_has_a_lead"), ({"state": "filed"}, "filed_has_no_lead"),
    ({"state": "rectifying", "lead_id": None, "dispatched_at": None}, "handed_has_a_lead"),
    ({"state": "closed", "lead_id": None, "dispatched_at": None}, "handed_has_a_lead"),
    ({"state": "reviewed", "lead_id": None, "dispatched_at": None}, "handed_has_a_lead"),
])
def test_it_refuses_a_handed_case_without_a_lead(office, handed, columns, constraint):
    assert constraint in refused(office.session, put(office.session, handed, **columns))


@pytest.mark.parametrize("columns", [
    {"state": "assigned"}, {"state": "rectifying"}, {"state": "closed"}, {"state": "reviewed"}, {"state": "anything"},
])
def test_it_refuses_a_case_that_nobody_leads_beyond_filed(office, columns):
    case = office.file()
    assert "handed_has_a_lead" in refused(office.session, put(office.session, case, **columns))


def test_it_refuses_a_lead_before_dispatch(office):
    case, lead = office.file(), unit(office, "zjj").id
    refused(office.session, put(office.session, case, lead_id=lead))
    assert "filed_has_no_lead" in refused(office.session, put(office.session, case, lead_id=lead,
                                                              dispatched_at=office.now))


def test_it_lets_a_case_end_that_nobody_led(office):
    office.session.execute(update(Case).where(Case.id == office.file().id).values(state="ended"))


def test_it_refuses_two_waiting_matters_of_one_case(office, handed):
    office.step(handed, "ask_extension", "liaison", days=3, reason="鉴定未出")
    copied = text("INSERT INTO matters (id, case_id, purpose, stage, unit_id, answers, asked_by_id, asked_at, "
                  "asked_seq, reached_at) SELECT id + 1000, case_id, 'closing', stage, unit_id, answers, asked_by_id, "
                  "asked_at, asked_seq, reached_at FROM matters WHERE settled_at IS NULL")
    refused(office.session, lambda: office.session.execute(copied))


def test_it_refuses_a_number_twice_and_an_outside_number_twice_of_one_source(office):
    first, second = office.file(source="12345", outside_number="A1"), office.file(source="12345", outside_number="A2")
    refused(office.session, put(office.session, second, number=first.number))
    refused(office.session, put(office.session, second, outside_number="A1"))
    office.session.execute(update(Case).where(Case.id == second.id).values(source="省平台", outside_number="A1"))


def test_it_lets_many_cases_of_one_source_have_no_outside_number(office):
    assert len({office.file(source="来访", outside_number=None).id for _ in range(3)}) == 3


def test_it_refuses_a_running_node_that_is_paused_and_has_a_date(office, handed):
    refused(office.session, lambda: office.session.execute(text("UPDATE time_nodes SET paused_on = '2026-09-15'")))


def test_it_refuses_a_case_of_a_unit_that_does_not_exist(office, handed):
    refused(office.session, put(office.session, handed, lead_id=99999))
