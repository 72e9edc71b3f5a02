"""Settings: decided by the security administrator, an entry each; and what keeping the three apart means."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import cases, settings, trail
from app.domain.errors import NotAllowed, Refused
from app.domain.people import SYSTEM, Post, Unit
from app.domain.settings import CHECKPOINT_TO, KEPT, SEPARATED, clash
from app.office import people
from app.office import settings as office_settings
from tests.conftest import Office
from workflows.grammar import ADMIN_POSTS, POSTS

BASIS = "等保 2.0 三级：系统、安全、审计管理员分离"


def change(office, name=SEPARATED, value="on", *, by="secadmin", basis=BASIS):
    return office_settings.change(office.session, name, value, basis=basis, by=office.by(by), at=office.now, words=str)


def give(office, username: str, post: str, unit: str = "ysb", *, by="secadmin"):
    giver = SYSTEM if by is None else office.by(by)
    who = people.officer_called(office.session, username)
    where = office.session.scalar(select(Unit).where(Unit.code == unit))
    return people.give_post(office.session, who, post, where, by=giver, at=office.now, words=str)


def entries(office) -> int:
    return office.session.scalar(select(func.count()).select_from(trail.Entry))


def test_before_anything_is_decided_nothing_is_kept_apart_and_the_log_six_months(office):
    now = settings.settings(office.session)
    assert (now.separated, now.accesses_kept, now.past) == (False, 184, ())


def test_a_change_is_dated_and_an_entry_and_what_was_before_is_kept(office):
    change(office)
    office.later(days=1)
    change(office, KEPT, "365", basis="本市规定")
    office.later(days=1)
    change(office, value="off", basis="机构撤并")
    now = settings.settings(office.session)
    assert (now.separated, now.accesses_kept) == (False, 365)
    assert [(row.name, row.value, row.set_by) for row in now.past] == [
        ("separated", "off", "secadmin"), ("accesses_kept", "365", "secadmin"), ("separated", "on", "secadmin")]
    told = [trail.facts(entry) for entry in office.session.scalars(trail.of(trail.OFFICE)) if
            entry.verb == "setting_set"]
    assert [(facts["setting"], facts["before"], facts["after"], facts["basis"]) for facts in told] == [
        ("separated", "off", "on", BASIS), ("accesses_kept", "184", "365", "本市规定"),
        ("separated", "on", "off", "机构撤并")]


@pytest.mark.parametrize("by", ["sysadmin", "logadmin", "director", "auditor", "leader", "liaison"])
def test_nobody_else_changes_a_setting(office, by):
    with pytest.raises(NotAllowed):
        change(office, by=by)
    assert settings.settings(office.session).past == ()


@pytest.mark.parametrize(("name", "value", "basis", "field"), [
    (SEPARATED, "yes", BASIS, "value"), (SEPARATED, "", BASIS, "value"), (SEPARATED, "off", BASIS, "value"),
    (SEPARATED, "on", "", "basis"), (SEPARATED, "on", None, "basis"), (SEPARATED, "on", " ", "basis"),
    (SEPARATED, "on", "x" * 301, "basis"), (SEPARATED, "on", "a\x00", "basis"),
    (KEPT, "183", BASIS, "value"), (KEPT, "0", BASIS, "value"), (KEPT, "-365", BASIS, "value"),
    (KEPT, "3651", BASIS, "value"), (KEPT, "1e3", BASIS, "value"), (KEPT, "３６５", BASIS, "value"),
    (KEPT, "9" * 5000, BASIS, "value"), (KEPT, "184", BASIS, "value"), ("colour", "red", BASIS, "value"),
])
def test_what_cannot_be_meant_is_refused_beside_its_field_and_changes_nothing(office, name, value, basis, field):
    before = entries(office)
    with pytest.raises(Refused) as refusal:
        change(office, name, value, basis=basis)
    assert refusal.value.field == field
    assert entries(office) == before and settings.settings(office.session).past == ()


# --- the three kept apart --------------------------------------------------------------------------------------------


def test_every_pair_of_the_three_clashes_and_only_accounts_and_log_forbid_other_work():
    for one in ADMIN_POSTS:
        for other in POSTS:
            expected = one != other and (other in ADMIN_POSTS or one in ("sysadmin", "logadmin"))
            assert bool(clash({one, other})) is expected, (one, other)
    assert clash(set()) is None and clash(set(POSTS) - set(ADMIN_POSTS)) is None


@pytest.mark.parametrize(("username", "post"), [
    ("sysadmin", "secadmin"), ("secadmin", "logadmin"), ("logadmin", "sysadmin"), ("sysadmin", "director"),
    ("logadmin", "registrar"), ("dispatcher", "logadmin"), ("director", "sysadmin"),
])
def test_switched_on_nobody_is_given_what_is_kept_apart(office, username, post):
    change(office)
    before = entries(office)
    with pytest.raises(Refused, match="kept apart") as refusal:
        give(office, username, post)
    assert refusal.value.field == "post" and entries(office) == before


def test_switched_on_ordinary_posts_are_given_as_before(office):
    change(office)
    give(office, "dispatcher", "supervisor")
    give(office, "secadmin", "registrar")
    office.reload()
    assert office.by("dispatcher").has("supervisor") and office.by("secadmin").has("registrar")


def test_switched_off_one_person_may_hold_all_three(office):
    for post in ("secadmin", "logadmin"):
        give(office, "sysadmin", post)
    office.reload()
    assert office.by("sysadmin").has("sysadmin") and office.by("sysadmin").has("logadmin")


def test_it_is_not_switched_on_while_somebody_holds_two_and_the_sentence_names_him(office):
    given = give(office, "sysadmin", "logadmin")
    with pytest.raises(Refused, match="钱程 is System administrator and Log administrator") as refusal:
        change(office)
    assert refusal.value.field == "value" and not settings.settings(office.session).separated
    who = people.officer_called(office.session, "sysadmin")
    people.end_post(office.session, who, given, by=office.by("secadmin"), at=office.now, words=str)
    change(office)
    assert settings.settings(office.session).separated


def test_a_successor_does_not_inherit_what_is_kept_apart(office):
    change(office)
    leaver, heir = (people.officer_called(office.session, name) for name in ("sysadmin", "secadmin"))
    before = entries(office)
    with pytest.raises(Refused, match="kept apart"):
        people.hand_over(office.session, leaver, heir, reason="调任", by=office.by("secadmin"), at=office.now,
                         words=str)
    assert entries(office) == before


def test_switched_on_the_machine_gives_no_posts_while_there_is_somebody_who_does(office):
    change(office)
    with pytest.raises(NotAllowed, match="security administrator"):
        give(office, "liaison", "registrar", by=None)
    held = office.session.scalars(select(Post).where(Post.post == "secadmin")).one()
    who = people.officer_called(office.session, "secadmin")
    people.end_post(office.session, who, held, by=office.by("secadmin"), at=office.now, words=str)
    give(office, "liaison", "secadmin", by=None)  # or nobody ever could again


def test_the_system_administrator_sees_no_case(office):
    office.at_work()
    for username in ADMIN_POSTS:
        assert office.session.scalars(cases.visible_to(office.by(username))).all() == []


def test_a_post_given_beside_the_switch_never_slips_through(engine):
    """Whoever is second finds what the first did: either the post is refused or the setting is."""
    def act(what):
        try:
            with engine.connect().execution_options(write=True) as connection, Session(connection) as session:
                barrier.wait()
                office = Office(session)
                (change if what == "switch" else lambda o: give(o, "sysadmin", "logadmin"))(office)
                session.commit()
                return what
        except Refused:
            return None

    barrier = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        done = [what for what in pool.map(act, ("switch", "give")) if what]
    with engine.connect() as connection, Session(connection) as session:
        two = office_settings.holding_two(session)
        assert len(done) == 1 and bool(two) is (done == ["give"])
        assert settings.settings(session).separated is (done == ["switch"])


# --- checkpoints to addresses outside ---------------------------------------------------------------------------------

SENDER = "督办 <duban@ysb.test>"


def send_to(office, value: str, **more):
    return office_settings.change(office.session, CHECKPOINT_TO, value, basis="审计要求", by=office.by("secadmin"),
                                  at=office.now, words=str, sender=SENDER, **more)


def test_addresses_are_kept_in_their_order_however_they_were_parted(office):
    send_to(office, " a@audit.example，b@notary.example\r\n c@x.example; ")
    now = settings.settings(office.session)
    assert now.checkpoint_to == settings.checkpoint_to(office.session) == (
        "a@audit.example", "b@notary.example", "c@x.example")
    office.later(days=1)
    send_to(office, "")
    assert settings.checkpoint_to(office.session) == ()
    assert [row.value for row in settings.settings(office.session).past] == [
        "", "a@audit.example b@notary.example c@x.example"]


@pytest.mark.parametrize(("value", "sentence"), [
    ("nobody", "“nobody” is no mail address we can write to."),
    ("a@x.example b@@x.example", "“b@@x.example” is no mail address we can write to."),
    ("甲@x.example", "“甲@x.example” is no mail address we can write to."),
    (f"a@{'x' * 300}.example", "is no mail address we can write to."),
    ("a@x.example\nA@X.example", "A@X.example is named twice."),
    ("Duban@YSB.test", "Duban@YSB.test is where this service's own mail comes from"),
    (" ".join(f"a{n}@x.example" for n in range(6)), "Checkpoints go to at most 5 addresses."),
    ("", "This is what it says already."),
])
def test_a_wrong_address_is_refused_with_one_sentence_and_nothing_changes(office, value, sentence):
    before = entries(office)
    with pytest.raises(Refused) as refusal:
        send_to(office, value)
    assert sentence in refusal.value.told() and refusal.value.field == "value"
    assert entries(office) == before and settings.settings(office.session).past == ()


def test_the_most_and_longest_addresses_fit(office):
    addresses = [f"{n}{'a' * 63}@{'x' * 63}.{'y' * 63}.{'z' * 61}" for n in range(5)]
    assert {len(address) for address in addresses} == {254}
    send_to(office, "\n".join(addresses))
    assert settings.checkpoint_to(office.session) == tuple(addresses)


def test_the_entry_names_the_setting_and_binds_the_addresses_beside_it(office):
    send_to(office, "a@audit.example")
    send_to(office, "b@audit.example")
    entry = list(office.session.scalars(trail.of(trail.OFFICE)))[-1]
    facts = trail.facts(entry)
    assert (facts["setting"], facts["before"], facts["after"]) == (CHECKPOINT_TO, None, None)
    assert "audit.example" not in entry.data
    assert trail.values(office.session, trail.OFFICE, [entry.seq])[entry.seq] == {
        "old": "a@audit.example", "new": "b@audit.example"}
