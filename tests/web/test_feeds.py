"""A calendar at a secret address: what stands in it, who reads it, and when it is dead."""

import logging
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.domain import cases, feeds
from app.domain.cases import Naming
from app.domain.feeds import Feed
from app.domain.people import Post
from app.office import people
from tests.papers.calendars import parsed


@pytest.fixture
def address_of(browser_of):
    """The officer's new address, as shown this once."""

    def made(username: str) -> str:
        page = browser_of(username).post("/delivery/feed")
        assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"]
        return re.search(r'value="http://127.0.0.1:8000(/feed/[\w-]+\.ics)"', page.text)[1]

    return made


def read(app, address: str, **headers):
    return app.test_client().get(address, headers=headers)


def events(answer) -> dict:
    return {event["UID"]: event for event in parsed(answer.data)}


def test_it_carries_the_units_open_dates_with_number_purpose_and_link_only(app, prepared, address_of):
    with prepared() as office:
        case = office.at_work(supports=["zrzy"], complainant={"name": "王建国", "phone": "13800001234"})
        title, facts, number = case.title, case.facts, case.number
        due_on = case.due_on
    answer = read(app, address_of("liaison"))
    assert answer.status_code == 200 and answer.mimetype == "text/calendar"
    assert "private" in answer.headers["Cache-Control"]
    found = events(answer)
    handling = next(event for event in found.values() if event["DTSTART"] == due_on)
    assert handling["SUMMARY"].startswith(number) and handling["URL"].endswith(f"/cases/{number}")
    text = answer.text.replace("\r\n ", "")
    for secret in (title, facts, "王建国", "13800001234", "周敏", "市住建局"):
        assert secret not in text
    support = events(read(app, address_of("supporter")))
    assert len(support) == 1 and set(support).isdisjoint(found), "a unit's own nodes, not the others' of the case"
    assert events(read(app, address_of("outsider"))) == {}


def test_an_event_keeps_its_name_and_its_sequence_grows_when_its_date_moves(app, prepared, address_of):
    with prepared() as office:
        case = office.at_work()
        number = case.number
    address = address_of("liaison")
    before = events(read(app, address))
    with prepared() as office:
        office.later(hours=2)  # the case was put to work over the next hour
        office.step(cases.find(office.session, number, office.by("liaison")), "report", "liaison", progress="在办")
    after = events(read(app, address))
    assert before.keys() == after.keys()
    for uid in before:
        assert after[uid]["SEQUENCE"] > before[uid]["SEQUENCE"]
        assert after[uid]["LAST-MODIFIED"] >= before[uid]["LAST-MODIFIED"]


def test_who_asks_again_is_told_that_nothing_has_changed(app, prepared, address_of):
    with prepared() as office:
        office.at_work()
    address = address_of("liaison")
    first = read(app, address)
    again = read(app, address, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_sealed_case_is_not_in_it_not_even_for_who_is_named_on_it(app, prepared, address_of):
    with prepared() as office:
        case = office.at_work()
        case.sealed = True
        office.session.add(Naming(case_id=case.id, officer_id=office.by("liaison").id))
    assert events(read(app, address_of("liaison"))) == {}


def test_the_address_is_kept_as_a_digest_and_shown_once(app, address_of, browser_of, ask):
    address = address_of("liaison")
    token = address.removeprefix("/feed/").removesuffix(".ics")
    assert len(token) == 22  # 128 bits
    (feed,) = ask(select(Feed))
    assert feed.token == feeds.digest(token) and token not in feed.token
    assert token not in browser_of("liaison").get("/delivery").text


def test_an_unknown_address_is_not_there(app, address_of):
    address_of("liaison")
    for token in ("x", "A" * 22, "..", "%00", "é", "x" * 5000):
        assert read(app, f"/feed/{token}.ics").status_code == 404
    assert read(app, "/feed/").status_code == 404


def test_a_new_address_ends_the_old_one_and_one_can_be_ended(app, address_of, browser_of):
    old, new = address_of("liaison"), address_of("liaison")
    assert (read(app, old).status_code, read(app, new).status_code) == (404, 200)
    assert browser_of("liaison").post("/delivery/feed/removal").status_code == 303
    assert read(app, new).status_code == 404


def end_posts(office, username: str) -> None:
    officer = people.officer_called(office.session, username)
    for post in office.session.scalars(select(Post).where(Post.officer_id == officer.id, Post.until.is_(None))):
        people.end_post(office.session, officer, post, by=office.by("secadmin"), at=office.now, words=str)


def test_it_is_dead_with_the_post_and_a_later_post_does_not_revive_it(app, prepared, address_of):
    address = address_of("liaison")
    with prepared() as office:
        end_posts(office, "liaison")
    assert read(app, address).status_code == 404
    with prepared() as office:
        officer = people.officer_called(office.session, "liaison")
        unit = office.session.get(people.Unit, office.register.people.by_code["gd"].id)
        people.give_post(office.session, officer, "liaison", unit, by=office.by("secadmin"),
                         at=datetime.now(UTC), words=str)
    assert read(app, address).status_code == 404


def test_it_is_dead_when_he_leaves(app, prepared, address_of):
    address = address_of("liaison")
    with prepared() as office:
        leaving, successor = (people.officer_called(office.session, name) for name in ("liaison", "outsider"))
        people.hand_over(office.session, leaving, successor, reason="调离", by=office.by("secadmin"), at=office.now,
                         words=str)
    assert read(app, address).status_code == 404


def test_asking_needs_no_session_and_makes_none(app, address_of):
    answer = read(app, address_of("liaison"))
    assert "Set-Cookie" not in answer.headers


def test_the_address_is_masked_in_the_logs(app, caplog):
    for name in ("duban", "gunicorn.error", "werkzeug"):
        logging.getLogger(name).error("Exception on /feed/%s.ics [GET]", "geheim-geheim")
        logging.getLogger(name).error("Error handling request /feed/geheim-geheim.ics?x=1")
    assert caplog.text.count("/feed/…") == 6 and "geheim" not in caplog.text


def test_the_statements_do_not_grow_with_the_dates(app, prepared, address_of, statements):
    with prepared() as office:
        for _ in range(3):
            office.at_work()
    address = address_of("liaison")
    read(app, address)
    few = statements(lambda: read(app, address))
    with prepared() as office:
        for _ in range(30):
            office.at_work()
    assert statements(lambda: read(app, address)) == few <= 6
