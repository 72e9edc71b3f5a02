"""Units and officers: who exists, what post they hold, how they sign in, and to whom they hand over."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain import drafts, trail, worklist
from app.domain.drafts import Draft
from app.domain.errors import NotAllowed, Refused
from app.domain.people import SYSTEM, Officer, Post, SignIn, Unit
from app.domain.tellings import Telling
from app.office import people
from app.office.people import LIFE
from app.office.verification import first_fault

PASSWORD = "ninety-nine red balloons"
SYS = dict(by=SYSTEM, words=str)


def unit(office, code: str) -> Unit:
    return office.session.scalar(select(Unit).where(Unit.code == code))


def officer(office, username: str) -> Officer:
    return people.officer_called(office.session, username)


def said(office) -> list[tuple[str, dict]]:
    """What the office's stream has said since the office was founded."""
    entries = office.session.scalars(trail.of(trail.OFFICE).where(trail.Entry.at >= office.now))
    return [(entry.verb, trail.facts(entry)) for entry in entries]


def refuses(office, sentence, act, field=None):
    before = office.session.scalar(select(func.count()).select_from(trail.Entry))
    with pytest.raises(Refused, match=sentence) as refusal:
        act()
    assert refusal.value.field == field
    assert office.session.scalar(select(func.count()).select_from(trail.Entry)) == before


# --- units -----------------------------------------------------------------------------------------------------------


def test_a_unit_is_added_with_an_entry(office):
    made = people.add_unit(office.session, code="gxq", name="高新区管委会", klass="park", short="高新区", at=office.now,
                           superior=unit(office, "ysb"), **SYS)
    assert (made.code, made.klass, made.superior_id) == ("gxq", "park", unit(office, "ysb").id)
    ((verb, facts),) = said(office)
    assert verb == "unit_added"
    assert (facts["code"], facts["class"], facts["superior"]) == ("gxq", "park", "ysb")


@pytest.mark.parametrize(("facts", "field", "sentence"), [
    ({"code": "zjj"}, "code", "the code zjj already"), ({"code": ""}, "code", "fill this in"),
    ({"code": "x" * 41}, "code", "41"), ({"name": " "}, "name", "fill this in"), ({"name": "字" * 121}, "name", "121"),
    ({"klass": "ministry"}, "class", "not a class of units"), ({"klass": "office"}, "class", "one office already"),
])
def test_a_unit_that_cannot_be_meant_is_refused(office, facts, field, sentence):
    usual = dict(code="gxq", name="高新区管委会", klass="park", at=office.now)
    refuses(office, sentence, lambda: people.add_unit(office.session, **(usual | facts), **SYS), field)


def test_a_change_of_a_unit_says_what_it_was_before_and_no_change_says_nothing(office):
    zjj = unit(office, "zjj")
    people.change_unit(office.session, zjj, at=office.now, short="住建局", klass=zjj.klass, **SYS)
    ((verb, facts),) = said(office)
    assert (verb, facts["field"], facts["before"], facts["after"]) == ("unit_changed", "short", "市住建局", "住建局")


def test_a_succession_keeps_the_old_cases_moves_the_posts_and_says_so(office):
    case = office.file()
    office.assign(case)
    people.succeed(office.session, unit(office, "zjj"), unit(office, "gd"), reason="机构改革", at=office.now, **SYS)
    office.reload()
    assert [verb for verb, _ in said(office)] == ["post_ended", "post_given", "post_ended", "post_given",
                                                  "unit_succeeded"]
    assert case.lead_id == unit(office, "zjj").id
    for username in ("liaison", "principal"):
        assert [held.unit for held in office.by(username).held] == ["gd"]
    office.step(case, "sign_for", "liaison")
    assert [todo.row.number for todo in worklist.todos(office.session, office.by("outsider"), today=office.today)] == [
        case.number]


def test_a_unit_ends_once_and_its_successor_is_another_living_one(office):
    people.succeed(office.session, unit(office, "zjj"), unit(office, "gd"), reason="改革", at=office.now, **SYS)
    for old, new, field in (("zjj", "gd", None), ("gd", "zjj", "successor"), ("gd", "gd", "successor")):
        with pytest.raises(Refused) as refusal:
            people.succeed(office.session, unit(office, old), unit(office, new), reason="x", at=office.now, **SYS)
        assert refusal.value.field == field


# --- officers and posts ----------------------------------------------------------------------------------------------


def test_an_officers_name_is_kept_beside_his_entry(office):
    made = people.add_officer(office.session, username="wang", name="王新", password=PASSWORD, at=office.now, **SYS)
    assert people.is_password(made, PASSWORD)
    assert [verb for verb, _ in said(office)] == ["officer_added", "password_set"]
    entries = office.session.scalars(trail.of(trail.OFFICE).where(trail.Entry.at >= office.now)).all()
    assert not any("王新" in entry.data or PASSWORD in entry.data or made.password in entry.data for entry in entries)
    assert trail.values(office.session, trail.OFFICE, [entries[0].seq]) == {entries[0].seq: {"name": "王新"}}


