"""The post room: each letter once, none lost, none at night, and nothing outside that must stay inside."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, event, select, update
from sqlalchemy.exc import OperationalError

from app import jobs, postroom, worker
from app.channels import email
from app.domain import deliveries, letters
from app.domain.base import prepare
from app.domain.cases import Case
from app.domain.deliveries import Delivery
from app.domain.letters import CLAIM, FAILED, GIVEN_UP, PAUSES, SENT, TRYING, WAITING, Letter
from app.extensions import db
from app.office import ladder, people
from tests.conftest import Office
from tests.recorders import Mailbox, Robot, running

ALL_DAY = dict(quiet_from="03:00", quiet_until="03:01", digest_at="")
SECOND = timedelta(seconds=1)


@pytest.fixture
def mailbox():
    with running(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture
def robot():
    with running(Robot()) as robot:
        yield robot


@pytest.fixture
def house(app, web_office: Office, mailbox, robot):
    """The office with a post room; its clock is the office's."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, smtp_url=mailbox.url, webhook_url=robot.url(),
                                         mail_from="duban@ysb.test", url="https://duban.test")
    yield SimpleNamespace(app=app, office=web_office, mailbox=mailbox, robot=robot)
    app.extensions["settings"] = settings


def wants(house, username: str = "liaison", **more) -> int:
    """An officer asks to be told; his id."""
    session, office = house.office.session, house.office
    given = dict(email=f"{username}@example.test", webhook="", by_email=True, by_webhook=False) | ALL_DAY | more
    id = office.by(username).id
    deliveries.change(session, id, at=office.now, **given)
    session.commit()
    return id


def assign(house, n: int = 1, **more) -> list[Case]:
    """So many cases handed to the liaison's unit: he is told of each."""
    cases = [house.office.file(**more) for _ in range(n)]
    for case in cases:
        house.office.assign(case)
    house.office.session.commit()
    return cases


def post(house, at: datetime | None = None) -> int:
    """Let a poster work until nothing is due; how often it had something in hand."""
    rounds = 0
    with house.app.app_context():
        while postroom.one(house.app, at=at or house.office.now):
            rounds += 1
            assert rounds < 200, "it never ends"
    return rounds


def kept(house) -> list:
    """The letters as rows; nothing is held locked afterwards."""
    house.office.session.rollback()
    found = house.office.session.execute(select(Letter.__table__).order_by(Letter.id)).all()
    house.office.session.rollback()
    return found


def states(house) -> list[tuple]:
    return [(letter.state, letter.attempts, letter.failures) for letter in kept(house)]


# --- what is written -------------------------------------------------------------------------------------------------


def test_who_asked_for_it_is_told_by_mail_with_number_purpose_dates_and_a_link_only(house):
    wants(house)
    (case,) = assign(house, facts="绝密的事实", complainant={"name": "王建国", "phone": "13800001234"})
    post(house)
    (mail,) = house.mailbox.letters
    text = mail["Subject"] + mail.get_content()
    assert mail["To"] == "liaison@example.test"
    assert case.number in mail["Subject"] and "交办" in mail["Subject"]
    assert f"https://duban.test/cases/{case.number}" in text
    assert "2026-09-14" in text and case.due_on.isoformat() in text
    for secret in (case.title, case.facts, "王建国", "13800001234", "何静", "周敏", "市住建局"):
        assert secret not in text
    assert states(house) == [(SENT, 1, 0)]


def test_nobody_who_did_not_ask_gets_anything(house):
    assign(house)
    assert kept(house) == [] and post(house) == 0 and house.mailbox.tries == 0


def test_an_officer_is_written_to_in_his_own_language(house):
    id = wants(house)
    house.office.session.execute(update(people.Officer).where(people.Officer.id == id).values(locale="en"))
    assign(house)
    post(house)
    (mail,) = house.mailbox.letters
    assert "Assign" in mail["Subject"] and "Due on" in mail.get_content()
    assert not any("\u4e00" <= c <= "\u9fff" for c in mail["Subject"] + mail.get_content())


def test_both_ways_are_two_letters(house):
    wants(house, webhook="zhoumin", by_webhook=True)
    (case,) = assign(house)
    post(house)
    assert len(house.mailbox.letters) == len(house.robot.said) == 1
    text = house.robot.said[0]["text"]
    assert case.number in text["content"] and text["mentioned_list"] == ["zhoumin"]


def test_a_step_that_is_taken_back_leaves_no_letter(house):
    wants(house)
    case = house.office.file()
    house.office.assign(case)
    house.office.session.rollback()
    assert kept(house) == []


def test_of_a_sealed_case_nothing_leaves_the_house_not_even_its_number(house):
    wants(house)
    (case,) = assign(house)
    case.sealed = True
    house.office.session.commit()
    post(house)
    assert house.mailbox.tries == 0
    assert [(letter.state, letter.trouble) for letter in kept(house)] == [
        (GIVEN_UP, "Nothing about this leaves the house.")]


def test_who_left_before_it_went_out_gets_nothing(house):
    wants(house)
    assign(house)
    session, office = house.office.session, house.office
    leaving, successor = (people.officer_called(session, name) for name in ("liaison", "outsider"))
    people.hand_over(session, leaving, successor, reason="调离", by=office.by("secadmin"), at=office.now, words=str)
    session.commit()
    post(house)
    assert house.mailbox.tries == 0 and [state for state, *_ in states(house)] == [GIVEN_UP]


def test_who_no_longer_wants_it_gets_nothing_and_a_mended_address_gets_what_waits(house):
    wants(house, "liaison")
    wants(house, "dispatcher", email="typo@example.test")
    assign(house)
    wants(house, "liaison", by_email=False)
    wants(house, "dispatcher", email="right@example.test")
    post(house)
    assert [mail["To"] for mail in house.mailbox.letters] == ["right@example.test"]


def test_where_no_server_is_set_letters_are_given_up_and_say_so(house):
    wants(house)
    assign(house)
    house.app.extensions["settings"] = replace(house.app.extensions["settings"], smtp_url="")
    post(house)
    assert [(letter.state, letter.attempts, letter.trouble) for letter in kept(house)] == [
        (GIVEN_UP, 0, "This way of sending is not set up here.")]


# --- trying again ----------------------------------------------------------------------------------------------------


def test_greylisting_is_waited_out(house):
    wants(house)
    assign(house)
    house.mailbox.mood = "greylists"
    post(house)
    assert states(house) == [(WAITING, 1, 1)] and kept(house)[0].next_at == house.office.now + PAUSES[0]
    house.mailbox.mood = "well"
    assert post(house, house.office.later(minutes=1) - SECOND) == 0
    post(house)
    assert states(house) == [(SENT, 2, 1)] and len(house.mailbox.letters) == 1


def test_an_unknown_address_is_tried_once(house):
    wants(house)
    assign(house)
    house.mailbox.mood = "unknown"
    post(house)
    (letter,) = kept(house)
    assert (letter.state, letter.attempts) == (FAILED, 1)
    assert letter.trouble.startswith("550 5.1.1") and "example" not in letter.trouble
    assert post(house, house.office.later(days=3)) == 0


def test_a_robot_that_answers_500_for_a_day_gets_the_letter_on_the_next(house):
    wants(house, by_email=False, webhook="zhoumin", by_webhook=True)
    assign(house)
    house.robot.status, began = 500, house.office.now
    while house.office.now < began + timedelta(days=1):
        post(house)
        house.office.later(minutes=7)
    assert 5 <= len(house.robot.asked) <= 7, "the pauses grow"
    house.robot.status = 200
    house.office.later(days=1)
    post(house)
    assert [state for state, *_ in states(house)] == [SENT] and len(house.robot.said) == 1


def test_after_the_last_pause_it_is_given_up(house):
    wants(house)
    assign(house)
    house.mailbox.mood = "boxfull"
    for pause in (timedelta(0), *PAUSES, PAUSES[-1]):
        house.office.now += pause
        post(house)
    assert states(house) == [(GIVEN_UP, len(PAUSES) + 1, len(PAUSES) + 1)]


def test_what_hangs_holds_one_letter_up_and_not_all_of_them(house):
    wants(house)
    assign(house, 5)
    house.mailbox.mood = "no service"
    post(house)
    assert house.mailbox.tries == 1, "the carrier is out of order: the others are not even tried"
    assert sorted(states(house)) == [(WAITING, 0, 0)] * 4 + [(WAITING, 1, 1)]
    house.mailbox.mood = "well"
    house.office.later(minutes=1)
    post(house)
    assert len(set(house.mailbox.ids())) == len(house.mailbox.letters) == 5


def test_one_bad_address_does_not_keep_the_others_waiting(house):
    wants(house, "liaison", email="liaison@example.test")
    wants(house, "dispatcher")
    assign(house, 3)
    house.mailbox.mood = "greylists"
    post(house)
    assert all(failures == 1 for _state, _attempts, failures in states(house))


# --- once and only once ----------------------------------------------------------------------------------------------