@pytest.mark.parametrize(("facts", "field"), [
    ({"username": "liaison"}, "username"), ({"username": " "}, "username"), ({"username": "x" * 81}, "username"),
    ({"username": "a\x00"}, "username"), ({"name": ""}, "name"), ({"name": "字" * 81}, "name"),
])
def test_an_officer_that_cannot_be_meant_is_refused(office, facts, field):
    usual = dict(username="wang", name="王新", at=office.now)
    with pytest.raises(Refused) as refusal, office.session.begin_nested():
        people.add_officer(office.session, **(usual | facts), **SYS)
    assert refusal.value.field == field


@pytest.mark.parametrize(("post", "code", "field"), [
    ("mayor", "ysb", "post"), ("dispatcher", "zjj", "unit"), ("registrar", "jw", "unit"), ("liaison", "zf", "unit"),
    ("principal", "sj", "unit"),
])
def test_a_post_belongs_where_it_belongs(office, post, code, field):
    with pytest.raises(Refused) as refusal:
        people.give_post(office.session, officer(office, "outsider"), post, unit(office, code), at=office.now, **SYS)
    assert refusal.value.field == field


def test_giving_a_post_twice_is_giving_it_once(office):
    first = people.give_post(office.session, officer(office, "liaison"), "liaison", unit(office, "zjj"), at=office.now,
                             **SYS)
    assert first.since < office.now and said(office) == []


def test_a_post_that_ended_can_be_given_again(office):
    who = officer(office, "liaison")
    people.end_post(office.session, who, office.session.scalar(select(Post).where(Post.officer_id == who.id)),
                    at=office.now, **SYS)
    people.give_post(office.session, who, "liaison", unit(office, "zjj"), at=office.later(days=1), **SYS)
    office.reload()
    assert office.by("liaison").has("liaison")


# --- passwords and sessions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("password", "sentence"), [
    ("short", "at least 10"), ("x" * 201, "at most 200"), ("aaaaaaaaaaaa", "too easy"), ("ababababab", "too easy"),
    ("my-liaison-password", "too easy"), ("LIAISON-2026-09", "too easy"), ("", "at least 10"),
])
def test_a_bad_password_is_refused_and_the_old_one_stays(office, password, sentence):
    who = officer(office, "liaison")
    before = who.password
    refuses(office, sentence,
            lambda: people.set_password(office.session, who, password, at=office.now, **SYS), "password")
    assert who.password == before


def test_a_password_is_kept_as_argon2id_and_never_twice_the_same():
    first, second = people.hash_password(PASSWORD), people.hash_password(PASSWORD)
    assert first.startswith("$argon2id$") and first != second
    assert people.is_password(Officer(password=first), PASSWORD)
    assert not people.is_password(Officer(password=first), PASSWORD + " ")


@pytest.mark.parametrize("password", ["", "密码很长很长很长很长", "\u0000", "x" * 100_000])
def test_any_text_at_all_can_be_tried_as_a_password(password):
    assert not people.is_password(Officer(password=people.hash_password(PASSWORD)), password)


def test_an_account_that_is_not_there_is_tried_at_the_cost_of_one_that_is():
    first, nobody = (text.split("$")[:4] for text in (people.hash_password(PASSWORD), people._NOBODY))
    assert first == nobody
    assert not people._hasher.check_needs_rehash(people._NOBODY)


def test_nobody_signs_in_to_an_account_that_is_not_open_or_not_there():
    assert not people.is_password(None, PASSWORD)
    assert not people.is_password(Officer(password=None), PASSWORD)
    assert not people.is_password(Officer(password=None), "nobody has this password")
    assert not people.is_password(None, "nobody has this password")
    assert not people.is_password(Officer(password="not a hash"), PASSWORD)


def sessions(office, username: str) -> list[SignIn]:
    return office.session.scalars(select(SignIn).where(
        SignIn.officer_id == officer(office, username).id, SignIn.until > office.now)).all()


def test_the_database_holds_only_a_digest_of_what_the_cookie_holds(office):
    token = people.sign_in(office.session, officer(office, "liaison"), at=office.now)
    (row,) = sessions(office, "liaison")
    assert row.token != token and row.token == people.token_digest(token)
    assert (row.began_at, row.until) == (office.now, office.now + LIFE)


def test_signing_out_ends_this_session_and_no_other(office):
    first, second = (people.sign_in(office.session, officer(office, "liaison"), at=office.now) for _ in range(2))
    people.sign_out(office.session, first, at=office.later(hours=1))
    assert [row.token for row in sessions(office, "liaison")] == [people.token_digest(second)]


def test_a_new_password_ends_every_session(office):
    for username in ("liaison", "liaison", "principal"):
        people.sign_in(office.session, officer(office, username), at=office.now)
    people.set_password(office.session, officer(office, "liaison"), PASSWORD, at=office.now, **SYS)
    assert sessions(office, "liaison") == [] and len(sessions(office, "principal")) == 1