def test_eight_posters_at_once_deliver_each_letter_once(house):
    wants(house)
    wants(house, "dispatcher")
    assign(house, 15)
    with ThreadPoolExecutor(8) as posters:
        list(posters.map(lambda _n: post(house), range(8)))
    ids = house.mailbox.ids()
    assert len(ids) == len(set(ids)) == len(kept(house)) == 30
    assert set(states(house)) == {(SENT, 1, 0)}


class Killed(BaseException):
    """What no handler of ours catches: the process is gone."""


def kill_a_poster(house, *, sent: bool) -> None:
    """It dies in the middle of an attempt, before or after the letter went out."""
    real = email.send

    def dying(letter, **more):
        if sent:
            real(letter, **more)
        raise Killed

    email.send = dying
    try:
        with pytest.raises(Killed):
            post(house)
    finally:
        email.send = real


@pytest.mark.parametrize("sending", [False, True])
def test_a_killed_posters_claim_runs_out_and_the_letter_arrives(house, sending):
    wants(house)
    assign(house)
    kill_a_poster(house, sent=sending)
    assert states(house) == [(TRYING, 1, 0)], "recorded before it was made, and not as sent"
    assert post(house, house.office.now + CLAIM - SECOND) == 0
    post(house, house.office.now + CLAIM)
    assert states(house) == [(SENT, 2, 0)]
    assert len(set(house.mailbox.ids())) == 1 and len(house.mailbox.letters) == 1 + sending


def test_what_a_dead_process_of_this_machine_held_is_free_at_once(house):
    wants(house)
    assign(house)
    kill_a_poster(house, sent=False)
    host = worker.name().rpartition("-")[0]
    house.office.session.execute(update(Letter).values(claimed_by=f"{host}-999999"))
    house.office.session.commit()
    with house.app.app_context():
        postroom.free(at=house.office.now)
    post(house)
    assert states(house) == [(SENT, 2, 0)]


def test_what_was_sent_is_never_sent_again(house):
    wants(house)
    assign(house, 3)
    post(house)
    for _ in range(3):
        assert post(house, house.office.later(days=2)) == 0
    assert len(house.mailbox.letters) == 3


def test_an_attempt_is_in_the_database_before_the_server_hears_of_it(house, databases):
    wants(house)
    assign(house)
    engine, seen = prepare(create_engine(house.app.config["SQLALCHEMY_DATABASE_URI"])), []
    real = email.send

    def looking(letter, **more):
        with engine.connect() as connection:
            seen.extend(connection.execute(select(Letter.state, Letter.attempts)))
        real(letter, **more)

    email.send = looking
    try:
        post(house)
    finally:
        email.send = real
        engine.dispose()
    assert [tuple(row) for row in seen] == [(TRYING, 1)]


# --- nights and once a day -------------------------------------------------------------------------------------------


def test_at_night_nothing_goes_out_and_in_the_morning_everything(house):
    wants(house, quiet_from="22:00", quiet_until="07:00")
    house.office.until(2026, 9, 14, 22, 30)
    assign(house, 2)
    for hour in range(9):
        post(house, house.office.now + timedelta(hours=hour) - SECOND)
    assert house.mailbox.tries == 0 and {attempts for _s, attempts, _f in states(house)} == {0}
    post(house, house.office.until(2026, 9, 15, 7))
    assert len(house.mailbox.letters) == 2


def test_one_mail_a_day_collects_what_waits(house):
    wants(house, digest_at="16:30")
    cases = assign(house, 3)
    post(house)
    assert house.mailbox.tries == 0
    post(house, house.office.until(2026, 9, 14, 16, 30))
    (mail,) = house.mailbox.letters
    assert all(f"/cases/{case.number}" in mail.get_content() for case in cases) and "3" in mail["Subject"]
    assert states(house) == [(SENT, 1, 0)] * 3
    house.office.later(minutes=1)
    late = assign(house)
    post(house, house.office.until(2026, 9, 15, 16))
    assert len(house.mailbox.letters) == 1
    post(house, house.office.until(2026, 9, 15, 16, 31))
    assert late[0].number in house.mailbox.letters[1].get_content()


def test_what_time_has_to_say_to_one_officer_goes_out_as_one_message(house):
    wants(house, webhook="zhoumin", by_webhook=True)
    cases = assign(house, 3)
    post(house)
    house.mailbox.letters.clear(), house.robot.said.clear()
    warn_on = max(case.warn_on for case in cases)
    house.office.until(warn_on.year, warn_on.month, warn_on.day, 9)
    while ladder.climb(house.office.session, at=house.office.now, register=house.office.register, words=str):
        pass
    house.office.session.commit()
    post(house)
    (mail,), (said,) = house.mailbox.letters, house.robot.said
    for case in cases:
        assert f"/cases/{case.number}\n" in mail.get_content().replace("\r\n", "\n")
        assert f"/cases/{case.number}\n" in said["text"]["content"]
    assert "提醒" in mail.get_content() and {state for state, *_ in states(house)} == {SENT}