def test_losing_the_last_post_ends_every_session_and_losing_one_of_two_does_not(office):
    who = officer(office, "liaison")
    people.give_post(office.session, who, "principal", unit(office, "zjj"), at=office.now, **SYS)
    people.sign_in(office.session, who, at=office.now)
    posts = office.session.scalars(select(Post).where(Post.officer_id == who.id)).all()
    people.end_post(office.session, who, posts[0], at=office.now, **SYS)
    assert len(sessions(office, "liaison")) == 1
    people.end_post(office.session, who, posts[1], at=office.now, **SYS)
    assert sessions(office, "liaison") == []


def test_what_is_new_is_newer_than_the_last_look(office):
    who, first_day = officer(office, "liaison"), office.now
    people.sign_in(office.session, who, at=first_day)
    (row,) = sessions(office, "liaison")
    assert row.looked_from == first_day - timedelta(days=7)
    office.later(days=3)
    people.sign_in(office.session, who, at=office.now)
    assert sessions(office, "liaison")[-1].looked_from == first_day


# --- handing over ----------------------------------------------------------------------------------------------------


def hand_over(office, old="liaison", new="county", reason="调任"):
    return people.hand_over(office.session, officer(office, old), officer(office, new), reason=reason, at=office.now,
                            **SYS)


def test_everything_passes_on_in_one_act(office):
    case = office.file()
    office.assign(case)
    who = officer(office, "liaison")
    drafts.keep(office.session, who.id, f"{case.number}/start", {"plan": "已写一半"}, at=office.now)
    people.sign_in(office.session, who, at=office.now)
    heard = office.session.scalar(select(func.count()).where(Telling.officer_id == who.id))
    office.later(days=1)
    hand_over(office)
    office.reload()
    successor = officer(office, "county")
    assert [held.unit for held in office.by("county").held] == ["qx", "zjj"]
    assert office.by("liaison").held == () and who.left_at == office.now
    assert drafts.of(office.session, successor.id, f"{case.number}/start").fields == {"plan": "已写一半"}
    assert office.session.scalar(select(func.count()).where(Draft.officer_id == who.id)) == 0
    assert office.session.scalar(select(func.count()).where(Telling.officer_id == successor.id)) == heard > 0
    assert sessions(office, "liaison") == []
    assert [todo.row.number for todo in worklist.todos(office.session, office.by("county"), today=office.today)] == [
        case.number]
    with pytest.raises(NotAllowed):
        office.step(case, "sign_for", "liaison")
    office.step(case, "sign_for", "county")
    verbs = [verb for verb, _ in said(office)]
    assert verbs == ["post_given", "post_ended", "handed_over"]


def test_pending_signatures_wait_for_the_successor(office):
    case = office.file()
    office.assign(case)
    office.start(case)
    office.submit(case)
    assert hand_over(office, "principal", "outside_principal") == 1
    office.reload()
    assert said(office)[-1][1]["matters"] == 1
    with pytest.raises(NotAllowed):
        office.step(case, "sign", "principal")
    office.step(case, "sign", "outside_principal")


def test_signatures_of_a_unit_that_was_succeeded_are_counted_too(office):
    case = office.file()
    office.assign(case)
    office.start(case)
    office.submit(case)
    people.succeed(office.session, unit(office, "zjj"), unit(office, "gd"), reason="改革", at=office.now, **SYS)
    office.later(hours=1)
    assert hand_over(office, "principal", "supporting_principal") == 1
    office.reload()
    office.step(case, "sign", "supporting_principal")


def test_a_successor_keeps_his_own_draft_of_the_same_form(office):
    for username, plan in (("liaison", "旧"), ("county", "新")):
        drafts.keep(office.session, officer(office, username).id, "new/complaint", {"title": plan}, at=office.now)
    hand_over(office)
    kept = drafts.of(office.session, officer(office, "county").id, "new/complaint")
    assert kept.fields == {"title": "新"}


@pytest.mark.parametrize(("old", "new", "sentence", "field"), [
    ("liaison", "liaison", "somebody else", "successor"),
    ("liaison", "gone", "has left", "successor"),
    ("gone", "liaison", "holds no post", "officer"),
])
def test_work_passes_from_somebody_who_has_it_to_somebody_who_is_here(office, old, new, sentence, field):
    people.add_officer(office.session, username="gone", name="旧人", at=office.now - timedelta(days=9), **SYS)
    officer(office, "gone").left_at = office.now
    office.session.flush()
    refuses(office, sentence, lambda: hand_over(office, old, new), field)


def test_whoever_left_may_come_back_with_a_new_post(office):
    hand_over(office)
    people.give_post(office.session, officer(office, "liaison"), "registrar", unit(office, "ysb"), at=office.now, **SYS)
    office.reload()
    assert officer(office, "liaison").left_at is None and office.by("liaison").has("registrar")


def test_after_all_of_it_the_offices_own_trail_holds(office):
    hand_over(office)
    people.succeed(office.session, unit(office, "zjj"), unit(office, "gd"), reason="改革", at=office.now, **SYS)
    assert first_fault(office.session, calendar=office.register.calendar) is None