# --- the house -------------------------------------------------------------------------------------------------------


def test_no_address_enters_the_log(house, caplog):
    wants(house, webhook="zhoumin", by_webhook=True)
    assign(house)
    house.mailbox.mood, house.robot.answer = "unknown", {"errcode": 93000, "errmsg": "zhoumin is unknown, key=k"}
    with caplog.at_level(logging.DEBUG):
        post(house)
    assert "letter" in caplog.text
    for secret in ("liaison@", "zhoumin", "key=k", house.mailbox.host):
        assert secret not in caplog.text


def test_the_worker_carries_what_the_ladder_and_the_steps_left(house):
    house.office.now = datetime.now(UTC)
    earlier = house.office.register.calendar.local(house.office.now - timedelta(hours=2))
    wants(house, quiet_from=f"{earlier:%H:%M}", quiet_until=f"{earlier + timedelta(minutes=1):%H:%M}")
    assign(house, 2)
    jobs.work(house.app, threading.Event(), every=0.01, rest=0.1)
    assert len(house.mailbox.letters) == 2


@contextmanager
def full_disk(house, times: int, after: int = 0):
    """The database cannot write to letters so many times, after so many times that it could."""
    left = iter([False] * after + [True] * times)

    def refuse(_connection, _cursor, statement, parameters, *_more):
        if statement.startswith("UPDATE letters") and next(left, False):
            raise OperationalError(statement, parameters, Exception("database or disk is full"))

    with house.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", refuse)


def test_where_the_disk_is_full_nothing_is_tried_that_could_not_be_recorded(house, caplog):
    wants(house)
    assign(house)
    with full_disk(house, times=1):
        post(house)
    assert house.mailbox.tries == 0 and states(house) == [(WAITING, 0, 0)]
    assert "disk is full" in caplog.text and "liaison@" not in caplog.text
    post(house)
    assert len(house.mailbox.letters) == 1


def test_where_it_fills_up_in_between_the_outcome_is_written_as_soon_as_it_can_be(house, monkeypatch):
    monkeypatch.setattr(postroom, "EVERY", 0.0)
    wants(house)
    assign(house)
    with full_disk(house, times=5, after=1):
        post(house)
    assert states(house) == [(SENT, 1, 0)] and len(house.mailbox.letters) == 1


def test_the_statements_of_one_letter_do_not_grow_with_those_that_wait(house):
    wants(house)

    def counted() -> int:
        statements: list[str] = []
        with house.app.app_context():
            engine = db.engine
            event.listen(engine, "before_cursor_execute", note := lambda *given: statements.append(given[2]))
            postroom.one(house.app, at=house.office.now)
            event.remove(engine, "before_cursor_execute", note)
        return len(statements)

    assign(house, 2)
    counted()
    few = counted()
    assign(house, 30)
    assert counted() == few <= 12


def test_a_letter_that_cannot_be_written_harms_nobody_else(house):
    wants(house)
    assign(house, 2)
    with house.app.app_context():
        db.session.connection(execution_options={"write": True})
        first = db.session.scalar(select(Letter.id).order_by(Letter.id).limit(1))
        letter = db.session.get(Letter, first)
        db.session.add(Letter(officer_id=letter.officer_id, channel="email", address="zhou@a.test\nBcc: all@b.test",
                              state=WAITING, at=letter.at, next_at=letter.at, attempts=0, failures=0))
        db.session.commit()
    post(house)
    assert len(house.mailbox.letters) == 2
    assert [state for state, *_ in states(house)] == [SENT, SENT, FAILED]


def test_a_test_message_goes_at_once_and_not_twice_a_minute(house):
    id = wants(house, quiet_from="00:00", quiet_until="23:59")
    session, office = house.office.session, house.office
    delivery = session.get(Delivery, id)
    assert letters.write_test(session, delivery, "email", at=office.now)
    assert letters.write_test(session, delivery, "email", at=office.now) is None
    session.commit()
    post(house)
    (mail,) = house.mailbox.letters
    assert "/delivery" in mail.get_content()
    assert letters.write_test(session, delivery, "email", at=office.now + 30 * SECOND) is None
    assert letters.write_test(session, delivery, "email", at=office.now + 61 * SECOND)
